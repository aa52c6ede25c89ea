// SPDX-License-Identifier: BSD-3-Clause
#include "time/wall_clock.h"

#include <time.h>

namespace ringsock {

std::uint64_t wall_clock_nanoseconds() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_REALTIME, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace ringsock
