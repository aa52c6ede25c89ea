// SPDX-License-Identifier: BSD-3-Clause
// RouteTable: longest prefix match by an ordered walk (RFC 1122 §3.3.1).
#include "inet/route.h"

namespace ringsock {
namespace {

bool is_acceptable(const RouteEntry& entry) noexcept {
    const Family family = entry.prefix.family;
    if (family == Family::none || entry.prefix_length > (family == Family::ipv4 ? 32 : 128)) return false;
    if (entry.gateway.family != Family::none && entry.gateway.family != family) return false;
    if (entry.source.family != Family::none && entry.source.family != family) return false;
    switch (entry.kind) {
        case RouteKind::unicast:
            return entry.interface != kNoInterface;
        case RouteKind::blackhole:
        case RouteKind::unreachable:
            return true;
        case RouteKind::none:
        case RouteKind::local:
            return false;
    }
    return false;
}

bool is_preferred(const RouteEntry& a, const RouteEntry& b) noexcept {
    if (a.prefix_length != b.prefix_length) return a.prefix_length > b.prefix_length;
    return a.metric < b.metric;
}

/// A host that has no interface on the way still needs an address to write into the packets that vanish.
IpAddress any_source(const HostAddresses& addresses, Family family) noexcept {
    for (const InterfaceAddress& entry : addresses)
        if (entry.address.family == family) return entry.address;
    if (family == Family::ipv4) return Ipv4::of(127, 0, 0, 1);
    Ipv6 loopback;
    loopback.octets[15] = 1;
    return loopback;
}

}  // namespace

bool RouteTable::add(const RouteEntry& entry) noexcept {
    if (!is_acceptable(entry) || !entries_.try_push(entry)) return false;
    // Insertion by swaps from the back: equal entries keep the order in which they came.
    for (std::size_t i = entries_.size() - 1; i > 0 && is_preferred(entries_[i], entries_[i - 1]); --i)
        std::swap(entries_[i], entries_[i - 1]);
    return true;
}

bool RouteTable::remove(const IpAddress& prefix, std::uint8_t prefix_length, std::uint32_t metric) noexcept {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const RouteEntry& entry = entries_[i];
        if (entry.prefix_length != prefix_length || entry.metric != metric) continue;
        if (!prefix_matches(entry.prefix, prefix, prefix_length)) continue;
        for (std::size_t next = i + 1; next < entries_.size(); ++next) entries_[next - 1] = entries_[next];
        entries_.pop_back();
        return true;
    }
    return false;
}

const RouteEntry* RouteTable::match(const IpAddress& destination) const noexcept {
    for (const RouteEntry& entry : entries_)
        if (prefix_matches(entry.prefix, destination, entry.prefix_length)) return &entry;
    return nullptr;
}

Route RouteTable::lookup(const IpAddress& destination, const HostAddresses& addresses) const noexcept {
    // An own address is reached from itself, as the peer will answer to what it sees.
    if (addresses.is_local(destination)) return {RouteKind::local, kNoInterface, destination, destination};
    const RouteEntry* const entry = match(destination);
    if (entry == nullptr) return {};
    Route route{entry->kind, entry->interface, {}, entry->source};
    switch (entry->kind) {
        case RouteKind::unicast:
            route.next_hop = entry->gateway.family != Family::none ? entry->gateway : destination;
            if (route.source.family == Family::none)
                route.source = addresses.source_for(entry->interface, route.next_hop);
            break;
        case RouteKind::blackhole:
            if (route.source.family == Family::none) route.source = any_source(addresses, destination.family);
            break;
        case RouteKind::unreachable:
        case RouteKind::none:
        case RouteKind::local:
            break;
    }
    return route;
}

}  // namespace ringsock
