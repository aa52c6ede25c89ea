// SPDX-License-Identifier: BSD-3-Clause
// Neighborhood: all an engine knows of addresses, routes, links and neighbours, as one value: given when it
// is built (EngineConfig) and again whenever what it follows has changed (RequestOp::change_neighborhood).
// Control role makes it; the engine copies what it needs.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "engine/engine_config.h"
#include "inet/host_addresses.h"
#include "inet/route.h"

namespace ringsock {

/// A next hop whose link address somebody else knows.
struct KnownNeighbor {
    InterfaceIndex interface = kNoInterface;
    Ipv4 address;
    MacAddress mac;
    bool is_permanent = false;  ///< Configured: never asked about while it is told of.
    bool is_fresh = false;      ///< Confirmed not long ago; else it is asked about on its next use.
    friend bool operator==(const KnownNeighbor&, const KnownNeighbor&) noexcept = default;
};

struct Neighborhood {
    HostAddresses addresses;
    RouteTable routes;
    struct Link {
        std::uint32_t mtu = 0;  ///< Bytes; 0: the carrier's own. Never above the carrier's.
        bool is_up = true;      ///< False: taken down by an administrator.
        friend bool operator==(const Link&, const Link&) noexcept = default;
    };
    std::array<Link, kMaxEngineInterfaces> links{};  ///< By the engine's interface number.
    /// False: only the neighbours are news.
    bool changes_ways = true;
    /// All that are known, of the interfaces in `follows`: what is permanent there and not among them is no
    /// longer. Borrowed until the engine says that it is done.
    const KnownNeighbor* neighbors = nullptr;
    std::uint32_t neighbor_count = 0;
    std::array<bool, kMaxEngineInterfaces> follows{};
};

}  // namespace ringsock
