// SPDX-License-Identifier: BSD-3-Clause
// WSPSendTo: one datagram, one packet, one request. On a stream the address is ignored.
// Winsock: WSPSendTo page; clauses 44 and 45 for connected and disconnected sockets.
#include "spi/bind.h"
#include "spi/blocking.h"
#include "spi/send_to.h"
#include "spi/spi_table.h"
#include "spi/thread_state.h"
#include "spi/wsa_errors.h"

namespace ringsock::spi {

namespace {

constexpr DWORD kSendToFlags = WS_MSG_DONTROUTE;
/// A blocking datagram send waits so long for an empty packet when no SO_SNDTIMEO is set.
constexpr std::uint32_t kPacketPatienceMs = 2000;

/// An empty packet, or nullptr and a code in `code`.
Packet* wait_for_packet(SocketCall& call, int& code) noexcept {
    EnginePort& port = call.port();
    SocketCell& cell = call.cell();
    Packet* packet = take_empty_packet(port);
    if (packet != nullptr) [[likely]]
        return packet;
    port.drive->kick(port);
    if (packet = take_empty_packet(port); packet != nullptr) return packet;
    if (!is_blocking(cell)) {
        Patience patience(port, kBriefPatience);
        while (packet == nullptr && patience.step()) packet = take_empty_packet(port);
        if (packet != nullptr) return packet;
        record(cell, edge_bit(Edge::write));  // The engine does not know of this shortage.
        code = WSAEWOULDBLOCK;
        return nullptr;
    }
    const bool is_limited = cell.fixed.send_timeout_ms != 0;
    const Instant deadline =
        deadline_after(port, is_limited ? cell.fixed.send_timeout_ms : kPacketPatienceMs);
    WaitEnd end = WaitEnd::ready;
    for (std::uint32_t step = 0; end == WaitEnd::ready; ++step) {  // Bounded by the deadline.
        end = wait_for_supply(call, deadline, step);
        if (end == WaitEnd::closed) break;
        if (packet = take_empty_packet(port); packet != nullptr) return packet;
    }
    code = end == WaitEnd::timed_out && !is_limited ? WSAENOBUFS : wsa_of(end);
    return nullptr;
}

}  // namespace

int send_datagram(SocketCall& call, Gather gather, std::uint32_t bytes, const Name* to,
                  LPDWORD sent) noexcept {
    SocketCell& cell = call.cell();
    EnginePort& port = call.port();
    if ((cell.app.shut & kShutSend) != 0) return call.fail(WSAESHUTDOWN);
    if (to == nullptr && phase_of(cell) != Phase::connected) return call.fail(WSAENOTCONN);
    if (bytes > port.max_datagram_bytes) return call.fail(WSAEMSGSIZE);
    if ((cell.engine.readiness.load(std::memory_order_acquire) & kReadyNetDown) != 0)
        return call.fail(WSAENETDOWN);
    if (!has_flag(cell, kFlagBound)) {
        if (const int code = bind_cell(call, Ipv4{}, Port{}); code != 0) return call.fail(code);
    }
    int code = 0;
    Packet* const packet = wait_for_packet(call, code);
    if (packet == nullptr) return call.fail(code);
    if (packet->capacity < bytes) {
        return_empty_packets(port, packet);
        return call.fail(WSAEMSGSIZE);
    }
    gather.take(packet->data, bytes);
    packet->length = bytes;
    packet->next = nullptr;
    const auto fill = [&](Request& request) {
        request.send_to = SendToArgs{};
        request.send_to.packet = packet;
        if (to == nullptr) return;
        const std::uint32_t wire = __builtin_bswap32(to->address.value);
        __builtin_memcpy(request.send_to.remote, &wire, sizeof wire);
        request.send_to.remote_port = to->port.value;
        request.send_to.family = Family::ipv4;
    };
    const bool pushed = is_blocking(cell) ? push_request(port, cell, RequestOp::send_to, fill)
                                          : try_push_request(port, cell, RequestOp::send_to, fill);
    if (!pushed) {
        return_empty_packets(port, packet);
        record(cell, edge_bit(Edge::write));
        return call.fail(is_blocking(cell) ? WSAENOBUFS : WSAEWOULDBLOCK);
    }
    *sent = bytes;
    call.kick();
    return 0;
}

int wsp_send_to(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, const sockaddr* to,
                int to_length, LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                LPWSATHREADID thread, LPINT error) noexcept {
    {
        SocketCall call(s, error);
        if (!call) return SOCKET_ERROR;
        if (!is_stream(call.cell())) {
            if (const int code = validate_overlapped(overlapped, routine); code != 0) return call.fail(code);
            std::size_t total = 0;
            if (sent == nullptr) return call.fail(WSAEFAULT);
            if (const int code = validate_buffers(buffers, count, total); code != 0) return call.fail(code);
            if ((flags & ~kSendToFlags) != 0) return call.fail(WSAEOPNOTSUPP);
            Name name;
            if (to != nullptr) {
                const int code = validate_destination(call.cell(), to, to_length, name);
                if (code != 0) return call.fail(code);
                if (call.cell().names.options.broadcast == 0 && call.port().is_subnet_broadcast(name.address))
                    return call.fail(WSAEACCES);
            }
            return send_datagram(call, Gather(buffers, count), static_cast<std::uint32_t>(total),
                                 to != nullptr ? &name : nullptr, sent);
        }
    }
    return wsp_send(s, buffers, count, sent, flags, overlapped, routine, thread, error);
}

}  // namespace ringsock::spi
