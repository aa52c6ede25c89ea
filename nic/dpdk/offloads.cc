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

const char* who(bool device) {
    return device ? "device" : "software";
}

}  // namespace

OffloadPlan plan_offloads(std::uint64_t rx_offered, std::uint64_t tx_offered, const std::string& driver) {
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
    return plan;
}

std::string describe_offloads(const OffloadPlan& plan) {
    return std::string("tx checksums: IPv4 ") + who(plan.tx_ipv4_checksum) + ", TCP " +
           who(plan.tx_tcp_checksum) + ", UDP " + who(plan.tx_udp_checksum) +
           "; rx checksums: " + who(plan.rx_checksum) + "; large payload " +
           (plan.multi_segment ? "by reference" : "copied");
}

}  // namespace ringsock::dpdk
