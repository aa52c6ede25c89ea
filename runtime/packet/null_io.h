// SPDX-License-Identifier: BSD-3-Clause
// NullIo: the carrier of an interface without a wire. What is sent vanishes, nothing arrives; its pool feeds
// loopback traffic. Engine role.
#pragma once

#include "packet/array_pool.h"
#include "packet/packet_io.h"

namespace ringsock {

class NullIo final : public PacketIo {
  public:
    /// `packets` buffers for 1500-byte datagrams and their link header.
    explicit NullIo(std::uint32_t packets, std::uint32_t mtu = 1500) noexcept : pool_(packets, mtu + 64) {
        traits_.mac = {{2, 0, 0, 0, 0, 1}};
        traits_.mtu = mtu;
        traits_.is_lossless_memory = true;
    }
    [[nodiscard]] bool ok() const noexcept { return pool_.ok(); }
    [[nodiscard]] const ArrayPool& pool() const noexcept { return pool_; }

    std::size_t rx_burst(std::span<RxFrame>) noexcept override { return 0; }
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override {
        for (const TxFrame& f : frames) counters_.tx_bytes += f.header_length + f.payload_length;
        counters_.tx_frames += frames.size();
        return frames.size();
    }
    Packet* keep(const RxFrame&, std::uint32_t, std::uint32_t) noexcept override { return nullptr; }
    void release_frames(std::span<const RxFrame>) noexcept override {}
    Packet* allocate() noexcept override {
        Packet* p = pool_.allocate();
        if (p == nullptr) ++counters_.no_buffer;
        return p;
    }
    void release(Packet* packet_given) noexcept override { pool_.release(packet_given); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return true; }
    Wakeup wake_by(Doorbell*) noexcept override { return {Wakeup::By::doorbell}; }

  private:
    ArrayPool pool_;
    IoTraits traits_;
    IoCounters counters_;
};

}  // namespace ringsock
