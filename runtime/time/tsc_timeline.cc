// SPDX-License-Identifier: BSD-3-Clause
// TscTimeline: re-anchoring.
#include "time/tsc_timeline.h"

#include "base/assert.h"

namespace ringsock {
namespace {

/// A baseline has to be this long before it says more about the rate than the calibration did.
constexpr std::int64_t kMinBaselineNanoseconds = 100'000'000;

std::int64_t micros_of_reference(std::int64_t nanoseconds) noexcept {
    const std::int64_t micros = nanoseconds / 1000;
    return micros > 0 ? micros : 1;  // Never zero: a zero Instant means "not set".
}

}  // namespace

TscTimeline::TscTimeline(double cycles_per_second, TscSample first) noexcept
    : anchor_cycles_(first.cycles),
      anchor_micros_(micros_of_reference(first.nanoseconds)),
      last_micros_(anchor_micros_),
      rate_(1e6 / cycles_per_second),
      base_(first) {
    RS_ASSERT(cycles_per_second >= 1e6 && cycles_per_second <= 1e11);
    set_rate(rate_);
}

void TscTimeline::set_rate(double micros_per_cycle) noexcept {
    micros_per_cycle_ =
        static_cast<std::uint64_t>(micros_per_cycle * static_cast<double>(std::uint64_t{1} << kFractionBits));
    anchor_span_cycles_ = static_cast<std::uint64_t>(static_cast<double>(kAnchorMicros) / rate_);
}

Instant TscTimeline::anchor(TscSample sample) noexcept {
    const std::int64_t reference = micros_of_reference(sample.nanoseconds);
    const auto elapsed_cycles = static_cast<std::int64_t>(sample.cycles - base_.cycles);
    const std::int64_t elapsed = sample.nanoseconds - base_.nanoseconds;

    // Compare in double: the span may be hours long here.
    const double expected =
        static_cast<double>(anchor_micros_) +
        static_cast<double>(static_cast<std::int64_t>(sample.cycles - anchor_cycles_)) * rate_;
    const double error = static_cast<double>(reference) - expected;
    // What 500 ppm (the most NTP slews) can do in the time since the anchor is drift; more is a jump.
    const double since = static_cast<double>(reference - anchor_micros_);
    const double drift = static_cast<double>(kJumpMicros) + (since > 0 ? since / 1000.0 : 0.0);
    if (error > drift || error < -drift) {
        ++jumps_;
        base_ = sample;
    } else if (elapsed >= kMinBaselineNanoseconds && elapsed_cycles > 0) {
        rate_ = static_cast<double>(elapsed) / 1000.0 / static_cast<double>(elapsed_cycles);
    }

    anchor_cycles_ = sample.cycles;
    if (reference >= last_micros_) {
        anchor_micros_ = reference;
        set_rate(rate_);
        return not_before(reference);
    }
    // We are ahead. Run slower, so that we meet the reference at the next anchor, but never stand still.
    anchor_micros_ = last_micros_;
    const double ahead = static_cast<double>(last_micros_ - reference) / static_cast<double>(kAnchorMicros);
    set_rate(rate_ * (ahead < 0.5 ? 1.0 - ahead : 0.5));
    return Instant{last_micros_};
}

}  // namespace ringsock
