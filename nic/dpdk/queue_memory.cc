// SPDX-License-Identifier: BSD-3-Clause
// Sizes and making of a queue's pools, see queue_memory.h.
#include "nic/dpdk/queue_memory.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "nic/dpdk/preflight.h"
#include "nic/dpdk/tx_frame_mbuf.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {
namespace {

// Buffers a lane's cache is refilled with. Small, so that few buffers are in circulation and stay in the
// core's cache; large enough that a refill is rare at full bursts (figures in nic/README.md).
constexpr std::uint32_t kLaneCache = 64;
// DPDK lets a cache grow to one and a half times its size, and a refill brings a burst more.
constexpr std::uint32_t kLaneCacheMost = kLaneCache * 3 / 2 + std::uint32_t{kBurst};

constexpr std::uint32_t kLinkBytes = 18;  // Ethernet header and one VLAN tag
constexpr std::uint32_t kUsualRoom = 2048;

constexpr std::uint32_t round_up(std::uint32_t n) {
    return (n + 63) & ~std::uint32_t{63};
}

Result<BufferPool, NicError> make_pool(const NicConfig& config, const char* what, std::uint32_t count,
                                       std::uint32_t room, bool packet_area, PoolMemory memory,
                                       int numa_node) {
    PoolSpec spec;
    spec.purpose = std::string(what) + " of " + place_of(config);
    spec.count = count;
    spec.room_bytes = room;
    spec.has_packet_area = packet_area;
    spec.cache = kLaneCache;
    spec.numa_node = numa_node;
    spec.memory = memory;
    return BufferPool::make(spec);
}

}  // namespace

std::uint64_t MemoryPlan::bytes() const noexcept {
    constexpr std::uint64_t kPerBuffer = sizeof(rte_mbuf) + 2 * kCacheLine + RTE_PKTMBUF_HEADROOM;
    return packets * (kPerBuffer + sizeof(Packet) + packet_room) + headers * (kPerBuffer + header_room) +
           references * kPerBuffer;
}

MemoryPlan plan_memory(const MemoryNeeds& needs) noexcept {
    MemoryPlan plan;
    plan.packet_room = std::max(kUsualRoom, round_up(needs.mtu + kLinkBytes + needs.driver_headroom));
    plan.memory = needs.memory;
    plan.header_room =
        needs.attach_payload ? kHeaderRoomBytes : round_up(needs.mtu + kLinkBytes + kMaxHeaderBytes);
    const std::uint32_t under_way =
        needs.in_flight + 4 * std::uint32_t{kBurst} + needs.lanes * kLaneCacheMost;
    // Payload that its owner released lives on while frames that refer to it are under way.
    plan.packets = needs.packets + needs.rx_descriptors + needs.driver_buffers + under_way;
    plan.headers = under_way;
    plan.references = needs.attach_payload ? under_way : kLaneCacheMost;
    return plan;
}

PacketMemory::~PacketMemory() {
    if (pool_id == kMaxPacketPools) return;
    if (driver_keeps_some && account_of(pool_id).held() == 0) packets.write_off_missing();
    release_pool_id(pool_id);
}

Result<PacketMemory, NicError> make_packet_memory(const NicConfig& config, const MemoryPlan& plan,
                                                  int numa_node) {
    PacketMemory memory;
    auto lane = Lane::reserve();
    if (!lane.ok()) return Failure{error_at(config, lane.error().kind, lane.error().message)};
    memory.lane = std::move(lane).value();
    memory.pool_id = reserve_pool_id();
    if (memory.pool_id == kMaxPacketPools)
        return Failure{error_at(config, NicErrorKind::no_memory,
                                "more than " + std::to_string(kMaxPacketPools) + " queues in this process")};
    auto packets = make_pool(config, "packets", plan.packets, plan.packet_room, true, plan.memory, numa_node);
    if (!packets.ok()) return Failure{packets.error()};
    memory.packets = std::move(packets).value();
    memory.packets.number_packets(memory.pool_id);
    return memory;
}

Result<FrameMemory, NicError> make_frame_memory(const NicConfig& config, const MemoryPlan& plan,
                                                int numa_node) {
    FrameMemory memory;
    // A driver that needs one mapping for what it receives copies what it sends.
    const PoolMemory frames_from = plan.memory == PoolMemory::one_own ? PoolMemory::any : plan.memory;
    auto headers =
        make_pool(config, "frame buffers", plan.headers, plan.header_room, false, frames_from, numa_node);
    if (!headers.ok()) return Failure{headers.error()};
    memory.headers = std::move(headers).value();
    auto references =
        make_pool(config, "payload references", plan.references, 0, false, frames_from, numa_node);
    if (!references.ok()) return Failure{references.error()};
    memory.references = std::move(references).value();
    return memory;
}

}  // namespace ringsock::dpdk
