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
    bool vlan_insert = false;  ///< The device puts the tag on; else we do.
    bool vlan_strip = false;   ///< The device takes it off where it can.
    bool vlan_filter = false;  ///< The device wants to be told which VLAN is ours.
};

/// What is wanted beyond what is always taken where it is offered.
struct OffloadWish {
    std::uint16_t vlan = 0;  ///< 0: frames are untagged.
};

/// Chooses from what `rx_offered` and `tx_offered` hold. `driver` is DPDK's driver name: some drivers offer
/// what they then do in software, slower than we do.
[[nodiscard]] OffloadPlan plan_offloads(std::uint64_t rx_offered, std::uint64_t tx_offered,
                                        const std::string& driver, const OffloadWish& wish = {});

/// "tx checksums: IPv4 software, TCP device, UDP device; rx checksums: software; payload by reference".
[[nodiscard]] std::string describe_offloads(const OffloadPlan& plan);
/// "vlan 100: tags inserted by software, stripped by device", "untagged".
[[nodiscard]] std::string describe_vlan(std::uint16_t vlan, const OffloadPlan& plan);

}  // namespace ringsock::dpdk
