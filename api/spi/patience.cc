// SPDX-License-Identifier: BSD-3-Clause
// Steps of a wait that nobody wakes.
#include "spi/patience.h"

#include <algorithm>
#include <atomic>

namespace ringsock::spi {

bool Patience::step() noexcept {
    Drive& drive = *port_.drive;
    const Instant now = drive.now();
    if (!has_begun_) deadline_ = now + limit_;
    has_begun_ = true;
    if (now >= deadline_) return false;
    drive.kick(port_);  // An engine that sleeps gives nothing.
    std::atomic<std::uint32_t> unwoken{0};
    drive.wait_step(port_, unwoken, 0, std::min(deadline_, now + kUnwokenNap), pace_.next());
    return true;
}

}  // namespace ringsock::spi
