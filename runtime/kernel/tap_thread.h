// SPDX-License-Identifier: BSD-3-Clause
// TapThread: moves frames between the rings of a port's engines and the kernel's tap interface, so that no
// engine makes a system call for them. It sleeps until an engine rings or the kernel sends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/doorbell.h"
#include "kernel/tap_device.h"
#include "ring/kernel_rings.h"

namespace ringsock {

struct TapCounters {
    std::uint64_t to_kernel = 0;         ///< Frames the kernel took.
    std::uint64_t from_kernel = 0;       ///< Frames of the kernel that the port's device took.
    std::uint64_t lost_to_kernel = 0;    ///< Dropped because the thread could not keep up.
    std::uint64_t lost_from_kernel = 0;  ///< Dropped because no packet was left.
    std::uint64_t refused = 0;           ///< Frames the kernel did not take: its interface is down.
};

class TapThread {
  public:
    /// Frames moved one way before the other is looked at.
    static constexpr int kBatch = 64;
    /// Of them in a process at most.
    static constexpr std::size_t kMax = 128;

    /// `number`: its own among those that run, below kMax. `engines`: of the port; the kernel's frames leave
    /// by the first.
    TapThread(std::size_t number, std::unique_ptr<TapDevice> tap, std::size_t engines, std::uint32_t mtu);
    ~TapThread() { stop(); }

    [[nodiscard]] KernelRings& rings(std::size_t engine) noexcept { return *rings_[engine]; }
    [[nodiscard]] const TapDevice& tap() const noexcept { return *tap_; }

    /// False when the system has no descriptor left for its bell. Control role.
    [[nodiscard]] bool start();
    void stop() noexcept;

    [[nodiscard]] TapCounters counters() const noexcept;

  private:
    void run() noexcept;
    [[nodiscard]] bool move_to_kernel() noexcept;
    [[nodiscard]] bool move_from_kernel() noexcept;
    [[nodiscard]] bool has_frames() noexcept;
    void follow_link() noexcept;

    std::unique_ptr<TapDevice> tap_;
    std::vector<std::unique_ptr<KernelRings>> rings_;
    std::unique_ptr<std::byte[]> room_;  ///< For one frame of the kernel.
    std::uint32_t room_bytes_;
    std::uint32_t held_bytes_ = 0;  ///< Of a frame in `room_` that found the ring full.
    bool link_was_up_ = true;
    bool is_gone_ = false;  ///< Somebody deleted the interface.
    Doorbell& bell_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace ringsock
