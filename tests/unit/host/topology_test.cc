// SPDX-License-Identifier: BSD-3-Clause
// Placing engines on cores: near the port, one physical core each, impossible layouts refused by name.
#include "host/topology.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringsock {
namespace {

/// Cores 0 to n-1 on one node.
std::vector<Core> flat(std::uint32_t n) {
    std::vector<Core> cores;
    for (std::uint32_t id = 0; id < n; ++id) cores.push_back({id, 0, 0, true});
    return cores;
}

Config hosts_of(std::initializer_list<std::uint32_t> engines) {
    Config config;
    config.hosts.clear();
    for (const std::uint32_t count : engines) {
        HostConfig host;
        host.name = std::string("h").append(std::to_string(config.hosts.size()));
        host.engine.drive = DriveMode::dedicated;
        host.engine.count = count;
        config.hosts.push_back(host);
    }
    return config;
}

std::vector<int> placed(const Config& config, const std::vector<Core>& cores,
                        const std::vector<int>& nodes = {}) {
    auto plan = plan_on(config, nodes, cores);
    EXPECT_TRUE(plan.ok()) << plan.error().message;
    std::vector<int> out;
    if (!plan.ok()) return out;
    for (std::size_t h = 0; h < config.hosts.size(); ++h)
        for (std::size_t e = 0; e < config.hosts[h].engine.count; ++e)
            out.push_back(plan.value().core_of(h, e));
    return out;
}

std::string refusal(const Config& config, const std::vector<Core>& cores) {
    auto plan = plan_on(config, {}, cores);
    EXPECT_FALSE(plan.ok());
    return plan.ok() ? "" : plan.error().message;
}

// Rule: inline engines are not pinned, and ask nothing of the machine.
TEST(Topology, InlineEnginesAreNotPinned) {
    auto plan = plan_on(Config{}, {}, {});
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan.value().core_of(0, 0), -1);
    EXPECT_EQ(plan.value().core_of(5, 5), -1);
    EXPECT_TRUE(plan_topology(Config{}).ok());
}

// Rule: unnamed engines take cores from the last one down; the first stay with the application.
TEST(Topology, FreeCoresAreTakenFromTheEnd) {
    EXPECT_EQ(placed(hosts_of({1, 1}), flat(4)), (std::vector<int>{3, 2}));
    EXPECT_EQ(placed(hosts_of({2}), flat(2)), (std::vector<int>{1, 0}));
}

// Rule: near the port first, and first hardware threads before second ones.
TEST(Topology, NearTheportAndOnePhysicalCoreEach) {
    // Two nodes of two physical cores with two threads: 0-3 first threads, 4-7 second threads.
    std::vector<Core> cores;
    for (std::uint32_t id = 0; id < 8; ++id)
        cores.push_back({id, static_cast<int>(id / 2 % 2), id / 4, true});
    EXPECT_EQ(placed(hosts_of({2, 2}), cores, {0, 1}), (std::vector<int>{1, 0, 3, 2}));
    EXPECT_EQ(placed(hosts_of({3}), cores, {0}), (std::vector<int>{1, 0, 5}));
    EXPECT_EQ(placed(hosts_of({5}), cores), (std::vector<int>{3, 2, 1, 0, 7}));
    // A node without cores left is left alone.
    EXPECT_EQ(placed(hosts_of({5}), cores, {0}), (std::vector<int>{1, 0, 5, 4, 3}));
}

// Rule: named cores are obeyed, nobody else gets them unasked, and two hosts may share one on purpose.
TEST(Topology, NamedCoresAreObeyed) {
    Config config = hosts_of({1, 1, 1});
    config.hosts[1].engine.cores = {3};
    config.hosts[2].engine.cores = {3};
    EXPECT_EQ(placed(config, flat(4)), (std::vector<int>{2, 3, 3}));
    Config common = hosts_of({2, 1});
    common.engine.cores = {0, 2, 1};
    EXPECT_EQ(placed(common, flat(4)), (std::vector<int>{0, 2, 1}));
}

// Rule: what cannot be is refused, with host, core and what would be possible.
TEST(Topology, ImpossibleLayoutsAreRefusedByName) {
    Config config = hosts_of({1});
    config.hosts[0].engine.cores = {7};
    EXPECT_EQ(refusal(config, flat(2)),
              "host 'h0': core 7 does not exist; this machine has 2 cores, allowed here: 0, 1");
    std::vector<Core> half = flat(2);
    half[1].allowed = false;
    config.hosts[0].engine.cores = {1};
    EXPECT_NE(refusal(config, half).find("core 1 is not allowed by this process's affinity; allowed are 0"),
              std::string::npos);
    EXPECT_NE(refusal(hosts_of({1, 1}), half).find("host 'h1': no core is left"), std::string::npos);
    EXPECT_NE(refusal(hosts_of({3}), flat(2)).find("no core is left"), std::string::npos);
    Config twice = hosts_of({2});
    twice.hosts[0].engine.cores = {1, 1};
    EXPECT_NE(refusal(twice, flat(2)).find("core 1 is named twice"), std::string::npos);
    Config few = hosts_of({1, 1});
    few.engine.cores = {1};
    EXPECT_NE(refusal(few, flat(2)).find("host 'h1': engine.cores names 1 cores"), std::string::npos);
}

// Rule: hwloc's machine is the kernel's.
TEST(Topology, ThisMachineIsRead) {
    const std::vector<Core> cores = machine_cores();
    ASSERT_FALSE(cores.empty());
    std::uint32_t allowed = 0;
    for (const Core& core : cores) allowed += core.allowed ? 1 : 0;
    EXPECT_EQ(allowed, std::thread::hardware_concurrency());
    Config config = hosts_of({1});
    auto plan = plan_topology(config);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_GE(plan.value().core_of(0, 0), 0);
    config.hosts[0].engine.cores = {1023};
    EXPECT_FALSE(plan_topology(config).ok());
}

}  // namespace
}  // namespace ringsock
