// SPDX-License-Identifier: BSD-3-Clause
// KernelRings: the memory between one engine and the thread that hands frames to the kernel and takes its
// frames (runtime/kernel). The engine copies and never waits: a full ring loses the frame, counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/doorbell.h"
#include "ring/byte_ring.h"

namespace ringsock {

class KernelRings {
  public:
    /// Bytes of each direction: some 600 frames of full size.
    static constexpr std::uint32_t kBytes = 1U << 20;

    /// `thread_bell` wakes the thread that empties `to_kernel`; it outlives this. Control role.
    explicit KernelRings(Doorbell& thread_bell)
        : to_kernel(kBytes), from_kernel(kBytes), bell_(thread_bell) {}

    /// A frame for the kernel, copied. Engine role. A system call only when the thread sleeps: exception
    /// traffic that is rare enough to find it asleep, not the data path.
    void give(std::span<const std::byte> frame) noexcept {
        std::byte* const at = to_kernel.reserve(static_cast<std::uint32_t>(frame.size()));
        if (at == nullptr) return add_one(lost_to_kernel);
        std::memcpy(at, frame.data(), frame.size());
        to_kernel.commit();
        add_one(given);
        bell_.ring_if_asleep();
    }

    /// A counter with one writer: others only read it.
    static void add_one(std::atomic<std::uint64_t>& counter) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    ByteRing to_kernel;    ///< Engine produces, thread consumes.
    ByteRing from_kernel;  ///< Thread produces, engine consumes.
    /// Frames given to the kernel, and those for it that found the ring full. (writer: engine)
    std::atomic<std::uint64_t> given{0}, lost_to_kernel{0};
    /// The kernel's frames that the device took, and those that no packet was left for. (writer: engine)
    std::atomic<std::uint64_t> sent{0}, lost_from_kernel{0};
    /// Frames the kernel would not take: its interface is down. (writer: thread)
    std::atomic<std::uint64_t> refused{0};
    /// Whom the thread wakes after it put frames into from_kernel; nullptr: nobody. (writer: control role)
    std::atomic<Doorbell*> engine_bell{nullptr};
    /// The port's link as the engine last saw it. (writer: engine)
    std::atomic<bool> link_is_up{true};

  private:
    Doorbell& bell_;
};

}  // namespace ringsock
