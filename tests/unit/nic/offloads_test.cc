// SPDX-License-Identifier: BSD-3-Clause
// Wanted x offered (nic/dpdk/offloads.h), one offload at a time; whole devices are in
// recorded_devices_test.cc.
#include "nic/dpdk/offloads.h"

#include <gtest/gtest.h>

#include "nic/nic.h"

namespace ringsock::dpdk {
namespace {

constexpr std::uint64_t kTxChecksums =
    RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kRxChecksums =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kSegmentation =
    RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
constexpr std::uint64_t kEverything = ~std::uint64_t{0};

rte_eth_dev_info device(std::uint64_t rx, std::uint64_t tx, const char* driver) {
    rte_eth_dev_info info{};
    info.rx_offload_capa = rx;
    info.tx_offload_capa = tx;
    info.driver_name = driver;
    info.tx_desc_lim.nb_seg_max = info.tx_desc_lim.nb_mtu_seg_max = UINT16_MAX;
    return info;
}

OffloadWish wish(std::uint8_t allowed = kAllOffloads) {
    OffloadWish w;
    w.allowed = allowed;
    return w;
}

// Rule: nothing offered, nothing taken: everything is computed here and payload is copied.
TEST(Offloads, NothingOfferedIsAllSoftware) {
    const OffloadPlan plan = plan_offloads(device(0, 0, "net_null"), wish());
    EXPECT_EQ(plan.rx, 0u);
    EXPECT_EQ(plan.tx, 0u);
    EXPECT_FALSE(plan.multi_segment || plan.tx_ipv4_checksum || plan.tx_tcp_checksum ||
                 plan.tx_udp_checksum || plan.rx_checksum || plan.prepare || plan.scatter);
    EXPECT_EQ(plan.segmentation_bytes, 0u);
    EXPECT_EQ(plan.max_references, 0u);
}

// Rule: a NIC's checksums are taken, each on its own (virtio and vmxnet3 have no IPv4 checksum).
TEST(Offloads, WhatIsOfferedIsTakenOneByOne) {
    const OffloadPlan all = plan_offloads(device(kRxChecksums, kTxChecksums, "net_e1000_em"), wish());
    EXPECT_TRUE(all.tx_ipv4_checksum && all.tx_tcp_checksum && all.tx_udp_checksum && all.rx_checksum);
    EXPECT_TRUE(all.prepare) << "drivers look at frames whose checksums they complete";
    EXPECT_EQ(all.tx, kTxChecksums);
    EXPECT_EQ(all.rx, kRxChecksums);
    const OffloadPlan virtio =
        plan_offloads(device(RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM,
                             RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM, "net_virtio"),
                      wish());
    EXPECT_FALSE(virtio.tx_ipv4_checksum);
    EXPECT_TRUE(virtio.tx_tcp_checksum && virtio.tx_udp_checksum && virtio.rx_checksum);
}

// Rule: MBUF_FAST_FREE, LRO and all else stay off, even when offered.
TEST(Offloads, NothingUnwantedIsTaken) {
    const OffloadPlan plan = plan_offloads(device(kEverything, kEverything, "net_ice"), wish());
    EXPECT_EQ(plan.tx, kTxChecksums | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO);
    EXPECT_EQ(plan.rx, kRxChecksums);
}

// Rule: net_tap computes in software what it offers, and wrongly over pieces of odd length: ours is cheaper.
TEST(Offloads, TapIsNeverTakenAtItsWord) {
    const rte_eth_dev_info tap = device(kRxChecksums, kTxChecksums | kSegmentation, "net_tap");
    const OffloadPlan plan = plan_offloads(tap, wish());
    EXPECT_EQ(plan.tx, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
    EXPECT_EQ(plan.rx, 0u);
    EXPECT_FALSE(plan.rx_checksum || plan.tx_tcp_checksum || plan.prepare);
    EXPECT_TRUE(plan.multi_segment);
    EXPECT_EQ(
        describe_offloads(plan),
        "tx checksums: IPv4 software, TCP software, UDP software; rx checksums: software; large payload by "
        "reference\n  TCP segmentation by software; received frames in one buffer");
    const OffloadPlan asked =
        plan_offloads(tap, wish(kOffloadChecksum | kOffloadSegmentation | kOffloadMultiSegment));
    EXPECT_FALSE(asked.tx_tcp_checksum || asked.tx_udp_checksum || asked.tx_ipv4_checksum);
    EXPECT_EQ(asked.segmentation_bytes, 0u);
}

// Rule: between vhost and virtio_user nothing may depend on what the other side promised, asked or not.
TEST(Offloads, PeersThatComeAndGo_GetWholeFrames) {
    for (const char* driver : {"net_vhost", "net_virtio_user"}) {
        for (const std::uint8_t allowed : {std::uint8_t{kAllOffloads}, wish().allowed}) {
            const OffloadPlan plan = plan_offloads(device(kEverything, kEverything, driver), wish(allowed));
            EXPECT_EQ(plan.tx, RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
            EXPECT_EQ(plan.rx, 0u);
        }
    }
}

// Rule: "none" is none, and each name switches its own.
TEST(Offloads, WhatIsForbiddenIsNotTaken) {
    const rte_eth_dev_info info = device(kEverything, kEverything, "net_ice");
    OffloadWish w = wish(0);
    w.mtu = 9000;
    w.vlan = 5;
    OffloadPlan plan = plan_offloads(info, w);
    EXPECT_EQ(plan.tx, 0u);
    EXPECT_EQ(plan.rx, RTE_ETH_RX_OFFLOAD_VLAN_FILTER) << "or the device would let nothing in";
    EXPECT_EQ(plan.max_references, 0u);
    plan = plan_offloads(info, wish(kAllOffloads & ~kOffloadSegmentation));
    EXPECT_EQ(plan.segmentation_bytes, 0u);
    EXPECT_EQ(plan.tx, kTxChecksums | RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
    plan = plan_offloads(info, wish(kAllOffloads & ~kOffloadMultiSegment));
    EXPECT_EQ(plan.tx, kTxChecksums) << "segmentation needs pieces";
    plan = plan_offloads(info, wish(kAllOffloads & ~kOffloadChecksum));
    EXPECT_EQ(plan.tx, RTE_ETH_TX_OFFLOAD_MULTI_SEGS) << "segmentation needs checksums";
}

// Rule: segmentation needs checksums, frames in several buffers and enough of them; IPv4's checksum it needs
// not.
TEST(Offloads, SegmentationNeedsItsKin) {
    const auto bytes = [](std::uint64_t tx, std::uint16_t seg_max, std::uint16_t mtu_seg_max,
                          std::uint32_t descriptors) {
        rte_eth_dev_info info = device(0, tx, "net_any");
        info.tx_desc_lim.nb_seg_max = seg_max;
        info.tx_desc_lim.nb_mtu_seg_max = mtu_seg_max;
        OffloadWish w = wish();
        w.tx_descriptors = descriptors;
        return plan_offloads(info, w).segmentation_pieces;
    };
    EXPECT_EQ(bytes(kSegmentation, 255, 16, 512), 40u);
    EXPECT_EQ(bytes(kSegmentation, 24, 8, 512), 23u) << "one buffer is the headers'";
    EXPECT_EQ(bytes(kSegmentation, 255, 255, 64), 16u) << "a quarter of the descriptors";
    EXPECT_EQ(bytes(kSegmentation, 4, 255, 512), 0u);
    EXPECT_EQ(bytes(kSegmentation, 255, 6, 512), 0u);
    EXPECT_EQ(bytes(kSegmentation & ~RTE_ETH_TX_OFFLOAD_TCP_CKSUM, 255, 255, 512), 0u);
    EXPECT_EQ(bytes(kSegmentation & ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 255, 255, 512), 0u);
    EXPECT_EQ(bytes(kSegmentation & ~RTE_ETH_TX_OFFLOAD_TCP_TSO, 255, 255, 512), 0u);
}

// Rule: an ordinary frame has no more buffers than the device takes for one; with room for one it is copied.
TEST(Offloads, ReferencesFollowTheDevice) {
    rte_eth_dev_info info = device(0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, "net_i40e");
    info.tx_desc_lim.nb_mtu_seg_max = 8;
    EXPECT_EQ(plan_offloads(info, wish()).max_references, 7u);
    info.tx_desc_lim.nb_mtu_seg_max = 1;
    EXPECT_FALSE(plan_offloads(info, wish()).multi_segment);
    info.tx_desc_lim.nb_mtu_seg_max = 0;
    EXPECT_EQ(plan_offloads(info, wish()).max_references, 7u) << "a driver that does not say";
    info.tx_desc_lim.nb_mtu_seg_max = UINT16_MAX;
    EXPECT_EQ(plan_offloads(info, wish()).max_references, kMaxReferences);
}

// Rule: scatter is asked for only where one buffer does not hold a frame, in the sizes the device knows.
TEST(Offloads, ScatterOnlyWhereAFrameNeedsIt) {
    const auto scatters = [](const char* driver, std::uint32_t mtu, std::uint32_t room, std::uint64_t rx) {
        OffloadWish w = wish();
        w.mtu = mtu;
        w.receive_room = room;
        return plan_offloads(device(rx, 0, driver), w).scatter;
    };
    constexpr std::uint64_t kScatter = RTE_ETH_RX_OFFLOAD_SCATTER;
    EXPECT_FALSE(scatters("net_ice", 1500, 2048, kScatter));
    EXPECT_FALSE(scatters("net_ixgbe", 9000, 9216, kScatter));
    EXPECT_TRUE(scatters("net_ixgbe", 9000, 9100, kScatter)) << "counts in kibibytes";
    EXPECT_TRUE(scatters("net_e1000_em", 9000, 9216, kScatter)) << "knows 8192 and 16384";
    EXPECT_FALSE(scatters("net_e1000_em", 9000, 9216, 0));
    EXPECT_FALSE(scatters("net_e1000_em", 1500, 2048, kScatter));
}

// Rule: the hardware's tags are taken, those that drivers move bytes for are ours; a filter is always told.
TEST(Offloads, TagsByTheHardwareOnly) {
    const auto tags = [](const char* driver) {
        OffloadWish w = wish();
        w.vlan = 100;
        return plan_offloads(device(kEverything, kEverything, driver), w);
    };
    EXPECT_TRUE(tags("net_ixgbe").vlan_insert && tags("net_ixgbe").vlan_strip);
    EXPECT_FALSE(tags("net_virtio").vlan_insert || tags("net_virtio").vlan_strip);
    EXPECT_TRUE(tags("net_virtio").vlan_filter);
    EXPECT_FALSE(tags("net_af_packet").vlan_insert);
    EXPECT_TRUE(tags("net_af_packet").vlan_strip) << "the kernel has stripped it already";
    EXPECT_EQ(describe_vlan(100, tags("net_af_packet")),
              "vlan 100: tags inserted by software, stripped by device, others filtered by device");
    EXPECT_EQ(describe_vlan(0, {}), "untagged");
    EXPECT_EQ(plan_offloads(device(kEverything, kEverything, "net_ixgbe"), wish()).rx &
                  (RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER),
              0u)
        << "without a VLAN tags are left where they are";
}

}  // namespace
}  // namespace ringsock::dpdk
