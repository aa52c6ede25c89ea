// SPDX-License-Identifier: BSD-3-Clause
// HostAddresses: who we are on which wire (RFC 1122 §3.2.1.3, §3.3.6).
#include "inet/host_addresses.h"

namespace ringsock {
namespace {

constexpr std::uint32_t mask_of(unsigned prefix_length) noexcept {
    return prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_length);
}

bool is_ipv6_loopback(const Ipv6& address) noexcept {
    Ipv6 loopback;
    loopback.octets[15] = 1;
    return address == loopback;
}

bool is_subnet_broadcast(const InterfaceAddress& entry, Ipv4 address) noexcept {
    if (entry.address.family != Family::ipv4 || entry.prefix_length > 30) return false;
    const std::uint32_t mask = mask_of(entry.prefix_length);
    if (((entry.address.v4.value ^ address.value) & mask) != 0) return false;
    const std::uint32_t host = address.value & ~mask;
    return host == ~mask || host == 0;
}

}  // namespace

bool prefix_matches(const IpAddress& a, const IpAddress& b, unsigned length) noexcept {
    if (a.family != b.family) return false;
    if (a.family == Family::ipv4) return length <= 32 && ((a.v4.value ^ b.v4.value) & mask_of(length)) == 0;
    if (a.family != Family::ipv6 || length > 128) return false;
    const unsigned whole = length / 8;
    if (std::memcmp(a.v6.octets.data(), b.v6.octets.data(), whole) != 0) return false;
    if (length % 8 == 0) return true;
    return ((a.v6.octets[whole] ^ b.v6.octets[whole]) >> (8 - length % 8)) == 0;
}

bool HostAddresses::add(const InterfaceAddress& entry) noexcept {
    const IpAddress& address = entry.address;
    if (address.is_any() || entry.interface == kNoInterface) return false;
    if (address.family == Family::ipv4) {
        if (address.v4.is_multicast() || address.v4.value >> 28 == 15 || entry.prefix_length > 32)
            return false;
        if (is_subnet_broadcast(entry, address.v4)) return false;
    } else if (address.v6.is_multicast() || entry.prefix_length > 128) {
        return false;
    }
    for (const InterfaceAddress& known : entries_)
        if (known.address == address) return false;
    return entries_.try_push(entry);
}

bool HostAddresses::is_local(Ipv4 address) const noexcept {
    if (address.is_loopback()) return true;
    for (const InterfaceAddress& entry : entries_)
        if (entry.address.family == Family::ipv4 && entry.address.v4 == address) return true;
    return false;
}

bool HostAddresses::is_shared(Ipv4 address) const noexcept {
    for (const InterfaceAddress& entry : entries_)
        if (entry.is_shared && entry.address.family == Family::ipv4 && entry.address.v4 == address)
            return true;
    return false;
}

bool HostAddresses::is_local(const IpAddress& address) const noexcept {
    if (address.family == Family::ipv4) return is_local(address.v4);
    if (address.family != Family::ipv6) return false;
    if (is_ipv6_loopback(address.v6)) return true;
    for (const InterfaceAddress& entry : entries_)
        if (entry.address == address) return true;
    return false;
}

bool HostAddresses::is_broadcast(Ipv4 address, InterfaceIndex interface) const noexcept {
    if (address.is_limited_broadcast()) return true;
    for (const InterfaceAddress& entry : entries_)
        if (entry.interface == interface && is_subnet_broadcast(entry, address)) return true;
    return false;
}

bool HostAddresses::is_broadcast_anywhere(Ipv4 address) const noexcept {
    if (address.is_limited_broadcast()) return true;
    for (const InterfaceAddress& entry : entries_)
        if (is_subnet_broadcast(entry, address)) return true;
    return false;
}

bool HostAddresses::is_on_link(Ipv4 address, InterfaceIndex interface) const noexcept {
    for (const InterfaceAddress& entry : entries_)
        if (entry.interface == interface &&
            prefix_matches(entry.address, IpAddress(address), entry.prefix_length))
            return true;
    return false;
}

IpAddress HostAddresses::source_for(InterfaceIndex interface, const IpAddress& next_hop) const noexcept {
    const InterfaceAddress* first = nullptr;
    for (const InterfaceAddress& entry : entries_) {
        if (entry.interface != interface || entry.address.family != next_hop.family) continue;
        if (prefix_matches(entry.address, next_hop, entry.prefix_length)) return entry.address;
        if (first == nullptr) first = &entry;
    }
    return first != nullptr ? first->address : IpAddress{};
}

}  // namespace ringsock
