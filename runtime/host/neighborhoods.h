// SPDX-License-Identifier: BSD-3-Clause
// What a host's configuration and the kernel's tables together say of addresses, routes, links and
// neighbours, as the engine wants it. Control role.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/neighborhood.h"
#include "host/config.h"
#include "kernel/tables.h"

namespace ringsock {

/// A Neighborhood with the memory it borrows.
struct NeighborhoodFacts {
    Neighborhood value;
    std::vector<KnownNeighbor> neighbors;
    /// Addresses and routes of the kernel that found no room, or that we cannot have.
    std::uint32_t left_out = 0;
};

/// `tables` empty: nothing is followed yet. The error: a configuration that contradicts itself.
[[nodiscard]] Result<NeighborhoodFacts, std::string> make_neighborhood(const HostConfig& host,
                                                                       const KernelTables& tables);
/// Whether both send every packet the same way, the neighbours aside.
[[nodiscard]] bool have_equal_ways(const Neighborhood& a, const Neighborhood& b) noexcept;

/// Whether the host follows anything of the kernel's.
[[nodiscard]] bool follows_kernel(const HostConfig& host) noexcept;

}  // namespace ringsock
