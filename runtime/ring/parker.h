// SPDX-License-Identifier: BSD-3-Clause
// Futex wait with a deadline (std::atomic::wait has none, trap T3). Application and helper threads only.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringsock {

/// Sleeps while `word` holds `expected`, at most `timeout_us` microseconds (negative: without limit). Returns
/// at the latest when futex_wake is called on the word; may return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_us) noexcept;

/// Wakes up to `count` sleepers of `word`. One system call.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

}  // namespace ringsock
