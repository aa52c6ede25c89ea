// SPDX-License-Identifier: BSD-3-Clause
// One received frame, layer by layer: each function sees only the bytes that the layer below vouches for.
#include "wire/parse_frame.h"

#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/tcp_header.h"
#include "wire/udp.h"

namespace ringsock {
namespace {

using Bytes = std::span<const std::byte>;

DropReason parse_arp(Bytes packet, ParsedFrame& out) noexcept {
    if (packet.size() < kArpBytes) return DropReason::arp_truncated;
    if (!ArpView{packet.data()}.is_ipv4_over_ethernet()) return DropReason::arp_not_ipv4;
    out.kind = FrameKind::arp;
    return DropReason::none;
}

/// Whether the checksum over pseudo-header and `packet` is right.
bool is_l4_intact(Bytes packet, IpProtocol protocol, const ParsedFrame& ip) noexcept {
    const ChecksumAccumulator pseudo =
        pseudo_header_sum(ip.source, ip.destination, protocol, static_cast<std::uint32_t>(packet.size()));
    return fold_ones(add_ones(pseudo.raw_sum(), sum_bytes(packet.data(), packet.size()))) == 0xffff;
}

DropReason parse_tcp(Bytes segment, const ParseRules& rules, ParsedFrame& out) noexcept {
    if (segment.size() < kTcpHeaderBytes) [[unlikely]]
        return DropReason::tcp_truncated;
    const TcpView view{segment.data()};
    const std::size_t header_bytes = view.header_bytes();
    if (header_bytes < kTcpHeaderBytes || header_bytes > segment.size()) [[unlikely]]
        return DropReason::tcp_offset_bad;
    // RFC 9293 §3.1 (MUST-3): the receiver MUST check the checksum.
    if (rules.verify_l4_checksum && !is_l4_intact(segment, IpProtocol::tcp, out)) [[unlikely]]
        return DropReason::tcp_checksum_bad;
    view.read_fixed(out.tcp);
    read_tcp_options(segment.subspan(kTcpHeaderBytes, header_bytes - kTcpHeaderBytes), out.tcp);
    out.source_port = out.tcp.source;
    out.destination_port = out.tcp.destination;
    out.payload_offset = static_cast<std::uint16_t>(out.l4_offset + header_bytes);
    out.payload_length = static_cast<std::uint16_t>(segment.size() - header_bytes);
    out.kind = FrameKind::ipv4_tcp;
    return DropReason::none;
}

DropReason parse_udp(Bytes packet, const ParseRules& rules, ParsedFrame& out) noexcept {
    if (packet.size() < kUdpHeaderBytes) return DropReason::udp_truncated;
    const UdpView view{packet.data()};
    const std::size_t length = view.length();
    if (length < kUdpHeaderBytes || length > packet.size()) return DropReason::udp_length_bad;
    if (rules.verify_l4_checksum && view.checksum() != 0 &&
        !is_l4_intact(packet.first(length), IpProtocol::udp, out))
        return DropReason::udp_checksum_bad;
    out.source_port = view.source();
    out.destination_port = view.destination();
    out.payload_offset = static_cast<std::uint16_t>(out.l4_offset + kUdpHeaderBytes);
    out.payload_length = static_cast<std::uint16_t>(length - kUdpHeaderBytes);
    out.kind = FrameKind::ipv4_udp;
    return DropReason::none;
}

DropReason parse_icmp(Bytes message, ParsedFrame& out) noexcept {
    if (message.size() < kIcmpv4HeaderBytes) return DropReason::icmp_truncated;
    if (fold_ones(sum_bytes(message.data(), message.size())) != 0xffff) return DropReason::icmp_checksum_bad;
    const Icmpv4View view{message.data()};
    out.icmp_type = view.type();
    out.icmp_code = view.code();
    out.payload_offset = static_cast<std::uint16_t>(out.l4_offset + kIcmpv4HeaderBytes);
    out.payload_length = static_cast<std::uint16_t>(message.size() - kIcmpv4HeaderBytes);
    out.kind = FrameKind::ipv4_icmp;
    return DropReason::none;
}

DropReason parse_l4(Bytes l4, const ParseRules& rules, ParsedFrame& out) noexcept {
    constexpr std::uint16_t kFragmentBits = Ipv4View::kMoreFragments | Ipv4View::kFragmentOffsetMask;
    const bool is_fragment = (out.fragment_field & kFragmentBits) != 0;
    const auto protocol = static_cast<IpProtocol>(out.protocol);
    if (protocol == IpProtocol::tcp && !is_fragment) [[likely]]
        return parse_tcp(l4, rules, out);
    if (protocol == IpProtocol::udp && !is_fragment) return parse_udp(l4, rules, out);
    if (protocol == IpProtocol::icmpv4 && !is_fragment) return parse_icmp(l4, out);
    out.payload_offset = out.l4_offset;
    out.payload_length = static_cast<std::uint16_t>(l4.size());
    out.kind = is_fragment ? FrameKind::ipv4_fragment : FrameKind::ipv4_other;
    return DropReason::none;
}

DropReason parse_ipv4(Bytes packet, const ParseRules& rules, ParsedFrame& out) noexcept {
    if (packet.size() < kIpv4HeaderBytes) [[unlikely]]
        return DropReason::ipv4_truncated;
    const Ipv4View view{packet.data()};
    if (view.version() != 4) [[unlikely]]
        return DropReason::ipv4_version_bad;
    const std::size_t header_bytes = view.header_bytes();
    if (header_bytes < kIpv4HeaderBytes || header_bytes > packet.size()) [[unlikely]]
        return DropReason::ipv4_header_length_bad;
    const std::size_t total = view.total_length();
    if (total < header_bytes || total > packet.size()) [[unlikely]]
        return DropReason::ipv4_total_length_bad;
    if (rules.verify_ipv4_checksum) {
        const std::uint64_t sum = header_bytes == kIpv4HeaderBytes ? detail::sum_20_bytes(packet.data())
                                                                   : sum_bytes(packet.data(), header_bytes);
        if (fold_ones(sum) != 0xffff) [[unlikely]]
            return DropReason::ipv4_checksum_bad;
    }
    out.ttl = view.ttl();
    out.tos = view.tos();
    out.source = view.source();
    out.destination = view.destination();
    out.datagram_length = static_cast<std::uint16_t>(total);
    out.ipv4_id = view.id();
    out.fragment_field = view.fragment_field();
    out.ipv4_header_length = static_cast<std::uint8_t>(header_bytes);
    out.protocol = view.protocol();
    out.l4_offset = static_cast<std::uint16_t>(out.l3_offset + header_bytes);
    return parse_l4(packet.subspan(header_bytes, total - header_bytes), rules, out);
}

DropReason parse_link(Bytes frame, const ParseRules& rules, ParsedFrame& out) noexcept {
    if (frame.size() < kEthernetHeaderBytes) [[unlikely]]
        return DropReason::ethernet_truncated;
    const EthernetView view{frame.data()};
    std::uint16_t type = view.type();
    std::size_t l3_offset = kEthernetHeaderBytes;
    out.is_link_group = view.is_group();
    if (type == static_cast<std::uint16_t>(EtherType::vlan)) [[unlikely]] {
        if (frame.size() < kMaxLinkHeaderBytes) return DropReason::ethernet_truncated;
        out.vlan_id = load_be<std::uint16_t>(frame.data() + EthernetView::kVlanTciAt) & 0x0fff;
        if (out.vlan_id != 0) return DropReason::vlan_other;
        type = load_be<std::uint16_t>(frame.data() + EthernetView::kVlanTypeAt);
        l3_offset = kMaxLinkHeaderBytes;
    }
    out.l3_offset = static_cast<std::uint8_t>(l3_offset);
    switch (static_cast<EtherType>(type)) {
        [[likely]] case EtherType::ipv4 : return parse_ipv4(frame.subspan(l3_offset), rules, out);
        case EtherType::arp:
            return parse_arp(frame.subspan(l3_offset), out);
        case EtherType::ipv6:
            out.kind = FrameKind::ipv6;
            return DropReason::none;
        case EtherType::vlan:
            break;  // A second tag: not for us.
    }
    out.kind = FrameKind::other;
    return DropReason::none;
}

}  // namespace

ParsedFrame parse_frame(std::span<const std::byte> frame, const ParseRules& rules) noexcept {
    ParsedFrame out;
    out.drop = parse_link(frame, rules, out);
    return out;
}

std::string_view name_of(DropReason reason) noexcept {
    switch (reason) {
        case DropReason::none:
            return "none";
        case DropReason::ethernet_truncated:
            return "ethernet_truncated";
        case DropReason::vlan_other:
            return "vlan_other";
        case DropReason::arp_truncated:
            return "arp_truncated";
        case DropReason::arp_not_ipv4:
            return "arp_not_ipv4";
        case DropReason::ipv4_truncated:
            return "ipv4_truncated";
        case DropReason::ipv4_version_bad:
            return "ipv4_version_bad";
        case DropReason::ipv4_header_length_bad:
            return "ipv4_header_length_bad";
        case DropReason::ipv4_total_length_bad:
            return "ipv4_total_length_bad";
        case DropReason::ipv4_checksum_bad:
            return "ipv4_checksum_bad";
        case DropReason::tcp_truncated:
            return "tcp_truncated";
        case DropReason::tcp_offset_bad:
            return "tcp_offset_bad";
        case DropReason::tcp_checksum_bad:
            return "tcp_checksum_bad";
        case DropReason::udp_truncated:
            return "udp_truncated";
        case DropReason::udp_length_bad:
            return "udp_length_bad";
        case DropReason::udp_checksum_bad:
            return "udp_checksum_bad";
        case DropReason::icmp_truncated:
            return "icmp_truncated";
        case DropReason::icmp_checksum_bad:
            return "icmp_checksum_bad";
    }
    return "unknown";
}

std::string_view name_of(FrameKind kind) noexcept {
    switch (kind) {
        case FrameKind::dropped:
            return "dropped";
        case FrameKind::arp:
            return "arp";
        case FrameKind::ipv4_tcp:
            return "ipv4_tcp";
        case FrameKind::ipv4_udp:
            return "ipv4_udp";
        case FrameKind::ipv4_icmp:
            return "ipv4_icmp";
        case FrameKind::ipv4_fragment:
            return "ipv4_fragment";
        case FrameKind::ipv4_other:
            return "ipv4_other";
        case FrameKind::ipv6:
            return "ipv6";
        case FrameKind::other:
            return "other";
    }
    return "unknown";
}

}  // namespace ringsock
