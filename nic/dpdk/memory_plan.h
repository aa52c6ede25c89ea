// SPDX-License-Identifier: BSD-3-Clause
// How many buffers of which kind a queue gets, and the memory they take. Arithmetic only: links no DPDK.
#pragma once

#include <cstdint>

#include "nic/dpdk/mempool.h"
#include "nic/dpdk/preflight.h"

namespace ringsock::dpdk {

/// Buffers a lane's cache is refilled with. Small, so that few buffers are in circulation and stay in the
/// core's cache; large enough that a refill is rare at full bursts (figures in nic/README.md).
inline constexpr std::uint32_t kLaneCache = 64;

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
    std::uint32_t pieces = 1;           ///< Of payload that one frame may refer to.
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
/// Bytes of a packet buffer behind the headroom: a frame of the MTU with its tag in one piece, and with large
/// frames whole kibibytes, since some devices count in them.
[[nodiscard]] std::uint32_t packet_room(std::uint32_t mtu, std::uint32_t driver_headroom,
                                        PoolMemory memory) noexcept;
[[nodiscard]] MemoryPlan plan_memory(const MemoryNeeds& needs) noexcept;

/// Before the device exists: bytes of all its queues' pools, with the device's sizes as configured.
[[nodiscard]] std::uint64_t estimate_pool_bytes(const NicConfig& config,
                                                const DeviceRequest& device) noexcept;

}  // namespace ringsock::dpdk
