// SPDX-License-Identifier: BSD-3-Clause
// A snapshot of the driver's counters. Control role.
#pragma once

#include <cstdint>
#include <vector>

#include "nic/nic.h"

namespace ringsock::dpdk {

[[nodiscard]] NicStats read_stats(std::uint16_t port) noexcept;
/// At most kMaxCounters, in the driver's order.
[[nodiscard]] std::vector<NicCounter> read_extended_stats(std::uint16_t port);
inline constexpr int kMaxCounters = 1024;

}  // namespace ringsock::dpdk
