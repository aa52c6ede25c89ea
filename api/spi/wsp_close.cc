// SPDX-License-Identifier: BSD-3-Clause
// WSPCloseSocket: graceful in the background by default, abortive with SO_LINGER {1,0} or with text left
// unread, and waiting for the text to be acknowledged with SO_LINGER {1,n}. Never refused for want of a
// request slot. Winsock: WSPCloseSocket, closesocket pages.
#include "spi/blocking.h"
#include "spi/listener.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

/// Bytes sent and not yet acknowledged by the peer.
std::uint32_t unacknowledged(const SocketCell& cell) noexcept {
    return cell.app.tx_queued - cell.engine.tx_acked.load(std::memory_order_acquire);
}

bool has_more_to_say(const SocketCell& cell) noexcept {
    return phase_of(cell) == Phase::connected && !is_broken(cell) && unacknowledged(cell) != 0;
}

/// Ends sending ahead of the close, once.
void end_sending(EnginePort& port, SocketCell& cell) noexcept {
    if ((cell.app.shut & kShutSend) != 0) return;
    if (push_request(port, cell, RequestOp::shutdown_send, [](Request&) {})) {
        cell.app.shut = static_cast<std::uint8_t>(cell.app.shut | kShutSend);
    }
}

/// SO_LINGER {1,n}: returns 0 when the close may go on (aborting if time ran out), or the code.
int linger(SocketCall& call) noexcept {
    SocketCell& cell = call.cell();
    const SocketOptions& options = cell.names.options;
    if (options.linger_on == 0 || options.linger_seconds == 0 || !has_more_to_say(cell)) return 0;
    end_sending(call.port(), cell);
    if (!is_blocking(cell)) {
        // The handle stays valid: the application calls again until the text is through.
        EnginePort& port = call.port();
        port.drive->kick(port);
        return has_more_to_say(cell) ? WSAEWOULDBLOCK : 0;
    }
    const Instant deadline = deadline_after(call.port(), options.linger_seconds * 1000u);
    const WaitEnd end = wait_until(call, deadline, [&] { return !has_more_to_say(cell); });
    if (end == WaitEnd::timed_out) cell.app.linger_abort = 1;
    return end == WaitEnd::closed || end == WaitEnd::canceled ? WSAEINTR : 0;
}

/// A listener's queue stays until the engine let go of the cell; a connection in our own hand goes at once.
void close_listener(SocketCell& cell) noexcept {
    Listener* const listener = listener_of(cell);
    if (listener == nullptr) return;
    if (listener->has_deferred) refuse_connection(*listener->deferred_port, listener->deferred);
    cell.fixed.extra = nullptr;
    retire_listener(listener);
}

}  // namespace

int wsp_close_socket(SOCKET s, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    EnginePort& port = call.port();
    settle(cell);
    if (is_stream(cell)) {
        if (const int code = linger(call); code != 0) return call.fail(code);
        const SocketOptions& options = cell.names.options;
        if (options.linger_on != 0 && options.linger_seconds == 0) cell.app.linger_abort = 1;
        cell.app.unread_at_close = unread_bytes(cell) != 0 ? 1 : 0;
        close_listener(cell);
    }
    give_up_siblings(cell);
    int ignored = 0;
    g_provider.upcalls.lpWPUCloseSocketHandle(s, &ignored);
    cell.fixed.handle.store(0, std::memory_order_relaxed);
    cell.app.event.store(nullptr, std::memory_order_relaxed);
    give_up_cell(port, cell);
    call.kick();
    return 0;
}

}  // namespace ringsock::spi
