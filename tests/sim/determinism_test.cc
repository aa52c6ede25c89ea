// SPDX-License-Identifier: BSD-3-Clause
// Determinism is total (house.md, section 5 (6)): same seed, same bytes at the same times; another seed,
// others.
#include <cstdio>
#include <cstring>

#include "scenario.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

/// 10 MB from client to server under 5 % loss, then an orderly close of both; the capture of all of it.
std::vector<std::byte> transfer_and_close(std::uint64_t seed, bool segmentation = false) {
    TwoHostsOptions options;
    options.seed = seed;
    options.client.segmentation = segmentation;
    options.faults.loss_ppm = 50'000;
    options.faults.delay = Micros{1000};
    TwoHosts net(options);
    net.world.start_capture();
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    constexpr std::uint64_t kTotal = 10'000'000;
    Transfer up(near, far, kTotal, 1);
    EXPECT_TRUE(net.run_until([&] { return !up.pump() || up.is_done(); }, 3600));
    EXPECT_TRUE(up.is_good() && up.is_done());
    near.close();
    EXPECT_TRUE(net.run_until([&] { return far.at_end(); }, 600));
    far.close();
    EXPECT_TRUE(net.run_until(
        [&] { return net.client.engine->connections() == 0 && net.server.engine->connections() == 0; }, 600));
    EXPECT_EQ(net.client.engine->stats().resets_sent + net.server.engine->stats().resets_sent, 0u);
    EXPECT_GT(net.world.wire(net.client, net.server)->lost(), 100u);
    EXPECT_EQ(net.client.io->frames_cut() > 100, segmentation);
    EXPECT_GE(net.client.io->segments_made(), 2 * net.client.io->frames_cut());
    return net.world.capture()->bytes();
}

/// A capture without what a device that cuts text counts by itself: IPv4's identification and checksum.
std::vector<std::byte> without_identifications(std::vector<std::byte> capture) {
    constexpr std::size_t kFileHeader = 24, kRecordHeader = 16, kEthernet = 14;
    for (std::size_t at = kFileHeader; at + kRecordHeader <= capture.size();) {
        std::uint32_t length = 0;
        std::memcpy(&length, &capture[at + 8], sizeof length);
        std::byte* const frame = &capture[at + kRecordHeader];
        if (length >= kEthernet + 20 && frame[12] == std::byte{8} && frame[13] == std::byte{0}) {
            std::memset(frame + kEthernet + 4, 0, 2);
            std::memset(frame + kEthernet + 10, 0, 2);
        }
        at += kRecordHeader + length;
    }
    return capture;
}

// Rule: a carrier that cuts text is given what segments one by one would have been: on the wire there is no
// difference, under loss neither.
TEST(Determinism, SegmentsCutByTheDevice_AreThoseThatTcpWouldHaveSent) {
    for (const std::uint64_t seed : {5u, 6u, 7u}) {
        const auto ours = transfer_and_close(seed), devices = transfer_and_close(seed, true);
        EXPECT_FALSE(ours == devices) << "identifications count";
        EXPECT_TRUE(without_identifications(ours) == without_identifications(devices)) << "seed " << seed;
    }
}

TEST(Determinism, TenMegabytesUnderLoss_AreTheSameBytesForTheSameSeed) {
    const auto one = transfer_and_close(5), two = transfer_and_close(5), other = transfer_and_close(6);
    EXPECT_GT(one.size(), 10'000'000u);
    EXPECT_TRUE(one == two);
    EXPECT_FALSE(one == other);
}

TEST(Determinism, DaysWithEveryFault_AreTheSameBytesForTheSameSeed) {
    for (const std::uint64_t seed : {3u, 14u, 25u}) {
        const DayResult one = live_through(seed, true), two = live_through(seed, true);
        EXPECT_TRUE(one.capture == two.capture) << "seed " << seed;
        EXPECT_EQ(one.virtual_seconds, two.virtual_seconds);
        EXPECT_FALSE(one.capture == live_through(seed + 1000, true).capture) << "seed " << seed;
    }
}

}  // namespace
}  // namespace ringsock::testing
