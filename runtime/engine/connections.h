// SPDX-License-Identifier: BSD-3-Clause
// The records an engine owns: connections (TCB and what only the engine knows beside it), TIME-WAIT records,
// and bindings of listeners and datagram sockets. Pools with a bound; engine role.
#pragma once

#include <cstdint>

#include "base/index_list.h"
#include "base/reserved_memory.h"
#include "inet/flow_table.h"
#include "inet/local_ports.h"
#include "inet/neighbor.h"
#include "ring/accept_queue.h"
#include "tcp/tcb.h"
#include "tcp/time_wait.h"

namespace ringsock {

/// Bits of TcbSide::flags.
enum SideFlag : std::uint8_t {
    kSideReady = 1,      ///< On the ready list.
    kSideParked = 2,     ///< Waits for a link-layer address.
    kSideActive = 4,     ///< We opened it: failures before establishment go to the cell's outcome.
    kSidePortTaken = 8,  ///< Its local port stands in the port set of its destination.
    kSideHalfOpen = 16,  ///< Passive and not yet handed to an accept queue: counted at its listener.
    kSideSwallow = 32,   ///< Routed into the network that swallows everything.
    kSideUnlisted = 64,  ///< Its flow-table entry belongs to a TIME-WAIT record by now.
};

/// Bits of SocketCell::Names::engine_flags.
enum CellFlag : std::uint8_t {
    kCellTcb = 1,      ///< `transport` is a connection.
    kCellBound = 2,    ///< Has a binding: `transport`, or TcbSide::binding while there is a connection.
    kCellTouched = 4,  ///< On the list of the next publish.
};
/// Pseudo edge of SocketCell::Names::engine_pad: send space may have come back.
inline constexpr std::uint8_t kTouchedSpace = 0x80;

/// What the engine knows of a connection beside its TCB.
struct TcbSide {
    NeighborRef neighbor;    ///< The next hop; none on loopback.
    std::uint32_t binding;   ///< Listener of a half-open connection, or the explicit bind of an active one.
    std::uint32_t tx_taken;  ///< Bytes taken over from the application, cumulative.
    std::uint16_t attempt;   ///< Of the connect that opened it.
    std::uint8_t flags;
    std::uint8_t interface;
    std::uint8_t ttl;
    std::uint8_t tos;
    std::uint8_t pad[2];
};
static_assert(sizeof(TcbSide) == 24);

/// One TIME-WAIT connection: a line.
struct alignas(kCacheLine) TimeWaitSlot {
    tcp::TimeWaitRecord record;
    FlowHash hash;
    IndexLink link;
};
static_assert(sizeof(TimeWaitSlot) == kCacheLine);

enum class BindingKind : std::uint8_t { free, tcp_bound, tcp_listener, udp };

/// A socket with a local port: a listener, a bound stream socket, a datagram socket.
struct alignas(kCacheLine) Binding {
    AcceptQueue* queue;       ///< tcp_listener.
    std::uint32_t backlog;    ///< tcp_listener: half-open and queued connections together.
    std::uint32_t half_open;  ///< tcp_listener: connections in SYN-RECEIVED.
    std::uint32_t cell;       ///< Index of the socket's cell.
    std::uint32_t handle;     ///< In LocalPorts.
    std::uint32_t next_free;
    std::uint32_t next_in_port;  ///< udp: next binding of the same port, plus one; 0 ends.
    Ipv4 local;                  ///< May be any.
    Ipv4 peer;                   ///< udp with has_peer.
    Port port;
    Port peer_port;
    BindingKind kind;
    bool has_peer;
    bool is_excluded;  ///< Its port is kept out of the ephemeral choice.
};
static_assert(sizeof(Binding) == kCacheLine);

/// Bit of a flow-table index that says "TimeWaitSlot", not "Tcb".
inline constexpr std::uint32_t kFlowTimeWait = 0x80000000u;

/// A bounded pool of `T` by index; memory is touched on use, freed records are reused last-in first-out.
/// `next_of(T&)` gives the word that links free records.
template <typename T, auto kNextOf>
class IndexPool {
  public:
    explicit IndexPool(std::uint32_t capacity) noexcept : capacity_(capacity), items_(capacity) {}
    [[nodiscard]] bool ok() const noexcept { return items_.ok(); }
    /// kNoIndex when all are taken. The record is as its last owner left it (zero when fresh).
    [[nodiscard]] std::uint32_t take() noexcept {
        if (free_ != kNoIndex) {
            const std::uint32_t i = free_;
            free_ = kNextOf(items_[i]);
            ++in_use_;
            return i;
        }
        if (fresh_ == capacity_) return kNoIndex;
        ++in_use_;
        return fresh_++;
    }
    void give(std::uint32_t i) noexcept {
        kNextOf(items_[i]) = free_;
        free_ = i;
        --in_use_;
    }
    [[nodiscard]] T& operator[](std::uint32_t i) noexcept { return items_[i]; }
    [[nodiscard]] std::uint32_t in_use() const noexcept { return in_use_; }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
    /// Records [0, touched()) were in use at some time.
    [[nodiscard]] std::uint32_t touched() const noexcept { return fresh_; }

  private:
    std::uint32_t capacity_;
    std::uint32_t fresh_ = 0;
    std::uint32_t in_use_ = 0;
    std::uint32_t free_ = kNoIndex;
    ReservedArray<T> items_;
};

inline std::uint32_t& tcb_free_link(tcp::Tcb& t) noexcept {
    return t.arrive.ready_next;
}
inline std::uint32_t& time_wait_free_link(TimeWaitSlot& t) noexcept {
    return t.link.next;
}
inline std::uint32_t& binding_free_link(Binding& b) noexcept {
    return b.next_free;
}

using TcbPool = IndexPool<tcp::Tcb, tcb_free_link>;
using TimeWaitPool = IndexPool<TimeWaitSlot, time_wait_free_link>;
using BindingPool = IndexPool<Binding, binding_free_link>;

}  // namespace ringsock
