// SPDX-License-Identifier: BSD-3-Clause
#include "inet/ports.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace ringsock {
namespace {

Destination to(std::uint32_t remote, std::uint16_t port = 80) {
    return Destination{0x0a000001u, remote, Port{port}, Family::ipv4, 0};
}
/// 32 random bits a call, as a uint32_t.
class Random32 {
  public:
    explicit Random32(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

  private:
    std::mt19937 engine_;
};
constexpr auto kNobody = [](Port) { return false; };
constexpr auto kEverybody = [](Port) { return true; };

// Rule: D2 and RFC 6056 §3.1: every choice is a free port of the range, until none is left; then nullopt at
// once.
TEST(PortSets, WholeRange_IsUsedOnceEach) {
    PortSets ports({.range = {Port{10000}, Port{65535}}});
    ASSERT_TRUE(ports.ok());
    Random32 random(1);
    std::vector<bool> seen(65536);
    for (int i = 0; i < 55536; ++i) {
        const auto port = ports.choose(to(1), 0, random(), kNobody);
        ASSERT_TRUE(port) << i;
        ASSERT_GE(port->value, 10000);
        ASSERT_FALSE(seen[port->value]);
        seen[port->value] = true;
    }
    EXPECT_EQ(ports.in_use_count(to(1)), 55536u);
    EXPECT_FALSE(ports.choose(to(1), 0, random(), kNobody));
    // The one port that comes back is the one that is found, wherever the search begins.
    for (const int number : {10000, 10001, 10047, 10048, 32767, 65535}) {
        const Port back{static_cast<std::uint16_t>(number)};
        ports.release(to(1), back);
        EXPECT_EQ(ports.choose(to(1), 0, random(), kNobody), back);
    }
}

// Rule: a port is in use per 4-tuple, never globally.
TEST(PortSets, OtherDestinations_AreIndependent) {
    PortSets ports({.range = {Port{20000}, Port{20000}}});
    EXPECT_TRUE(ports.choose(to(1, 80), 0, 0, kNobody));
    EXPECT_FALSE(ports.choose(to(1, 80), 0, 0, kNobody));
    EXPECT_TRUE(ports.choose(to(1, 81), 0, 0, kNobody));
    EXPECT_TRUE(ports.choose(to(2, 80), 0, 0, kNobody));
    Destination other_source = to(1, 80);
    other_source.local = 0x0a000009u;
    EXPECT_TRUE(ports.choose(other_source, 0, 0, kNobody));
    Destination v6 = to(1, 80);
    v6.family = Family::ipv6;
    EXPECT_TRUE(ports.choose(v6, 0, 0, kNobody));
}

// Rule: the range may begin and end anywhere in a word.
TEST(PortSets, OddRanges_AreExact) {
    for (const auto& [low, high] :
         {std::pair{1, 1}, {63, 64}, {64, 127}, {70, 75}, {65535, 65535}, {1, 65535}, {127, 320}}) {
        PortSets ports(
            {.range = {Port{static_cast<std::uint16_t>(low)}, Port{static_cast<std::uint16_t>(high)}}});
        Random32 random(2);
        std::set<std::uint16_t> seen;
        for (int i = low; i <= high; ++i) {
            const auto port = ports.choose(to(1), 0, random(), kNobody);
            ASSERT_TRUE(port);
            seen.insert(port->value);
        }
        EXPECT_FALSE(ports.choose(to(1), 0, random(), kNobody));
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(high - low + 1));
        EXPECT_EQ(*seen.begin(), low);
        EXPECT_EQ(*seen.rbegin(), high);
    }
}

// Rule: RFC 6056 §3.3.1: where the search begins follows the random number over the whole range.
TEST(PortSets, Start_FollowsTheRandomNumber) {
    PortSets ports({.range = {Port{10000}, Port{65535}}});
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{10000});
    EXPECT_EQ(ports.choose(to(1), 0, UINT32_MAX, kNobody), Port{65535});
    EXPECT_EQ(ports.choose(to(1), 0, UINT32_MAX, kNobody), Port{10001});  // Wraps, past the one in use.
    EXPECT_EQ(ports.choose(to(1), 0, 0x80000000u, kNobody), Port{10000 + 55536 / 2});
}

// Rule: reserve() takes a named port of this destination, also outside the range; choose() then avoids it.
TEST(PortSets, Reserve_TakesTheNamedPort) {
    PortSets ports({.range = {Port{20000}, Port{20001}}});
    EXPECT_TRUE(ports.reserve(to(1), 0, Port{20000}, kNobody));
    EXPECT_FALSE(ports.reserve(to(1), 0, Port{20000}, kNobody));
    EXPECT_FALSE(
        ports.reserve(to(1), 0, Port{99}, kEverybody));  // The flow table has it (an accepted connection).
    EXPECT_TRUE(ports.reserve(to(1), 0, Port{99}, kNobody));
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{20001});
    EXPECT_FALSE(ports.choose(to(1), 0, 0, kNobody));
    ports.release(to(1), Port{20000});
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{20000});
    EXPECT_EQ(ports.in_use_count(to(1)), 3u);
}

// Rule: a listener's port is not chosen for any destination while it listens; exclusions are counted.
TEST(PortSets, ExcludedPorts_AreNotChosen) {
    PortSets ports({.range = {Port{20000}, Port{20003}}});
    ports.exclude(Port{20001});
    ports.exclude(Port{20001});
    ports.exclude(Port{20002});
    std::set<std::uint16_t> seen;
    for (int i = 0; i < 2; ++i) seen.insert(ports.choose(to(1), 0, 0, kNobody)->value);
    EXPECT_EQ(seen, (std::set<std::uint16_t>{20000, 20003}));
    EXPECT_FALSE(ports.choose(to(1), 0, 0, kNobody));
    ports.admit(Port{20001});
    EXPECT_FALSE(ports.choose(to(1), 0, 0, kNobody));
    ports.admit(Port{20001});
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{20001});
    ports.admit(Port{20002});
    ports.admit(Port{20002});  // One too many does nothing.
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{20002});
}

// Rule: excluding and admitting across whole words keeps the summary honest.
TEST(PortSets, ExclusionOfManyWords_IsUndone) {
    PortSets ports({.range = {Port{10000}, Port{20000}}});
    for (std::uint32_t p = 10000; p < 20000; ++p) ports.exclude(Port{static_cast<std::uint16_t>(p)});
    EXPECT_EQ(ports.choose(to(1), 0, 0, kNobody), Port{20000});
    EXPECT_FALSE(ports.choose(to(1), 0, 0, kNobody));
    ports.admit(Port{15000});
    EXPECT_EQ(ports.choose(to(1), 0, 0xffffffffu, kNobody), Port{15000});
}

// Rule: sets are bounded; a destination without connections gives its set to the next one.
TEST(PortSets, IdleSet_IsRecycledOldestFirst) {
    PortSets ports({.max_sets = 2});
    const Port a = *ports.choose(to(1), 0, 0, kNobody);
    const Port b = *ports.choose(to(2), 0, 0, kNobody);
    ports.release(to(2), b);
    ports.release(to(1), a);
    EXPECT_TRUE(ports.choose(to(3), 0, 0, kNobody));
    EXPECT_TRUE(ports.has_set(to(3)));
    EXPECT_FALSE(ports.has_set(to(2)));
    EXPECT_TRUE(ports.has_set(to(1)));
    EXPECT_EQ(ports.untracked(), 0u);
}

// Rule: without a set, ports are probed against the flow table, boundedly, and found after random(); what was
// taken that way stays known when the destination gets a set afterwards.
TEST(PortSets, WithoutASet_FlowTableDecides) {
    PortSets ports({.range = {Port{30000}, Port{30009}}, .max_sets = 1});
    const Port held = *ports.choose(to(1), 0, 0, kNobody);
    std::set<std::uint16_t> flows;  // What the flow table has for destination 2.
    const auto in_use = [&](Port port) { return flows.count(port.value) != 0; };
    for (int i = 0; i < 4; ++i) {
        const auto port = ports.choose(to(2), 0, 0, in_use);
        ASSERT_TRUE(port);
        EXPECT_TRUE(flows.insert(port->value).second);
    }
    EXPECT_FALSE(ports.has_set(to(2)));
    EXPECT_EQ(ports.untracked(), 4u);
    // Destination 1 becomes idle; destination 2 takes over its set, which knows nothing of the four.
    ports.release(to(1), held);
    for (int i = 0; i < 6; ++i) {
        const auto port = ports.choose(to(2), 0, 0, in_use);
        ASSERT_TRUE(port);
        EXPECT_TRUE(flows.insert(port->value).second) << port->value;
    }
    EXPECT_TRUE(ports.has_set(to(2)));
    EXPECT_FALSE(ports.choose(to(2), 0, 0, in_use));
    for (const std::uint16_t port : std::set<std::uint16_t>(flows)) {
        flows.erase(port);
        ports.release(to(2), Port{port});
    }
    EXPECT_EQ(ports.untracked(), 0u);
    EXPECT_EQ(ports.in_use_count(to(2)), 0u);
}

// Rule: probing is bounded (trap T8): with everything in use it stops after kMaxProbes and says so.
TEST(PortSets, Probing_IsBounded) {
    PortSets ports({.max_sets = 1});
    (void)ports.choose(to(1), 0, 0, kNobody);
    std::uint32_t asked = 0;
    EXPECT_FALSE(ports.choose(to(2), 0, 5, [&](Port) { return ++asked != 0; }));
    EXPECT_EQ(asked, PortSets::kMaxProbes);
    EXPECT_EQ(ports.untracked(), 0u);
    // A range smaller than the bound is tried out, and no endless round begins.
    PortSets few({.range = {Port{100}, Port{102}}, .max_sets = 1});
    (void)few.choose(to(1), 0, 0, kNobody);
    EXPECT_FALSE(few.choose(to(2), 0, 5, kEverybody));
    std::uint32_t calls = 0;
    EXPECT_EQ(few.choose(to(2), 0, 0, [&](Port port) { return ++calls, port != Port{102}; }), Port{102});
    EXPECT_EQ(calls, 3u);
}

// Rule: under random opens and closes to more destinations than there are sets, no tuple is handed out twice,
// none is lost, and refusal happens only when all ports of the destination are in use.
TEST(PortSets, RandomChurn_NeverDoublesATuple) {
    for (const unsigned seed : {1u, 2u, 3u}) {
        PortSets ports({.range = {Port{5000}, Port{5299}}, .max_sets = 5, .key = {seed, 7}});
        Random32 random(seed);
        std::map<std::uint32_t, std::set<std::uint16_t>> flows;
        std::vector<std::pair<std::uint32_t, std::uint16_t>> open;
        std::uint32_t destinations = 12;
        for (int step = 0; step < 200000; ++step) {
            if (step % 20000 == 0) destinations = 1 + random() % 12;
            const bool grow = random() % 100 < (step / 10000 % 2 == 0 ? 60u : 35u);
            if (grow || open.empty()) {
                const std::uint32_t d = random() % destinations;
                const auto port =
                    ports.choose(to(d), 0, random(), [&](Port p) { return flows[d].count(p.value) != 0; });
                if (!port) {
                    ASSERT_EQ(flows[d].size(), 300u);
                    continue;
                }
                ASSERT_TRUE(flows[d].insert(port->value).second);
                open.emplace_back(d, port->value);
            } else {
                const std::size_t at = random() % open.size();
                const auto [d, port] = open[at];
                open[at] = open.back();
                open.pop_back();
                flows[d].erase(port);
                ports.release(to(d), Port{port});
            }
        }
        std::uint64_t tracked = 0;
        for (const auto& [d, used] : flows) tracked += ports.in_use_count(to(d));
        EXPECT_EQ(tracked + ports.untracked(), open.size());
    }
}

ToeplitzKey test_key() {
    ToeplitzKey key;
    Random32 random(99);
    for (auto& octet : key) octet = static_cast<std::uint8_t>(random());
    return key;
}

// Rule: D2: with steering, every chosen port makes the whole 4-tuple hash to our queue, whatever the
// destination, and the ports of all queues together are all ports.
TEST(PortSteering, ChosenPorts_HashToOurQueue) {
    const ToeplitzKey key = test_key();
    const Toeplitz toeplitz(key);
    constexpr std::uint16_t kQueues = 3;
    std::vector<std::uint16_t> redirection(128);
    for (std::size_t i = 0; i < redirection.size(); ++i)
        redirection[i] = static_cast<std::uint16_t>(i % kQueues);
    Random32 random(4);
    for (int round = 0; round < 5; ++round) {
        const Ipv4 local{0x0a000001u + static_cast<std::uint32_t>(random() % 7)}, remote{random()};
        const Port remote_port{static_cast<std::uint16_t>(random())};
        const Destination destination{local.value, remote.value, remote_port, Family::ipv4, 0};
        std::uint32_t total = 0;
        for (std::uint16_t queue = 0; queue < kQueues; ++queue) {
            const PortSteering steering(key, redirection, queue);
            PortSets ports({.range = {Port{40000}, Port{49999}}}, &steering);
            const std::uint32_t residue = steering.residue(local, remote, remote_port);
            while (const auto port = ports.choose(destination, residue, random(), kNobody)) {
                const std::uint32_t hash = toeplitz.ipv4(remote, local, remote_port, *port);
                ASSERT_EQ(redirection[hash % redirection.size()], queue);
                ASSERT_TRUE(steering.is_mine(Family::ipv4, residue, *port));
                ++total;
            }
        }
        EXPECT_EQ(total, 10000u);
    }
}

// Rule: the same for IPv6, whose hash input is longer; and probing without a set keeps to our ports too.
TEST(PortSteering, Ipv6AndProbing_KeepToOurQueue) {
    const ToeplitzKey key = test_key();
    const Toeplitz toeplitz(key);
    std::vector<std::uint16_t> redirection(512);
    for (std::size_t i = 0; i < redirection.size(); ++i) redirection[i] = static_cast<std::uint16_t>(i / 64);
    const PortSteering steering(key, redirection, 5);
    PortSets ports({.max_sets = 1}, &steering);
    (void)ports.choose(to(1), 0, 0, kNobody);
    Random32 random(4);
    Ipv6 local, remote;
    for (auto& octet : local.octets) octet = static_cast<std::uint8_t>(random());
    for (auto& octet : remote.octets) octet = static_cast<std::uint8_t>(random());
    const Destination destination{1, 2, Port{443}, Family::ipv6, 0};
    const std::uint32_t residue = steering.residue(local, remote, Port{443});
    for (int i = 0; i < 500; ++i) {
        const auto port = ports.choose(destination, residue, random(), kNobody);
        ASSERT_TRUE(port);
        ASSERT_EQ(redirection[toeplitz.ipv6(remote, local, Port{443}, *port) % 512], 5);
    }
    EXPECT_EQ(ports.untracked(), 500u);
}

}  // namespace
}  // namespace ringsock
