// SPDX-License-Identifier: BSD-3-Clause
// Looking at a device without opening it (nic.h). In the library that links no DPDK.
#include "nic/dpdk/memory_plan.h"
#include "nic/dpdk/preflight.h"
#include "nic/nic.h"

namespace ringsock {

std::optional<NicError> examine_nic(const NicConfig& config) {
    if (auto error = dpdk::check_ranges(config)) return error;
    auto examined = dpdk::examine_device(config);
    if (!examined.ok()) return examined.error();
    return std::nullopt;
}

std::uint64_t nic_memory_bytes(const NicConfig& config) {
    auto examined = dpdk::examine_device(config);
    if (examined.ok()) return dpdk::estimate_pool_bytes(config, examined.value());
    return dpdk::estimate_pool_bytes(config, {});
}

}  // namespace ringsock
