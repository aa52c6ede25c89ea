// SPDX-License-Identifier: BSD-3-Clause
// Header bytes of the frames we send. IPv4 without options (RFC 791 §3.1); checksums from sums gathered on
// the way.
#include "wire/build_frame.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "wire/header_words.h"
#include "wire/tcp_header.h"
#include "wire/udp.h"

namespace ringsock {
namespace {

/// Copies the link header; returns its length. Always moves the longest form: what is behind is overwritten.
std::size_t put_link(std::byte* to, const LinkHeader& link) noexcept {
    RS_DCHECK(link.length == kEthernetHeaderBytes || link.length == kMaxLinkHeaderBytes);
    std::memcpy(to, link.bytes.data(), kMaxLinkHeaderBytes);
    return std::min<std::size_t>(link.length, kMaxLinkHeaderBytes);
}

/// Writes the 20 bytes of the IPv4 header for `l4_bytes` behind it.
void put_ipv4(std::byte* to, const Ipv4Fields& ip, IpProtocol protocol, std::size_t l4_bytes,
              bool device_checksum) noexcept {
    RS_DCHECK(kIpv4HeaderBytes + l4_bytes <= kMaxIpv4Bytes);
    constexpr std::uint32_t kVersionAndLength = 0x4500'0000;  // Version 4, five words.
    const auto total = static_cast<std::uint16_t>(kIpv4HeaderBytes + l4_bytes);
    const std::uint32_t id_fragment =
        static_cast<std::uint32_t>(ip.id) << 16 | (ip.dont_fragment ? Ipv4View::kDontFragment : 0u);
    const std::uint32_t ttl_protocol =
        static_cast<std::uint32_t>(ip.ttl) << 24 | static_cast<std::uint32_t>(protocol) << 16;
    HeaderWords out{to};
    out.put(kVersionAndLength | static_cast<std::uint32_t>(ip.tos) << 16 | total, id_fragment);
    out.put(ttl_protocol, ip.source.value);
    out.put(ip.destination.value);
    if (!device_checksum)
        store_checksum(to + Ipv4View::kChecksumAt, ChecksumAccumulator{out.sum()}.checksum());
}

}  // namespace

HeaderLengths build_tcp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip,
                             const TcpFields& tcp, const PayloadSum& payload, BuildRules rules) noexcept {
    const std::size_t l2 = put_link(out.data(), link);
    std::byte* const l3 = out.data() + l2;
    std::byte* const l4 = l3 + kIpv4HeaderBytes;
    const WrittenTcpHeader header =
        write_tcp_header(std::span<std::byte, kMaxTcpHeaderBytes>{l4, kMaxTcpHeaderBytes}, tcp);
    const std::size_t l4_bytes = header.length + payload.length;
    put_ipv4(l3, ip, IpProtocol::tcp, l4_bytes, rules.device_ipv4_checksum);
    ChecksumAccumulator sum =
        pseudo_header_sum(ip.source, ip.destination, IpProtocol::tcp, static_cast<std::uint32_t>(l4_bytes));
    if (rules.device_l4_checksum) {
        store_checksum(l4 + TcpView::kChecksumAt, sum.sum());
    } else {
        sum.add(header.sum);
        sum.add(payload.sum);
        store_checksum(l4 + TcpView::kChecksumAt, sum.checksum());
    }
    return {static_cast<std::uint8_t>(l2), kIpv4HeaderBytes, static_cast<std::uint8_t>(header.length)};
}

void leave_length_to_device(HeaderRoom out, HeaderLengths lengths, const Ipv4Fields& ip) noexcept {
    const std::size_t l4 = std::size_t{lengths.l2} + lengths.l3;
    store_checksum(out.data() + l4 + TcpView::kChecksumAt,
                   pseudo_header_sum(ip.source, ip.destination, IpProtocol::tcp, 0).sum());
}

HeaderLengths build_udp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip, Port source_port,
                             Port destination_port, const PayloadSum& payload, BuildRules rules) noexcept {
    const std::size_t l2 = put_link(out.data(), link);
    std::byte* const l3 = out.data() + l2;
    std::byte* const l4 = l3 + kIpv4HeaderBytes;
    const std::size_t l4_bytes = kUdpHeaderBytes + payload.length;
    put_ipv4(l3, ip, IpProtocol::udp, l4_bytes, rules.device_ipv4_checksum);
    HeaderWords words{l4};
    words.put(static_cast<std::uint32_t>(source_port.value) << 16 | destination_port.value,
              static_cast<std::uint32_t>(l4_bytes) << 16);  // Checksum 0 in the lower half.
    ChecksumAccumulator sum =
        pseudo_header_sum(ip.source, ip.destination, IpProtocol::udp, static_cast<std::uint32_t>(l4_bytes));
    if (rules.device_l4_checksum) {
        store_checksum(l4 + UdpView::kChecksumAt, sum.sum());
    } else {
        sum.add(ChecksumAccumulator{words.sum()});
        sum.add(payload.sum);
        const Be16 checksum = sum.checksum();
        // RFC 768: an all-zero field means "no checksum", so zero is sent as its other form.
        store_checksum(l4 + UdpView::kChecksumAt, checksum.raw != 0 ? checksum : Be16::from_raw(0xffff));
    }
    return {static_cast<std::uint8_t>(l2), kIpv4HeaderBytes, kUdpHeaderBytes};
}

HeaderLengths build_icmp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip,
                              const Icmpv4Fields& icmp, std::span<const std::byte> quoted,
                              const PayloadSum& payload, BuildRules rules) noexcept {
    const std::size_t l2 = put_link(out.data(), link);
    std::byte* const l3 = out.data() + l2;
    std::byte* const l4 = l3 + kIpv4HeaderBytes;
    const std::size_t quoted_bytes = std::min(quoted.size(), kMaxIcmpQuoteBytes);
    const std::size_t header_bytes = kIcmpv4HeaderBytes + quoted_bytes;
    put_ipv4(l3, ip, IpProtocol::icmpv4, header_bytes + payload.length, rules.device_ipv4_checksum);
    HeaderWords words{l4};
    words.put(static_cast<std::uint32_t>(icmp.type) << 24 | static_cast<std::uint32_t>(icmp.code) << 16,
              icmp.rest);
    if (quoted_bytes != 0) std::memcpy(l4 + kIcmpv4HeaderBytes, quoted.data(), quoted_bytes);
    ChecksumAccumulator sum{words.sum()};
    sum.add(quoted.first(quoted_bytes));
    sum.add(payload.sum);
    store_checksum(l4 + Icmpv4View::kChecksumAt, sum.checksum());
    return {static_cast<std::uint8_t>(l2), kIpv4HeaderBytes, static_cast<std::uint8_t>(header_bytes)};
}

HeaderLengths build_arp(HeaderRoom out, const LinkHeader& link, const ArpFields& arp) noexcept {
    const std::size_t l2 = put_link(out.data(), link);
    store_arp(out.data() + l2, arp);
    return {static_cast<std::uint8_t>(l2), kArpBytes, 0};
}

}  // namespace ringsock
