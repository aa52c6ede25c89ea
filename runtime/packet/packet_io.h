// SPDX-License-Identifier: BSD-3-Clause
// PacketIo: THE SEAM between the engine and whatever carries its frames (nic/dpdk, runtime/sim). One object
// per engine and port queue; every call in the engine role; one virtual call per burst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/doorbell.h"
#include "packet/packet.h"
#include "packet/packet_list.h"
#include "packet/tx_frame.h"

namespace ringsock {

/// Frames handled by one call of rx_burst or tx_burst at most.
inline constexpr std::size_t kBurst = 32;

/// What the device found out about a received frame.
enum RxVerdict : std::uint16_t {
    kRxIpv4ChecksumGood = 1,  ///< Device verified: no software check needed.
    kRxIpv4ChecksumBad = 2,
    kRxL4ChecksumGood = 4,
    kRxL4ChecksumBad = 8,
    kRxHashValid = 16,   ///< `rss_hash` is the device's.
    kRxSharedCopy = 32,  ///< Every engine of the host got this frame; another one answers it.
};

/// One received frame, contiguous. It belongs to the receiver until keep() or release_frames().
/// The Packet line is not touched before keep(): control segments never load it.
struct RxFrame {
    std::byte* data = nullptr;  ///< First byte of the Ethernet header; writable.
    std::uint32_t length = 0;   ///< Bytes of the frame.
    std::uint32_t rss_hash = 0;
    std::uint16_t verdict = 0;  ///< RxVerdict bits.
    void* handle = nullptr;     ///< The carrier's own name of the buffer (an mbuf, a slot).
};

/// What a carrier can do; fixed once the engine is built.
struct IoTraits {
    MacAddress mac;
    std::uint32_t mtu = 1500;       ///< Largest network-layer packet, bytes.
    bool tx_ipv4_checksum = false;  ///< Device fills in IPv4 header checksums.
    bool tx_tcp_checksum = false;
    bool tx_udp_checksum = false;
    /// Text of a TCP frame that the device cuts into segments (TxOffload::tcp_segmentation) at most, bytes,
    /// and packets it may lie in; 0: it cuts none. Comes with tx_tcp_checksum.
    std::uint32_t segmentation_bytes = 0;
    std::uint32_t segmentation_pieces = 0;
    bool rx_checksum = false;         ///< Device sets checksum verdicts.
    bool is_lossless_memory = false;  ///< Frames never leave this process's memory (rings, loopback).
};

/// Counters a carrier keeps for its queue (single writer: the engine role).
struct IoCounters {
    std::uint64_t rx_frames = 0, rx_bytes = 0;
    std::uint64_t tx_frames = 0, tx_bytes = 0;
    std::uint64_t tx_refused = 0;           ///< Frames tx_burst did not accept (device full).
    std::uint64_t tx_refused_for_good = 0;  ///< Frames the driver found wrong; they are lost.
    std::uint64_t rx_copied = 0;            ///< Kept frames that were copied into our own pool.
    std::uint64_t no_buffer = 0;            ///< keep() or allocate() found the pool empty.
    /// Frames of an interface in a VLAN that its carrier did not pass on: with the tag of another VLAN, and
    /// with none. Carriers of a VLAN take its tags off and put them on; the engine sees untagged frames.
    std::uint64_t vlan_other = 0, vlan_missing = 0;
};

/// How a carrier lets a sleeping engine know of a frame.
struct Wakeup {
    enum class By : std::uint8_t {
        nothing,     ///< Not at all: the engine naps and looks.
        doorbell,    ///< It rings the engine's bell: frames come from inside this process, or never.
        descriptor,  ///< `descriptor` becomes readable.
        interrupt,   ///< Likewise, if the device keeps its word; some accept the request and never fire.
    };
    By by = By::nothing;
    int descriptor = -1;  ///< Lives as long as the carrier.
};

class PacketIo {
  public:
    virtual ~PacketIo() = default;

    /// Fills `out` (at most kBurst are looked at) with received frames; returns how many. The caller must
    /// hand every one to keep() or release_frames() before the pass ends.
    [[nodiscard]] virtual std::size_t rx_burst(std::span<RxFrame> out) noexcept = 0;

    /// Sends a prefix of `frames` (at most kBurst); returns its length. Short count: the device is full,
    /// try the rest in a later pass. Header and payload bytes were copied or referenced safely: the caller
    /// may reuse the TxFrames at once; referenced payload packets stay readable for the device even when the
    /// caller releases them.
    [[nodiscard]] virtual std::size_t tx_burst(std::span<const TxFrame> frames) noexcept = 0;

    /// Turns `length` bytes at `offset` of a received frame into a Packet the caller owns (data, length,
    /// capacity, pool_id set; the rest reset) and consumes the frame. May copy (then counts rx_copied): a
    /// frame that came out of a peer's pool is never held. nullptr when the pool is empty; the frame is
    /// consumed all the same.
    [[nodiscard]] virtual Packet* keep(const RxFrame& frame, std::uint32_t offset,
                                       std::uint32_t length) noexcept = 0;

    /// Gives received frames back without keeping them.
    virtual void release_frames(std::span<const RxFrame> frames) noexcept = 0;

    /// An empty packet for payload (length 0, capacity >= IoTraits.mtu); nullptr when the pool is empty or
    /// only the reserve for control segments is left.
    [[nodiscard]] virtual Packet* allocate() noexcept = 0;

    /// Gives one packet back. Packets of any pool of this carrier.
    virtual void release(Packet* packet_given) noexcept = 0;

    /// Gives all packets of the list back.
    void release_all(PacketList& packets) noexcept {
        while (Packet* p = packets.take_front()) release(p);
    }

    [[nodiscard]] virtual const IoTraits& traits() const noexcept = 0;
    [[nodiscard]] virtual const IoCounters& counters() const noexcept = 0;

    /// Says whom frames are to wake from now on (nullptr: nobody), and learns how. Before the engine runs,
    /// and after it has stopped. The bell outlives the carrier or is taken back.
    [[nodiscard]] virtual Wakeup wake_by(Doorbell*) noexcept { return {}; }
    /// Before the last look of an engine that means to sleep: frames that come from here on wake it.
    virtual void arm_wakeup() noexcept {}
    /// The engine is awake again.
    virtual void disarm_wakeup() noexcept {}

    /// Whether the link carries frames. Cheap enough to be asked once a millisecond, not every pass.
    [[nodiscard]] virtual bool link_up() noexcept = 0;
};

}  // namespace ringsock
