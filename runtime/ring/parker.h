// SPDX-License-Identifier: BSD-3-Clause
// Futex wait with a deadline (std::atomic::wait has none, trap T3). Application and helper threads only.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/doorbell.h"

namespace ringsock {

/// Words of futex_wait_any at most (the kernel's FUTEX_WAITV_MAX).
inline constexpr std::uint32_t kMaxFutexWords = 128;

/// Sleeps while `word` holds `expected`, at most `timeout_us` microseconds (negative: without limit). Returns
/// at the latest when futex_wake is called on the word; may return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_us) noexcept;

/// Sleeps while every word holds what was seen of it, at most `timeout_us` (negative: without limit); may
/// return early. Where the kernel has no futex_waitv, several words are napped on.
void futex_wait_any(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                    std::int64_t timeout_us) noexcept;

/// Wakes up to `count` sleepers of `word`, and whoever sleeps on a bell (it looks at its words and sleeps
/// again). The word was changed before. One system call, one more for each declared bell.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

/// Registers a thread that waits for words but sleeps on `bell`, which must live for ever: every futex_wake
/// rings it while it is declared. Register, declare, heavy_sleep_fence, look at the words, sleep.
void add_poll_sleeper(Doorbell& bell) noexcept;
void remove_poll_sleeper(Doorbell& bell) noexcept;

}  // namespace ringsock
