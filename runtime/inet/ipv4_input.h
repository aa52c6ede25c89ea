// SPDX-License-Identifier: BSD-3-Clause
// Is an IPv4 datagram for us, and may it be believed (RFC 1122 §3.2.1.3, §3.3.4.2, §3.3.6; RFC 9293 §3.9.2.3
// MUST-57, MUST-63)? Works on decoded addresses; the header itself was checked by parse_frame. We never
// forward. Pure; any thread.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "inet/host_addresses.h"

namespace ringsock {

enum class Ipv4Verdict : std::uint8_t {
    to_us,         ///< Unicast to an address of ours.
    to_broadcast,  ///< Limited or subnet broadcast: UDP and ICMP only.
    to_multicast,  ///< A group; whether we joined it is the receiver's question.
    // Everything below is dropped silently and counted.
    not_ours,                ///< Unicast to somebody else: a host does not forward.
    destination_invalid,     ///< 0.0.0.0/8, loopback or class E as destination on a wire.
    source_invalid,          ///< Broadcast, multicast, loopback, class E, or 0.0.0.0/8 as source.
    source_is_ours,          ///< Our own address came from the wire: a forged or looped frame.
    link_broadcast_unicast,  ///< A link-layer broadcast that carries a unicast datagram (RFC 1122 §3.3.6).
    count_
};

/// What the judgement needs to know of one datagram.
struct Ipv4Arrival {
    Ipv4 source;
    Ipv4 destination;
    InterfaceIndex interface = kNoInterface;
    bool is_link_group = false;    ///< The frame's destination MAC was a group address.
    bool is_turned_round = false;  ///< From our own loopback path (D5), not from a wire.
};

[[nodiscard]] Ipv4Verdict judge_ipv4_arrival(const HostAddresses& addresses,
                                             const Ipv4Arrival& arrival) noexcept;

/// Whether a verdict lets a TCP segment pass. TCP is unicast only: a SYN to a broadcast or multicast address
/// (MUST-57) or from an invalid source (MUST-63) is discarded silently, and so is any other segment.
[[nodiscard]] constexpr bool may_be_tcp(Ipv4Verdict verdict) noexcept {
    return verdict == Ipv4Verdict::to_us;
}
[[nodiscard]] constexpr bool is_delivered(Ipv4Verdict verdict) noexcept {
    return verdict <= Ipv4Verdict::to_multicast;
}
/// May an ICMP error or a RST answer the datagram (RFC 1122 §3.2.2)? Not a broadcast, a group, or a source
/// that names no single host.
[[nodiscard]] constexpr bool may_be_answered(Ipv4Verdict verdict) noexcept {
    return verdict == Ipv4Verdict::to_us;
}

/// The name of a verdict, for statistics.
[[nodiscard]] const char* name_of(Ipv4Verdict verdict) noexcept;

/// What an application's destination is, before any route is asked.
enum class Ipv4DestinationKind : std::uint8_t {
    unspecified,  ///< 0.0.0.0: WSAEADDRNOTAVAIL for connect.
    local,        ///< 127.0.0.0/8 or an address of ours.
    unicast,
    broadcast,  ///< Not for TCP (MUST-46); UDP needs SO_BROADCAST.
    multicast,  ///< Not for TCP (MUST-46).
    invalid,    ///< The rest of 0.0.0.0/8, and class E.
};
[[nodiscard]] Ipv4DestinationKind classify_destination(const HostAddresses& addresses,
                                                       Ipv4 destination) noexcept;

}  // namespace ringsock
