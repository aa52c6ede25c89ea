// SPDX-License-Identifier: BSD-3-Clause
// The life of a port, see port.h.
#include "nic/dpdk/port.h"

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include "nic/dpdk/eal.h"
#include "nic/dpdk/eal_log.h"
#include "nic/dpdk/wakeup.h"

namespace ringsock::dpdk {
namespace {

constexpr const char* kKnownDevices =
    "none, ring, net_tap, net_af_packet, net_null, another virtual device of DPDK (net_...), or a PCI "
    "address";

std::string reason(int error, std::uint64_t mark) {
    const std::string said = worst_line_since(mark);
    const std::string name = rte_strerror(error < 0 ? -error : error);
    return said.empty() ? name : name + " (the driver said: " + said + ")";
}

// The device must be new: DPDK would hand out the existing one for a second device of the same name.
std::string free_device_name(const std::string& wanted) {
    std::uint16_t ignored = 0;
    const bool has_number = std::isdigit(static_cast<unsigned char>(wanted.back())) != 0;
    if (has_number)
        return rte_eth_dev_get_port_by_name(wanted.c_str(), &ignored) == 0 ? std::string() : wanted;
    for (unsigned number = 0; number < RTE_MAX_ETHPORTS; ++number) {
        const std::string name = wanted + std::to_string(number);
        if (rte_eth_dev_get_port_by_name(name.c_str(), &ignored) != 0) return name;
    }
    return {};
}

NicErrorKind kind_of(int error) noexcept {
    switch (error < 0 ? -error : error) {
        case EPERM:
        case EACCES:
            return NicErrorKind::no_permission;
        case ENOMEM:
            return NicErrorKind::no_memory;
        case EEXIST:
        case EBUSY:
            return NicErrorKind::busy;
        case ENODEV:
            return NicErrorKind::unknown_device;
        case EINVAL:
            return NicErrorKind::bad_argument;
        default:
            return NicErrorKind::start_failed;
    }
}

/// virtio_user and memif write to sockets whose other end may just have gone, and a broken pipe ends a
/// process by default. While this lives, what comes of that is an error of the write, in this thread; nobody
/// else's handling of signals is touched.
class BrokenPipesAreErrors {
  public:
    BrokenPipesAreErrors() noexcept {
        sigset_t waiting;
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        was_pending_ = sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~BrokenPipesAreErrors() {
        const timespec at_once{};
        if (!was_pending_) static_cast<void>(sigtimedwait(&pipe_, nullptr, &at_once));
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    BrokenPipesAreErrors(const BrokenPipesAreErrors&) = delete;
    BrokenPipesAreErrors& operator=(const BrokenPipesAreErrors&) = delete;

  private:
    sigset_t pipe_, before_;
    bool was_pending_;
};

// Whether any driver claims the name: rte_vdev_init answers -1 to this and to every other mistake.
bool has_driver(const std::string& device_name) noexcept {
    rte_devargs parsed{};
    const bool claimed = rte_devargs_parse(&parsed, device_name.c_str()) == 0;
    std::free(parsed.data);  // what rte_devargs_reset does, which is not yet in the stable interface
    return claimed;
}

// Most drivers say -1 (which would read as "not permitted") when they dislike their arguments.
NicError refused_creation(const NicConfig& config, int error, std::uint64_t mark) {
    if (error != -1)
        return error_at(config, kind_of(error), "cannot create the device: " + reason(error, mark));
    const std::string said = worst_line_since(mark);
    return error_at(config, NicErrorKind::bad_argument,
                    "the driver does not take these arguments" + (said.empty() ? "" : ": " + said));
}

std::string folder_of(const std::string& address) {
    return "/sys/bus/pci/devices/" + std::string(address.size() < 12 ? "0000:" : "") + address;
}

// The line that uio hands out is shared and level triggered, and the drivers do not agree with it:
// net_e1000_em leaves the line up until the kernel switches it off for everybody, net_virtio and net_vmxnet3
// refuse.
bool is_bound_to_uio(const std::string& address) {
    return access((folder_of(address) + "/uio").c_str(), F_OK) == 0;
}

// A NIC under vfio or uio reaches memory that DPDK has mapped for it, which is hugepages; NVIDIA's driver,
// which stays with the kernel's, maps what it likes.
bool wants_hugepages(const std::string& address) {
    const std::string folder = folder_of(address);
    const bool exists = access(folder.c_str(), F_OK) == 0;
    return exists && access((folder + "/infiniband").c_str(), F_OK) != 0;
}

}  // namespace

void EthPort::swap(EthPort& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(device_name_, other.device_name_);
    std::swap(is_virtual_, other.is_virtual_);
    std::swap(started_, other.started_);
    std::swap(has_interrupts_, other.has_interrupts_);
    std::swap(info_, other.info_);
    std::swap(offloads_, other.offloads_);
    std::swap(spreads_as_asked_, other.spreads_as_asked_);
}

EthPort::~EthPort() {
    if (id_ == kNoPort) return;
    const BrokenPipesAreErrors guard;
    // Errors here have no listener; a device that cannot be removed shows as busy when it is opened again.
    if (started_) static_cast<void>(rte_eth_dev_stop(id_));
    rte_device* const device = info_.device;
    static_cast<void>(rte_eth_dev_close(id_));
    if (is_virtual_)
        static_cast<void>(rte_vdev_uninit(device_name_.c_str()));
    else if (device != nullptr)
        static_cast<void>(rte_dev_remove(device));  // or it would stay claimed, without a port
}

Result<EthPort, NicError> EthPort::attach(const NicConfig& config, const DeviceRequest& device) {
    const BrokenPipesAreErrors guard;
    const std::uint64_t mark = log_mark();
    EthPort port;
    port.device_name_ = device.is_pci ? device.name : free_device_name(device.name);
    if (port.device_name_.empty())
        return Failure{error_at(config, NicErrorKind::busy, "the device is already open in this process")};
    if (device.is_pci) {
        if (!eal_has_hugepages() && wants_hugepages(device.name))
            return Failure{error_at(config, NicErrorKind::no_memory,
                                    "a NIC needs hugepages, and too few are free: sudo sysctl "
                                    "vm.nr_hugepages=512, then start again")};
        const std::string request = device.name + (device.arguments.empty() ? "" : "," + device.arguments);
        if (const int error = rte_dev_probe(request.c_str()); error < 0)
            return Failure{error_at(config, error == -ENOENT ? NicErrorKind::unknown_device : kind_of(error),
                                    reason(error, mark) +
                                        "; dpdk-devbind.py --status shows the addresses; then sudo " +
                                        "dpdk-devbind.py --bind=vfio-pci " + device.name)};
    } else {
        if (!has_driver(port.device_name_))
            return Failure{error_at(config, NicErrorKind::unknown_device,
                                    std::string("no driver of that name; known are ") + kKnownDevices)};
        if (const int error = rte_vdev_init(port.device_name_.c_str(), device.arguments.c_str()); error != 0)
            return Failure{refused_creation(config, error, mark)};
        port.is_virtual_ = true;
    }
    std::uint16_t id = kNoPort;
    if (rte_eth_dev_get_port_by_name(port.device_name_.c_str(), &id) != 0) {
        if (port.is_virtual_) static_cast<void>(rte_vdev_uninit(port.device_name_.c_str()));
        return Failure{error_at(config, NicErrorKind::unknown_device, "the device is not an Ethernet port")};
    }
    port.id_ = id;
    if (auto error = port.learn(config)) return Failure{*error};
    return port;
}

Result<EthPort, NicError> EthPort::adopt(const NicConfig& config, std::uint16_t id, std::string device_name) {
    EthPort port;
    port.id_ = id;
    port.device_name_ = std::move(device_name);
    port.is_virtual_ = true;
    if (auto error = port.learn(config)) return Failure{*error};
    return port;
}

std::optional<NicError> EthPort::learn(const NicConfig& config) {
    if (const int error = rte_eth_dev_info_get(id_, &info_); error != 0)
        return error_at(config, NicErrorKind::start_failed,
                        std::string("no information: ") + rte_strerror(-error));
    return std::nullopt;
}

Result<PortSizes, NicError> EthPort::plan_sizes(const NicConfig& config, std::uint32_t default_mtu,
                                                const DeviceRequest& request) {
    auto sizes = dpdk::plan_sizes(config, request, info_, default_mtu);
    if (sizes.ok()) offloads_ = plan_port_offloads(config, request, info_, sizes.value());
    return sizes;
}

// Drivers refuse receive interrupts late or early, for want of a kernel module as much as of code: the second
// try does without.
std::optional<NicError> EthPort::start(const NicConfig& config, const PortSizes& sizes,
                                       std::span<rte_mempool* const> receive_pools) {
    const BrokenPipesAreErrors guard;
    has_interrupts_ = config.wakeups && may_interrupt(driver()) && !is_bound_to_uio(device_name_);
    auto error = configure_and_start(config, sizes, receive_pools, has_interrupts_);
    if (!error || !has_interrupts_) return error;
    has_interrupts_ = false;
    return configure_and_start(config, sizes, receive_pools, false);
}

std::optional<NicError> EthPort::configure_and_start(const NicConfig& config, const PortSizes& sizes,
                                                     std::span<rte_mempool* const> receive_pools,
                                                     bool interrupts) {
    const std::uint64_t mark = log_mark();
    const auto failed = [&](const char* step, int error) {
        return error_at(config, kind_of(error), std::string(step) + " failed: " + reason(error, mark));
    };
    rte_eth_conf conf{};
    conf.rxmode.mtu = sizes.driver_mtu;
    conf.rxmode.offloads = offloads_.rx;
    conf.txmode.offloads = offloads_.tx;
    conf.intr_conf.rxq = interrupts ? 1 : 0;
    std::vector<std::uint8_t> key = config.rss_key;
    if (sizes.queues > 1 && info_.flow_type_rss_offloads != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        rte_eth_rss_conf& rss = conf.rx_adv_conf.rss_conf;
        rss.rss_hf = plan_hash_types(info_);
        // Devices with longer keys hash more than addresses and ports; of those they use the first 40 bytes.
        if (!key.empty() && info_.hash_key_size >= key.size()) {
            key.resize(info_.hash_key_size);
            rss.rss_key = key.data();
            rss.rss_key_len = info_.hash_key_size;
        }
        if ((info_.rx_offload_capa & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0)
            conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
    }
    if (const int error = rte_eth_dev_configure(id_, sizes.queues, sizes.queues, &conf); error != 0)
        return failed("configuring the port", error);
    std::uint16_t rx = sizes.rx_descriptors;
    std::uint16_t tx = sizes.tx_descriptors;
    if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx, &tx); error != 0)
        return failed("choosing descriptors", error);
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
    for (std::uint16_t queue = 0; queue < sizes.queues; ++queue) {
        rte_eth_rxconf rx_conf = info_.default_rxconf;
        rx_conf.offloads = offloads_.rx;
        rte_eth_txconf tx_conf = info_.default_txconf;
        tx_conf.offloads = offloads_.tx;
        if (const int error = rte_eth_rx_queue_setup(id_, queue, rx, socket, &rx_conf, receive_pools[queue]);
            error != 0)
            return failed("setting up a receive queue", error);
        if (const int error = rte_eth_tx_queue_setup(id_, queue, tx, socket, &tx_conf); error != 0)
            return failed("setting up a transmit queue", error);
    }
    if (const int error = rte_eth_dev_start(id_); error != 0) return failed("starting the port", error);
    started_ = true;
    spreads_as_asked_ =
        sizes.queues > 1 && sizes.queues == config.queues && conf.rx_adv_conf.rss_conf.rss_key != nullptr &&
        (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0 && redirect_as_asked(config);
    if (offloads_.vlan_filter)
        if (const int error = rte_eth_dev_vlan_filter(id_, config.vlan, 1); error != 0)
            return failed("admitting the VLAN", error);
    // For IPv6 neighbour discovery; drivers that do not filter have no such call.
    static_cast<void>(rte_eth_allmulticast_enable(id_));
    return std::nullopt;
}

// The device is believed only after it repeated what it was told: key, hash types and the table that is in
// force.
bool EthPort::redirect_as_asked(const NicConfig& config) noexcept {
    constexpr std::uint64_t kNeeded = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP;
    const std::size_t entries = config.rss_redirection.size();
    if (entries == 0 || info_.reta_size == 0 || info_.reta_size > RTE_ETH_RSS_RETA_SIZE_512 ||
        info_.reta_size % entries != 0)
        return false;
    std::vector<std::uint8_t> key(info_.hash_key_size);
    rte_eth_rss_conf said{};
    said.rss_key = key.data();
    said.rss_key_len = info_.hash_key_size;
    if (rte_eth_dev_rss_hash_conf_get(id_, &said) != 0 || (said.rss_hf & kNeeded) != kNeeded ||
        !std::equal(config.rss_key.begin(), config.rss_key.end(), key.begin()))
        return false;
    std::array<rte_eth_rss_reta_entry64, RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE> table{};
    for (std::uint16_t i = 0; i < info_.reta_size; ++i) {
        rte_eth_rss_reta_entry64& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
        group.mask = UINT64_MAX;
        group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = config.rss_redirection[i % entries];
    }
    return rte_eth_dev_rss_reta_update(id_, table.data(), info_.reta_size) == 0;
}

void EthPort::set_interface_mtu(std::uint32_t mtu) noexcept {
    static_cast<void>(rte_eth_dev_set_mtu(id_, static_cast<std::uint16_t>(mtu)));
}

std::optional<NicError> EthPort::accept_address(const NicConfig& config, const MacAddress& mac,
                                                bool may_change_device) {
    if (may_change_device) {
        rte_ether_addr address{};
        std::memcpy(address.addr_bytes, mac.octets.data(), mac.octets.size());
        if (rte_eth_dev_default_mac_addr_set(id_, &address) == 0) return std::nullopt;
    }
    const std::uint64_t mark = log_mark();
    if (const int error = rte_eth_promiscuous_enable(id_); error != 0 && error != -ENOTSUP)
        return error_at(
            config, kind_of(error),
            "the device does not take another mac than its own: " + reason(error, mark) + "; leave out mac");
    return std::nullopt;
}

MacAddress EthPort::own_mac() const noexcept {
    rte_ether_addr address{};
    MacAddress mac;
    if (rte_eth_macaddr_get(id_, &address) == 0)
        std::memcpy(mac.octets.data(), address.addr_bytes, mac.octets.size());
    return mac;
}

int EthPort::numa_node() const noexcept {
    const int node = rte_eth_dev_socket_id(id_);
    return node >= 0 ? node : -1;
}

bool EthPort::driver_says_link_up() const noexcept {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace ringsock::dpdk
