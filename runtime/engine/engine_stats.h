// SPDX-License-Identifier: BSD-3-Clause
// EngineStats: counters of one engine. Writer: the engine role, plain stores on its own lines. Readers may
// see values that are a pass old, never torn (64-bit aligned).
#pragma once

#include <cstdint>

#include "wire/parse_frame.h"

namespace ringsock {

struct EngineStats {
    std::uint64_t passes = 0, busy_passes = 0;
    std::uint64_t rx_frames = 0, tx_frames = 0;
    std::uint64_t dropped[kDropReasons] = {};  ///< By DropReason: frames parse_frame refused.
    std::uint64_t not_for_us = 0;              ///< Another host's link or network address.
    std::uint64_t fragments = 0;               ///< IPv4 fragments, not reassembled yet.
    std::uint64_t unknown_kind = 0;
    std::uint64_t requests = 0, stale_requests = 0;
    std::uint64_t active_opens = 0, passive_opens = 0, established = 0, failed_opens = 0;
    std::uint64_t refused_syns = 0;   ///< SYNs to ports nobody listens on.
    std::uint64_t backlog_drops = 0;  ///< SYNs or ACKs dropped because a backlog was full.
    std::uint64_t resets_sent = 0, resets_received = 0;
    std::uint64_t time_wait_made = 0, time_wait_recycled = 0, time_wait_reused = 0;
    std::uint64_t no_tcb = 0, no_cell = 0, no_flow_slot = 0, no_port = 0, no_packet = 0;
    std::uint64_t udp_in = 0, udp_out = 0, udp_no_port = 0, udp_queue_full = 0, udp_filtered = 0;
    std::uint64_t icmp_in = 0, icmp_errors_used = 0, icmp_echo = 0, icmp_sent = 0;
    std::uint64_t arp_in = 0, arp_sent = 0, neighbor_failures = 0, neighbor_drops = 0;
    std::uint64_t tx_blocked = 0;  ///< Passes that ended with a device that was full.
    std::uint64_t events_set = 0, wakes = 0;
    std::uint64_t link_changes = 0;
    std::uint64_t neighborhoods = 0;  ///< Changes of addresses, routes, links and neighbours taken in.
};

}  // namespace ringsock
