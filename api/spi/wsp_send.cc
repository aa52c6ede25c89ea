// SPDX-License-Identifier: BSD-3-Clause
// WSPSend: gathers the caller's bytes into packets of this thread's exchange and hands them to the engine, as
// much as the send buffer has room for. A blocking stream sends all; a non-blocking one may take less than
// asked and says WSAEWOULDBLOCK when it can take nothing. Winsock: WSPSend page.
#include <algorithm>

#include "spi/blocking.h"
#include "spi/readiness.h"
#include "spi/send_path.h"
#include "spi/send_to.h"
#include "spi/spi_table.h"
#include "spi/thread_state.h"
#include "spi/validate.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

constexpr DWORD kSendFlags = WS_MSG_DONTROUTE;
/// Bytes that travel in the request itself.
constexpr std::uint32_t kSmallSend = 38;
/// Packets in one request at most, so that the engine can begin while the rest is copied.
constexpr std::uint32_t kPacketsPerRequest = 32;

/// 0 while the stream takes text, else why not.
int judge_stream(const SocketCell& cell) noexcept {
    if (phase_of(cell) != Phase::connected) return WSAENOTCONN;
    if ((cell.app.shut & kShutSend) != 0) return WSAESHUTDOWN;
    const std::uint32_t readiness = cell.engine.readiness.load(std::memory_order_acquire);
    if ((readiness & kReadyReset) != 0) [[unlikely]] {
        return wsa_of_broken(static_cast<ConnError>(cell.names.broken_error.load(std::memory_order_acquire)));
    }
    return (readiness & kReadyNetDown) != 0 ? WSAENETDOWN : 0;
}

/// Hands up to `wanted` bytes over in one request; returns how many (0: no packet or no slot at hand).
std::uint32_t push_text(EnginePort& port, SocketCell& cell, Gather& gather, std::uint32_t wanted) noexcept {
    if (wanted <= kSmallSend) {
        SmallSendArgs small;
        small.length = static_cast<std::uint8_t>(wanted);
        Gather trial = gather;
        trial.take(reinterpret_cast<std::byte*>(small.bytes), wanted);
        if (!try_push_request(port, cell, RequestOp::send_small,
                              [&](Request& request) { request.small = small; }))
            return 0;
        gather = trial;
        cell.app.tx_queued += wanted;
        return wanted;
    }
    Gather trial = gather;
    SendArgs args{};
    while (args.count < kPacketsPerRequest && args.bytes < wanted) {
        Packet* const packet = take_empty_packet(port);
        if (packet == nullptr) break;
        const std::uint32_t n = std::min(packet->capacity, wanted - args.bytes);
        trial.take(packet->data, n);
        packet->length = n;
        packet->next = nullptr;
        if (args.last != nullptr)
            args.last->next = packet;
        else
            args.first = packet;
        args.last = packet;
        ++args.count;
        args.bytes += n;
    }
    if (args.count == 0) return 0;
    if (!try_push_request(port, cell, RequestOp::send, [&](Request& request) { request.send = args; })) {
        return_empty_packets(port, args.first);
        return 0;
    }
    gather = trial;
    cell.app.tx_queued += args.bytes;
    return args.bytes;
}

/// Says that a send wants room: the engine reports it as FD_WRITE. True when room appeared meanwhile.
bool want_room(EnginePort& port, SocketCell& cell) noexcept {
    // (writer: application; pairs with the engine's fence between tx_acked and its look at want_write)
    cell.app.want_write.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (send_room(port, cell) == 0) return false;
    cell.app.want_write.store(0, std::memory_order_relaxed);
    return true;
}

struct Send {
    SocketCall& call;
    Gather gather;
    std::uint32_t total;
    std::uint32_t sent = 0;
};

int finish(Send& send, LPDWORD out) noexcept {
    *out = send.sent;
    send.call.kick();
    return 0;
}

/// A non-blocking send that could take nothing now: `room` says whether only packets or slots were missing.
int would_block(Send& send, bool room) noexcept {
    SocketCell& cell = send.call.cell();
    // The engine does not know of this shortage, so it is for us to say "try again".
    if (room) record(cell, edge_bit(Edge::write));
    send.call.kick();
    return send.call.fail(WSAEWOULDBLOCK);
}

/// A non-blocking send at a moment when nothing could be taken. True: try again; else `result` is the call's.
bool try_again(Send& send, bool room, Patience& patience, LPDWORD out, int& result) noexcept {
    SocketCell& cell = send.call.cell();
    EnginePort& port = send.call.port();
    if (send.sent != 0) {
        result = finish(send, out);
        return false;
    }
    // Packets and slots are one pass of the engine away; room depends on the peer.
    if (room && patience.step()) return true;
    if (!room) {
        port.drive->help(port);
        if (send_room(port, cell) != 0 || want_room(port, cell)) return true;
    }
    result = would_block(send, room);
    return false;
}

/// A blocking send at such a moment.
WaitEnd wait_to_send(Send& send, bool room, Instant deadline, WaitPace& pace) noexcept {
    SocketCell& cell = send.call.cell();
    EnginePort& port = send.call.port();
    port.drive->kick(port);
    if (room) return wait_for_supply(send.call, deadline, pace.next());
    return wait_until(send.call, deadline,
                      [&] { return judge_stream(cell) != 0 || send_room(port, cell) != 0; });
}

int send_stream(Send& send, LPDWORD out) noexcept {
    SocketCell& cell = send.call.cell();
    EnginePort& port = send.call.port();
    Instant deadline = Instant::never();
    Patience patience(port, kBriefPatience);
    WaitPace pace(port.drive);
    cell.app.want_write.store(0, std::memory_order_relaxed);
    while (send.sent < send.total) {  // Bounded by the bytes, the deadline, or the patience.
        if (const int code = judge_stream(cell); code != 0) {
            // What was taken before the connection broke counts as sent; the next call tells.
            return send.sent != 0 ? finish(send, out) : send.call.fail(code);
        }
        const std::uint32_t room = send_room(port, cell);
        const std::uint32_t taken =
            room == 0 ? 0 : push_text(port, cell, send.gather, std::min(room, send.total - send.sent));
        send.sent += taken;
        if (taken != 0) {
            pace.restart();
            continue;
        }
        int result = 0;
        if (!is_blocking(cell)) {
            if (try_again(send, room != 0, patience, out, result)) continue;
            return result;
        }
        if (deadline.is_never()) deadline = deadline_after(port, cell.fixed.send_timeout_ms);
        const WaitEnd end = wait_to_send(send, room != 0, deadline, pace);
        if (end == WaitEnd::closed) return send.call.fail(WSAEINTR);
        if (end == WaitEnd::ready) continue;
        if (send.sent != 0) return finish(send, out);
        return send.call.fail(wsa_of(end));
    }
    return finish(send, out);
}

}  // namespace

int wsp_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPWSAOVERLAPPED overlapped,
             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    if (const int code = validate_overlapped(overlapped, routine); code != 0) return call.fail(code);
    std::size_t total = 0;
    if (sent == nullptr) return call.fail(WSAEFAULT);
    if (const int code = validate_buffers(buffers, count, total); code != 0) return call.fail(code);
    if ((flags & ~kSendFlags) != 0) return call.fail(WSAEOPNOTSUPP);
    settle(call.cell());
    const auto bytes = static_cast<std::uint32_t>(total);
    if (!is_stream(call.cell())) return send_datagram(call, Gather(buffers, count), bytes, nullptr, sent);
    if (const int code = judge_stream(call.cell()); code != 0) return call.fail(code);
    Send send{.call = call, .gather = Gather(buffers, count), .total = bytes};
    return send_stream(send, sent);
}

}  // namespace ringsock::spi
