// SPDX-License-Identifier: BSD-3-Clause
#include "time/tsc_timeline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ringsock {
namespace {

/// A machine with a counter of a true rate that differs from the calibrated one.
struct Machine {
    double true_hz;
    std::int64_t reference_ns = 5'000'000'000;
    std::uint64_t counter_origin = 1'000'000;
    std::int64_t origin_ns = 5'000'000'000;
    std::uint64_t cycles_at(std::int64_t ns) const {
        return counter_origin +
               static_cast<std::uint64_t>(static_cast<double>(ns - origin_ns) * true_hz / 1e9);
    }
    TscSample sample() const { return {cycles_at(reference_ns), reference_ns}; }
};

Instant read(TscTimeline& timeline, const Machine& machine) {
    const std::uint64_t cycles = machine.cycles_at(machine.reference_ns);
    return timeline.covers(cycles) ? timeline.read(cycles) : timeline.anchor(machine.sample());
}

// Rule: with a calibration error of 200 ppm either way the time stays within 50 us of the reference for an
// hour, and never goes back.
TEST(TscTimeline, CalibrationError_StaysBoundedAndMonotonic) {
    for (const double error : {-200e-6, -20e-6, 0.0, 20e-6, 200e-6}) {
        Machine machine{2.6e9 * (1 + error)};
        TscTimeline timeline(2.6e9, machine.sample());
        std::mt19937 random(7);
        Instant last;
        while (machine.reference_ns < 5'000'000'000 + 3'600'000'000'000) {
            machine.reference_ns += 1 + static_cast<std::int64_t>(random() % 60'000'000);
            const Instant t = read(timeline, machine);
            ASSERT_GE(t, last);
            ASSERT_NEAR(static_cast<double>(t.micros), static_cast<double>(machine.reference_ns) / 1000.0,
                        50.0)
                << "error " << error;
            last = t;
        }
        EXPECT_TRUE(timeline.is_trustworthy());
        EXPECT_EQ(timeline.jumps(), 0u);
    }
}

// Rule: a counter that ran fast is slowed down, not set back; it meets the reference again and goes on
// moving.
TEST(TscTimeline, CounterThatRanFast_IsSlowedNotSetBack) {
    Machine machine{2.6e9 * 1.01};  // One per cent: 500 us ahead after the first 50 ms.
    TscTimeline timeline(2.6e9, machine.sample());
    Instant last;
    std::int64_t standing = 0;
    for (int i = 0; i < 40000; ++i) {
        machine.reference_ns += 25'000;
        const Instant t = read(timeline, machine);
        ASSERT_GE(t, last);
        standing = t == last ? standing + 1 : 0;
        ASSERT_LT(standing, 10);
        last = t;
    }
    EXPECT_NEAR(static_cast<double>(last.micros), static_cast<double>(machine.reference_ns) / 1000.0, 100.0);
}

// Rule: a machine that stood still (reference went on, counter did not) is followed at once, and counted.
TEST(TscTimeline, StoppedCounter_IsFollowedAndCounted) {
    Machine machine{2.6e9};
    TscTimeline timeline(2.6e9, machine.sample());
    machine.reference_ns += 10'000'000;
    (void)read(timeline, machine);
    machine.origin_ns += 3'600'000'000'000;  // The counter lost an hour.
    machine.reference_ns += 3'600'000'000'000 + 60'000'000;
    const Instant t = timeline.anchor(machine.sample());
    EXPECT_NEAR(static_cast<double>(t.micros), static_cast<double>(machine.reference_ns) / 1000.0, 2.0);
    EXPECT_EQ(timeline.jumps(), 1u);
    EXPECT_TRUE(timeline.is_trustworthy());
}

// Rule: after kMaxJumps disagreements the counter is given up.
TEST(TscTimeline, CounterThatKeepsJumping_LosesTrust) {
    Machine machine{2.6e9};
    TscTimeline timeline(2.6e9, machine.sample());
    Instant last;
    for (std::uint32_t i = 0; i < TscTimeline::kMaxJumps; ++i) {
        EXPECT_TRUE(timeline.is_trustworthy());
        machine.reference_ns += 60'000'000;
        machine.counter_origin += i % 2 == 0 ? 100'000'000u : 1'000'000'000u;
        const Instant t = timeline.anchor(machine.sample());
        EXPECT_GE(t, last);
        last = t;
    }
    EXPECT_FALSE(timeline.is_trustworthy());
}

// Rule: a count before the anchor (another core's counter lags a little) is not covered and can not set the
// time back.
TEST(TscTimeline, CountBeforeTheAnchor_IsNotCovered) {
    Machine machine{2.6e9};
    TscTimeline timeline(2.6e9, machine.sample());
    EXPECT_TRUE(timeline.covers(machine.sample().cycles));
    EXPECT_FALSE(timeline.covers(machine.sample().cycles - 1));
    const Instant before = timeline.read(machine.sample().cycles + 26'000);
    TscSample lagging = machine.sample();
    lagging.cycles -= 100;
    EXPECT_GE(timeline.anchor(lagging), before);
}

// Rule: an Instant of zero means "not set"; the clock never answers it.
TEST(TscTimeline, ReferenceOfZero_IsNotZero) {
    TscTimeline timeline(1e9, {0, 0});
    EXPECT_GT(timeline.read(0).micros, 0);
    EXPECT_GT(timeline.anchor({1, 1}).micros, 0);
}

}  // namespace
}  // namespace ringsock
