// SPDX-License-Identifier: BSD-3-Clause
// ARP (RFC 826), ICMP (RFC 792, RFC 1122 §3.2.2) and whatever waits for a link-layer address.
#include <cstring>

#include "engine/engine.h"
#include "inet/icmp_errors.h"
#include "inet/ipv4_input.h"

namespace ringsock {

namespace {
/// RFC 1812 §4.3.2.8: ICMP errors we send at most, per second.
constexpr std::uint32_t kIcmpErrorsPerSecond = 1000;
}  // namespace

// The neighbour of a connection; asked for anew when its entry was given to another next hop meanwhile.
const Neighbor* Engine::neighbor_of(TcbSide& side, const FlowKey& key) noexcept {
    const Neighbor* neighbor = neighbors_.get(side.neighbor);
    if (neighbor == nullptr) [[unlikely]] {
        const Path path = path_to(Ipv4{key.remote});
        side.neighbor = path.neighbor;
        // Routes may have changed: the way may lead out of another interface, or be none for now.
        if (path.kind == RouteKind::unicast) side.interface = path.interface;
        neighbor = neighbors_.get(side.neighbor);
        if (neighbor == nullptr) return nullptr;
    }
    if (neighbor->state != NeighborState::reachable && neighbor->state != NeighborState::permanent)
        [[unlikely]]
        act_on(neighbors_.note_use(side.neighbor.index, now_), now_);
    return neighbor;
}

void Engine::park(std::uint32_t tcb_index, std::uint32_t neighbor) noexcept {
    TcbSide& side = sides_[tcb_index];
    if ((side.flags & kSideParked) != 0) return;
    side.flags |= kSideParked;
    neighbors_.waiting(neighbor).push_back(tcb_index,
                                           [this](std::uint32_t i) -> IndexLink& { return wait_links_[i]; });
}

void Engine::unpark(std::uint32_t tcb_index) noexcept {
    TcbSide& side = sides_[tcb_index];
    side.flags &= static_cast<std::uint8_t>(~kSideParked);
    neighbors_.waiting(side.neighbor.index).remove(tcb_index, [this](std::uint32_t i) -> IndexLink& {
        return wait_links_[i];
    });
}

void Engine::act_on(const NeighborAction& action, Instant now) noexcept {
    if (action.kind == NeighborAction::Kind::none) return;
    if (action.kind == NeighborAction::Kind::failed) return neighbor_failed(action.index, now);
    const Neighbor& entry = neighbors_.at(action.index);
    if (entry.interface == kNoInterface || entry.interface == kLoopbackInterface) return;
    ArpFields request;
    request.operation = ArpOperation::request;
    request.sender_mac = interfaces_[entry.interface].mac;
    const IpAddress source = config_.addresses.source_for(entry.interface, IpAddress(entry.address));
    request.sender_address = source.family == Family::ipv4 ? source.v4 : Ipv4{};
    request.target_address = entry.address;
    send_arp(entry.interface, request,
             action.kind == NeighborAction::Kind::request_unicast ? entry.mac : MacAddress::broadcast());
}

void Engine::send_arp(InterfaceIndex interface, const ArpFields& arp, const MacAddress& to) noexcept {
    TxFrame frame;
    const HeaderLengths lengths = build_arp(
        HeaderRoom{frame.header}, LinkHeader::ethernet(to, interfaces_[interface].mac, EtherType::arp), arp);
    frame.header_length = lengths.total();
    frame.l2_length = lengths.l2;
    frame.l3_length = lengths.l3;
    ++stats_.arp_sent;
    emit_to_link(interface, frame);
}

void Engine::arp_arrives(FrameContext& context, Instant now) noexcept {
    if (context.interface == kLoopbackInterface) return;
    ++stats_.arp_in;
    offer_to_kernel(context);
    const ArpFields arp = ArpView{context.frame.data + context.parsed.l3_offset}.fields();
    const ArpOutcome outcome = neighbors_.on_arp(context.interface, arp, config_.addresses, now);
    if (outcome.reply_due && (context.frame.verdict & kRxSharedCopy) == 0) {
        ArpFields reply_fields;
        reply_fields.operation = ArpOperation::reply;
        reply_fields.sender_mac = interfaces_[context.interface].mac;
        reply_fields.sender_address = arp.target_address;
        reply_fields.target_mac = arp.sender_mac;
        reply_fields.target_address = arp.sender_address;
        send_arp(context.interface, reply_fields, arp.sender_mac);
    }
    if (outcome.resolved) neighbor_resolved(outcome.index);
}

void Engine::neighbor_resolved(std::uint32_t neighbor) noexcept {
    IndexList& waiting = neighbors_.waiting(neighbor);
    const auto link_of = [this](std::uint32_t i) -> IndexLink& { return wait_links_[i]; };
    for (std::uint32_t i; (i = waiting.take_front(link_of)) != kNoIndex;) {
        sides_[i].flags &= static_cast<std::uint8_t>(~kSideParked);
        mark_ready(i);
    }
    send_waiting_frames(neighbor);
}

void Engine::neighbor_failed(std::uint32_t neighbor, Instant now) noexcept {
    ++stats_.neighbor_failures;
    IndexList& waiting = neighbors_.waiting(neighbor);
    const auto link_of = [this](std::uint32_t i) -> IndexLink& { return wait_links_[i]; };
    for (std::uint32_t i; (i = waiting.take_front(link_of)) != kNoIndex;) {
        sides_[i].flags &= static_cast<std::uint8_t>(~kSideParked);
        tcp::TextOut out;
        if (tcbs_[i].arrive.state == tcp::State::closed) {  // Its last word, a reset, has nowhere to go.
            apply(i, tcp::Effects::of(tcp::kEffectClosed), out, now);
            continue;
        }
        // No ARP answer ends an attempt (table 4.8); a synchronized connection keeps trying until R2.
        if (tcbs_[i].arrive.state == tcp::State::syn_sent ||
            tcbs_[i].arrive.state == tcp::State::syn_received) {
            apply(i, tcp::Effects::failed(ConnError::host_unreachable), out, now);
        } else {
            const tcp::Effects effects = tcp::icmp_error(tcbs_[i], ConnError::host_unreachable, false,
                                                         tcbs_[i].arrive.snd_una, false, now);
            apply(i, effects, out, now);
        }
    }
    stats_.neighbor_drops += waiting_[neighbor].frames.count();
    pool_.release_all(waiting_[neighbor].frames);
}

void Engine::tend_neighbors(Instant now) noexcept {
    NeighborTable::Actions actions;
    for (int round = 0; round < 8 && neighbors_.next_deadline() <= now; ++round) {
        neighbors_.expire(now, actions);
        for (const NeighborAction& action : actions) act_on(action, now);
    }
}

// A datagram that waits is kept as a whole frame whose destination MAC is still missing.
void Engine::hold_frame(const NeighborRef& neighbor, const TxFrame& frame) noexcept {
    Waiting& waiting = waiting_[neighbor.index];
    if (waiting.generation != neighbor.generation) {
        pool_.release_all(waiting.frames);
        waiting.generation = neighbor.generation;
    }
    Packet* p = waiting.frames.count() < config_.limits.waiting_frames ? pool_.allocate() : nullptr;
    if (p == nullptr || frame.header_length + frame.payload_length > p->capacity) {
        ++stats_.neighbor_drops;
        if (p != nullptr) pool_.release(p);
        return;
    }
    std::memcpy(p->data, frame.header.data(), frame.header_length);
    std::uint32_t at = frame.header_length, left = frame.payload_length, offset = frame.payload_offset;
    for (const Packet* piece = frame.payload; left != 0 && piece != nullptr;
         piece = piece->next, offset = 0) {
        const std::uint32_t take = left < piece->length - offset ? left : piece->length - offset;
        std::memcpy(p->data + at, piece->data + offset, take);
        at += take;
        left -= take;
    }
    p->length = at;
    p->rx_flags = frame.offloads;
    waiting.frames.push_back(p);
}

void Engine::send_waiting_frames(std::uint32_t neighbor) noexcept {
    Waiting& waiting = waiting_[neighbor];
    const Neighbor& entry = neighbors_.at(neighbor);
    PacketList sent;
    while (Packet* p = waiting.frames.take_front()) {
        sent.push_back(p);
        if (waiting.generation != entry.generation) continue;  // For an earlier next hop in this place.
        TxFrame* frame = frame_for(entry.interface);
        if (frame == nullptr) {
            ++stats_.neighbor_drops;
            continue;
        }
        store_mac(p->data, entry.mac);
        const std::uint32_t head = p->length < 54 ? p->length : 54;
        std::memcpy(frame->header.data(), p->data, head);
        frame->header_length = static_cast<std::uint16_t>(head);
        frame->l2_length = kEthernetHeaderBytes;
        frame->l3_length = kIpv4HeaderBytes;
        frame->l4_length = 8;
        frame->offloads = p->rx_flags;
        frame->payload = p->length > head ? p : nullptr;
        frame->payload_offset = head;
        frame->payload_length = p->length - head;
        commit_frame(entry.interface);
    }
    flush_all();
    release_later(sent);
}

// A frame whose destination MAC is still to be written: sent, or held until the neighbour answers.
void Engine::emit(const Path& path, TxFrame& frame) noexcept {
    if (path.interface == kNoInterface) return;
    if (path.interface != kLoopbackInterface) {
        const Neighbor* neighbor = neighbors_.get(path.neighbor);
        if (neighbor == nullptr) {
            ++stats_.neighbor_drops;
            return;
        }
        if (neighbor->state != NeighborState::reachable && neighbor->state != NeighborState::permanent)
            act_on(neighbors_.note_use(path.neighbor.index, now_), now_);
        if (!neighbor->is_usable()) return hold_frame(path.neighbor, frame);
        store_mac(frame.header.data(), neighbor->mac);
    }
    emit_to_link(path.interface, frame);
}

void Engine::emit_to_link(InterfaceIndex interface, const TxFrame& frame) noexcept {
    TxFrame* place = frame_for(interface);
    if (place == nullptr) {
        ++stats_.tx_blocked;
        return;
    }
    *place = frame;
    commit_frame(interface);
}

void Engine::icmp_arrives(FrameContext& context, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    ++stats_.icmp_in;
    Ipv4Verdict verdict = Ipv4Verdict::to_us;
    if (context.interface != kLoopbackInterface)
        verdict = judge_ipv4_arrival(config_.addresses,
                                     {p.source, p.destination, context.interface, p.is_link_group, false});
    if (interfaces_[context.interface].kernel != nullptr) {
        const FrameOwner owner = owner_of(context);
        if (is_for_kernel(owner)) give_to_kernel(context);
        if (owner != FrameOwner::ours && owner != FrameOwner::both) return;
    }
    if (!is_delivered(verdict)) {
        ++stats_.not_for_us;
        return;
    }
    const Icmpv4View icmp{context.frame.data + p.l4_offset};
    if (icmp.is_error()) return icmp_error_arrives(context, now);
    if (!icmp.is(Icmpv4Type::echo_request) || verdict != Ipv4Verdict::to_us) return;
    // Echo (RFC 1122 §3.2.2.6): the same data back.
    Packet* data = nullptr;
    PayloadSum sum;
    if (p.payload_length != 0) {
        data = pool_.allocate();
        if (data == nullptr || data->capacity < p.payload_length) {
            if (data != nullptr) pool_.release(data);
            return;
        }
        std::memcpy(data->data, context.frame.data + p.payload_offset, p.payload_length);
        data->length = p.payload_length;
        sum.length = p.payload_length;
        sum.sum.add(data->bytes());
    }
    const Path path = context.interface == kLoopbackInterface
                          ? Path{RouteKind::local, kLoopbackInterface, NeighborRef{}, p.source, p.destination}
                          : path_to(p.source);
    if (path.interface != kNoInterface && path.kind != RouteKind::blackhole) {
        const Interface& interface = interfaces_[path.interface];
        TxFrame frame;
        const Ipv4Fields ip{p.destination, p.source, 0, 64, p.tos, true};
        const HeaderLengths lengths = build_icmp_ipv4(
            HeaderRoom{frame.header}, LinkHeader::ethernet(MacAddress{}, interface.mac, EtherType::ipv4), ip,
            {Icmpv4Type::echo_reply, 0, icmp.rest()}, {}, sum,
            {interface.build_rules.device_ipv4_checksum, false});
        frame.header_length = lengths.total();
        frame.l2_length = lengths.l2;
        frame.l3_length = lengths.l3;
        frame.l4_length = lengths.l4;
        frame.offloads = interface.build_rules.device_ipv4_checksum
                             ? static_cast<std::uint8_t>(TxOffload::ipv4_checksum)
                             : std::uint8_t{0};
        frame.payload = data;
        frame.payload_length = p.payload_length;
        ++stats_.icmp_echo;
        emit(path, frame);
        flush_all();
    }
    if (data != nullptr) {
        PacketList done;
        done.push_back(data);
        release_later(done);
    }
}

void Engine::icmp_error_arrives(FrameContext& context, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    const Icmpv4View icmp{context.frame.data + p.l4_offset};
    const QuotedDatagram quoted =
        read_quoted_datagram({context.frame.data + p.payload_offset, p.payload_length});
    const std::optional<QuotedFlow> flow = quoted_flow(quoted);
    if (!flow) return;
    const IcmpVerdict verdict = classify_icmpv4(p.icmp_type, p.icmp_code, icmp.next_hop_mtu());
    if (verdict.kind == IcmpErrorClass::ignored ||
        flow->protocol != static_cast<std::uint8_t>(PortSpace::tcp))
        return;
    const std::uint32_t index = find_flow(flow->flow, flows_.hash_of(flow->flow));
    if (index == FlowTable::kNone || (index & kFlowTimeWait) != 0) return;
    tcp::Tcb& tcb = tcbs_[index];
    tcp::Effects effects;
    if (verdict.kind == IcmpErrorClass::packet_too_big) {
        const std::uint32_t mtu = verdict.mtu != 0 ? verdict.mtu : lower_plateau(flow->total_length);
        effects = tcp::path_too_small(tcb, static_cast<std::uint16_t>(mtu > 40 ? mtu - 40 : 0), flow->seq);
    } else {
        SocketCell* cell = cell_of(tcb);
        const bool at_once = cell != nullptr && cell->names.options.fail_connect_on_icmp != 0;
        effects = tcp::icmp_error(tcb, verdict.error, verdict.kind == IcmpErrorClass::hard, flow->seq,
                                  at_once, now);
    }
    ++stats_.icmp_errors_used;
    tcp::TextOut out;
    apply(index, effects, out, now);
}

// RFC 1122 §4.1.3.1: a datagram to a port nobody has is answered, within limits.
void Engine::send_port_unreachable(const FrameContext& context, Instant now) noexcept {
    if (now - icmp_quota_at_ >= Micros::from_seconds(1)) {
        icmp_quota_at_ = now;
        icmp_quota_ = kIcmpErrorsPerSecond;
    }
    if (icmp_quota_ == 0) return;
    --icmp_quota_;
    const ParsedFrame& p = context.parsed;
    const Path path = path_to(p.source);
    if (path.interface == kNoInterface || path.kind == RouteKind::blackhole) return;
    const Interface& interface = interfaces_[path.interface];
    const std::size_t quote = p.datagram_length < kMaxIcmpQuoteBytes ? p.datagram_length : kMaxIcmpQuoteBytes;
    TxFrame frame;
    const Ipv4Fields ip{p.destination, p.source, 0, 64, 0, true};
    const HeaderLengths lengths = build_icmp_ipv4(
        HeaderRoom{frame.header}, LinkHeader::ethernet(MacAddress{}, interface.mac, EtherType::ipv4), ip,
        {Icmpv4Type::destination_unreachable, static_cast<std::uint8_t>(Icmpv4Unreachable::port), 0},
        {context.frame.data + p.l3_offset, quote}, {}, {interface.build_rules.device_ipv4_checksum, false});
    frame.header_length = lengths.total();
    frame.l2_length = lengths.l2;
    frame.l3_length = lengths.l3;
    frame.l4_length = lengths.l4;
    frame.offloads = interface.build_rules.device_ipv4_checksum
                         ? static_cast<std::uint8_t>(TxOffload::ipv4_checksum)
                         : std::uint8_t{0};
    ++stats_.icmp_sent;
    emit(path, frame);
}

}  // namespace ringsock
