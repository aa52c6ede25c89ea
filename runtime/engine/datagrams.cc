// SPDX-License-Identifier: BSD-3-Clause
// UDP (RFC 768, RFC 1122 §4.1): delivery by best match, the default-peer filter of a connected socket,
// sending.
#include <cstring>

#include "engine/engine.h"
#include "inet/ipv4_input.h"
#include "udp/endpoint.h"

namespace ringsock {

void Engine::datagram_arrives(FrameContext& context, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    Ipv4Verdict verdict = Ipv4Verdict::to_us;
    if (context.interface != kLoopbackInterface) {
        const EthernetView link{context.frame.data};
        verdict = judge_ipv4_arrival(config_.addresses,
                                     {p.source, p.destination, context.interface, p.is_link_group, false});
        if (!link.is_addressed_to(interfaces_[context.interface].mac) || !is_delivered(verdict)) {
            ++stats_.not_for_us;
            return offer_to_kernel(context);
        }
    }
    const bool is_group = verdict != Ipv4Verdict::to_us;
    if (is_group) offer_to_kernel(context);  // Both hear it.
    // Bindings are few per port: the best match wins; a broadcast goes to every match (RFC 1122 §4.1.3).
    std::uint32_t best = kNoIndex;
    udp::Match best_match = udp::Match::none;
    for (std::uint32_t next = udp_heads_[p.destination_port.value]; next != 0;) {
        const std::uint32_t i = next - 1;
        const Binding& b = bindings_[i];
        next = b.next_in_port;
        const udp::Endpoint endpoint{b.local, b.port, b.peer, b.peer_port, b.has_peer};
        const udp::Match match = udp::match(endpoint, p.destination, is_group, p.source, p.source_port);
        if (match == udp::Match::filtered) ++stats_.udp_filtered;
        if (match <= udp::Match::filtered) continue;
        if (is_group) {
            if (best != kNoIndex) deliver_datagram(context, best, false);
            best = i;
            best_match = match;
        } else if (match > best_match) {
            best = i;
            best_match = match;
        }
    }
    if (best == kNoIndex) {
        if (!is_group && kernel_takes(context)) return;
        ++stats_.udp_no_port;
        if (verdict == Ipv4Verdict::to_us && context.interface != kLoopbackInterface)
            send_port_unreachable(context, now);
        return;
    }
    deliver_datagram(context, best, true);
}

void Engine::deliver_datagram(FrameContext& context, std::uint32_t binding, bool is_last) noexcept {
    const ParsedFrame& p = context.parsed;
    const std::uint32_t cell_index = bindings_[binding].cell;
    SocketCell& cell = port_.cells[cell_index];
    const std::uint32_t limit = cell.names.options.receive_buffer_bytes != 0
                                    ? cell.names.options.receive_buffer_bytes
                                    : port_.default_receive_buffer_bytes;
    const std::uint32_t queued = cell.engine.rx_bytes.load(std::memory_order_relaxed) -
                                 cell.app.rx_consumed_bytes.load(std::memory_order_acquire);
    const std::uint32_t packets = cell.engine.rx_published.load(std::memory_order_relaxed) -
                                  cell.app.rx_consumed.load(std::memory_order_acquire);
    if (queued + p.payload_length > limit || packets >= kMaxQueuedDatagrams) {
        ++stats_.udp_queue_full;
        return;
    }
    Packet* packet = nullptr;
    if (is_last) {
        packet = interfaces_[context.interface].io->keep(context.frame, p.payload_offset, p.payload_length);
        context.is_consumed = true;
    } else if ((packet = pool_.allocate()) != nullptr) {
        std::memcpy(packet->data, context.frame.data + p.payload_offset, p.payload_length);
        packet->length = p.payload_length;
    }
    if (packet == nullptr) {
        ++stats_.no_packet;
        return;
    }
    packet->remote_address = p.source.value;
    packet->remote_port = p.source_port.value;
    packet->stamped_at = now_;
    ++stats_.udp_in;
    deliver(cell_index, cell, packet);
    bump(cell_index, cell, Edge::read);
}

void Engine::link_datagram_binding(std::uint32_t binding) noexcept {
    Binding& b = bindings_[binding];
    b.next_in_port = udp_heads_[b.port.value];
    udp_heads_[b.port.value] = binding + 1;
}

void Engine::unlink_datagram_binding(std::uint32_t binding) noexcept {
    for (std::uint32_t* at = &udp_heads_[bindings_[binding].port.value]; *at != 0;
         at = &bindings_[*at - 1].next_in_port) {
        if (*at != binding + 1) continue;
        *at = bindings_[binding].next_in_port;
        return;
    }
}

ConnError Engine::bind_implicitly(std::uint32_t cell_index, SocketCell& cell) noexcept {
    if ((cell.names.engine_flags & kCellBound) != 0) return ConnError::none;
    std::uint32_t binding = kNoIndex;
    return enter_binding(cell_index, cell, PortSpace::udp, Ipv4{}, Port{}, binding);
}

void Engine::request_connect_datagram(const Request& request, SocketCell& cell) noexcept {
    const std::uint32_t index = request.socket.index;
    const EndpointArgs& args = request.endpoint;
    const bool disconnects = args.family == Family::none;
    ConnError error = bind_implicitly(index, cell);
    if (error == ConnError::none) {
        Binding& b = bindings_[cell.names.transport];
        const Ipv4 remote{load_be<std::uint32_t>(reinterpret_cast<const std::byte*>(args.remote))};
        if (disconnects) {
            b.has_peer = false;
            clear_ready(cell, kReadyConnected);
            cell.names.key.remote = 0;
            cell.names.key.remote_port = Port{};
            cell.names.key.local = b.local.value;
        } else if (const Path path = path_to(remote);
                   !remote.is_limited_broadcast() && path.kind != RouteKind::local &&
                   path.kind != RouteKind::unicast && path.kind != RouteKind::blackhole) {
            error = ConnError::net_unreachable;
        } else if (config_.addresses.is_broadcast(remote, path.interface) &&
                   cell.names.options.broadcast == 0) {
            error = ConnError::access;  // The caller knows 255.255.255.255; a network's own is known here.
        } else {
            b.has_peer = true;
            b.peer = remote;
            b.peer_port = Port{args.remote_port};
            cell.names.key.remote = remote.value;
            cell.names.key.remote_port = b.peer_port;
            if (b.local.is_any()) cell.names.key.local = path.source.value;
            set_ready(cell, kReadyConnected);
            bump(index, cell, Edge::connect);
        }
    }
    reply(index, cell, request.attempt, error);
}

void Engine::request_send_to(const Request& request, SocketCell* cell, Instant now) noexcept {
    Packet* payload = request.send_to.packet;
    if (cell != nullptr && bind_implicitly(request.socket.index, *cell) == ConnError::none &&
        bindings_[cell->names.transport].kind == BindingKind::udp) {
        const Binding& b = bindings_[cell->names.transport];
        Ipv4 remote{load_be<std::uint32_t>(reinterpret_cast<const std::byte*>(request.send_to.remote))};
        Port remote_port{request.send_to.remote_port};
        const bool has_remote = request.send_to.family != Family::none || b.has_peer;
        if (request.send_to.family == Family::none) {
            remote = b.peer;
            remote_port = b.peer_port;
        }
        // Like the kernel's, a datagram that can not leave is lost; counted, and ICMP may tell later.
        if (has_remote && send_datagram(*cell, b, payload, remote, remote_port) == ConnError::none)
            ++stats_.udp_out;
        cell->engine.tx_acked.store(cell->engine.tx_acked.load(std::memory_order_relaxed) + payload->length,
                                    std::memory_order_release);
        touch(request.socket.index, *cell, kTouchedSpace);
    }
    (void)now;
    PacketList done;
    done.push_back(payload);
    release_later(done);
}

ConnError Engine::send_datagram(SocketCell& cell, const Binding& binding, Packet* payload, Ipv4 remote,
                                Port remote_port) noexcept {
    Path path = path_to(remote);
    if (remote.is_limited_broadcast() && path.kind != RouteKind::unicast && interface_count_ > 1) {
        // 255.255.255.255 goes out of the first interface.
        path.kind = RouteKind::unicast;
        path.interface = 1;
        path.source = config_.addresses.source_for(1, IpAddress(remote)).v4;
    }
    if (path.kind == RouteKind::none || path.kind == RouteKind::unreachable)
        return ConnError::net_unreachable;
    if (path.kind == RouteKind::blackhole) return ConnError::none;
    const Interface& interface = interfaces_[path.interface];
    if (!interface.is_up) return ConnError::net_down;
    if (payload->length + 28 > interface.mtu) return ConnError::message_too_long;
    const Ipv4 local = binding.local.is_any() ? path.source : binding.local;
    PayloadSum sum;
    sum.length = payload->length;
    if (!interface.udp_rules.device_l4_checksum) sum.sum.add(payload->bytes());
    const Ipv4Fields ip{local, remote, 0, cell.names.options.ttl, cell.names.options.tos, true};
    TxFrame frame;
    const HeaderLengths lengths = build_udp_ipv4(
        HeaderRoom{frame.header}, LinkHeader::ethernet(MacAddress{}, interface.mac, EtherType::ipv4), ip,
        binding.port, remote_port, sum, interface.udp_rules);
    frame.header_length = lengths.total();
    frame.l2_length = lengths.l2;
    frame.l3_length = lengths.l3;
    frame.l4_length = lengths.l4;
    frame.offloads = static_cast<std::uint8_t>(
        (interface.udp_rules.device_ipv4_checksum ? static_cast<unsigned>(TxOffload::ipv4_checksum) : 0u) |
        (interface.udp_rules.device_l4_checksum ? static_cast<unsigned>(TxOffload::udp_checksum) : 0u));
    frame.payload = payload->length != 0 ? payload : nullptr;
    frame.payload_offset = 0;
    frame.payload_length = payload->length;
    if (remote.is_limited_broadcast() || config_.addresses.is_broadcast(remote, path.interface) ||
        remote.is_multicast()) {
        store_mac(frame.header.data(),
                  remote.is_multicast() ? multicast_mac(remote) : MacAddress::broadcast());
        emit_to_link(path.interface, frame);
        return ConnError::none;
    }
    emit(path, frame);
    return ConnError::none;
}

}  // namespace ringsock
