// SPDX-License-Identifier: BSD-3-Clause
// What a port is configured with (nic/dpdk/port_plan.h) on NICs that this machine has not: their
// rte_eth_dev_info as DPDK 22.11's drivers fill it in. Where a row comes from stands beside it:
//   measured  testpmd or this library's own page on the device itself (QEMU 7.2 for the emulated ones)
//   source    the driver's dev_infos_get and its offload tables, as published with DPDK 22.11, and its page
//   in
//             DPDK's guide ("Overview of Networking Drivers")
// Values that depend on firmware or partition (numbers of queues) are those of a whole port.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "nic/dpdk/port_plan.h"

namespace ringsock::dpdk {
namespace {

// Short names for the words of the table.
enum Rx : std::uint64_t {
    rIp = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM,
    rTcp = RTE_ETH_RX_OFFLOAD_TCP_CKSUM,
    rUdp = RTE_ETH_RX_OFFLOAD_UDP_CKSUM,
    rStrip = RTE_ETH_RX_OFFLOAD_VLAN_STRIP,
    rFilter = RTE_ETH_RX_OFFLOAD_VLAN_FILTER,
    rScatter = RTE_ETH_RX_OFFLOAD_SCATTER,
    rLro = RTE_ETH_RX_OFFLOAD_TCP_LRO,
    rHash = RTE_ETH_RX_OFFLOAD_RSS_HASH,
    rCrc = RTE_ETH_RX_OFFLOAD_KEEP_CRC,
    rQinq = RTE_ETH_RX_OFFLOAD_QINQ_STRIP,
    rExtend = RTE_ETH_RX_OFFLOAD_VLAN_EXTEND,
    rOuter = RTE_ETH_RX_OFFLOAD_OUTER_IPV4_CKSUM,
    rTime = RTE_ETH_RX_OFFLOAD_TIMESTAMP,
};
enum Tx : std::uint64_t {
    tIp = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
    tTcp = RTE_ETH_TX_OFFLOAD_TCP_CKSUM,
    tUdp = RTE_ETH_TX_OFFLOAD_UDP_CKSUM,
    tSctp = RTE_ETH_TX_OFFLOAD_SCTP_CKSUM,
    tTso = RTE_ETH_TX_OFFLOAD_TCP_TSO,
    tMulti = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
    tVlan = RTE_ETH_TX_OFFLOAD_VLAN_INSERT,
    tQinq = RTE_ETH_TX_OFFLOAD_QINQ_INSERT,
    tOuter = RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM,
    tFree = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE,
    tTunnels = RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO | RTE_ETH_TX_OFFLOAD_GRE_TNL_TSO |
               RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO | RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO,
    tMac = RTE_ETH_TX_OFFLOAD_MACSEC_INSERT,
};
constexpr std::uint64_t rSums = rIp | rTcp | rUdp;
constexpr std::uint64_t tSums = tIp | tTcp | tUdp;
constexpr std::uint64_t kHashes = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
constexpr std::uint64_t kIntelHashes =
    RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_IPV6 |
    RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_IPV6_EX |
    RTE_ETH_RSS_IPV6_TCP_EX | RTE_ETH_RSS_IPV6_UDP_EX;
constexpr std::uint16_t kAny = UINT16_MAX;

struct Chosen {
    bool tx_ip, tx_tcp, tx_udp, rx;
    std::uint32_t references, pieces;  ///< Of an ordinary frame, and of one that the device cuts.
    bool insert, strip, filter;        ///< Of a VLAN.
    bool scatter;                      ///< At the largest MTU.
    std::uint32_t largest_mtu;
    std::uint16_t queues, rx_descriptors, tx_descriptors;  ///< Asked for 4, 64 and 64.
    std::uint64_t hashes;
};
struct Recorded {
    const char* name;
    const char* driver;
    std::uint64_t rx, tx;
    std::uint16_t seg_max, mtu_seg_max;
    rte_eth_desc_lim rx_limits, tx_limits;  ///< Most, least, multiple.
    std::uint16_t max_rx_queues, max_tx_queues;
    std::uint16_t min_mtu, max_mtu;
    std::uint32_t max_rx_pktlen;
    std::uint64_t hashes;
    Chosen chosen;
};
void PrintTo(const Recorded& device, std::ostream* out) {
    *out << device.name;
}

constexpr rte_eth_desc_lim lim(std::uint16_t most, std::uint16_t least, std::uint16_t multiple) {
    rte_eth_desc_lim limits{};
    limits.nb_max = most;
    limits.nb_min = least;
    limits.nb_align = multiple;
    return limits;
}

const Recorded kDevices[] = {
    // measured: virtio-net-pci on a hub, which computes nothing; queues and hashes with mq=on,rss=on.
    {"virtio on a hub",
     "net_virtio",
     rStrip | rFilter | rScatter,
     tVlan | tMulti,
     kAny,
     kAny,
     lim(kAny, 32, 1),
     lim(kAny, 32, 1),
     4,
     4,
     68,
     9698,
     9728,
     kHashes,
     {false, false, false, false, 8, 0, false, false, true, false, 9000, 4, 64, 64, kHashes}},
    // measured: the same on a tap with vnet_hdr: no IPv4 checksum, but TSO. Tags and filter as above.
    {"virtio on a tap",
     "net_virtio",
     rTcp | rUdp | rStrip | rFilter | rLro | rScatter,
     tVlan | tTcp | tUdp | tTso | tMulti,
     kAny,
     kAny,
     lim(kAny, 32, 1),
     lim(kAny, 32, 1),
     4,
     4,
     68,
     9698,
     9728,
     0,
     {false, true, true, true, 8, 16, false, false, true, false, 9000, 4, 64, 64, 0}},
    // measured: e1000 (82540EM); two queues are claimed and one works. 8192 is its largest buffer below 9216.
    {"e1000",
     "net_e1000_em",
     rSums | rStrip | rFilter | rScatter | rCrc,
     tSums | tVlan | tMulti,
     255,
     255,
     lim(4096, 32, 8),
     lim(4096, 32, 8),
     2,
     2,
     68,
     16106,
     16128,
     0,
     {true, true, true, true, 8, 0, true, true, true, true, 9000, 1, 64, 64, 0}},
    // measured: e1000e (82574L).
    {"e1000e",
     "net_e1000_em",
     rSums | rStrip | rFilter | rScatter | rCrc,
     tSums | tVlan | tMulti,
     255,
     255,
     lim(4096, 32, 8),
     lim(4096, 32, 8),
     2,
     2,
     68,
     9212,
     9234,
     0,
     {true, true, true, true, 8, 0, true, true, true, true, 9000, 1, 64, 64, 0}},
    // source: I350.
    {"igb",
     "net_e1000_igb",
     rSums | rStrip | rFilter | rScatter | rCrc | rHash | rExtend,
     tSums | tSctp | tVlan | tTso | tMulti,
     255,
     255,
     lim(4096, 32, 8),
     lim(4096, 32, 8),
     8,
     8,
     68,
     16361,
     16383,
     kIntelHashes,
     {true, true, true, true, 8, 16, true, true, true, false, 9000, 4, 64, 64, kIntelHashes}},
    // source: 82599; 40 buffers a frame, whatever kind.
    {"ixgbe",
     "net_ixgbe",
     rSums | rStrip | rFilter | rScatter | rCrc | rHash | rLro | rExtend,
     tSums | tSctp | tVlan | tTso | tMulti | tMac,
     40,
     40,
     lim(4096, 32, 8),
     lim(4096, 32, 8),
     128,
     128,
     68,
     15854,
     15872,
     kIntelHashes,
     {true, true, true, true, 8, 16, true, true, true, false, 9000, 4, 64, 64, kIntelHashes}},
    // source: X710; eight buffers a segment, the headers' included.
    {"i40e",
     "net_i40e",
     rSums | rStrip | rQinq | rOuter | rFilter | rExtend | rScatter | rCrc | rHash,
     tSums | tSctp | tOuter | tVlan | tQinq | tTso | tTunnels | tMulti | tFree,
     255,
     8,
     lim(4096, 64, 32),
     lim(4096, 64, 32),
     192,
     192,
     68,
     9702,
     9728,
     kHashes | RTE_ETH_RSS_L2_PAYLOAD,
     {true, true, true, true, 7, 16, true, true, true, false, 9000, 4, 64, 64, kHashes}},
    // source: E810 with its DDP package.
    {"ice",
     "net_ice",
     rSums | rStrip | rQinq | rOuter | rFilter | rExtend | rScatter | rCrc | rHash | rTime,
     tSums | tSctp | tOuter | tVlan | tQinq | tTso | tTunnels | tMulti | tFree,
     4096,
     8,
     lim(4096, 64, 32),
     lim(4096, 64, 32),
     256,
     256,
     68,
     9702,
     9728,
     kHashes | RTE_ETH_RSS_L2_PAYLOAD,
     {true, true, true, true, 7, 16, true, true, true, false, 9000, 4, 64, 64, kHashes}},
    // source: ConnectX-5; it leaves ethdev's own bounds on buffers and descriptors.
    {"mlx5",
     "mlx5_pci",
     rSums | rStrip | rFilter | rScatter | rCrc | rHash | rTime,
     tSums | tOuter | tVlan | tTso | tTunnels | tMulti | tFree,
     kAny,
     kAny,
     lim(kAny, 0, 1),
     lim(kAny, 0, 1),
     1024,
     1024,
     68,
     65535,
     65536,
     kHashes,
     {true, true, true, true, 8, 16, true, true, true, false, 9000, 4, 64, 64, kHashes}},
    // source: Amazon's; no tags at all, 17 buffers a frame.
    {"ena",
     "net_ena",
     rSums | rScatter | rHash,
     tSums | tTso | tMulti | tFree,
     17,
     17,
     lim(8192, 128, 1),
     lim(1024, 128, 1),
     8,
     8,
     128,
     9216,
     9234,
     kHashes,
     {true, true, true, true, 8, 16, false, false, false, false, 9000, 4, 128, 128, kHashes}},
    // measured: no IPv4 checksum; rings have their least sizes.
    {"vmxnet3",
     "net_vmxnet3",
     rTcp | rUdp | rStrip | rFilter | rScatter | rLro | rHash,
     tTcp | tUdp | tTso | tVlan | tMulti,
     255,
     16,
     lim(4096, 128, 1),
     lim(4096, 512, 1),
     16,
     8,
     60,
     kAny,
     16384,
     RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP,
     {false, true, true, true, 8, 40, true, true, true, false, 9000, 4, 128, 512,
      RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP}},
    // measured: the virtual devices. Their MTU is bound by their buffers (DeviceBounds), which a plan from
    // dev_info alone does not know.
    {"memif",
     "net_memif",
     0,
     tMulti,
     kAny,
     kAny,
     lim(kAny, 0, 1),
     lim(kAny, 0, 1),
     255,
     255,
     68,
     kAny,
     1518,
     0,
     {false, false, false, false, 8, 0, false, false, false, false, 1500, 4, 64, 64, 0}},
    {"af_packet",
     "net_af_packet",
     rStrip,
     tVlan | tMulti,
     kAny,
     kAny,
     lim(kAny, 0, 1),
     lim(kAny, 0, 1),
     4,
     4,
     68,
     kAny,
     1518,
     0,
     {false, false, false, false, 8, 0, false, true, false, false, 1500, 4, 64, 64, 0}},
    {"tap",
     "net_tap",
     rSums | rScatter,
     tSums | tTso | tMulti,
     kAny,
     kAny,
     lim(kAny, 0, 1),
     lim(kAny, 0, 1),
     16,
     16,
     68,
     kAny,
     1522,
     kHashes,
     {false, false, false, false, 8, 0, false, false, false, false, 1504, 4, 64, 64, kHashes}},
    {"vhost",
     "net_vhost",
     rTcp | rUdp | rStrip,
     tTcp | tUdp | tVlan | tMulti,
     kAny,
     kAny,
     lim(kAny, 0, 1),
     lim(kAny, 0, 1),
     4,
     4,
     68,
     kAny,
     UINT32_MAX,
     0,
     {false, false, false, false, 8, 0, false, false, false, false, 9000, 4, 64, 64, 0}},
    {"virtio_user",
     "net_virtio_user",
     rTcp | rUdp | rStrip | rLro | rScatter,
     tTcp | tUdp | tVlan | tMulti,
     kAny,
     kAny,
     lim(kAny, 32, 1),
     lim(kAny, 32, 1),
     4,
     4,
     68,
     9698,
     9728,
     0,
     {false, false, false, false, 8, 0, false, false, false, false, 9000, 4, 64, 64, 0}},
};

class RecordedDevices : public ::testing::TestWithParam<Recorded> {
  protected:
    RecordedDevices() {
        const Recorded& d = GetParam();
        info_.driver_name = d.driver;
        info_.rx_offload_capa = d.rx;
        info_.tx_offload_capa = d.tx;
        info_.rx_desc_lim = d.rx_limits;
        info_.tx_desc_lim = d.tx_limits;
        info_.tx_desc_lim.nb_seg_max = d.seg_max;
        info_.tx_desc_lim.nb_mtu_seg_max = d.mtu_seg_max;
        info_.max_rx_queues = d.max_rx_queues;
        info_.max_tx_queues = d.max_tx_queues;
        info_.min_mtu = d.min_mtu;
        info_.max_mtu = d.max_mtu;
        info_.max_rx_pktlen = d.max_rx_pktlen;
        info_.flow_type_rss_offloads = d.hashes;
        config_.name = "test/0";
        config_.device = "0000:00:05.0";
        config_.queues = 4;
        config_.fewer_queues_will_do = true;
        config_.rx_descriptors = config_.tx_descriptors = 64;
    }
    PortSizes sizes() {
        auto sizes = plan_sizes(config_, {}, info_, 1500);
        EXPECT_TRUE(sizes.ok());
        return sizes.ok() ? sizes.value() : PortSizes{};
    }
    OffloadPlan plan() { return plan_port_offloads(config_, {}, info_, sizes()); }

    rte_eth_dev_info info_{};
    NicConfig config_;
};

// Rule: queues as many as there are, descriptors within the device's bounds, the MTU the device's up to 9000.
TEST_P(RecordedDevices, SizesAreWithinTheirBounds) {
    const Chosen& want = GetParam().chosen;
    EXPECT_EQ(sizes().queues, want.queues);
    EXPECT_EQ(sizes().rx_descriptors, want.rx_descriptors);
    EXPECT_EQ(sizes().tx_descriptors, want.tx_descriptors);
    EXPECT_EQ(sizes().mtu, 1500u);
    EXPECT_EQ(largest_mtu(info_), want.largest_mtu);
    config_.mtu = want.largest_mtu;
    EXPECT_EQ(sizes().mtu, want.largest_mtu);
    EXPECT_EQ(sizes().driver_mtu, want.largest_mtu);
    config_.mtu = want.largest_mtu + 1;
    EXPECT_FALSE(plan_sizes(config_, {}, info_, 1500).ok());
    config_.mtu = 0;
    config_.queues = want.queues + 1000u;
    config_.fewer_queues_will_do = false;
    EXPECT_FALSE(plan_sizes(config_, {}, info_, 1500).ok());
    EXPECT_EQ(plan_hash_types(info_), want.hashes);
}

// Rule: its hardware's work is taken, its driver's is not.
TEST_P(RecordedDevices, WorkIsTakenWhereItIsDone) {
    const Chosen& want = GetParam().chosen;
    const OffloadPlan p = plan();
    EXPECT_EQ(p.tx_ipv4_checksum, want.tx_ip);
    EXPECT_EQ(p.tx_tcp_checksum, want.tx_tcp);
    EXPECT_EQ(p.tx_udp_checksum, want.tx_udp);
    EXPECT_EQ(p.rx_checksum, want.rx);
    EXPECT_EQ(p.max_references, want.references);
    EXPECT_EQ(p.segmentation_pieces, want.pieces);
    EXPECT_EQ(p.segmentation_bytes, want.pieces != 0 ? kMaxSegmentationBytes : 0);
    EXPECT_FALSE(p.scatter) << "frames of 1500 bytes lie in one buffer";
    EXPECT_FALSE(p.vlan_insert || p.vlan_strip || p.vlan_filter);
    // Nothing is asked for that is not offered, and nothing of the long list that nobody wants.
    EXPECT_EQ(p.rx & ~(info_.rx_offload_capa & rSums), 0u);
    EXPECT_EQ(p.tx & ~(info_.tx_offload_capa & (tSums | tMulti | tTso)), 0u);
}

// Rule: tags and large frames change what concerns them, and nothing else.
TEST_P(RecordedDevices, TagsAndLargeFramesTakeWhatTheyNeed) {
    const Chosen& want = GetParam().chosen;
    const OffloadPlan before = plan();
    config_.vlan = 100;
    config_.mtu = want.largest_mtu;
    const OffloadPlan p = plan();
    EXPECT_EQ(p.vlan_insert, want.insert);
    EXPECT_EQ(p.vlan_strip, want.strip);
    EXPECT_EQ(p.vlan_filter, want.filter);
    EXPECT_EQ(p.scatter, want.scatter);
    EXPECT_EQ(p.tx & ~std::uint64_t{tVlan}, before.tx);
    EXPECT_EQ(p.rx & ~(rStrip | rFilter | rScatter), before.rx);
    EXPECT_EQ((p.tx & tVlan) != 0, want.insert);
    EXPECT_EQ((p.rx & rStrip) != 0, want.strip);
    EXPECT_EQ((p.rx & rFilter) != 0, want.filter);
    EXPECT_EQ((p.rx & rScatter) != 0, want.scatter);
}

// Rule: offloads = "none" leaves nothing but the filter that would shut us out.
TEST_P(RecordedDevices, NothingIsTakenWhenNothingIsAllowed) {
    config_.offloads = 0;
    config_.vlan = 100;
    EXPECT_EQ(plan().tx, 0u);
    EXPECT_EQ(plan().rx & ~std::uint64_t{rFilter}, 0u);
}

// Rule: more descriptors allow more pieces; the device's bound stays.
TEST_P(RecordedDevices, PiecesFollowDescriptorsAndBuffers) {
    const Chosen& want = GetParam().chosen;
    config_.tx_descriptors = 4096;
    const std::uint32_t most = std::min({kMaxSegmentationPieces, GetParam().seg_max - 1u, 1024u});
    EXPECT_EQ(plan().segmentation_pieces, want.pieces != 0 ? most : 0);
}

INSTANTIATE_TEST_SUITE_P(Nics, RecordedDevices, ::testing::ValuesIn(kDevices), [](const auto& test) {
    std::string name;
    for (const char c : std::string(test.param.name)) name += c == ' ' ? '_' : c;
    return name;
});

}  // namespace
}  // namespace ringsock::dpdk
