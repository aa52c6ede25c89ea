// SPDX-License-Identifier: BSD-3-Clause
// From a host's configuration to what its engine is built with: addresses, routes, limits, times, secrets.
// Control role.
#pragma once

#include <memory>

#include "engine/engine_config.h"
#include "engine/neighborhood.h"
#include "host/config.h"
#include "ring/engine_port.h"
#include "steer/flow_steering.h"

namespace ringsock {

/// Fills everything of an EngineConfig but the carriers (EngineConfig::interfaces), which the caller adds in
/// the order of `host.interfaces`. `around`: of make_neighborhood().
[[nodiscard]] EngineConfig make_engine_config(const HostConfig& host, const Config& config,
                                              const Neighborhood& around);

/// How frames find their engine in a host with several; keys drawn anew.
[[nodiscard]] std::unique_ptr<FlowSteering> make_steering(const HostConfig& host);

/// Defaults of sockets that the application side needs to know, for the engine's port.
void set_port_defaults(EnginePort& port, const Config& config, std::uint32_t mtu) noexcept;

/// Socket cells of one engine: connections, listeners and datagram sockets together.
[[nodiscard]] std::uint32_t cells_wanted(const LimitsConfig& limits) noexcept;

}  // namespace ringsock
