// SPDX-License-Identifier: BSD-3-Clause
// The driver's counters, see port_stats.h.
#include "nic/dpdk/port_stats.h"

#include <rte_ethdev.h>

#include <algorithm>

namespace ringsock::dpdk {

NicStats read_stats(std::uint16_t port) noexcept {
    rte_eth_stats s{};
    NicStats stats;
    if (rte_eth_stats_get(port, &s) != 0) return stats;
    stats.rx_frames = s.ipackets;
    stats.rx_bytes = s.ibytes;
    stats.rx_missed = s.imissed;
    stats.rx_errors = s.ierrors;
    stats.rx_no_buffer = s.rx_nombuf;
    stats.tx_frames = s.opackets;
    stats.tx_bytes = s.obytes;
    stats.tx_errors = s.oerrors;
    return stats;
}

std::vector<NicCounter> read_extended_stats(std::uint16_t port) {
    std::vector<NicCounter> counters;
    const int count = std::min(rte_eth_xstats_get_names(port, nullptr, 0), kMaxCounters);
    if (count <= 0) return counters;
    std::vector<rte_eth_xstat_name> names(static_cast<std::size_t>(count));
    std::vector<rte_eth_xstat> values(static_cast<std::size_t>(count));
    const auto size = static_cast<unsigned>(count);
    if (rte_eth_xstats_get_names(port, names.data(), size) != count) return counters;
    if (rte_eth_xstats_get(port, values.data(), size) != count) return counters;
    for (const rte_eth_xstat& value : values)
        if (value.id < size) counters.push_back({names[value.id].name, value.value});
    return counters;
}

}  // namespace ringsock::dpdk
