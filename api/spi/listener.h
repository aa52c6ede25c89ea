// SPDX-License-Identifier: BSD-3-Clause
// What a listening socket has beside its cell: its accept queue, and a connection that WSAAccept deferred.
// Application threads, under the listener's app.lock.
#pragma once

#include <cstdint>

#include "ring/accept_queue.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

struct Listener {
    explicit Listener(std::uint32_t room) : queue(room) {}
    AcceptQueue queue;
    AcceptRecord deferred{};              ///< With has_deferred: at the head, ahead of the queue (CF_DEFER).
    EnginePort* deferred_port = nullptr;  ///< The engine that has it.
    bool has_deferred = false;
    // While it waits for the engine to let go of the queue:
    SocketCell* cell = nullptr;
    std::uint32_t generation = 0;  ///< Of the cell while the listener was its.
    std::uint32_t epoch = 0;       ///< Start of the runtime that the cell belongs to.
    Listener* next_retired = nullptr;
};

[[nodiscard]] inline Listener* listener_of(const SocketCell& cell) noexcept {
    return phase_of(cell) == Phase::listening ? static_cast<Listener*>(cell.fixed.extra) : nullptr;
}
/// Connections that accept would return at once.
[[nodiscard]] inline std::uint32_t waiting_connections(const Listener& listener) noexcept {
    return listener.queue.count() + (listener.has_deferred ? 1 : 0);
}

/// Makes the block of a listener-to-be; nullptr without memory. Also frees the retired ones whose cell came
/// back.
[[nodiscard]] Listener* make_listener(EnginePort& port, SocketCell& cell, std::uint32_t room) noexcept;
/// Frees a block that the engine never saw.
void drop_listener(Listener* listener) noexcept;
/// Keeps a closed listener's block until the engine gave its cell back, for it may push into the queue until
/// then.
void retire_listener(Listener* listener) noexcept;
/// Frees all retired blocks: no engine runs any more. Control role.
void free_retired_listeners() noexcept;

/// Refuses one established connection that no application has seen: RST.
void refuse_connection(EnginePort& port, const AcceptRecord& record) noexcept;

}  // namespace ringsock::spi
