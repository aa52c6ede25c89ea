// SPDX-License-Identifier: BSD-3-Clause
// Choosing offloads, see offloads.h.
#include "nic/dpdk/offloads.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "nic/nic.h"

namespace ringsock::dpdk {
namespace {

constexpr std::uint64_t kRxChecksums =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

// Between vhost and virtio_user what one side may leave out depends on the other, which comes and goes while
// traits stay.
bool depends_on_peer(std::string_view driver) {
    return driver == "net_vhost" || driver == "net_virtio_user";
}
// net_tap offers checksums and segmentation and computes them itself, one system call's neighbour away, after
// copying the frame: our own are computed while the bytes are in the cache. And its sum over several buffers
// is wrong where one that is not the last has an odd length (22.11).
bool works_in_software(std::string_view driver) {
    return driver == "net_tap";
}
// The tag of these drivers is inserted and stripped by moving bytes, as we do it, virtio's only in its
// tx_prepare.
bool tags_in_software(std::string_view driver) {
    return depends_on_peer(driver) || driver == "net_virtio";
}

// Bytes of a receive buffer that the device fills before it takes the next: the registers of the older Intel
// NICs know powers of two (8254x, 8257x) or kibibytes (82575 to X550).
std::uint32_t usable_room(std::string_view driver, std::uint32_t room) {
    if (driver == "net_e1000_em") return std::min(std::bit_floor(room), 16384u);
    if (driver == "net_e1000_igb" || driver == "net_ixgbe") return room & ~1023u;
    return room;
}

struct Negotiation {
    const rte_eth_dev_info& info;
    const OffloadWish& wish;
    const std::string_view driver;
    OffloadPlan plan;

    [[nodiscard]] bool allows(std::uint8_t what) const { return (wish.allowed & what) != 0; }
    [[nodiscard]] bool offers_tx(std::uint64_t bit) const { return (info.tx_offload_capa & bit) != 0; }
    bool take_tx(bool want, std::uint64_t bit) {
        const bool take = want && offers_tx(bit);
        if (take) plan.tx |= bit;
        return take;
    }
    bool take_rx(bool want, std::uint64_t bit) {
        const bool take = want && (info.rx_offload_capa & bit) != 0;
        if (take) plan.rx |= bit;
        return take;
    }

    void checksums() {
        const bool theirs =
            allows(kOffloadChecksum) && !depends_on_peer(driver) && !works_in_software(driver);
        plan.tx_ipv4_checksum = take_tx(theirs, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM);
        plan.tx_tcp_checksum = take_tx(theirs, RTE_ETH_TX_OFFLOAD_TCP_CKSUM);
        plan.tx_udp_checksum = take_tx(theirs, RTE_ETH_TX_OFFLOAD_UDP_CKSUM);
        // Verdicts are per frame, so any part that is offered helps; what comes without a verdict we verify.
        if (theirs) plan.rx |= info.rx_offload_capa & kRxChecksums;
        plan.rx_checksum = plan.rx != 0;
    }

    // MBUF_FAST_FREE stays off: it demands one pool and no references (house.md, section 5).
    void references() {
        const std::uint32_t most = std::min(buffers_per_frame(), buffers_per_segment()) - 1;
        plan.multi_segment =
            take_tx(most != 0 && allows(kOffloadMultiSegment), RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
        plan.max_references = plan.multi_segment ? std::min(kMaxReferences, most) : 0;
    }

    // Buffers of a frame that the device cuts, and of one segment or ordinary frame. Some drivers leave 0.
    static constexpr std::uint32_t kUnsaid = 8;
    [[nodiscard]] std::uint32_t buffers_per_frame() const {
        return info.tx_desc_lim.nb_seg_max != 0 ? info.tx_desc_lim.nb_seg_max : kUnsaid;
    }
    [[nodiscard]] std::uint32_t buffers_per_segment() const {
        return info.tx_desc_lim.nb_mtu_seg_max != 0 ? info.tx_desc_lim.nb_mtu_seg_max : kUnsaid;
    }

    // The text lies in many packets, so payload must go by reference; the headers' checksums are the
    // device's, but for IPv4's, which some (virtio, vmxnet3) compute for the segments alone. tcp keeps the
    // pieces large enough that one segment lies in seven buffers at most, its header's included.
    void segmentation() {
        constexpr std::uint32_t kBuffersPerSegment = 7;
        constexpr std::uint32_t kLeastPieces = 4;  // fewer are not worth a frame of their own
        if (!allows(kOffloadSegmentation) || !plan.multi_segment || !plan.tx_tcp_checksum ||
            buffers_per_segment() < kBuffersPerSegment || !offers_tx(RTE_ETH_TX_OFFLOAD_TCP_TSO))
            return;
        const std::uint32_t pieces =
            std::min({kMaxSegmentationPieces, buffers_per_frame() - 1, wish.tx_descriptors / 4});
        if (pieces < kLeastPieces) return;
        plan.tx |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
        plan.segmentation_bytes = kMaxSegmentationBytes;
        plan.segmentation_pieces = pieces;
    }

    // Buffers hold a frame each (memory_plan.h), unless the device knows sizes in coarse steps only.
    void scatter() {
        constexpr std::uint32_t kLinkBytes = 18 + 8;  // what drivers add to the MTU: two tags
        const bool needed = wish.mtu + kLinkBytes > usable_room(driver, wish.receive_room);
        plan.scatter = take_rx(needed && allows(kOffloadScatter), RTE_ETH_RX_OFFLOAD_SCATTER);
    }

    // net_af_packet gets its frames stripped by the kernel: not asking would have it put the tag back. It
    // would insert by moving bytes, as we do.
    void vlan() {
        if (wish.vlan == 0) return;
        const bool theirs = allows(kOffloadVlan) && !tags_in_software(driver);
        plan.vlan_insert = take_tx(theirs && driver != "net_af_packet", RTE_ETH_TX_OFFLOAD_VLAN_INSERT);
        plan.vlan_strip = take_rx(theirs, RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
        // Not a matter of choice: a device that filters lets nothing in unasked.
        plan.vlan_filter = take_rx(true, RTE_ETH_RX_OFFLOAD_VLAN_FILTER);
    }
};

const char* who(bool device) {
    return device ? "device" : "software";
}

}  // namespace

OffloadPlan plan_offloads(const rte_eth_dev_info& info, const OffloadWish& wish) {
    Negotiation n{info, wish, info.driver_name != nullptr ? info.driver_name : "", {}};
    n.checksums();
    n.references();
    n.segmentation();
    n.scatter();
    n.vlan();
    n.plan.prepare = (n.plan.tx & ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
    return n.plan;
}

std::string describe_offloads(const OffloadPlan& plan) {
    std::string text = std::string("tx checksums: IPv4 ") + who(plan.tx_ipv4_checksum) + ", TCP " +
                       who(plan.tx_tcp_checksum) + ", UDP " + who(plan.tx_udp_checksum) +
                       "; rx checksums: " + who(plan.rx_checksum) + "; large payload " +
                       (plan.multi_segment ? "by reference" : "copied") + "\n  ";
    if (plan.segmentation_bytes != 0)
        text += "TCP segmentation by device, up to " + std::to_string(plan.segmentation_bytes) +
                " bytes in " + std::to_string(plan.segmentation_pieces) + " pieces";
    else
        text += "TCP segmentation by software";
    return text + "; received frames in " + (plan.scatter ? "one or several buffers" : "one buffer");
}

std::string describe_vlan(std::uint16_t vlan, const OffloadPlan& plan) {
    if (vlan == 0) return "untagged";
    return "vlan " + std::to_string(vlan) + ": tags inserted by " + who(plan.vlan_insert) + ", stripped by " +
           who(plan.vlan_strip) + (plan.vlan_filter ? ", others filtered by device" : "");
}

}  // namespace ringsock::dpdk
