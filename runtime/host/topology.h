// SPDX-License-Identifier: BSD-3-Clause
// Which core each dedicated engine gets: near its port, one physical core each while there are enough, and a
// layout that this machine or this process cannot have is refused by name. Control role.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/config.h"

namespace ringsock {

/// One line: what is impossible, and what would be possible.
struct TopologyError {
    std::string message;
};

/// A core as the kernel numbers it.
struct Core {
    std::uint32_t id = 0;
    int numa_node = -1;
    std::uint32_t sibling = 0;  ///< 0: first hardware thread of its physical core.
    bool allowed = true;        ///< This process may run there (affinity, cgroup).
    friend bool operator==(const Core&, const Core&) noexcept = default;
};

/// The cores of this machine in ascending order; allowed ones by this process's affinity. Empty when hwloc
/// finds nothing.
[[nodiscard]] std::vector<Core> machine_cores();

class Topology {
  public:
    /// The core of engine `engine` of host `host` (indices as in the Config); -1: not pinned (inline).
    [[nodiscard]] int core_of(std::size_t host, std::size_t engine) const noexcept;

  private:
    friend Result<Topology, TopologyError> plan_on(const Config&, std::span<const int>,
                                                   std::span<const Core>);
    std::vector<std::vector<int>> cores_;
};

/// Places the dedicated engines of all hosts. `numa_nodes`: of each host's port, -1 or missing where unknown.
/// Named cores are taken as they are, and two hosts may name the same one; others get free cores from the
/// last one down, so that the first stay with the application.
[[nodiscard]] Result<Topology, TopologyError> plan_topology(const Config& config,
                                                            std::span<const int> numa_nodes = {});

/// plan_topology on a machine with these cores; pure.
[[nodiscard]] Result<Topology, TopologyError> plan_on(const Config& config, std::span<const int> numa_nodes,
                                                      std::span<const Core> cores);

}  // namespace ringsock
