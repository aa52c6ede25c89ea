// SPDX-License-Identifier: BSD-3-Clause
#include "inet/neighbor.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringsock {
namespace {

using Kind = NeighborAction::Kind;
using Verdict = ArpOutcome::Verdict;

constexpr MacAddress kMacA{{2, 0, 0, 0, 0, 1}}, kMacB{{2, 0, 0, 0, 0, 2}};
constexpr Ipv4 kUs = Ipv4::of(10, 0, 0, 1), kPeer = Ipv4::of(10, 0, 0, 2);

class NeighborTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(addresses_.add({kUs, 24, 0})); }
    static ArpFields arp(ArpOperation operation, const MacAddress& mac, Ipv4 sender, Ipv4 target) {
        ArpFields out;
        out.operation = operation;
        out.sender_mac = mac;
        out.sender_address = sender;
        out.target_address = target;
        return out;
    }
    ArpOutcome reply(const MacAddress& mac, Ipv4 sender = kPeer, InterfaceIndex interface = 0) {
        return table_.on_arp(interface, arp(ArpOperation::reply, mac, sender, kUs), addresses_, now_);
    }
    std::vector<std::pair<Kind, std::uint32_t>> expire() {
        std::vector<std::pair<Kind, std::uint32_t>> out;
        NeighborTable::Actions actions;
        for (int call = 0; call < 1000; ++call) {
            table_.expire(now_, actions);
            for (const NeighborAction& action : actions) out.emplace_back(action.kind, action.index);
            if (actions.empty() && table_.next_deadline() > now_) break;
        }
        return out;
    }
    NeighborRef make_reachable(Ipv4 address = kPeer, const MacAddress& mac = kMacA) {
        const NeighborAnswer answer = table_.resolve(0, address, now_);
        EXPECT_TRUE(reply(mac, address).resolved);
        return answer.ref;
    }

    HostAddresses addresses_;
    NeighborTable table_{8};
    Instant now_ = Instant{1'000'000'000};
};

// Rule: RFC 826: the first use asks by broadcast, the reply makes the address usable and says who may go on.
TEST_F(NeighborTest, FirstUse_AsksAndReplyResolves) {
    const NeighborAnswer answer = table_.resolve(0, kPeer, now_);
    EXPECT_EQ(answer.action.kind, Kind::request_broadcast);
    EXPECT_FALSE(answer.is_usable);
    ASSERT_FALSE(answer.ref.is_none());
    EXPECT_EQ(table_.at(answer.action.index).address, kPeer);
    const ArpOutcome outcome = reply(kMacA);
    EXPECT_EQ(outcome.verdict, Verdict::updated);
    EXPECT_TRUE(outcome.resolved);
    EXPECT_FALSE(outcome.reply_due);
    const Neighbor* entry = table_.get(answer.ref);
    ASSERT_NE(entry, nullptr);
    EXPECT_TRUE(entry->is_usable());
    EXPECT_EQ(entry->mac, kMacA);
    const NeighborAnswer again = table_.resolve(0, kPeer, now_);
    EXPECT_EQ(again.ref, answer.ref);
    EXPECT_TRUE(again.is_usable);
    EXPECT_EQ(again.action.kind, Kind::none);
}

// Rule: RFC 1122 §2.3.2.1: no more than one request a second; after three without an answer (3 s) it fails
// once.
TEST_F(NeighborTest, NoAnswer_AsksOncePerSecondAndFailsAfterThree) {
    const NeighborAnswer answer = table_.resolve(0, kPeer, now_);
    const Instant start = now_;
    EXPECT_EQ(table_.resolve(0, kPeer, now_).action.kind,
              Kind::none);  // A second connection waits with the first.
    std::vector<std::pair<std::int64_t, Kind>> seen;
    for (std::int64_t ms = 0; ms <= 10'000; ms += 10) {
        now_ = start + Micros::from_millis(ms);
        for (const auto& [kind, index] : expire()) {
            EXPECT_EQ(index, answer.ref.index);
            seen.emplace_back(ms, kind);
        }
    }
    EXPECT_EQ(seen,
              (std::vector<std::pair<std::int64_t, Kind>>{
                  {1000, Kind::request_broadcast}, {2000, Kind::request_broadcast}, {3000, Kind::failed}}));
    EXPECT_EQ(table_.at(answer.ref.index).state, NeighborState::failed);
    EXPECT_EQ(table_.next_deadline(), Instant::never());
    EXPECT_EQ(table_.resolve(0, kPeer, now_).action.kind,
              Kind::request_broadcast);  // The next use asks anew.
    EXPECT_TRUE(reply(kMacA).resolved);
}

// Rule: a confirmation lasts 30 s; then the entry is stale, still used, and the next use asks the old MAC.
TEST_F(NeighborTest, Unconfirmed_GoesStaleThenIsProbedByUnicast) {
    const NeighborRef ref = make_reachable();
    now_ = now_ + kNeighborReachableTime - Micros{1};
    EXPECT_TRUE(expire().empty());
    EXPECT_EQ(table_.get(ref)->state, NeighborState::reachable);
    now_ = now_ + Micros{1};
    EXPECT_TRUE(expire().empty());
    EXPECT_EQ(table_.get(ref)->state, NeighborState::stale);
    EXPECT_TRUE(table_.get(ref)->is_usable());
    const NeighborAction action = table_.note_use(ref.index, now_);
    EXPECT_EQ(action.kind, Kind::request_unicast);
    EXPECT_EQ(table_.get(ref)->state, NeighborState::probing);
    EXPECT_EQ(table_.note_use(ref.index, now_).kind, Kind::none);
    const ArpOutcome outcome = reply(kMacA);
    EXPECT_FALSE(outcome.resolved);  // It was usable all the time.
    EXPECT_FALSE(outcome.mac_changed);
    EXPECT_EQ(table_.get(ref)->state, NeighborState::reachable);
}

// Rule: RFC 1122 §2.3.2.1 (3): advice from above keeps an entry reachable without a single request.
TEST_F(NeighborTest, ConfirmationFromAbove_KeepsItReachable) {
    const NeighborRef ref = make_reachable();
    for (int i = 0; i < 100; ++i) {
        now_ = now_ + Micros::from_seconds(20);
        table_.confirm(ref.index, now_);
        EXPECT_TRUE(expire().empty());
        EXPECT_EQ(table_.get(ref)->state, NeighborState::reachable);
    }
    now_ = now_ + Micros::from_seconds(31);
    EXPECT_TRUE(expire().empty());
    EXPECT_EQ(table_.get(ref)->state, NeighborState::stale);
    table_.confirm(ref.index, now_);
    EXPECT_EQ(table_.get(ref)->state, NeighborState::reachable);
}

// Rule: a neighbour that does not answer probes fails after three, and then asks by broadcast.
TEST_F(NeighborTest, SilentProbe_Fails) {
    const NeighborRef ref = make_reachable();
    now_ = now_ + Micros::from_seconds(31);
    EXPECT_TRUE(expire().empty());
    (void)table_.note_use(ref.index, now_);
    std::vector<Kind> seen;
    for (int i = 0; i < 5; ++i) {
        now_ = now_ + Micros::from_seconds(1);
        for (const auto& [kind, index] : expire()) seen.push_back(kind);
    }
    EXPECT_EQ(seen, (std::vector<Kind>{Kind::request_unicast, Kind::request_unicast, Kind::failed}));
    EXPECT_FALSE(table_.get(ref)->is_usable());
    EXPECT_EQ(table_.resolve(0, kPeer, now_).action.kind, Kind::request_broadcast);
}

// Rule: replies nobody asked for, announcements and requests for others make no entry, nor do askers from
// another network. Requests for our address are answered all the same (RFC 826).
TEST_F(NeighborTest, UnaskedArp_MakesNoEntry) {
    const Ipv4 other = Ipv4::of(10, 0, 0, 77);
    const auto asked = [&](Ipv4 sender, Ipv4 target) {
        return table_.on_arp(0, arp(ArpOperation::request, kMacA, sender, target), addresses_, now_);
    };
    EXPECT_EQ(reply(kMacA).verdict, Verdict::nothing);
    EXPECT_EQ(asked(other, other).verdict, Verdict::nothing);
    EXPECT_FALSE(asked(kPeer, other).reply_due);
    const ArpOutcome stranger = asked(Ipv4::of(192, 0, 2, 1), kUs);
    EXPECT_TRUE(stranger.reply_due);
    EXPECT_EQ(stranger.index, kNoIndex);
    EXPECT_EQ(table_.count(), 0u);
}

// Rule: RFC 826 "merge": who asks for us needs not be asked back.
TEST_F(NeighborTest, RequestForUs_TeachesTheSender) {
    const ArpOutcome outcome =
        table_.on_arp(0, arp(ArpOperation::request, kMacA, kPeer, kUs), addresses_, now_);
    EXPECT_TRUE(outcome.reply_due);
    EXPECT_EQ(outcome.verdict, Verdict::updated);
    const NeighborAnswer answer = table_.resolve(0, kPeer, now_);
    EXPECT_TRUE(answer.is_usable);
    EXPECT_EQ(answer.action.kind, Kind::none);
    EXPECT_EQ(table_.get(answer.ref)->mac, kMacA);
}

// Rule: askers take half of the table at most, and give way before a neighbour that we use.
TEST_F(NeighborTest, Askers_DoNotCrowdOut) {
    const NeighborRef used = make_reachable();
    for (std::uint8_t i = 10; i < 30; ++i)
        (void)table_.on_arp(0, arp(ArpOperation::request, kMacB, Ipv4::of(10, 0, 0, i), kUs), addresses_,
                            now_);
    EXPECT_EQ(table_.count(), 4u);
    for (std::uint8_t i = 100; i < 107; ++i) (void)make_reachable(Ipv4::of(10, 0, 0, i));
    EXPECT_NE(table_.get(used), nullptr);
    EXPECT_EQ(table_.count(), 8u);
}

// Rule: RFC 826: a request from a neighbour we are asking about answers our question.
TEST_F(NeighborTest, RequestFromTheOneWeAskAbout_Resolves) {
    (void)table_.resolve(0, kPeer, now_);
    const ArpOutcome outcome =
        table_.on_arp(0, arp(ArpOperation::request, kMacA, kPeer, kUs), addresses_, now_);
    EXPECT_TRUE(outcome.resolved);
    EXPECT_TRUE(outcome.reply_due);
}

// Rule: an announcement changes an existing entry (fail-over), but not within a second of its confirmation.
TEST_F(NeighborTest, Announcement_ChangesExistingEntryOutsideTheLockTime) {
    const NeighborRef ref = make_reachable();
    const ArpFields announcement = arp(ArpOperation::request, kMacB, kPeer, kPeer);
    EXPECT_EQ(table_.on_arp(0, announcement, addresses_, now_ + Micros{999'999}).verdict, Verdict::locked);
    EXPECT_EQ(table_.get(ref)->mac, kMacA);
    EXPECT_EQ(reply(kMacA).verdict, Verdict::updated);  // The same address again contradicts nothing.
    const ArpOutcome outcome = table_.on_arp(0, announcement, addresses_, now_ + Micros::from_seconds(1));
    EXPECT_EQ(outcome.verdict, Verdict::updated);
    EXPECT_TRUE(outcome.mac_changed);
    EXPECT_FALSE(outcome.resolved);
    EXPECT_EQ(table_.get(ref)->mac, kMacB);
    EXPECT_EQ(table_.get(ref)->generation, ref.generation);
}

// Rule: senders no host can be are malformed, and a claim on our address is a conflict (RFC 5227 §2.4).
TEST_F(NeighborTest, ImpossibleSenders_AreRejected) {
    (void)table_.resolve(0, kPeer, now_);
    EXPECT_EQ(reply(MacAddress::broadcast()).verdict, Verdict::malformed);
    EXPECT_EQ(reply(MacAddress{}).verdict, Verdict::malformed);
    EXPECT_EQ(reply(MacAddress{{1, 0, 0x5e, 0, 0, 1}}).verdict, Verdict::malformed);
    EXPECT_EQ(reply(kMacA, Ipv4::of(224, 0, 0, 1)).verdict, Verdict::malformed);
    EXPECT_EQ(reply(kMacA, Ipv4::of(127, 0, 0, 1)).verdict, Verdict::malformed);
    EXPECT_EQ(reply(kMacA, Ipv4::of(10, 0, 0, 255)).verdict, Verdict::malformed);
    EXPECT_EQ(reply(kMacA, Ipv4::of(255, 255, 255, 255)).verdict, Verdict::malformed);
    EXPECT_EQ(reply(kMacA, kUs).verdict, Verdict::conflict);
    EXPECT_EQ(
        table_.on_arp(0, arp(static_cast<ArpOperation>(9), kMacA, kPeer, kUs), addresses_, now_).verdict,
        Verdict::malformed);
    EXPECT_EQ(reply(kMacA, kPeer, 1).verdict, Verdict::nothing);  // Another interface.
    EXPECT_EQ(table_.at(0).state, NeighborState::incomplete);
}

// Rule: RFC 5227 §2.1.1: a probe (sender 0.0.0.0) for our address is answered and teaches nothing.
TEST_F(NeighborTest, Probe_IsAnswered) {
    const ArpOutcome outcome =
        table_.on_arp(0, arp(ArpOperation::request, kMacA, Ipv4{}, kUs), addresses_, now_);
    EXPECT_TRUE(outcome.reply_due);
    EXPECT_EQ(outcome.verdict, Verdict::nothing);
    EXPECT_FALSE(
        table_.on_arp(0, arp(ArpOperation::request, kMacA, kPeer, Ipv4::of(127, 0, 0, 1)), addresses_, now_)
            .reply_due);
}

// Rule: the table is bounded: the least recently resolved entry nobody waits for gives way, references to it
// go bad, and when all are waited for the answer is none.
TEST_F(NeighborTest, FullTable_EvictsOldestThatNobodyWaitsFor) {
    std::vector<NeighborRef> refs;
    for (std::uint8_t i = 0; i < 8; ++i)
        refs.push_back(make_reachable(Ipv4::of(10, 0, 0, static_cast<std::uint8_t>(10 + i))));
    (void)table_.resolve(0, Ipv4::of(10, 0, 0, 10), now_);
    std::vector<IndexLink> links(16);
    const auto link_of = [&](std::uint32_t i) -> IndexLink& { return links[i]; };
    table_.waiting(refs[1].index).push_back(0, link_of);
    const NeighborAnswer fresh = table_.resolve(0, Ipv4::of(10, 0, 0, 99), now_);
    EXPECT_EQ(fresh.ref.index, refs[2].index);  // 0 was used, 1 is waited for.
    EXPECT_EQ(table_.get(refs[2]), nullptr);
    EXPECT_NE(table_.get(refs[0]), nullptr);
    EXPECT_NE(table_.get(fresh.ref), nullptr);
    EXPECT_TRUE(table_.waiting(fresh.ref.index).empty());
    for (std::uint32_t i = 0; i < 8; ++i)
        if (i != refs[1].index) table_.waiting(i).push_back(i + 1, link_of);
    EXPECT_TRUE(table_.resolve(0, Ipv4::of(10, 0, 0, 100), now_).ref.is_none());
    EXPECT_EQ(table_.count(), 8u);
}

// Rule: configured entries are used as they are: never asked about, never changed, never evicted.
TEST_F(NeighborTest, Permanent_IsLeftAlone) {
    const NeighborRef ref = table_.add_permanent(0, kPeer, kMacA);
    EXPECT_TRUE(table_.resolve(0, kPeer, now_).is_usable);
    EXPECT_EQ(table_.resolve(0, kPeer, now_).action.kind, Kind::none);
    EXPECT_EQ(reply(kMacB).verdict, Verdict::nothing);
    now_ = now_ + Micros::from_seconds(1000);
    EXPECT_TRUE(expire().empty());
    for (std::uint8_t i = 0; i < 20; ++i)
        (void)table_.resolve(0, Ipv4::of(10, 0, 0, static_cast<std::uint8_t>(100 + i)), now_);
    ASSERT_NE(table_.get(ref), nullptr);
    EXPECT_EQ(table_.get(ref)->mac, kMacA);
    EXPECT_EQ(table_.get(ref)->state, NeighborState::permanent);
}

// Rule: one call of expire() returns a bounded number of actions; the rest follows with the next calls.
TEST(NeighborTable, ManyDeadlines_ComeInBoundedPortions) {
    NeighborTable table(100);
    const Instant start{1'000'000};
    for (std::uint8_t i = 1; i <= 100; ++i) (void)table.resolve(0, Ipv4::of(10, 0, 0, i), start);
    NeighborTable::Actions actions;
    const Instant later = start + Micros::from_seconds(1);
    EXPECT_LE(table.next_deadline(), later);
    std::vector<int> asked(100);
    for (int call = 0; call < 7; ++call) {
        EXPECT_LE(table.next_deadline(), later);
        table.expire(later, actions);
        for (const NeighborAction& action : actions) {
            EXPECT_EQ(action.kind, Kind::request_broadcast);
            ++asked[action.index];
        }
    }
    EXPECT_GT(table.next_deadline(), later);
    for (const int n : asked) EXPECT_EQ(n, 1);
}

// Rule: the same address on two interfaces is two neighbours.
TEST_F(NeighborTest, Interfaces_AreSeparate) {
    const NeighborRef zero = make_reachable();
    const NeighborAnswer one = table_.resolve(1, kPeer, now_);
    EXPECT_NE(one.ref, zero);
    EXPECT_FALSE(one.is_usable);
    EXPECT_TRUE(reply(kMacB, kPeer, 1).resolved);
    EXPECT_EQ(table_.get(zero)->mac, kMacA);
    EXPECT_EQ(table_.get(one.ref)->mac, kMacB);
    EXPECT_EQ(table_.get(NeighborRef{}), nullptr);
    EXPECT_EQ(table_.get(NeighborRef{7, 0}), nullptr);
}

// Rule: what another table knows saves our question, and lets go who waits for the answer.
TEST_F(NeighborTest, Told_ResolvesWhatWaits) {
    const NeighborAnswer asked = table_.resolve(0, kPeer, now_);
    const ArpOutcome told = table_.tell(0, kPeer, kMacA, false, true, now_);
    EXPECT_TRUE(told.resolved);
    EXPECT_EQ(told.index, asked.ref.index);
    EXPECT_EQ(table_.get(asked.ref)->mac, kMacA);
    EXPECT_EQ(table_.get(asked.ref)->state, NeighborState::reachable);
}

// Rule: what we know ourselves is not replaced by what the other side only remembers, nor within the lock
// time.
TEST_F(NeighborTest, Told_DoesNotReplaceWhatWeKnow) {
    const NeighborRef ref = make_reachable();
    EXPECT_EQ(table_.tell(0, kPeer, kMacB, false, false, now_).verdict, Verdict::nothing);
    EXPECT_EQ(table_.tell(0, kPeer, kMacB, false, true, now_).verdict, Verdict::locked);
    EXPECT_EQ(table_.get(ref)->mac, kMacA);
    now_ = now_ + Micros::from_seconds(2);
    EXPECT_TRUE(table_.tell(0, kPeer, kMacB, false, true, now_).mac_changed);
    EXPECT_EQ(table_.get(ref)->mac, kMacB);
}

// Rule: a permanent entry is believed over the network, and asked about again when it is no longer told of.
TEST_F(NeighborTest, ToldPermanent_HoldsUntilDemoted) {
    const NeighborRef ref = make_reachable();
    EXPECT_TRUE(table_.tell(0, kPeer, kMacB, true, false, now_).mac_changed);
    (void)reply(kMacA);
    EXPECT_EQ(table_.get(ref)->mac, kMacB);
    table_.demote(1, [](const Neighbor&) { return false; });
    table_.demote(0, [](const Neighbor& entry) { return entry.address == kPeer; });
    EXPECT_EQ(table_.get(ref)->state, NeighborState::permanent);
    table_.demote(0, [](const Neighbor&) { return false; });
    EXPECT_EQ(table_.get(ref)->state, NeighborState::stale);
    now_ = now_ + Micros::from_seconds(2);
    EXPECT_EQ(table_.note_use(ref.index, now_).kind, Kind::request_unicast);
    EXPECT_TRUE(reply(kMacA).mac_changed);
}

// Rule: nobody fills the table by being known to the other side; nonsense makes no entry.
TEST_F(NeighborTest, Told_FillsHalfTheTableAtMost) {
    for (std::uint32_t n = 0; n < 1000; ++n)
        (void)table_.tell(0, Ipv4{0x0a000100u + n}, kMacA, false, true, now_);
    EXPECT_LE(table_.count(), 128u);
    EXPECT_EQ(table_.tell(0, Ipv4::of(224, 0, 0, 1), kMacA, true, true, now_).verdict, Verdict::malformed);
    EXPECT_EQ(table_.tell(0, kPeer, MacAddress::broadcast(), true, true, now_).verdict, Verdict::malformed);
    EXPECT_EQ(table_.tell(0, kPeer, MacAddress{}, true, true, now_).verdict, Verdict::malformed);
}

// Rule: a renumbered entry keeps what it knows, and nobody's reference is good any more.
TEST_F(NeighborTest, Renumbered_VoidsReferencesOnly) {
    const NeighborRef ref = make_reachable();
    table_.renumber(ref.index);
    EXPECT_EQ(table_.get(ref), nullptr);
    const NeighborAnswer again = table_.resolve(0, kPeer, now_);
    EXPECT_EQ(again.ref.index, ref.index);
    EXPECT_TRUE(again.is_usable);
}

// Rule: RFC 1112 §6.4: 23 bits of the group go into the MAC.
TEST(MulticastMac, Group_MapsBy23Bits) {
    EXPECT_EQ(multicast_mac(Ipv4::of(224, 129, 2, 3)), (MacAddress{{1, 0, 0x5e, 1, 2, 3}}));
}

}  // namespace
}  // namespace ringsock
