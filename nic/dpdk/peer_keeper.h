// SPDX-License-Identifier: BSD-3-Clause
// PeerKeeper: the port of a device whose driver cannot start without the other side (the client of memif,
// virtio_user), and cannot come back to it. The device is open all the same, with its link down; the keeper's
// thread makes the port when the other side is there and removes it when that is gone, as often as it takes.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/cache_line.h"
#include "nic/dpdk/port.h"

namespace ringsock::dpdk {

/// What queues look at when they are asked for their link. A queue uses the port from the moment it saw an
/// odd epoch to the moment it saw an even one; the keeper touches the port only when every queue saw the even
/// one it announced.
struct PeerGate {
    std::atomic<std::uint32_t> epoch{0};  ///< Writer: keeper. Pairs with the load in QueueIo::link_up.
    std::uint16_t port = kNoPort;         ///< Written while epoch is even.
    struct alignas(kCacheLine) Seen {
        std::atomic<std::uint32_t> epoch{0};  ///< Writer: the queue's engine. Pairs with all_queues_saw.
    };
    std::array<Seen, kMaxNicQueues> seen;
};

class PeerKeeper {
  public:
    /// All of it outlives the keeper. One pool per queue.
    PeerKeeper(const NicConfig& config, const DeviceRequest& device, const PortSizes& sizes,
               std::vector<rte_mempool*> receive_pools);
    /// Ends the thread and removes the port. Not under the lock of nic/.
    ~PeerKeeper();
    PeerKeeper(const PeerKeeper&) = delete;
    PeerKeeper& operator=(const PeerKeeper&) = delete;

    /// The first try and then the thread. Returns what no waiting would mend. Under the lock of nic/.
    [[nodiscard]] std::optional<NicError> begin();

    [[nodiscard]] PeerGate& gate() noexcept { return gate_; }
    [[nodiscard]] bool is_connected() const noexcept {
        return (gate_.epoch.load(std::memory_order_acquire) & 1) != 0;
    }
    /// kNoPort while there is none. Under the lock of nic/.
    [[nodiscard]] std::uint16_t port_id() const noexcept { return port_.id(); }
    /// Why there is no peer, with the cure.
    [[nodiscard]] std::string problem() const;

  private:
    void run();
    void step();
    [[nodiscard]] std::optional<NicError> make_port();
    [[nodiscard]] bool link_comes() const;
    [[nodiscard]] bool all_queues_saw(std::uint32_t epoch) const noexcept;
    [[nodiscard]] bool sleep_or_stop(std::chrono::milliseconds time);

    const NicConfig& config_;
    const DeviceRequest& device_;
    const PortSizes& sizes_;
    const std::vector<rte_mempool*> receive_pools_;
    PeerGate gate_;
    EthPort port_;
    mutable std::mutex mutex_;  // of what follows
    std::condition_variable wake_;
    bool stop_ = false;
    std::string last_error_;
    std::thread thread_;
};

}  // namespace ringsock::dpdk
