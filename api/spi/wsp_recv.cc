// SPDX-License-Identifier: BSD-3-Clause
// WSPRecv and WSPRecvFrom. Text is scattered from the packets of the cell's receive list by the calling
// thread; several threads on one socket take turns on the cell's lock, never with the engine. Any receive
// re-enables FD_READ. Winsock: WSPRecv, WSPRecvFrom pages.
#include <algorithm>
#include <cstring>

#include "spi/blocking.h"
#include "spi/receive_list.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

constexpr DWORD kStreamFlags = WS_MSG_PEEK | WS_MSG_WAITALL | WS_MSG_PUSH_IMMEDIATE;
constexpr DWORD kDatagramFlags = WS_MSG_PEEK | WS_MSG_PARTIAL | WS_MSG_PUSH_IMMEDIATE;

/// Where in a scatter list the next byte goes.
class Scatter {
  public:
    Scatter(const WSABUF* buffers, DWORD count) noexcept : buffer_(buffers), left_(count) {}
    /// Copies as much as fits; returns how much.
    std::uint32_t put(const std::byte* bytes, std::uint32_t length) noexcept {
        std::uint32_t done = 0;
        while (done < length && left_ > 0) {
            const std::uint32_t room = buffer_->len - offset_;
            const std::uint32_t n = std::min(room, length - done);
            if (n != 0) std::memcpy(buffer_->buf + offset_, bytes + done, n);
            done += n;
            offset_ += n;
            if (offset_ == buffer_->len) {
                ++buffer_;
                --left_;
                offset_ = 0;
            }
        }
        return done;
    }

  private:
    const WSABUF* buffer_;
    DWORD left_;
    std::uint32_t offset_ = 0;
};

/// One call's arguments, checked.
struct Receive {
    SocketCall& call;
    Scatter scatter;
    std::uint32_t room;  ///< Bytes that fit.
    DWORD flags;
    sockaddr* from;
    LPINT from_length;
    LPDWORD out_flags;
    std::uint32_t got = 0;
    bool consumed = false;  ///< Packets were consumed: the engine is to be told.
    /// Where they were: the socket's own cell, or that of a sibling.
    SocketCell* part = nullptr;
    EnginePort* part_port = nullptr;
};

/// What a stream has for a reader: text, or the reason why there is none.
enum class Stream { text, end, broken, nothing };

Stream look(const SocketCell& cell) noexcept {
    // The level first: text that was published before the end is then visible.
    const std::uint32_t readiness = cell.engine.readiness.load(std::memory_order_acquire);
    if (has_unread(cell)) return Stream::text;
    if ((readiness & kReadyReset) != 0) return Stream::broken;
    if ((readiness & kReadyPeerClosed) != 0) return Stream::end;
    return (readiness & kReadyNetDown) != 0 ? Stream::broken : Stream::nothing;
}

int code_of_broken(const SocketCell& cell) noexcept {
    const std::uint32_t readiness = cell.engine.readiness.load(std::memory_order_acquire);
    if ((readiness & kReadyReset) == 0) return WSAENETDOWN;
    return wsa_of_broken(static_cast<ConnError>(cell.names.broken_error.load(std::memory_order_acquire)));
}

/// Moves text until the buffers are full or no packet is at hand.
void drain_stream(Receive& receive) noexcept {
    SocketCell& cell = receive.call.cell();
    while (receive.got < receive.room) {  // Bounded by the caller's buffers.
        Packet* const packet = current_packet(cell);
        if (packet == nullptr) return;
        const std::uint32_t n =
            receive.scatter.put(packet->data + cell.app.rx_offset,
                                std::min(packet->length - cell.app.rx_offset, receive.room - receive.got));
        receive.got += n;
        cell.app.rx_offset += n;
        if (cell.app.rx_offset != packet->length) return;
        consume_packet(cell);
        receive.consumed = true;
    }
}

/// The same without taking anything.
void peek_stream(Receive& receive) noexcept {
    SocketCell& cell = receive.call.cell();
    const Packet* packet = current_packet(cell);
    std::uint32_t offset = cell.app.rx_offset;
    for (std::uint32_t ahead = 1; packet != nullptr && receive.got < receive.room; ++ahead) {
        const std::uint32_t n = std::min(packet->length - offset, receive.room - receive.got);
        receive.got += receive.scatter.put(packet->data + offset, n);
        packet = packet_after(cell, packet, ahead);
        offset = 0;
    }
}

/// Takes or peeks the datagram at the head; false when none is at hand. `is_cut`: it was longer than the
/// buffers.
bool take_datagram(Receive& receive, bool& is_cut) noexcept {
    SocketCell& cell = *receive.part;
    Packet* const packet = current_datagram(cell);
    if (packet == nullptr) return false;
    receive.got = receive.scatter.put(packet->data, packet->length);
    is_cut = receive.got < packet->length;
    if (receive.from != nullptr && receive.from_length != nullptr) {
        (void)store_name(Ipv4{packet->remote_address}, Port{packet->remote_port}, receive.from,
                         receive.from_length);
    }
    if ((receive.flags & WS_MSG_PEEK) == 0) {
        consume_packet(cell);
        receive.consumed = true;
    }
    return true;
}

/// Before the list is looked at: what is recorded from here on belongs to text that this call may not see.
void begin_reading(SocketCell& cell) noexcept {
    see_edge(cell, Edge::read);
    for_each_sibling(cell, [](EnginePort&, SocketCell& sibling) { see_edge(sibling, Edge::read); });
    forget_rerecorded(cell, edge_bit(Edge::read));
}

/// Tells the engine what was consumed and re-enables FD_READ. Unlocks when it kicks; call.cell() is not to be
/// used after it unless it is locked again.
void end_reading(Receive& receive) noexcept {
    SocketCell& cell = receive.call.cell();
    SocketCell& part = *receive.part;
    EnginePort& port = *receive.part_port;
    const bool due = receive.consumed || has_flag(part, kFlagConsumedDue);
    if (has_unread_anywhere(cell)) record(cell, edge_bit(Edge::read));
    if (!due) return;
    announce_consumed(port, part);
    receive.consumed = false;
    receive.call.unlock();
    port.drive->kick(port);
}

/// Has the engine hear of what was consumed in the middle of a call, and keeps the lock.
void push_consumed(Receive& receive) noexcept {
    if (!receive.consumed && !has_flag(*receive.part, kFlagConsumedDue)) return;
    announce_consumed(*receive.part_port, *receive.part);
    receive.consumed = false;
}

int finish(Receive& receive, LPDWORD received) noexcept {
    *received = receive.got;
    end_reading(receive);
    return 0;
}

int finish_failed(Receive& receive, int code) noexcept {
    end_reading(receive);
    return receive.call.fail(code);
}

/// Moves what there is. True: the call is over for a stream that has enough.
bool read_some(Receive& receive) noexcept {
    if ((receive.flags & WS_MSG_PEEK) != 0) {
        receive.got = 0;
        peek_stream(receive);
        return receive.got != 0;
    }
    drain_stream(receive);
    const bool wants_all = (receive.flags & WS_MSG_WAITALL) != 0;
    return receive.got == receive.room || (receive.got != 0 && !wants_all);
}

/// What a look at the stream means for the call: `text` goes on, `nothing` waits; otherwise the call is over.
bool is_over(Stream what) noexcept {
    return what == Stream::end || what == Stream::broken;
}

/// A non-blocking receive with nothing at hand: true when it is worth another look. Text that waits for the
/// engine to hear of a consumption is sure to come; silence is worth one pass.
bool may_look_again(EnginePort& port, bool is_published, bool& has_helped, Patience& patience) noexcept {
    if (is_published) return patience.step();
    if (has_helped) return false;
    has_helped = true;
    port.drive->help(port);
    return true;
}

int recv_stream(Receive& receive, LPDWORD received) noexcept {
    SocketCell& cell = receive.call.cell();
    EnginePort& port = receive.call.port();
    begin_reading(cell);
    const Scatter untouched = receive.scatter;
    Instant deadline = Instant::never();
    Patience patience(port);
    bool has_helped = false;
    for (;;) {  // Bounded by the text, the deadline, or the patience.
        const Stream what = look(cell);
        if (what == Stream::text) {
            if ((receive.flags & WS_MSG_PEEK) != 0) receive.scatter = untouched;
            if (read_some(receive) || receive.room == 0) return finish(receive, received);
        }
        if (is_over(what)) {
            if (receive.got != 0 || what == Stream::end) return finish(receive, received);
            return finish_failed(receive, code_of_broken(cell));
        }
        push_consumed(receive);
        if (!is_blocking(cell)) {
            if (may_look_again(port, what == Stream::text, has_helped, patience)) continue;
            if (receive.got != 0) return finish(receive, received);
            return finish_failed(receive, WSAEWOULDBLOCK);
        }
        if (deadline.is_never()) deadline = deadline_after(port, cell.fixed.receive_timeout_ms);
        const WaitEnd end = wait_until(
            receive.call, deadline, [&] { return current_packet(cell) != nullptr || is_over(look(cell)); });
        if (end == WaitEnd::closed) return receive.call.fail(WSAEINTR);
        if (end != WaitEnd::ready) {
            if (receive.got != 0) return finish(receive, received);
            return finish_failed(receive, wsa_of(end));
        }
    }
}

bool is_net_down(const SocketCell& cell) noexcept {
    return (cell.engine.readiness.load(std::memory_order_acquire) & kReadyNetDown) != 0;
}

/// From the socket's own list or, in turn, from those of its siblings.
bool take_any_datagram(Receive& receive, bool& is_cut) noexcept {
    Siblings* const siblings = siblings_of(receive.call.cell());
    if (siblings == nullptr) [[likely]] {
        if (take_datagram(receive, is_cut)) return true;
        push_consumed(receive);
        return false;
    }
    const std::uint32_t parts = siblings->count + 1;
    const std::uint32_t first = siblings->turn++;
    for (std::uint32_t n = 0; n < parts; ++n) {
        const std::uint32_t i = (first + n) % parts;
        const bool is_own = i == siblings->count;
        receive.part = is_own ? &receive.call.cell() : siblings->members[i].cell;
        receive.part_port = is_own ? &receive.call.port() : siblings->members[i].port;
        if (take_datagram(receive, is_cut)) return true;
        push_consumed(receive);
    }
    return false;
}

bool may_have_datagram(SocketCell& cell) noexcept {
    return current_packet(cell) != nullptr || any_sibling(cell, [](EnginePort&, SocketCell& sibling) {
               return current_packet(sibling) != nullptr;
           });
}

int recv_datagram(Receive& receive, LPDWORD received) noexcept {
    SocketCell& cell = receive.call.cell();
    EnginePort& port = receive.call.port();
    begin_reading(cell);
    bool is_cut = false;
    Patience patience(port);
    bool has_helped = false;
    Instant deadline = Instant::never();
    while (!take_any_datagram(receive, is_cut)) {  // Bounded by the deadline, or the patience.
        if (is_net_down(cell)) return finish_failed(receive, WSAENETDOWN);
        if (!is_blocking(cell)) {
            if (may_look_again(port, has_unread_anywhere(cell), has_helped, patience)) {
                for_each_sibling(cell, [](EnginePort& other, SocketCell&) { other.drive->help(other); });
                continue;
            }
            return finish_failed(receive, WSAEWOULDBLOCK);
        }
        if (deadline.is_never()) deadline = deadline_after(port, cell.fixed.receive_timeout_ms);
        const WaitEnd end =
            wait_until(receive.call, deadline, [&] { return may_have_datagram(cell) || is_net_down(cell); });
        if (end == WaitEnd::closed) return receive.call.fail(WSAEINTR);
        if (end != WaitEnd::ready) return finish_failed(receive, wsa_of(end));
    }
    if (receive.out_flags != nullptr) *receive.out_flags = is_cut ? WS_MSG_PARTIAL : 0;
    *received = receive.got;
    return is_cut ? finish_failed(receive, WSAEMSGSIZE) : finish(receive, received);
}

/// State and flag checks: 0 or the code, in this order: flags, phase, shutdown.
int judge(const SocketCell& cell, DWORD flags, bool names_sender) noexcept {
    const bool stream = is_stream(cell);
    if ((flags & WS_MSG_OOB) != 0) return cell.names.options.oob_inline != 0 ? WSAEINVAL : WSAEOPNOTSUPP;
    if ((flags & ~(stream ? kStreamFlags : kDatagramFlags)) != 0) return WSAEOPNOTSUPP;
    if (stream) {
        if (phase_of(cell) != Phase::connected) return WSAENOTCONN;
    } else {
        if (!has_flag(cell, kFlagBound)) return WSAEINVAL;
        if (has_flag(cell, kFlagDisconnected) && !names_sender) return WSAENOTCONN;
    }
    return (cell.app.shut & kShutReceive) != 0 ? WSAESHUTDOWN : 0;
}

struct Sender {
    sockaddr* name = nullptr;
    LPINT length = nullptr;
    bool is_asked = false;  ///< The call was WSPRecvFrom.
};

int receive_into(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                 const Sender& sender, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    std::size_t room = 0;
    if (received == nullptr) return call.fail(WSAEFAULT);
    if (const int code = validate_buffers(buffers, count, room); code != 0) return call.fail(code);
    if (sender.name != nullptr &&
        (sender.length == nullptr || *sender.length < static_cast<INT>(sizeof(ws2_sockaddr_in)))) {
        return call.fail(WSAEFAULT);
    }
    settle(cell);
    const DWORD wanted = flags != nullptr ? *flags : 0;
    if (const int code = judge(cell, wanted, sender.is_asked); code != 0) return call.fail(code);
    Receive receive{.call = call,
                    .scatter = Scatter(buffers, count),
                    .room = static_cast<std::uint32_t>(room),
                    .flags = wanted,
                    .from = sender.name,
                    .from_length = sender.length,
                    .out_flags = flags,
                    .part = &cell,
                    .part_port = &call.port()};
    if (!is_stream(cell)) return recv_datagram(receive, received);
    if (flags != nullptr) *flags = 0;
    return recv_stream(receive, received);
}

}  // namespace

void drop_datagrams_of_others(EnginePort& port, SocketCell& cell) noexcept {
    // The engine filters from now on: what is queued and not the new peer's came before. What stands behind a
    // datagram of the new peer is left to current_datagram().
    const std::uint32_t end = cell.engine.rx_published.load(std::memory_order_acquire);
    Patience patience(port);
    while (cell.app.rx_consumed.load(std::memory_order_relaxed) != end) {  // Bounded by the patience.
        if (current_datagram(cell) != nullptr) break;
        // The engine has to hear of a consumption before it shows the next packet.
        if (has_flag(cell, kFlagConsumedDue)) announce_consumed(port, cell);
        if (!patience.step()) break;
    }
    if (!has_flag(cell, kFlagConsumedDue)) return;
    announce_consumed(port, cell);
    port.drive->kick(port);
}

int wsp_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
             LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID,
             LPINT error) noexcept {
    if (const int code = validate_overlapped(overlapped, routine); code != 0) {
        SocketCall call(s, error);
        return call ? call.fail(code) : SOCKET_ERROR;
    }
    return receive_into(s, buffers, count, received, flags, {}, error);
}

int wsp_recv_from(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags, sockaddr* from,
                  LPINT from_length, LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                  LPWSATHREADID, LPINT error) noexcept {
    if (const int code = validate_overlapped(overlapped, routine); code != 0) {
        SocketCall call(s, error);
        return call ? call.fail(code) : SOCKET_ERROR;
    }
    return receive_into(s, buffers, count, received, flags, {from, from_length, true}, error);
}

}  // namespace ringsock::spi
