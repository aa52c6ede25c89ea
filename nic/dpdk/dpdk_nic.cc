// SPDX-License-Identifier: BSD-3-Clause
// A device as a Nic, see dpdk_nic.h.
#include "nic/dpdk/dpdk_nic.h"

#include <net/if.h>
#include <rte_cycles.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "nic/dpdk/port_stats.h"
#include "nic/dpdk/wakeup.h"

namespace ringsock::dpdk {
namespace {

std::string mac_text(const MacAddress& mac) {
    char text[18];
    const auto& o = mac.octets;
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4], o[5]);
    return text;
}

IoTraits make_traits(const DpdkNic::Parts& parts) {
    const OffloadPlan& offloads = parts.offloads;
    IoTraits traits;
    traits.mac = parts.mac;
    traits.mtu = parts.sizes.mtu;
    traits.tx_ipv4_checksum = offloads.tx_ipv4_checksum;
    traits.tx_tcp_checksum = offloads.tx_tcp_checksum;
    traits.tx_udp_checksum = offloads.tx_udp_checksum;
    traits.rx_checksum = offloads.rx_checksum;
    traits.segmentation_bytes = offloads.segmentation_bytes;
    traits.segmentation_pieces = offloads.segmentation_pieces;
    traits.is_lossless_memory = parts.wire.connected();
    return traits;
}

constexpr std::uint64_t kLinkLooksASecond = 50;

// Structures of DPDK itself beside the pools.
constexpr std::uint64_t kOverheadBytes = std::uint64_t{64} << 20;

}  // namespace

std::mutex& control_mutex() noexcept {
    static std::mutex* const mutex = new std::mutex;  // outlives every static that closes a device
    return *mutex;
}

// Locally administered, individual (IEEE 802 §8.2): never a vendor's, never a group's.
MacAddress random_mac() noexcept {
    static std::atomic<std::uint8_t> made{0};
    MacAddress mac;
    if (getrandom(mac.octets.data(), mac.octets.size(), GRND_NONBLOCK) < 0) mac.octets[1] = 0x52;
    mac.octets[0] = 0x02;
    mac.octets[5] = made.fetch_add(1, std::memory_order_relaxed);  // distinct within the process in any case
    return mac;
}

MemoryNeeds needs_of(const NicConfig& config, const DeviceRequest& device, const PortSizes& sizes,
                     const OffloadPlan& offloads) {
    MemoryNeeds needs;
    needs.packets = config.packets;
    needs.mtu = sizes.mtu;
    needs.rx_descriptors = sizes.rx_descriptors;
    needs.in_flight = sizes.tx_descriptors;
    needs.lanes = config.queues;
    needs.attach_payload = offloads.multi_segment;
    needs.pieces = std::max({offloads.segmentation_pieces, offloads.max_references, 1U});
    needs.driver_buffers = device.driver_buffers;
    needs.driver_headroom = device.driver_headroom;
    needs.memory = device.memory;
    needs.numa_node = config.numa_node;
    return needs;
}

// Before the device exists: what EAL should count on when it chooses between hugepages and ordinary memory.
std::uint64_t estimate_bytes(const NicConfig& config, const DeviceRequest& device) {
    return estimate_pool_bytes(config, device) + kOverheadBytes;
}

DpdkNic::DpdkNic(Parts parts) : parts_(std::move(parts)), traits_(make_traits(parts_)) {
    is_link_up_.store(parts_.port.id() != kNoPort && parts_.port.driver_says_link_up());
    const bool is_ring = parts_.wire.connected();
    if (parts_.keeps_peer) {
        std::vector<rte_mempool*> receive_pools;
        for (const PacketMemory& memory : parts_.packets) receive_pools.push_back(memory.packets.get());
        keeper_ = std::make_unique<PeerKeeper>(parts_.config, parts_.device, parts_.sizes,
                                               std::move(receive_pools));
    }
    for (std::size_t i = 0; i < parts_.sizes.queues; ++i) {
        const PacketMemory& packets = packet_memory(i);
        const FrameMemory& frames = frame_memory(i);
        QueueParts q;
        q.nic = this;
        q.gate = keeper_ != nullptr ? &keeper_->gate() : nullptr;
        q.port = parts_.port.id();
        q.queue = static_cast<std::uint16_t>(i);
        q.lane = packets.lane.id();
        q.driver_uses_pools = !is_ring;
        q.max_references = parts_.offloads.max_references;
        q.prepare = parts_.offloads.prepare;
        q.tag = {parts_.config.vlan, parts_.offloads.vlan_insert};
        q.packets = packets.packets.get();
        q.headers = frames.headers.get();
        q.references = frames.references.get();
        q.packet_room = parts_.plan.packet_room;
        q.header_room = parts_.plan.header_room;
        q.pool_id = packets.pool_id;
        q.packets_limit = parts_.config.packets;
        q.traits = traits_;
        if (i < parts_.wakeups.size()) q.wakeup = parts_.wakeups[i];
        if (is_ring) {
            WireBells& bells = parts_.wire.bells(i);
            q.wakeup = {Wakeup::By::doorbell};
            q.own_bell = &bells[parts_.wire.end()];
            q.peer_bell = &bells[1 - parts_.wire.end()];
        } else if (parts_.device.driver == "net_null") {
            q.wakeup = wakeup_of_null(parts_.device.arguments);
        }
        queues_.push_back(std::make_unique<QueueIo>(q));
    }
}

std::optional<NicError> DpdkNic::begin() {
    return keeper_ != nullptr ? keeper_->begin() : std::nullopt;
}

std::uint16_t DpdkNic::port_id() const noexcept {
    return keeper_ != nullptr ? keeper_->port_id() : parts_.port.id();
}

DpdkNic::~DpdkNic() {
    keeper_.reset();
    const std::lock_guard guard(control_mutex());
    queues_.clear();
    // First the port, so that nothing refers to pools any more; the driver gives back what it holds.
    { const EthPort closing = std::move(parts_.port); }
    parts_.device.xdp.close_leftovers();
    { const WireEnd leaving = std::move(parts_.wire); }
    parts_.frames.clear();
    parts_.packets.clear();
}

const PacketMemory& DpdkNic::packet_memory(std::size_t queue) const noexcept {
    return parts_.wire.connected() ? parts_.wire.lane(queue).packets[parts_.wire.end()]
                                   : parts_.packets[queue];
}

const FrameMemory& DpdkNic::frame_memory(std::size_t queue) const noexcept {
    return parts_.wire.connected() ? parts_.wire.lane(queue).frames : parts_.frames[queue];
}

PacketIo& DpdkNic::queue(std::size_t index) noexcept {
    RS_ASSERT(index < queues_.size());
    return *queues_[index];
}

// Drivers on kernel interfaces report the link as it was at start (net_af_packet) or only their own side, so
// the kernel is asked; on rings the link is the peer.
bool DpdkNic::link_up() noexcept {
    if (parts_.wire.connected()) return parts_.wire.peer_is_up();
    if (keeper_ != nullptr) return keeper_->is_connected();
    if (parts_.interface.named()) return parts_.interface.carries();
    return driver_says_link_up();
}

// Engines ask every millisecond, each of them; some drivers ask the transceiver over a bus that takes a
// hundred microseconds for an answer, and none of them expects two threads to do it.
bool DpdkNic::driver_says_link_up() noexcept {
    const std::uint64_t now = rte_get_tsc_cycles();
    std::uint64_t due = next_link_look_.load(std::memory_order_relaxed);
    if (now >= due && next_link_look_.compare_exchange_strong(due, now + rte_get_tsc_hz() / kLinkLooksASecond,
                                                              std::memory_order_acq_rel))
        is_link_up_.store(parts_.port.driver_says_link_up(), std::memory_order_release);
    return is_link_up_.load(std::memory_order_acquire);
}

std::optional<NicError> DpdkNic::link_problem() {
    if (link_up()) return std::nullopt;
    const auto down = [&](const std::string& what) {
        return error_at(parts_.config, NicErrorKind::link_down, what);
    };
    if (parts_.wire.connected())
        return down("link down: the host at the other end of the ring is not running");
    if (keeper_ != nullptr) return down(keeper_->problem());
    const std::string& name = parts_.interface.name();
    if (!parts_.device.place.path.empty())
        return down("link down: nobody has come to " + parts_.device.place.path + "; start the other side");
    if (!parts_.interface.named())
        return down("link down: the device reports no carrier; check cable or peer");
    const int flags = parts_.interface.flags();
    if (flags < 0) return down("link down: interface " + name + " no longer exists");
    if ((flags & IFF_UP) == 0)
        return down("link down: " + name + " is switched off; sudo ip link set dev " + name + " up");
    return down("link down: " + name + " has no carrier; switch the other end on (ip -d link show dev " +
                name + " names a veth's peer)");
}

std::string DpdkNic::describe() const {
    const PacketMemory& packets = packet_memory(0);
    const auto& sizes = parts_.sizes;
    std::string text = parts_.config.name + ": " +
                       (keeper_ != nullptr ? parts_.device.name : parts_.port.device_name()) + ", driver " +
                       (keeper_ != nullptr ? parts_.device.driver : parts_.port.driver());
    if (!parts_.device.arguments.empty()) text += ", " + parts_.device.arguments;
    text += "\n  mac " + mac_text(parts_.mac) + ", mtu " + std::to_string(sizes.mtu) + " bytes, " +
            std::to_string(sizes.queues) + (sizes.queues == 1 ? " queue" : " queues") + " of " +
            std::to_string(sizes.rx_descriptors) + " rx and " + std::to_string(sizes.tx_descriptors) +
            " tx descriptors\n  " + describe_offloads(parts_.offloads) + "\n  " +
            describe_vlan(parts_.config.vlan, parts_.offloads) + "\n  per queue " +
            std::to_string(parts_.config.packets) + " packets of " + std::to_string(parts_.plan.packet_room) +
            " bytes, " + std::to_string(parts_.plan.headers) + " frame buffers, " +
            std::to_string(parts_.plan.bytes() >> 20) + " MiB of " + packets.packets.memory_kind() + "\n  " +
            describe_eal();
    text += std::string("\n  idle engines are woken by ") + describe_wakeup(queues_[0]->wakeup());
    if (numa_node() >= 0) text += ", NUMA node " + std::to_string(numa_node());
    return text + "\n";
}

NicStats DpdkNic::stats() const noexcept {
    const std::lock_guard guard(control_mutex());
    return read_stats(port_id());
}

std::vector<NicCounter> DpdkNic::extended_stats() const {
    const std::lock_guard guard(control_mutex());
    return read_extended_stats(port_id());
}

NicPools DpdkNic::pools(std::size_t queue_index) const noexcept {
    RS_ASSERT(queue_index < queues_.size());
    const PacketMemory& packets = packet_memory(queue_index);
    const FrameMemory& frames = frame_memory(queue_index);
    NicPools pools;
    pools.packets_total = packets.packets.total();
    pools.packets_in_use = packets.packets.in_use();
    pools.packets_held = static_cast<std::uint32_t>(queues_[queue_index]->packets_held());
    pools.headers_total = frames.headers.total();
    pools.headers_in_use = frames.headers.in_use();
    pools.references_total = frames.references.total();
    pools.references_in_use = frames.references.in_use();
    return pools;
}

}  // namespace ringsock::dpdk
