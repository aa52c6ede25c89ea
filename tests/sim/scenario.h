// SPDX-License-Identifier: BSD-3-Clause
// A whole day of two hosts, drawn from one seed: wires with faults, several connections with streams both
// ways and different ends, datagrams, refusals. Whatever the wire does, bytes arrive once and in order or an
// end is told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/wire_model.h"

namespace ringsock::testing {

struct DayResult {
    std::string failure;             ///< Empty: everything held. Otherwise what did not.
    std::vector<std::byte> capture;  ///< The frames as a pcap file, if asked for.
    std::int64_t virtual_seconds = 0;
    std::uint64_t frames = 0;
    std::uint64_t bytes_delivered = 0;
};

/// Faults of the wires of day `seed`: from none at all to all kinds at once.
[[nodiscard]] sim::WireFaults faults_of(std::uint64_t seed);
/// The faults in one line, for messages.
[[nodiscard]] std::string to_string(const sim::WireFaults& faults);

/// Lives through day `seed`. Invariants of both engines are checked at every step. One thread.
[[nodiscard]] DayResult live_through(std::uint64_t seed, bool captures);

/// Seeds to spend at this RINGSOCK_TEST_LEVEL (default, full, nightly).
[[nodiscard]] std::uint64_t seeds_of_level(std::uint64_t by_default, std::uint64_t full,
                                           std::uint64_t nightly);

}  // namespace ringsock::testing
