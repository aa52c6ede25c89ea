// SPDX-License-Identifier: BSD-3-Clause
// Finding the descriptor behind a queue. DPDK 22.11 has one interface for it (receive interrupts), which
// net_tap and PCI drivers serve; net_af_packet and net_af_xdp keep theirs to themselves, but it is a socket
// of this process like any other, and poll(2) works on it: it is found among what was opened meanwhile.
#include "nic/dpdk/wakeup.h"

#include <dirent.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

#include "nic/dpdk/kernel_interface.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

namespace ringsock::dpdk {
namespace {

std::vector<int> open_descriptors() {
    std::vector<int> found;
    DIR* const directory = opendir("/proc/self/fd");
    if (directory == nullptr) return found;
    while (const dirent* entry = readdir(directory)) {
        char* end = nullptr;
        const long number = std::strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0' && number != dirfd(directory))
            found.push_back(static_cast<int>(number));
    }
    closedir(directory);
    std::sort(found.begin(), found.end());
    return found;
}

bool is_of_family(int descriptor, int family) noexcept {
    int domain = 0;
    socklen_t length = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == family;
}

// Bound to the interface, and filled by the kernel: sockets that only send are bound to no protocol.
bool receives_packets_of(int descriptor, unsigned interface) noexcept {
    sockaddr_ll name{};
    socklen_t length = sizeof name;
    return getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
           name.sll_family == AF_PACKET && static_cast<unsigned>(name.sll_ifindex) == interface;
}

/// The driver's sockets, in the order of its queues; fewer or more than `queues` is no answer.
std::vector<int> sockets_of(const DeviceRequest& device, int family, const DescriptorMark& before) {
    const unsigned interface = if_nametoindex(device.interface.c_str());
    std::vector<int> sockets;
    for (const int descriptor : before.opened_since()) {
        if (!is_of_family(descriptor, family)) continue;
        if (family == AF_PACKET && !receives_packets_of(descriptor, interface)) continue;
        sockets.push_back(descriptor);
    }
    return sockets;
}

}  // namespace

DescriptorMark::DescriptorMark() : descriptors_(open_descriptors()) {}

std::vector<int> DescriptorMark::opened_since() const {
    std::vector<int> now = open_descriptors();
    std::erase_if(now, [&](int descriptor) {
        return std::binary_search(descriptors_.begin(), descriptors_.end(), descriptor);
    });
    return now;
}

// Everything that is no virtual device, and of those the ones that answered when they were tried.
bool may_interrupt(const std::string& driver) noexcept {
    return driver.rfind("net_", 0) != 0 || driver == "net_tap" || driver == "net_vhost" ||
           driver == "net_virtio" || driver == "net_virtio_user" || driver.rfind("net_e1000", 0) == 0 ||
           driver == "net_ixgbe" || driver == "net_i40e" || driver == "net_ice" || driver == "net_vmxnet3" ||
           driver == "net_ena";
}

std::vector<Wakeup> find_wakeups(const EthPort& port, const DeviceRequest& device, std::uint32_t queues,
                                 const DescriptorMark& before) {
    std::vector<Wakeup> wakeups(queues);
    const bool is_packet = device.driver == "net_af_packet";
    if (is_packet || device.driver == "net_af_xdp") {
        const std::vector<int> sockets = sockets_of(device, is_packet ? AF_PACKET : AF_XDP, before);
        if (sockets.size() != queues) return wakeups;
        for (std::uint32_t queue = 0; queue < queues; ++queue)
            wakeups[queue] = {Wakeup::By::descriptor, sockets[queue]};
        return wakeups;
    }
    if (!port.has_interrupts()) return wakeups;
    for (std::uint32_t queue = 0; queue < queues; ++queue) {
        const int descriptor = rte_eth_dev_rx_intr_ctl_q_get_fd(port.id(), static_cast<std::uint16_t>(queue));
        if (descriptor < 0) continue;
        // A tap's "interrupt" is the tap itself.
        const bool is_tap = device.driver == "net_tap";
        wakeups[queue] = {is_tap ? Wakeup::By::descriptor : Wakeup::By::interrupt, descriptor};
    }
    return wakeups;
}

Wakeup wakeup_of_null(const std::string& arguments) {
    if (argument_value(arguments, "no-rx") == "1") return {Wakeup::By::doorbell};
    return {};
}

const char* describe_wakeup(const Wakeup& wakeup) noexcept {
    switch (wakeup.by) {
        case Wakeup::By::nothing:
            return "nothing: they nap and look";
        case Wakeup::By::doorbell:
            return "a bell in this process";
        case Wakeup::By::descriptor:
            return "the device's descriptor";
        case Wakeup::By::interrupt:
            return "the device's interrupt, or else by the end of a nap";
    }
    return "";
}

}  // namespace ringsock::dpdk
