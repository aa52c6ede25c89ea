// SPDX-License-Identifier: BSD-3-Clause
// The plan of a port, see port_plan.h.
#include "nic/dpdk/port_plan.h"

#include <algorithm>
#include <string_view>

#include "nic/dpdk/memory_plan.h"

namespace ringsock::dpdk {
namespace {

constexpr std::uint32_t kLeastMtu = 576;  // RFC 791: every host takes datagrams of this size

std::uint16_t within(const rte_eth_desc_lim& limits, std::uint32_t wanted) noexcept {
    const std::uint32_t align = std::max<std::uint32_t>(limits.nb_align, 1);
    std::uint32_t n = (wanted + align - 1) / align * align;
    if (limits.nb_max != 0) n = std::min<std::uint32_t>(n, limits.nb_max);
    return static_cast<std::uint16_t>(std::max<std::uint32_t>(n, limits.nb_min));
}

}  // namespace

// net_e1000_em takes two; the 8254x has one, and what is given to the other is never sent. The 8257x has two,
// but receives everything on the first and computes checksums for one.
std::uint32_t working_queues(const rte_eth_dev_info& info) noexcept {
    const std::uint32_t most = std::min(info.max_rx_queues, info.max_tx_queues);
    const bool is_em = info.driver_name != nullptr && info.driver_name == std::string_view("net_e1000_em");
    return is_em ? std::min(most, 1u) : most;
}

// A driver may bound the frame rather than the MTU (net_af_packet); DPDK then takes Ethernet's 18 bytes off.
std::uint32_t largest_mtu(const rte_eth_dev_info& info) noexcept {
    constexpr std::uint32_t kEthernet = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
    const bool frame_is_bound = info.max_mtu == UINT16_MAX && info.max_rx_pktlen > kEthernet;
    const std::uint32_t by_frame = frame_is_bound ? info.max_rx_pktlen - kEthernet : UINT16_MAX;
    return std::min({std::uint32_t{info.max_mtu}, by_frame, std::uint32_t{9000}});
}

Result<PortSizes, NicError> plan_sizes(const NicConfig& config, const DeviceRequest& request,
                                       const rte_eth_dev_info& info, std::uint32_t default_mtu) {
    const std::uint32_t most = std::min(working_queues(info), request.queue_limit);
    if (config.queues > most && !(config.fewer_queues_will_do && most != 0))
        return Failure{error_at(config, NicErrorKind::bad_argument,
                                "the device has " + std::to_string(most) + " queues, asked for " +
                                    std::to_string(config.queues) + "; configure as many engines as queues")};
    PortSizes sizes;
    sizes.queues = static_cast<std::uint16_t>(std::min(config.queues, most));
    sizes.rx_descriptors = within(info.rx_desc_lim, config.rx_descriptors);
    sizes.tx_descriptors = within(info.tx_desc_lim, config.tx_descriptors);
    const std::uint32_t drivers = largest_mtu(info);
    const std::uint32_t most_mtu =
        request.mtu_is_ours ? request.mtu_limit : std::min(drivers, request.mtu_limit);
    const std::uint32_t least_mtu = std::max<std::uint32_t>(info.min_mtu, kLeastMtu);
    if (config.mtu > most_mtu || (config.mtu != 0 && config.mtu < least_mtu))
        return Failure{refuse_mtu(config, least_mtu, most_mtu)};
    sizes.mtu =
        std::clamp(config.mtu != 0 ? config.mtu : default_mtu, least_mtu, std::max(least_mtu, most_mtu));
    sizes.driver_mtu = std::min(sizes.mtu, drivers);
    return sizes;
}

OffloadPlan plan_port_offloads(const NicConfig& config, const DeviceRequest& request,
                               const rte_eth_dev_info& info, const PortSizes& sizes) {
    OffloadWish wish;
    wish.vlan = config.vlan;
    wish.allowed = config.offloads;
    wish.mtu = sizes.mtu;
    wish.receive_room = packet_room(sizes.mtu, request.driver_headroom, request.memory);
    wish.tx_descriptors = sizes.tx_descriptors;
    return plan_offloads(info, wish);
}

std::uint64_t plan_hash_types(const rte_eth_dev_info& info) noexcept {
    return info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
}

}  // namespace ringsock::dpdk
