// SPDX-License-Identifier: BSD-3-Clause
#include "steer/steered_io.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace ringsock {
namespace {

/// Link headers a frame may have beyond its MTU: Ethernet with two VLAN tags, rounded up.
constexpr std::uint32_t kLinkBytes = 24;

// Frames for another engine's queue travel in slots of the MTU.
IoTraits traits_of(const IoTraits& device, bool has_queue) noexcept {
    IoTraits traits = device;
    if (!has_queue) traits.segmentation_bytes = traits.segmentation_pieces = 0;
    return traits;
}

}  // namespace

SteerLinks::SteerLinks(std::uint16_t engines, std::uint16_t queues, std::uint32_t mtu)
    : engines_(engines), queues_(queues), received_(std::size_t{engines} * engines), to_send_(engines) {
    RS_ASSERT(queues >= 1 && queues <= engines && engines <= kMaxSteeredEngines);
    for (std::uint16_t from = 0; from < engines; ++from) {
        if (from != 0) to_send_[from] = std::make_unique<FrameRing>(kSlots, mtu + kLinkBytes);
        for (std::uint16_t to = 0; to < engines && has_queue(from); ++to)
            if (to != from)
                received_[std::size_t{from} * engines + to] =
                    std::make_unique<FrameRing>(kSlots, mtu + kLinkBytes);
    }
}

bool SteerLinks::ok() const noexcept {
    const auto is_good = [](const std::unique_ptr<FrameRing>& ring) { return !ring || ring->ok(); };
    return std::all_of(received_.begin(), received_.end(), is_good) &&
           std::all_of(to_send_.begin(), to_send_.end(), is_good);
}

SteeredIo::SteeredIo(PacketIo& base, const IoTraits& traits, const FlowSteering& steering, SteerLinks& links,
                     std::uint16_t engine, bool trusts_hash) noexcept
    : base_(base),
      traits_(traits_of(traits, links.has_queue(engine))),
      steering_(steering),
      links_(links),
      engine_(engine),
      has_queue_(links.has_queue(engine)),
      trusts_hash_(trusts_hash) {}

std::size_t SteeredIo::rx_burst(std::span<RxFrame> out) noexcept {
    if (has_queue_) {
        for (std::uint16_t e = 0; e < links_.engines(); ++e)
            if (e != engine_ && (links_.carrier_of(e) == engine_ || (engine_ == 0 && links_.has_queue(e))))
                send_for(e);
    }
    out = out.first(std::min(out.size(), kBurst));
    const std::size_t handed = take_handed(out);
    if (!has_queue_ || handed == out.size()) return handed;
    const std::size_t received = base_.rx_burst(out.subspan(handed));
    return received == 0 ? handed : sort(out, handed, received);
}

// The frames of the last burst are done with: their slots go back first.
std::size_t SteeredIo::take_handed(std::span<RxFrame> out) noexcept {
    const std::size_t limit = has_queue_ ? std::min(out.size(), kRingShare) : out.size();
    std::size_t count = 0;
    const std::uint16_t engines = links_.engines();
    for (std::uint16_t n = 0; n < engines; ++n) {
        const auto from = static_cast<std::uint16_t>((next_ring_ + n) % engines);
        if (from == engine_ || !links_.has_queue(from)) continue;
        FrameRing& ring = links_.received(from, engine_);
        ring.retire(taken_[from]);
        taken_[from] = 0;
        while (count < limit) {
            FrameRing::Head* const head = ring.peek(taken_[from]);
            if (head == nullptr) break;
            out[count++] = {FrameRing::bytes_of(head), head->length, head->rss_hash, head->verdict, this};
            if ((head->verdict & kRxSharedCopy) == 0) ++counters_.handed_in;
            ++taken_[from];
        }
    }
    next_ring_ = static_cast<std::uint16_t>((next_ring_ + 1) % engines);
    return count;
}

// Keeps what is ours of out[from .. from + count) and hands on the rest. Returns the frames in `out` now.
std::size_t SteeredIo::sort(std::span<RxFrame> out, std::size_t from, std::size_t count) noexcept {
    std::array<RxFrame, kBurst> foreign;
    std::size_t foreign_count = 0;
    std::size_t kept = from;
    for (std::size_t i = from; i < from + count; ++i) {
        const std::uint16_t owner = steering_.owner_of(out[i], trusts_hash_);
        if (owner == engine_ || owner == FlowSteering::kWhoeverGotIt) [[likely]] {
            out[kept++] = out[i];
        } else if (owner == FlowSteering::kEverybody) {
            ++counters_.shared;
            for (std::uint16_t e = 0; e < links_.engines(); ++e)
                if (e != engine_) hand(out[i], e, kRxSharedCopy);
            out[kept++] = out[i];
        } else {
            if (hand(out[i], owner, 0)) ++counters_.handed_out;
            foreign[foreign_count++] = out[i];
        }
    }
    for (std::uint16_t e = 0; e < links_.engines(); ++e) {
        if (!was_handed_to_[e]) continue;
        was_handed_to_[e] = false;
        links_.ring(e);
    }
    if (foreign_count != 0) base_.release_frames({foreign.data(), foreign_count});
    return kept;
}

bool SteeredIo::hand(const RxFrame& frame, std::uint16_t to, std::uint16_t verdict) noexcept {
    FrameRing& ring = links_.received(engine_, to);
    FrameRing::Head* const head = frame.length <= ring.frame_bytes() ? ring.reserve() : nullptr;
    if (head == nullptr) {
        ++counters_.full;
        return false;
    }
    head->length = frame.length;
    head->rss_hash = frame.rss_hash;
    head->verdict = static_cast<std::uint16_t>(frame.verdict | verdict);
    std::memcpy(FrameRing::bytes_of(head), frame.data, frame.length);
    ring.publish();
    was_handed_to_[to] = true;
    return true;
}

std::size_t SteeredIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    if (!has_queue_ || is_mute_) [[unlikely]]
        return send_by_other(frames);
    const std::size_t sent = base_.tx_burst(frames);
    if (sent == 0 && engine_ != 0 && is_up_ && base_.counters().tx_frames == sent_before_link_) [[unlikely]]
        is_mute_ = true;  // An empty queue that refuses leads nowhere; a full one took something before.
    return sent;
}

std::size_t SteeredIo::send_by_other(std::span<const TxFrame> frames) noexcept {
    FrameRing& ring = links_.to_send(engine_);
    std::size_t sent = 0;
    for (; sent < std::min(frames.size(), kBurst); ++sent) {
        const TxFrame& frame = frames[sent];
        RS_DCHECK(frame.header_length + frame.payload_length <= ring.frame_bytes());
        FrameRing::Head* const head = ring.reserve();
        if (head == nullptr) break;
        head->header_length = frame.header_length;
        head->l2_length = frame.l2_length;
        head->l3_length = frame.l3_length;
        head->l4_length = frame.l4_length;
        head->offloads = frame.offloads;
        std::byte* to = FrameRing::bytes_of(head);
        std::memcpy(to, frame.header.data(), frame.header_length);
        to += frame.header_length;
        std::uint32_t left = frame.payload_length, offset = frame.payload_offset;
        for (const Packet* p = frame.payload; left != 0 && p != nullptr; p = p->next, offset = 0) {
            const std::uint32_t take = std::min(left, p->length - offset);
            std::memcpy(to, p->data + offset, take);
            to += take;
            left -= take;
        }
        head->length = frame.header_length + frame.payload_length - left;
        ring.publish();
    }
    counters_.sent_by_other += sent;
    if (sent != 0) links_.ring(has_queue_ ? 0 : links_.carrier_of(engine_));
    return sent;
}

// What another engine, which has no queue of use, wants sent. The device takes a prefix; the rest waits in
// the ring.
void SteeredIo::send_for(std::uint16_t engine) noexcept {
    FrameRing& ring = links_.to_send(engine);
    PacketList payloads;
    std::size_t count = 0;
    for (; count < out_.size(); ++count) {
        FrameRing::Head* const head = ring.peek(static_cast<std::uint32_t>(count));
        if (head == nullptr) break;
        TxFrame& frame = out_[count];
        const std::byte* const bytes = FrameRing::bytes_of(head);
        std::memcpy(frame.header.data(), bytes, head->header_length);
        frame.header_length = head->header_length;
        frame.l2_length = head->l2_length;
        frame.l3_length = head->l3_length;
        frame.l4_length = head->l4_length;
        frame.offloads = head->offloads;
        frame.payload = nullptr;
        frame.payload_offset = 0;
        frame.payload_length = head->length - head->header_length;
        if (frame.payload_length == 0) continue;
        Packet* const payload = base_.allocate();
        if (payload == nullptr) break;
        std::memcpy(payload->data, bytes + head->header_length, frame.payload_length);
        payload->length = frame.payload_length;
        payload->next = nullptr;
        frame.payload = payload;
        payloads.push_back(payload);
    }
    if (count == 0) return;
    ring.retire(static_cast<std::uint32_t>(tx_burst({out_.data(), count})));
    base_.release_all(payloads);  // What was sent is referenced by the device, or was copied.
}

Packet* SteeredIo::keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    if (!is_handed(frame)) return base_.keep(frame, offset, length);
    Packet* const packet = base_.allocate();
    if (packet == nullptr || packet->capacity < length) {
        if (packet != nullptr) base_.release(packet);
        return nullptr;
    }
    std::memcpy(packet->data, frame.data + offset, length);
    packet->length = length;
    return packet;
}

void SteeredIo::release_frames(std::span<const RxFrame> frames) noexcept {
    std::array<RxFrame, kBurst> of_base;
    std::size_t count = 0;
    for (const RxFrame& frame : frames) {
        if (is_handed(frame)) continue;  // Its slot goes back with the next burst.
        of_base[count++] = frame;
        if (count == of_base.size()) {
            base_.release_frames({of_base.data(), count});
            count = 0;
        }
    }
    if (count != 0) base_.release_frames({of_base.data(), count});
}

Wakeup SteeredIo::wake_by(Doorbell* bell) noexcept {
    links_.set_bell(engine_, bell);
    return has_queue_ ? base_.wake_by(bell) : Wakeup{Wakeup::By::doorbell};
}

bool SteeredIo::link_up() noexcept {
    if (!has_queue_) return links_.is_up.load(std::memory_order_relaxed);
    const bool is_up = base_.link_up();
    if (is_up && !is_up_) {
        is_mute_ = false;
        sent_before_link_ = base_.counters().tx_frames;
    }
    is_up_ = is_up;
    if (engine_ == 0) links_.is_up.store(is_up, std::memory_order_relaxed);
    return is_up;
}

}  // namespace ringsock
