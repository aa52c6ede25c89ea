// SPDX-License-Identifier: BSD-3-Clause
// KernelIo: stands in front of an interface's PacketIo and sends what the kernel wants sent there, a burst a
// pass, before it receives. Only where an exception path is configured: other engines run without it. The
// other direction needs nothing in front: the engine gives what it does not own (KernelRings::give).
#pragma once

#include <array>
#include <cstdint>

#include "packet/packet_io.h"
#include "ring/kernel_rings.h"

namespace ringsock {

class KernelIo final : public PacketIo {
  public:
    /// Both are borrowed and outlive this.
    KernelIo(PacketIo& inner, KernelRings& rings) noexcept : inner_(inner), rings_(rings) {}
    ~KernelIo() override { drop_pending(); }

    [[nodiscard]] std::size_t rx_burst(std::span<RxFrame> out) noexcept override {
        if (pending_ != 0 || !rings_.from_kernel.front().empty()) [[unlikely]]
            send_for_kernel();
        return inner_.rx_burst(out);
    }
    [[nodiscard]] std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override {
        return inner_.tx_burst(frames);
    }
    [[nodiscard]] Packet* keep(const RxFrame& frame, std::uint32_t offset,
                               std::uint32_t length) noexcept override {
        return inner_.keep(frame, offset, length);
    }
    void release_frames(std::span<const RxFrame> frames) noexcept override { inner_.release_frames(frames); }
    [[nodiscard]] Packet* allocate() noexcept override { return inner_.allocate(); }
    void release(Packet* packet_given) noexcept override { inner_.release(packet_given); }
    [[nodiscard]] const IoTraits& traits() const noexcept override { return inner_.traits(); }
    [[nodiscard]] const IoCounters& counters() const noexcept override { return inner_.counters(); }
    [[nodiscard]] bool link_up() noexcept override {
        const bool is_up = inner_.link_up();
        rings_.link_is_up.store(is_up, std::memory_order_relaxed);
        return is_up;
    }
    /// The thread rings the same bell; it learns it here.
    [[nodiscard]] Wakeup wake_by(Doorbell* bell) noexcept override {
        rings_.engine_bell.store(bell, std::memory_order_release);
        return inner_.wake_by(bell);
    }
    void arm_wakeup() noexcept override { inner_.arm_wakeup(); }
    void disarm_wakeup() noexcept override { inner_.disarm_wakeup(); }

  private:
    /// Bytes that travel as a frame's header; the rest of it lies in a packet.
    static constexpr std::size_t kHeadBytes = 54;

    void send_for_kernel() noexcept;
    void drop_pending() noexcept;

    PacketIo& inner_;
    KernelRings& rings_;
    std::uint32_t pending_ = 0;  ///< Frames in `frames_` that the device did not take yet.
    std::array<TxFrame, kBurst> frames_;
    std::array<Packet*, kBurst> packets_{};  ///< The rest of each, or null.
};

}  // namespace ringsock
