// SPDX-License-Identifier: BSD-3-Clause
// Local delivery and martian addresses (RFC 1122 §3.2.1.3, RFC 6890 for the special blocks).
#include "inet/ipv4_input.h"

namespace ringsock {
namespace {

constexpr bool is_this_network(Ipv4 address) noexcept {
    return address.value >> 24 == 0;
}
constexpr bool is_class_e(Ipv4 address) noexcept {
    return address.value >> 28 == 15;
}

Ipv4Verdict judge_source(const HostAddresses& addresses, const Ipv4Arrival& arrival) noexcept {
    const Ipv4 source = arrival.source;
    if (source.is_multicast() || is_class_e(source) || is_this_network(source))
        return Ipv4Verdict::source_invalid;
    if (arrival.is_turned_round) return Ipv4Verdict::to_us;
    if (source.is_loopback()) return Ipv4Verdict::source_invalid;
    if (addresses.is_local(source)) return Ipv4Verdict::source_is_ours;
    if (addresses.is_broadcast(source, arrival.interface)) return Ipv4Verdict::source_invalid;
    return Ipv4Verdict::to_us;
}

}  // namespace

Ipv4Verdict judge_ipv4_arrival(const HostAddresses& addresses, const Ipv4Arrival& arrival) noexcept {
    const Ipv4Verdict source = judge_source(addresses, arrival);
    if (source != Ipv4Verdict::to_us) return source;

    const Ipv4 destination = arrival.destination;
    if (destination.is_loopback())
        return arrival.is_turned_round ? Ipv4Verdict::to_us : Ipv4Verdict::destination_invalid;
    if (addresses.is_local(destination))
        return arrival.is_link_group ? Ipv4Verdict::link_broadcast_unicast : Ipv4Verdict::to_us;
    if (destination.is_multicast()) return Ipv4Verdict::to_multicast;
    if (addresses.is_broadcast(destination, arrival.interface)) return Ipv4Verdict::to_broadcast;
    if (is_this_network(destination) || is_class_e(destination)) return Ipv4Verdict::destination_invalid;
    return arrival.is_link_group ? Ipv4Verdict::link_broadcast_unicast : Ipv4Verdict::not_ours;
}

const char* name_of(Ipv4Verdict verdict) noexcept {
    switch (verdict) {
        case Ipv4Verdict::to_us:
            return "to_us";
        case Ipv4Verdict::to_broadcast:
            return "to_broadcast";
        case Ipv4Verdict::to_multicast:
            return "to_multicast";
        case Ipv4Verdict::not_ours:
            return "not_ours";
        case Ipv4Verdict::destination_invalid:
            return "destination_invalid";
        case Ipv4Verdict::source_invalid:
            return "source_invalid";
        case Ipv4Verdict::source_is_ours:
            return "source_is_ours";
        case Ipv4Verdict::link_broadcast_unicast:
            return "link_broadcast_unicast";
        case Ipv4Verdict::count_:
            break;
    }
    return "unknown";
}

Ipv4DestinationKind classify_destination(const HostAddresses& addresses, Ipv4 destination) noexcept {
    if (destination.is_any()) return Ipv4DestinationKind::unspecified;
    if (addresses.is_local(destination)) return Ipv4DestinationKind::local;
    if (destination.is_multicast()) return Ipv4DestinationKind::multicast;
    if (addresses.is_broadcast_anywhere(destination)) return Ipv4DestinationKind::broadcast;
    if (is_this_network(destination) || is_class_e(destination)) return Ipv4DestinationKind::invalid;
    return Ipv4DestinationKind::unicast;
}

}  // namespace ringsock
