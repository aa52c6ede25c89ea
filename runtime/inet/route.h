// SPDX-License-Identifier: BSD-3-Clause
// RouteTable: where a packet goes next (RFC 1122 §3.3.1). Longest prefix, then lowest metric, over a handful
// of entries. Filled by the control role before engines run; then read by any engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/fixed_vector.h"
#include "inet/host_addresses.h"

namespace ringsock {

enum class RouteKind : std::uint8_t {
    none,         ///< No entry matches: WSAENETUNREACH.
    local,        ///< The destination is the host's own: turned round inside the engine (D5).
    unicast,      ///< Out of an interface, by way of next_hop.
    blackhole,    ///< Everything sent vanishes without an error (the network that swallows).
    unreachable,  ///< Administratively refused: WSAEHOSTUNREACH.
};

/// One entry as configured.
struct RouteEntry {
    IpAddress prefix{};
    std::uint8_t prefix_length = 0;
    RouteKind kind = RouteKind::unicast;      ///< unicast, blackhole or unreachable.
    InterfaceIndex interface = kNoInterface;  ///< unicast only.
    std::uint32_t metric = 0;                 ///< Lower is better among equal prefixes.
    IpAddress gateway{};                      ///< Family none: destinations are on the link.
    IpAddress source{};                       ///< Family none: chosen by HostAddresses::source_for.
};

/// The answer for one destination.
struct Route {
    RouteKind kind = RouteKind::none;
    InterfaceIndex interface = kNoInterface;
    IpAddress next_hop{};  ///< The gateway, or the destination itself; set for unicast.
    /// The address to send from; family none when nothing suits (WSAEADDRNOTAVAIL). Set for local, unicast
    /// and blackhole.
    IpAddress source{};
};

class RouteTable {
  public:
    static constexpr std::size_t kMax = 64;

    /// Keeps the table in the order of preference. False when it is full, the prefix length is too long, the
    /// kind may not be configured, the gateway is of another family, or a unicast entry names no interface.
    [[nodiscard]] bool add(const RouteEntry& entry) noexcept;
    /// Removes the first entry with this prefix, length and metric; false when there is none.
    bool remove(const IpAddress& prefix, std::uint8_t prefix_length, std::uint32_t metric) noexcept;

    /// The best entry; nullptr when none matches.
    [[nodiscard]] const RouteEntry* match(const IpAddress& destination) const noexcept;

    /// The whole decision: own addresses first, then the best entry, with next hop and source address.
    [[nodiscard]] Route lookup(const IpAddress& destination, const HostAddresses& addresses) const noexcept;

    [[nodiscard]] const RouteEntry* begin() const noexcept { return entries_.begin(); }
    [[nodiscard]] const RouteEntry* end() const noexcept { return entries_.end(); }
    [[nodiscard]] std::size_t count() const noexcept { return entries_.size(); }

  private:
    FixedVector<RouteEntry, kMax> entries_;
};

}  // namespace ringsock
