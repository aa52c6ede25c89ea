// SPDX-License-Identifier: BSD-3-Clause
// The two halves of "declare, fence, look again" against "publish, fence, look for sleepers" (a Dekker pair),
// made lopsided: whoever goes to sleep pays for both with membarrier(2), and whoever publishes pays for
// nothing but the order the compiler keeps. Where the kernel has no such call both halves are full fences.
#pragma once

#include <atomic>

namespace ringsock {

/// Whether heavy_sleep_fence() orders the other side too. Written once, by prepare_sleep_fence().
extern std::atomic<bool> g_sleep_fence_is_lopsided;

/// Asks the kernel for the lopsided form, once per process. Control role, before anybody sleeps.
void prepare_sleep_fence() noexcept;

/// Between a store that a sleeper waits for and the look at its "asleep". Any thread; the data path.
inline void light_sleep_fence() noexcept {
    if (g_sleep_fence_is_lopsided.load(std::memory_order_relaxed)) [[likely]] {
        std::atomic_signal_fence(std::memory_order_seq_cst);
        return;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Between the sleeper's "asleep" and its last look. One system call, which interrupts the cores that run
/// this process.
void heavy_sleep_fence() noexcept;

}  // namespace ringsock
