// SPDX-License-Identifier: BSD-3-Clause
// Wanted x offered: which work the device does, which ours, and how frames lie in its buffers. Pure; control
// role.
#pragma once

#include <rte_ethdev.h>

#include <cstdint>
#include <string>

#include "packet/packet_io.h"

namespace ringsock::dpdk {

/// Pieces of payload attached to one ordinary frame at most; a frame in more pieces is copied.
inline constexpr std::uint32_t kMaxReferences = 8;
/// Pieces of payload of a frame that the device cuts into segments: 64 KiB of packets of 2 KiB, and ends.
inline constexpr std::uint32_t kMaxSegmentationPieces = 40;
/// Text of such a frame at most: an IPv4 datagram less its longest headers.
inline constexpr std::uint32_t kMaxSegmentationBytes = 65535 - 20 - 60;

/// Outcome of the negotiation. `rx` and `tx` are RTE_ETH_*_OFFLOAD_* bits for rte_eth_dev_configure.
struct OffloadPlan {
    std::uint64_t rx = 0;
    std::uint64_t tx = 0;
    bool multi_segment = false;        ///< Payload may be attached by reference,
    std::uint32_t max_references = 0;  ///< in so many pieces.
    bool tx_ipv4_checksum = false;
    bool tx_tcp_checksum = false;
    bool tx_udp_checksum = false;
    bool rx_checksum = false;
    std::uint32_t segmentation_bytes = 0;   ///< Text of a frame that the device cuts at most; 0: it does not.
    std::uint32_t segmentation_pieces = 0;  ///< In so many pieces at most.
    bool scatter = false;                   ///< A large frame may come in several buffers.
    bool vlan_insert = false;               ///< The device puts the tag on; else we do.
    bool vlan_strip = false;                ///< The device takes it off where it can.
    bool vlan_filter = false;               ///< The device wants to be told which VLAN is ours.
    bool prepare = false;                   ///< The driver wants to see frames in rte_eth_tx_prepare.
};

/// What the interface is to be.
struct OffloadWish {
    std::uint16_t vlan = 0;    ///< 0: frames are untagged.
    std::uint8_t allowed = 0;  ///< NicOffload bits.
    std::uint32_t mtu = 1500;
    std::uint32_t receive_room = 2048;  ///< Bytes of a receive buffer behind the headroom.
    std::uint32_t tx_descriptors = 512;
};

/// Chooses from what the device offers. Some drivers offer what they then do in software, slower than we do
/// and not always rightly: that is never taken.
[[nodiscard]] OffloadPlan plan_offloads(const rte_eth_dev_info& info, const OffloadWish& wish);

/// "tx checksums: IPv4 software, TCP device, UDP device; rx checksums: software; large payload by reference"
/// and a line about segmentation and reception.
[[nodiscard]] std::string describe_offloads(const OffloadPlan& plan);
/// "vlan 100: tags inserted by software, stripped by device", "untagged".
[[nodiscard]] std::string describe_vlan(std::uint16_t vlan, const OffloadPlan& plan);

}  // namespace ringsock::dpdk
