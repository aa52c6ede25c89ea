// SPDX-License-Identifier: BSD-3-Clause
// TscClock: reading the counter and CLOCK_MONOTONIC together, calibration, fall-back.
#include "time/tsc_clock.h"

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace ringsock {
namespace {

std::int64_t monotonic_nanoseconds() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

#if defined(__x86_64__)
std::uint64_t read_counter() noexcept {
    return __rdtsc();
}

/// CPUID 80000007h EDX bit 8: the counter runs at one rate in all power states.
bool has_invariant_counter() noexcept {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x80000007u, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
}
#else
// Elsewhere the vDSO's clock_gettime is as cheap as reading the counter ourselves.
std::uint64_t read_counter() noexcept {
    return 0;
}
bool has_invariant_counter() noexcept {
    return false;
}
#endif

/// Reads both clocks as close together as can be had: the tightest of a few tries, so that an interruption
/// between the reads does not count as drift.
TscSample take_sample() noexcept {
    constexpr int kTries = 5;
    TscSample best;
    std::uint64_t best_gap = UINT64_MAX;
    for (int i = 0; i < kTries; ++i) {
        const std::uint64_t before = read_counter();
        const std::int64_t nanoseconds = monotonic_nanoseconds();
        const std::uint64_t after = read_counter();
        if (after - before >= best_gap) continue;
        best_gap = after - before;
        best = {before + (after - before) / 2, nanoseconds};
    }
    return best;
}

TscSample wait_for_sample(std::int64_t not_before_nanoseconds) noexcept {
    while (monotonic_nanoseconds() < not_before_nanoseconds) {
    }
    return take_sample();
}

double rate_between(const TscSample& a, const TscSample& b) noexcept {
    return static_cast<double>(b.cycles - a.cycles) * 1e9 /
           static_cast<double>(b.nanoseconds - a.nanoseconds);
}

TscCalibration calibrate() noexcept {
    if (!has_invariant_counter()) return {};
    constexpr std::int64_t kWindowNanoseconds = 2'000'000;
    constexpr double kTolerance = 500e-6;
    const TscSample first = take_sample();
    const TscSample second = wait_for_sample(first.nanoseconds + kWindowNanoseconds);
    const TscSample third = wait_for_sample(second.nanoseconds + kWindowNanoseconds);
    const double early = rate_between(first, second);
    const double late = rate_between(second, third);
    const double whole = rate_between(first, third);
    const bool agree = early - late < kTolerance * whole && late - early < kTolerance * whole;
    if (!agree || whole < 1e8 || whole > 1e10) return {};
    return {true, whole};
}

}  // namespace

const TscCalibration& TscCalibration::of_this_machine() noexcept {
    static const TscCalibration calibration = calibrate();
    return calibration;
}

TscClock::TscClock(bool allow_tsc) noexcept
    : uses_tsc_(allow_tsc && TscCalibration::of_this_machine().is_usable),
      timeline_(uses_tsc_ ? TscCalibration::of_this_machine().cycles_per_second : 1e9, take_sample()) {}

Instant TscClock::read() noexcept {
    if (uses_tsc_) [[likely]] {
        const std::uint64_t cycles = read_counter();
        if (timeline_.covers(cycles)) [[likely]]
            return timeline_.read(cycles);
    }
    return read_slowly();
}

Instant TscClock::read_slowly() noexcept {
    if (uses_tsc_) {
        const Instant now = timeline_.anchor(take_sample());
        if (timeline_.is_trustworthy()) return now;
        uses_tsc_ = false;
        last_micros_ = now.micros;
    }
    const std::int64_t micros = monotonic_nanoseconds() / 1000;
    if (micros > last_micros_) last_micros_ = micros;
    if (last_micros_ == 0) last_micros_ = 1;
    return Instant{last_micros_};
}

}  // namespace ringsock
