// SPDX-License-Identifier: BSD-3-Clause
// Frames in. A burst is a pipeline: take, parse and prefetch the flow's bucket, find and prefetch the TCB,
// run (house.md, section 8). RFC 9293 §3.10.7 for what has no TCB; RFC 1122 §3.2.1 for what is ours at all.
#include <new>

#include "engine/engine.h"
#include "inet/ipv4_input.h"

namespace ringsock {

void Engine::receive(Instant now) noexcept {
    bool busy = false;
    for (InterfaceIndex n = 0; n < interface_count_; ++n) busy |= receive_from(n, now);
    if (busy) ++stats_.busy_passes;
}

bool Engine::receive_from(InterfaceIndex interface, Instant now) noexcept {
    // Members, not locals: arrays of values would be initialised for every burst, however small.
    const auto& frames = burst_->frames;
    auto& parsed = burst_->parsed;
    auto& hashes = burst_->hashes;
    PacketIo& io = *interfaces_[interface].io;
    const std::size_t count = io.rx_burst(burst_->frames);
    if (count == 0) return false;
    stats_.rx_frames += count;
    if (!interfaces_[interface].may_be_up) [[unlikely]] {  // Down, though its wire still brings frames.
        stats_.not_for_us += count;
        io.release_frames({frames.data(), count});
        return true;
    }

    for (std::size_t i = 0; i < count; ++i) {
        const RxFrame& f = frames[i];
        const ParseRules rules{.verify_ipv4_checksum = (f.verdict & kRxIpv4ChecksumGood) == 0,
                               .verify_l4_checksum = (f.verdict & kRxL4ChecksumGood) == 0};
        // Built in place: an assignment would copy it once more.
        const ParsedFrame& p = *new (&parsed[i]) ParsedFrame(parse_frame({f.data, f.length}, rules));
        if (p.kind != FrameKind::ipv4_tcp) continue;
        hashes[i] = flows_.hash_of(FlowKey::ipv4(p.destination, p.destination_port, p.source, p.source_port));
        flows_.prefetch(hashes[i]);
    }
    std::size_t unkept = 0;  // Frames nobody kept move to the front and go back in one call.
    for (std::size_t i = 0; i < count; ++i) {
        FrameContext context{frames[i], parsed[i], interface, false};
        dispatch(context, hashes[i], now);
        if (!context.is_consumed) burst_->frames[unkept++] = frames[i];
    }
    if (unkept != 0) io.release_frames({frames.data(), unkept});
    return true;
}

void Engine::dispatch(FrameContext& context, FlowHash hash, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    switch (p.kind) {
        case FrameKind::ipv4_tcp:
            if (is_for_us(context)) [[likely]]
                segment_arrives(context, hash, now);
            return;
        case FrameKind::ipv4_udp:
            datagram_arrives(context, now);
            return;
        case FrameKind::arp:
            arp_arrives(context, now);
            return;
        case FrameKind::ipv4_icmp:
            icmp_arrives(context, now);
            return;
        case FrameKind::dropped:
            ++stats_.dropped[static_cast<std::size_t>(p.drop)];
            return offer_to_kernel(context);
        case FrameKind::ipv4_fragment:
            ++stats_.fragments;
            return offer_to_kernel(context);
        case FrameKind::ipv4_other:
        case FrameKind::ipv6:
        case FrameKind::other:
            ++stats_.unknown_kind;
            return offer_to_kernel(context);
    }
}

FrameOwner Engine::owner_of(const FrameContext& context) const noexcept {
    const RxFrame& frame = context.frame;
    return owner_of_frame(context.parsed, {frame.data, frame.length}, interfaces_[context.interface].mac,
                          config_.addresses, context.interface);
}

// Of a frame that every engine got, the kernel gets the one that came from the device.
void Engine::give_to_kernel(const FrameContext& context) noexcept {
    if ((context.frame.verdict & kRxSharedCopy) == 0)
        interfaces_[context.interface].kernel->give({context.frame.data, context.frame.length});
}

// A frame of which we take nothing, or one we take a copy of; before it is kept.
void Engine::offer_to_kernel(const FrameContext& context) noexcept {
    if (interfaces_[context.interface].kernel != nullptr && is_for_kernel(owner_of(context)))
        give_to_kernel(context);
}

// True: no socket of ours takes it, the address is the kernel's too, so the kernel answers instead of us.
bool Engine::kernel_takes(const FrameContext& context) noexcept {
    if (interfaces_[context.interface].kernel == nullptr ||
        !config_.addresses.is_shared(context.parsed.destination))
        return false;
    offer_to_kernel(context);
    return true;
}

// TCP is spoken with unicast addresses only, in both directions (MUST-57, MUST-63).
bool Engine::is_for_us(const FrameContext& context) noexcept {
    const ParsedFrame& p = context.parsed;
    if (context.interface == kLoopbackInterface) return true;
    const Interface& interface = interfaces_[context.interface];
    const EthernetView link{context.frame.data};
    // The verdict depends on nothing else, and segments of one peer come in rows.
    if (p.source == interface.good_source && p.destination == interface.good_destination &&
        !p.is_link_group && link.is_addressed_to(interface.mac))
        return true;
    return judge_arrival(context);
}

// Of the first segment of a peer, and of what is not ours.
[[gnu::noinline]] bool Engine::judge_arrival(const FrameContext& context) noexcept {
    const ParsedFrame& p = context.parsed;
    Interface& interface = interfaces_[context.interface];
    const EthernetView link{context.frame.data};
    const Ipv4Arrival arrival{p.source, p.destination, context.interface, p.is_link_group, false};
    const bool ours =
        link.is_addressed_to(interface.mac) && may_be_tcp(judge_ipv4_arrival(config_.addresses, arrival));
    if (!ours) {
        ++stats_.not_for_us;
        // An address that comes back is the kernel's a moment before it is ours: it must not reset what we
        // have.
        const FlowKey key = FlowKey::ipv4(p.destination, p.destination_port, p.source, p.source_port);
        if (interface.kernel != nullptr && find_flow(key, flows_.hash_of(key)) == FlowTable::kNone)
            offer_to_kernel(context);
    } else if (!p.is_link_group) {
        interface.good_source = p.source;
        interface.good_destination = p.destination;
    }
    return ours;
}

std::uint32_t Engine::find_flow(const FlowKey& key, FlowHash hash) noexcept {
    return flows_.find(hash, [&](std::uint32_t index) {
        return (index & kFlowTimeWait) != 0 ? time_waits_[index & ~kFlowTimeWait].record.key == key
                                            : tcbs_[index].arrive.key == key;
    });
}

void Engine::segment_arrives(FrameContext& context, FlowHash hash, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    const FlowKey key = FlowKey::ipv4(p.destination, p.destination_port, p.source, p.source_port);
    const std::uint32_t index = find_flow(key, hash);
    if (index == FlowTable::kNone) return segment_without_tcb(context, hash, now);
    if ((index & kFlowTimeWait) != 0)
        return segment_for_time_wait(context, index & ~kFlowTimeWait, hash, now);

    tcp::Tcb& tcb = tcbs_[index];
    TcbSide& side = sides_[index];
    // A handshake that completes needs a place in the accept queue; without one its last ACK is as good as
    // lost and comes again with the peer's text or our SYN,ACK.
    if (tcb.arrive.state == tcp::State::syn_received && (side.flags & kSideHalfOpen) != 0 &&
        !p.tcp.has(TcpFlag::syn | TcpFlag::rst)) {
        const Binding& listener = bindings_[side.binding];
        if (listener.queue->count() >= listener.queue->capacity() ||
            (free_cell_count_ == 0 && fresh_cell_ == port_.cell_count)) {
            ++stats_.backlog_drops;
            return;
        }
    }
    if (p.tcp.has(TcpFlag::rst)) ++stats_.resets_received;
    Packet* text = nullptr;
    if (p.payload_length != 0) {
        text = interfaces_[context.interface].io->keep(context.frame, p.payload_offset, p.payload_length);
        context.is_consumed = true;
        if (text == nullptr)
            ++stats_.no_packet;
        else
            text->stamped_at = now;
    }
    tcp::TextOut out;
    const tcp::SegmentIn segment{p.tcp, p.payload_length, text, p.ecn() == Ecn::congestion_experienced};
    const tcp::Effects effects = tcp::arrive(tcb, segment, now, out);
    apply(index, effects, out, now);
}

void Engine::segment_for_time_wait(FrameContext& context, std::uint32_t slot, FlowHash hash,
                                   Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    TimeWaitSlot& old = time_waits_[slot];
    TcpFields answer;
    const auto link_of = [this](std::uint32_t i) -> IndexLink& { return time_waits_[i].link; };
    switch (tcp::arrive(old.record, p.tcp, p.payload_length, now, answer, config_.tcp.two_msl)) {
        case tcp::TimeWaitVerdict::drop:
            return;
        case tcp::TimeWaitVerdict::restart:
            time_wait_order_.remove(slot, link_of);
            time_wait_order_.push_back(slot, link_of);
            answer_segment(context, answer);
            return;
        case tcp::TimeWaitVerdict::acknowledge:
            answer_segment(context, answer);
            return;
        case tcp::TimeWaitVerdict::new_connection: {
            const std::uint32_t owner =
                local_ports_.find(PortSpace::tcp, IpAddress(p.destination), p.destination_port);
            const TimeWaitSlot copy = old;
            free_time_wait(slot);
            if (owner != LocalPorts::kNone && bindings_[owner].kind == BindingKind::tcp_listener)
                return open_from_syn(context, hash, owner, &copy, now);
            return segment_without_tcb(context, hash, now);
        }
    }
}

// RFC 9293 §3.10.7.1 (CLOSED) and §3.10.7.2 (LISTEN).
void Engine::segment_without_tcb(FrameContext& context, FlowHash hash, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    TcpFields answer;
    const std::uint32_t owner =
        local_ports_.find(PortSpace::tcp, IpAddress(p.destination), p.destination_port);
    if (owner != LocalPorts::kNone && bindings_[owner].kind == BindingKind::tcp_listener) {
        switch (tcp::judge_listen(p.tcp, p.payload_length, answer)) {
            case tcp::ListenVerdict::drop:
                return;
            case tcp::ListenVerdict::reset:
                ++stats_.resets_sent;
                return answer_segment(context, answer);
            case tcp::ListenVerdict::open:
                return open_from_syn(context, hash, owner, nullptr, now);
        }
    }
    if (owner == LocalPorts::kNone && kernel_takes(context)) return;
    if (p.tcp.has(TcpFlag::syn)) ++stats_.refused_syns;
    if (tcp::reset_for(p.tcp, p.payload_length, answer)) {
        ++stats_.resets_sent;
        answer_segment(context, answer);
    }
}

void Engine::open_from_syn(FrameContext& context, FlowHash hash, std::uint32_t binding,
                           const TimeWaitSlot* old, Instant now) noexcept {
    const ParsedFrame& p = context.parsed;
    Binding& listener = bindings_[binding];
    if (listener.half_open + listener.queue->count() >= listener.backlog ||
        half_open_ >= config_.limits.half_open) {
        ++stats_.backlog_drops;  // Silence: the peer's SYN comes again, perhaps to a shorter queue.
        return;
    }
    const std::uint32_t index = tcbs_.take();
    if (index == kNoIndex) {
        ++stats_.no_tcb;
        return;
    }
    const FlowKey key = FlowKey::ipv4(p.destination, p.destination_port, p.source, p.source_port);
    const SocketOptions& options = port_.cells[listener.cell].names.options;
    const Path path = context.interface == kLoopbackInterface
                          ? Path{RouteKind::local, kLoopbackInterface, NeighborRef{}, p.source, p.destination}
                          : path_to(p.source);
    TcbSide& side = sides_[index];
    side = TcbSide{};
    side.neighbor = path.neighbor;
    side.binding = binding;
    side.flags = kSideHalfOpen;
    side.interface = path.interface != kNoInterface ? path.interface : context.interface;
    side.ttl = options.ttl;
    side.tos = options.tos;
    tcp::OpenParams params;
    fill_params(params, key, options, side.interface, now);
    if (old != nullptr) {
        const tcp::ReuseAdvice advice = tcp::advise_reuse(old->record, params.iss);
        params.iss = advice.iss;
        params.ts_offset = advice.ts_offset;
    }
    tcp::Tcb& tcb = tcbs_[index];
    tcp::Effects effects = tcp::open_passive(tcb, params, p.tcp, now);
    if (options.keep_alive != 0) effects |= keep_alive(tcb, options, now);
    tcb.time.socket = SocketId{};
    tcb.arrive.self = index;
    if (path.kind == RouteKind::none || path.kind == RouteKind::unreachable || !attach(index, hash)) {
        tcb.arrive.state = tcp::State::closed;
        tcbs_.give(index);
        return;
    }
    ++listener.half_open;
    ++half_open_;
    ++stats_.passive_opens;
    tcp::TextOut out;
    apply(index, effects, out, now);
}

// A segment that no connection speaks for: RST, or the ACK of a TIME-WAIT record. It goes back the way the
// routes say, not to the link address it came from, so that a forged frame can not aim it.
void Engine::answer_segment(const FrameContext& context, const TcpFields& fields) noexcept {
    const ParsedFrame& p = context.parsed;
    const Path path = context.interface == kLoopbackInterface
                          ? Path{RouteKind::local, kLoopbackInterface, NeighborRef{}, p.source, p.destination}
                          : path_to(p.source);
    send_bare_segment(path, FlowKey::ipv4(p.destination, p.destination_port, p.source, p.source_port),
                      fields);
}

}  // namespace ringsock
