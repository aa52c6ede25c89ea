// SPDX-License-Identifier: BSD-3-Clause
// LoopbackIo: frames to the host's own addresses, turned round inside the engine (D5). A sent frame is copied
// into a packet of the host's pool and received in the same or the next pass. Engine role.
#pragma once

#include "packet/packet_io.h"

namespace ringsock {

class LoopbackIo final : public PacketIo {
  public:
    /// Frames on their way at most; more are refused like by a full device.
    static constexpr std::uint32_t kMaxFrames = 4096;

    /// `pool` gives and takes packets and must outlive this object.
    explicit LoopbackIo(PacketIo& pool) noexcept : pool_(pool) {
        traits_.mtu = pool.traits().mtu;
        traits_.rx_checksum = true;
        traits_.is_lossless_memory = true;
        traits_.tx_ipv4_checksum = traits_.tx_tcp_checksum = traits_.tx_udp_checksum = true;
    }
    ~LoopbackIo() override { pool_.release_all(frames_); }

    [[nodiscard]] bool empty() const noexcept { return frames_.empty(); }

    std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    Packet* keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept override;
    void release_frames(std::span<const RxFrame> frames) noexcept override;
    Packet* allocate() noexcept override { return pool_.allocate(); }
    void release(Packet* packet_given) noexcept override { pool_.release(packet_given); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return true; }

  private:
    PacketIo& pool_;
    PacketList frames_;
    IoTraits traits_;
    IoCounters counters_;
};

}  // namespace ringsock
