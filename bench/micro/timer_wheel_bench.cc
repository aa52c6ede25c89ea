// SPDX-License-Identifier: BSD-3-Clause
// Question: what do the timers of a connection cost: armed at its SYN, left alone or moved, cancelled at its
// end; and what does a pass pay in which nothing is due? Unit: nanoseconds per operation, with as many other
// timers armed as the argument says.
#include <benchmark/benchmark.h>

#include "time/timer_wheel.h"

namespace {

using namespace ringsock;

constexpr std::int64_t kSecond = 1'000'000;

// `count` timers, spread over a minute as TIME-WAIT records are.
void arm_others(TimerWheel& wheel, std::uint32_t count, Instant now) {
    for (std::uint32_t i = 0; i < count; ++i) {
        wheel.schedule(i, now + Micros{kSecond + std::int64_t{i} * 60 * kSecond / (std::int64_t{count} + 1)});
    }
}

void BM_TimerWheel_ScheduleAndCancel(benchmark::State& state) {
    const auto others = static_cast<std::uint32_t>(state.range(0));
    const Instant now{kSecond};
    TimerWheel wheel(others + 1, now);
    arm_others(wheel, others, now);
    for (auto _ : state) {
        wheel.schedule(others, now + Micros{kSecond});
        wheel.cancel(others);
    }
}
BENCHMARK(BM_TimerWheel_ScheduleAndCancel)->Arg(0)->Arg(65'536);

// An acknowledgement moves the deadline to a later time: the wheel is not touched.
void BM_TimerWheel_LazyRearm(benchmark::State& state) {
    const Instant now{kSecond};
    TimerWheel wheel(1, now);
    wheel.schedule(0, now + Micros{kSecond});
    std::int64_t later = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(&wheel);
        benchmark::ClobberMemory();
        wheel.arm_by(0, now + Micros{kSecond + ++later});
    }
}
BENCHMARK(BM_TimerWheel_LazyRearm);

void BM_TimerWheel_AdvanceWithNothingDue(benchmark::State& state) {
    const auto others = static_cast<std::uint32_t>(state.range(0));
    const Instant now{kSecond};
    TimerWheel wheel(others + 1, now);
    arm_others(wheel, others, now);
    std::uint32_t fired = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(&wheel);
        benchmark::ClobberMemory();
        fired += wheel.advance(now, 64, [](std::uint32_t) {});
    }
    if (fired != 0) state.SkipWithError("a timer fired");
}
BENCHMARK(BM_TimerWheel_AdvanceWithNothingDue)->Arg(0)->Arg(65'536);

// Timers that do expire: armed a millisecond ahead, moved through the wheel, fired. Items are timers.
void BM_TimerWheel_Expire(benchmark::State& state) {
    constexpr std::uint32_t kTimers = 1024;
    Instant now{kSecond};
    TimerWheel wheel(kTimers, now);
    std::uint64_t fired = 0;
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < kTimers; ++i) wheel.schedule(i, now + Micros{1000 + i});
        now = now + Micros{3000};
        for (int pass = 0; pass < 64 && wheel.armed() != 0; ++pass) {
            fired += wheel.advance(now, 256, [](std::uint32_t) {});
        }
    }
    if (wheel.armed() != 0) state.SkipWithError("timers were left");
    state.SetItemsProcessed(static_cast<std::int64_t>(fired));
}
BENCHMARK(BM_TimerWheel_Expire);

}  // namespace
