// SPDX-License-Identifier: BSD-3-Clause
// DirectIo: two carriers joined without a wire, a clock or an allocation: a sent frame is copied into a
// packet of the receiver's pool and stands in its queue at once. For measurements in which only the stack
// shall count. One thread.
#pragma once

#include "packet/array_pool.h"
#include "packet/packet_io.h"

namespace ringsock::sim {

class DirectIo final : public PacketIo {
  public:
    /// Frames on their way at most; more are refused like by a full device.
    static constexpr std::uint32_t kMaxFrames = 1024;

    DirectIo(MacAddress mac, std::uint32_t mtu, std::uint32_t packets) noexcept;
    ~DirectIo() override { release_all(arrivals_); }

    /// What one sends the other receives.
    static void join(DirectIo& a, DirectIo& b) noexcept {
        a.peer_ = &b;
        b.peer_ = &a;
    }
    [[nodiscard]] bool ok() const noexcept { return pool_.ok(); }
    [[nodiscard]] bool has_arrivals() const noexcept { return !arrivals_.empty(); }
    [[nodiscard]] const ArrayPool& pool() const noexcept { return pool_; }

    std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    Packet* keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept override;
    void release_frames(std::span<const RxFrame> frames) noexcept override;
    Packet* allocate() noexcept override;
    void release(Packet* packet_given) noexcept override { pool_.release(packet_given); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return peer_ != nullptr; }

  private:
    ArrayPool pool_;
    IoTraits traits_;
    IoCounters counters_;
    PacketList arrivals_;
    DirectIo* peer_ = nullptr;
};

}  // namespace ringsock::sim
