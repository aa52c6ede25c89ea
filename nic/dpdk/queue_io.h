// SPDX-License-Identifier: BSD-3-Clause
// QueueIo: one queue of a DPDK port as a PacketIo. Engine role, one thread at a time; any thread over time,
// since the queue brings its own lane (eal.h) instead of relying on the thread's.
#pragma once

#include <atomic>
#include <cstdint>

#include "nic/dpdk/mempool.h"
#include "nic/dpdk/peer_keeper.h"
#include "nic/dpdk/pool_account.h"
#include "nic/dpdk/tx_frame_mbuf.h"
#include "nic/nic.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {

/// What a queue is built of. All of it outlives the QueueIo.
struct QueueParts {
    Nic* nic = nullptr;        ///< Asked for the link.
    PeerGate* gate = nullptr;  ///< Of a port that comes and goes; then `port` is not looked at.
    std::uint16_t port = 0;
    std::uint16_t queue = 0;
    unsigned lane = 0;
    /// The driver takes or frees buffers itself (all but rings), so it must run under the lane's id.
    bool driver_uses_pools = true;
    std::uint32_t max_references = 0;  ///< Pieces of payload attached to an ordinary frame; 0: it is copied.
    bool prepare = false;              ///< The driver asked for work in rte_eth_tx_prepare.
    FrameTag tag;
    rte_mempool* packets = nullptr;
    rte_mempool* headers = nullptr;
    rte_mempool* references = nullptr;
    std::uint32_t packet_room = 0;  ///< Bytes behind the headroom of a packet buffer.
    std::uint32_t header_room = 0;
    std::uint16_t pool_id = 0;  ///< Of `packets`.
    std::uint32_t packets_limit =
        0;  ///< Packets that may be held (keep); allocate() leaves a reserve of them.
    IoTraits traits;
    Wakeup wakeup;  ///< How frames wake a sleeper; rings: by bell.
    /// Rings: whom our reception wakes, and whom our transmission does. Null elsewhere.
    std::atomic<Doorbell*>* own_bell = nullptr;
    std::atomic<Doorbell*>* peer_bell = nullptr;
};

class QueueIo final : public PacketIo {
  public:
    explicit QueueIo(const QueueParts& parts) noexcept;

    [[nodiscard]] std::size_t rx_burst(std::span<RxFrame> out) noexcept override;
    [[nodiscard]] std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override;
    [[nodiscard]] Packet* keep(const RxFrame& frame, std::uint32_t offset,
                               std::uint32_t length) noexcept override;
    void release_frames(std::span<const RxFrame> frames) noexcept override;
    [[nodiscard]] Packet* allocate() noexcept override;
    void release(Packet* packet_given) noexcept override;
    [[nodiscard]] const IoTraits& traits() const noexcept override { return traits_; }
    [[nodiscard]] const IoCounters& counters() const noexcept override { return counters_; }
    [[nodiscard]] Wakeup wake_by(Doorbell* bell) noexcept override;
    void arm_wakeup() noexcept override;
    void disarm_wakeup() noexcept override;
    [[nodiscard]] const Wakeup& wakeup() const noexcept { return wakeup_; }
    [[nodiscard]] bool link_up() noexcept override;

    /// Takes and frees what lies in the receive queue, at most `limit` frames: before pools are freed.
    void drain(std::size_t limit) noexcept;
    /// Packets out of this queue's pool in somebody's hands.
    [[nodiscard]] std::uint64_t packets_held() const noexcept { return account_.held(); }

  private:
    rte_mbuf* linearise(rte_mbuf* chain) noexcept;
    std::size_t judge_tags(std::span<RxFrame> frames) noexcept;
    Packet* copy_into_own(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept;
    void free_one(rte_mbuf* mbuf) noexcept;
    void free_slow(rte_mbuf* mbuf) noexcept;
    std::uint16_t receive(rte_mbuf** out, std::uint16_t want) noexcept;
    std::uint16_t transmit(rte_mbuf** frames, std::uint16_t count) noexcept;
    std::uint16_t transmit_prepared(rte_mbuf** frames, std::uint16_t count) noexcept;

    // Read by every call.
    std::uint16_t port_;
    const std::uint16_t queue_;
    const unsigned lane_;
    const bool driver_uses_pools_;
    const bool prepares_;
    bool is_open_;  ///< False while a port that comes and goes is gone.
    const std::uint16_t pool_id_;
    const std::uint16_t vlan_;  ///< 0: frames are untagged.
    const std::uint32_t packet_room_;
    const std::uint64_t keep_limit_;
    const std::uint64_t allocate_limit_;
    PoolCache packets_;
    PoolCache headers_;
    PoolAccount& account_;
    FrameBuilder builder_;
    IoCounters counters_;
    std::atomic<Doorbell*>* const peer_bell_;
    // Read now and then.
    std::atomic<Doorbell*>* const own_bell_;
    const Wakeup wakeup_;
    const bool interrupt_is_kept_;  ///< Until it is read.
    IoTraits traits_;
    Nic* nic_;
    PeerGate* gate_;
};

}  // namespace ringsock::dpdk
