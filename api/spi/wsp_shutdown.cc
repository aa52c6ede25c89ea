// SPDX-License-Identifier: BSD-3-Clause
// WSPShutdown and its disconnect-data relatives. Our own shutdown records no network event.
// Winsock: WSPShutdown, WSPSendDisconnect, WSPRecvDisconnect pages.
#include "spi/spi_table.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

int shut(SocketCall& call, std::uint8_t sides) noexcept {
    SocketCell& cell = call.cell();
    settle(cell);
    if (phase_of(cell) != Phase::connected) {
        // A datagram socket may be shut before it has a peer; a stream has nothing to shut.
        if (is_stream(cell) || phase_of(cell) == Phase::closed) return call.fail(WSAENOTCONN);
    }
    if (is_stream(cell) && is_broken(cell)) {
        return call.fail(
            wsa_of_broken(static_cast<ConnError>(cell.names.broken_error.load(std::memory_order_acquire))));
    }
    const bool ends_sending = (sides & ~cell.app.shut & kShutSend) != 0 && is_stream(cell);
    if (ends_sending && !push_request(call.port(), cell, RequestOp::shutdown_send, [](Request&) {})) {
        return call.fail(WSAENOBUFS);
    }
    cell.app.shut = static_cast<std::uint8_t>(cell.app.shut | sides);
    if (ends_sending) call.kick();
    return 0;
}

/// TCP has no disconnect data: a buffer with content is WSAENOPROTOOPT.
bool has_disconnect_data(const WSABUF* data) noexcept {
    return data != nullptr && data->len != 0;
}

}  // namespace

int wsp_shutdown(SOCKET s, int how, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    switch (how) {
        case SD_RECEIVE:
            return shut(call, kShutReceive);
        case SD_SEND:
            return shut(call, kShutSend);
        case SD_BOTH:
            return shut(call, kShutReceive | kShutSend);
        default:
            return call.fail(WSAEINVAL);
    }
}

int wsp_send_disconnect(SOCKET s, LPWSABUF data, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    if (has_disconnect_data(data)) return call.fail(WSAENOPROTOOPT);
    return shut(call, kShutSend);
}

int wsp_recv_disconnect(SOCKET s, LPWSABUF data, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    if (has_disconnect_data(data)) return call.fail(WSAENOPROTOOPT);
    return shut(call, kShutReceive);
}

}  // namespace ringsock::spi
