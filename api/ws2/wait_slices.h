// SPDX-License-Identifier: BSD-3-Clause
// A long wait as a row of short ones. Between them the thread is outside the library, so that WSACleanup need
// not wait for somebody who waits for an event that has nothing to do with sockets.
#pragma once

#include <ringsock/types.h>

#include <algorithm>

#include "base/instant.h"
#include "sync/multi_wait.h"

namespace ringsock::ws2 {

/// Longest time inside the library in one piece.
inline constexpr Micros kWaitSlice = Micros::from_millis(100);

/// What is left of a time-out. Between begin() and end() the thread is inside the library, so the clock of
/// the runtime does not change under a slice; from one slice to the next it may.
class WaitSlices {
  public:
    /// Milliseconds; INFINITE never ends.
    explicit WaitSlices(DWORD timeout_ms) noexcept
        : left_(timeout_ms == 0xffffffffU ? kForEver : Micros::from_millis(timeout_ms)) {}

    [[nodiscard]] bool is_over() const noexcept { return left_.count <= 0; }
    /// Length of the next slice.
    [[nodiscard]] Micros length() const noexcept { return std::min(left_, kWaitSlice); }
    /// Opens a slice: its length.
    [[nodiscard]] Micros begin() noexcept {
        since_ = sync::wait_clock_now();
        return length();
    }
    /// Closes it.
    void end() noexcept { spend(sync::wait_clock_now() - since_); }
    /// Takes time off that passed outside the library.
    void spend(Micros time) noexcept {
        if (left_ != kForEver) left_ = left_ - std::max(time, Micros{0});
    }

  private:
    static constexpr Micros kForEver{INT64_MAX};
    Micros left_;
    Instant since_;
};

/// Milliseconds that cover a span, for waits that count in them.
[[nodiscard]] inline DWORD covering_millis(Micros span) noexcept {
    return static_cast<DWORD>((std::max<std::int64_t>(span.count, 0) + 999) / 1000);
}

}  // namespace ringsock::ws2
