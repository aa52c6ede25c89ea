// SPDX-License-Identifier: BSD-3-Clause
// WSPBind and WSPListen: synchronous operations of the engine. Port 0 is chosen at bind, so that getsockname
// tells it at once. Winsock: WSPBind, WSPListen pages.
#include <algorithm>
#include <new>

#include "spi/bind.h"
#include "spi/listener.h"
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

int bind_cell(SocketCall& call, Ipv4 address, Port local_port) noexcept {
    SocketCell& cell = call.cell();
    const ConnError error = run_synchronously(call, [&] {
        return push_request(call.port(), cell, RequestOp::bind, [&](Request& request) {
            request.endpoint = EndpointArgs{};
            const std::uint32_t wire = __builtin_bswap32(address.value);
            __builtin_memcpy(request.endpoint.local, &wire, sizeof wire);
            request.endpoint.local_port = local_port.value;
            request.endpoint.family = Family::ipv4;
            request.endpoint.has_local = 1;
        });
    });
    if (error != ConnError::none) return wsa_of(error);
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
    if (phase_of(cell) == Phase::listening) return 0;
    const std::uint32_t room = backlog_of(backlog);
    Listener* const listener = make_listener(call.port(), cell, room);
    if (listener == nullptr) return call.fail(WSAENOBUFS);
    const ConnError failure = run_synchronously(call, [&] {
        return push_request(call.port(), cell, RequestOp::listen, [&](Request& request) {
            request.listen = ListenArgs{&listener->queue, room};
        });
    });
    if (failure != ConnError::none) {
        drop_listener(listener);
        return call.fail(wsa_of(failure));
    }
    cell.fixed.extra = listener;
    set_phase(cell, Phase::listening);
    return 0;
}

}  // namespace ringsock::spi
