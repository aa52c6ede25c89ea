// SPDX-License-Identifier: BSD-3-Clause
// Sizes of a queue's pools: whatever engine, device and caches hold, one more frame can be received and sent.
#include "nic/dpdk/queue_memory.h"

#include <gtest/gtest.h>

#include "nic/dpdk/tx_frame_mbuf.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {
namespace {

MemoryNeeds needs() {
    MemoryNeeds n;
    n.packets = 1024;
    n.rx_descriptors = 512;
    n.in_flight = 512;
    n.lanes = 2;
    n.attach_payload = true;
    return n;
}

// Rule: packets held, descriptors, references under way and full caches together leave a burst over.
TEST(QueueMemory, PoolsCoverTheWorstCase) {
    const MemoryPlan plan = plan_memory(needs());
    const std::uint32_t caches = 2 * 96;
    EXPECT_GE(plan.packets, 1024 + 512 + 512 + caches + kBurst);
    EXPECT_GE(plan.headers, 512 + caches + kBurst);
    EXPECT_GE(plan.references, 512 + caches + kBurst);
}

// Rule: a packet holds any frame of the MTU; header buffers hold it too where payload cannot be attached.
TEST(QueueMemory, RoomFollowsTheMtu) {
    for (const std::uint32_t mtu : {576u, 1500u, 2030u, 2031u, 9000u}) {
        MemoryNeeds n = needs();
        n.mtu = mtu;
        EXPECT_GE(plan_memory(n).packet_room, mtu + 18);
        EXPECT_GE(plan_memory(n).packet_room, 2048u);
        EXPECT_EQ(plan_memory(n).packet_room % 64, 0u);
        EXPECT_GE(plan_memory(n).header_room, kMaxHeaderBytes + kCopyBreakBytes);
        n.attach_payload = false;
        EXPECT_GE(plan_memory(n).header_room, mtu + 18);
    }
}

// Rule: the estimate is of the order of what the pools take.
TEST(QueueMemory, BytesAreCounted) {
    const MemoryPlan plan = plan_memory(needs());
    EXPECT_GT(plan.bytes(), std::uint64_t{plan.packets} * 2048);
    EXPECT_LT(plan.bytes(), std::uint64_t{plan.packets} * 4096);
}

}  // namespace
}  // namespace ringsock::dpdk
