// SPDX-License-Identifier: BSD-3-Clause
// Opening two ports that are each other's wire (rte_eth_from_rings), see nic.h.
#include <rte_errno.h>
#include <rte_eth_ring.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>

#include "nic/dpdk/dpdk_nic.h"
#include "nic/dpdk/eal_log.h"
#include "nic/nic.h"

namespace ringsock {
namespace {

using namespace ringsock::dpdk;

using BothConfigs = std::array<const NicConfig*, 2>;
constexpr std::uint32_t kDefaultMtu = 1500;

std::optional<NicError> check_pair(const BothConfigs& configs) {
    for (const NicConfig* config : configs)
        if (auto error = check_ranges(*config)) return error;
    if (configs[0]->queues == configs[1]->queues) return std::nullopt;
    return error_at(*configs[1], NicErrorKind::bad_argument,
                    std::to_string(configs[1]->queues) + " queues here but " +
                        std::to_string(configs[0]->queues) +
                        " at the other end of the ring; give both hosts the same number of engines");
}

Result<EthPort, NicError> make_port(const NicConfig& config, const WireEnd& wire) {
    static std::atomic<unsigned> made{0};
    const std::string name = "rs" + std::to_string(made.fetch_add(1, std::memory_order_relaxed));
    std::vector<rte_ring*> receive;
    std::vector<rte_ring*> send;
    for (std::uint32_t queue = 0; queue < config.queues; ++queue) {
        receive.push_back(wire.lane(queue).ring[1 - wire.end()]);
        send.push_back(wire.lane(queue).ring[wire.end()]);
    }
    const std::uint64_t mark = log_mark();
    const int id =
        rte_eth_from_rings(name.c_str(), receive.data(), config.queues, send.data(), config.queues, 0);
    if (id < 0)
        return Failure{error_at(config, NicErrorKind::start_failed,
                                std::string("cannot create the ring port: ") + rte_strerror(rte_errno) + " " +
                                    worst_line_since(mark))};
    return EthPort::adopt(config, static_cast<std::uint16_t>(id), "net_ring_" + name);
}

std::optional<NicError> build_end(DpdkNic::Parts& parts, std::uint32_t slots) {
    auto port = make_port(parts.config, parts.wire);
    if (!port.ok()) return port.error();
    parts.port = std::move(port).value();
    auto sizes = parts.port.plan_sizes(parts.config, kDefaultMtu, parts.device);
    if (!sizes.ok()) return sizes.error();
    parts.sizes = sizes.value();
    parts.sizes.rx_descriptors = parts.sizes.tx_descriptors = static_cast<std::uint16_t>(slots);
    parts.mac = parts.config.mac.is_zero() ? random_mac() : parts.config.mac;
    std::vector<rte_mempool*> pools;
    for (std::uint32_t queue = 0; queue < parts.config.queues; ++queue)
        pools.push_back(parts.wire.lane(queue).packets[parts.wire.end()].packets.get());
    parts.offloads = parts.port.offloads();
    return parts.port.start(parts.config, parts.sizes, pools);
}

// Both ends' frames come out of common buffers, and each end may hold what it received from the other.
MemoryPlan plan_end(const NicConfig& config, std::uint32_t slots, std::uint32_t largest_mtu) {
    MemoryNeeds needs;
    needs.packets = config.packets;
    needs.mtu = largest_mtu;
    needs.in_flight = 2 * slots;
    needs.lanes = 2;
    needs.attach_payload = true;
    needs.numa_node = config.numa_node;
    return plan_memory(needs);
}

Result<NicPair, NicError> connect(const BothConfigs& configs) {
    std::uint32_t slots = 0;
    std::uint32_t largest_mtu = kDefaultMtu;
    for (const NicConfig* config : configs) {
        slots =
            std::max({slots, std::bit_ceil(config->rx_descriptors), std::bit_ceil(config->tx_descriptors)});
        largest_mtu = std::max(largest_mtu, config->mtu);
    }
    std::array<DpdkNic::Parts, 2> parts;
    for (unsigned end = 0; end < 2; ++end) {
        parts[end].config = *configs[end];
        parts[end].device.driver = "net_ring";
        parts[end].plan = plan_end(*configs[end], slots, largest_mtu);
    }
    auto made = make_ring_wire(*configs[0], *configs[1], slots, parts[0].plan, parts[1].plan);
    if (!made.ok()) return Failure{made.error()};
    for (unsigned end = 0; end < 2; ++end) parts[end].wire = WireEnd(made.value(), end);
    for (DpdkNic::Parts& end : parts)
        if (auto error = build_end(end, slots)) return Failure{*error};
    NicPair pair;
    pair.a = std::make_unique<DpdkNic>(std::move(parts[0]));
    pair.b = std::make_unique<DpdkNic>(std::move(parts[1]));
    return pair;
}

}  // namespace

Result<NicPair, NicError> open_ring_pair(const NicConfig& a, const NicConfig& b) {
    const std::lock_guard guard(control_mutex());
    const BothConfigs configs = {&a, &b};
    if (auto error = check_pair(configs)) return Failure{*error};
    if (auto error = start_eal(estimate_bytes(a, {}) + estimate_bytes(b, {}), PciUse::no))
        return Failure{error_at(a, error->kind, error->message)};
    return connect(configs);
}

}  // namespace ringsock
