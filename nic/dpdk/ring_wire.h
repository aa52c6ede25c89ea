// SPDX-License-Identifier: BSD-3-Clause
// RingWire: what the two ends of a ring pair have in common: the rings and all buffers, which must outlive
// the end that closes first, since its frames may lie in the other's ring. Control role; peer_is_up() any.
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/doorbell.h"
#include "base/reserved_memory.h"
#include "nic/dpdk/queue_memory.h"

namespace ringsock::dpdk {

/// One queue's worth of wire.
struct WireLane {
    ReservedMemory ring_memory[2];
    rte_ring* ring[2] = {nullptr, nullptr};  ///< ring[e] carries what end e sends.
    FrameMemory frames;                      ///< Both ends'.
    PacketMemory packets[2];                 ///< Each end's.
};

/// Whom frames for end 0 and end 1 of a queue wake. Writer: that end's control role; the other end sends and
/// rings.
using WireBells = std::array<std::atomic<Doorbell*>, 2>;

struct RingWire {
    std::vector<WireLane> lanes;
    std::array<WireBells, kMaxNicQueues> bells{};
    std::array<std::atomic<bool>, 2> end_is_open{};
    unsigned ends = 0;  ///< WireEnds that refer to it; guarded by control_mutex().

    RingWire() = default;
    RingWire(const RingWire&) = delete;
    RingWire& operator=(const RingWire&) = delete;
    /// Frees what still lies in the rings, then the pools.
    ~RingWire();
};

/// Makes rings (of `slots`, a power of two) and pools for as many queues as a and b ask for.
[[nodiscard]] Result<RingWire*, NicError> make_ring_wire(const NicConfig& a, const NicConfig& b,
                                                         std::uint32_t slots, const MemoryPlan& plan_a,
                                                         const MemoryPlan& plan_b);

/// One end's share in the wire; the last one to go destroys it. Move-only.
class WireEnd {
  public:
    WireEnd() noexcept = default;
    WireEnd(RingWire* wire, unsigned end) noexcept : wire_(wire), end_(end) {
        ++wire->ends;
        wire->end_is_open[end].store(true, std::memory_order_relaxed);
    }
    WireEnd(WireEnd&& other) noexcept { *this = std::move(other); }
    WireEnd& operator=(WireEnd&& other) noexcept {
        std::swap(wire_, other.wire_);
        std::swap(end_, other.end_);
        return *this;
    }
    WireEnd(const WireEnd&) = delete;
    WireEnd& operator=(const WireEnd&) = delete;
    ~WireEnd();

    [[nodiscard]] bool connected() const noexcept { return wire_ != nullptr; }
    [[nodiscard]] WireLane& lane(std::size_t queue) const noexcept { return wire_->lanes[queue]; }
    [[nodiscard]] WireBells& bells(std::size_t queue) const noexcept { return wire_->bells[queue]; }
    [[nodiscard]] unsigned end() const noexcept { return end_; }
    /// Writer: the peer's control role. Readers poll it; it orders nothing.
    [[nodiscard]] bool peer_is_up() const noexcept {
        return wire_->end_is_open[1 - end_].load(std::memory_order_relaxed);
    }

  private:
    RingWire* wire_ = nullptr;
    unsigned end_ = 0;
};

}  // namespace ringsock::dpdk
