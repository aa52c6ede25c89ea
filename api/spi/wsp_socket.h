// SPDX-License-Identifier: BSD-3-Clause
// The provider's view of a socket: a SocketCell, its phase, and SocketCall, through which every entry reaches
// it. Application threads; a SocketCall holds the cell's app.lock.
#pragma once

#include <ringsock/spi.h>

#include <atomic>
#include <cstdint>

#include "base/conn_error.h"
#include "base/instant.h"
#include "host/host.h"
#include "ring/engine_port.h"
#include "spi/patience.h"
#include "sync/byte_lock.h"

namespace ringsock::spi {

/// Where a socket stands, as the application sees it. Written under app.lock; 0 in a cell that nobody owns.
///
/// Stream: open -> bound -> listening; open/bound -> connecting -> connected, or back to where it was on
/// failure (which may be tried again). Datagram: open -> bound -> connected (has a default peer) -> bound.
enum class Phase : std::uint8_t { closed = 0, open, bound, listening, connecting, connected };

/// Bits of AppWritten::flags.
enum CellFlag : std::uint8_t {
    kFlagBound = 1,          ///< The socket has a local address of its own: bind, or a datagram's first use.
    kFlagDisconnected = 2,   ///< A datagram socket whose peer was taken away: recv is WSAENOTCONN.
    kFlagConnectFailed = 4,  ///< The last connect failed: exceptfds until the next attempt.
    kFlagAssociated = 8,     ///< WSAEventSelect is in force.
    kFlagConsumedDue = 16,   ///< Packets were consumed, and the engine is still to be told.
    kFlagConditional = 32,   ///< SO_CONDITIONAL_ACCEPT.
};

/// Bits of AppWritten::shut.
enum ShutFlag : std::uint8_t { kShutReceive = 1, kShutSend = 2 };

[[nodiscard]] inline Phase phase_of(const SocketCell& cell) noexcept {
    return static_cast<Phase>(cell.app.phase.load(std::memory_order_relaxed));
}
inline void set_phase(SocketCell& cell, Phase phase) noexcept {
    cell.app.phase.store(static_cast<std::uint8_t>(phase), std::memory_order_relaxed);
}
[[nodiscard]] inline bool has_flag(const SocketCell& cell, CellFlag flag) noexcept {
    return (cell.app.flags & flag) != 0;
}
inline void set_flag(SocketCell& cell, CellFlag flag) noexcept {
    cell.app.flags = static_cast<std::uint8_t>(cell.app.flags | flag);
}
inline void clear_flag(SocketCell& cell, CellFlag flag) noexcept {
    cell.app.flags = static_cast<std::uint8_t>(cell.app.flags & ~flag);
}
[[nodiscard]] inline bool is_stream(const SocketCell& cell) noexcept {
    return cell.fixed.protocol == Protocol::tcp;
}
[[nodiscard]] inline bool is_blocking(const SocketCell& cell) noexcept {
    return cell.app.blocking != 0;
}

/// What the provider keeps for the process.
struct Provider {
    std::atomic<std::uint32_t> users{
        0};                    ///< WSPStartups not yet undone. Writer: start and cleanup, serialised.
    WSPUPCALLTABLE upcalls{};  ///< The latest shell's.
};
extern Provider g_provider;

/// The cell behind a SOCKET, or nullptr when the handle is not a socket of ours. May be closed meanwhile: see
/// SocketCall.
[[nodiscard]] inline SocketCell* find_cell(SOCKET s) noexcept {
    DWORD_PTR context = 0;
    int ignored = 0;
    if (g_provider.upcalls.lpWPUQuerySocketHandleContext(s, &context, &ignored) != 0) return nullptr;
    return reinterpret_cast<SocketCell*>(context);
}

/// One entry at work on one socket: finds the cell, locks it, and makes sure that it still is this socket's.
/// Unlocks when it dies.
class SocketCall {
  public:
    /// On failure is false, and WSAENOTSOCK is stored.
    SocketCall(SOCKET s, LPINT error) noexcept : SocketCall(s, find_cell(s), error) {}
    /// With what find_cell(s) said a moment ago.
    SocketCall(SOCKET s, SocketCell* found, LPINT error) noexcept : handle_(s), error_(error), cell_(found) {
        if (cell_ == nullptr) {
            *error_ = WSAENOTSOCK;
            return;
        }
        lock();
    }
    ~SocketCall() {
        if (is_locked_) unlock();
    }
    SocketCall(const SocketCall&) = delete;
    SocketCall& operator=(const SocketCall&) = delete;

    /// True while the lock is held and the cell is the socket's.
    explicit operator bool() const noexcept { return is_locked_; }
    [[nodiscard]] SocketCell& cell() noexcept { return *cell_; }
    [[nodiscard]] SOCKET handle() const noexcept { return handle_; }
    /// The engine's port. Also after the cell was given up: then the cell is the engine's to clear.
    [[nodiscard]] EnginePort& port() noexcept { return *port_; }
    [[nodiscard]] LPINT error() noexcept { return error_; }

    /// Stores the code; returns SOCKET_ERROR.
    int fail(int code) noexcept {
        *error_ = code;
        return SOCKET_ERROR;
    }
    void unlock() noexcept {
        is_locked_ = false;
        sync::unlock_byte(cell_->app.lock);
    }
    /// False, unlocked and with WSAENOTSOCK stored when the socket was closed meanwhile.
    bool lock() noexcept {
        sync::lock_byte(cell_->app.lock);
        if (cell_->fixed.handle.load(std::memory_order_relaxed) == handle_) [[likely]] {
            is_locked_ = true;
            port_ = g_engine_ports[cell_->fixed.engine];
            return true;
        }
        sync::unlock_byte(cell_->app.lock);
        *error_ = WSAENOTSOCK;
        return false;
    }
    /// Unlocks and lets the engine take what was pushed.
    void kick() noexcept {
        EnginePort& engine_port = port();
        unlock();
        engine_port.drive->kick(engine_port);
    }

  private:
    const SOCKET handle_;
    const LPINT error_;
    SocketCell* const cell_;
    EnginePort* port_ = nullptr;  ///< Valid once the lock was held.
    bool is_locked_ = false;
};

/// The name under which a cell travels to its engine.
[[nodiscard]] inline SocketId id_of(EnginePort& port, const SocketCell& cell) noexcept {
    return {static_cast<std::uint32_t>(&cell - port.cells),
            cell.fixed.generation.load(std::memory_order_relaxed)};
}

/// Pushes a request for the cell; `fill(Request&)` writes the arguments. When the ring is full the engine is
/// asked to take some, once. False: still full. For callers that can say "try again", or have another way.
template <typename Fill>
[[nodiscard]] bool try_push_request(EnginePort& port, SocketCell& cell, RequestOp op, Fill&& fill) noexcept {
    const SocketId id = id_of(port, cell);
    const std::uint16_t attempt = cell.app.attempt.load(std::memory_order_relaxed);
    const auto write = [&](Request& request) {
        request.op = op;
        request.flags = 0;
        request.attempt = attempt;
        request.socket = id;
        request.overlapped = 0;
        fill(request);
    };
    if (port.requests.producer().try_push(write)) [[likely]]
        return true;
    port.drive->help(port);
    return port.requests.producer().try_push(write);
}

/// The same, waiting for a slot as long as kEnginePatience. False: the engine takes nothing any more.
template <typename Fill>
[[nodiscard]] bool push_request(EnginePort& port, SocketCell& cell, RequestOp op, Fill&& fill) noexcept {
    if (try_push_request(port, cell, op, fill)) [[likely]]
        return true;
    Patience patience(port);
    while (patience.step())
        if (try_push_request(port, cell, op, fill)) return true;
    return false;
}

/// Numbers a new connect or synchronous operation; never 0, which a fresh cell's answers carry.
inline std::uint16_t next_attempt(SocketCell& cell) noexcept {
    auto attempt = static_cast<std::uint16_t>(cell.app.attempt.load(std::memory_order_relaxed) + 1);
    if (attempt == 0) attempt = 1;
    cell.app.attempt.store(attempt, std::memory_order_relaxed);
    return attempt;
}

/// Takes notice of the end of a connect: connecting becomes connected, or what it was before. Under the lock;
/// every entry that looks at the phase of a stream calls it first.
inline void settle(SocketCell& cell) noexcept;
void settle_finished(SocketCell& cell, ConnError error) noexcept;

inline void settle(SocketCell& cell) noexcept {
    if (phase_of(cell) != Phase::connecting) return;
    const std::uint32_t outcome = cell.engine.outcome.load(std::memory_order_acquire);
    if (outcome_attempt(outcome) != cell.app.attempt.load(std::memory_order_relaxed)) return;
    settle_finished(cell, outcome_error(outcome));
}

/// Whether the connection was reset or given up.
[[nodiscard]] inline bool is_broken(const SocketCell& cell) noexcept {
    return (cell.engine.readiness.load(std::memory_order_acquire) & kReadyReset) != 0;
}

/// Waits for the reply to the synchronous operation that `push(attempt)` handed over (false: ring full).
/// Keeps the lock: the answer is one pass of the engine away. no_buffers when the ring is full, net_down when
/// the engine is silent.
template <typename Push>
[[nodiscard]] ConnError run_synchronously(EnginePort& port, SocketCell& cell, Push&& push) noexcept;
/// The waiting part of run_synchronously.
[[nodiscard]] ConnError await_reply(EnginePort& port, SocketCell& cell, std::uint16_t attempt) noexcept;

template <typename Push>
ConnError run_synchronously(EnginePort& port, SocketCell& cell, Push&& push) noexcept {
    const std::uint16_t attempt = next_attempt(cell);
    if (!push()) return ConnError::no_buffers;
    return await_reply(port, cell, attempt);
}

/// From here on the application has seen what the engine recorded of an event. Under the lock.
inline void see_edge(SocketCell& cell, Edge edge) noexcept {
    const auto i = static_cast<unsigned>(edge);
    cell.fixed.seen_edges[i].store(cell.engine.edges[i].load(std::memory_order_acquire),
                                   std::memory_order_relaxed);
}
/// Forgets what the application recorded again by itself. Under the lock.
inline void forget_rerecorded(SocketCell& cell, unsigned edges) noexcept {
    const std::uint8_t recorded = cell.app.rerecord.load(std::memory_order_relaxed);
    cell.app.rerecord.store(static_cast<std::uint8_t>(recorded & ~edges), std::memory_order_relaxed);
}

/// Records events by the application itself, for what needs no engine (a datagram's connect, data left
/// unread), and signals the associated event. Under the lock.
void record(SocketCell& cell, std::uint8_t edges) noexcept;

/// Bytes (stream) that the application could read now. Under the lock.
[[nodiscard]] inline std::uint32_t unread_bytes(const SocketCell& cell) noexcept {
    return cell.engine.rx_bytes.load(std::memory_order_acquire) -
           cell.app.rx_consumed_bytes.load(std::memory_order_relaxed) - cell.app.rx_offset;
}

/// Takes a fresh cell of the engine and gives it its first values; nullptr when the engine has none left, or
/// issues none for kEnginePatience. Unlocked: nobody else knows it yet.
[[nodiscard]] SocketCell* take_fresh_cell(EnginePort& port, Protocol protocol) noexcept;

/// Makes the SOCKET of a cell; INVALID_SOCKET with the shell's code in *error (the cell stays the caller's).
/// Without the lock.
[[nodiscard]] SOCKET create_handle(SocketCell& cell, LPINT error) noexcept;

/// dwCatalogEntryId of what the cell was made from.
[[nodiscard]] DWORD catalog_entry_of(const SocketCell& cell) noexcept;

/// Selects events as WSAEventSelect does, with an edge_bit mask, and signals the event for what is already
/// recorded. `engine_may_record`: an event of the mask may happen at this moment. Under the lock, or before
/// anybody knows the cell.
void select_events(SocketCell& cell, EventCell* event, std::uint8_t edges, bool engine_may_record) noexcept;

/// Closes every socket of the process, gracefully and without lingering. Control role.
void close_all_sockets() noexcept;

/// Gives a cell up: flag, request (or attention bit), wake of parked calls. The handle must be gone already.
/// Under the lock; the caller kicks.
void give_up_cell(EnginePort& port, SocketCell& cell) noexcept;

}  // namespace ringsock::spi
