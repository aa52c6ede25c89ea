// SPDX-License-Identifier: BSD-3-Clause
// Checks before a device is opened, a function for each driver, see device_checks.h.
#include "nic/dpdk/device_checks.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "nic/dpdk/kernel_interface.h"
#include "nic/dpdk/xdp_users.h"

namespace ringsock::dpdk {
namespace {

std::string missing_capability(unsigned capability, const char* name, const char* what_for,
                               const char* grant) {
    if (has_capability(capability)) return {};
    return std::string("no permission: ") + what_for + " needs " + name + "; " + grant_hint(grant);
}

std::optional<NicError> no_permission(const NicConfig& config, const std::string& what) {
    if (what.empty()) return std::nullopt;
    return error_at(config, NicErrorKind::no_permission, what);
}

std::uint32_t number_of(const std::string& arguments, const char* key, std::uint32_t otherwise) {
    const std::string text = argument_value(arguments, key);
    std::uint32_t number = otherwise;
    if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// For drivers that have as many queues as they are told to.
void ask_for_queues(const NicConfig& config, DeviceRequest& device, const char* key, std::uint32_t count) {
    count = std::min(count, device.queue_limit);
    if (config.queues > 1 && argument_value(device.arguments, key).empty())
        device.arguments +=
            std::string(device.arguments.empty() ? "" : ",") + key + "=" + std::to_string(count);
    device.queue_limit = std::min(device.queue_limit, number_of(device.arguments, key, 1));
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
    return std::nullopt;
}

std::optional<NicError> check_packet_socket(const NicConfig& config, const DeviceRequest& device) {
    if (auto error = check_interface(config, device)) return error;
    return no_permission(config, missing_capability(kCapNetRaw, "CAP_NET_RAW", "a packet socket",
                                                    "cap_net_raw,cap_net_admin"));
}

// net_af_packet keeps each frame in a slot of `framesz` bytes behind the kernel's own record of it, and cuts
// what does not fit without a word.
constexpr std::uint32_t kSlotBytes = 2048;
constexpr std::uint32_t kSlotOverhead = 100;  // and a tag

std::optional<NicError> check_af_packet(const NicConfig& config, DeviceRequest& device) {
    device.interface = argument_value(config.arguments, "iface");
    device.shares_link_address = true;
    const std::uint32_t slot = number_of(config.arguments, "framesz", kSlotBytes);
    device.mtu_limit = slot > kSlotOverhead ? std::min(slot - kSlotOverhead, 9000U) : 0;
    device.mtu_is_ours = true;
    ask_for_queues(config, device, "qpairs", config.queues);
    return check_packet_socket(config, device);
}

// The kernel's chunks are at most a page, and hold the mempool's and DPDK's own records, the kernel's
// headroom and the frame. Both rings of buffers have 2048 places whatever the number of descriptors, and are
// full.
constexpr std::uint32_t kXdpMtuLimit = 3300;
constexpr std::uint32_t kXdpHeadroom = 256;
constexpr std::uint32_t kXdpRingBuffers = 2048;

std::optional<NicError> check_xdp_queues(const NicConfig& config, DeviceRequest& device) {
    const std::uint32_t first = number_of(device.arguments, "start_queue", 0);
    const std::uint32_t count = number_of(device.arguments, "queue_count", 1);
    const KernelInterface kernel(device.interface);
    const std::uint32_t most = kernel.rx_queues();
    const std::string& name = device.interface;
    const std::string wanted = "queues " + std::to_string(first) + " to " + std::to_string(first + count - 1);
    if (first + count > most)
        return error_at(config, NicErrorKind::bad_argument,
                        name + " has " + std::to_string(most) + " receive queues, asked for " + wanted +
                            "; lower start_queue, queue_count or engine.count, or sudo ethtool -L " + name +
                            " combined " + std::to_string(first + count));
    switch (device.xdp.take(kernel.index(), first, count)) {
        case XdpClaim::Outcome::ours:
            return std::nullopt;
        case XdpClaim::Outcome::taken:
            return error_at(config, NicErrorKind::busy,
                            "another program uses AF_XDP on " + wanted + " of " + name +
                                "; end it, or choose another start_queue");
        case XdpClaim::Outcome::foreign:
            break;
    }
    return error_at(config, NicErrorKind::busy,
                    name +
                        " has an XDP program of somebody else; end that program, or remove what it left: "
                        "sudo ip link set dev " +
                        name + " xdp off");
}

std::optional<NicError> check_af_xdp(const NicConfig& config, DeviceRequest& device) {
    device.interface = argument_value(config.arguments, "iface");
    device.shares_link_address = true;
    device.mtu_limit = kXdpMtuLimit;
    device.memory = PoolMemory::one_own;
    device.driver_headroom = kXdpHeadroom;
    device.driver_buffers = 2 * kXdpRingBuffers;
    device.keeps_buffers = true;
    // The driver goes by the "combined" count, which a veth has not: it then has one queue.
    const std::uint32_t most = KernelInterface(device.interface).combined_queues();
    if (!config.fewer_queues_will_do || most > 1)
        ask_for_queues(config, device, "queue_count",
                       config.fewer_queues_will_do ? std::min(config.queues, most) : config.queues);
    if (auto error = check_interface(config, device)) return error;
    constexpr const char* kGrant = "cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock";
    std::string missing = missing_capability(kCapNetRaw, "CAP_NET_RAW", "an AF_XDP socket", kGrant);
    if (missing.empty())
        missing = missing_capability(kCapNetAdmin, "CAP_NET_ADMIN", "an XDP program", kGrant);
    if (missing.empty() && !has_capability(kCapSysAdmin))
        missing = missing_capability(kCapBpf, "CAP_BPF", "an XDP program", kGrant);
    if (missing.empty() && !in_first_user_namespace())
        missing =
            "no permission: the kernel takes no XDP program from within a user namespace; start it as root";
    if (!missing.empty()) return no_permission(config, missing);
    if (const std::string why = why_no_xdp(); !why.empty())
        return error_at(config, NicErrorKind::start_failed, why);
    return check_xdp_queues(config, device);
}

std::optional<NicError> check_tap(const NicConfig& config, DeviceRequest& device) {
    device.interface = argument_value(config.arguments, "iface");
    device.interface_is_ours = true;
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
    const std::string missing =
        missing_capability(kCapNetAdmin, "CAP_NET_ADMIN", "a tap interface", "cap_net_admin");
    if (!missing.empty()) return no_permission(config, missing);
    if (device.interface.size() >= IFNAMSIZ)
        return error_at(config, NicErrorKind::bad_argument,
                        "interface name " + device.interface + " is longer than 15 characters");
    return std::nullopt;
}

// memif: the server serves the socket, the client brings the memory. The driver speaks of 1518 bytes and
// takes what its buffers hold; frames of one buffer are what every peer takes.
constexpr std::uint32_t kMemifBuffer = 2048;
constexpr std::uint32_t kTaggedLinkBytes = 18;

std::optional<NicError> check_memif(const NicConfig& config, DeviceRequest& device) {
    const std::uint32_t buffer = number_of(config.arguments, "bsize", kMemifBuffer);
    device.mtu_limit = buffer > kTaggedLinkBytes ? std::min(buffer - kTaggedLinkBytes, 9000U) : 0;
    device.mtu_is_ours = true;
    if (config.most_queues == 0) device.queue_limit = 1;
    const std::string role = argument_value(config.arguments, "role");
    if (!role.empty() && role != "server" && role != "client" && role != "master" && role != "slave")
        return error_at(config, NicErrorKind::bad_argument,
                        "role is \"" + role + "\", must be server or client");
    const std::string abstract = argument_value(config.arguments, "socket-abstract");
    if (!abstract.empty() && abstract != "yes" && abstract != "no")
        return error_at(config, NicErrorKind::bad_argument,
                        "socket-abstract is \"" + abstract + "\", must be yes or no");
    const std::string secret = argument_value(config.arguments, "secret");
    if (secret.size() > 24)
        return error_at(config, NicErrorKind::bad_argument, "secret is longer than 24 characters");
    const std::string path = argument_value(config.arguments, "socket");
    device.place = {"socket", path.empty() ? "/run/memif.sock" : path, abstract != "no"};
    if (role == "server" || role == "master") return check_served_socket(config, device.place);
    device.waits_for_peer = true;
    return check_used_socket(config, device.place);
}

// vhost: the side of the host. It serves the socket unless client=1, when it comes back to it by itself.
std::optional<NicError> check_vhost(const NicConfig& config, DeviceRequest& device) {
    device.place = {"iface", argument_value(config.arguments, "iface")};
    ask_for_queues(config, device, "queues", config.queues);
    return argument_value(config.arguments, "client") == "1" ? check_used_socket(config, device.place)
                                                             : check_served_socket(config, device.place);
}

// virtio_user: the side of the guest, whose memory the host maps; or a tap of the kernel's (/dev/vhost-net).
std::optional<NicError> check_virtio_user(const NicConfig& config, DeviceRequest& device) {
    device.place = {"path", argument_value(config.arguments, "path")};
    device.memory = PoolMemory::from_eal;
    ask_for_queues(config, device, "queues", config.queues);
    struct stat status {};
    if (stat(device.place.path.c_str(), &status) == 0 && S_ISCHR(status.st_mode)) {
        const std::string path = std::exchange(device.place.path, {});
        if (access(path.c_str(), R_OK | W_OK) != 0)
            return no_permission(
                config, "no permission to open " + path + "; run it with sudo, or sudo chmod o+rw " + path);
        return no_permission(
            config, missing_capability(kCapNetAdmin, "CAP_NET_ADMIN", "a tap interface", "cap_net_admin"));
    }
    if (device.place.path.starts_with("/dev/vhost-"))
        return error_at(config, NicErrorKind::no_such_interface,
                        "no " + device.place.path + " on this machine; sudo modprobe vhost_net");
    if (argument_value(config.arguments, "server") == "1") return check_served_socket(config, device.place);
    device.waits_for_peer = true;
    return check_used_socket(config, device.place);
}

std::optional<NicError> check_capture_files(const NicConfig& config) {
    const std::string in = argument_value(config.arguments, "rx_pcap");
    if (!in.empty() && access(in.c_str(), R_OK) != 0)
        return error_at(
            config, errno == EACCES ? NicErrorKind::no_permission : NicErrorKind::bad_argument,
            "cannot read " + in + " (" + std::strerror(errno) + "); rx_pcap names a capture file");
    const std::string out = argument_value(config.arguments, "tx_pcap");
    if (out.empty()) return std::nullopt;
    const std::size_t slash = out.rfind('/');
    const std::string folder = slash == out.npos ? "." : out.substr(0, slash + 1);
    const std::string target = access(out.c_str(), F_OK) == 0 ? out : folder;
    if (access(target.c_str(), W_OK) != 0)
        return error_at(config, errno == EACCES ? NicErrorKind::no_permission : NicErrorKind::bad_argument,
                        "cannot write " + out + " (" + target + ": " + std::strerror(errno) +
                            "); tx_pcap names a file to be made");
    return std::nullopt;
}

// net_pcap: files, or an interface through libpcap, which puts it in promiscuous mode: any MAC will do.
std::optional<NicError> check_pcap(const NicConfig& config, DeviceRequest& device) {
    if (config.arguments.find("=") == std::string::npos)
        return error_at(config, NicErrorKind::bad_argument,
                        "nothing to read or write; add rx_iface_in=NAME,tx_iface=NAME or "
                        "rx_pcap=FILE,tx_pcap=FILE to arguments");
    if (auto error = check_capture_files(config)) return error;
    for (const char* key : {"tx_iface", "rx_iface", "rx_iface_in", "iface"}) {
        const std::string interface = argument_value(config.arguments, key);
        if (interface.empty()) continue;
        device.interface = interface;
        if (auto error = check_packet_socket(config, device)) return error;
    }
    return std::nullopt;
}

}  // namespace

std::optional<NicError> check_device(const NicConfig& config, DeviceRequest& device) {
    using Check = std::optional<NicError> (*)(const NicConfig&, DeviceRequest&);
    struct Entry {
        const char* driver;
        Check check;
    };
    constexpr Entry kChecks[] = {
        {"net_af_packet", check_af_packet},
        {"net_af_xdp", check_af_xdp},
        {"net_tap", check_tap},
        {"net_memif", check_memif},
        {"net_vhost", check_vhost},
        {"net_virtio_user", check_virtio_user},
        {"net_pcap", check_pcap},
    };
    for (const Entry& entry : kChecks)
        if (device.driver == entry.driver) return entry.check(config, device);
    return std::nullopt;
}

std::string why_no_peer(const DeviceRequest& device) {
    const int error = why_nobody_listens(device.place);
    if (error == 0) return {};
    return "nobody listens at " + device.place.path + " (" + std::strerror(error) + ")";
}

}  // namespace ringsock::dpdk
