// SPDX-License-Identifier: BSD-3-Clause
// Wanted x offered (nic/dpdk/offloads.h), for the capability sets that DPDK's drivers announce.
#include "nic/dpdk/offloads.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>

namespace ringsock::dpdk {
namespace {

constexpr std::uint64_t kTxChecksums =
    RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kRxChecksums =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

// Rule: nothing offered, nothing taken: everything is computed here and payload is copied.
TEST(Offloads, NothingOfferedIsAllSoftware) {
    const OffloadPlan plan = plan_offloads(0, 0, "net_null");
    EXPECT_EQ(plan.rx, 0u);
    EXPECT_EQ(plan.tx, 0u);
    EXPECT_FALSE(plan.multi_segment || plan.tx_ipv4_checksum || plan.tx_tcp_checksum ||
                 plan.tx_udp_checksum || plan.rx_checksum);
}

// Rule: a NIC's checksums are taken, each on its own (virtio and vmxnet3 have no IPv4 checksum).
TEST(Offloads, WhatIsOfferedIsTakenOneByOne) {
    const OffloadPlan all = plan_offloads(kRxChecksums, kTxChecksums, "net_e1000_em");
    EXPECT_TRUE(all.tx_ipv4_checksum && all.tx_tcp_checksum && all.tx_udp_checksum && all.rx_checksum);
    EXPECT_EQ(all.tx, kTxChecksums);
    EXPECT_EQ(all.rx, kRxChecksums);
    const OffloadPlan virtio =
        plan_offloads(RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM,
                      RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM, "net_virtio");
    EXPECT_FALSE(virtio.tx_ipv4_checksum);
    EXPECT_TRUE(virtio.tx_tcp_checksum && virtio.tx_udp_checksum && virtio.rx_checksum);
}

// Rule: MBUF_FAST_FREE, TSO, VLAN and all else stay off, even when offered.
TEST(Offloads, NothingUnwantedIsTaken) {
    const OffloadPlan plan = plan_offloads(~std::uint64_t{0}, ~std::uint64_t{0}, "net_ice");
    EXPECT_EQ(plan.tx, kTxChecksums | RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
    EXPECT_EQ(plan.rx, kRxChecksums);
}

// Rule: net_tap computes in software what it offers; ours is cheaper.
TEST(Offloads, TapChecksumsAreOurs) {
    const OffloadPlan plan =
        plan_offloads(kRxChecksums, kTxChecksums | RTE_ETH_TX_OFFLOAD_MULTI_SEGS, "net_tap");
    EXPECT_EQ(plan.tx, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
    EXPECT_EQ(plan.rx, 0u);
    EXPECT_FALSE(plan.rx_checksum || plan.tx_tcp_checksum);
    EXPECT_TRUE(plan.multi_segment);
    EXPECT_EQ(
        describe_offloads(plan),
        "tx checksums: IPv4 software, TCP software, UDP software; rx checksums: software; large payload by "
        "reference");
}

}  // namespace
}  // namespace ringsock::dpdk
