// SPDX-License-Identifier: BSD-3-Clause
#include "sim/device_work.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

namespace ringsock::sim {
namespace {

constexpr std::size_t kTotalLengthAt = 2, kIdAt = 4;   // in the IPv4 header
constexpr std::size_t kSequenceAt = 4, kFlagsAt = 13;  // in the TCP header
constexpr std::uint8_t kFin = 0x01, kPush = 0x08, kReduced = 0x80;

Ipv4 address_at(const std::byte* ip, std::size_t at) {
    return Ipv4{load_be<std::uint32_t>(ip + at)};
}

ChecksumAccumulator pseudo_header(const std::byte* ip, std::size_t l4_bytes) {
    return pseudo_header_sum(address_at(ip, 12), address_at(ip, 16), IpProtocol::tcp,
                             static_cast<std::uint32_t>(l4_bytes));
}

// The stack left the sum of the pseudo-header in the field; the device adds the rest.
void finish_tcp(std::vector<std::byte>& frame, const FrameLayers& layers) {
    std::byte* const ip = frame.data() + layers.l2;
    std::byte* const tcp = ip + layers.l3;
    const std::size_t l4_bytes = frame.size() - layers.l2 - layers.l3;
    store_checksum(tcp + TcpView::kChecksumAt, Be16{});
    ChecksumAccumulator sum = pseudo_header(ip, l4_bytes);
    sum.add({tcp, l4_bytes});
    store_checksum(tcp + TcpView::kChecksumAt, sum.checksum());
}

void expect_partial_sum(const std::vector<std::byte>& frame, const FrameLayers& layers,
                        std::size_t l4_bytes) {
    const std::byte* const ip = frame.data() + layers.l2;
    const Be16 left = pseudo_header(ip, l4_bytes).sum();
    RS_ASSERT(load_be<std::uint16_t>(ip + layers.l3 + TcpView::kChecksumAt) == left.host());
}

}  // namespace

void complete_tcp(std::vector<std::byte>& frame, const FrameLayers& layers) {
    expect_partial_sum(frame, layers, frame.size() - layers.l2 - layers.l3);
    finish_tcp(frame, layers);
}

std::uint64_t cut_tcp(const std::vector<std::byte>& frame, const FrameLayers& layers,
                      std::size_t segment_bytes, const std::function<void(std::vector<std::byte>&&)>& sink) {
    const std::size_t headers = layers.l2 + layers.l3 + layers.l4;
    const std::byte* const whole = frame.data() + layers.l2;
    RS_ASSERT(segment_bytes != 0 && frame.size() > headers + segment_bytes);
    RS_ASSERT(load_be<std::uint16_t>(whole + kTotalLengthAt) == frame.size() - layers.l2);
    expect_partial_sum(frame, layers, 0);
    std::uint64_t made = 0;
    for (std::size_t at = headers; at < frame.size(); at += segment_bytes, ++made) {
        const std::size_t end = std::min(at + segment_bytes, frame.size());
        std::vector<std::byte> segment(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(headers));
        segment.insert(segment.end(), frame.begin() + static_cast<std::ptrdiff_t>(at),
                       frame.begin() + static_cast<std::ptrdiff_t>(end));
        std::byte* const ip = segment.data() + layers.l2;
        std::byte* const tcp = ip + layers.l3;
        store_be(ip + kTotalLengthAt, static_cast<std::uint16_t>(segment.size() - layers.l2));
        store_be(ip + kIdAt, static_cast<std::uint16_t>(load_be<std::uint16_t>(whole + kIdAt) + made));
        store_checksum(ip + Ipv4View::kChecksumAt, Be16{});
        ChecksumAccumulator sum;
        sum.add({ip, layers.l3});
        store_checksum(ip + Ipv4View::kChecksumAt, sum.checksum());
        store_be(tcp + kSequenceAt,
                 static_cast<std::uint32_t>(load_be<std::uint32_t>(whole + layers.l3 + kSequenceAt) + at -
                                            headers));
        if (end != frame.size()) tcp[kFlagsAt] &= ~std::byte{kFin | kPush};
        if (at != headers) tcp[kFlagsAt] &= ~std::byte{kReduced};
        finish_tcp(segment, layers);
        sink(std::move(segment));
    }
    return made;
}

}  // namespace ringsock::sim
