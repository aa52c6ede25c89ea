// SPDX-License-Identifier: BSD-3-Clause
// Choosing offloads, see offloads.h.
#include "nic/dpdk/offloads.h"

#include <rte_ethdev.h>

namespace ringsock::dpdk {
namespace {

// net_tap offers checksums and computes them itself, one system call's neighbour away, after copying the
// frame: our own are computed while the bytes are in the cache. Between vhost and virtio_user what one side
// may leave out depends on the other, which comes and goes while traits stay.
bool checksums_in_software(const std::string& driver) {
    return driver == "net_tap" || driver == "net_vhost" || driver == "net_virtio_user";
}

// The tag of these drivers is inserted and stripped by moving bytes, as we do it, virtio's only in its
// tx_prepare. net_af_packet gets its frames stripped by the kernel: not asking would have it put the tag
// back.
bool tags_in_software(const std::string& driver) {
    return driver == "net_vhost" || driver == "net_virtio_user" || driver == "net_virtio";
}

void plan_vlan(OffloadPlan& plan, std::uint64_t rx_offered, std::uint64_t tx_offered,
               const std::string& driver) {
    const bool ours = tags_in_software(driver);
    plan.vlan_insert =
        !ours && driver != "net_af_packet" && (tx_offered & RTE_ETH_TX_OFFLOAD_VLAN_INSERT) != 0;
    plan.vlan_strip = !ours && (rx_offered & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
    plan.vlan_filter = (rx_offered & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
    if (plan.vlan_insert) plan.tx |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
    if (plan.vlan_strip) plan.rx |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    if (plan.vlan_filter) plan.rx |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
}

const char* who(bool device) {
    return device ? "device" : "software";
}

}  // namespace

OffloadPlan plan_offloads(std::uint64_t rx_offered, std::uint64_t tx_offered, const std::string& driver,
                          const OffloadWish& wish) {
    OffloadPlan plan;
    const bool ours = checksums_in_software(driver);
    const auto take_tx = [&](std::uint64_t bit) {
        const bool take = !ours && (tx_offered & bit) != 0;
        if (take) plan.tx |= bit;
        return take;
    };
    plan.tx_ipv4_checksum = take_tx(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM);
    plan.tx_tcp_checksum = take_tx(RTE_ETH_TX_OFFLOAD_TCP_CKSUM);
    plan.tx_udp_checksum = take_tx(RTE_ETH_TX_OFFLOAD_UDP_CKSUM);

    // MBUF_FAST_FREE stays off: it demands one pool and no references (house.md, section 5).
    plan.multi_segment = (tx_offered & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
    if (plan.multi_segment) plan.tx |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;

    // Verdicts are per frame, so any part that is offered helps; what comes without a verdict we verify.
    constexpr std::uint64_t kRxChecksums =
        RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
    if (!ours) plan.rx |= rx_offered & kRxChecksums;
    plan.rx_checksum = plan.rx != 0;
    if (wish.vlan != 0) plan_vlan(plan, rx_offered, tx_offered, driver);
    return plan;
}

std::string describe_offloads(const OffloadPlan& plan) {
    return std::string("tx checksums: IPv4 ") + who(plan.tx_ipv4_checksum) + ", TCP " +
           who(plan.tx_tcp_checksum) + ", UDP " + who(plan.tx_udp_checksum) +
           "; rx checksums: " + who(plan.rx_checksum) + "; large payload " +
           (plan.multi_segment ? "by reference" : "copied");
}

std::string describe_vlan(std::uint16_t vlan, const OffloadPlan& plan) {
    if (vlan == 0) return "untagged";
    return "vlan " + std::to_string(vlan) + ": tags inserted by " + who(plan.vlan_insert) + ", stripped by " +
           who(plan.vlan_strip) + (plan.vlan_filter ? ", others filtered by device" : "");
}

}  // namespace ringsock::dpdk
