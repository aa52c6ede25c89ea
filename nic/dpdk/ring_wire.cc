// SPDX-License-Identifier: BSD-3-Clause
// Making and undoing the wire between two ring ports, see ring_wire.h.
#include "nic/dpdk/ring_wire.h"

#include <rte_mbuf.h>

#include <memory>
#include <new>

#include "nic/dpdk/preflight.h"

namespace ringsock::dpdk {
namespace {

// In memory of our own rather than DPDK's: freed with the wire, and on 2 MiB pages where there are such.
rte_ring* make_ring(ReservedMemory& memory, std::uint32_t slots) noexcept {
    const ssize_t bytes = rte_ring_get_memsize(slots);
    if (bytes <= 0) return nullptr;
    memory = ReservedMemory(static_cast<std::size_t>(bytes), PageHint::small);
    if (!memory.ok()) return nullptr;
    auto* ring = static_cast<rte_ring*>(memory.data());
    // One engine sends and one receives: neither end needs a locked instruction.
    return rte_ring_init(ring, "ringsock_wire", slots, RING_F_SP_ENQ | RING_F_SC_DEQ) == 0 ? ring : nullptr;
}

void empty_ring(rte_ring* ring) noexcept {
    void* mbuf = nullptr;
    while (ring != nullptr && rte_ring_dequeue(ring, &mbuf) == 0)
        rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
}

}  // namespace

RingWire::~RingWire() {
    for (WireLane& lane : lanes)
        for (rte_ring* ring : lane.ring) empty_ring(ring);
}

Result<RingWire*, NicError> make_ring_wire(const NicConfig& a, const NicConfig& b, std::uint32_t slots,
                                           const MemoryPlan& plan_a, const MemoryPlan& plan_b) {
    auto wire = std::make_unique<RingWire>();
    for (std::uint32_t queue = 0; queue < a.queues; ++queue) {
        WireLane lane;
        for (unsigned end = 0; end < 2; ++end) {
            lane.ring[end] = make_ring(lane.ring_memory[end], slots);
            if (lane.ring[end] == nullptr)
                return Failure{error_at(end == 0 ? a : b, NicErrorKind::no_memory,
                                        "no memory for a ring of " + std::to_string(slots) + " frames")};
            auto packets = make_packet_memory(end == 0 ? a : b, end == 0 ? plan_a : plan_b,
                                              end == 0 ? a.numa_node : b.numa_node);
            if (!packets.ok()) return Failure{packets.error()};
            lane.packets[end] = std::move(packets).value();
        }
        auto frames = make_frame_memory(a, plan_a, a.numa_node);
        if (!frames.ok()) return Failure{frames.error()};
        lane.frames = std::move(frames).value();
        wire->lanes.push_back(std::move(lane));
    }
    return wire.release();
}

WireEnd::~WireEnd() {
    if (wire_ == nullptr) return;
    wire_->end_is_open[end_].store(false, std::memory_order_relaxed);
    if (--wire_->ends == 0) delete wire_;
}

}  // namespace ringsock::dpdk
