// SPDX-License-Identifier: BSD-3-Clause
// The making of the pools of a queue, as planned (memory_plan.h). Control role.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "nic/dpdk/eal.h"
#include "nic/dpdk/memory_plan.h"
#include "nic/dpdk/mempool.h"
#include "nic/dpdk/pool_account.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

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
