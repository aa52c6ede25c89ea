// SPDX-License-Identifier: BSD-3-Clause
// Making of a queue's pools, see queue_memory.h.
#include "nic/dpdk/queue_memory.h"

#include "nic/dpdk/preflight.h"

namespace ringsock::dpdk {
namespace {

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
