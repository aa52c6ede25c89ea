// SPDX-License-Identifier: BSD-3-Clause
// The arguments that DPDK's virtual devices take (22.11, and the few that came later), see device_checks.h.
// Drivers answer a key they do not know with -1 and a line about something else.
#include <charconv>
#include <span>

#include "nic/dpdk/device_checks.h"

namespace ringsock::dpdk {
namespace {

struct Key {
    const char* name;
    long low = 0, high = -1;  // a text when low is above high
};

constexpr Key kAfPacket[] = {{"iface"},
                             {"qpairs", 1, kMaxNicQueues},
                             {"blocksz", 1, 1 << 30},
                             {"framesz", 128, 1 << 16},
                             {"framecnt", 1, 1 << 20},
                             {"qdisc_bypass", 0, 1}};
constexpr Key kAfXdp[] = {{"iface"},
                          {"start_queue", 0, 65535},
                          {"queue_count", 1, kMaxNicQueues},
                          {"shared_umem", 0, 1},
                          {"xdp_prog"},
                          {"busy_budget", 0, 65535},
                          {"force_copy", 0, 1},
                          {"use_cni"},
                          {"use_pinned_map"},
                          {"dp_path"}};
constexpr Key kTap[] = {{"iface"}, {"mac"}, {"remote"}, {"persist"}};
constexpr Key kMemif[] = {{"id", 0, 0x7fffffff}, {"role"},      {"bsize", 128, 65535},
                          {"rsize", 1, 14},      {"socket"},    {"socket-abstract"},
                          {"owner-uid"},         {"owner-gid"}, {"mac"},
                          {"zero-copy"},         {"secret"}};
constexpr Key kVhost[] = {{"iface"},
                          {"queues", 1, kMaxNicQueues},
                          {"client", 0, 1},
                          {"dequeue-zero-copy", 0, 1},
                          {"iommu-support", 0, 1},
                          {"postcopy-support", 0, 1},
                          {"tso", 0, 1},
                          {"linear-buffer", 0, 1},
                          {"ext-buffer", 0, 1},
                          {"legacy-ol-flags", 0, 1}};
constexpr Key kVirtioUser[] = {{"path"},
                               {"mac"},
                               {"cq", 0, 1},
                               {"queue_size", 32, 32768},
                               {"queues", 1, kMaxNicQueues},
                               {"iface"},
                               {"server", 0, 1},
                               {"mrg_rxbuf", 0, 1},
                               {"in_order", 0, 1},
                               {"packed_vq", 0, 1},
                               {"speed", 0, 1 << 20},
                               {"vectorized", 0, 1}};
constexpr Key kPcap[] = {{"rx_pcap"},  {"tx_pcap"}, {"rx_iface"},      {"rx_iface_in"},
                         {"tx_iface"}, {"iface"},   {"phy_mac", 0, 1}, {"infinite_rx", 0, 1}};
constexpr Key kNull[] = {{"size", 64, 9018}, {"copy", 0, 1}, {"no-rx", 0, 1}};

struct Driver {
    const char* name;
    std::span<const Key> keys;
};
constexpr Driver kDrivers[] = {
    {"net_af_packet", kAfPacket}, {"net_af_xdp", kAfXdp}, {"net_tap", kTap},
    {"net_memif", kMemif},        {"net_vhost", kVhost},  {"net_virtio_user", kVirtioUser},
    {"net_pcap", kPcap},          {"net_null", kNull},
};

std::optional<NicError> check_key(const NicConfig& config, const Driver& driver, const std::string& name,
                                  const std::string& value) {
    for (const Key& key : driver.keys) {
        if (name != key.name) continue;
        if (key.low > key.high) return std::nullopt;
        long number = 0;
        const char* const end = value.data() + value.size();
        const auto [stop, problem] = std::from_chars(value.data(), end, number);
        if (problem == std::errc{} && stop == end && number >= key.low && number <= key.high)
            return std::nullopt;
        return error_at(config, NicErrorKind::bad_argument,
                        name + " is \"" + value + "\", must be " + std::to_string(key.low) + " to " +
                            std::to_string(key.high));
    }
    std::string known;
    for (const Key& key : driver.keys) known += (known.empty() ? "" : ", ") + std::string(key.name);
    return error_at(config, NicErrorKind::bad_argument,
                    "no argument \"" + name + "\"; " + driver.name + " takes " + known);
}

}  // namespace

std::optional<NicError> check_arguments(const NicConfig& config, const std::string& driver) {
    for (const Driver& known : kDrivers) {
        if (driver != known.name) continue;
        for (std::size_t at = 0; at < config.arguments.size();) {
            const std::size_t end = std::min(config.arguments.find(',', at), config.arguments.size());
            const std::string word = config.arguments.substr(at, end - at);
            const std::size_t equals = word.find('=');
            if (equals == 0 || equals == word.npos)
                return error_at(config, NicErrorKind::bad_argument,
                                "\"" + word + "\" is not KEY=VALUE; arguments look like \"iface=x,size=64\"");
            if (auto error = check_key(config, known, word.substr(0, equals), word.substr(equals + 1)))
                return error;
            at = end + 1;
        }
    }
    return std::nullopt;
}

}  // namespace ringsock::dpdk
