// SPDX-License-Identifier: BSD-3-Clause
// SimClock: virtual time, moved by the simulation alone. One per world; its owner's thread.
#pragma once

#include "base/assert.h"
#include "time/clock.h"

namespace ringsock::sim {

class SimClock final : public Clock {
  public:
    [[nodiscard]] Instant read() noexcept override { return now_; }
    [[nodiscard]] Instant now() const noexcept { return now_; }
    /// Moves forward to `t`; a `t` in the past is ignored.
    void advance_to(Instant t) noexcept {
        if (t > now_) now_ = t;
    }

  private:
    Instant now_{1'000'000};  ///< One second: never zero.
};

}  // namespace ringsock::sim
