// SPDX-License-Identifier: BSD-3-Clause
#include "steer/flow_steering.h"

#include <gtest/gtest.h>

#include <random>

#include "frames.h"
#include "inet/port_steering.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;

RxFrame frame_of(Bytes& bytes) {
    return {bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, 0, nullptr};
}
FlowKey flow(std::uint16_t local_port, std::uint16_t remote_port) {
    return {kUs.value, kPeer.value, Port{local_port}, Port{remote_port}};
}

class SteeringTest : public ::testing::Test {
  protected:
    std::uint16_t owner(Bytes bytes) { return steering_.owner_of(frame_of(bytes), false); }
    FlowSteering steering_{test_key(), SipKey{1, 2}, 4};
};

// Rule: house D2: the engine of a received segment is the one whose port chooser takes its local port.
TEST_F(SteeringTest, ReceivedSegments_GoWhereTheirPortWasChosen) {
    std::vector<PortSteering> choosers;
    choosers.reserve(4);
    for (std::uint16_t e = 0; e < 4; ++e) choosers.emplace_back(test_key(), steering_.redirection(), e);
    std::array<int, 4> share{};
    for (std::uint32_t port = 1024; port < 65536; port += 7) {
        const auto local = static_cast<std::uint16_t>(port);
        const std::uint16_t e = owner(transport(6, 80, local));
        ASSERT_LT(e, 4u);
        ++share[e];
        EXPECT_EQ(e, steering_.home_of(flow(local, 80)));
        for (std::uint16_t other = 0; other < 4; ++other)
            EXPECT_EQ(choosers[other].is_mine(Family::ipv4, choosers[other].residue(kUs, kPeer, Port{80}),
                                              Port{local}),
                      other == e);
    }
    for (const int count : share) EXPECT_GT(count, 1000) << "no engine is left out";
}

// Rule: RFC 792: an error is the business of the connection it quotes.
TEST_F(SteeringTest, IcmpErrors_GoToTheConnectionTheyQuote) {
    for (std::uint16_t port = 2000; port < 2100; ++port)
        EXPECT_EQ(owner(unreachable(6, port, 80)), owner(transport(6, 80, port)));
}

// Rule: all fragments of a datagram meet, whichever of them has the ports.
TEST_F(SteeringTest, Fragments_GoByAddressesAlone) {
    const std::uint16_t e = owner(transport(17, 1, 2, 0x2000));
    EXPECT_LT(e, 4u);
    for (std::uint16_t port = 0; port < 50; ++port) EXPECT_EQ(owner(transport(17, port, 9, 185)), e);
}

// Rule: ARP concerns every engine, other traffic whoever got it.
TEST_F(SteeringTest, ArpIsForEverybody_OtherTrafficForWhoeverGotIt) {
    EXPECT_EQ(owner(ethernet(0x0806, 60)), FlowSteering::kEverybody);
    EXPECT_EQ(owner(ethernet(0x86dd, 60)), FlowSteering::kWhoeverGotIt);
    Bytes echo = ethernet(0x0800, 64);
    put_ipv4(echo, 14, 1, kPeer, kUs);
    echo[34] = std::byte{8};
    EXPECT_EQ(owner(echo), FlowSteering::kWhoeverGotIt);
}

// Rule: the NIC's hash is believed where it is ours, and only there.
TEST_F(SteeringTest, DeviceHash_IsUsedWhenItIsTrusted) {
    Bytes bytes = transport(6, 80, 2000);
    RxFrame frame = frame_of(bytes);
    const std::uint16_t real = steering_.owner_of(frame, true);
    frame.verdict = kRxHashValid;
    frame.rss_hash = (real + 1u) % 4;
    EXPECT_EQ(steering_.owner_of(frame, true), (real + 1) % 4);
    EXPECT_EQ(steering_.owner_of(frame, false), real);
}

// Rule: a pinned flow and what is said about it go to its engine until it is unpinned.
TEST_F(SteeringTest, Pins_OverrideTheHash) {
    const std::uint16_t home = owner(transport(6, 80, 2000));
    const auto elsewhere = static_cast<std::uint16_t>((home + 1) % 4);
    ASSERT_TRUE(steering_.pins().pin(flow(2000, 80), elsewhere));
    EXPECT_EQ(owner(transport(6, 80, 2000)), elsewhere);
    EXPECT_EQ(owner(unreachable(6, 2000, 80)), elsewhere);
    EXPECT_EQ(owner(transport(6, 81, 2000)), steering_.home_of(flow(2000, 81)));
    steering_.pins().unpin(flow(2000, 80));
    EXPECT_EQ(owner(transport(6, 80, 2000)), home);
    EXPECT_EQ(steering_.pins().count(), 0u);
    steering_.pins().unpin(flow(2000, 80));
    EXPECT_EQ(steering_.pins().count(), 0u);
}

// Rule: house T8: the search for a place is bounded, and a full table says no and loses none.
TEST_F(SteeringTest, Pins_AreBounded) {
    std::uint32_t placed = 0;
    while (placed < 2 * FlowPins::kCapacity &&
           steering_.pins().pin(flow(static_cast<std::uint16_t>(placed), 7), 3))
        ++placed;
    EXPECT_GT(placed, FlowPins::kCapacity / 2);
    EXPECT_LE(placed, FlowPins::kCapacity);
    for (std::uint32_t i = 0; i < placed; ++i)
        ASSERT_EQ(steering_.pins().find(flow(static_cast<std::uint16_t>(i), 7), 9), 3u);
    for (std::uint32_t i = 0; i < placed; ++i) steering_.pins().unpin(flow(static_cast<std::uint16_t>(i), 7));
    EXPECT_EQ(steering_.pins().count(), 0u);
}

// Rule: house T7: any bytes get an answer, and none beyond the frame is read (ASan watches).
TEST_F(SteeringTest, HostileFrames_AreReadWithinTheirBounds) {
    std::mt19937 random(7);
    for (int round = 0; round < 200'000; ++round) {
        Bytes bytes = round % 3 == 0   ? unreachable(6, 1, 2)
                      : round % 3 == 1 ? transport(6, 1, 2)
                                       : ethernet(0x0800, 80);
        for (int n = 0; n < 4; ++n) bytes[12 + random() % (bytes.size() - 12)] = std::byte(random());
        bytes.resize(random() % (bytes.size() + 1));
        bytes.shrink_to_fit();
        const std::uint16_t e = owner(std::move(bytes));
        EXPECT_TRUE(e < 4 || e == FlowSteering::kWhoeverGotIt || e == FlowSteering::kEverybody);
    }
}

}  // namespace
}  // namespace ringsock
