// SPDX-License-Identifier: BSD-3-Clause
// Wanted x offered: which work the device does, which ours. Pure; control role.
#pragma once

#include <cstdint>
#include <string>

#include "packet/packet_io.h"

namespace ringsock::dpdk {

/// Outcome of the negotiation. `rx` and `tx` are RTE_ETH_*_OFFLOAD_* bits for rte_eth_dev_configure.
struct OffloadPlan {
    std::uint64_t rx = 0;
    std::uint64_t tx = 0;
    bool multi_segment = false;  ///< Payload may be attached by reference.
    bool tx_ipv4_checksum = false;
    bool tx_tcp_checksum = false;
    bool tx_udp_checksum = false;
    bool rx_checksum = false;
};

/// Chooses from what `rx_offered` and `tx_offered` hold. `driver` is DPDK's driver name: some drivers offer
/// what they then do in software, slower than we do.
[[nodiscard]] OffloadPlan plan_offloads(std::uint64_t rx_offered, std::uint64_t tx_offered,
                                        const std::string& driver);

/// "tx checksums: IPv4 software, TCP device, UDP device; rx checksums: software; payload by reference".
[[nodiscard]] std::string describe_offloads(const OffloadPlan& plan);

}  // namespace ringsock::dpdk
