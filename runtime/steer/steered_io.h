// SPDX-License-Identifier: BSD-3-Clause
// SteeredIo: what an engine of several on one port sees of it. Received frames that belong to another engine
// are handed there and counted; where the device has fewer queues than there are engines, frames to be sent
// travel to an engine that has one. SteerLinks: the rings between the engines of one interface. A host with
// one engine has neither. Engine role of the engine it belongs to.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "packet/packet_io.h"
#include "steer/flow_steering.h"
#include "steer/frame_ring.h"

namespace ringsock {

/// Counters of the hand-off, per engine and interface. Single writer; readers may be stale.
struct SteerCounters {
    std::uint64_t handed_out = 0;  ///< Frames that went to the engine they belong to.
    std::uint64_t handed_in = 0;   ///< Frames of ours that another engine received. ARP copies do not count.
    std::uint64_t shared = 0;      ///< Frames (ARP) that every engine got a copy of.
    std::uint64_t sent_by_other = 0;  ///< Frames of ours that went to an engine with a transmit queue.
    std::uint64_t full = 0;           ///< Frames lost because the ring to their engine was full.
};

/// The rings of one interface, from each engine to each other. Control role builds; each engine uses its
/// ends.
class SteerLinks {
  public:
    /// Slots of each ring.
    static constexpr std::uint32_t kSlots = 2048;

    /// `queues` of the device, 1 to `engines`; `mtu` bounds the frames.
    SteerLinks(std::uint16_t engines, std::uint16_t queues, std::uint32_t mtu);
    [[nodiscard]] bool ok() const noexcept;
    [[nodiscard]] std::uint16_t engines() const noexcept { return engines_; }
    [[nodiscard]] bool has_queue(std::uint16_t engine) const noexcept { return engine < queues_; }
    /// The engine that transmits for `engine`; itself where it has a queue. (For a mute queue: engine 0.)
    [[nodiscard]] std::uint16_t carrier_of(std::uint16_t engine) const noexcept {
        return static_cast<std::uint16_t>(engine % queues_);
    }
    /// Frames that `from` received for `to`.
    [[nodiscard]] FrameRing& received(std::uint16_t from, std::uint16_t to) noexcept {
        return *received_[std::size_t{from} * engines_ + to];
    }
    /// Frames that `from`, which has no queue or a mute one, wants sent. Engine 0 has no such ring.
    [[nodiscard]] FrameRing& to_send(std::uint16_t from) noexcept { return *to_send_[from]; }
    /// Whom frames for `engine` wake; nullptr: nobody. Before the engines run and after they stopped.
    void set_bell(std::uint16_t engine, Doorbell* bell) noexcept { bells_[engine] = bell; }
    /// After publishing frames for `engine`. Costs one load while it is awake.
    void ring(std::uint16_t engine) noexcept {
        if (bells_[engine] != nullptr) bells_[engine]->ring_if_asleep();
    }
    /// The link's state as engine 0 last saw it, for engines without a queue.
    std::atomic<bool> is_up{true};

  private:
    std::uint16_t engines_, queues_;
    std::vector<std::unique_ptr<FrameRing>> received_, to_send_;
    std::array<Doorbell*, kMaxSteeredEngines> bells_{};
};

class SteeredIo final : public PacketIo {
  public:
    /// `base`: this engine's queue of the device, or where it has none a pool without a wire (NullIo).
    /// `traits`: the device's. All outlive the object. `trusts_hash`: FlowSteering::owner_of.
    SteeredIo(PacketIo& base, const IoTraits& traits, const FlowSteering& steering, SteerLinks& links,
              std::uint16_t engine, bool trusts_hash) noexcept;

    std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    Packet* keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept override;
    void release_frames(std::span<const RxFrame> frames) noexcept override;
    Packet* allocate() noexcept override { return base_.allocate(); }
    void release(Packet* packet_given) noexcept override { base_.release(packet_given); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return base_.counters(); }
    bool link_up() noexcept override;
    Wakeup wake_by(Doorbell* bell) noexcept override;
    void arm_wakeup() noexcept override { base_.arm_wakeup(); }
    void disarm_wakeup() noexcept override { base_.disarm_wakeup(); }

    [[nodiscard]] const SteerCounters& steer_counters() const noexcept { return counters_; }

  private:
    /// Frames taken from rings in one burst, so that the device is asked every time.
    static constexpr std::size_t kRingShare = kBurst / 2;

    [[nodiscard]] bool is_handed(const RxFrame& frame) const noexcept { return frame.handle == this; }
    [[nodiscard]] std::size_t take_handed(std::span<RxFrame> out) noexcept;
    [[nodiscard]] std::size_t sort(std::span<RxFrame> out, std::size_t from, std::size_t count) noexcept;
    /// False: the ring there is full, and that is counted.
    bool hand(const RxFrame& frame, std::uint16_t to, std::uint16_t verdict) noexcept;
    [[nodiscard]] std::size_t send_by_other(std::span<const TxFrame> frames) noexcept;
    void send_for(std::uint16_t engine) noexcept;

    PacketIo& base_;
    const IoTraits traits_;
    const FlowSteering& steering_;
    SteerLinks& links_;
    const std::uint16_t engine_;
    const bool has_queue_;
    const bool trusts_hash_;
    bool is_up_ = false;  ///< The link, when it was last asked for.
    /// A peer on memif or vhost with fewer queues than we have: this one took nothing since the link is up.
    bool is_mute_ = false;
    std::uint64_t sent_before_link_ = 0;  ///< Frames the device took before that.
    std::uint16_t next_ring_ = 0;
    std::array<std::uint32_t, kMaxSteeredEngines>
        taken_{};  ///< Slots of each ring the present burst lies in.
    SteerCounters counters_;
    std::array<bool, kMaxSteeredEngines> was_handed_to_{};  ///< In this burst: their sleepers are rung once.
    std::array<TxFrame, kBurst> out_;
};

}  // namespace ringsock
