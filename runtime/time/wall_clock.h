// SPDX-License-Identifier: BSD-3-Clause
// The time of day, for records that people read. Never for protocol: it jumps.
#pragma once

#include <cstdint>

namespace ringsock {

/// Nanoseconds since 1970 (CLOCK_REALTIME). Through the vDSO, so without a system call wherever the kernel
/// trusts the time stamp counter. Any thread.
[[nodiscard]] std::uint64_t wall_clock_nanoseconds() noexcept;

}  // namespace ringsock
