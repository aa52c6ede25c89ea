// SPDX-License-Identifier: BSD-3-Clause
// The sleeper's half, see sleep_fence.h.
#include "base/sleep_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringsock {

std::atomic<bool> g_sleep_fence_is_lopsided{false};

// A publisher that still reads "false" makes a full fence, which pairs with either form of the other half.
void prepare_sleep_fence() noexcept {
    if (g_sleep_fence_is_lopsided.load(std::memory_order_relaxed)) return;
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
        g_sleep_fence_is_lopsided.store(true, std::memory_order_relaxed);
}

void heavy_sleep_fence() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (g_sleep_fence_is_lopsided.load(std::memory_order_relaxed))
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

}  // namespace ringsock
