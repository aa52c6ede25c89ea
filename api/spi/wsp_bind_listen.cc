// SPDX-License-Identifier: BSD-3-Clause
// WSPBind and WSPListen: synchronous operations of the engine. Port 0 is chosen at bind, so that getsockname
// tells it at once. Winsock: WSPBind, WSPListen pages.
#include <algorithm>
#include <new>

#include "spi/bind.h"
#include "spi/listener.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

/// Connections a listener keeps for accept at most; WS_SOMAXCONN asks for it.
constexpr std::uint32_t kMaxBacklog = 4096;
constexpr std::uint32_t kMinBacklog = 1;

/// listen's backlog: SOMAXCONN is the host's choice, SOMAXCONN_HINT(n) = -n asks for n, the rest is clamped.
std::uint32_t backlog_of(int backlog) noexcept {
    if (backlog == WS_SOMAXCONN) return kMaxBacklog;
    const std::int64_t wanted = backlog < 0 ? -std::int64_t{backlog} : backlog;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(wanted, kMinBacklog, kMaxBacklog));
}

}  // namespace

namespace {

/// Makes one engine listen for the socket; its block, or nullptr and the reason.
Listener* listen_one(EnginePort& port, SocketCell& cell, std::uint32_t room, ConnError& failure) noexcept {
    Listener* const listener = make_listener(port, cell, room);
    failure = ConnError::no_buffers;
    if (listener == nullptr) return nullptr;
    failure = run_synchronously(port, cell, [&] {
        return push_request(port, cell, RequestOp::listen, [&](Request& request) {
            request.listen = ListenArgs{&listener->queue, room};
        });
    });
    if (failure == ConnError::none) return listener;
    drop_listener(listener);
    return nullptr;
}

}  // namespace

int bind_cell(SocketCall& call, Ipv4 address, Port local_port) noexcept {
    SocketCell& cell = call.cell();
    if (HostPort* const host = host_with_several_engines(call.port()); host != nullptr) {
        if (const int code = bind_everywhere(call, *host, address, local_port); code != 0) return code;
    } else if (const ConnError error = bind_one(call.port(), cell, address, local_port);
               error != ConnError::none) {
        return wsa_of(error);
    }
    set_flag(cell, kFlagBound);
    if (phase_of(cell) == Phase::open) set_phase(cell, Phase::bound);
    return 0;
}

int wsp_bind(SOCKET s, const sockaddr* name, int namelen, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    settle(call.cell());
    Name local;
    if (const int code = validate_bind(call.cell(), name, namelen, local); code != 0) return call.fail(code);
    const int code = bind_cell(call, local.address, local.port);
    return code == 0 ? 0 : call.fail(code);
}

int wsp_listen(SOCKET s, int backlog, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    settle(cell);
    if (const int code = validate_listen(cell); code != 0) return call.fail(code);
    Siblings* const siblings = siblings_of(cell);
    const std::uint32_t parts = 1 + (siblings != nullptr ? siblings->count : 0);
    const std::uint32_t room = (backlog_of(backlog) + parts - 1) / parts;  // Shared out among the engines.
    ConnError failure = ConnError::none;
    if (phase_of(cell) != Phase::listening) {
        Listener* const listener = listen_one(call.port(), cell, room, failure);
        if (listener == nullptr) return call.fail(wsa_of(failure));
        cell.fixed.extra = listener;
        set_phase(cell, Phase::listening);
    }
    // An engine that refused is asked again by the next call; until then connections come to the others.
    for (std::uint32_t i = 0; i + 1 < parts; ++i) {
        Siblings::Member& member = siblings->members[i];
        if (member.listener != nullptr) continue;
        member.listener = listen_one(*member.port, *member.cell, room, failure);
        if (member.listener == nullptr) return call.fail(wsa_of(failure));
        member.cell->fixed.extra = member.listener;
    }
    return 0;
}

}  // namespace ringsock::spi
