// SPDX-License-Identifier: BSD-3-Clause
// The pools of a queue: how many buffers of which kind, and their making. Control role.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "nic/dpdk/eal.h"
#include "nic/dpdk/mempool.h"
#include "nic/dpdk/pool_account.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// What the sizes of a queue's pools follow from.
struct MemoryNeeds {
    std::uint32_t packets = 0;  ///< Packets that may be held.
    std::uint32_t mtu = 1500;
    std::uint32_t rx_descriptors = 0;   ///< Buffers the device holds for reception; 0 for rings.
    std::uint32_t in_flight = 0;        ///< Frames the device or the rings hold after tx_burst.
    std::uint32_t lanes = 1;            ///< Caches that may hold buffers of the pools.
    std::uint32_t driver_buffers = 0;   ///< What the driver takes from the packets beyond descriptors.
    std::uint32_t driver_headroom = 0;  ///< Bytes of each packet buffer that the driver leaves empty.
    bool attach_payload = false;        ///< Else header buffers have room for whole frames.
    int numa_node = -1;
    PoolMemory memory = PoolMemory::any;
};

/// Buffers per kind and their room, from the needs.
struct MemoryPlan {
    std::uint32_t packet_room = 0;
    std::uint32_t header_room = 0;
    std::uint32_t packets = 0;
    std::uint32_t headers = 0;
    std::uint32_t references = 0;
    PoolMemory memory = PoolMemory::any;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
};
[[nodiscard]] MemoryPlan plan_memory(const MemoryNeeds& needs) noexcept;

/// A queue's lane and its packets.
struct PacketMemory {
    Lane lane;
    BufferPool packets;
    std::uint16_t pool_id = kMaxPacketPools;
    bool driver_keeps_some = false;  ///< When it is closed; they are written off.

    PacketMemory() noexcept = default;
    PacketMemory(PacketMemory&& other) noexcept { *this = std::move(other); }
    PacketMemory& operator=(PacketMemory&& other) noexcept {
        std::swap(lane, other.lane);
        std::swap(packets, other.packets);
        std::swap(pool_id, other.pool_id);
        std::swap(driver_keeps_some, other.driver_keeps_some);
        return *this;
    }
    ~PacketMemory();
};

/// Buffers of frames under way; a queue's own, or common to both ends of a ring, where the receiver of a
/// frame frees it into the cache it takes its next one from.
struct FrameMemory {
    BufferPool headers;
    BufferPool references;
};

[[nodiscard]] Result<PacketMemory, NicError> make_packet_memory(const NicConfig& config,
                                                                const MemoryPlan& plan, int numa_node);
[[nodiscard]] Result<FrameMemory, NicError> make_frame_memory(const NicConfig& config, const MemoryPlan& plan,
                                                              int numa_node);

}  // namespace ringsock::dpdk
