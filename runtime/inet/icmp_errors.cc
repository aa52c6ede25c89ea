// SPDX-License-Identifier: BSD-3-Clause
// Classification of ICMP errors (RFC 9293 §3.9.2.2, RFC 1122 §3.2.2.1, RFC 4443 §3).
#include "inet/icmp_errors.h"

namespace ringsock {
namespace {

constexpr std::uint32_t kMinIpv4Mtu = 68;    // RFC 791 §3.2: every module must forward 68 bytes.
constexpr std::uint32_t kMinIpv6Mtu = 1280;  // RFC 8200 §5.

constexpr IcmpVerdict soft(ConnError error) noexcept {
    return {IcmpErrorClass::soft, error, 0};
}
constexpr IcmpVerdict hard(ConnError error) noexcept {
    return {IcmpErrorClass::hard, error, 0};
}

IcmpVerdict classify_unreachable(std::uint8_t code, std::uint16_t mtu) noexcept {
    switch (static_cast<Icmpv4Unreachable>(code)) {
        case Icmpv4Unreachable::protocol:
        case Icmpv4Unreachable::port:
            return hard(ConnError::refused);
        case Icmpv4Unreachable::fragmentation_needed:
            // RFC 5927 §7: a claimed MTU below the minimum is an attack or a fault; it is raised to the
            // minimum.
            return {IcmpErrorClass::packet_too_big, ConnError::none,
                    mtu == 0            ? 0
                    : mtu < kMinIpv4Mtu ? kMinIpv4Mtu
                                        : mtu};
        case Icmpv4Unreachable::network:
        case Icmpv4Unreachable::network_unknown:
        case Icmpv4Unreachable::network_prohibited:
        case Icmpv4Unreachable::network_tos:
            return soft(ConnError::net_unreachable);
        // RFC 1122 names 5 soft; 6 to 15 came later and are treated alike: all may be transient, and a router
        // on the way says so, not the peer.
        case Icmpv4Unreachable::host:
        case Icmpv4Unreachable::source_route_failed:
        case Icmpv4Unreachable::host_unknown:
        case Icmpv4Unreachable::source_isolated:
        case Icmpv4Unreachable::host_prohibited:
        case Icmpv4Unreachable::host_tos:
        case Icmpv4Unreachable::administratively_prohibited:
        case Icmpv4Unreachable::host_precedence:
        case Icmpv4Unreachable::precedence_cutoff:
            return soft(ConnError::host_unreachable);
    }
    return {};
}

// RFC 4443 §3: types of ICMPv6 errors.
constexpr std::uint8_t kV6Unreachable = 1, kV6PacketTooBig = 2, kV6TimeExceeded = 3, kV6ParameterProblem = 4;
constexpr std::uint8_t kV6NoRoute = 0, kV6Prohibited = 1, kV6BeyondScope = 2, kV6AddressUnreachable = 3,
                       kV6Port = 4, kV6SourcePolicy = 5, kV6RejectRoute = 6;
constexpr std::uint8_t kV6UnknownNextHeader = 1;

IcmpVerdict classify_unreachable_v6(std::uint8_t code) noexcept {
    switch (code) {
        case kV6NoRoute:
        case kV6BeyondScope:
        case kV6RejectRoute:
            return soft(ConnError::net_unreachable);
        case kV6Prohibited:
        case kV6AddressUnreachable:
        case kV6SourcePolicy:
            return soft(ConnError::host_unreachable);
        case kV6Port:
            return hard(ConnError::refused);
        default:
            return {};
    }
}

}  // namespace

IcmpVerdict classify_icmpv4(std::uint8_t type, std::uint8_t code, std::uint16_t mtu) noexcept {
    switch (static_cast<Icmpv4Type>(type)) {
        case Icmpv4Type::destination_unreachable:
            return classify_unreachable(code, mtu);
        // RFC 9293 §3.9.2.2: time exceeded 0 and 1 and parameter problem are soft.
        case Icmpv4Type::time_exceeded:
            return code <= 1 ? soft(ConnError::host_unreachable) : IcmpVerdict{};
        case Icmpv4Type::parameter_problem:
            return soft(ConnError::host_unreachable);
        // MUST-55 and RFC 6633: source quench is discarded. Redirects are for the route table, not for TCP.
        case Icmpv4Type::source_quench:
        case Icmpv4Type::redirect:
        case Icmpv4Type::echo_reply:
        case Icmpv4Type::echo_request:
            return {};
    }
    return {};
}

IcmpVerdict classify_icmpv6(std::uint8_t type, std::uint8_t code, std::uint32_t mtu) noexcept {
    switch (type) {
        case kV6Unreachable:
            return classify_unreachable_v6(code);
        case kV6PacketTooBig:
            return {IcmpErrorClass::packet_too_big, ConnError::none, mtu < kMinIpv6Mtu ? kMinIpv6Mtu : mtu};
        case kV6TimeExceeded:
            return code <= 1 ? soft(ConnError::host_unreachable) : IcmpVerdict{};
        case kV6ParameterProblem:
            // RFC 4443 §3.4 code 1 is what "protocol unreachable" is in IPv4.
            return code == kV6UnknownNextHeader ? hard(ConnError::refused)
                                                : soft(ConnError::host_unreachable);
        default:
            return {};
    }
}

std::uint32_t lower_plateau(std::uint32_t total_length) noexcept {
    constexpr std::uint32_t kPlateaus[] = {32000, 17914, 8166, 4352, 2002,
                                           1492,  1006,  508,  296};  // RFC 1191 §7.1
    for (const std::uint32_t plateau : kPlateaus)
        if (plateau < total_length) return plateau;
    return kMinIpv4Mtu;
}

std::optional<QuotedFlow> quoted_flow(const QuotedDatagram& quoted) noexcept {
    if (!quoted.is_valid || quoted.is_fragment) return std::nullopt;
    const bool is_tcp = quoted.protocol == static_cast<std::uint8_t>(IpProtocol::tcp);
    if (!is_tcp && quoted.protocol != static_cast<std::uint8_t>(IpProtocol::udp)) return std::nullopt;
    QuotedFlow out;
    out.flow = FlowKey::ipv4(quoted.source, quoted.source_port, quoted.destination, quoted.destination_port);
    out.protocol = quoted.protocol;
    if (is_tcp) out.seq = quoted.seq;
    out.total_length = quoted.total_length;
    return out;
}

}  // namespace ringsock
