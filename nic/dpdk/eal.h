// SPDX-License-Identifier: BSD-3-Clause
// DPDK's environment layer: started once per process on a thread of its own that never ends, never torn down
// (house.md, T5 and T10); and the thread ids ("lanes") under which engines use its memory pools (T11).
// Control role; calls serialise among themselves.
#pragma once

#include <rte_lcore.h>
#include <rte_version.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// Whether this EAL knows the bus a device is on; decided by the first start.
enum class PciUse : bool { no, yes };

/// Starts EAL unless it runs already. `bytes_wanted`: what this first device will take, for the choice
/// between hugepages and ordinary memory. Returns what went wrong. A failure is final for the process: DPDK
/// cannot be started twice, so the same error is returned again.
[[nodiscard]] std::optional<NicError> start_eal(std::uint64_t bytes_wanted, PciUse pci);

/// Whether EAL's memory is hugepages (pools then come from EAL; else they bring their own memory).
[[nodiscard]] bool eal_has_hugepages() noexcept;
[[nodiscard]] bool eal_is_running() noexcept;
/// One line: version, kind of memory, how long the start took.
[[nodiscard]] std::string describe_eal();

/// One of DPDK's 128 thread ids, reserved for an engine's queue rather than for a thread: whoever drives the
/// queue works under this id, so it finds that queue's pool caches. Move-only.
class Lane {
  public:
    Lane() noexcept = default;
    Lane(Lane&& other) noexcept : id_(std::exchange(other.id_, LCORE_ID_ANY)) {}
    Lane& operator=(Lane&& other) noexcept {
        std::swap(id_, other.id_);
        return *this;
    }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane();

    /// Fails with no_memory when all ids are taken. EAL must run.
    [[nodiscard]] static Result<Lane, NicError> reserve();
    [[nodiscard]] unsigned id() const noexcept { return id_; }

  private:
    explicit Lane(unsigned id) noexcept : id_(id) {}
    unsigned id_ = LCORE_ID_ANY;
};

/// Works under a lane's id for the current scope: two writes to thread-local memory (T11: a thread that
/// DPDK does not know pays 296 cycles instead of 35 for allocating and freeing a buffer).
class LaneScope {
  public:
    explicit LaneScope(unsigned lane_id) noexcept : slot_(&RTE_PER_LCORE(_lcore_id)), before_(*slot_) {
        *slot_ = lane_id;
    }
    ~LaneScope() { *slot_ = before_; }
    LaneScope(const LaneScope&) = delete;
    LaneScope& operator=(const LaneScope&) = delete;

  private:
    unsigned* slot_;
    unsigned before_;
};

}  // namespace ringsock::dpdk
