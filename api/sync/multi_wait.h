// SPDX-License-Identifier: BSD-3-Clause
// Waiting for one or all of several event objects, while keeping the thread's engines going. The core of
// WSAWaitForMultipleEvents and of the Win32 waits.
#pragma once

#include <ringsock/types.h>

#include <atomic>
#include <cstdint>

#include "base/instant.h"
#include "ring/parker.h"

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
inline constexpr std::uint32_t kMaxSleepWords = kMaxFutexWords;

/// How far one wait of several steps has come.
struct WaitProgress {
    std::uint32_t steps = 0;
    Instant spin_end;  ///< From the first step on.
};

/// One step of a wait on several words: drives, spins, naps or sleeps, as the drives of the thread's engines
/// want it. The caller loops over its condition and keeps `progress`; it must be a declared sleeper of every
/// word. The words must stay mapped.
void multi_wait_step(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                     Instant deadline, WaitProgress& progress) noexcept;

/// The clock of the calling thread's waits: that of its current host's first engine, or the system's steady
/// clock while nothing runs.
[[nodiscard]] Instant wait_clock_now() noexcept;

}  // namespace ringsock::sync
