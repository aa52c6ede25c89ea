// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <set>

#include "inet/ipv4_input.h"
#include "inet/ipv4_output.h"

namespace ringsock {
namespace {

using Verdict = Ipv4Verdict;

Ipv4 ip(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return Ipv4::of(a, b, c, d);
}

class Ipv4InputTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(addresses_.add({ip(10, 0, 0, 1), 24, 0}));
        ASSERT_TRUE(addresses_.add({ip(10, 0, 1, 1), 24, 1}));
    }
    Verdict judge(Ipv4 source, Ipv4 destination, bool group = false, bool turned = false) {
        return judge_ipv4_arrival(addresses_, {source, destination, 0, group, turned});
    }
    HostAddresses addresses_;
    const Ipv4 us_ = ip(10, 0, 0, 1), peer_ = ip(10, 0, 0, 2);
};

// Rule: RFC 1122 §3.2.1.3: what is ours is delivered, on any interface; what is somebody else's is not
// forwarded.
TEST_F(Ipv4InputTest, Destination_DecidesDelivery) {
    EXPECT_EQ(judge(peer_, us_), Verdict::to_us);
    EXPECT_EQ(judge(peer_, ip(10, 0, 1, 1)), Verdict::to_us);
    EXPECT_EQ(judge(peer_, ip(10, 0, 0, 3)), Verdict::not_ours);
    EXPECT_EQ(judge(peer_, ip(10, 0, 0, 255)), Verdict::to_broadcast);
    EXPECT_EQ(judge(peer_, ip(255, 255, 255, 255), true), Verdict::to_broadcast);
    EXPECT_EQ(judge(peer_, ip(10, 0, 1, 255)), Verdict::not_ours);  // The other interface's subnet.
    EXPECT_EQ(judge(peer_, ip(224, 0, 0, 1), true), Verdict::to_multicast);
    EXPECT_EQ(judge(peer_, ip(127, 0, 0, 1)), Verdict::destination_invalid);
    EXPECT_EQ(judge(peer_, ip(0, 0, 0, 0)), Verdict::destination_invalid);
    EXPECT_EQ(judge(peer_, ip(250, 0, 0, 1)), Verdict::destination_invalid);
}

// Rule: RFC 9293 §3.9.2.3: TCP takes unicast only (MUST-57) and from valid sources only (MUST-63).
TEST_F(Ipv4InputTest, Tcp_IsUnicastFromAHostOnly) {
    EXPECT_TRUE(may_be_tcp(judge(peer_, us_)));
    for (const Ipv4 destination :
         {ip(10, 0, 0, 255), ip(255, 255, 255, 255), ip(224, 0, 0, 5), ip(10, 0, 0, 9)})
        EXPECT_FALSE(may_be_tcp(judge(peer_, destination)));
    for (const Ipv4 source : {ip(255, 255, 255, 255), ip(10, 0, 0, 255), ip(224, 1, 1, 1), ip(240, 0, 0, 1),
                              ip(0, 0, 0, 0), ip(0, 1, 2, 3), ip(127, 0, 0, 1)}) {
        EXPECT_EQ(judge(source, us_), Verdict::source_invalid) << source.value;
        EXPECT_FALSE(is_delivered(judge(source, us_)));
    }
    EXPECT_FALSE(may_be_answered(judge(peer_, ip(10, 0, 0, 255))));
    EXPECT_TRUE(is_delivered(judge(peer_, ip(10, 0, 0, 255))));
}

// Rule: our own address can not come from a wire, and loopback addresses only from inside (D5).
TEST_F(Ipv4InputTest, OwnAndLoopbackSources_AreInsideOnly) {
    EXPECT_EQ(judge(us_, us_), Verdict::source_is_ours);
    EXPECT_EQ(judge(ip(10, 0, 1, 1), us_), Verdict::source_is_ours);
    EXPECT_EQ(judge(us_, us_, false, true), Verdict::to_us);
    EXPECT_EQ(judge(ip(127, 0, 0, 1), ip(127, 0, 0, 1), false, true), Verdict::to_us);
    EXPECT_EQ(judge(ip(127, 0, 0, 1), us_, false, true), Verdict::to_us);
    EXPECT_EQ(judge(ip(224, 0, 0, 1), us_, false, true), Verdict::source_invalid);
}

// Rule: RFC 1122 §3.3.6: a unicast datagram in a link-layer broadcast is discarded silently.
TEST_F(Ipv4InputTest, UnicastInLinkBroadcast_IsDropped) {
    EXPECT_EQ(judge(peer_, us_, true), Verdict::link_broadcast_unicast);
    EXPECT_EQ(judge(peer_, ip(10, 0, 0, 3), true), Verdict::link_broadcast_unicast);
    EXPECT_FALSE(may_be_tcp(judge(peer_, us_, true)));
}

// Rule: MUST-46 and the connect error table: what an application may name as destination.
TEST_F(Ipv4InputTest, Destinations_AreClassified) {
    using Kind = Ipv4DestinationKind;
    EXPECT_EQ(classify_destination(addresses_, ip(0, 0, 0, 0)), Kind::unspecified);
    EXPECT_EQ(classify_destination(addresses_, ip(0, 0, 0, 1)), Kind::invalid);
    EXPECT_EQ(classify_destination(addresses_, ip(127, 1, 2, 3)), Kind::local);
    EXPECT_EQ(classify_destination(addresses_, us_), Kind::local);
    EXPECT_EQ(classify_destination(addresses_, peer_), Kind::unicast);
    EXPECT_EQ(classify_destination(addresses_, ip(10, 0, 1, 255)), Kind::broadcast);
    EXPECT_EQ(classify_destination(addresses_, ip(255, 255, 255, 255)), Kind::broadcast);
    EXPECT_EQ(classify_destination(addresses_, ip(239, 1, 1, 1)), Kind::multicast);
    EXPECT_EQ(classify_destination(addresses_, ip(241, 1, 1, 1)), Kind::invalid);
}

TEST(Ipv4Verdict, Names_AreAllThere) {
    for (int i = 0; i < static_cast<int>(Verdict::count_); ++i)
        EXPECT_STRNE(name_of(static_cast<Verdict>(i)), "unknown");
    EXPECT_STREQ(name_of(Verdict::count_), "unknown");
}

// Rule: RFC 6864 §4.1: atomic datagrams have DF and may have identification 0.
TEST(Ipv4Output, AtomicDatagram_HasDontFragmentAndZeroId) {
    EXPECT_TRUE(atomic_datagram().dont_fragment);
    EXPECT_EQ(atomic_datagram().id, 0);
    EXPECT_EQ(ttl_or_default(0), 64);
    EXPECT_EQ(ttl_or_default(3), 3);
}

// Rule: RFC 6864 §4.2: no repetition within a datagram's life: 65536 datagrams to one peer have 65536 values.
TEST(Ipv4Output, FragmentableDatagrams_DoNotRepeatTheirId) {
    IdCounters counters(SipKey{1, 2});
    std::set<std::uint16_t> seen;
    for (int i = 0; i < 65536; ++i) {
        const auto fields = fragmentable_datagram(counters, ip(10, 0, 0, 1), ip(10, 0, 0, 2), 17);
        EXPECT_FALSE(fields.dont_fragment);
        seen.insert(fields.id);
    }
    EXPECT_EQ(seen.size(), 65536u);
}

// Rule: identifications do not tell one peer about another: peers count separately (nearly all of them).
TEST(Ipv4Output, Peers_HaveTheirOwnCounters) {
    IdCounters counters(SipKey{1, 2});
    int disturbed = 0;
    for (std::uint8_t i = 10; i < 60; ++i) {
        const std::uint16_t before = counters.next(ip(10, 0, 0, 1), ip(10, 0, 0, 2), 17);
        (void)counters.next(ip(10, 0, 0, 1), ip(10, 0, 0, i), 17);
        const std::uint16_t after = counters.next(ip(10, 0, 0, 1), ip(10, 0, 0, 2), 17);
        disturbed += static_cast<std::uint16_t>(after - before) != 1 ? 1 : 0;
    }
    EXPECT_LE(disturbed, 3);
}

}  // namespace
}  // namespace ringsock
