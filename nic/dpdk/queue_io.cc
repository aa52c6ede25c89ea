// SPDX-License-Identifier: BSD-3-Clause
// The engine's way to a port queue, see queue_io.h.
#include "nic/dpdk/queue_io.h"

#include <fcntl.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/endian.h"
#include "nic/dpdk/eal.h"
#include "nic/dpdk/packet_mbuf.h"

namespace ringsock::dpdk {
namespace {

static_assert(kRxIpv4ChecksumGood == 1 && kRxIpv4ChecksumBad == 2 && kRxL4ChecksumGood == 4 &&
              kRxL4ChecksumBad == 8);

std::byte* data_of(rte_mbuf* m) noexcept {
    return static_cast<std::byte*>(m->buf_addr) + m->data_off;
}

// "Good" and "bad" are two bits per layer in ol_flags; both set means "none": the field was never filled in,
// and the bytes are sound all the same. So comes everything that a kernel sends over virtio.
std::uint16_t verdict_of(std::uint64_t ol_flags) noexcept {
    constexpr std::uint64_t kInteresting =
        RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_RSS_HASH;
    if ((ol_flags & kInteresting) == 0) [[likely]]
        return 0;
    unsigned verdict = 0;
    const std::uint64_t ip = ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
    const std::uint64_t l4 = ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
    if (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD || ip == RTE_MBUF_F_RX_IP_CKSUM_NONE)
        verdict |= kRxIpv4ChecksumGood;
    if (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD) verdict |= kRxIpv4ChecksumBad;
    if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD || l4 == RTE_MBUF_F_RX_L4_CKSUM_NONE) verdict |= kRxL4ChecksumGood;
    if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD) verdict |= kRxL4ChecksumBad;
    if ((ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0) verdict |= kRxHashValid;
    return static_cast<std::uint16_t>(verdict);
}

constexpr std::uint16_t kNoTag = 0xffff;  // VLAN 4095 is reserved, and no tag of ours has all bits set
constexpr std::uint16_t kVlanMask = 0x0fff;
constexpr std::size_t kAddressBytes = std::size_t{2} * RTE_ETHER_ADDR_LEN;

// The tag behind the addresses of a frame; kNoTag when there is none.
std::uint16_t tag_in(const RxFrame& frame) noexcept {
    if (frame.length < RTE_ETHER_HDR_LEN + kTagBytes) return kNoTag;
    if (load_be<std::uint16_t>(frame.data + kAddressBytes) != RTE_ETHER_TYPE_VLAN) return kNoTag;
    return load_be<std::uint16_t>(frame.data + kAddressBytes + 2);
}

// Ours alone, its bytes its own, not part of a chain: it can go back as it is, and its second line need not
// be looked at.
bool is_plain(const rte_mbuf* m) noexcept {
    return rte_mbuf_refcnt_read(m) == 1 && m->nb_segs == 1 && RTE_MBUF_DIRECT(m);
}

void become(Packet* packet, std::byte* data, std::uint32_t length, std::uint32_t capacity,
            std::uint16_t pool_id) noexcept {
    *packet = Packet{};
    packet->data = data;
    packet->length = length;
    packet->capacity = capacity;
    packet->pool_id = pool_id;
}

}  // namespace

QueueIo::QueueIo(const QueueParts& parts) noexcept
    : port_(parts.port),
      queue_(parts.queue),
      lane_(parts.lane),
      driver_uses_pools_(parts.driver_uses_pools),
      prepares_(parts.prepare),
      is_open_(parts.gate == nullptr),
      pool_id_(parts.pool_id),
      vlan_(parts.tag.vlan),
      packet_room_(parts.packet_room),
      keep_limit_(parts.packets_limit),
      allocate_limit_(parts.packets_limit - parts.packets_limit / 8),
      packets_(parts.packets, parts.lane),
      headers_(parts.headers, parts.lane),
      account_(account_of(parts.pool_id)),
      builder_(headers_, PoolCache(parts.references, parts.lane), packets_, parts.header_room,
               parts.packet_room, parts.max_references, parts.port, parts.tag),
      peer_bell_(parts.peer_bell),
      own_bell_(parts.own_bell),
      wakeup_(parts.wakeup),
      interrupt_is_kept_(parts.wakeup.by == Wakeup::By::interrupt &&
                         (fcntl(parts.wakeup.descriptor, F_GETFL) & O_NONBLOCK) != 0),
      traits_(parts.traits),
      nic_(parts.nic),
      gate_(parts.gate) {}

bool QueueIo::link_up() noexcept {
    if (gate_ == nullptr) return nic_->link_up();
    const std::uint32_t epoch = gate_->epoch.load(std::memory_order_acquire);
    is_open_ = (epoch & 1) != 0;
    if (is_open_) port_ = gate_->port;
    // Pairs with PeerKeeper::all_queues_saw: from here on this queue keeps out of a port that is to go.
    gate_->seen[queue_].epoch.store(epoch, std::memory_order_release);
    return is_open_;
}

std::uint16_t QueueIo::receive(rte_mbuf** out, std::uint16_t want) noexcept {
    if (!driver_uses_pools_) return rte_eth_rx_burst(port_, queue_, out, want);
    if (!is_open_) [[unlikely]]
        return 0;
    const LaneScope scope(lane_);
    return rte_eth_rx_burst(port_, queue_, out, want);
}

std::uint16_t QueueIo::transmit(rte_mbuf** frames, std::uint16_t count) noexcept {
    if (!driver_uses_pools_) return rte_eth_tx_burst(port_, queue_, frames, count);
    if (!is_open_) [[unlikely]] {  // as on any dead wire
        for (unsigned i = 0; i < count; ++i) free_slow(frames[i]);
        return count;
    }
    const LaneScope scope(lane_);
    if (prepares_) return transmit_prepared(frames, count);
    return rte_eth_tx_burst(port_, queue_, frames, count);
}

// A frame that the driver refuses for good is lost like one on the wire, or it would stand in the way for
// ever.
std::uint16_t QueueIo::transmit_prepared(rte_mbuf** frames, std::uint16_t count) noexcept {
    const std::uint16_t good = rte_eth_tx_prepare(port_, queue_, frames, count);
    const std::uint16_t sent = good != 0 ? rte_eth_tx_burst(port_, queue_, frames, good) : std::uint16_t{0};
    if (good == count || sent < good) [[likely]]
        return sent;
    ++counters_.tx_refused_for_good;
    free_slow(frames[good]);
    return static_cast<std::uint16_t>(sent + 1);
}

std::size_t QueueIo::rx_burst(std::span<RxFrame> out) noexcept {
    rte_mbuf* mbufs[kBurst];
    const auto want = static_cast<std::uint16_t>(std::min(out.size(), kBurst));
    const std::uint16_t received = receive(mbufs, want);
    if (received == 0) return 0;
    for (unsigned i = 0; i < received; ++i) prefetch_read(mbufs[i]);
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t flags = 0;
    for (unsigned i = 0; i < received; ++i) {
        rte_mbuf* m = mbufs[i];
        if (m->nb_segs != 1) [[unlikely]]
            if ((m = linearise(m)) == nullptr) continue;
        std::byte* const data = data_of(m);
        prefetch_read(data);
        prefetch_read(data + kCacheLine);  // headers with options end in the second line
        out[count++] = {data, m->pkt_len, m->hash.rss, verdict_of(m->ol_flags), m};
        bytes += m->pkt_len;
        flags |= m->ol_flags;
    }
    counters_.rx_frames += count;
    counters_.rx_bytes += bytes;
    if (vlan_ != 0 || (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) [[unlikely]]
        return judge_tags(out.first(count));
    return count;
}

// IEEE 802.1Q: an interface in a VLAN hears the frames of that VLAN, one in none the untagged ones; VLAN 0
// tells a priority and counts as untagged. Tags may come beside the frame (stripped) or in it, whatever was
// asked of the device. Frames that pass are untagged; where there is no VLAN, tags in frames are left to the
// parser.
std::size_t QueueIo::judge_tags(std::span<RxFrame> frames) noexcept {
    std::size_t passed = 0;
    for (const RxFrame& frame : frames) {
        auto* const m = static_cast<rte_mbuf*>(frame.handle);
        const std::uint16_t in_frame = vlan_ != 0 ? tag_in(frame) : kNoTag;
        const bool stripped = (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
        const auto vlan = static_cast<std::uint16_t>(stripped             ? m->vlan_tci & kVlanMask
                                                     : in_frame != kNoTag ? in_frame & kVlanMask
                                                                          : 0);
        if (vlan != vlan_) {
            ++(vlan != 0 ? counters_.vlan_other : counters_.vlan_missing);
            free_one(m);
            continue;
        }
        RxFrame& out = frames[passed++];
        out = frame;
        if (stripped || vlan == 0) continue;
        std::memmove(out.data + kTagBytes, out.data, kAddressBytes);
        out.data += kTagBytes;
        out.length -= kTagBytes;
        static_cast<void>(rte_pktmbuf_adj(m, kTagBytes));
    }
    return passed;
}

// Peers on rings and some drivers deliver chains; the engine reads contiguous frames only.
rte_mbuf* QueueIo::linearise(rte_mbuf* chain) noexcept {
    const std::uint32_t total = chain->pkt_len;
    rte_mbuf* whole = total <= packet_room_ ? packets_.take() : nullptr;
    if (whole != nullptr) {
        rte_pktmbuf_reset(whole);
        std::byte* to = data_of(whole);
        for (rte_mbuf* m = chain; m != nullptr; m = m->next) {
            std::memcpy(to, data_of(m), m->data_len);
            to += m->data_len;
        }
        whole->data_len = static_cast<std::uint16_t>(total);
        whole->pkt_len = total;
        whole->hash.rss = chain->hash.rss;
        whole->vlan_tci = chain->vlan_tci;
        // The buffer is direct: only what the device said of the frame carries over.
        whole->ol_flags = chain->ol_flags & (RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK |
                                             RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_VLAN_STRIPPED);
    } else {
        ++counters_.no_buffer;
    }
    free_slow(chain);
    return whole;
}

std::size_t QueueIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    rte_mbuf* mbufs[kBurst];
    const auto wanted = static_cast<unsigned>(std::min(frames.size(), kBurst));
    const unsigned built = builder_.build(frames.data(), mbufs, wanted);
    if (built < wanted) [[unlikely]]
        ++counters_.no_buffer;
    if (built == 0) return 0;
    const unsigned sent = transmit(mbufs, static_cast<std::uint16_t>(built));
    for (unsigned i = 0; i < sent; ++i)
        counters_.tx_bytes += frames[i].header_length + frames[i].payload_length;
    counters_.tx_frames += sent;
    // A ring's receiver may sleep; a kernel or a device wakes its own.
    if (peer_bell_ != nullptr) {
        Doorbell* const bell = peer_bell_->load(std::memory_order_acquire);
        if (bell != nullptr) bell->ring_if_asleep();
    }
    if (sent < built) [[unlikely]] {
        counters_.tx_refused += built - sent;
        for (unsigned i = sent; i < built; ++i) free_one(mbufs[i]);
    }
    return sent;
}

Packet* QueueIo::keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    auto* const m = static_cast<rte_mbuf*>(frame.handle);
    RS_DCHECK(offset + length <= frame.length);
    if (account_.held() >= keep_limit_) [[unlikely]] {
        ++counters_.no_buffer;
        free_one(m);
        return nullptr;
    }
    if (m->pool != packets_.pool()) return copy_into_own(frame, offset, length);
    std::byte* const data = frame.data + offset;
    std::byte* const end = static_cast<std::byte*>(m->buf_addr) + m->buf_len;
    Packet* const packet = packet_of(m);
    become(packet, data, length, static_cast<std::uint32_t>(end - data), pool_id_);
    account_.taken.add();
    return packet;
}

// The frame lies in a peer's buffer. Holding that would let a slow reader here stop the peer's transmissions.
Packet* QueueIo::copy_into_own(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    Packet* packet = nullptr;
    rte_mbuf* const own = length <= packet_room_ ? packets_.take() : nullptr;
    if (own != nullptr) {
        std::byte* const data = static_cast<std::byte*>(own->buf_addr) + RTE_PKTMBUF_HEADROOM;
        std::memcpy(data, frame.data + offset, length);
        own->ol_flags = 0;  // stale from an earlier life; free_one() asks whether it is direct
        packet = packet_of(own);
        become(packet, data, length, packet_room_, pool_id_);
        account_.taken.add();
        ++counters_.rx_copied;
    } else {
        ++counters_.no_buffer;
    }
    free_one(static_cast<rte_mbuf*>(frame.handle));
    return packet;
}

void QueueIo::release_frames(std::span<const RxFrame> frames) noexcept {
    rte_mbuf* run[kBurst];  // plain buffers of one pool, given back together
    unsigned count = 0;
    for (const RxFrame& frame : frames) {
        auto* const m = static_cast<rte_mbuf*>(frame.handle);
        if (m->pool != headers_.pool() || !is_plain(m)) {
            free_one(m);
            continue;
        }
        run[count++] = m;
        if (count == kBurst) {
            headers_.give(run, count);
            count = 0;
        }
    }
    if (count != 0) headers_.give(run, count);
}

Packet* QueueIo::allocate() noexcept {
    rte_mbuf* const m = account_.held() < allocate_limit_ ? packets_.take() : nullptr;
    if (m == nullptr) [[unlikely]] {
        ++counters_.no_buffer;
        return nullptr;
    }
    m->ol_flags = 0;
    Packet* const packet = packet_of(m);
    become(packet, static_cast<std::byte*>(m->buf_addr) + RTE_PKTMBUF_HEADROOM, 0, packet_room_, pool_id_);
    account_.taken.add();
    return packet;
}

void QueueIo::release(Packet* packet_given) noexcept {
    if (packet_given->pool_id == pool_id_) [[likely]]
        account_.returned.add();
    else
        account_of(packet_given->pool_id).returned_elsewhere.fetch_add(1, std::memory_order_relaxed);
    free_one(mbuf_of(packet_given));
}

void QueueIo::free_one(rte_mbuf* mbuf) noexcept {
    if (!is_plain(mbuf)) [[unlikely]]
        return free_slow(mbuf);
    if (mbuf->pool == packets_.pool()) return packets_.give(mbuf);
    if (mbuf->pool == headers_.pool()) return headers_.give(mbuf);
    PoolCache(mbuf->pool, lane_).give(mbuf);
}

// Chains, references and shared buffers: DPDK knows how; the last reference frees the bytes.
void QueueIo::free_slow(rte_mbuf* mbuf) noexcept {
    const LaneScope scope(lane_);
    rte_pktmbuf_free(mbuf);
}

Wakeup QueueIo::wake_by(Doorbell* bell) noexcept {
    if (own_bell_ != nullptr) own_bell_->store(bell, std::memory_order_release);
    return wakeup_;
}

// Sockets signal whenever there is something to read; a device interrupts only when it is asked to. A refusal
// leaves the sleeper its time limit.
void QueueIo::arm_wakeup() noexcept {
    if (wakeup_.by != Wakeup::By::interrupt) return;
    static_cast<void>(rte_eth_dev_rx_intr_enable(port_, queue_));
}

void QueueIo::disarm_wakeup() noexcept {
    if (wakeup_.by != Wakeup::By::interrupt) return;
    static_cast<void>(rte_eth_dev_rx_intr_disable(port_, queue_));
    // An interrupt that has fired leaves its eventfd readable until somebody reads it, and the next sleep
    // would be over at once. A file that blocks is uio's, which the thread of DPDK reads that acknowledges
    // it.
    std::uint64_t fired = 0;
    if (interrupt_is_kept_) static_cast<void>(!read(wakeup_.descriptor, &fired, sizeof fired));
}

void QueueIo::drain(std::size_t limit) noexcept {
    rte_mbuf* mbufs[kBurst];
    for (std::size_t drained = 0; drained < limit;) {
        const std::uint16_t received = receive(mbufs, kBurst);
        if (received == 0) return;
        for (unsigned i = 0; i < received; ++i) free_slow(mbufs[i]);
        drained += received;
    }
}

}  // namespace ringsock::dpdk
