// SPDX-License-Identifier: BSD-3-Clause
// Clock: where an engine gets its time from, once per pass. The real one is TscClock; simulation brings its
// own.
#pragma once

#include "base/instant.h"

namespace ringsock {

class Clock {
  public:
    virtual ~Clock() = default;
    /// The time: never zero, never earlier than what this object answered before. Microseconds since an
    /// origin of the clock's choice. Called by whoever holds the engine role of the clock's engine.
    [[nodiscard]] virtual Instant read() noexcept = 0;
};

}  // namespace ringsock
