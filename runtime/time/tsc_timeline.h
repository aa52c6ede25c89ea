// SPDX-License-Identifier: BSD-3-Clause
// TscTimeline: cycle counts to microseconds, kept close to a reference clock by re-anchoring. Pure
// arithmetic, so that drift, jumps and skew can be tested without a machine that has them. Its owner's
// thread.
#pragma once

#include <cstdint>

#include "base/instant.h"

namespace ringsock {

/// A cycle count and the reference time read together with it.
struct TscSample {
    std::uint64_t cycles = 0;
    std::int64_t nanoseconds = 0;
};

/// The time never goes back: where the counter ran fast, it runs slower until the reference has caught up;
/// where it ran slow, it steps forward. After a jump of the reference (a machine that was stopped or moved)
/// the rate is measured anew.
class TscTimeline {
  public:
    /// How long an anchor serves; between two anchors the error grows with the error of the rate alone.
    static constexpr std::int64_t kAnchorMicros = 50'000;
    /// A difference to the reference that no drift explains.
    static constexpr std::int64_t kJumpMicros = 1000;
    /// Jumps after which the counter is not to be trusted any more.
    static constexpr std::uint32_t kMaxJumps = 16;

    /// `cycles_per_second` as calibrated (1 MHz to 100 GHz); `first` is the first anchor.
    TscTimeline(double cycles_per_second, TscSample first) noexcept;

    /// Whether read() may answer for this count; otherwise a fresh sample and anchor() are due. False also
    /// for a count before the anchor, as another core's counter may lag a little.
    [[nodiscard]] bool covers(std::uint64_t cycles) const noexcept {
        return cycles - anchor_cycles_ <= anchor_span_cycles_;
    }
    /// The time of a covered count.
    [[nodiscard]] Instant read(std::uint64_t cycles) noexcept {
        return not_before(anchor_micros_ + micros_of(cycles - anchor_cycles_));
    }
    /// Takes a fresh sample as the new anchor; the time of that sample.
    [[nodiscard]] Instant anchor(TscSample sample) noexcept;

    /// False after kMaxJumps: the counter and the reference do not agree.
    [[nodiscard]] bool is_trustworthy() const noexcept { return jumps_ < kMaxJumps; }
    [[nodiscard]] std::uint32_t jumps() const noexcept { return jumps_; }
    /// The latest answer.
    [[nodiscard]] Instant last() const noexcept { return Instant{last_micros_}; }

  private:
    static constexpr int kFractionBits = 40;
    /// Covered spans only: 50 ms at 100 GHz is below 2^33 cycles, the factor below 2^40.
    [[nodiscard]] std::int64_t micros_of(std::uint64_t cycles) const noexcept {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(
            (static_cast<unsigned __int128>(cycles) * micros_per_cycle_) >> kFractionBits));
    }
    [[nodiscard]] Instant not_before(std::int64_t micros) noexcept {
        if (micros > last_micros_) last_micros_ = micros;
        return Instant{last_micros_};
    }
    void set_rate(double micros_per_cycle) noexcept;

    std::uint64_t anchor_cycles_;
    std::int64_t anchor_micros_;
    std::uint64_t anchor_span_cycles_ = 0;
    std::uint64_t micros_per_cycle_ = 0;  ///< Fixed point, kFractionBits.
    std::int64_t last_micros_;
    double rate_;     ///< Best estimate, microseconds per cycle, without correction.
    TscSample base_;  ///< Start of the long baseline the rate is measured over.
    std::uint32_t jumps_ = 0;
};

}  // namespace ringsock
