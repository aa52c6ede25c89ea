// SPDX-License-Identifier: BSD-3-Clause
// TxFrame -> mbuf chain, see tx_frame_mbuf.h.
#include "nic/dpdk/tx_frame_mbuf.h"

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <cstddef>
#include <cstring>

#include "base/endian.h"
#include "nic/dpdk/packet_mbuf.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {
namespace {

std::byte* buffer_start(rte_mbuf* m) noexcept {
    return static_cast<std::byte*>(m->buf_addr);
}

// A plain SYN-ACK with options has 74 bytes, a data segment 66, so a copy of fixed size covers nearly all
// frames without a loop. The bytes beyond header_length are overwritten by payload or never sent.
constexpr std::size_t kUsualHeader = 80;

void copy_header(std::byte* to, const TxFrame& frame) noexcept {
    std::memcpy(to, frame.header.data(), kUsualHeader);
    if (frame.header_length > kUsualHeader) [[unlikely]]
        std::memcpy(to + kUsualHeader, frame.header.data() + kUsualHeader, kMaxHeaderBytes - kUsualHeader);
}

// Likewise with the tag behind the two addresses.
void copy_header_tagged(std::byte* to, const TxFrame& frame, std::uint16_t vlan) noexcept {
    constexpr std::size_t kAddresses = 12;
    std::memcpy(to, frame.header.data(), kAddresses);
    store_be<std::uint16_t>(to + kAddresses, RTE_ETHER_TYPE_VLAN);
    store_be<std::uint16_t>(to + kAddresses + 2, vlan);
    std::memcpy(to + kAddresses + kTagBytes, frame.header.data() + kAddresses, kMaxHeaderBytes - kAddresses);
}

// Gathers payload that may go on through Packet::next. The caller vouches for payload_length bytes.
void copy_payload(std::byte* to, const TxFrame& frame) noexcept {
    std::uint32_t left = frame.payload_length;
    std::uint32_t offset = frame.payload_offset;
    for (const Packet* p = frame.payload; left > 0 && p != nullptr; p = p->next) {
        const std::uint32_t here = p->length - offset < left ? p->length - offset : left;
        std::memcpy(to, p->data + offset, here);
        to += here;
        left -= here;
        offset = 0;
    }
    RS_DCHECK(left == 0);
}

bool is_cut_by_device(const TxFrame& frame) noexcept {
    return (frame.offloads & static_cast<std::uint8_t>(TxOffload::tcp_segmentation)) != 0;
}

// At most one more than `most`.
std::uint32_t count_pieces(const TxFrame& frame, std::uint32_t most) noexcept {
    std::uint32_t covered = frame.payload->length - frame.payload_offset;
    std::uint32_t pieces = 1;
    for (const Packet* p = frame.payload; covered < frame.payload_length && pieces <= most; ++pieces) {
        p = p->next;
        RS_DCHECK(p != nullptr);
        covered += p->length;
    }
    return pieces;
}

void request_offloads(rte_mbuf* m, const TxFrame& frame, std::uint32_t tag_bytes) noexcept {
    std::uint64_t flags = 0;
    const auto asked = [&](TxOffload bit) { return (frame.offloads & static_cast<std::uint8_t>(bit)) != 0; };
    // The IP version is in the header; the driver wants it said with every checksum it computes.
    const bool is_v6 = (static_cast<std::uint8_t>(frame.header[frame.l2_length]) >> 4) == 6;
    flags |= is_v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
    if (asked(TxOffload::ipv4_checksum)) flags |= RTE_MBUF_F_TX_IP_CKSUM;
    if (asked(TxOffload::tcp_checksum)) flags |= RTE_MBUF_F_TX_TCP_CKSUM;
    if (asked(TxOffload::udp_checksum)) flags |= RTE_MBUF_F_TX_UDP_CKSUM;
    std::uint64_t segment_bytes = 0;
    if (asked(TxOffload::tcp_segmentation)) {
        flags |= RTE_MBUF_F_TX_TCP_SEG;
        segment_bytes = frame.segment_bytes;
    }
    m->ol_flags = flags;
    m->tx_offload = rte_mbuf_tx_offload(frame.l2_length + tag_bytes, frame.l3_length, frame.l4_length,
                                        segment_bytes, 0, 0, 0);
}

// The word that holds data_off, refcnt, nb_segs and port (a marker in 22.11, a union member later).
std::uint64_t& rearm_word(rte_mbuf* m) noexcept {
    return *reinterpret_cast<std::uint64_t*>(reinterpret_cast<char*>(m) + offsetof(rte_mbuf, data_off));
}

}  // namespace

FrameBuilder::FrameBuilder(PoolCache headers, PoolCache references, PoolCache packets,
                           std::uint32_t header_room, std::uint32_t packet_room, std::uint32_t max_references,
                           std::uint16_t port, FrameTag tag) noexcept
    : headers_(headers),
      references_(references),
      packets_(packets),
      header_room_(header_room),
      packet_room_(packet_room),
      port_(port),
      max_references_(max_references),
      tag_(tag) {
    static_assert(offsetof(rte_mbuf, refcnt) == offsetof(rte_mbuf, data_off) + 2);
    static_assert(offsetof(rte_mbuf, port) == offsetof(rte_mbuf, data_off) + 6);
    rte_mbuf fresh{};
    fresh.data_off = RTE_PKTMBUF_HEADROOM;
    fresh.nb_segs = 1;
    fresh.port = port;
    rte_mbuf_refcnt_set(&fresh, 1);
    fresh_ = rearm_word(&fresh);
}

unsigned FrameBuilder::build(const TxFrame* frames, rte_mbuf** out, unsigned count) noexcept {
    if (tag_.vlan == 0) [[likely]]
        return build_frames<false>(frames, out, count);
    if (!tag_.by_device) return build_frames<true>(frames, out, count);
    const unsigned built = build_frames<false>(frames, out, count);
    for (unsigned i = 0; i < built; ++i) {
        out[i]->vlan_tci = tag_.vlan;
        out[i]->ol_flags |= RTE_MBUF_F_TX_VLAN;
    }
    return built;
}

template <bool kTagged>
unsigned FrameBuilder::build_frames(const TxFrame* frames, rte_mbuf** out, unsigned count) noexcept {
    constexpr std::uint32_t kTag = kTagged ? kTagBytes : 0;
    while (count > 0 && !headers_.take(out, count)) count /= 2;
    for (unsigned i = 0; i < count; ++i) {
        const TxFrame& frame = frames[i];
        rte_mbuf* m = out[i];
        rearm_word(m) = fresh_;
        m->ol_flags = 0;
        m->packet_type = 0;
        m->data_len = static_cast<std::uint16_t>(frame.header_length + kTag);
        m->pkt_len = frame.header_length + kTag;
        if constexpr (kTagged)
            copy_header_tagged(buffer_start(m) + RTE_PKTMBUF_HEADROOM, frame, tag_.vlan);
        else
            copy_header(buffer_start(m) + RTE_PKTMBUF_HEADROOM, frame);
        if (frame.payload_length != 0 && !add_payload(out[i], frame)) [[unlikely]] {
            headers_.give(out + i, count - i);
            return i;
        }
        if (frame.offloads != 0) request_offloads(out[i], frame, kTag);
    }
    return count;
}

bool FrameBuilder::add_payload(rte_mbuf*& mbuf, const TxFrame& frame) noexcept {
    const std::uint32_t header = mbuf->data_len;
    const std::uint32_t total = header + frame.payload_length;
    const bool fits = total <= header_room_;
    if (frame.payload_length > kCopyBreakBytes && max_references_ != 0 && attach_pieces(mbuf, frame))
        return true;
    if (!fits) return copy_whole(mbuf, frame);
    copy_payload(buffer_start(mbuf) + RTE_PKTMBUF_HEADROOM + header, frame);
    mbuf->data_len = static_cast<std::uint16_t>(total);
    mbuf->pkt_len = total;
    return true;
}

// One indirect mbuf per piece. Nothing is written to the Packet: peers read only the bytes, and the count of
// references in the packet's own mbuf keeps them alive after its owner released it.
bool FrameBuilder::attach_pieces(rte_mbuf* mbuf, const TxFrame& frame) noexcept {
    const std::uint32_t most = is_cut_by_device(frame) ? kMaxSegmentationPieces : max_references_;
    const std::uint32_t pieces = count_pieces(frame, most);
    if (pieces > most) return false;
    rte_mbuf* references[kMaxSegmentationPieces];
    if (pieces == 1) {
        if ((references[0] = references_.take()) == nullptr) return false;
    } else if (!references_.take(references, pieces)) {
        return false;
    }
    std::uint32_t left = frame.payload_length;
    std::uint32_t offset = frame.payload_offset;
    const Packet* packet = frame.payload;
    rte_mbuf* last = mbuf;
    for (std::uint32_t i = 0; i < pieces; ++i, packet = packet->next) {
        const std::uint32_t here = packet->length - offset < left ? packet->length - offset : left;
        rte_mbuf* reference = references[i];
        rte_mbuf* direct = mbuf_of(packet);
        rte_pktmbuf_attach(reference, direct);
        reference->data_off = static_cast<std::uint16_t>(packet->data + offset - buffer_start(direct));
        reference->data_len = static_cast<std::uint16_t>(here);
        reference->pkt_len = here;
        reference->port = port_;
        last->next = reference;
        last = reference;
        left -= here;
        offset = 0;
    }
    mbuf->nb_segs = static_cast<std::uint16_t>(1 + pieces);
    mbuf->pkt_len += frame.payload_length;
    return true;
}

// A frame with more payload than a header buffer holds and no way to attach it: a packet buffer carries it
// whole, and the header buffer goes back.
bool FrameBuilder::copy_whole(rte_mbuf*& mbuf, const TxFrame& frame) noexcept {
    const std::uint32_t header = mbuf->data_len;
    const std::uint32_t total = header + frame.payload_length;
    if (total > packet_room_) return false;
    rte_mbuf* big = packets_.take();
    if (big == nullptr) return false;
    rearm_word(big) = fresh_;
    big->ol_flags = 0;
    big->packet_type = 0;
    big->data_len = static_cast<std::uint16_t>(total);
    big->pkt_len = total;
    std::byte* const to = buffer_start(big) + RTE_PKTMBUF_HEADROOM;
    std::memcpy(to, buffer_start(mbuf) + RTE_PKTMBUF_HEADROOM, header);
    copy_payload(to + header, frame);
    headers_.give(mbuf);
    mbuf = big;
    return true;
}

}  // namespace ringsock::dpdk
