// SPDX-License-Identifier: BSD-3-Clause
// Placing engines on cores, see topology.h.
#include "host/topology.h"

#include <hwloc.h>

#include <algorithm>
#include <tuple>

namespace ringsock {
namespace {

/// A machine being filled.
struct Placement {
    std::span<const Core> cores;
    std::vector<std::uint32_t> taken;

    [[nodiscard]] bool is_taken(std::uint32_t id) const {
        return std::find(taken.begin(), taken.end(), id) != taken.end();
    }
    [[nodiscard]] std::string allowed_text() const {
        std::string text;
        for (const Core& core : cores)
            if (core.allowed) text += (text.empty() ? "" : ", ") + std::to_string(core.id);
        return text.empty() ? "none" : text;
    }
    [[nodiscard]] const Core* find(std::uint32_t id) const {
        for (const Core& core : cores)
            if (core.id == id) return &core;
        return nullptr;
    }
};

std::string who(const HostConfig& host) {
    return "host '" + host.name + "': ";
}

std::string check_named(const HostConfig& host, std::uint32_t id, const Placement& placement) {
    const Core* core = placement.find(id);
    if (core == nullptr)
        return who(host) + "core " + std::to_string(id) + " does not exist; this machine has " +
               std::to_string(placement.cores.size()) + " cores, allowed here: " + placement.allowed_text();
    if (!core->allowed)
        return who(host) + "core " + std::to_string(id) +
               " is not allowed by this process's affinity; allowed are " + placement.allowed_text() +
               " (taskset -p, or the container's cpuset)";
    return {};
}

// The host's own list, or its share of the common one; "" and fewer cores than engines when neither names
// any.
std::string take_named(const HostConfig& host, const Config& config, std::size_t& shared_used,
                       Placement& placement, std::vector<int>& out) {
    std::vector<std::uint32_t> named = host.engine.cores;
    if (named.empty() && !config.engine.cores.empty()) {
        const std::size_t left = config.engine.cores.size() - shared_used;
        if (left < host.engine.count)
            return who(host) + "engine.cores names " + std::to_string(config.engine.cores.size()) +
                   " cores, not enough for the dedicated engines of all hosts; name one for each, or none";
        const auto first = config.engine.cores.begin() + static_cast<std::ptrdiff_t>(shared_used);
        named.assign(first, first + host.engine.count);
        shared_used += host.engine.count;
    }
    for (const std::uint32_t id : named) {
        std::string problem = check_named(host, id, placement);
        if (!problem.empty()) return problem;
        if (std::find(out.begin(), out.end(), static_cast<int>(id)) != out.end())
            return who(host) + "core " + std::to_string(id) +
                   " is named twice; each engine of a host needs its own";
        out.push_back(static_cast<int>(id));
        placement.taken.push_back(id);
    }
    return {};
}

// Nearest free core: same NUMA node, then a physical core of its own, then the highest number.
std::string take_free(const HostConfig& host, int node, Placement& placement, std::vector<int>& out) {
    while (out.size() < host.engine.count) {
        const auto rank = [&](const Core& core) {
            return std::tuple(node >= 0 && core.numa_node != node, core.sibling, ~core.id);
        };
        const Core* best = nullptr;
        for (const Core& core : placement.cores) {
            if (!core.allowed || placement.is_taken(core.id)) continue;
            if (best == nullptr || rank(core) < rank(*best)) best = &core;
        }
        if (best == nullptr)
            return who(host) +
                   "no core is left for a dedicated engine (allowed: " + placement.allowed_text() +
                   "); use fewer engines, drive = \"inline\", or name a core twice on purpose in two hosts' "
                   "engine.cores";
        placement.taken.push_back(best->id);
        out.push_back(static_cast<int>(best->id));
    }
    return {};
}

}  // namespace

int Topology::core_of(std::size_t host, std::size_t engine) const noexcept {
    if (host >= cores_.size() || engine >= cores_[host].size()) return -1;
    return cores_[host][engine];
}

Result<Topology, TopologyError> plan_on(const Config& config, std::span<const int> numa_nodes,
                                        std::span<const Core> cores) {
    Topology topology;
    topology.cores_.resize(config.hosts.size());
    Placement placement{cores, {}};
    std::size_t shared_used = 0;
    // Named cores first, so that nobody is given a core that another host asks for by name.
    for (std::size_t h = 0; h < config.hosts.size(); ++h) {
        const HostConfig& host = config.hosts[h];
        if (host.engine.drive != DriveMode::dedicated) continue;
        std::string problem = take_named(host, config, shared_used, placement, topology.cores_[h]);
        if (!problem.empty()) return Failure{TopologyError{problem}};
    }
    for (std::size_t h = 0; h < config.hosts.size(); ++h) {
        const HostConfig& host = config.hosts[h];
        if (host.engine.drive != DriveMode::dedicated) continue;
        const int node = h < numa_nodes.size() ? numa_nodes[h] : -1;
        std::string problem = take_free(host, node, placement, topology.cores_[h]);
        if (!problem.empty()) return Failure{TopologyError{problem}};
    }
    return topology;
}

Result<Topology, TopologyError> plan_topology(const Config& config, std::span<const int> numa_nodes) {
    const bool any_dedicated =
        std::any_of(config.hosts.begin(), config.hosts.end(),
                    [](const HostConfig& host) { return host.engine.drive == DriveMode::dedicated; });
    // Reading the machine takes milliseconds; an inline process does not need it.
    if (!any_dedicated) return plan_on(config, numa_nodes, {});
    const std::vector<Core> cores = machine_cores();
    if (cores.empty())
        return Failure{TopologyError{"hwloc cannot read this machine's cores; use drive = \"inline\""}};
    return plan_on(config, numa_nodes, cores);
}

std::vector<Core> machine_cores() {
    std::vector<Core> cores;
    hwloc_topology_t machine = nullptr;
    if (hwloc_topology_init(&machine) != 0) return cores;
    hwloc_topology_set_flags(machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
    if (hwloc_topology_load(machine) == 0 && allowed != nullptr) {
        // Of the whole process: a calling thread that pinned itself must not confine the engines.
        if (hwloc_get_cpubind(machine, allowed, HWLOC_CPUBIND_PROCESS) != 0) hwloc_bitmap_fill(allowed);
        hwloc_bitmap_and(allowed, allowed, hwloc_topology_get_allowed_cpuset(machine));
        hwloc_obj_t unit = nullptr;
        while ((unit = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_PU, unit)) != nullptr) {
            Core core;
            core.id = unit->os_index;
            core.allowed = hwloc_bitmap_isset(allowed, unit->os_index) != 0;
            core.sibling = unit->sibling_rank;
            const int node = hwloc_bitmap_first(unit->nodeset);
            core.numa_node = node;
            cores.push_back(core);
        }
    }
    hwloc_bitmap_free(allowed);
    hwloc_topology_destroy(machine);
    std::sort(cores.begin(), cores.end(), [](const Core& a, const Core& b) { return a.id < b.id; });
    return cores;
}

}  // namespace ringsock
