// SPDX-License-Identifier: BSD-3-Clause
#include "inet/local_ports.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace ringsock {
namespace {

constexpr Ipv4 kOne = Ipv4::of(10, 0, 0, 1), kTwo = Ipv4::of(10, 0, 0, 2);

BindClaim claim(Ipv4 address, std::uint16_t port, BindSharing sharing = BindSharing::none,
                PortSpace space = PortSpace::tcp) {
    return {address, Port{port}, space, sharing};
}

// Rule: the table of the Winsock page "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" (one user account, Windows
// Server 2003 and later), cell by cell as the page prints it: I = INUSE, A = ACCESS, S = Success.
TEST(JudgeBind, PublishedTable_IsMetCellByCell) {
    // Columns: Default, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE; wildcard and specific each.
    const std::string rows[6] = {
        "ISASIS",  // Default, wildcard
        "SISAII",  // Default, specific
        "ISSSIS",  // SO_REUSEADDR, wildcard
        "SISSII",  // SO_REUSEADDR, specific
        "IAAAIA",  // SO_EXCLUSIVEADDRUSE, wildcard
        "SISAII",  // SO_EXCLUSIVEADDRUSE, specific
    };
    const auto side = [](std::size_t i) {
        return claim(i % 2 == 0 ? Ipv4{} : kOne, 80, static_cast<BindSharing>(i / 2));
    };
    for (std::size_t first = 0; first < 6; ++first)
        for (std::size_t second = 0; second < 6; ++second) {
            const char cell = rows[first][second];
            const BindVerdict expected = cell == 'S'   ? BindVerdict::ok
                                         : cell == 'I' ? BindVerdict::in_use
                                                       : BindVerdict::denied;
            EXPECT_EQ(judge_bind(side(first), side(second)), expected) << first << "," << second;
        }
}

// Rule: the same page: two explicit addresses do not conflict; nor do other ports, transports and families.
TEST(JudgeBind, DifferentPlaces_NeverConflict) {
    const BindClaim first = claim(kOne, 5150, BindSharing::exclusive);
    EXPECT_EQ(judge_bind(first, claim(kTwo, 5150)), BindVerdict::ok);
    EXPECT_EQ(judge_bind(first, claim(kTwo, 5150, BindSharing::exclusive)), BindVerdict::ok);
    EXPECT_EQ(judge_bind(first, claim(kOne, 5151)), BindVerdict::ok);
    EXPECT_EQ(judge_bind(first, claim(kOne, 5150, BindSharing::none, PortSpace::udp)), BindVerdict::ok);
    EXPECT_EQ(judge_bind(claim(Ipv4{}, 5150, BindSharing::exclusive), {Ipv6{}, Port{5150}}), BindVerdict::ok);
}

// Rule: what is bound conflicts; what was unbound does not; a full table says so.
TEST(LocalPorts, BindUnbind_RoundTrip) {
    LocalPorts ports(2);
    ASSERT_TRUE(ports.ok());
    const auto a = ports.bind(claim(Ipv4{}, 80), 11);
    ASSERT_EQ(a.verdict, BindVerdict::ok);
    EXPECT_EQ(ports.bind(claim(Ipv4{}, 80), 12).verdict, BindVerdict::in_use);
    EXPECT_EQ(ports.bind(claim(Ipv4{}, 80, BindSharing::reuse), 12).verdict, BindVerdict::denied);
    const auto b = ports.bind(claim(kOne, 80), 13);
    ASSERT_EQ(b.verdict, BindVerdict::ok);
    EXPECT_EQ(ports.bind(claim(kOne, 81), 14).verdict, BindVerdict::no_room);
    EXPECT_TRUE(ports.is_bound(PortSpace::tcp, Port{80}));
    EXPECT_FALSE(ports.is_bound(PortSpace::udp, Port{80}));
    ports.unbind(a.handle);
    EXPECT_EQ(ports.find(PortSpace::tcp, kTwo, Port{80}), LocalPorts::kNone);
    EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{80}), 13u);
    EXPECT_EQ(ports.bind(claim(Ipv4{}, 80), 15).verdict, BindVerdict::ok);
    ports.unbind(b.handle);
    EXPECT_EQ(ports.count(), 1u);
}

// Rule: an arrival goes to the explicit address first, then to the wildcard of its family; among equals to
// the oldest.
TEST(LocalPorts, Find_PrefersExplicitThenOldest) {
    LocalPorts ports(10);
    (void)ports.bind(claim(Ipv4{}, 80, BindSharing::reuse), 1);
    (void)ports.bind(claim(Ipv4{}, 80, BindSharing::reuse), 2);
    const auto explicit_one = ports.bind(claim(kOne, 80), 3);
    ASSERT_EQ(ports.bind({Ipv6{}, Port{80}}, 4).verdict, BindVerdict::ok);
    EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{80}), 3u);
    EXPECT_EQ(ports.find(PortSpace::tcp, kTwo, Port{80}), 1u);
    EXPECT_EQ(ports.find(PortSpace::tcp, Ipv6{{1}}, Port{80}), 4u);
    EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{81}), LocalPorts::kNone);
    EXPECT_EQ(ports.find(PortSpace::udp, kOne, Port{80}), LocalPorts::kNone);
    ports.unbind(explicit_one.handle);
    EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{80}), 1u);
}

// Rule: ports that share a bucket of the table are still told apart.
TEST(LocalPorts, PortsOfOneBucket_AreToldApart) {
    LocalPorts ports(40);
    std::vector<std::uint32_t> handles;
    for (std::uint16_t i = 0; i < 15; ++i)
        handles.push_back(ports.bind(claim(kOne, static_cast<std::uint16_t>(100 + i * 4096)), i).handle);
    for (std::uint16_t i = 0; i < 15; ++i)
        EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{static_cast<std::uint16_t>(100 + i * 4096)}), i);
    for (std::size_t i = 0; i < handles.size(); i += 2) ports.unbind(handles[i]);
    for (std::uint16_t i = 0; i < 15; ++i)
        EXPECT_EQ(ports.find(PortSpace::tcp, kOne, Port{static_cast<std::uint16_t>(100 + i * 4096)}),
                  i % 2 == 0 ? LocalPorts::kNone : i);
}

// Rule: bind() with port 0 gets a port nothing of that transport is bound to; the search is bounded.
TEST(LocalPorts, Choose_FindsAnUnboundPortOrSaysNone) {
    LocalPorts ports(3000);
    const PortRange range{Port{50000}, Port{50002}};
    EXPECT_EQ(ports.choose(PortSpace::udp, range, 0), Port{50000});
    EXPECT_EQ(ports.choose(PortSpace::udp, range, UINT32_MAX), Port{50002});
    (void)ports.bind(claim(kOne, 50002, BindSharing::reuse, PortSpace::udp), 1);
    EXPECT_EQ(ports.choose(PortSpace::udp, range, UINT32_MAX), Port{50000});
    (void)ports.bind(claim(kOne, 50000, BindSharing::none, PortSpace::udp), 1);
    (void)ports.bind(claim(kOne, 50001, BindSharing::none, PortSpace::udp), 1);
    EXPECT_FALSE(ports.choose(PortSpace::udp, range, 12345));
    EXPECT_TRUE(ports.choose(PortSpace::tcp, range, 12345));
    for (std::uint16_t p = 20000; p < 22000; ++p) (void)ports.bind(claim(kOne, p), 1);
    EXPECT_FALSE(ports.choose(PortSpace::tcp, {Port{20000}, Port{22500}}, 0));  // Bound: kMaxProbes.
}

}  // namespace
}  // namespace ringsock
