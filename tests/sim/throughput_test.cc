// SPDX-License-Identifier: BSD-3-Clause
// A table of what a stream reaches over wires of different delay, loss and rate, in virtual time. The bounds
// are about half of what was reached when the row was written: they catch a stalled or wasteful sender, not a
// change of a percent.
#include <cstdio>

#include "two_hosts.h"

namespace ringsock::testing {
namespace {

struct Row {
    const char* what;
    Micros delay;  ///< One way.
    std::uint32_t loss_ppm;
    std::uint64_t bits_per_second;
    double least_mbit;  ///< Megabits a second of text at least.
    double most_waste;  ///< Bytes of text on the wire over bytes delivered, at most.
};

class Throughput : public ::testing::TestWithParam<Row> {};

TEST_P(Throughput, ReachesItsRow) {
    const Row& row = GetParam();
    TwoHostsOptions options;
    options.faults.delay = row.delay;
    options.faults.loss_ppm = row.loss_ppm;
    options.faults.bits_per_second = row.bits_per_second;
    TwoHosts net(options);
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    constexpr std::uint64_t kTotal = 4'000'000;
    const Instant start = net.world.now();
    const std::uint64_t bytes_before = net.client.io->counters().tx_bytes;
    Transfer up(near, far, kTotal, 1);
    ASSERT_TRUE(net.run_until([&] { return !up.pump() || up.is_done(); }, 3600));
    ASSERT_TRUE(up.is_good());
    const double seconds = static_cast<double>((net.world.now() - start).count) / 1e6;
    const double mbit = static_cast<double>(kTotal) * 8 / 1e6 / seconds;
    const double waste = static_cast<double>(net.client.io->counters().tx_bytes - bytes_before) / kTotal;
    std::printf("%-28s %9.3f Mbit/s  waste %.3f  virtual %8.3f s\n", row.what, mbit, waste, seconds);
    EXPECT_GE(mbit, row.least_mbit);
    EXPECT_LE(waste, row.most_waste);
}

INSTANTIATE_TEST_SUITE_P(Wires, Throughput,
                         ::testing::Values(Row{"lan", Micros{50}, 0, 0, 340, 1.06},
                                           Row{"lan, 0.1 % loss", Micros{50}, 1'000, 0, 290, 1.06},
                                           Row{"lan, 5 % loss", Micros{50}, 50'000, 0, 1.1, 1.14},
                                           Row{"10 ms", Micros{5'000}, 0, 0, 22, 1.06},
                                           Row{"10 ms, 1 % loss", Micros{5'000}, 10'000, 0, 2.1, 1.08},
                                           Row{"100 ms", Micros{50'000}, 0, 0, 2.4, 1.06},
                                           Row{"10 ms, 10 Mbit/s", Micros{5'000}, 0, 10'000'000, 9, 1.06},
                                           Row{"100 ms, 100 Mbit/s", Micros{50'000}, 0, 100'000'000, 7,
                                               1.06}));

}  // namespace
}  // namespace ringsock::testing
