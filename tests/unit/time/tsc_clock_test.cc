// SPDX-License-Identifier: BSD-3-Clause
#include "time/tsc_clock.h"

#include <gtest/gtest.h>
#include <time.h>

#include <cstdio>

namespace ringsock {
namespace {

std::int64_t monotonic_micros() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000;
}

class TscClockTest : public testing::TestWithParam<bool> {};

// Rule: never zero, never back, and bracketed by CLOCK_MONOTONIC within what calibration leaves (here 100 us)
// over a quarter of a second, so across several anchors. With and without the counter.
TEST_P(TscClockTest, Reads_FollowTheReference) {
    TscClock clock(GetParam());
    if (GetParam() && !clock.uses_tsc())
        std::printf("note: no usable counter here; both runs use clock_gettime\n");
    if (!GetParam()) {
        EXPECT_FALSE(clock.uses_tsc());
    }
    const std::int64_t until = monotonic_micros() + 250'000;
    Instant last;
    for (std::int64_t before = monotonic_micros(); before < until; before = monotonic_micros()) {
        const Instant t = clock.read();
        const std::int64_t after = monotonic_micros();
        ASSERT_GT(t.micros, 0);
        ASSERT_GE(t, last);
        ASSERT_GE(t.micros, before - 100);
        ASSERT_LE(t.micros, after + 100);
        last = t;
    }
}
INSTANTIATE_TEST_SUITE_P(WithAndWithoutCounter, TscClockTest, testing::Bool());

// Rule: the machine is measured once per process.
TEST(TscCalibration, SecondCall_IsTheSameResult) {
    const TscCalibration& first = TscCalibration::of_this_machine();
    EXPECT_EQ(&first, &TscCalibration::of_this_machine());
    if (first.is_usable) {
        EXPECT_GT(first.cycles_per_second, 1e8);
        EXPECT_LT(first.cycles_per_second, 1e10);
    } else {
        EXPECT_EQ(first.cycles_per_second, 0.0);
    }
}

}  // namespace
}  // namespace ringsock
