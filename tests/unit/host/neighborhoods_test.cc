// SPDX-License-Identifier: BSD-3-Clause
// The file and the kernel's tables together: which addresses and routes an engine gets, and what counts as
// news (runtime/kernel/README.md).
#include "host/neighborhoods.h"

#include <gtest/gtest.h>

namespace ringsock {
namespace {

constexpr std::uint32_t kTap = 7, kOther = 8;
const IpAddress kMine(Ipv4::of(10, 0, 0, 1)), kTheirs(Ipv4::of(10, 0, 0, 2)),
    kGateway(Ipv4::of(10, 0, 0, 254));

Prefix with_length(const IpAddress& address, std::uint8_t length = 24) {
    return {address, length};
}

struct World {
    World() {
        host.name = "h";
        InterfaceConfig i;
        i.device = "net_null0";
        i.kernel = i.follow = "rsx0";
        host.interfaces.push_back(i);
        tables.links = {{kTap, "rsx0", 1400, {}, true}, {kOther, "eth9", 1500, {}, true}};
        tables.addresses = {{kTap, kTheirs, 24}, {kOther, IpAddress(Ipv4::of(10, 5, 0, 1)), 24}};
        tables.routes = {{RouteFactKind::unicast, kTap, IpAddress(Ipv4::of(10, 0, 0, 0)), 24, {}, kTheirs, 0},
                         {RouteFactKind::unicast, kTap, IpAddress(Ipv4{}), 0, kGateway, {}, 100},
                         {RouteFactKind::unicast, kOther, IpAddress(Ipv4::of(10, 5, 0, 0)), 24, {}, {}, 0},
                         {RouteFactKind::blackhole, 0, IpAddress(Ipv4::of(192, 0, 2, 0)), 24, {}, {}, 0}};
        tables.neighbors = {
            {kTap, kGateway, MacAddress{{2, 0, 0, 0, 0, 9}}, true, false},
            {kOther, IpAddress(Ipv4::of(10, 5, 0, 9)), MacAddress{{2, 0, 0, 0, 0, 8}}, false, true}};
    }
    NeighborhoodFacts make() const {
        auto made = make_neighborhood(host, tables);
        EXPECT_TRUE(made.ok());
        return std::move(made).value();
    }
    HostConfig host;
    KernelTables tables;
};

TEST(Neighborhoods, AFollowedInterface_BringsItsAddressesRoutesAndNeighboursOnly) {
    World world;
    const NeighborhoodFacts facts = world.make();
    ASSERT_EQ(facts.value.addresses.count(), 1u);
    EXPECT_TRUE(facts.value.addresses.is_local(Ipv4::of(10, 0, 0, 2)));
    EXPECT_TRUE(facts.value.addresses.is_shared(Ipv4::of(10, 0, 0, 2)));
    EXPECT_EQ(facts.value.routes.count(), 3u);
    const auto& addresses = facts.value.addresses;
    const Route far = facts.value.routes.lookup(IpAddress(Ipv4::of(198, 51, 100, 1)), addresses);
    EXPECT_EQ(far.next_hop, kGateway);
    EXPECT_EQ(far.interface, 1);
    EXPECT_EQ(facts.value.routes.lookup(IpAddress(Ipv4::of(192, 0, 2, 5)), addresses).kind,
              RouteKind::blackhole);
    EXPECT_EQ(facts.value.routes.lookup(IpAddress(Ipv4::of(10, 5, 0, 9)), addresses).next_hop, kGateway);
    ASSERT_EQ(facts.neighbors.size(), 1u);
    EXPECT_TRUE(facts.neighbors[0].is_permanent);
    EXPECT_EQ(facts.value.links[1], (Neighborhood::Link{1400, true}));
    EXPECT_TRUE(facts.value.follows[1]);
    EXPECT_EQ(facts.left_out, 0u);
}

TEST(Neighborhoods, AddressesOfTheFile_KeepTheKernelsOut) {
    World world;
    world.host.interfaces[0].addresses = {with_length(kMine)};
    const NeighborhoodFacts facts = world.make();
    ASSERT_EQ(facts.value.addresses.count(), 1u);
    EXPECT_TRUE(facts.value.addresses.is_local(Ipv4::of(10, 0, 0, 1)));
    EXPECT_FALSE(facts.value.addresses.is_shared(Ipv4::of(10, 0, 0, 1)));
    EXPECT_EQ(facts.value.routes.count(), 4u) << "its own network, and what is followed";
}

TEST(Neighborhoods, AnAddressOnTheTap_IsSharedWhileItStandsThere) {
    World world;
    world.host.interfaces[0].follow.clear();
    world.host.interfaces[0].addresses = {with_length(kMine), with_length(kTheirs)};
    NeighborhoodFacts facts = world.make();
    EXPECT_FALSE(facts.value.addresses.is_shared(Ipv4::of(10, 0, 0, 1)));
    EXPECT_TRUE(facts.value.addresses.is_shared(Ipv4::of(10, 0, 0, 2)));
    world.tables.addresses.clear();
    const NeighborhoodFacts later = world.make();
    EXPECT_FALSE(later.value.addresses.is_shared(Ipv4::of(10, 0, 0, 2)));
    EXPECT_FALSE(have_equal_ways(facts.value, later.value));
    EXPECT_EQ(later.neighbors.size(), 0u) << "nothing is followed";
}

TEST(Neighborhoods, WithoutATap_NothingIsShared) {
    World world;
    world.host.interfaces[0].kernel.clear();
    EXPECT_FALSE(world.make().value.addresses.is_shared(Ipv4::of(10, 0, 0, 2)));
}

TEST(Neighborhoods, AnInterfaceThatIsGone_IsDown) {
    World world;
    world.tables.links.erase(world.tables.links.begin());
    const NeighborhoodFacts facts = world.make();
    EXPECT_FALSE(facts.value.links[1].is_up);
    EXPECT_EQ(facts.value.addresses.count(), 0u);
}

TEST(Neighborhoods, MoreThanTheTablesHold_IsCountedAndTheRestServes) {
    World world;
    for (std::uint32_t n = 0; n < 200; ++n) {
        world.tables.routes.push_back(
            {RouteFactKind::unicast, kTap, IpAddress(Ipv4{0x0b000000u + (n << 8)}), 24, kGateway, {}, 0});
        world.tables.addresses.push_back({kTap, IpAddress(Ipv4{0x0a000010u + n}), 24});
    }
    world.tables.addresses.push_back({kTap, IpAddress(Ipv4::of(224, 0, 0, 1)), 24});
    const NeighborhoodFacts facts = world.make();
    EXPECT_EQ(facts.value.routes.count(), RouteTable::kMax);
    EXPECT_EQ(facts.value.addresses.count(), HostAddresses::kMax);
    EXPECT_EQ(facts.left_out, 203 - RouteTable::kMax + 202 - HostAddresses::kMax);
}

TEST(Neighborhoods, TheSameTables_AreNoNews) {
    World world;
    const NeighborhoodFacts a = world.make();
    EXPECT_TRUE(have_equal_ways(a.value, world.make().value));
    world.tables.neighbors.clear();
    EXPECT_TRUE(have_equal_ways(a.value, world.make().value)) << "neighbours are another matter";
    world.tables.routes[1].metric = 50;
    EXPECT_FALSE(have_equal_ways(a.value, world.make().value));
    world.tables.routes[1].metric = 100;
    world.tables.links[0].mtu = 1300;
    EXPECT_FALSE(have_equal_ways(a.value, world.make().value));
}

}  // namespace
}  // namespace ringsock
