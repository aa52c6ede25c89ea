// SPDX-License-Identifier: BSD-3-Clause
// Waiting for one or all of several event objects, while keeping the thread's engines going. The core of
// WSAWaitForMultipleEvents and of the Win32 waits.
#pragma once

#include <ringsock/types.h>

#include <atomic>
#include <cstdint>

#include "base/instant.h"

namespace ringsock::sync {

/// Result as WSAWaitForMultipleEvents returns it, and the error that goes with WSA_WAIT_FAILED.
struct WaitOutcome {
    DWORD result = WSA_WAIT_FAILED;
    int error = 0;  ///< WSA_INVALID_HANDLE, WSA_INVALID_PARAMETER, or 0.
};

/// Waits until one event (`all` false: the lowest signalled index) or all events are signalled; auto-reset
/// ones are taken. `count` is 1 to 64; with `all` no handle may occur twice. `timeout_ms` WSA_INFINITE: for
/// ever; 0: one full pass of the current host's engines if they are inline, then a look. No allocation; no
/// system call before the thread really has to sleep.
[[nodiscard]] WaitOutcome wait_for_events(std::uint32_t count, const WSAEVENT* events, bool all,
                                          DWORD timeout_ms) noexcept;

/// Words that a multi-object wait sleeps on at once, at most.
inline constexpr std::uint32_t kMaxSleepWords = 128;

/// Sleeps until a word differs from what was seen, a wake, or `timeout_us` (negative: no limit). Falls back
/// to a short sleep where the kernel has no futex_waitv. May return early. The words must stay mapped.
void sleep_on_words(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                    std::int64_t timeout_us) noexcept;

/// One step of a wait on several words: drives, spins, naps or sleeps, as the drives of the thread's engines
/// want it. The caller loops over its condition and counts `iteration`; it must be a declared sleeper of
/// every word.
void multi_wait_step(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                     Instant deadline, std::uint32_t iteration) noexcept;

/// The clock of the calling thread's waits: that of its current host's first engine, or the system's steady
/// clock while nothing runs.
[[nodiscard]] Instant wait_clock_now() noexcept;

}  // namespace ringsock::sync
