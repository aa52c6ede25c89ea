// SPDX-License-Identifier: BSD-3-Clause
// FrameBuilder: a TxFrame becomes an mbuf, or a chain of a header mbuf and payload by reference. Every
// transmission gets a fresh header mbuf: on a ring the receiver is handed the very buffer (house.md, section
// 5). Engine role.
#pragma once

#include <cstdint>

#include "nic/dpdk/mempool.h"
#include "nic/dpdk/offloads.h"
#include "packet/tx_frame.h"

namespace ringsock::dpdk {

/// Payload up to this size is copied behind the header; more is attached by reference.
inline constexpr std::uint32_t kCopyBreakBytes = 256;
/// Room a header buffer needs when payload can be attached.
inline constexpr std::uint32_t kHeaderRoomBytes = 384;
/// Bytes of an 802.1Q tag.
inline constexpr std::uint32_t kTagBytes = 4;
static_assert(kMaxHeaderBytes + kTagBytes + kCopyBreakBytes <= kHeaderRoomBytes);

/// What every frame of an interface is tagged with (IEEE 802.1Q, priority 0), and who does it.
struct FrameTag {
    std::uint16_t vlan = 0;  ///< 0: nothing.
    bool by_device = false;
};

class FrameBuilder {
  public:
    FrameBuilder() noexcept = default;
    /// `packets` serves frames that must be copied whole although headers have no room for that.
    /// `header_room` is what fits into one header buffer. `max_references` is 0 where chains are not allowed.
    FrameBuilder(PoolCache headers, PoolCache references, PoolCache packets, std::uint32_t header_room,
                 std::uint32_t packet_room, std::uint32_t max_references, std::uint16_t port,
                 FrameTag tag) noexcept;

    /// Turns up to `count` (1 to kBurst) frames into mbufs; returns how many, a prefix. Fewer only when a
    /// pool is empty.
    [[nodiscard]] unsigned build(const TxFrame* frames, rte_mbuf** out, unsigned count) noexcept;

  private:
    template <bool kTagged>
    unsigned build_frames(const TxFrame* frames, rte_mbuf** out, unsigned count) noexcept;
    bool add_payload(rte_mbuf*& mbuf, const TxFrame& frame) noexcept;
    bool attach_pieces(rte_mbuf* mbuf, const TxFrame& frame) noexcept;
    bool copy_whole(rte_mbuf*& mbuf, const TxFrame& frame) noexcept;

    PoolCache headers_;
    PoolCache references_;
    PoolCache packets_;
    std::uint64_t fresh_ = 0;  // data_off, refcnt, nb_segs and port of a fresh mbuf as one word
    std::uint32_t header_room_ = 0;
    std::uint32_t packet_room_ = 0;
    std::uint16_t port_ = 0;
    std::uint32_t max_references_ = 0;
    FrameTag tag_;
};

}  // namespace ringsock::dpdk
