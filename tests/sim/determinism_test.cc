// SPDX-License-Identifier: BSD-3-Clause
// Determinism is total (house.md, section 5 (6)): same seed, same bytes at the same times; another seed,
// others.
#include <cstdio>

#include "scenario.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

/// 10 MB from client to server under 5 % loss, then an orderly close of both; the capture of all of it.
std::vector<std::byte> transfer_and_close(std::uint64_t seed) {
    TwoHostsOptions options;
    options.seed = seed;
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
    return net.world.capture()->bytes();
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
