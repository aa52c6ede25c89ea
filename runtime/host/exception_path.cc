// SPDX-License-Identifier: BSD-3-Clause
#include "host/exception_path.h"

#include <cstdio>

namespace ringsock {
namespace {

// The interface that net_af_packet looks at; "" for every other device.
std::string copied_interface(const InterfaceConfig& config) {
    if (!config.device.starts_with("net_af_packet")) return {};
    const std::string arguments = "," + config.arguments;
    const std::size_t at = arguments.find(",iface=");
    if (at == arguments.npos) return {};
    const std::size_t from = at + 7;
    return arguments.substr(from, arguments.find(',', from) - from);
}

}  // namespace

Result<std::unique_ptr<ExceptionPath>, std::string> open_exception_path(std::size_t number,
                                                                        const InterfaceConfig& config,
                                                                        const IoTraits& port,
                                                                        std::size_t engines) {
    if (number >= TapThread::kMax)
        return Failure{"more than " + std::to_string(TapThread::kMax) + " exception paths in one process"};
    auto path = std::make_unique<ExceptionPath>();
    if (const std::string name = copied_interface(config); !name.empty()) {
        auto quiet = QuietInterface::open(name);
        if (!quiet.ok()) return Failure{quiet.error()};
        path->quiet = std::move(quiet).value();
    }
    TapWish wish{config.kernel, port.mac, port.mtu, {}};
    for (const Prefix& prefix : config.kernel_addresses)
        wish.addresses.push_back({prefix.address, prefix.length});
    auto tap = TapDevice::open(wish);
    if (!tap.ok()) return Failure{tap.error()};
    path->tap = std::make_unique<TapThread>(number, std::move(tap).value(), engines, port.mtu);
    if (!path->tap->start())
        return Failure{
            std::string("no file descriptor left for its bell (eventfd); raise the limit of open "
                        "files (ulimit -n)")};
    return path;
}

KernelPorts read_kernel_ports() {
    KernelPorts out;
    FILE* const file = std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (file == nullptr) return out;
    unsigned first = 0, last = 0;
    if (std::fscanf(file, "%u %u", &first, &last) == 2 && first >= 1 && first <= last && last <= 65535)
        out = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
    std::fclose(file);
    return out;
}

KernelPorts ports_beside(KernelPorts ours, KernelPorts kernels) noexcept {
    if (kernels.last < ours.first || kernels.first > ours.last) return ours;
    const int below = kernels.first - ours.first, above = ours.last - kernels.last;
    if (below <= 0 && above <= 0) return ours;
    if (below >= above) return {ours.first, static_cast<std::uint16_t>(kernels.first - 1)};
    return {static_cast<std::uint16_t>(kernels.last + 1), ours.last};
}

}  // namespace ringsock
