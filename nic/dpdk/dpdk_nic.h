// SPDX-License-Identifier: BSD-3-Clause
// DpdkNic: a port, its queues and their pools as a Nic. open_nic and open_ring_pair build it; both serialise
// on one lock with its destructor. Control role; queues and link_up(): engine role.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "nic/dpdk/kernel_interface.h"
#include "nic/dpdk/port.h"
#include "nic/dpdk/queue_io.h"
#include "nic/dpdk/queue_memory.h"
#include "nic/dpdk/ring_wire.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// Serialises everything that opens, closes or asks DPDK about devices.
[[nodiscard]] std::mutex& control_mutex() noexcept;

/// A fresh locally administered address, distinct within the process.
[[nodiscard]] MacAddress random_mac() noexcept;
/// Needs of one queue of an ordinary device.
[[nodiscard]] MemoryNeeds needs_of(const NicConfig& config, const DeviceRequest& device,
                                   const PortSizes& sizes, const OffloadPlan& offloads);
/// What EAL should count on for this device, before the device exists.
[[nodiscard]] std::uint64_t estimate_bytes(const NicConfig& config, const DeviceRequest& device);

class DpdkNic final : public Nic {
  public:
    /// What a finished device consists of. Exactly one of `wire` and `own` memory is in use.
    struct Parts {
        NicConfig config;
        DeviceRequest device;
        PortSizes sizes;
        MemoryPlan plan;
        KernelInterface interface;
        MacAddress mac;
        OffloadPlan offloads;
        std::vector<PacketMemory> packets;  ///< Per queue; empty for an end of a ring pair.
        std::vector<FrameMemory> frames;
        std::vector<Wakeup> wakeups;  ///< Per queue.
        WireEnd wire;
        bool keeps_peer = false;  ///< The port is the PeerKeeper's.
        EthPort port;  ///< Last, so that it goes first: the driver gives its buffers back to the pools.
    };
    explicit DpdkNic(Parts parts);
    /// Begins what the parts ask for. Once, under the lock of nic/; the error is final.
    [[nodiscard]] std::optional<NicError> begin();
    ~DpdkNic() override;
    DpdkNic(const DpdkNic&) = delete;
    DpdkNic& operator=(const DpdkNic&) = delete;

    [[nodiscard]] PacketIo& queue(std::size_t index) noexcept override;
    [[nodiscard]] std::size_t queue_count() const noexcept override { return queues_.size(); }
    [[nodiscard]] const IoTraits& traits() const noexcept override { return traits_; }
    [[nodiscard]] bool spreads_as_asked() const noexcept override { return parts_.port.spreads_as_asked(); }
    [[nodiscard]] bool link_up() noexcept override;
    [[nodiscard]] std::optional<NicError> link_problem() override;
    [[nodiscard]] int numa_node() const noexcept override { return parts_.port.numa_node(); }
    [[nodiscard]] std::string describe() const override;
    [[nodiscard]] NicStats stats() const noexcept override;
    [[nodiscard]] std::vector<NicCounter> extended_stats() const override;
    [[nodiscard]] NicPools pools(std::size_t queue_index) const noexcept override;

  private:
    [[nodiscard]] const PacketMemory& packet_memory(std::size_t queue) const noexcept;
    [[nodiscard]] const FrameMemory& frame_memory(std::size_t queue) const noexcept;

    [[nodiscard]] std::uint16_t port_id() const noexcept;
    /// As of the last look, which is at most 20 ms old.
    [[nodiscard]] bool driver_says_link_up() noexcept;

    Parts parts_;
    std::unique_ptr<PeerKeeper> keeper_;
    IoTraits traits_;
    std::vector<std::unique_ptr<QueueIo>> queues_;
    std::atomic<std::uint64_t> next_link_look_{0};  ///< Cycles of the time stamp counter.
    std::atomic<bool> is_link_up_{false};
};

}  // namespace ringsock::dpdk
