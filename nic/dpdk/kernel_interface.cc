// SPDX-License-Identifier: BSD-3-Clause
// Questions to the kernel about an interface, see kernel_interface.h.
#include "nic/dpdk/kernel_interface.h"

#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstring>

namespace ringsock::dpdk {
namespace {

static_assert(kCapNetAdmin == CAP_NET_ADMIN && kCapNetRaw == CAP_NET_RAW && kCapSysAdmin == CAP_SYS_ADMIN &&
              kCapBpf == CAP_BPF);

// Fills the name; false when it is longer than the kernel allows.
bool name_request(ifreq& request, const std::string& name) noexcept {
    std::memset(&request, 0, sizeof request);
    if (name.empty() || name.size() >= sizeof request.ifr_name) return false;
    std::memcpy(request.ifr_name, name.data(), name.size());
    return true;
}

bool ask(int socket, unsigned long what, const std::string& name, ifreq& request) noexcept {
    return socket >= 0 && name_request(request, name) && ioctl(socket, what, &request) == 0;
}

// Zeros when the kernel does not say.
ethtool_channels ask_channels(int socket, const std::string& name) noexcept {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request;
    if (socket < 0 || !name_request(request, name)) return {};
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (ioctl(socket, SIOCETHTOOL, &request) != 0) return {};
    return channels;
}

}  // namespace

KernelInterface::KernelInterface(std::string name) noexcept
    : name_(std::move(name)), socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

KernelInterface::~KernelInterface() {
    if (socket_ >= 0) close(socket_);
}

int KernelInterface::flags() const noexcept {
    ifreq request;
    if (!ask(socket_, SIOCGIFFLAGS, name_, request)) return -1;
    return static_cast<unsigned short>(request.ifr_flags);
}

bool KernelInterface::carries() const noexcept {
    const int f = flags();
    // IFF_RUNNING is the operational state: it goes when the peer of a veth or the cable goes.
    return f >= 0 && (f & IFF_UP) != 0 && (f & IFF_RUNNING) != 0;
}

std::optional<std::uint32_t> KernelInterface::mtu() const noexcept {
    ifreq request;
    if (!ask(socket_, SIOCGIFMTU, name_, request)) return std::nullopt;
    return static_cast<std::uint32_t>(request.ifr_mtu);
}

std::optional<MacAddress> KernelInterface::mac() const noexcept {
    ifreq request;
    if (!ask(socket_, SIOCGIFHWADDR, name_, request)) return std::nullopt;
    MacAddress mac;
    std::memcpy(mac.octets.data(), request.ifr_hwaddr.sa_data, mac.octets.size());
    return mac;
}

std::uint32_t KernelInterface::index() const noexcept {
    ifreq request;
    return ask(socket_, SIOCGIFINDEX, name_, request) ? static_cast<std::uint32_t>(request.ifr_ifindex) : 0;
}

std::uint32_t KernelInterface::rx_queues() const noexcept {
    const ethtool_channels channels = ask_channels(socket_, name_);
    return std::max(channels.rx_count + channels.combined_count, 1U);
}

std::uint32_t KernelInterface::combined_queues() const noexcept {
    return std::max(ask_channels(socket_, name_).combined_count, 1U);
}

std::string argument_value(const std::string& arguments, const std::string& key) {
    std::size_t at = 0;
    while (at < arguments.size()) {
        std::size_t end = arguments.find(',', at);
        if (end == std::string::npos) end = arguments.size();
        const std::size_t equals = arguments.find('=', at);
        if (equals != std::string::npos && equals < end && arguments.compare(at, equals - at, key) == 0)
            return arguments.substr(equals + 1, end - equals - 1);
        at = end + 1;
    }
    return {};
}

bool has_capability(unsigned capability) noexcept {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (syscall(SYS_capget, &header, data.data()) != 0) return false;
    return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

bool in_first_user_namespace() noexcept {
    unsigned inside = 1, outside = 1, count = 0;
    if (FILE* file = std::fopen("/proc/self/uid_map", "re")) {
        const int read = std::fscanf(file, "%u %u %u", &inside, &outside, &count);
        std::fclose(file);
        return read == 3 && inside == 0 && outside == 0 && count == 0xffffffffU;
    }
    return true;  // no /proc: the kernel will tell
}

std::string grant_hint(const std::string& capabilities) {
    std::array<char, PATH_MAX> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    const std::string program =
        length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "PROGRAM";
    return "run it with sudo, or once: sudo setcap " + capabilities + "+ep " + program;
}

}  // namespace ringsock::dpdk
