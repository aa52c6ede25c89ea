// SPDX-License-Identifier: BSD-3-Clause
// The door of nic/: opens a network device by name and hands out one PacketIo per queue. Nothing of DPDK is
// visible here. Opening and closing: control role (any thread, calls serialise among themselves); the queues:
// the engine role, one thread at a time per queue, any thread over time. No call throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "packet/nic_offload.h"
#include "packet/packet_io.h"

namespace ringsock {

/// Queues of one device at most (the ring driver's own bound).
inline constexpr std::uint32_t kMaxNicQueues = 16;

/// What kind of trouble opening a device met, for programs; NicError::message is for people.
enum class NicErrorKind : std::uint8_t {
    bad_argument,       ///< A NicConfig value out of range, or driver arguments the driver does not know.
    unknown_device,     ///< No driver answers to this device name.
    no_such_interface,  ///< The kernel interface that the arguments name does not exist.
    no_permission,      ///< A privilege is missing; the message names it and how to grant it.
    no_memory,          ///< Not enough memory for packets, or no thread id left.
    busy,               ///< The device or its name is in use.
    link_down,          ///< The device is open but carries nothing (Nic::link_problem only).
    start_failed,       ///< The driver refused for a reason of its own; the message holds its last words.
    environment,        ///< DPDK itself could not start in this process.
};

/// One line: what is wrong, where, and the cure.
struct NicError {
    NicErrorKind kind = NicErrorKind::start_failed;
    std::string message;
};

/// What open_nic is asked for. Sizes of 0 mean: the default or what the device prefers.
struct NicConfig {
    std::string name = "nic";  ///< Whose device it is, for messages and describe(): "client/0".
    /// "none" (sends into nothing, receives nothing), a DPDK virtual device with or without number
    /// ("net_tap", "net_af_packet", "net_null0"), or a PCI address ("0000:00:05.0").
    std::string device = "none";
    std::string arguments;  ///< Driver arguments, e.g. "iface=dtap0".
    MacAddress
        mac;  ///< Zero: the device's own where it owns its link (af_packet, PCI), else a random local one.
    std::uint32_t mtu = 0;   ///< Bytes, 576 to 9000. 0: the device's own, 1500 where it has none.
    std::uint16_t vlan = 0;  ///< 1 to 4094: frames carry this 802.1Q tag. 0: none.
    std::uint8_t offloads = kAllOffloads;  ///< NicOffload bits; taken where offered.
    std::uint32_t queues = 1;                             ///< 1 to kMaxNicQueues; one per engine.
    std::uint32_t rx_descriptors = 512;  ///< Per queue, 32 to 4096; adjusted to what the device allows.
    std::uint32_t tx_descriptors = 512;  ///< Per queue, likewise. Ring pair: frames in flight each way.
    /// Packets per queue that the engine and applications may hold together, 256 to 1048576. Buffers for
    /// descriptors, transmissions and acknowledgements come on top and never out of these.
    std::uint32_t packets = 16384;
    /// Ask the driver for receive interrupts, so that an idle engine can sleep. Without them where it
    /// refuses.
    bool wakeups = true;
    int numa_node = -1;  ///< Where packet memory goes; -1: where the device is.
    /// Use no more than so many of them. 0: as the device has; one on memif, whose driver (22.11) corrupts
    /// frames when a server has more queues than its client.
    std::uint32_t most_queues = 0;
    /// A device with fewer queues than `queues` opens with what it has (else that is an error).
    bool fewer_queues_will_do = false;
    /// With several queues: the receive-side scaling to ask of the device, a Toeplitz key of 40 bytes over
    /// addresses and ports, and the queue for each value of the low bits of the hash (a power of two of
    /// entries). Empty: the device's own.
    std::vector<std::uint8_t> rss_key;
    std::vector<std::uint16_t> rss_redirection;
};

/// Totals since the device was opened, as its driver counts them.
struct NicStats {
    std::uint64_t rx_frames = 0, rx_bytes = 0, rx_missed = 0, rx_errors = 0, rx_no_buffer = 0;
    std::uint64_t tx_frames = 0, tx_bytes = 0, tx_errors = 0;
};
/// One counter of the driver, with the driver's name for it.
struct NicCounter {
    std::string name;
    std::uint64_t value = 0;
};
/// Who holds buffers of one queue at this moment. Exact only while its engine rests.
struct NicPools {
    std::uint32_t packets_total = 0;   ///< Buffers in the packet pool.
    std::uint32_t packets_in_use = 0;  ///< Not in the pool: descriptors, frames in flight, packets held.
    std::uint32_t packets_held = 0;    ///< Packets the engine and applications own (keep/allocate - release).
    std::uint32_t headers_total = 0, headers_in_use = 0;        ///< Frames for transmission.
    std::uint32_t references_total = 0, references_in_use = 0;  ///< Payload attached by reference.
};

/// An open, started device. Destroying it stops and removes the device; the same device can then be opened
/// again. Before that every Packet of its queues must have been released and nobody may be in its queues.
/// (Packets that are still out are counted and reported; their memory is then leaked rather than reused.)
class Nic {
  public:
    virtual ~Nic() = default;

    /// The PacketIo of one queue; lives as long as the Nic. Its calls need no scope: each queue brings its
    /// own DPDK thread id, so that any application thread that holds the engine role may drive it at full
    /// speed.
    [[nodiscard]] virtual PacketIo& queue(std::size_t index) noexcept = 0;
    [[nodiscard]] virtual std::size_t queue_count() const noexcept = 0;
    [[nodiscard]] virtual const IoTraits& traits() const noexcept = 0;

    /// Whether the device spreads TCP and UDP over IPv4 by `rss_key` and `rss_redirection` as asked, and
    /// reports the hash of each frame (kRxHashValid). Where it does not, queues may get any frame.
    [[nodiscard]] virtual bool spreads_as_asked() const noexcept = 0;

    /// Whether frames can pass. One system call at most; not for every pass.
    [[nodiscard]] virtual bool link_up() noexcept = 0;
    /// Why frames cannot pass, with the cure; nothing when the link is up.
    [[nodiscard]] virtual std::optional<NicError> link_problem() = 0;

    /// The NUMA node of the device; -1 when it has none.
    [[nodiscard]] virtual int numa_node() const noexcept = 0;
    /// Text to print at start: driver, addresses, offloads chosen, sizes, kind of memory. One fact a line.
    [[nodiscard]] virtual std::string describe() const = 0;
    [[nodiscard]] virtual NicStats stats() const noexcept = 0;
    [[nodiscard]] virtual std::vector<NicCounter> extended_stats() const = 0;
    [[nodiscard]] virtual NicPools pools(std::size_t queue_index) const noexcept = 0;
};

/// Opens and starts one device. First use in the process starts DPDK on a thread of its own (about 0.2 s);
/// it works as an ordinary user and without hugepages where the device does.
[[nodiscard]] Result<std::unique_ptr<Nic>, NicError> open_nic(const NicConfig& config);

/// Two devices whose transmissions arrive at each other through rings (rte_eth_from_rings): queue i of one
/// feeds queue i of the other, so both must ask for the same number of queues. They may be closed in any
/// order; the survivor's link then goes down.
struct NicPair {
    std::unique_ptr<Nic> a;
    std::unique_ptr<Nic> b;
};
[[nodiscard]] Result<NicPair, NicError> open_ring_pair(const NicConfig& a, const NicConfig& b);

/// What can be known to be wrong with a device before it is opened: ranges, names, interfaces, privileges,
/// in the words that open_nic would have. Starts nothing; nothing found is no promise. As before an opening,
/// a socket file that a killed process left behind is removed.
[[nodiscard]] std::optional<NicError> examine_nic(const NicConfig& config);
/// Bytes of packet memory that open_nic will take for this device.
[[nodiscard]] std::uint64_t nic_memory_bytes(const NicConfig& config);

/// Hugepages of one size.
struct HugepageSupply {
    std::uint64_t page_bytes = 0;
    std::uint64_t total = 0, free = 0;  ///< Pages.
};
/// All sizes of this machine, or of a NUMA node's folder; empty where the kernel does not tell.
[[nodiscard]] std::vector<HugepageSupply> read_hugepages(
    const std::string& folder = "/sys/kernel/mm/hugepages");
/// Whether this process really gets a page of that size: one is mapped and given back.
[[nodiscard]] bool may_map_hugepage(std::uint64_t page_bytes);

/// What DPDK found on this machine: version, kind of memory, thread ids in use. For describe and doctor.
/// Does not start DPDK.
[[nodiscard]] std::string describe_nic_environment();

}  // namespace ringsock
