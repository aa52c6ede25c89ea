// SPDX-License-Identifier: BSD-3-Clause
#include "sim/sim_runtime.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};

Runtime& runtime() noexcept {
    return sim::sim_runtime();
}

namespace sim {

SimRuntime& sim_runtime() noexcept {
    static SimRuntime* const instance = new SimRuntime;  // Never destroyed, like the real one.
    return *instance;
}

Result<Done, StartError> SimRuntime::start(const StartOptions&) {
    if (running_) return Done{};
    if (world_->hosts().empty())
        return Failure{StartError{"no simulated host: call ringsock_sim_add_host before WSAStartup"}};
    ports_.clear();
    for (auto& host : world_->hosts()) {
        HostPort port;
        port.name = host->name.c_str();
        port.engine_count = 1;
        port.engines[0] = host->port.get();
        ports_.push_back(port);
        g_engine_ports[host->port->index] = host->port.get();
    }
    world_->settle();
    running_ = true;
    return Done{};
}

void SimRuntime::stop() noexcept {
    if (!running_) return;
    world_->settle();
    for (auto& host : world_->hosts()) g_engine_ports[host->port->index] = nullptr;
    ports_.clear();
    running_ = false;
}

std::string SimRuntime::stats_json(const char* host_name) {
    for (auto& host : world_->hosts()) {
        if (host_name != nullptr && host->name != host_name) continue;
        const EngineStats& s = host->engine->stats();
        const auto field = [](const char* name, std::uint64_t value) {
            return ",\"" + std::string(name) + "\":" + std::to_string(value);
        };
        return "{\"host\":\"" + host->name + "\"" + field("connections", host->engine->connections()) +
               field("time_waits", host->engine->time_waits()) + field("rx_frames", s.rx_frames) +
               field("tx_frames", s.tx_frames) + field("established", s.established) +
               field("failed_opens", s.failed_opens) + field("resets_sent", s.resets_sent) +
               field("packets_held", host->io->pool().in_use()) + "}";
    }
    return {};
}

void SimRuntime::reset(std::uint64_t seed) {
    world_.reset();  // The provider forgot its exchanges with the ports at cleanup.
    world_ = std::make_unique<SimWorld>(seed);
}

}  // namespace sim
}  // namespace ringsock
