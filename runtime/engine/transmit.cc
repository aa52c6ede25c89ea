// SPDX-License-Identifier: BSD-3-Clause
// Frames out. Connections with something to say stand on the ready list; segments are pulled while the
// carrier has room, so back-pressure costs nothing and no queue of unsent segments exists.
#include <utility>

#include "engine/engine.h"

namespace ringsock {

void Engine::mark_ready(std::uint32_t tcb_index) noexcept {
    TcbSide& side = sides_[tcb_index];
    if ((side.flags & (kSideReady | kSideParked)) != 0) return;
    side.flags |= kSideReady;
    tcbs_[tcb_index].arrive.ready_next = kNoIndex;
    if (ready_tail_ != kNoIndex)
        tcbs_[ready_tail_].arrive.ready_next = tcb_index;
    else
        ready_head_ = tcb_index;
    ready_tail_ = tcb_index;
}

void Engine::transmit(Instant now) noexcept {
    for (std::uint32_t n = 0; n < kTransmitsPerPass && ready_head_ != kNoIndex; ++n) {
        const std::uint32_t index = ready_head_;
        tcp::Tcb& tcb = tcbs_[index];
        if (tcb.arrive.state == tcp::State::closed &&
            tcb.arrive.output_due == 0) {  // Freed while it stood here.
            ready_head_ = tcb.arrive.ready_next;
            if (ready_head_ == kNoIndex) ready_tail_ = kNoIndex;
            sides_[index].flags &= static_cast<std::uint8_t>(~kSideReady);
            tcbs_.give(index);
            continue;
        }
        ready_head_ = tcb.arrive.ready_next;
        if (ready_head_ == kNoIndex) ready_tail_ = kNoIndex;
        sides_[index].flags &= static_cast<std::uint8_t>(~kSideReady);
        if (!transmit_connection(index, now)) {  // The device is full: first in line for the next pass.
            ++stats_.tx_blocked;
            if (tcb.arrive.state == tcp::State::closed && tcb.arrive.output_due == 0) break;
            sides_[index].flags |= kSideReady;
            tcb.arrive.ready_next = ready_head_;
            ready_head_ = index;
            if (ready_tail_ == kNoIndex) ready_tail_ = index;
            break;
        }
    }
    flush_all();
}

// False when the carrier took no more and the connection has more to say.
bool Engine::transmit_connection(std::uint32_t tcb_index, Instant now) noexcept {
    tcp::Tcb& tcb = tcbs_[tcb_index];
    TcbSide& side = sides_[tcb_index];
    LinkHeader link = LinkHeader::ethernet(MacAddress{}, MacAddress{}, EtherType::ipv4);
    if (side.interface != kLoopbackInterface) {
        const Neighbor* neighbor = neighbor_of(side, tcb.arrive.key);
        if (neighbor == nullptr) {  // No place in the table: the retransmission timer asks again,
            tcp::TextOut none;      // and a reset, which has no timer, is lost.
            if (tcb.arrive.state == tcp::State::closed)
                apply(tcb_index, tcp::Effects::of(tcp::kEffectClosed), none, now);
            return true;
        }
        if (!neighbor->is_usable()) {
            park(tcb_index, side.neighbor.index);
            return true;
        }
        link = LinkHeader::ethernet(neighbor->mac, interfaces_[side.interface].mac, EtherType::ipv4);
    }
    const tcp::CutLimits& cut = interfaces_[side.interface].cut;
    for (;;) {  // Bounded by the windows of the connection and the room of the carrier.
        TxFrame* frame = frame_for(side.interface);
        if (frame == nullptr) return false;
        tcp::SegmentOut segment;
        if (!tcp::next_segment(tcb, now, cut, segment)) {
            if (segment.effects.bits != 0) {  // Nothing to say now, but a timer may have been set (persist).
                tcp::TextOut none;
                apply(tcb_index, segment.effects, none, now);
            }
            return true;
        }
        if ((side.flags & kSideSwallow) == 0) {
            build_segment(*frame, link, side, tcb.arrive.key, segment);
            commit_frame(side.interface);
        }
        if (segment.fields.has(TcpFlag::rst)) ++stats_.resets_sent;
        if (segment.effects.bits != 0) {
            tcp::TextOut none;
            const bool ends = segment.effects.has(tcp::kEffectTimeWait | tcp::kEffectClosed);
            apply(tcb_index, segment.effects, none, now);
            if (ends) return true;
        }
    }
}

void Engine::build_segment(TxFrame& frame, const LinkHeader& link, const TcbSide& side, const FlowKey& key,
                           const tcp::SegmentOut& segment) noexcept {
    const Interface& interface = interfaces_[side.interface];
    PayloadSum payload;
    payload.length = segment.payload_length;
    if (segment.payload_length != 0 && !interface.build_rules.device_l4_checksum) {
        std::uint32_t left = segment.payload_length, offset = segment.payload_offset;
        for (const Packet* p = segment.payload; left != 0; p = p->next, offset = 0) {
            const std::uint32_t take = left < p->length - offset ? left : p->length - offset;
            payload.sum.add({p->data + offset, take});
            left -= take;
        }
    }
    const Ipv4Fields ip{Ipv4{key.local}, Ipv4{key.remote}, 0, side.ttl, side.tos, true};
    const HeaderLengths lengths =
        build_tcp_ipv4(HeaderRoom{frame.header}, link, ip, segment.fields, payload, interface.build_rules);
    frame.header_length = lengths.total();
    frame.l2_length = lengths.l2;
    frame.l3_length = lengths.l3;
    frame.l4_length = lengths.l4;
    frame.offloads = interface.tcp_offloads;
    if (segment.segment_bytes != 0) [[unlikely]] {
        leave_length_to_device(HeaderRoom{frame.header}, lengths, ip);
        frame.offloads |= static_cast<std::uint8_t>(TxOffload::tcp_segmentation);
        frame.segment_bytes = static_cast<std::uint16_t>(segment.segment_bytes);
    }
    frame.payload = segment.payload_length != 0 ? segment.payload : nullptr;
    frame.payload_offset = segment.payload_offset;
    frame.payload_length = segment.payload_length;
}

// A RST or ACK that no TCB stands behind. When its path is not ready it is lost, like any segment may be.
void Engine::send_bare_segment(const Path& path, const FlowKey& key, const TcpFields& fields) noexcept {
    if (path.interface == kNoInterface || path.kind == RouteKind::blackhole) return;
    TcbSide side{};
    side.interface = path.interface;
    side.ttl = 64;
    TxFrame frame;
    tcp::SegmentOut segment;
    segment.fields = fields;
    segment.fields.source = key.local_port;
    segment.fields.destination = key.remote_port;
    build_segment(frame, LinkHeader::ethernet(MacAddress{}, interfaces_[path.interface].mac, EtherType::ipv4),
                  side, key, segment);
    emit(path, frame);
}

// Room for one frame, to be filled in and committed; nullptr when the carrier is full.
TxFrame* Engine::frame_for(InterfaceIndex interface) noexcept {
    Interface& i = interfaces_[interface];
    if (i.pending == kBurst && !flush(interface)) return nullptr;
    return &i.frames[i.pending];
}

void Engine::commit_frame(InterfaceIndex interface) noexcept {
    ++interfaces_[interface].pending;
    ++stats_.tx_frames;
}

// True when at least one place is free afterwards.
bool Engine::flush(InterfaceIndex interface) noexcept {
    Interface& i = interfaces_[interface];
    if (i.pending == 0) return true;
    const std::size_t taken = i.io->tx_burst({i.frames.data(), i.pending});
    for (std::size_t from = taken, to = 0; from < i.pending && taken != 0; ++from, ++to)
        i.frames[to] = i.frames[from];
    i.pending -= static_cast<std::uint32_t>(taken);
    return i.pending < kBurst;
}

void Engine::flush_all() noexcept {
    bool clear = true;
    for (InterfaceIndex n = 0; n < interface_count_; ++n) {
        if (interfaces_[n].pending == 0) continue;
        flush(n);
        clear &= interfaces_[n].pending == 0;
    }
    if (clear && !deferred_.empty()) pool_.release_all(deferred_);
}

// Packets that a pending frame may still refer to go home once everything is flushed.
void Engine::release_later(PacketList& packets) noexcept {
    if (packets.empty()) return;
    for (InterfaceIndex n = 0; n < interface_count_; ++n) {
        if (interfaces_[n].pending != 0) return defer(packets);
    }
    pool_.release_all(packets);
}

void Engine::defer(PacketList& packets) noexcept {
    for (InterfaceIndex n = 0; n < interface_count_; ++n) forget_frames_of(n, packets);
    deferred_.take_all(packets);
}

// A pending frame whose payload goes on from packet to packet would follow a chain that no longer holds once
// its first packet is in another list. What is acknowledged of it need not be sent; the rest is sent again.
void Engine::forget_frames_of(InterfaceIndex interface, const PacketList& packets) noexcept {
    Interface& i = interfaces_[interface];
    std::uint32_t kept = 0;
    for (std::uint32_t n = 0; n < i.pending; ++n) {
        const TxFrame& frame = i.frames[n];
        bool is_broken = false;
        if (frame.payload != nullptr && frame.payload_offset + frame.payload_length > frame.payload->length)
            for (const Packet* p = packets.front(); p != nullptr && !is_broken; p = p->next)
                is_broken = p == frame.payload;
        if (is_broken) continue;
        if (kept != n) i.frames[kept] = frame;
        ++kept;
    }
    i.pending = kept;
}

}  // namespace ringsock
