// SPDX-License-Identifier: BSD-3-Clause
// Birth and end of siblings.
#include "spi/siblings.h"

#include <memory>
#include <new>

#include "spi/wsa_errors.h"

namespace ringsock::spi {

namespace {

/// Another engine may still hold what a closed socket had: its close travels by itself.
ConnError bind_patiently(EnginePort& port, SocketCell& cell, Ipv4 address, Port local_port) noexcept {
    Patience patience(port);
    ConnError error = bind_one(port, cell, address, local_port);
    while (error == ConnError::address_in_use && patience.step())
        error = bind_one(port, cell, address, local_port);
    return error;
}

}  // namespace

HostPort* host_with_several_engines(const EnginePort& port) noexcept {
    for (HostPort& host : runtime().hosts()) {
        if (host.engine_count < 2) continue;
        for (std::uint32_t e = 0; e < host.engine_count; ++e)
            if (host.engines[e] == &port) return &host;
    }
    return nullptr;
}

ConnError bind_one(EnginePort& port, SocketCell& cell, Ipv4 address, Port local_port) noexcept {
    return run_synchronously(port, cell, [&] {
        return push_request(port, cell, RequestOp::bind, [&](Request& request) {
            request.endpoint = EndpointArgs{};
            const std::uint32_t wire = __builtin_bswap32(address.value);
            __builtin_memcpy(request.endpoint.local, &wire, sizeof wire);
            request.endpoint.local_port = local_port.value;
            request.endpoint.family = Family::ipv4;
            request.endpoint.has_local = 1;
        });
    });
}

int bind_everywhere(SocketCall& call, HostPort& host, Ipv4 address, Port port) noexcept {
    SocketCell& cell = call.cell();
    std::unique_ptr<Siblings> siblings(new (std::nothrow) Siblings);
    if (!siblings) return WSAENOBUFS;
    ConnError error = ConnError::none;
    Port chosen = port;
    // In the order of the engines: the first decides, the others only follow.
    for (std::uint32_t e = 0; e < host.engine_count && error == ConnError::none; ++e) {
        EnginePort& engine = *host.engines[e];
        const bool is_own = &engine == &call.port();
        SocketCell* const part = is_own ? &cell : take_fresh_cell(engine, cell.fixed.protocol);
        if (part == nullptr) {
            error = ConnError::no_buffers;
            break;
        }
        if (!is_own) {
            siblings->members[siblings->count++] = {&engine, part, nullptr};
            part->app.rerecord.store(0, std::memory_order_relaxed);
        }
        part->names.options = cell.names.options;
        error = e == 0 ? bind_one(engine, *part, address, chosen)
                       : bind_patiently(engine, *part, address, chosen);
        if (error == ConnError::none) chosen = part->names.key.local_port;
    }
    cell.fixed.siblings = siblings.release();
    if (error != ConnError::none) {
        give_up_siblings(cell);
        return wsa_of(error);
    }
    share_selection(cell);
    return 0;
}

void give_up_siblings(SocketCell& cell) noexcept {
    Siblings* const siblings = siblings_of(cell);
    if (siblings == nullptr) return;
    cell.fixed.siblings = nullptr;
    for (std::uint32_t i = 0; i < siblings->count; ++i) {
        Siblings::Member& member = siblings->members[i];
        if (member.listener != nullptr) {
            member.cell->fixed.extra = nullptr;
            retire_listener(member.listener);
        }
        member.cell->app.event.store(nullptr, std::memory_order_relaxed);
        give_up_cell(*member.port, *member.cell);
        member.port->drive->kick(*member.port);
    }
    delete siblings;
}

// Engines read them in the cell: a listener's when a connection comes, a datagram socket's when it sends.
void share_options(const SocketCell& cell) noexcept {
    for_each_sibling(cell,
                     [&](EnginePort&, SocketCell& sibling) { sibling.names.options = cell.names.options; });
}

void share_selection(const SocketCell& cell) noexcept {
    for_each_sibling(cell, [&](EnginePort&, SocketCell& sibling) {
        const std::uint8_t armed = cell.app.armed.load(std::memory_order_relaxed);
        EventCell* const event = cell.app.event.load(std::memory_order_relaxed);
        if (event != nullptr && armed != 0) {
            select_events(sibling, event, armed, true);
            return;
        }
        sibling.app.armed.store(0, std::memory_order_relaxed);
        sibling.app.event.store(nullptr, std::memory_order_relaxed);
    });
}

}  // namespace ringsock::spi
