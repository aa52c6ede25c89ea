// SPDX-License-Identifier: BSD-3-Clause
// SimRuntime: a world of simulated hosts behind the door of runtime/host (host.h), so that api/ runs on it
// unchanged. One thread.
#pragma once

#include <memory>
#include <vector>

#include "host/host.h"
#include "sim/sim_world.h"

namespace ringsock::sim {

class SimRuntime final : public Runtime {
  public:
    /// Needs at least one host in the world. The configuration is not looked at: the world is built by calls.
    Result<Done, StartError> start(const StartOptions& options) override;
    /// Takes the hosts from the API. They live on in the world: what was closed goes on closing as time
    /// passes.
    void stop() noexcept override;
    bool running() const noexcept override { return running_; }
    std::span<HostPort> hosts() noexcept override { return {ports_.data(), ports_.size()}; }
    std::string stats_json(const char* host_name) override;

    /// Drops the world and makes an empty one. Not while running.
    void reset(std::uint64_t seed);
    [[nodiscard]] SimWorld& world() noexcept { return *world_; }

  private:
    std::unique_ptr<SimWorld> world_ = std::make_unique<SimWorld>(1);
    std::vector<HostPort> ports_;
    bool running_ = false;
};

/// The runtime that runtime() returns in libringsock-sim.
[[nodiscard]] SimRuntime& sim_runtime() noexcept;

}  // namespace ringsock::sim
