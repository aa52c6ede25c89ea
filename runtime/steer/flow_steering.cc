// SPDX-License-Identifier: BSD-3-Clause
#include "steer/flow_steering.h"

#include "base/assert.h"
#include "base/endian.h"

namespace ringsock {
namespace {

constexpr std::uint32_t kEthernetBytes = 14;
constexpr std::uint32_t kLeastIpv4Bytes = 20;
constexpr std::uint16_t kTypeIpv4 = 0x0800, kTypeArp = 0x0806;
constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17;
constexpr std::uint16_t kMoreFragmentsAndOffset = 0x3fff;  // RFC 791 §3.1: MF and the offset.
constexpr std::uint32_t kIcmpHeaderBytes = 8;

// RFC 792: the messages that quote a datagram of ours.
constexpr bool quotes_a_datagram(std::uint8_t type) noexcept {
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

std::uint8_t byte_at(const std::byte* at) noexcept {
    return static_cast<std::uint8_t>(*at);
}

/// Addresses and ports of an IPv4 datagram with `length` bytes at hand. False: not even the ports are there.
struct Ipv4Head {
    Ipv4 source, destination;
    std::uint32_t header_bytes = 0;
    std::uint8_t protocol = 0;
    bool is_fragment = false;
};
bool read_head(const std::byte* at, std::uint32_t length, Ipv4Head& out) noexcept {
    if (length < kLeastIpv4Bytes || byte_at(at) >> 4 != 4) return false;
    out.header_bytes = (byte_at(at) & 15u) * 4;
    if (out.header_bytes < kLeastIpv4Bytes || out.header_bytes > length) return false;
    out.protocol = byte_at(at + 9);
    out.is_fragment = (load_be<std::uint16_t>(at + 6) & kMoreFragmentsAndOffset) != 0;
    out.source = Ipv4{load_be<std::uint32_t>(at + 12)};
    out.destination = Ipv4{load_be<std::uint32_t>(at + 16)};
    return true;
}

}  // namespace

std::uint64_t FlowPins::tag_of(const FlowKey& flow) const noexcept {
    const std::uint64_t hash = siphash_1_3(key_, flow, Family::ipv4) << 8;
    return hash != 0 ? hash : std::uint64_t{1} << 8;
}

bool FlowPins::pin(const FlowKey& flow, std::uint16_t engine) noexcept {
    const std::uint64_t tag = tag_of(flow);
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
        std::atomic<std::uint64_t>& slot = slots_[slot_of(tag, probe)];
        std::uint64_t expected = kFree;
        if (!slot.compare_exchange_strong(expected, tag | engine, std::memory_order_release,
                                          std::memory_order_relaxed))
            continue;
        count_.fetch_add(1, std::memory_order_release);
        return true;
    }
    return false;
}

void FlowPins::unpin(const FlowKey& flow) noexcept {
    const std::uint64_t tag = tag_of(flow);
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
        std::atomic<std::uint64_t>& slot = slots_[slot_of(tag, probe)];
        std::uint64_t found = slot.load(std::memory_order_relaxed);
        if ((found & ~std::uint64_t{0xff}) != tag) continue;
        if (!slot.compare_exchange_strong(found, kFree, std::memory_order_release, std::memory_order_relaxed))
            continue;
        count_.fetch_sub(1, std::memory_order_release);
        return;
    }
}

std::uint16_t FlowPins::search(const FlowKey& flow, std::uint16_t otherwise) const noexcept {
    const std::uint64_t tag = tag_of(flow);
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
        const std::uint64_t found = slots_[slot_of(tag, probe)].load(std::memory_order_acquire);
        if ((found & ~std::uint64_t{0xff}) == tag) return static_cast<std::uint16_t>(found & 0xff);
    }
    return otherwise;
}

FlowSteering::FlowSteering(const ToeplitzKey& key, const SipKey& pin_key, std::uint16_t engines) noexcept
    : key_(key), toeplitz_(key), engines_(engines), pins_(pin_key) {
    RS_ASSERT(engines >= 1 && engines <= kMaxSteeredEngines);
    for (std::size_t i = 0; i < redirection_.size(); ++i)
        redirection_[i] = static_cast<std::uint16_t>(i % engines);
}

std::uint16_t FlowSteering::home_of(const FlowKey& flow) const noexcept {
    return engine_for(toeplitz_.ipv4(Ipv4{flow.remote}, Ipv4{flow.local}, flow.remote_port, flow.local_port));
}

std::uint16_t FlowSteering::owner_of(const RxFrame& frame, bool trusts_hash) const noexcept {
    if (frame.length < kEthernetBytes + kLeastIpv4Bytes) return kWhoeverGotIt;
    const std::uint16_t type = load_be<std::uint16_t>(frame.data + 12);
    if (type == kTypeIpv4) [[likely]]
        return owner_of_ipv4(frame, kEthernetBytes, trusts_hash);
    return type == kTypeArp ? kEverybody : kWhoeverGotIt;
}

std::uint16_t FlowSteering::owner_of_ipv4(const RxFrame& frame, std::uint32_t at,
                                          bool trusts_hash) const noexcept {
    Ipv4Head head;
    if (!read_head(frame.data + at, frame.length - at, head)) return kWhoeverGotIt;
    if (head.is_fragment) return engine_for(toeplitz_.ipv4(head.source, head.destination));
    at += head.header_bytes;
    if (head.protocol == kTcp || head.protocol == kUdp) [[likely]] {
        if (frame.length < at + 4) return kWhoeverGotIt;
        const FlowKey flow{head.destination.value, head.source.value,
                           Port{load_be<std::uint16_t>(frame.data + at + 2)},
                           Port{load_be<std::uint16_t>(frame.data + at)}};
        const bool is_hashed = trusts_hash && (frame.verdict & kRxHashValid) != 0;
        const std::uint16_t home = is_hashed ? engine_for(frame.rss_hash) : home_of(flow);
        return pins_.find(flow, home);
    }
    if (head.protocol != kIcmp || frame.length < at + kIcmpHeaderBytes) return kWhoeverGotIt;
    if (!quotes_a_datagram(byte_at(frame.data + at))) return kWhoeverGotIt;
    at += kIcmpHeaderBytes;
    return owner_of_quoted(frame.data + at, frame.length - at);
}

// The quoted datagram went out: its source is our side.
std::uint16_t FlowSteering::owner_of_quoted(const std::byte* quoted, std::uint32_t length) const noexcept {
    Ipv4Head head;
    if (!read_head(quoted, length, head) || head.is_fragment || length < head.header_bytes + 4)
        return kWhoeverGotIt;
    if (head.protocol != kTcp && head.protocol != kUdp) return kWhoeverGotIt;
    const FlowKey flow{head.source.value, head.destination.value,
                       Port{load_be<std::uint16_t>(quoted + head.header_bytes)},
                       Port{load_be<std::uint16_t>(quoted + head.header_bytes + 2)}};
    return pins_.find(flow, home_of(flow));
}

}  // namespace ringsock
