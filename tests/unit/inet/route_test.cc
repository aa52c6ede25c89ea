// SPDX-License-Identifier: BSD-3-Clause
#include "inet/route.h"

#include <gtest/gtest.h>

#include "inet/loopback.h"

namespace ringsock {
namespace {

Ipv4 ip(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return Ipv4::of(a, b, c, d);
}
Ipv6 ip6(std::uint16_t first, std::uint16_t last) {
    Ipv6 out;
    out.octets[0] = static_cast<std::uint8_t>(first >> 8);
    out.octets[1] = static_cast<std::uint8_t>(first & 0xff);
    out.octets[14] = static_cast<std::uint8_t>(last >> 8);
    out.octets[15] = static_cast<std::uint8_t>(last & 0xff);
    return out;
}

class RouteTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(addresses_.add({ip(10, 0, 0, 1), 24, 0}));
        ASSERT_TRUE(addresses_.add({ip(10, 0, 1, 1), 24, 1}));
        ASSERT_TRUE(addresses_.add({ip6(0xfd00, 1), 64, 0}));
    }
    HostAddresses addresses_;
    RouteTable routes_;
};

// Rule: RFC 1122 §3.3.1.2: the most specific route wins; among equals the lower metric, then the older.
TEST_F(RouteTest, LongestPrefix_Wins) {
    ASSERT_TRUE(routes_.add(
        {.prefix = ip(0, 0, 0, 0), .prefix_length = 0, .interface = 0, .gateway = ip(10, 0, 0, 254)}));
    ASSERT_TRUE(routes_.add({.prefix = ip(10, 0, 0, 0), .prefix_length = 24, .interface = 0}));
    ASSERT_TRUE(routes_.add({.prefix = ip(10, 0, 0, 128), .prefix_length = 25, .interface = 1, .metric = 9}));
    ASSERT_TRUE(routes_.add({.prefix = ip(10, 0, 0, 128), .prefix_length = 25, .interface = 0, .metric = 3}));
    EXPECT_EQ(routes_.lookup(ip(10, 0, 0, 5), addresses_).next_hop, IpAddress(ip(10, 0, 0, 5)));
    EXPECT_EQ(routes_.lookup(ip(8, 8, 8, 8), addresses_).next_hop, IpAddress(ip(10, 0, 0, 254)));
    EXPECT_EQ(routes_.lookup(ip(10, 0, 0, 200), addresses_).interface, 0);
    EXPECT_TRUE(routes_.remove(ip(10, 0, 0, 128), 25, 3));
    EXPECT_EQ(routes_.lookup(ip(10, 0, 0, 200), addresses_).interface, 1);
    EXPECT_FALSE(routes_.remove(ip(10, 0, 0, 128), 25, 3));
}

// Rule: no route is WSAENETUNREACH, a blackhole swallows with a source address to write, unreachable refuses.
TEST_F(RouteTest, Kinds_AreReported) {
    ASSERT_TRUE(routes_.add({.prefix = ip(192, 0, 2, 0), .prefix_length = 24, .kind = RouteKind::blackhole}));
    ASSERT_TRUE(
        routes_.add({.prefix = ip(203, 0, 113, 0), .prefix_length = 24, .kind = RouteKind::unreachable}));
    EXPECT_EQ(routes_.lookup(ip(198, 51, 100, 1), addresses_).kind, RouteKind::none);
    const Route swallowed = routes_.lookup(ip(192, 0, 2, 7), addresses_);
    EXPECT_EQ(swallowed.kind, RouteKind::blackhole);
    EXPECT_EQ(swallowed.source, IpAddress(ip(10, 0, 0, 1)));
    EXPECT_EQ(routes_.lookup(ip(203, 0, 113, 9), addresses_).kind, RouteKind::unreachable);
    EXPECT_EQ(routes_.lookup(ip(192, 0, 2, 7), HostAddresses{}).source, IpAddress(ip(127, 0, 0, 1)));
    EXPECT_EQ(routes_.lookup(IpAddress{}, addresses_).kind, RouteKind::none);
}

// Rule: RFC 1122 §3.3.4.3: the source address fits the interface and, where possible, the next hop's subnet.
TEST_F(RouteTest, Source_FitsInterfaceAndSubnet) {
    ASSERT_TRUE(addresses_.add({ip(172, 16, 0, 1), 16, 1}));
    ASSERT_TRUE(routes_.add(
        {.prefix = ip(0, 0, 0, 0), .prefix_length = 0, .interface = 1, .gateway = ip(172, 16, 9, 9)}));
    ASSERT_TRUE(routes_.add(
        {.prefix = ip(9, 0, 0, 0), .prefix_length = 8, .interface = 1, .gateway = ip(1, 1, 1, 1)}));
    ASSERT_TRUE(routes_.add(
        {.prefix = ip(7, 0, 0, 0), .prefix_length = 8, .interface = 1, .source = ip(10, 0, 0, 1)}));
    EXPECT_EQ(routes_.lookup(ip(8, 8, 8, 8), addresses_).source, IpAddress(ip(172, 16, 0, 1)));
    EXPECT_EQ(routes_.lookup(ip(9, 8, 8, 8), addresses_).source, IpAddress(ip(10, 0, 1, 1)));
    EXPECT_EQ(routes_.lookup(ip(7, 8, 8, 8), addresses_).source, IpAddress(ip(10, 0, 0, 1)));
}

// Rule: D5: own addresses and loopback are local whatever the routes say, and answered from the same address.
TEST_F(RouteTest, OwnAddresses_AreLocal) {
    ASSERT_TRUE(routes_.add(
        {.prefix = ip(0, 0, 0, 0), .prefix_length = 0, .interface = 0, .gateway = ip(10, 0, 0, 254)}));
    for (const IpAddress& own :
         {IpAddress(ip(10, 0, 1, 1)), IpAddress(ip(127, 0, 0, 1)), IpAddress(ip(127, 255, 255, 254)),
          IpAddress(ip6(0, 1)), IpAddress(ip6(0xfd00, 1))}) {
        const Route route = routes_.lookup(own, addresses_);
        EXPECT_EQ(route.kind, RouteKind::local);
        EXPECT_EQ(route.source, own);
        EXPECT_TRUE(is_turned_round(addresses_, own));
    }
    EXPECT_FALSE(is_turned_round(addresses_, ip(10, 0, 1, 2)));
    EXPECT_FALSE(is_turned_round(addresses_, IpAddress{}));
    EXPECT_TRUE(may_leave_host(ip(10, 0, 0, 1), ip(8, 8, 8, 8)));
    EXPECT_FALSE(may_leave_host(ip(127, 0, 0, 1), ip(8, 8, 8, 8)));
    EXPECT_FALSE(may_leave_host(ip(10, 0, 0, 1), ip(127, 0, 0, 9)));
}

// Rule: D10: IPv6 prefixes match bit by bit, families never mix.
TEST_F(RouteTest, Ipv6_MatchesByBits) {
    ASSERT_TRUE(routes_.add({.prefix = ip6(0xfd00, 0), .prefix_length = 9, .interface = 0}));
    ASSERT_TRUE(routes_.add({.prefix = ip(0, 0, 0, 0), .prefix_length = 0, .interface = 1}));
    EXPECT_EQ(routes_.lookup(ip6(0xfd7f, 5), addresses_).interface, 0);
    EXPECT_EQ(routes_.lookup(ip6(0xfd7f, 5), addresses_).source, IpAddress(ip6(0xfd00, 1)));
    EXPECT_EQ(routes_.lookup(ip6(0xfd80, 5), addresses_).kind, RouteKind::none);
    EXPECT_TRUE(prefix_matches(ip6(1, 2), ip6(1, 2), 128));
    EXPECT_FALSE(prefix_matches(ip6(1, 2), ip6(1, 3), 128));
    EXPECT_TRUE(prefix_matches(ip6(1, 2), ip6(1, 3), 127));
    EXPECT_FALSE(prefix_matches(ip6(1, 2), ip6(1, 3), 129));
    EXPECT_FALSE(prefix_matches(ip(1, 2, 3, 4), ip6(1, 3), 0));
    EXPECT_TRUE(prefix_matches(ip(1, 2, 3, 4), ip(9, 9, 9, 9), 0));
    EXPECT_FALSE(prefix_matches(ip(1, 2, 3, 4), ip(1, 2, 3, 4), 33));
}

// Rule: what makes no sense is refused at configuration, and the table is bounded.
TEST_F(RouteTest, NonsenseAndOverflow_AreRefused) {
    EXPECT_FALSE(routes_.add({.prefix = ip(1, 0, 0, 0), .prefix_length = 33, .interface = 0}));
    EXPECT_FALSE(routes_.add({.prefix = ip(1, 0, 0, 0), .prefix_length = 8}));
    EXPECT_FALSE(routes_.add(
        {.prefix = ip(1, 0, 0, 0), .prefix_length = 8, .kind = RouteKind::local, .interface = 0}));
    EXPECT_FALSE(
        routes_.add({.prefix = ip(1, 0, 0, 0), .prefix_length = 8, .interface = 0, .gateway = ip6(1, 1)}));
    EXPECT_FALSE(routes_.add({.prefix = IpAddress{}, .interface = 0}));
    for (std::size_t i = 0; i < RouteTable::kMax; ++i)
        EXPECT_TRUE(routes_.add(
            {.prefix = Ipv4{static_cast<std::uint32_t>(i) << 24}, .prefix_length = 8, .interface = 0}));
    EXPECT_FALSE(routes_.add({.prefix = ip(99, 0, 0, 0), .prefix_length = 8, .interface = 0}));
}

// Rule: RFC 1122 §3.3.6 and RFC 3021: what is a broadcast on which interface.
TEST_F(RouteTest, Broadcasts_AreKnownPerInterface) {
    EXPECT_TRUE(addresses_.is_broadcast(ip(255, 255, 255, 255), 7));
    EXPECT_TRUE(addresses_.is_broadcast(ip(10, 0, 0, 255), 0));
    EXPECT_TRUE(addresses_.is_broadcast(ip(10, 0, 0, 0), 0));
    EXPECT_FALSE(addresses_.is_broadcast(ip(10, 0, 0, 255), 1));
    EXPECT_TRUE(addresses_.is_broadcast_anywhere(ip(10, 0, 1, 255)));
    EXPECT_FALSE(addresses_.is_broadcast_anywhere(ip(10, 0, 2, 255)));
    ASSERT_TRUE(addresses_.add({ip(10, 9, 0, 0), 31, 2}));
    EXPECT_FALSE(addresses_.is_broadcast(ip(10, 9, 0, 1), 2));
}

// Rule: only unicast addresses can be the host's, once each.
TEST_F(RouteTest, HostAddresses_RefuseWhatIsNoHost) {
    EXPECT_FALSE(addresses_.add({ip(10, 0, 0, 1), 24, 1}));
    EXPECT_FALSE(addresses_.add({ip(224, 0, 0, 1), 24, 1}));
    EXPECT_FALSE(addresses_.add({ip(255, 255, 255, 255), 24, 1}));
    EXPECT_FALSE(addresses_.add({ip(0, 0, 0, 0), 24, 1}));
    EXPECT_FALSE(addresses_.add({ip(10, 5, 0, 255), 24, 1}));
    EXPECT_FALSE(addresses_.add({ip(10, 5, 0, 1), 33, 1}));
    EXPECT_FALSE(addresses_.add({ip(10, 5, 0, 1), 24, kNoInterface}));
    EXPECT_FALSE(addresses_.add({IpAddress{}, 24, 1}));
    EXPECT_EQ(addresses_.count(), 3u);
    EXPECT_FALSE(addresses_.is_local(ip(10, 0, 0, 2)));
    EXPECT_FALSE(addresses_.is_local(IpAddress{}));
}

}  // namespace
}  // namespace ringsock
