// SPDX-License-Identifier: BSD-3-Clause
// Topology: which core a dedicated engine runs on (hwloc): the one the configuration names, else one near the
// host's port, and never two engines on a core unless the configuration says so. Control role.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/config.h"

namespace ringsock {

/// One line for a person: which engine, which core, why not, and what to do.
struct TopologyError {
    std::string message;
};

/// The plan for all hosts of a configuration.
struct Topology {
    std::vector<std::vector<int>> cores;  ///< By host and engine; -1: not pinned (inline).
    [[nodiscard]] int core_of(std::size_t host, std::size_t engine) const { return cores[host][engine]; }
};

/// Refuses by name what cannot be: a core that does not exist or that this process may not use, fewer cores than
/// engines. `numa_nodes`: by host, the node of its first port (-1: none).
[[nodiscard]] Result<Topology, TopologyError> plan_topology(const Config& config,
                                                            const std::vector<int>& numa_nodes = {});

}  // namespace ringsock
