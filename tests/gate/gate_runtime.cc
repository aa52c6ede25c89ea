// SPDX-License-Identifier: BSD-3-Clause
#include "gate_runtime.h"

#include <memory>

#include "engine/engine.h"
#include "host/host.h"
#include "sim/direct_io.h"
#include "sim/sim_clock.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};

namespace gate {
namespace {

/// Time that a full pass takes: about what it does on a core of today under load.
constexpr Micros kPassTime{2};

class GateRuntime;

/// Runs one engine from inside calls, as the inline drive does, without its lock: there is one thread.
class GateDrive final : public Drive {
  public:
    GateDrive(GateRuntime& runtime, Engine& engine) noexcept : runtime_(runtime), engine_(engine) {}
    void kick(EnginePort&) noexcept override {
        RoleScope role(engine_role);
        engine_.run_short();
    }
    void help(EnginePort&) noexcept override;
    void wait_step(EnginePort&, std::atomic<std::uint32_t>&, std::uint32_t, Instant,
                   std::uint32_t) noexcept override;
    Instant now() noexcept override;

  private:
    GateRuntime& runtime_;
    Engine& engine_;
};

struct GateHost {
    sim::DirectIo io;
    EnginePort port{1024, 32768};
    std::unique_ptr<Engine> engine;
    std::unique_ptr<GateDrive> drive;
    explicit GateHost(std::uint8_t number) : io({{2, 0, 0, 0, 0, number}}, 1500, 16384) {}
};

class GateRuntime final : public Runtime {
  public:
    Result<Done, StartError> start(const StartOptions&) override {
        if (is_running_) return Done{};
        for (std::uint8_t i = 0; i < 2; ++i)
            hosts_[i] = std::make_unique<GateHost>(static_cast<std::uint8_t>(i + 1));
        sim::DirectIo::join(hosts_[0]->io, hosts_[1]->io);
        for (std::uint8_t i = 0; i < 2; ++i) open(*hosts_[i], i);
        ports_[0].name = kClientHost;
        ports_[1].name = kServerHost;
        is_running_ = true;
        return Done{};
    }
    void stop() noexcept override {
        RoleScope role(engine_role);
        for (std::size_t i = 0; i < 2; ++i) {
            if (hosts_[i]) hosts_[i]->engine->shut_down();
            g_engine_ports[i] = nullptr;
        }
        is_running_ = false;  // Hosts stay: their cells may still be looked at. The process ends soon.
    }
    bool running() const noexcept override { return is_running_; }
    std::span<HostPort> hosts() noexcept override { return {ports_, is_running_ ? 2u : 0u}; }
    std::string stats_json(const char*) override { return {}; }

    [[nodiscard]] sim::SimClock& clock() noexcept { return clock_; }
    void run_all() noexcept {
        RoleScope role(engine_role);
        for (auto& host : hosts_) {
            clock_.advance_to(clock_.now() + kPassTime);
            host->engine->run_once();
        }
    }
    [[nodiscard]] unsigned long long frames_sent() const noexcept {
        return hosts_[0] ? hosts_[0]->io.counters().tx_frames + hosts_[1]->io.counters().tx_frames : 0;
    }

  private:
    void open(GateHost& host, std::uint8_t index) {
        const Ipv4 address = Ipv4::of(10, 0, 0, static_cast<std::uint8_t>(index + 1));
        EngineConfig config;
        config.limits.connections = 16384;
        config.limits.time_wait_records = 16384;
        config.interfaces.push({&host.io, 1500, true});
        config.iss_key = {1, 2};
        config.flow_key = {3, 4};
        config.port_key = {5, 6};
        config.random_key = {7, 8};
        RS_ASSERT(config.addresses.add({IpAddress(address), 24, 1}));
        RouteEntry link;
        link.prefix = IpAddress(Ipv4::of(10, 0, 0, 0));
        link.prefix_length = 24;
        link.interface = 1;
        RS_ASSERT(config.routes.add(link));
        host.port.index = index;
        host.engine = std::make_unique<Engine>(config, host.io, clock_, host.port);
        RS_ASSERT(host.engine->ok());
        host.drive = std::make_unique<GateDrive>(*this, *host.engine);
        host.port.drive = host.drive.get();
        g_engine_ports[index] = &host.port;
        ports_[index].engine_count = 1;
        ports_[index].engines[0] = &host.port;
    }

    sim::SimClock clock_;
    std::unique_ptr<GateHost> hosts_[2];
    HostPort ports_[2];
    bool is_running_ = false;
};

GateRuntime& gate_runtime() noexcept {
    static GateRuntime* const instance = new GateRuntime;
    return *instance;
}

void GateDrive::help(EnginePort&) noexcept {
    runtime_.clock().advance_to(runtime_.clock().now() + kPassTime);
    RoleScope role(engine_role);
    engine_.run_once();
}

void GateDrive::wait_step(EnginePort&, std::atomic<std::uint32_t>&, std::uint32_t, Instant,
                          std::uint32_t) noexcept {
    runtime_.run_all();
}

Instant GateDrive::now() noexcept {
    return runtime_.clock().now();
}

}  // namespace

unsigned long long frames_sent() noexcept {
    return gate_runtime().frames_sent();
}

}  // namespace gate

Runtime& runtime() noexcept {
    return gate::gate_runtime();
}

}  // namespace ringsock
