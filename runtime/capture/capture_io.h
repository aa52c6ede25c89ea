// SPDX-License-Identifier: BSD-3-Clause
// CaptureIo: stands in front of an interface's PacketIo and copies what passes into a ring that a writer
// thread empties (capture_file.h). Put there and taken away by Engine's change of carrier, so that an engine
// without capture runs the very code it would run had this room never been written. The engine makes no
// system call, takes no lock and never waits: a frame that finds the ring full is counted.
#pragma once

#include <atomic>
#include <cstdint>

#include "capture/pcapng.h"
#include "packet/packet_io.h"
#include "ring/byte_ring.h"

namespace ringsock {

/// Bytes of a frame that are kept at least and at most.
inline constexpr std::uint32_t kMinSnapBytes = 64;
inline constexpr std::uint32_t kMaxSnapBytes = 65535;

/// What a record in the ring begins with; the captured bytes follow.
struct CaptureRecord {
    std::uint64_t nanoseconds = 0;  ///< Since 1970.
    std::uint32_t original_length = 0;
    pcapng::Direction direction = pcapng::Direction::unknown;
};
static_assert(sizeof(CaptureRecord) == 16);

/// What one engine and one writer share about one interface.
struct CaptureTap {
    CaptureTap(std::uint32_t interface_number, std::uint32_t snap, std::uint32_t ring_bytes)
        : interface(interface_number), snap_bytes(snap), ring(ring_bytes) {}

    const std::uint32_t interface;  ///< Of the file.
    const std::uint32_t snap_bytes;
    ByteRing ring;
    /// False: the writer takes nothing more (time over, disk full). (writer: writer thread)
    std::atomic<bool> recording{true};
    /// Frames that passed while recording, and those of them the ring had no room for. (writer: engine)
    std::atomic<std::uint64_t> seen{0};
    std::atomic<std::uint64_t> no_room{0};
};

class CaptureIo final : public PacketIo {
  public:
    /// Both are borrowed and outlive this.
    CaptureIo(PacketIo& inner, CaptureTap& tap) noexcept : inner_(inner), tap_(tap) {}

    [[nodiscard]] std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    [[nodiscard]] std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    [[nodiscard]] Packet* keep(const RxFrame& frame, std::uint32_t offset,
                               std::uint32_t length) noexcept override {
        return inner_.keep(frame, offset, length);
    }
    void release_frames(std::span<const RxFrame> frames) noexcept override { inner_.release_frames(frames); }
    [[nodiscard]] Packet* allocate() noexcept override { return inner_.allocate(); }
    void release(Packet* packet_given) noexcept override { inner_.release(packet_given); }
    [[nodiscard]] const IoTraits& traits() const noexcept override { return inner_.traits(); }
    [[nodiscard]] const IoCounters& counters() const noexcept override { return inner_.counters(); }
    [[nodiscard]] bool link_up() noexcept override { return inner_.link_up(); }
    [[nodiscard]] Wakeup wake_by(Doorbell* bell) noexcept override { return inner_.wake_by(bell); }
    void arm_wakeup() noexcept override { inner_.arm_wakeup(); }
    void disarm_wakeup() noexcept override { inner_.disarm_wakeup(); }

    [[nodiscard]] PacketIo& inner() noexcept { return inner_; }

  private:
    /// Room for a frame's record, with its head filled in; nullptr when there is none.
    [[nodiscard]] std::byte* begin_record(std::uint64_t nanoseconds, std::uint32_t length,
                                          pcapng::Direction direction) noexcept;
    void record_sent(const TxFrame& frame, std::uint64_t nanoseconds) noexcept;

    PacketIo& inner_;
    CaptureTap& tap_;
};

}  // namespace ringsock
