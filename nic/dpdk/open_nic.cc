// SPDX-License-Identifier: BSD-3-Clause
// Opening a device: from configuration to a running port.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "nic/dpdk/dpdk_nic.h"
#include "nic/dpdk/eal.h"
#include "nic/dpdk/wakeup.h"
#include "nic/nic.h"

namespace ringsock {
namespace {

using namespace ringsock::dpdk;

MacAddress choose_mac(const NicConfig& config, const DeviceRequest& device, const EthPort& port) noexcept {
    if (!config.mac.is_zero()) return config.mac;
    const MacAddress own = port.own_mac();
    return device.shares_link_address && !own.is_zero() ? own : random_mac();
}

// A tap or packet device works only while its kernel interface is up; taps are switched on by their driver.
std::string interface_of(const DeviceRequest& device, const std::string& device_name) {
    if (!device.interface.empty() || device.driver != "net_tap") return device.interface;
    // net_tap names its interface after the number of the device.
    return "dtap" + device_name.substr(std::string("net_tap").size());
}

std::uint32_t default_mtu(const DeviceRequest& device) {
    if (device.interface.empty() || device.interface_is_ours) return 1500;
    return std::min(KernelInterface(device.interface).mtu().value_or(1500), device.mtu_limit);
}

// Pools, then the running port (which a PeerKeeper makes itself). `parts` is complete but for them.
std::optional<NicError> build_and_start(DpdkNic::Parts& parts) {
    const int node = parts.config.numa_node >= 0 ? parts.config.numa_node : parts.port.numa_node();
    std::vector<rte_mempool*> receive_pools;
    for (std::uint32_t queue = 0; queue < parts.sizes.queues; ++queue) {
        auto packets = make_packet_memory(parts.config, parts.plan, node);
        if (!packets.ok()) return packets.error();
        parts.packets.push_back(std::move(packets).value());
        parts.packets.back().driver_keeps_some = parts.device.keeps_buffers;
        auto frames = make_frame_memory(parts.config, parts.plan, node);
        if (!frames.ok()) return frames.error();
        parts.frames.push_back(std::move(frames).value());
        receive_pools.push_back(parts.packets.back().packets.get());
    }
    if (parts.keeps_peer) return std::nullopt;
    return parts.port.start(parts.config, parts.sizes, receive_pools);
}

// What can be said of a device before its peer is there: the configuration's sizes, the driver's least gifts.
std::optional<NicError> plan_without_port(DpdkNic::Parts& parts) {
    const NicConfig& config = parts.config;
    parts.keeps_peer = true;
    if (config.mtu > parts.device.mtu_limit) return refuse_mtu(config, 576, parts.device.mtu_limit);
    const std::uint32_t queues = std::min(config.queues, parts.device.queue_limit);
    if (queues < config.queues && !config.fewer_queues_will_do)
        return error_at(config, NicErrorKind::bad_argument,
                        "the device has " + std::to_string(queues) + " queues, asked for " +
                            std::to_string(config.queues) + "; configure as many engines as queues");
    parts.sizes.queues = static_cast<std::uint16_t>(queues);
    parts.sizes.rx_descriptors = static_cast<std::uint16_t>(config.rx_descriptors);
    parts.sizes.tx_descriptors = static_cast<std::uint16_t>(config.tx_descriptors);
    parts.sizes.mtu = config.mtu != 0 ? config.mtu : 1500;
    parts.offloads.multi_segment = (config.offloads & kOffloadMultiSegment) != 0;
    parts.offloads.max_references = parts.offloads.multi_segment ? kMaxReferences : 0;
    parts.plan = plan_memory(needs_of(config, parts.device, parts.sizes, parts.offloads));
    return build_and_start(parts);
}

constexpr std::chrono::seconds kFirstLink{5};
constexpr std::chrono::milliseconds kLinkNap{10};

// A NIC that is started agrees with its switch first (1 to 4 s at 1000BASE-T), and says link down meanwhile:
// a program that connects at once shall not be told WSAENETDOWN for that. Without a cable the start goes on.
void await_first_link(const EthPort& port) {
    const auto give_up = std::chrono::steady_clock::now() + kFirstLink;
    while (!port.driver_says_link_up() && std::chrono::steady_clock::now() < give_up)
        std::this_thread::sleep_for(kLinkNap);
}

constexpr unsigned kXdpRounds = 25;

// The port from nothing; what an earlier round left goes first.
std::optional<NicError> attach_and_start(DpdkNic::Parts& parts) {
    { const EthPort closing = std::move(parts.port); }
    parts.device.xdp.close_leftovers();
    parts.packets.clear();
    parts.frames.clear();
    const DescriptorMark before;
    auto port = EthPort::attach(parts.config, parts.device);
    if (!port.ok()) return port.error();
    parts.port = std::move(port).value();
    auto sizes = parts.port.plan_sizes(parts.config, default_mtu(parts.device), parts.device);
    if (!sizes.ok()) return sizes.error();
    parts.sizes = sizes.value();
    parts.offloads = parts.port.offloads();
    parts.plan = plan_memory(needs_of(parts.config, parts.device, parts.sizes, parts.offloads));
    if (parts.device.keeps_buffers) parts.device.xdp.before_start();
    auto error = build_and_start(parts);
    if (parts.device.keeps_buffers) parts.device.xdp.after_start();
    if (!error) parts.wakeups = find_wakeups(parts.port, parts.device, parts.sizes.queues, before);
    return error;
}

}  // namespace

Result<std::unique_ptr<Nic>, NicError> open_nic(const NicConfig& config) {
    std::unique_lock lock(control_mutex());
    if (auto error = check_ranges(config)) return Failure{*error};
    auto examined = examine_device(config);
    if (!examined.ok()) return Failure{examined.error()};
    DpdkNic::Parts parts;
    parts.config = config;
    parts.device = std::move(examined).value();
    if (auto refused =
            start_eal(estimate_bytes(config, parts.device), parts.device.is_pci ? PciUse::yes : PciUse::no))
        return Failure{error_at(config, refused->kind, refused->message)};

    auto error = parts.device.waits_for_peer ? plan_without_port(parts) : attach_and_start(parts);
    // The kernel lets go of an AF_XDP queue some milliseconds after its last user closed it.
    for (unsigned round = 0; error && parts.device.keeps_buffers && round < kXdpRounds; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        error = attach_and_start(parts);
    }
    if (error) return Failure{*error};
    if (parts.device.interface_is_ours) parts.port.set_interface_mtu(parts.sizes.driver_mtu);

    const std::string interface = interface_of(parts.device, parts.port.device_name());
    if (!interface.empty()) parts.interface = KernelInterface(interface);
    parts.mac = choose_mac(config, parts.device, parts.port);
    if (parts.device.shares_link_address && !(parts.mac == parts.port.own_mac())) {
        if (auto refused = parts.port.accept_address(config, parts.mac, parts.device.is_pci))
            return Failure{*refused};
    }
    if (parts.device.is_pci) await_first_link(parts.port);
    auto nic = std::make_unique<DpdkNic>(std::move(parts));
    if (auto refused = nic->begin()) {
        lock.unlock();  // closing takes it
        return Failure{*refused};
    }
    return std::unique_ptr<Nic>(std::move(nic));
}

std::string describe_nic_environment() {
    return describe_eal() + "\n";
}

}  // namespace ringsock
