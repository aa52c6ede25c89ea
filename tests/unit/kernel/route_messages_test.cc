// SPDX-License-Identifier: BSD-3-Clause
// rtnetlink(7) messages -> facts: what the kernel says is understood, and nothing it could say, or a broken
// one, reads past an end.
#include "kernel/route_messages.h"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernel/netlink.h"

namespace ringsock {
namespace {

using Bytes = std::vector<std::byte>;

template <typename T>
void append(Bytes& out, const T& value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    out.insert(out.end(), from, from + sizeof value);
    out.resize((out.size() + 3) & ~std::size_t{3});
}

void attribute(Bytes& out, std::uint16_t type, const void* value, std::size_t length) {
    append(out, rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + length), type});
    const auto* from = static_cast<const std::byte*>(value);
    out.insert(out.end(), from, from + length);
    out.resize((out.size() + 3) & ~std::size_t{3});
}
void number(Bytes& out, std::uint16_t type, std::uint32_t value) {
    attribute(out, type, &value, sizeof value);
}
void ipv4(Bytes& out, std::uint16_t type, Ipv4 address) {
    std::byte bytes[4];
    store_be(bytes, address.value);
    attribute(out, type, bytes, sizeof bytes);
}

Bytes route_to(Ipv4 prefix, unsigned length, std::uint8_t type = RTN_UNICAST,
               std::uint8_t table = RT_TABLE_MAIN) {
    Bytes out;
    rtmsg head{};
    head.rtm_family = AF_INET;
    head.rtm_dst_len = static_cast<std::uint8_t>(length);
    head.rtm_type = type;
    head.rtm_table = table;
    append(out, head);
    if (length != 0) ipv4(out, RTA_DST, prefix);
    return out;
}

TEST(RouteMessages, ARouteThroughAGateway_IsUnderstood) {
    Bytes body = route_to(Ipv4::of(10, 9, 0, 0), 16);
    ipv4(body, RTA_GATEWAY, Ipv4::of(10, 0, 0, 254));
    ipv4(body, RTA_PREFSRC, Ipv4::of(10, 0, 0, 1));
    number(body, RTA_OIF, 3);
    number(body, RTA_PRIORITY, 100);
    const auto route = read_route(body);
    ASSERT_TRUE(route);
    EXPECT_EQ(*route, (RouteFact{RouteFactKind::unicast, 3, IpAddress(Ipv4::of(10, 9, 0, 0)), 16,
                                 IpAddress(Ipv4::of(10, 0, 0, 254)), IpAddress(Ipv4::of(10, 0, 0, 1)), 100}));
}

TEST(RouteMessages, TheDefaultRoute_HasThePrefixOfNothing) {
    Bytes body = route_to(Ipv4{}, 0);
    number(body, RTA_OIF, 3);
    const auto route = read_route(body);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->prefix, IpAddress(Ipv4{}));
    EXPECT_EQ(route->prefix_length, 0);
}

TEST(RouteMessages, BlackholesAndProhibitions_NeedNoInterface) {
    EXPECT_EQ(read_route(route_to(Ipv4::of(10, 9, 0, 0), 16, RTN_BLACKHOLE))->kind, RouteFactKind::blackhole);
    EXPECT_EQ(read_route(route_to(Ipv4::of(10, 9, 0, 0), 16, RTN_PROHIBIT))->kind,
              RouteFactKind::unreachable);
}

TEST(RouteMessages, OtherTablesLocalRoutesAndUnicastWithoutInterface_AreNothingForUs) {
    EXPECT_FALSE(read_route(route_to(Ipv4::of(10, 0, 0, 1), 32, RTN_LOCAL)));
    EXPECT_FALSE(read_route(route_to(Ipv4::of(10, 9, 0, 0), 16, RTN_BLACKHOLE, RT_TABLE_LOCAL)));
    EXPECT_FALSE(read_route(route_to(Ipv4::of(10, 9, 0, 0), 16)));
    Bytes by_table = route_to(Ipv4::of(10, 9, 0, 0), 16, RTN_BLACKHOLE);
    number(by_table, RTA_TABLE, 1000);
    EXPECT_FALSE(read_route(by_table));
    EXPECT_FALSE(read_route(route_to(Ipv4::of(10, 9, 0, 0), 33, RTN_BLACKHOLE)));
}

TEST(RouteMessages, OfSeveralWays_TheFirstIsTaken) {
    Bytes ways;
    for (const int index : {5, 6}) {
        Bytes one;
        ipv4(one, RTA_GATEWAY, Ipv4::of(10, 0, 0, static_cast<std::uint8_t>(index)));
        rtnexthop way{};
        way.rtnh_len = static_cast<std::uint16_t>(sizeof way + one.size());
        way.rtnh_ifindex = index;
        append(ways, way);
        ways.insert(ways.end(), one.begin(), one.end());
    }
    Bytes body = route_to(Ipv4::of(10, 9, 0, 0), 16);
    attribute(body, RTA_MULTIPATH, ways.data(), ways.size());
    const auto route = read_route(body);
    ASSERT_TRUE(route);
    EXPECT_EQ(route->link, 5u);
    EXPECT_EQ(route->gateway, IpAddress(Ipv4::of(10, 0, 0, 5)));
}

TEST(RouteMessages, AnAddressPointToPoint_IsTheLocalOne) {
    Bytes body;
    ifaddrmsg head{};
    head.ifa_family = AF_INET;
    head.ifa_prefixlen = 32;
    head.ifa_index = 4;
    append(body, head);
    ipv4(body, IFA_ADDRESS, Ipv4::of(10, 0, 0, 2));
    ipv4(body, IFA_LOCAL, Ipv4::of(10, 0, 0, 1));
    EXPECT_EQ(read_address(body), (AddressFact{4, IpAddress(Ipv4::of(10, 0, 0, 1)), 32}));
}

Bytes neighbor(std::uint16_t state, bool with_mac = true) {
    Bytes body;
    ndmsg head{};
    head.ndm_family = AF_INET;
    head.ndm_ifindex = 4;
    head.ndm_state = state;
    append(body, head);
    ipv4(body, NDA_DST, Ipv4::of(10, 0, 0, 9));
    const MacAddress mac{{2, 0, 0, 0, 0, 9}};
    if (with_mac) attribute(body, NDA_LLADDR, mac.octets.data(), mac.octets.size());
    return body;
}

TEST(RouteMessages, Neighbors_CountWhileTheirLinkAddressIsKnown) {
    const NeighborFact known{4, IpAddress(Ipv4::of(10, 0, 0, 9)), MacAddress{{2, 0, 0, 0, 0, 9}}, false,
                             true};
    EXPECT_EQ(read_neighbor(neighbor(NUD_REACHABLE)), known);
    EXPECT_TRUE(read_neighbor(neighbor(NUD_PERMANENT))->is_permanent);
    EXPECT_FALSE(read_neighbor(neighbor(NUD_STALE))->is_fresh);
    EXPECT_FALSE(read_neighbor(neighbor(NUD_FAILED)));
    EXPECT_FALSE(read_neighbor(neighbor(NUD_INCOMPLETE, false)));
    EXPECT_FALSE(read_neighbor(neighbor(NUD_REACHABLE, false)));
    EXPECT_FALSE(read_neighbor(neighbor(NUD_NOARP)));
}

TEST(RouteMessages, ALinksName_EndsAtItsZeroOrAtItsAttribute) {
    Bytes body;
    ifinfomsg head{};
    head.ifi_index = 7;
    head.ifi_flags = IFF_UP;
    append(body, head);
    attribute(body, IFLA_IFNAME, "eth7", 4);
    number(body, IFLA_MTU, 1400);
    const auto link = read_link(body);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->name, "eth7");
    EXPECT_EQ(link->mtu, 1400u);
    EXPECT_TRUE(link->is_up);
}

// Heap blocks of the exact length: ASan sees a byte too far.
void read_all(const Bytes& bytes) {
    const auto block = std::make_unique<std::byte[]>(bytes.size());
    if (!bytes.empty()) std::memcpy(block.get(), bytes.data(), bytes.size());
    const MessageBytes body{block.get(), bytes.size()};
    if (const auto a = read_address(body)) {
        EXPECT_LE(a->prefix_length, 128);
    }
    if (const auto r = read_route(body)) {
        EXPECT_LE(r->prefix_length, 128);
    }
    if (const auto n = read_neighbor(body)) {
        EXPECT_FALSE(n->mac.is_group());
    }
    if (const auto l = read_link(body)) {
        EXPECT_LE(l->name.size(), std::size_t{IFNAMSIZ});
    }
    MessageBytes rest = body;
    std::size_t before = rest.size() + 1;
    while (take_message(rest)) {
        ASSERT_LT(rest.size(), before);
        before = rest.size();
    }
}

TEST(RouteMessages, CutChangedOrRandomBytes_AreNeverReadPastTheirEnd) {
    std::mt19937 random(11);
    Bytes route = route_to(Ipv4::of(10, 9, 0, 0), 16);
    ipv4(route, RTA_GATEWAY, Ipv4::of(10, 0, 0, 254));
    number(route, RTA_OIF, 3);
    Bytes ways = route;
    attribute(ways, RTA_MULTIPATH, route.data(), route.size());
    for (const Bytes& seed : {route, ways, neighbor(NUD_REACHABLE), Bytes(96)}) {
        for (std::size_t length = 0; length <= seed.size(); ++length)
            read_all(Bytes(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)));
        for (int round = 0; round < 30000; ++round) {
            Bytes changed = seed;
            for (int n = 0; n < 4; ++n) changed[random() % changed.size()] = static_cast<std::byte>(random());
            read_all(changed);
        }
    }
}

// The kernel itself: loopback is there, up, and has its address.
TEST(Netlink, Dumps_TellOfTheLoopback) {
    Netlink tables;
    ASSERT_EQ(tables.open(0), 0);
    std::uint32_t loopback = 0;
    ASSERT_EQ(tables.dump(RTM_GETLINK, AF_UNSPEC,
                          [&](const RouteMessage& message) {
                              const auto link = read_link(message.body);
                              if (link && link->name == "lo") loopback = link->index;
                          }),
              0);
    EXPECT_EQ(loopback, 1u);
    for (const std::uint16_t table : {RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH})
        EXPECT_EQ(tables.dump(table, AF_INET, [](const RouteMessage&) {}), 0) << table;
}

}  // namespace
}  // namespace ringsock
