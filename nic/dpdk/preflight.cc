// SPDX-License-Identifier: BSD-3-Clause
// Checks before a device is opened, see preflight.h.
#include "nic/dpdk/preflight.h"

#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "nic/dpdk/kernel_interface.h"

namespace ringsock::dpdk {
namespace {

// "0000:00:05.0" or "00:05.0".
bool looks_like_pci(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos || dot + 2 != name.size() || name.find(':') == std::string::npos)
        return false;
    for (const char c : name)
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0 && c != ':' && c != '.') return false;
    return true;
}

// "net_tap12" -> "net_tap".
std::string without_number(const std::string& name) {
    std::size_t end = name.size();
    while (end > 0 && std::isdigit(static_cast<unsigned char>(name[end - 1])) != 0) --end;
    return name.substr(0, end);
}

bool sits_on_interface(const std::string& driver) {
    return driver == "net_af_packet" || driver == "net_af_xdp";
}

std::string missing_capability(unsigned capability, const char* name, const char* what_for) {
    if (has_capability(capability)) return {};
    return std::string("no permission: ") + what_for + " needs " + name + "; " +
           grant_hint(capability == kCapNetAdmin ? "cap_net_admin" : "cap_net_raw,cap_net_admin");
}

// net_af_packet keeps each frame in a slot of `framesz` bytes behind the kernel's own record of it, and cuts
// what does not fit without a word.
constexpr std::uint32_t kSlotBytes = 2048;
constexpr std::uint32_t kSlotOverhead = 96;

std::uint32_t packet_mtu_limit(const std::string& arguments) {
    const std::string text = argument_value(arguments, "framesz");
    std::uint32_t slot = kSlotBytes;
    if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), slot);
    return slot > kSlotOverhead ? std::min(slot - kSlotOverhead, 9000U) : 0;
}

// The driver has as many queues as it is told to.
void ask_for_queues(const NicConfig& config, DeviceRequest& device) {
    if (config.queues > 1 && argument_value(device.arguments, "qpairs").empty())
        device.arguments += ",qpairs=" + std::to_string(config.queues);
}

std::optional<NicError> check_interface(const NicConfig& config, const DeviceRequest& device) {
    if (device.interface.empty())
        return error_at(config, NicErrorKind::bad_argument,
                        "no interface named; add arguments = \"iface=NAME\" (ip link shows the names)");
    const KernelInterface kernel(device.interface);
    if (!kernel.exists())
        return error_at(config, NicErrorKind::no_such_interface,
                        "no such interface: " + device.interface +
                            "; ip link shows the names, e.g. sudo ip link add " + device.interface +
                            " type veth peer name peer0");
    const std::optional<std::uint32_t> mtu = kernel.mtu();
    if (mtu && config.mtu > *mtu)
        return error_at(config, NicErrorKind::bad_argument,
                        "mtu " + std::to_string(config.mtu) + " is more than the " + std::to_string(*mtu) +
                            " of " + device.interface + "; sudo ip link set dev " + device.interface +
                            " mtu " + std::to_string(config.mtu));
    const std::string missing = missing_capability(kCapNetRaw, "CAP_NET_RAW", "a packet socket");
    if (!missing.empty()) return error_at(config, NicErrorKind::no_permission, missing);
    return std::nullopt;
}

std::optional<NicError> check_tap(const NicConfig& config, const DeviceRequest& device) {
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        if (errno == EACCES || errno == EPERM)
            return error_at(
                config, NicErrorKind::no_permission,
                "no permission to open /dev/net/tun; run it with sudo, or sudo chmod 666 /dev/net/tun");
        return error_at(
            config, NicErrorKind::no_such_interface,
            std::string("/dev/net/tun cannot be opened (") + std::strerror(errno) + "); sudo modprobe tun");
    }
    close(fd);
    const std::string missing = missing_capability(kCapNetAdmin, "CAP_NET_ADMIN", "a tap interface");
    if (!missing.empty()) return error_at(config, NicErrorKind::no_permission, missing);
    if (device.interface.size() >= IFNAMSIZ)
        return error_at(config, NicErrorKind::bad_argument,
                        "interface name " + device.interface + " is longer than 15 characters");
    return std::nullopt;
}

}  // namespace

std::string place_of(const NicConfig& config) {
    return config.name + " (" + config.device + (config.arguments.empty() ? "" : " " + config.arguments) +
           ")";
}

NicError error_at(const NicConfig& config, NicErrorKind kind, const std::string& what) {
    return {kind, place_of(config) + ": " + what};
}

std::optional<NicError> check_ranges(const NicConfig& config) {
    struct Range {
        const char* key;
        std::uint32_t value, low, high;
    };
    const std::array ranges = {
        Range{"queues", config.queues, 1, kMaxNicQueues},
        Range{"rx_descriptors", config.rx_descriptors, 32, 4096},
        Range{"tx_descriptors", config.tx_descriptors, 32, 4096},
        Range{"packets", config.packets, 256, 1048576},
        Range{"mtu", config.mtu == 0 ? 1500 : config.mtu, 576, 9000},
    };
    for (const Range& range : ranges)
        if (range.value < range.low || range.value > range.high)
            return error_at(config, NicErrorKind::bad_argument,
                            std::string(range.key) + " is " + std::to_string(range.value) + ", must be " +
                                std::to_string(range.low) + " to " + std::to_string(range.high));
    if (config.mac.is_group())
        return error_at(config, NicErrorKind::bad_argument,
                        "mac is a group address; the first octet must be even, e.g. 02:...");
    return std::nullopt;
}

Result<DeviceRequest, NicError> examine_device(const NicConfig& config) {
    DeviceRequest device;
    device.arguments = config.arguments;
    if (config.device.empty() || config.device.size() > 48)
        return Failure{
            error_at(config, NicErrorKind::bad_argument, "device must be a name of 1 to 48 characters")};
    if (looks_like_pci(config.device)) {
        device.is_pci = device.shares_link_address = true;
        device.name = config.device;
        return device;
    }
    if (config.device == "none") {
        device.name = device.driver = "net_null";
        device.arguments = "no-rx=1";
        return device;
    }
    device.name = config.device;
    device.driver = without_number(config.device);
    device.interface = argument_value(config.arguments, "iface");
    if (sits_on_interface(device.driver)) {
        device.shares_link_address = true;
        if (device.driver == "net_af_packet") {
            device.mtu_limit = packet_mtu_limit(config.arguments);
            ask_for_queues(config, device);
        }
        if (auto error = check_interface(config, device)) return Failure{*error};
    } else if (device.driver == "net_tap") {
        device.interface_is_ours = true;
        if (auto error = check_tap(config, device)) return Failure{*error};
    } else if (device.driver != "net_pcap") {
        device.interface.clear();  // "iface" of net_vhost is a socket's path
    }
    return device;
}

}  // namespace ringsock::dpdk
