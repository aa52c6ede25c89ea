// SPDX-License-Identifier: BSD-3-Clause
// Sizes of a queue's pools, see memory_plan.h.
#include "nic/dpdk/memory_plan.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "nic/dpdk/tx_frame_mbuf.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {
namespace {

// DPDK lets a cache grow to one and a half times its size, and a refill brings a burst more.
constexpr std::uint32_t kLaneCacheMost = kLaneCache * 3 / 2 + std::uint32_t{kBurst};

// Ethernet header, one VLAN tag, and what drivers count besides: net_virtio wants room for its own 12 bytes.
constexpr std::uint32_t kLinkBytes = 18 + 12;
constexpr std::uint32_t kUsualRoom = 2048;

constexpr std::uint32_t round_up(std::uint32_t n) {
    return (n + 63) & ~std::uint32_t{63};
}

}  // namespace

std::uint64_t MemoryPlan::bytes() const noexcept {
    constexpr std::uint64_t kPerBuffer = sizeof(rte_mbuf) + 2 * kCacheLine + RTE_PKTMBUF_HEADROOM;
    return packets * (kPerBuffer + sizeof(Packet) + packet_room) + headers * (kPerBuffer + header_room) +
           references * kPerBuffer;
}

std::uint32_t packet_room(std::uint32_t mtu, std::uint32_t driver_headroom, PoolMemory memory) noexcept {
    constexpr std::uint32_t kDriversTags = 8;  // some add room for two tags to the MTU
    const std::uint32_t frame = mtu + kLinkBytes + driver_headroom;
    if (frame <= kUsualRoom) return kUsualRoom;
    if (memory == PoolMemory::one_own) return round_up(frame);
    return (frame + kDriversTags + 1023) & ~std::uint32_t{1023};
}

MemoryPlan plan_memory(const MemoryNeeds& needs) noexcept {
    MemoryPlan plan;
    plan.packet_room = packet_room(needs.mtu, needs.driver_headroom, needs.memory);
    plan.memory = needs.memory;
    plan.header_room =
        needs.attach_payload ? kHeaderRoomBytes : round_up(needs.mtu + kLinkBytes + kMaxHeaderBytes);
    const std::uint32_t under_way =
        needs.in_flight + 4 * std::uint32_t{kBurst} + needs.lanes * kLaneCacheMost;
    // Payload that its owner released lives on while frames that refer to it are under way.
    plan.packets = needs.packets + needs.rx_descriptors + needs.driver_buffers + under_way;
    plan.headers = under_way;
    // Each piece takes a descriptor, so what the device holds is bounded; what is being built comes on top.
    plan.references =
        needs.attach_payload ? under_way + std::uint32_t{kBurst} * (needs.pieces - 1) : kLaneCacheMost;
    return plan;
}

std::uint64_t estimate_pool_bytes(const NicConfig& config, const DeviceRequest& device) noexcept {
    MemoryNeeds needs;
    needs.packets = config.packets;
    needs.mtu = config.mtu != 0 ? config.mtu : 1500;
    needs.rx_descriptors = config.rx_descriptors;
    needs.in_flight = config.tx_descriptors;
    needs.lanes = config.queues;
    needs.driver_buffers = device.driver_buffers;
    needs.driver_headroom = device.driver_headroom;
    needs.memory = device.memory;
    return plan_memory(needs).bytes() * config.queues;
}

}  // namespace ringsock::dpdk
