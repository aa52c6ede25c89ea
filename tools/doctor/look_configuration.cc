// SPDX-License-Identifier: BSD-3-Clause
// A configuration against this machine: devices, engines and cores, memory. It is read by the code that reads
// it at start, and devices are examined by the code that opens them, so that both say the same.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "host/config.h"
#include "host/config_file.h"
#include "host/topology.h"
#include "nic/nic.h"
#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

std::string own_path() {
    std::string path(PATH_MAX, '\0');
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return path;
}

// Cures of the runtime name the program they run in; here that is the doctor, and the user means another.
std::string about_program(std::string text, const Request& request) {
    const std::string own = own_path();
    if (own.empty()) return text;
    for (std::size_t at = 0; (at = text.find(own, at)) != text.npos; at += request.program.size())
        text.replace(at, own.size(), request.program);
    return text;
}

/// "fault; cure" of the runtime's messages, taken apart.
struct FaultAndCure {
    std::string fault, cure;
};
FaultAndCure take_apart(const std::string& message) {
    const std::size_t at = message.find("; ");
    if (at == message.npos) return {message, {}};
    const std::string advice = message.substr(at + 2);
    const std::size_t command = advice.find("sudo ");  // "run it with sudo, or once: sudo setcap ..."
    return {message.substr(0, at), command == advice.npos ? advice : advice.substr(command)};
}

NicConfig nic_config(const HostConfig& host, std::size_t index, const Config& config) {
    const InterfaceConfig& i = host.interfaces[index];
    NicConfig out;
    out.name = host.name + "/" + std::to_string(index);
    out.device = i.device;
    out.arguments = i.arguments;
    out.mac = i.mac;
    out.mtu = i.mtu;
    out.vlan = static_cast<std::uint16_t>(i.vlan);
    out.offloads = i.offloads;
    out.queues = host.engine.count;
    out.most_queues = i.queues;
    out.fewer_queues_will_do = true;
    out.rx_descriptors = i.rx_descriptors;
    out.tx_descriptors = i.tx_descriptors;
    out.packets = config.limits.packets;
    return out;
}

bool is_pci(const std::string& device) {
    return device.find(':') != device.npos && device.find('.') != device.npos;
}

// A PCI device: there, and bound to a driver that hands it out.
std::optional<FaultAndCure> examine_pci(const std::string& device) {
    const std::string address = device.size() < 12 ? "0000:" + device : device;
    const std::string folder = "/sys/bus/pci/devices/" + address;
    if (!exists("/sys/bus/pci"))
        return FaultAndCure{"/sys is not mounted, and a NIC is found there",
                            "sudo mount -t sysfs sysfs /sys"};
    if (!exists(folder))
        return FaultAndCure{"no PCI device " + address + " on this machine", "ls /sys/bus/pci/devices"};
    const std::string driver = link_name(folder + "/driver");
    if (driver == "mlx5_core" || driver == "mlx4_core") return std::nullopt;
    if (driver != "vfio-pci" && driver != "uio_pci_generic" && driver != "igb_uio")
        return FaultAndCure{address + " is bound to " + (driver.empty() ? "no driver" : driver),
                            bind_cure(address)};
    if (driver == "vfio-pci" && !may_lock_memory())
        return FaultAndCure{"vfio pins this process's memory, and the limit on locked memory forbids it",
                            "sudo prlimit --memlock=unlimited:unlimited --pid $$"};
    if (driver != "vfio-pci" && geteuid() != 0)
        return FaultAndCure{driver + " needs root; vfio-pci does not", bind_cure(address)};
    return std::nullopt;
}

/// DPDK's drivers of devices that are no hardware.
constexpr std::array<std::string_view, 11> kDrivers = {
    "net_af_packet", "net_af_xdp", "net_bonding", "net_failsafe", "net_memif",      "net_null",
    "net_pcap",      "net_ring",   "net_tap",     "net_vhost",    "net_virtio_user"};

// "net_tap0" -> "librte_net_tap.so.23". One driver lives in a file of another name.
std::string driver_file_of(const std::string& device) {
    std::string driver = device.substr(0, device.find_last_not_of("0123456789") + 1);
    if (driver == "net_virtio_user") driver = "net_virtio";
    return "librte_" + driver + ".so." + dpdk_abi();
}

std::optional<FaultAndCure> examine_driver_file(const std::string& device) {
    const DpdkInstallation& dpdk = installed_dpdk();
    if (!device.starts_with("net_") || dpdk.driver_folder.empty()) return std::nullopt;
    if (exists(dpdk.driver_folder + "/" + driver_file_of(device))) return std::nullopt;
    const std::string name = device.substr(0, device.find_last_not_of("0123456789") + 1);
    if (std::find(kDrivers.begin(), kDrivers.end(), name) == kDrivers.end())
        return FaultAndCure{"DPDK has no driver of that name", "ls " + dpdk.driver_folder};
    std::string package = driver_file_of(device);
    package = package.substr(0, package.find(".so")) + dpdk_abi();
    for (char& c : package) c = c == '_' ? '-' : c;
    return FaultAndCure{"its driver is not in " + dpdk.driver_folder, "sudo apt-get install -y " + package};
}

void look_at_interface(Findings& page, const HostConfig& host, std::size_t index, const Config& config,
                       const Request& request) {
    const InterfaceConfig& i = host.interfaces[index];
    const std::string topic = "interface " + host.name + "/" + std::to_string(index);
    const std::string what = i.device + (i.arguments.empty() ? "" : " " + i.arguments);
    if (i.device == kNoDevice) {
        page.ok(topic, what, "no wire: loopback and the routes of the file only");
        return;
    }
    if (i.device == kRingDevice) {
        page.ok(topic, what + " to " + i.peer_host, "both ends lie in one process and need nothing");
        return;
    }
    std::optional<FaultAndCure> wrong;
    if (is_pci(i.device)) wrong = examine_pci(i.device);
    if (!wrong) wrong = examine_driver_file(i.device);
    if (!wrong) {
        if (const std::optional<NicError> error = examine_nic(nic_config(host, index, config)))
            wrong = take_apart(about_program(error->message, request));
    }
    if (wrong)
        page.problem(topic, wrong->fault, "the start will fail with this", wrong->cure);
    else
        page.ok(topic, what, "nothing stands against opening it");
}

// What the kernel is asked for on this interface: an interface of its own there, and a look at its tables.
void look_at_kernel_share(Findings& page, const HostConfig& host, std::size_t index) {
    const InterfaceConfig& i = host.interfaces[index];
    const std::string topic = "interface " + host.name + "/" + std::to_string(index);
    if (!i.kernel.empty()) {
        const std::string fact = "kernel = \"" + i.kernel + "\"";
        const bool is_there = exists("/sys/class/net/" + i.kernel);
        if (!exists("/dev/net/tun"))
            page.problem(topic, fact + ": this machine has no /dev/net/tun", "the start will fail with this",
                         "sudo modprobe tun");
        else if (is_there && !exists("/sys/class/net/" + i.kernel + "/tun_flags"))
            page.problem(topic, fact + ": an interface of that name exists and is no tap",
                         "the start will fail with this", "sudo ip link delete " + i.kernel);
        else if (!is_there && !may(kNetAdmin))
            page.problem(topic, fact + ": making a tap interface needs cap_net_admin",
                         "the start will fail with this",
                         "sudo ip tuntap add dev " + i.kernel + " mode tap user $USER");
        else
            page.ok(topic, fact, "the kernel goes on using this port through a tap interface");
    }
    if (i.follow.empty() || i.follow == i.kernel) return;
    const std::string fact = "follow = \"" + i.follow + "\"";
    if (!exists("/sys/class/net/" + i.follow))
        page.problem(topic, fact + ": the kernel has no interface of that name",
                     "the start will fail with this", "ip link show");
    else
        page.ok(topic, fact, "routes, neighbours, MTU and state are the kernel's; no privilege is needed");
}

void look_at_engines(Findings& page, const Config& config) {
    std::uint64_t engines = 0;
    std::uint64_t dedicated = 0;
    for (const HostConfig& host : config.hosts) {
        engines += host.engine.count;
        if (host.engine.drive == DriveMode::dedicated) dedicated += host.engine.count;
    }
    const std::string topic = "engines";
    const std::string fact = counted(engines, "engine") + ", " + std::to_string(dedicated) + " dedicated";
    std::uint64_t allowed = 0;
    for (const Core& core : machine_cores()) allowed += core.allowed ? 1 : 0;
    const Result<Topology, TopologyError> plan = plan_topology(config);
    if (!plan.ok()) {
        const bool by_count = dedicated > allowed;
        page.problem(topic,
                     fact + (by_count ? " on " + counted(allowed, "core") + ": " : ": ") +
                         take_apart(plan.error().message).fault,
                     "each dedicated engine needs a core of its own", "--set engine.drive=inline");
        return;
    }
    std::string cores;
    std::vector<unsigned> used;
    for (std::size_t h = 0; h < config.hosts.size(); ++h)
        for (std::size_t e = 0; e < config.hosts[h].engine.count; ++e) {
            const int core = plan.value().core_of(h, e);
            if (core < 0) continue;
            cores += (cores.empty() ? " on core " : ", ") + std::to_string(core);
            bool known = false;
            for (const unsigned u : used) known = known || u == static_cast<unsigned>(core);
            if (!known) used.push_back(static_cast<unsigned>(core));
        }
    if (!used.empty() && used.size() >= allowed)
        page.note(topic, fact + cores + ": no core is left for the application",
                  "it shares one with an engine that never sleeps", "--set engine.drive=inline");
    else
        page.ok(topic, fact + cores,
                dedicated == 0 ? "driven by the application's threads inside their calls"
                               : "pinned; the rest is the application's");
}

void look_at_need(Findings& page, const Config& config) {
    std::uint64_t bytes = 0;
    for (const HostConfig& host : config.hosts)
        for (std::size_t n = 0; n < host.interfaces.size(); ++n)
            if (host.interfaces[n].device != kNoDevice)
                bytes += nic_memory_bytes(nic_config(host, n, config));
    const auto available = read_number("/proc/meminfo", "MemAvailable");
    const std::string fact = "packets " + size_text(bytes) + " at start, tables for " +
                             std::to_string(config.limits.connections) +
                             " connections a host as they are used";
    if (available && bytes > *available << 10)
        page.problem(
            "memory needed", fact + "; available are " + size_text(*available << 10),
            "the start will fail, or the machine will swap",
            "--set limits.packets=" + std::to_string(config.limits.packets * (*available << 9) / bytes));
    else
        page.ok("memory needed", fact, "limits.packets and the descriptors of the interfaces say how much");
}

}  // namespace

bool look_at_configuration(Findings& page, const Request& request) {
    page.chapter("Configuration");
    const char* from_environment = std::getenv("RINGSOCK_CONFIG");
    const std::string source = !request.config_path.empty()  ? request.config_path
                               : from_environment != nullptr ? from_environment
                                                             : "the embedded default";
    const Result<Config, ConfigError> read = load_config(request.config_path, "", request.settings);
    if (!read.ok()) {
        const FaultAndCure said = take_apart(read.error().message);
        page.problem("file", said.fault, "WSAStartup will fail with this", said.cure);
        return false;
    }
    const Config& config = read.value();
    page.ok("file",
            source + (request.settings.empty() ? "" : " and " + counted(request.settings.size(), "setting")),
            "every key is known and within its bounds");
    for (const HostConfig& host : config.hosts)
        for (std::size_t n = 0; n < host.interfaces.size(); ++n)
            look_at_interface(page, host, n, config, request), look_at_kernel_share(page, host, n);
    look_at_engines(page, config);
    look_at_need(page, config);
    return true;
}

}  // namespace ringsock::doctor
