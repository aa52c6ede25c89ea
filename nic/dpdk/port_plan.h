// SPDX-License-Identifier: BSD-3-Clause
// What a port is configured with, from what was asked for and what its driver says of it (rte_eth_dev_info):
// queues, descriptors, MTU, offloads, hash types. Pure, so that tests can put recorded devices in; control
// role.
#pragma once

#include <rte_ethdev.h>

#include <cstdint>

#include "base/result.h"
#include "nic/dpdk/offloads.h"
#include "nic/dpdk/preflight.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// Sizes after the device had its say.
struct PortSizes {
    std::uint16_t queues = 1;
    std::uint16_t rx_descriptors = 0;
    std::uint16_t tx_descriptors = 0;
    std::uint32_t mtu = 1500;         ///< Ours.
    std::uint32_t driver_mtu = 1500;  ///< What the driver is told: less where it claims less than it takes.
};

/// Queues that carry frames, which may be fewer than a driver sets up.
[[nodiscard]] std::uint32_t working_queues(const rte_eth_dev_info& info) noexcept;
/// The MTU that the driver allows, at most 9000.
[[nodiscard]] std::uint32_t largest_mtu(const rte_eth_dev_info& info) noexcept;

/// `default_mtu` serves when config.mtu is 0.
[[nodiscard]] Result<PortSizes, NicError> plan_sizes(const NicConfig& config, const DeviceRequest& request,
                                                     const rte_eth_dev_info& info, std::uint32_t default_mtu);

/// Offloads of a port of these sizes.
[[nodiscard]] OffloadPlan plan_port_offloads(const NicConfig& config, const DeviceRequest& request,
                                             const rte_eth_dev_info& info, const PortSizes& sizes);

/// Receive-side scaling to ask for: all the device has for TCP, UDP and their networks (RTE_ETH_RSS_* bits).
[[nodiscard]] std::uint64_t plan_hash_types(const rte_eth_dev_info& info) noexcept;

}  // namespace ringsock::dpdk
