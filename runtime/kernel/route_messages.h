// SPDX-License-Identifier: BSD-3-Clause
// rtnetlink(7) messages of the kernel -> facts. Pure and total on any bytes of any length: a message that is
// cut short, of another family, or about something this host cannot use gives nothing. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"

namespace ringsock {

using MessageBytes = std::span<const std::byte>;

/// Of an interface (RTM_NEWLINK).
struct LinkFact {
    std::uint32_t index = 0;
    std::string name;
    std::uint32_t mtu = 0;
    MacAddress mac;      ///< Zero when it has none of Ethernet's kind.
    bool is_up = false;  ///< Administratively.
    friend bool operator==(const LinkFact&, const LinkFact&) = default;
};
/// An address of an interface (RTM_NEWADDR).
struct AddressFact {
    std::uint32_t link = 0;
    IpAddress address;
    std::uint8_t prefix_length = 0;
    friend bool operator==(const AddressFact&, const AddressFact&) = default;
};
enum class RouteFactKind : std::uint8_t { unicast, blackhole, unreachable };
/// A route of the main table (RTM_NEWROUTE). Of several ways the first.
struct RouteFact {
    RouteFactKind kind = RouteFactKind::unicast;
    std::uint32_t link = 0;  ///< Unicast: the interface it leaves by; else 0.
    IpAddress prefix;
    std::uint8_t prefix_length = 0;
    IpAddress gateway;  ///< Family none: destinations are on the link.
    IpAddress source;   ///< Family none: not said.
    std::uint32_t metric = 0;
    friend bool operator==(const RouteFact&, const RouteFact&) = default;
};
/// A neighbour whose link address the kernel knows (RTM_NEWNEIGH).
struct NeighborFact {
    std::uint32_t link = 0;
    IpAddress address;
    MacAddress mac;
    bool is_permanent = false;  ///< Configured by hand.
    bool is_fresh = false;      ///< Confirmed not long ago.
    friend bool operator==(const NeighborFact&, const NeighborFact&) = default;
};

/// Each takes what follows the nlmsghdr of a message of its type.
[[nodiscard]] std::optional<LinkFact> read_link(MessageBytes body);
[[nodiscard]] std::optional<AddressFact> read_address(MessageBytes body);
[[nodiscard]] std::optional<RouteFact> read_route(MessageBytes body);
[[nodiscard]] std::optional<NeighborFact> read_neighbor(MessageBytes body);

/// The next message of a datagram that the kernel sent: takes it off the front of `bytes`.
struct RouteMessage {
    std::uint16_t type = 0;
    std::uint32_t sequence = 0;
    MessageBytes body;
};
[[nodiscard]] std::optional<RouteMessage> take_message(MessageBytes& bytes);

}  // namespace ringsock
