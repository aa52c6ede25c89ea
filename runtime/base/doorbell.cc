// SPDX-License-Identifier: BSD-3-Clause
// The eventfd behind a doorbell.
#include "base/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace ringsock {

bool Doorbell::open() noexcept {
    prepare_sleep_fence();
    if (descriptor_ < 0) descriptor_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor_ >= 0;
}

// A ringer may have taken the flag and not written yet: its token then ends the next sleep early, once.
void Doorbell::withdraw(bool was_rung) noexcept {
    asleep_.store(0, std::memory_order_relaxed);
    if (!was_rung) return;
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t got = read(descriptor_, &rings, sizeof rings);
}

void Doorbell::ring() noexcept {
    if (asleep_.exchange(0, std::memory_order_acq_rel) == 0) return;  // Not the data path: somebody sleeps.
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = write(descriptor_, &one, sizeof one);
}

}  // namespace ringsock
