// SPDX-License-Identifier: BSD-3-Clause
// A socket on several engines (house.md, D2): a listener or a bound datagram socket has a cell on every
// engine of its host, because frames for it arrive at any of them. The socket's own cell is where its handle
// leads, where its lock, phase and options are; its siblings are the cells on the other engines, each with an
// accept queue or receive list of its own. A host with one engine has none of this. Application threads,
// under the socket's app.lock.
#pragma once

#include <cstdint>

#include "spi/listener.h"
#include "spi/receive_list.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// Engines of one host at most, less the one of the socket's own cell.
inline constexpr std::uint32_t kMaxSiblings = 15;

struct Siblings {
    struct Member {
        EnginePort* port = nullptr;
        SocketCell* cell = nullptr;
        Listener* listener = nullptr;
    };
    std::uint32_t count = 0;
    std::uint32_t turn = 0;  ///< Where accept and receive look first: round-robin.
    Member members[kMaxSiblings];
};

[[nodiscard]] inline Siblings* siblings_of(const SocketCell& cell) noexcept {
    return static_cast<Siblings*>(cell.fixed.siblings);
}

/// Calls `visit(EnginePort&, SocketCell&)` for each sibling of the socket.
template <typename Visit>
inline void for_each_sibling(const SocketCell& cell, Visit&& visit) noexcept {
    const Siblings* const siblings = siblings_of(cell);
    if (siblings == nullptr) [[likely]]
        return;
    for (std::uint32_t i = 0; i < siblings->count; ++i)
        visit(*siblings->members[i].port, *siblings->members[i].cell);
}
/// Whether `is(EnginePort&, SocketCell&)` holds for one of them.
template <typename Is>
[[nodiscard]] inline bool any_sibling(const SocketCell& cell, Is&& is) noexcept {
    bool found = false;
    for_each_sibling(cell,
                     [&](EnginePort& port, SocketCell& sibling) { found = found || is(port, sibling); });
    return found;
}

/// Connections that accept would return at once, of all engines.
[[nodiscard]] inline std::uint32_t waiting_anywhere(const SocketCell& cell) noexcept {
    std::uint32_t count = waiting_connections(*static_cast<const Listener*>(cell.fixed.extra));
    for_each_sibling(cell, [&](EnginePort&, SocketCell& sibling) {
        if (sibling.fixed.extra != nullptr)
            count += waiting_connections(*static_cast<const Listener*>(sibling.fixed.extra));
    });
    return count;
}

/// Whether packets are published, on any engine, that were not consumed.
[[nodiscard]] inline bool has_unread_anywhere(const SocketCell& cell) noexcept {
    return has_unread(cell) ||
           any_sibling(cell, [](EnginePort&, SocketCell& sibling) { return has_unread(sibling); });
}

/// The host whose engine this is, if it has several; nullptr otherwise.
[[nodiscard]] HostPort* host_with_several_engines(const EnginePort& port) noexcept;

/// Binds the socket on every engine: the host's first engine decides about address and port, so that two
/// sockets cannot share what neither may. Returns 0 or the WSA code. Under the lock.
[[nodiscard]] int bind_everywhere(SocketCall& call, HostPort& host, Ipv4 address, Port port) noexcept;
/// The same request of the engine of one cell.
[[nodiscard]] ConnError bind_one(EnginePort& port, SocketCell& cell, Ipv4 address, Port local_port) noexcept;

/// Gives the siblings back to their engines, listeners' blocks included. Under the lock, before
/// give_up_cell().
void give_up_siblings(SocketCell& cell) noexcept;

/// What siblings have in common with the socket's own cell: options and event selection. Under the lock.
void share_options(const SocketCell& cell) noexcept;
void share_selection(const SocketCell& cell) noexcept;

}  // namespace ringsock::spi
