// SPDX-License-Identifier: BSD-3-Clause
// SimIo: the carrier of a simulated host. Sent frames go to a sink (a wire, or the test), received ones are
// what was put in with deliver(). Engine role, single thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "packet/array_pool.h"
#include "packet/packet_io.h"

namespace ringsock::sim {

/// Bytes of one frame, from the Ethernet header on.
using Frame = std::vector<std::byte>;

class SimIo final : public PacketIo {
  public:
    using Sink = std::function<void(Frame&&)>;

    /// `packets` buffers; `mtu` as in IoTraits. Nothing is sent anywhere before set_sink().
    SimIo(MacAddress mac, std::uint32_t mtu, std::uint32_t packets);
    ~SimIo() override;

    /// Where sent frames go.
    void set_sink(Sink sink) { sink_ = std::move(sink); }
    /// Queues one frame for rx_burst; longer ones than a buffer holds are dropped and counted.
    void deliver(std::span<const std::byte> frame);
    /// The most frames tx_burst accepts from now on before it says full (default: no limit); for
    /// back-pressure tests.
    void limit_transmissions(std::uint64_t frames) noexcept { tx_allowed_ = frames; }
    /// The n-th allocation from now (1 = next) fails, once; 0: none does. For exhaustion tests.
    void fail_allocation(std::uint64_t n) noexcept { fail_at_ = n; }
    /// From now on the carrier is a device that completes TCP checksums and cuts text into segments. Before
    /// the engine is built.
    void offer_segmentation() noexcept;
    /// Frames that tx_burst cut, and segments they became.
    [[nodiscard]] std::uint64_t frames_cut() const noexcept { return frames_cut_; }
    [[nodiscard]] std::uint64_t segments_made() const noexcept { return segments_made_; }
    void set_link(bool is_up) noexcept { link_up_ = is_up; }
    [[nodiscard]] const ArrayPool& pool() const noexcept { return pool_; }
    [[nodiscard]] bool has_arrivals() const noexcept { return !arrivals_.empty(); }
    [[nodiscard]] std::uint64_t oversized() const noexcept { return oversized_; }

    std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    Packet* keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept override;
    void release_frames(std::span<const RxFrame> frames) noexcept override;
    Packet* allocate() noexcept override;
    void release(Packet* packet_given) noexcept override { pool_.release(packet_given); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return link_up_; }

  private:
    void complete_and_send(const TxFrame& frame, Frame&& bytes);

    ArrayPool pool_;
    IoTraits traits_;
    IoCounters counters_;
    Sink sink_;
    std::deque<Packet*> arrivals_;
    std::uint64_t tx_allowed_ = UINT64_MAX;
    std::uint64_t fail_at_ = 0;
    std::uint64_t oversized_ = 0;
    std::uint64_t frames_cut_ = 0, segments_made_ = 0;
    bool link_up_ = true;
};

}  // namespace ringsock::sim
