// SPDX-License-Identifier: BSD-3-Clause
#include "raw_socket.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace ringsock::testing {

namespace {

constexpr std::uint32_t kSmallSendBytes = 38;
constexpr std::uint32_t kPacketsPerRequest = 32;

void put_ipv4(std::uint8_t (&to)[16], Ipv4 address) {
    store_be(reinterpret_cast<std::byte*>(to), address.value);
}

template <typename Fill>
void push_request(sim::SimHost& host, RequestOp op, SocketId socket, std::uint16_t attempt, Fill&& fill) {
    const auto write = [&](Request& request) {
        request.op = op;
        request.flags = 0;
        request.attempt = attempt;
        request.socket = socket;
        request.overlapped = 0;
        request.endpoint = EndpointArgs{};
        fill(request);
    };
    if (!host.port->requests.producer().try_push(write)) {
        host.drive->help(*host.port);
        RS_ASSERT(host.port->requests.producer().try_push(write));
    }
    host.drive->kick(*host.port);
}

}  // namespace

RawSocket::RawSocket(sim::SimHost& host, Protocol protocol) : host_(&host) {
    std::uint32_t index = 0;
    if (!host.port->fresh_cells.try_pop(index)) {
        for (int pass = 0; pass < 8; ++pass)
            host.drive->help(*host.port);  // The engine issues anew now and then.
        RS_ASSERT(host.port->fresh_cells.try_pop(index));
    }
    SocketCell& fresh = host.port->cell(index);
    fresh.fixed.engine = host.port->index;
    fresh.fixed.protocol = protocol;
    fresh.names.options = SocketOptions{};
    id_ = {index, fresh.fixed.generation.load() + 1};
    fresh.fixed.generation.store(id_.generation);
}

RawSocket::~RawSocket() {
    if (is_open()) close();
}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
    if (is_open()) close();
    host_ = std::exchange(other.host_, nullptr);
    id_ = other.id_;
    queue_ = std::move(other.queue_);
    return *this;
}

template <typename Fill>
void RawSocket::push(RequestOp op, Fill&& fill) {
    push_request(*host_, op, id_, cell().app.attempt.load(), fill);
}

void RawSocket::number_operation() noexcept {
    auto& attempt = cell().app.attempt;
    std::uint16_t next = static_cast<std::uint16_t>(attempt.load() + 1);
    if (next == 0) next = 1;
    attempt.store(next);
}

ConnError RawSocket::reply() const noexcept {
    const std::uint32_t reply = cell().engine.reply.load();
    RS_ASSERT(outcome_attempt(reply) == cell().app.attempt.load());
    return outcome_error(reply);
}

void RawSocket::set_options() {
    push(RequestOp::set_options, [](Request&) {});
}

void RawSocket::shutdown_send() {
    push(RequestOp::shutdown_send, [](Request&) {});
}

ConnError RawSocket::bind(Ipv4 local, Port port) {
    number_operation();
    push(RequestOp::bind, [&](Request& r) {
        put_ipv4(r.endpoint.local, local);
        r.endpoint.local_port = port.value;
        r.endpoint.family = Family::ipv4;
        r.endpoint.has_local = 1;
    });
    return reply();
}

ConnError RawSocket::listen(std::uint32_t backlog) {
    if (!queue_) queue_ = std::make_unique<AcceptQueue>(backlog);
    number_operation();
    push(RequestOp::listen, [&](Request& r) {
        r.listen.queue = queue_.get();
        r.listen.backlog = backlog;
    });
    return reply();
}

ConnError RawSocket::connect_datagram(Ipv4 remote, Port port) {
    number_operation();
    push(RequestOp::connect_datagram, [&](Request& r) {
        put_ipv4(r.endpoint.remote, remote);
        r.endpoint.remote_port = port.value;
        r.endpoint.family = Family::ipv4;
    });
    return reply();
}

ConnError RawSocket::disconnect_datagram() {
    number_operation();
    push(RequestOp::connect_datagram, [](Request& r) { r.endpoint.family = Family::none; });
    return reply();
}

void RawSocket::connect(Ipv4 remote, Port port) {
    number_operation();
    push(RequestOp::connect, [&](Request& r) {
        put_ipv4(r.endpoint.remote, remote);
        r.endpoint.remote_port = port.value;
        r.endpoint.family = Family::ipv4;
    });
}

bool RawSocket::finished() const noexcept {
    return outcome_attempt(cell().engine.outcome.load()) == cell().app.attempt.load();
}

ConnError RawSocket::outcome() const noexcept {
    return outcome_error(cell().engine.outcome.load());
}

RawSocket RawSocket::accept() {
    AcceptRecord record;
    if (!queue_->try_pop(record)) return {};
    return {*host_, record.socket};
}

std::size_t RawSocket::send(std::span<const std::byte> bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {  // Bounded by the bytes and by the send buffer.
        const std::uint32_t room = host_->port->default_send_buffer_bytes -
                                   std::min(unacknowledged(), host_->port->default_send_buffer_bytes);
        const auto wanted = static_cast<std::uint32_t>(std::min<std::size_t>(room, bytes.size() - sent));
        if (wanted == 0) break;
        if (wanted <= kSmallSendBytes) {
            cell().app.tx_queued += wanted;
            push(RequestOp::send_small, [&](Request& r) {
                r.small.length = static_cast<std::uint8_t>(wanted);
                std::memcpy(r.small.bytes, bytes.data() + sent, wanted);
            });
            sent += wanted;
            continue;
        }
        SendArgs args{};
        while (args.count < kPacketsPerRequest && args.bytes < wanted) {
            Packet* const packet = take_empty_packet(*host_);
            if (packet == nullptr) break;
            packet->length = std::min(packet->capacity, wanted - args.bytes);
            std::memcpy(packet->data, bytes.data() + sent + args.bytes, packet->length);
            packet->next = nullptr;
            (args.last != nullptr ? args.last->next : args.first) = packet;
            args.last = packet;
            ++args.count;
            args.bytes += packet->length;
        }
        if (args.count == 0) break;
        cell().app.tx_queued += args.bytes;
        sent += args.bytes;
        push(RequestOp::send, [&](Request& r) { r.send = args; });
    }
    return sent;
}

void RawSocket::send(std::string_view text) {
    RS_ASSERT(send(std::as_bytes(std::span(text.data(), text.size()))) == text.size());
}

void RawSocket::send_to(std::span<const std::byte> bytes, std::optional<Ipv4> remote, Port port) {
    Packet* const packet = take_empty_packet(*host_);
    if (packet == nullptr) return;  // As good as lost on the wire.
    RS_ASSERT(bytes.size() <= packet->capacity);
    if (!bytes.empty()) std::memcpy(packet->data, bytes.data(), bytes.size());
    packet->length = static_cast<std::uint32_t>(bytes.size());
    cell().app.tx_queued += packet->length;
    push(RequestOp::send_to, [&](Request& r) {
        r.send_to = SendToArgs{};
        r.send_to.packet = packet;
        r.send_to.family = remote ? Family::ipv4 : Family::none;
        if (remote) put_ipv4(r.send_to.remote, *remote);
        r.send_to.remote_port = port.value;
    });
}

Packet* RawSocket::current_packet() noexcept {
    SocketCell& c = cell();
    if (c.app.rx_cursor != nullptr) return c.app.rx_cursor;
    const std::uint32_t consumed = c.app.rx_consumed.load();
    if (c.engine.rx_published.load() == consumed) return nullptr;
    if (c.engine.rx_head_seq.load() != consumed)
        return nullptr;  // The engine has not heard of the last ones yet.
    c.app.rx_cursor = c.engine.rx_head.load();
    return c.app.rx_cursor;
}

void RawSocket::consume(std::uint32_t bytes) noexcept {
    SocketCell& c = cell();
    const std::uint32_t consumed = c.app.rx_consumed.load() + 1;
    c.app.rx_cursor = c.engine.rx_published.load() != consumed ? observe_next(c.app.rx_cursor) : nullptr;
    c.app.rx_consumed_bytes.store(c.app.rx_consumed_bytes.load() + bytes);
    c.app.rx_consumed.store(consumed);
}

Bytes RawSocket::receive() {
    Bytes all;
    for (;;) {  // Bounded by what is published.
        bool any = false;
        while (Packet* const packet = current_packet()) {
            all.insert(all.end(), packet->data, packet->data + packet->length);
            consume(packet->length);
            any = true;
        }
        if (!any) return all;
        push(RequestOp::consumed, [](Request&) {});
    }
}

std::optional<Datagram> RawSocket::receive_datagram() {
    Packet* const packet = current_packet();
    if (packet == nullptr) return std::nullopt;
    Datagram out{{packet->data, packet->data + packet->length},
                 Ipv4{packet->remote_address},
                 Port{packet->remote_port}};
    consume(packet->length);
    push(RequestOp::consumed, [](Request&) {});
    return out;
}

std::uint32_t RawSocket::unread() const noexcept {
    return cell().engine.rx_bytes.load() - cell().app.rx_consumed_bytes.load();
}

std::uint32_t RawSocket::unacknowledged() const noexcept {
    return cell().app.tx_queued - cell().engine.tx_acked.load();
}

void RawSocket::close(bool abortive) {
    SocketCell& c = cell();
    c.app.linger_abort = abortive ? 1 : 0;
    c.app.unread_at_close = c.app.rx_offset != 0 ? 1 : 0;
    c.app.closing.store(1);
    push(RequestOp::close, [](Request&) {});
    host_ = nullptr;
}

Packet* take_empty_packet(sim::SimHost& host) {
    auto& exchange = host.port->exchanges[0];
    if (!exchange) exchange = std::make_unique<PacketExchange>();
    Packet* packet = nullptr;
    if (exchange->empties.try_pop(packet)) return packet;
    push_request(host, RequestOp::credit, SocketId{}, 0, [](Request& r) { r.credit.exchange = 0; });
    return exchange->empties.try_pop(packet) ? packet : nullptr;
}

void return_empty_packets(sim::SimHost& host) {
    auto& exchange = host.port->exchanges[0];
    if (!exchange) return;
    SendArgs args{};
    Packet* packet = nullptr;
    while (exchange->empties.try_pop(packet)) {
        packet->next = nullptr;
        packet->length = 1;
        (args.last != nullptr ? args.last->next : args.first) = packet;
        args.last = packet;
        ++args.count;
        ++args.bytes;
    }
    if (args.count != 0)
        push_request(host, RequestOp::send, SocketId{}, 0, [&](Request& r) { r.send = args; });
}

}  // namespace ringsock::testing
