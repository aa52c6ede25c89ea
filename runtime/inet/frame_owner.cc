// SPDX-License-Identifier: BSD-3-Clause
// The table of README.md, as code.
#include "inet/frame_owner.h"

#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"

namespace ringsock {
namespace {

bool is_icmp_error(std::uint8_t type) noexcept {
    switch (static_cast<Icmpv4Type>(type)) {
        case Icmpv4Type::destination_unreachable:
        case Icmpv4Type::source_quench:
        case Icmpv4Type::redirect:
        case Icmpv4Type::time_exceeded:
        case Icmpv4Type::parameter_problem:
            return true;
        default:
            return false;
    }
}

// Requests for an address of ours are answered by us alone, so that there is one answer; all else is news.
FrameOwner owner_of_arp(const ArpFields& arp, const HostAddresses& addresses) noexcept {
    const bool is_question = arp.operation == ArpOperation::request &&
                             arp.sender_address != arp.target_address &&
                             addresses.is_local(arp.target_address);
    return is_question ? FrameOwner::ours : FrameOwner::both;
}

FrameOwner owner_of_ipv4(const ParsedFrame& p, const HostAddresses& addresses,
                         InterfaceIndex interface) noexcept {
    if (p.destination.is_loopback()) return FrameOwner::nobody;  // RFC 1122 §3.2.1.3 (g): not on a wire.
    if (!addresses.is_local(p.destination)) {
        if (p.is_link_group || p.destination.is_multicast() ||
            addresses.is_broadcast(p.destination, interface))
            return FrameOwner::both;
        return FrameOwner::kernel;
    }
    if (!addresses.is_shared(p.destination)) return FrameOwner::ours;
    switch (p.kind) {
        case FrameKind::ipv4_tcp:
        case FrameKind::ipv4_udp:
            return FrameOwner::by_socket;
        case FrameKind::ipv4_icmp:  // The kernel answers echo: its own rules about that stay in force.
            return is_icmp_error(p.icmp_type) ? FrameOwner::both : FrameOwner::kernel;
        default:
            return FrameOwner::kernel;
    }
}

}  // namespace

FrameOwner owner_of_frame(const ParsedFrame& parsed, std::span<const std::byte> frame, const MacAddress& own,
                          const HostAddresses& addresses, InterfaceIndex interface) noexcept {
    if (frame.size() < kEthernetHeaderBytes) return FrameOwner::nobody;
    const EthernetView link{frame.data()};
    if (!link.is_addressed_to(own) || link.source() == own) return FrameOwner::nobody;
    switch (parsed.kind) {
        case FrameKind::arp:
            return owner_of_arp(ArpView{frame.data() + parsed.l3_offset}.fields(), addresses);
        case FrameKind::ipv4_tcp:
        case FrameKind::ipv4_udp:
        case FrameKind::ipv4_icmp:
        case FrameKind::ipv4_fragment:
        case FrameKind::ipv4_other:
            return owner_of_ipv4(parsed, addresses, interface);
        case FrameKind::dropped:  // What we cannot read the kernel judges, unless it is to an address of
                                  // ours.
            return addresses.is_local(parsed.destination) && !addresses.is_shared(parsed.destination)
                       ? FrameOwner::ours
                       : FrameOwner::kernel;
        case FrameKind::ipv6:
        case FrameKind::other:
            return FrameOwner::kernel;
    }
    return FrameOwner::nobody;
}

}  // namespace ringsock
