// SPDX-License-Identifier: BSD-3-Clause
// Addresses, ports and the key of a flow, as strong types. IPv4 and IPv6 are equals (house.md, D10).
// Plain values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/endian.h"

namespace ringsock {

/// A TCP or UDP port in host order; 0 means "not chosen".
struct Port {
    std::uint16_t value = 0;
    friend constexpr auto operator<=>(Port, Port) noexcept = default;
};

/// A 48-bit link-layer address, in wire order.
struct MacAddress {
    std::array<std::uint8_t, 6> octets{};
    static constexpr MacAddress broadcast() noexcept { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return octets == std::array<std::uint8_t, 6>{}; }
    [[nodiscard]] constexpr bool is_group() const noexcept { return (octets[0] & 1) != 0; }
    friend constexpr bool operator==(const MacAddress&, const MacAddress&) noexcept = default;
};

/// An IPv4 address. `value` is in host order: 10.0.0.1 is 0x0a000001.
struct Ipv4 {
    std::uint32_t value = 0;

    static constexpr Ipv4 of(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) noexcept {
        return Ipv4{(std::uint32_t{a} << 24) | (std::uint32_t{b} << 16) | (std::uint32_t{c} << 8) | d};
    }
    [[nodiscard]] constexpr bool is_any() const noexcept { return value == 0; }
    [[nodiscard]] constexpr bool is_loopback() const noexcept { return (value >> 24) == 127; }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return (value >> 28) == 14; }
    [[nodiscard]] constexpr bool is_limited_broadcast() const noexcept { return value == 0xffffffffu; }
    friend constexpr auto operator<=>(Ipv4, Ipv4) noexcept = default;
};

/// An IPv6 address, in wire order.
struct Ipv6 {
    std::array<std::uint8_t, 16> octets{};
    [[nodiscard]] constexpr bool is_any() const noexcept { return octets == std::array<std::uint8_t, 16>{}; }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return octets[0] == 0xff; }
    friend constexpr bool operator==(const Ipv6&, const Ipv6&) noexcept = default;
};

enum class Family : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

/// Either an IPv4 or an IPv6 address (20 bytes, plain value).
struct IpAddress {
    Family family = Family::none;
    std::uint8_t pad[3]{};
    union {
        Ipv4 v4;
        Ipv6 v6;
    };
    constexpr IpAddress() noexcept : v6{} {}
    constexpr IpAddress(Ipv4 a) noexcept : family(Family::ipv4), v4(a) {}
    constexpr IpAddress(const Ipv6& a) noexcept : family(Family::ipv6), v6(a) {}
    [[nodiscard]] constexpr bool is_any() const noexcept {
        return family == Family::ipv4 ? v4.is_any() : family == Family::ipv6 ? v6.is_any() : true;
    }
    friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
        if (a.family != b.family) return false;
        return a.family == Family::ipv4 ? a.v4 == b.v4 : a.family == Family::ipv6 ? a.v6 == b.v6 : true;
    }
};
static_assert(sizeof(IpAddress) == 20);

/// Address and port of one end (24 bytes, plain value).
struct Endpoint {
    IpAddress address;
    Port port;
    std::uint16_t pad = 0;
    friend constexpr bool operator==(const Endpoint& a, const Endpoint& b) noexcept {
        return a.address == b.address && a.port == b.port;
    }
};
static_assert(sizeof(Endpoint) == 24);

/// What a segment is matched by: 12 bytes for both families. For IPv4 the words are the addresses (host
/// order). For IPv6 they are keyed hashes of the addresses, and a match is confirmed against the full
/// addresses in the connection's cold block, so that an IPv4 connection does not pay for IPv6 (D10).
struct FlowKey {
    std::uint32_t local = 0;
    std::uint32_t remote = 0;
    Port local_port;
    Port remote_port;
    static constexpr FlowKey ipv4(Ipv4 local_address, Port lp, Ipv4 remote_address, Port rp) noexcept {
        return {local_address.value, remote_address.value, lp, rp};
    }
    friend constexpr bool operator==(const FlowKey&, const FlowKey&) noexcept = default;
};
static_assert(sizeof(FlowKey) == 12);

}  // namespace ringsock
