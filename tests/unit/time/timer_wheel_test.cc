// SPDX-License-Identifier: BSD-3-Clause
#include "time/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace ringsock {
namespace {

constexpr std::int64_t kTick = TimerWheel::kTickMicros;
constexpr std::uint32_t kPlenty = 1u << 30;

std::vector<std::uint32_t> fired_at(TimerWheel& wheel, Instant now, std::uint32_t budget = kPlenty) {
    std::vector<std::uint32_t> out;
    wheel.advance(now, budget, [&](std::uint32_t index) { out.push_back(index); });
    return out;
}

// Rule: a timer fires once, not before its instant, and at the first tick at or after it.
TEST(TimerWheel, Timer_FiresOnceAndNeverEarly) {
    for (const std::int64_t delay :
         {1, 15, 16, 17, 1000, 1023, 1024, 1025, 65535, 65536, 65537, 4'194'304, 300'000'000}) {
        TimerWheel wheel(4, Instant{1'000'000});
        const Instant at{1'000'000 + delay};
        wheel.schedule(2, at);
        EXPECT_TRUE(wheel.is_armed(2));
        EXPECT_GE(wheel.armed_for(2), at);
        EXPECT_LT(wheel.armed_for(2) - at, Micros{kTick});
        EXPECT_TRUE(fired_at(wheel, at - Micros{1}).empty()) << delay;
        EXPECT_EQ(fired_at(wheel, at + Micros{kTick}), std::vector<std::uint32_t>{2}) << delay;
        EXPECT_FALSE(wheel.is_armed(2));
        EXPECT_TRUE(fired_at(wheel, at + Micros{1'000'000'000}).empty());
    }
}

// Rule: times beyond the span of 4.8 hours are kept exactly (clamped and sorted in later), across several
// spans.
TEST(TimerWheel, BeyondTheSpan_FiresAtItsTime) {
    constexpr std::int64_t kSpan = (std::int64_t{1} << 30) * kTick;
    for (const std::int64_t start : {std::int64_t{16}, kSpan - 16, 3 * kSpan + 12345}) {
        TimerWheel wheel(8, Instant{start});
        const Instant soon = Instant{start + kSpan - 5000}, later = Instant{start + 7 * kSpan + 160};
        wheel.schedule(0, soon);
        wheel.schedule(1, later);
        EXPECT_TRUE(fired_at(wheel, soon - Micros{1}).empty());
        EXPECT_EQ(fired_at(wheel, soon + Micros{kTick}), std::vector<std::uint32_t>{0});
        EXPECT_TRUE(fired_at(wheel, later - Micros{1}).empty());
        EXPECT_EQ(fired_at(wheel, later + Micros{kTick}), std::vector<std::uint32_t>{1});
        EXPECT_EQ(wheel.next_expiry(), Instant::never());
    }
}

// Rule: a cancelled far timer leaves nothing behind that could turn the time back.
TEST(TimerWheel, CancelledBeyondTheSpan_LeavesNoStaleEvent) {
    constexpr std::int64_t kSpan = (std::int64_t{1} << 30) * kTick;
    TimerWheel wheel(4, Instant{16});
    wheel.schedule(0, Instant{2 * kSpan});
    wheel.cancel(0);
    EXPECT_EQ(wheel.next_expiry(), Instant::never());
    EXPECT_TRUE(fired_at(wheel, Instant{5 * kSpan}).empty());
    wheel.schedule(1, Instant{7 * kSpan});
    EXPECT_GT(wheel.next_expiry(), Instant{5 * kSpan});
    EXPECT_TRUE(fired_at(wheel, Instant{7 * kSpan - 1}).empty());
    EXPECT_EQ(fired_at(wheel, Instant{7 * kSpan}), std::vector<std::uint32_t>{1});
}

// Rule: never() disarms; a past instant fires with the next tick.
TEST(TimerWheel, NeverDisarms_PastFiresNextTick) {
    TimerWheel wheel(4, Instant{1'000'000});
    wheel.schedule(0, Instant{2'000'000});
    wheel.schedule(0, Instant::never());
    EXPECT_FALSE(wheel.is_armed(0));
    EXPECT_EQ(wheel.armed(), 0u);
    wheel.schedule(1, Instant{5});
    EXPECT_TRUE(fired_at(wheel, Instant{1'000'000}).empty());
    EXPECT_EQ(fired_at(wheel, Instant{1'000'000 + kTick}), std::vector<std::uint32_t>{1});
    wheel.cancel(1);
    EXPECT_EQ(wheel.armed(), 0u);
}

// Rule: lazy re-arm moves a timer to earlier times only (house.md, section 8).
TEST(TimerWheel, ArmBy_MovesEarlierOnly) {
    TimerWheel wheel(4, Instant{16});
    wheel.arm_by(0, Instant{10'000});
    wheel.arm_by(0, Instant{50'000});
    EXPECT_EQ(wheel.armed_for(0), Instant{10'000});
    wheel.arm_by(0, Instant{1'600});
    EXPECT_EQ(wheel.armed_for(0), Instant{1'600});
    EXPECT_EQ(wheel.armed(), 1u);
    EXPECT_EQ(fired_at(wheel, Instant{60'000}), std::vector<std::uint32_t>{0});
}

// Rule: fire() may re-arm and cancel, and a callback that always re-arms for the past can not hold the pass.
TEST(TimerWheel, CallbackThatRearmsForThePast_IsBoundedByTime) {
    TimerWheel wheel(4, Instant{16});
    wheel.schedule(0, Instant{32});
    wheel.schedule(1, Instant{48});
    int fired = 0;
    wheel.advance(Instant{48}, 1000, [&](std::uint32_t index) {
        ++fired;
        wheel.cancel(1);
        wheel.schedule(index, Instant{1});
    });
    EXPECT_EQ(fired, 2);  // At 32 and, re-armed for the next tick, at 48. Timer 1 was cancelled underway.
    EXPECT_EQ(wheel.armed(), 1u);
}

// Rule: one call does no more than its budget; the rest comes with later calls, each timer exactly once.
TEST(TimerWheel, Budget_BoundsOneCallAndLosesNothing) {
    constexpr std::uint32_t kTimers = 1000;
    TimerWheel wheel(kTimers, Instant{16});
    for (std::uint32_t i = 0; i < kTimers; ++i) wheel.schedule(i, Instant{70'000 + i % 3});
    std::vector<int> times(kTimers);
    int calls = 0;
    while (wheel.armed() != 0) {
        ASSERT_LT(++calls, 1000);
        const auto fired = fired_at(wheel, Instant{100'000}, 10);
        EXPECT_LE(fired.size(), 10u);
        for (const std::uint32_t index : fired) ++times[index];
        if (wheel.armed() != 0) {
            EXPECT_LE(wheel.next_expiry(), Instant{100'000});
        }
    }
    for (const int t : times) EXPECT_EQ(t, 1);
    // Each timer costs one firing and at most one move per level.
    EXPECT_LE(calls, 5 * 100 + 1);
}

// Rule: a machine that slept for months loses no timer and does not walk through the time in between.
TEST(TimerWheel, HugeJump_FiresAll) {
    TimerWheel wheel(100);
    for (std::uint32_t i = 0; i < 100; ++i) wheel.schedule(i, Instant{std::int64_t{1} << (i % 50)});
    EXPECT_EQ(fired_at(wheel, Instant{std::int64_t{1} << 55}).size(), 100u);
    EXPECT_TRUE(fired_at(wheel, Instant{INT64_MAX - 1}).empty());
}

// Rule: nodes may stand in the caller's records.
TEST(TimerWheel, ForeignNodes_WorkWithAStride) {
    struct Record {
        std::uint64_t other = 0x5555;
        TimerNode node;
    };
    std::vector<Record> records(10);
    TimerWheel wheel(&records[0].node, sizeof(Record), 10, Instant{16});
    for (std::uint32_t i = 0; i < 10; ++i) wheel.schedule(i, Instant{1000 * (i + 1)});
    wheel.cancel(3);
    EXPECT_EQ(fired_at(wheel, Instant{20'000}), (std::vector<std::uint32_t>{0, 1, 2, 4, 5, 6, 7, 8, 9}));
    for (const Record& record : records) EXPECT_EQ(record.other, 0x5555u);
}

/// The obvious timer queue: what the wheel is compared with.
class Model {
  public:
    void schedule(std::uint32_t index, std::int64_t tick) {
        cancel(index);
        by_tick_.emplace(tick, index);
        tick_of_[index] = tick;
    }
    void cancel(std::uint32_t index) {
        const auto it = tick_of_.find(index);
        if (it == tick_of_.end()) return;
        for (auto [a, b] = by_tick_.equal_range(it->second); a != b; ++a)
            if (a->second == index) {
                by_tick_.erase(a);
                break;
            }
        tick_of_.erase(it);
    }
    std::multiset<std::uint32_t> take_until(std::int64_t tick) {
        std::multiset<std::uint32_t> out;
        while (!by_tick_.empty() && by_tick_.begin()->first <= tick) {
            out.insert(by_tick_.begin()->second);
            tick_of_.erase(by_tick_.begin()->second);
            by_tick_.erase(by_tick_.begin());
        }
        return out;
    }
    bool has(std::uint32_t index) const { return tick_of_.count(index) != 0; }
    std::int64_t tick_of(std::uint32_t index) const { return tick_of_.at(index); }
    std::size_t size() const { return tick_of_.size(); }
    std::int64_t first() const { return by_tick_.begin()->first; }

  private:
    std::multimap<std::int64_t, std::uint32_t> by_tick_;
    std::map<std::uint32_t, std::int64_t> tick_of_;
};

class TimerWheelProperty : public testing::TestWithParam<unsigned> {};

// Rule: under any mixture of schedule, arm_by, cancel and time steps from nothing to many spans, the wheel
// fires exactly what an ordered multimap does, at the same ticks; seeded.
TEST_P(TimerWheelProperty, RandomOperations_MatchModel) {
    constexpr std::uint32_t kTimers = 200;
    std::mt19937_64 random(GetParam());
    const auto below = [&](std::int64_t n) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    // Uniform in magnitude: from one microsecond to some spans.
    const auto span = [&] { return below((std::int64_t{1} << (1 + below(37))) + 1); };
    std::int64_t now = 1 + span();
    TimerWheel wheel(kTimers, Instant{GetParam() % 2 == 0 ? now : 0});
    (void)fired_at(wheel, Instant{now});
    Model model;
    for (int step = 0; step < 30000; ++step) {
        const auto index = static_cast<std::uint32_t>(below(kTimers));
        const std::int64_t at = now + span() - 100;
        const std::int64_t tick = std::max((at + kTick - 1) / kTick, now / kTick + 1);
        switch (below(8)) {
            case 0:
            case 1:
            case 2:
                wheel.schedule(index, Instant{at});
                model.schedule(index, tick);
                break;
            case 3:
                wheel.arm_by(index, Instant{at});
                if (!model.has(index) || model.tick_of(index) > (at + kTick - 1) / kTick)
                    model.schedule(index, tick);
                break;
            case 4:
                wheel.cancel(index);
                model.cancel(index);
                break;
            default: {
                now += below(3) == 0 ? span() : below(3000);
                std::multiset<std::uint32_t> fired;
                // In pieces, as an engine with a budget does it; no new operation in between.
                const auto budget = static_cast<std::uint32_t>(1 + below(20));
                for (int call = 0; call < 100000; ++call) {
                    for (const std::uint32_t i : fired_at(wheel, Instant{now}, budget)) fired.insert(i);
                    if (wheel.next_expiry() > Instant{now}) break;
                }
                ASSERT_EQ(fired, model.take_until(now / kTick)) << "step " << step;
            }
        }
        ASSERT_EQ(wheel.armed(), model.size()) << "step " << step;
        if (model.size() != 0) {
            ASSERT_LE(wheel.next_expiry(), Instant{model.first() * kTick});
            ASSERT_GT(wheel.next_expiry(), Instant{now - kTick});
        } else {
            ASSERT_EQ(wheel.next_expiry(), Instant::never());
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelProperty, testing::Range(1u, 13u));

// Rule: operations between the calls of an unfinished advance, as an engine whose budget ran out makes them,
// neither lose a timer nor fire one twice nor early.
TEST_P(TimerWheelProperty, OperationsInAnUnfinishedAdvance_LoseNothing) {
    constexpr std::uint32_t kTimers = 300;
    std::mt19937_64 random(GetParam());
    TimerWheel wheel(kTimers, Instant{16});
    std::vector<std::int64_t> due(kTimers, 0);  // 0: not armed.
    std::int64_t now = 16;
    const auto fire = [&](std::uint32_t index) {
        ASSERT_NE(due[index], 0);
        ASSERT_LE(due[index], now);
        due[index] = 0;
    };
    for (int step = 0; step < 40000; ++step) {
        const auto index = static_cast<std::uint32_t>(random() % kTimers);
        const auto delay = static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 36)));
        if (random() % 3 == 0) {
            wheel.cancel(index);
            due[index] = 0;
        } else {
            due[index] = now + delay + 1;
            wheel.schedule(index, Instant{due[index]});
        }
        now += static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 30)));
        wheel.advance(Instant{now}, static_cast<std::uint32_t>(random() % 4), fire);
    }
    now += std::int64_t{1} << 40;
    wheel.advance(Instant{now}, kPlenty, fire);
    EXPECT_EQ(wheel.armed(), 0u);
    for (const std::int64_t d : due) EXPECT_EQ(d, 0);
}

}  // namespace
}  // namespace ringsock
