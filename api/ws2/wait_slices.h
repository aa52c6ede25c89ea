// SPDX-License-Identifier: BSD-3-Clause
// A long wait as a row of short ones. Between them the thread is outside the library, so that WSACleanup need
// not wait for somebody who waits for an event that has nothing to do with sockets.
#pragma once

#include <ringsock/types.h>

#include <algorithm>

#include "base/instant.h"
#include "sync/multi_wait.h"
#include "sync/thread_host.h"

namespace ringsock::ws2 {

/// Longest time inside the library in one piece.
inline constexpr Micros kWaitSlice = Micros::from_millis(100);

/// What is left of a time-out. The clock changes when the runtime starts or stops; then the time of the slice
/// counts as spent, and the rest goes on in the new clock.
class WaitSlices {
  public:
    /// Milliseconds; INFINITE never ends.
    explicit WaitSlices(DWORD timeout_ms) noexcept
        : left_(timeout_ms == 0xffffffffU ? Micros{INT64_MAX} : Micros::from_millis(timeout_ms)) {}

    [[nodiscard]] bool is_over() const noexcept { return left_.count <= 0; }
    /// Opens a slice: its length.
    [[nodiscard]] Micros begin() noexcept {
        epoch_ = sync::g_host_epoch.load(std::memory_order_acquire);
        since_ = sync::wait_clock_now();
        slice_ = std::min(left_, kWaitSlice);
        return slice_;
    }
    /// Closes it.
    void end() noexcept {
        if (left_.count == INT64_MAX) return;
        const Micros spent = sync::wait_clock_now() - since_;
        const bool same_clock = epoch_ == sync::g_host_epoch.load(std::memory_order_acquire);
        left_ = left_ - (same_clock && spent.count >= 0 ? spent : slice_);
    }

  private:
    Micros left_;
    Micros slice_;
    Instant since_;
    std::uint32_t epoch_ = 0;
};

/// Milliseconds that cover a span, for waits that count in them.
[[nodiscard]] inline DWORD covering_millis(Micros span) noexcept {
    return static_cast<DWORD>((std::max<std::int64_t>(span.count, 0) + 999) / 1000);
}

}  // namespace ringsock::ws2
