// SPDX-License-Identifier: BSD-3-Clause
// Checks before a device is opened, see preflight.h.
#include "nic/dpdk/preflight.h"

#include <array>
#include <cctype>

#include "nic/dpdk/device_checks.h"

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

}  // namespace

std::string place_of(const NicConfig& config) {
    return config.name + " (" + config.device + (config.arguments.empty() ? "" : " " + config.arguments) +
           ")";
}

NicError error_at(const NicConfig& config, NicErrorKind kind, const std::string& what) {
    return {kind, place_of(config) + ": " + what};
}

NicError refuse_mtu(const NicConfig& config, std::uint32_t least, std::uint32_t most) {
    std::string what = "mtu is " + std::to_string(config.mtu) + ", must be " + std::to_string(least) +
                       " to " + std::to_string(most) + " on this device";
    // Drivers whose frames lie in buffers of a configured size.
    const char* const key = config.device.starts_with("net_memif")       ? "bsize"
                            : config.device.starts_with("net_af_packet") ? "framesz"
                                                                         : nullptr;
    if (key != nullptr && config.mtu > most)
        what += std::string("; give it larger buffers with ") + key + " in arguments";
    return error_at(config, NicErrorKind::bad_argument, what);
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
        Range{"vlan", config.vlan, 0, 4094},
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
    if (config.most_queues != 0) device.queue_limit = std::min(config.most_queues, kMaxNicQueues);
    if (config.device.empty() || config.device.size() > 48)
        return Failure{
            error_at(config, NicErrorKind::bad_argument, "device must be a name of 1 to 48 characters")};
    if (looks_like_pci(config.device)) {
        device.is_pci = device.shares_link_address = true;
        device.memory = PoolMemory::from_eal;
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
    if (auto error = check_arguments(config, device.driver)) return Failure{*error};
    if (auto error = check_device(config, device)) return Failure{*error};
    return device;
}

}  // namespace ringsock::dpdk
