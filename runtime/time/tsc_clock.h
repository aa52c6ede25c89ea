// SPDX-License-Identifier: BSD-3-Clause
// TscClock: the time stamp counter as a clock, calibrated once per process against CLOCK_MONOTONIC and
// re-anchored to it 20 times a second of use. The only clock read in runtime/. Each engine has one of its
// own.
#pragma once

#include <cstdint>

#include "base/instant.h"
#include "time/clock.h"
#include "time/tsc_timeline.h"

namespace ringsock {

/// What this machine's counter was found to be. The first call measures (4 ms, busy), later ones remember.
struct TscCalibration {
    bool is_usable = false;          ///< Invariant counter, and two measurements that agree.
    double cycles_per_second = 0.0;  ///< 0 when not usable.
    static const TscCalibration& of_this_machine() noexcept;
};

/// Microseconds since boot, as CLOCK_MONOTONIC counts them. Falls back to clock_gettime for every read where
/// the counter is not invariant, calibration disagreed with itself, or the two clocks jump apart time and
/// again.
class TscClock final : public Clock {
  public:
    /// Calibrates when nobody in this process has. `allow_tsc` false: always clock_gettime.
    explicit TscClock(bool allow_tsc = true) noexcept;

    [[nodiscard]] Instant read() noexcept override;
    /// Whether reads come from the counter at present.
    [[nodiscard]] bool uses_tsc() const noexcept { return uses_tsc_; }

  private:
    [[nodiscard]] Instant read_slowly() noexcept;

    bool uses_tsc_;
    std::int64_t last_micros_ = 0;  ///< Without the counter.
    TscTimeline timeline_;
};

}  // namespace ringsock
