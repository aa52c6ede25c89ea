// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/route_messages.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>

#include "base/endian.h"

namespace ringsock {
namespace {

/// Attributes by number, the last of each kind; those above are of no interest.
constexpr std::size_t kAttributes = 32;
struct Attributes {
    MessageBytes value[kAttributes];
    [[nodiscard]] std::optional<std::uint32_t> number(std::size_t type) const noexcept {
        if (value[type].size() != sizeof(std::uint32_t)) return std::nullopt;
        std::uint32_t out = 0;
        std::memcpy(&out, value[type].data(), sizeof out);
        return out;
    }
    [[nodiscard]] MacAddress mac(std::size_t type) const noexcept {
        MacAddress out;
        if (value[type].size() == out.octets.size())
            std::memcpy(out.octets.data(), value[type].data(), out.octets.size());
        return out;
    }
    /// Family none when it is not there, or not as long as the family's addresses are.
    [[nodiscard]] IpAddress address(std::size_t type, std::uint8_t family) const noexcept {
        const MessageBytes bytes = value[type];
        if (family == AF_INET && bytes.size() == 4)
            return IpAddress(Ipv4{load_be<std::uint32_t>(bytes.data())});
        if (family != AF_INET6 || bytes.size() != 16) return {};
        Ipv6 six;
        std::memcpy(six.octets.data(), bytes.data(), six.octets.size());
        return IpAddress(six);
    }
};

constexpr std::size_t padded(std::size_t length) noexcept {
    return (length + 3) & ~std::size_t{3};
}

Attributes read_attributes(MessageBytes bytes) noexcept {
    Attributes out;
    while (bytes.size() >= sizeof(rtattr)) {
        rtattr head{};
        std::memcpy(&head, bytes.data(), sizeof head);
        if (head.rta_len < sizeof head || head.rta_len > bytes.size()) break;
        const std::size_t type = head.rta_type & NLA_TYPE_MASK;
        if (type < kAttributes) out.value[type] = bytes.subspan(sizeof head, head.rta_len - sizeof head);
        bytes = bytes.subspan(std::min(padded(head.rta_len), bytes.size()));
    }
    return out;
}

/// The fixed part of a message; false when the body is shorter.
template <typename Head>
bool read_head(MessageBytes body, Head& head, Attributes& attributes) noexcept {
    if (body.size() < sizeof head) return false;
    std::memcpy(&head, body.data(), sizeof head);
    attributes = read_attributes(body.subspan(std::min(padded(sizeof head), body.size())));
    return true;
}

unsigned bits_of(std::uint8_t family) noexcept {
    return family == AF_INET ? 32 : 128;
}

bool is_ip(std::uint8_t family) noexcept {
    return family == AF_INET || family == AF_INET6;
}

IpAddress any_of(std::uint8_t family) noexcept {
    return family == AF_INET ? IpAddress(Ipv4{}) : IpAddress(Ipv6{});
}

// The first way of a route with several: interface and gateway.
bool take_first_way(MessageBytes ways, std::uint8_t family, RouteFact& out) noexcept {
    rtnexthop way{};
    if (ways.size() < sizeof way) return false;
    std::memcpy(&way, ways.data(), sizeof way);
    if (way.rtnh_len < sizeof way || way.rtnh_len > ways.size()) return false;
    const Attributes attributes = read_attributes(ways.subspan(sizeof way, way.rtnh_len - sizeof way));
    out.link = static_cast<std::uint32_t>(way.rtnh_ifindex);
    out.gateway = attributes.address(RTA_GATEWAY, family);
    return attributes.value[RTA_VIA].empty();
}

}  // namespace

std::optional<RouteMessage> take_message(MessageBytes& bytes) {
    nlmsghdr head{};
    if (bytes.size() < sizeof head) return std::nullopt;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > bytes.size()) return std::nullopt;
    const RouteMessage out{head.nlmsg_type, head.nlmsg_seq,
                           bytes.subspan(sizeof head, head.nlmsg_len - sizeof head)};
    bytes = bytes.subspan(std::min(padded(head.nlmsg_len), bytes.size()));
    return out;
}

std::optional<LinkFact> read_link(MessageBytes body) {
    ifinfomsg head{};
    Attributes attributes;
    if (!read_head(body, head, attributes) || head.ifi_index <= 0) return std::nullopt;
    LinkFact out;
    out.index = static_cast<std::uint32_t>(head.ifi_index);
    const MessageBytes name = attributes.value[IFLA_IFNAME];
    const auto* const text = reinterpret_cast<const char*>(name.data());
    if (!name.empty()) out.name.assign(text, strnlen(text, std::min<std::size_t>(name.size(), IFNAMSIZ)));
    if (out.name.empty()) return std::nullopt;
    out.mtu = attributes.number(IFLA_MTU).value_or(0);
    out.mac = attributes.mac(IFLA_ADDRESS);
    out.is_up = (head.ifi_flags & IFF_UP) != 0;
    return out;
}

std::optional<AddressFact> read_address(MessageBytes body) {
    ifaddrmsg head{};
    Attributes attributes;
    if (!read_head(body, head, attributes) || !is_ip(head.ifa_family)) return std::nullopt;
    if (head.ifa_index == 0 || head.ifa_prefixlen > bits_of(head.ifa_family)) return std::nullopt;
    AddressFact out{head.ifa_index, attributes.address(IFA_LOCAL, head.ifa_family), head.ifa_prefixlen};
    // Point to point IFA_ADDRESS is the other side, otherwise it is the address; IPv6 gives only this one.
    if (out.address.family == Family::none) out.address = attributes.address(IFA_ADDRESS, head.ifa_family);
    if (out.address.family == Family::none || out.address.is_any()) return std::nullopt;
    return out;
}

std::optional<RouteFact> read_route(MessageBytes body) {
    rtmsg head{};
    Attributes attributes;
    if (!read_head(body, head, attributes) || !is_ip(head.rtm_family)) return std::nullopt;
    const std::uint32_t table = attributes.number(RTA_TABLE).value_or(head.rtm_table);
    // Routes by source or service, and copies of a route for one destination, are the kernel's own affair.
    if (table != RT_TABLE_MAIN || head.rtm_src_len != 0 || head.rtm_tos != 0 ||
        (head.rtm_flags & RTM_F_CLONED) != 0 || head.rtm_dst_len > bits_of(head.rtm_family))
        return std::nullopt;
    RouteFact out;
    switch (head.rtm_type) {
        case RTN_UNICAST:
            break;
        case RTN_BLACKHOLE:
            out.kind = RouteFactKind::blackhole;
            break;
        case RTN_UNREACHABLE:
        case RTN_PROHIBIT:
            out.kind = RouteFactKind::unreachable;
            break;
        default:
            return std::nullopt;
    }
    out.prefix = attributes.address(RTA_DST, head.rtm_family);
    if (out.prefix.family == Family::none) {
        if (head.rtm_dst_len != 0) return std::nullopt;
        out.prefix = any_of(head.rtm_family);
    }
    out.prefix_length = head.rtm_dst_len;
    out.metric = attributes.number(RTA_PRIORITY).value_or(0);
    if (out.kind != RouteFactKind::unicast) return out;
    out.source = attributes.address(RTA_PREFSRC, head.rtm_family);
    out.gateway = attributes.address(RTA_GATEWAY, head.rtm_family);
    out.link = attributes.number(RTA_OIF).value_or(0);
    if (!attributes.value[RTA_VIA].empty()) return std::nullopt;  // A gateway of the other family.
    if (!attributes.value[RTA_MULTIPATH].empty() &&
        !take_first_way(attributes.value[RTA_MULTIPATH], head.rtm_family, out))
        return std::nullopt;
    if (out.link == 0) return std::nullopt;
    return out;
}

std::optional<NeighborFact> read_neighbor(MessageBytes body) {
    ndmsg head{};
    Attributes attributes;
    if (!read_head(body, head, attributes) || !is_ip(head.ndm_family) || head.ndm_ifindex <= 0)
        return std::nullopt;
    if ((head.ndm_state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)) ==
            0 ||
        (head.ndm_flags & NTF_PROXY) != 0)
        return std::nullopt;
    NeighborFact out{static_cast<std::uint32_t>(head.ndm_ifindex),
                     attributes.address(NDA_DST, head.ndm_family), attributes.mac(NDA_LLADDR),
                     (head.ndm_state & NUD_PERMANENT) != 0, (head.ndm_state & NUD_REACHABLE) != 0};
    // NOARP entries are the kernel's own for groups and broadcasts.
    if (out.address.family == Family::none || out.mac.is_zero() || out.mac.is_group() ||
        (head.ndm_state & NUD_NOARP) != 0)
        return std::nullopt;
    return out;
}

}  // namespace ringsock
