// SPDX-License-Identifier: BSD-3-Clause
// The runtime of libringsock: hosts, devices and engines from a configuration. The only room that sees engine
// and nic together.
#include "host/host.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "host/captures.h"
#include "host/config.h"
#include "host/config_file.h"
#include "host/drive.h"
#include "host/engine_setup.h"
#include "host/exception_path.h"
#include "host/follower.h"
#include "host/inline_helper.h"
#include "host/neighborhoods.h"
#include "host/stats_json.h"
#include "host/topology.h"
#include "kernel/kernel_io.h"
#include "nic/nic.h"
#include "packet/null_io.h"
#include "steer/steered_io.h"
#include "time/tsc_clock.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};

namespace {

/// How long the end waits for peers to acknowledge what closed sockets have sent, and between two looks.
constexpr Micros kFarewell{2'000'000};
constexpr std::chrono::microseconds kFarewellNap{50};

/// One engine with all it stands on, in the order of construction.
struct EngineUnit {
    TscClock clock;
    std::unique_ptr<EnginePort> port;
    std::unique_ptr<PortSteering> port_steering;      ///< Of several engines only.
    std::vector<std::unique_ptr<NullIo>> pools;       ///< For interfaces on which it has no queue.
    std::vector<std::unique_ptr<SteeredIo>> steered;  ///< By interface; null where there is no device.
    std::vector<std::unique_ptr<KernelIo>> kernel;  ///< Of the first engine, where the kernel shares a port.
    std::unique_ptr<Engine> engine;
    std::unique_ptr<InlineDrive> inline_drive;
};

struct RunningHost {
    HostConfig config;
    std::vector<std::unique_ptr<Nic>> nics;                  ///< By interface; null where there is no device.
    std::vector<std::unique_ptr<ExceptionPath>> exceptions;  ///< By interface; null where there is none.
    std::unique_ptr<FlowSteering> steering;                  ///< Of several engines only, like the links.
    std::vector<std::unique_ptr<SteerLinks>> links;          ///< By interface; null where there is no device.
    std::vector<std::unique_ptr<EngineUnit>> engines;
};

class HostRuntime final : public Runtime {
  public:
    ~HostRuntime() override { stop(); }

    Result<Done, StartError> start(const StartOptions& options) override;
    void stop() noexcept override;
    bool running() const noexcept override { return running_; }
    std::span<HostPort> hosts() noexcept override { return {host_ports_.data(), host_ports_.size()}; }
    std::string stats_json(const char* host_name) override;
    Result<Done, CaptureError> capture(const char* host_name, std::uint32_t interface,
                                       const std::string& path, std::uint32_t snap_bytes) override;

  private:
    Result<Done, StartError> build(const Config& config);
    Result<Done, StartError> open_devices(RunningHost& host, const Config& config);
    Result<Done, StartError> open_rings(const Config& config);
    Result<Done, StartError> open_exceptions(RunningHost& host);
    Result<Done, StartError> read_kernel_tables();
    Result<Done, StartError> start_following();
    Result<Done, StartError> build_engines(RunningHost& host, const Config& config);
    Result<Done, StartError> build_engine(RunningHost& host, const Config& config, std::uint16_t number);
    Result<PacketIo*, StartError> carrier_of(RunningHost& host, const Config& config, EngineUnit& unit,
                                             std::uint16_t number, std::size_t interface);
    Result<Done, CaptureError> begin_capture(RunningHost& host, std::size_t interface,
                                             const std::string& path, std::uint32_t snap_bytes);
    void describe_devices() const;
    Result<Done, StartError> begin_captures();
    Result<Done, StartError> start_drives(const Config& config);
    void say_farewell() noexcept RS_REQUIRES(engine_role);

    std::mutex stats_lock_;  ///< Between stats_json and stop; control paths only.
    bool running_ = false;
    std::vector<RunningHost> running_hosts_;
    std::vector<HostPort> host_ports_;
    Captures captures_;
    std::size_t exceptions_open_ = 0;
    std::unique_ptr<Follower> follower_;  ///< Null when no host follows the kernel's tables.
    std::uint32_t capture_seconds_ = 0;   ///< Of captures that begin with the runtime; 0: to its end.
    std::vector<std::unique_ptr<DedicatedDrive>> dedicated_;
    std::unique_ptr<InlineHelper> helper_;
    /// Ports of earlier starts. Threads may hold their exchanges and sockets their cells, so they are emptied
    /// rather than freed.
    std::vector<std::unique_ptr<EnginePort>> retired_ports_;
};

std::string interface_name(const RunningHost& host, std::size_t interface) {
    return host.config.name + "/" + std::to_string(interface);
}

NicConfig nic_config(const RunningHost& running, std::size_t interface, const Config& config) {
    const HostConfig& host = running.config;
    const InterfaceConfig& i = host.interfaces[interface];
    NicConfig out;
    out.name = host.name + "/" + std::to_string(interface);
    out.device = i.device;
    out.arguments = i.arguments;
    out.mac = i.mac;
    out.mtu = i.mtu;
    out.vlan = static_cast<std::uint16_t>(i.vlan);
    out.offloads = i.offloads;
    out.queues = host.engine.count;
    out.most_queues = i.queues;
    out.fewer_queues_will_do = true;
    out.rx_descriptors = i.rx_descriptors;
    out.tx_descriptors = i.tx_descriptors;
    out.packets = config.limits.packets;
    if (running.steering) {
        out.rss_key.assign(running.steering->key().begin(), running.steering->key().end());
        const std::span<const std::uint16_t> table = running.steering->redirection();
        out.rss_redirection.assign(table.begin(), table.end());
    }
    return out;
}

Result<Done, StartError> HostRuntime::start(const StartOptions& options) {
    if (running_) return Done{};
    Result<Config, ConfigError> config =
        load_config(options.config_path, options.config_text, options.overrides);
    if (!config.ok()) return Failure{StartError{config.error().message}};
    const Result<CaptureWish, StartError> wish = captures_wished();
    if (!wish.ok()) return Failure{wish.error()};
    if (auto applied = apply_wish(wish.value(), config.value()); !applied.ok()) return applied;
    capture_seconds_ = wish.value().seconds;
    Result<Done, StartError> built = build(config.value());
    if (!built.ok()) {
        stop();
        return built;
    }
    running_ = true;
    return Done{};
}

Result<Done, StartError> HostRuntime::build(const Config& config) {
    running_hosts_.resize(config.hosts.size());
    host_ports_.resize(config.hosts.size());
    for (std::size_t h = 0; h < config.hosts.size(); ++h) {
        running_hosts_[h].config = config.hosts[h];
        running_hosts_[h].nics.resize(config.hosts[h].interfaces.size());
        running_hosts_[h].links.resize(config.hosts[h].interfaces.size());
        running_hosts_[h].exceptions.resize(config.hosts[h].interfaces.size());
        if (config.hosts[h].engine.count > 1) running_hosts_[h].steering = make_steering(config.hosts[h]);
    }
    if (Result<Done, StartError> r = open_rings(config); !r.ok()) return r;
    for (std::size_t h = 0; h < running_hosts_.size(); ++h) {
        RunningHost& host = running_hosts_[h];
        if (Result<Done, StartError> r = open_devices(host, config); !r.ok()) return r;
        if (Result<Done, StartError> r = open_exceptions(host); !r.ok()) return r;
    }
    if (Result<Done, StartError> r = read_kernel_tables(); !r.ok()) return r;
    for (std::size_t h = 0; h < running_hosts_.size(); ++h) {
        RunningHost& host = running_hosts_[h];
        if (Result<Done, StartError> r = build_engines(host, config); !r.ok()) return r;
        host_ports_[h] = HostPort{};
        host_ports_[h].name = host.config.name.c_str();
        for (auto& unit : host.engines)
            host_ports_[h].engines[host_ports_[h].engine_count++] = unit->port.get();
    }
    describe_devices();
    if (Result<Done, StartError> r = start_drives(config); !r.ok()) return r;
    if (Result<Done, StartError> r = start_following(); !r.ok()) return r;
    return begin_captures();
}

// RINGSOCK_DESCRIBE=1: what was made of each device (Nic::describe), on standard error. A library says
// nothing unasked.
void HostRuntime::describe_devices() const {
    const char* const wish = std::getenv("RINGSOCK_DESCRIBE");
    if (wish == nullptr || wish != std::string_view("1")) return;
    for (const RunningHost& host : running_hosts_)
        for (const std::unique_ptr<Nic>& nic : host.nics)
            if (nic) std::fputs(nic->describe().c_str(), stderr);
}

// With the drives running: whoever sleeps over an engine knows its carriers, not what stands before them.
Result<Done, StartError> HostRuntime::begin_captures() {
    for (RunningHost& host : running_hosts_) {
        for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
            const InterfaceConfig& i = host.config.interfaces[n];
            if (i.capture.empty()) continue;
            if (auto r = begin_capture(host, n, i.capture, i.capture_snap); !r.ok())
                return Failure{StartError{r.error().message}};
        }
    }
    return Done{};
}

Result<Done, CaptureError> HostRuntime::begin_capture(RunningHost& host, std::size_t interface,
                                                      const std::string& path, std::uint32_t snap_bytes) {
    std::vector<CapturePoint> points;
    for (auto& unit : host.engines) points.push_back({unit->port.get(), &unit->engine->carrier(interface)});
    return captures_.begin(interface_name(host, interface), static_cast<std::uint32_t>(interface) + 1,
                           std::move(points), path, snap_bytes, capture_seconds_);
}

Result<Done, CaptureError> HostRuntime::capture(const char* host_name, std::uint32_t interface,
                                                const std::string& path, std::uint32_t snap_bytes) {
    std::lock_guard<std::mutex> guard(stats_lock_);
    for (RunningHost& host : running_hosts_) {
        if (!running_ || (host_name != nullptr && host.config.name != host_name)) continue;
        if (interface >= host.config.interfaces.size())
            return Failure{CaptureError{
                CaptureError::Kind::no_such_interface,
                "host '" + host.config.name + "' has " + std::to_string(host.config.interfaces.size()) +
                    " interfaces, counted from 0; there is no " + std::to_string(interface)}};
        capture_seconds_ = 0;
        return path.empty() ? captures_.end(interface_name(host, interface))
                            : begin_capture(host, interface, path, snap_bytes);
    }
    return Failure{
        CaptureError{CaptureError::Kind::no_such_interface,
                     std::string("no host is called '") + (host_name != nullptr ? host_name : "") + "'"}};
}

// Device "ring" names its other end; both ends are opened together, once.
Result<Done, StartError> HostRuntime::open_rings(const Config& config) {
    for (RunningHost& host : running_hosts_) {
        for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
            const InterfaceConfig& mine = host.config.interfaces[n];
            if (mine.device != kRingDevice || host.nics[n]) continue;
            RunningHost* peer = nullptr;
            std::size_t peer_n = 0;
            for (RunningHost& other : running_hosts_) {
                if (&other == &host || other.config.name != mine.peer_host) continue;
                for (std::size_t k = 0; k < other.config.interfaces.size(); ++k) {
                    const InterfaceConfig& its = other.config.interfaces[k];
                    if (its.device != kRingDevice || its.peer_host != host.config.name || other.nics[k])
                        continue;
                    peer = &other;
                    peer_n = k;
                    break;
                }
            }
            if (peer == nullptr)
                return Failure{StartError{"host '" + host.config.name + "', interface " + std::to_string(n) +
                                          ": device \"ring\" wants peer_host '" + mine.peer_host +
                                          "' with a ring interface whose peer_host is '" + host.config.name +
                                          "'; add one (see configs/ring_pair.toml)"}};
            NicConfig mine_config = nic_config(host, n, config);
            NicConfig its_config = nic_config(*peer, peer_n, config);
            mine_config.queues = its_config.queues = std::min(mine_config.queues, its_config.queues);
            Result<NicPair, NicError> pair = open_ring_pair(mine_config, its_config);
            if (!pair.ok()) return Failure{StartError{pair.error().message}};
            host.nics[n] = std::move(pair.value().a);
            peer->nics[peer_n] = std::move(pair.value().b);
        }
    }
    return Done{};
}

Result<Done, StartError> HostRuntime::open_devices(RunningHost& host, const Config& config) {
    for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
        const InterfaceConfig& i = host.config.interfaces[n];
        if (i.device == kRingDevice || i.device == kNoDevice) continue;
        Result<std::unique_ptr<Nic>, NicError> nic = open_nic(nic_config(host, n, config));
        if (!nic.ok()) return Failure{StartError{nic.error().message}};
        host.nics[n] = std::move(nic).value();
    }
    return Done{};
}

Result<Done, StartError> HostRuntime::open_exceptions(RunningHost& host) {
    for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
        if (host.config.interfaces[n].kernel.empty()) continue;
        auto path = open_exception_path(exceptions_open_++, host.config.interfaces[n], host.nics[n]->traits(),
                                        host.config.engine.count);
        if (!path.ok()) return Failure{StartError{interface_name(host, n) + ": " + path.error()}};
        host.exceptions[n] = std::move(path).value();
    }
    return Done{};
}

// After the interfaces that we made for the kernel are there, before the first engine is.
Result<Done, StartError> HostRuntime::read_kernel_tables() {
    if (std::none_of(running_hosts_.begin(), running_hosts_.end(),
                     [](const RunningHost& host) { return follows_kernel(host.config); }))
        return Done{};
    follower_ = std::make_unique<Follower>();
    if (auto r = follower_->open(); !r.ok()) return Failure{StartError{r.error()}};
    for (const RunningHost& host : running_hosts_) {
        for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
            const std::string& name = host.config.interfaces[n].follow;
            if (name.empty() || follower_->tables().link_named(name) != nullptr) continue;
            return Failure{
                StartError{interface_name(host, n) + ": follow = \"" + name +
                           "\": the kernel has no interface of that name; ip link shows the names"}};
        }
    }
    return Done{};
}

Result<Done, StartError> HostRuntime::start_following() {
    if (!follower_) return Done{};
    for (RunningHost& host : running_hosts_) {
        if (!follows_kernel(host.config)) continue;
        std::vector<EnginePort*> ports;
        for (auto& unit : host.engines) ports.push_back(unit->port.get());
        follower_->add(host.config, std::move(ports));
    }
    if (follower_->start()) return Done{};
    return Failure{
        StartError{"no file descriptor left to follow the kernel's tables; raise the limit of open "
                   "files (ulimit -n)"}};
}

Result<Done, StartError> HostRuntime::build_engines(RunningHost& host, const Config& config) {
    const auto count = static_cast<std::uint16_t>(host.config.engine.count);
    for (std::size_t n = 0; n < host.nics.size() && count > 1; ++n) {
        if (!host.nics[n]) continue;
        const auto queues =
            static_cast<std::uint16_t>(std::min<std::size_t>(host.nics[n]->queue_count(), count));
        host.links[n] = std::make_unique<SteerLinks>(count, queues, host.nics[n]->traits().mtu);
        if (!host.links[n]->ok())
            return Failure{
                StartError{"host '" + host.config.name +
                           "': the system refused address space for hand-off rings; lower engine.count"}};
    }
    for (std::uint16_t number = 0; number < count; ++number)
        if (Result<Done, StartError> r = build_engine(host, config, number); !r.ok()) return r;
    return Done{};
}

// What engine `number` sees of an interface: its queue; with several engines a view that hands frames on; a
// pool alone where there is no device.
Result<PacketIo*, StartError> HostRuntime::carrier_of(RunningHost& host, const Config& config,
                                                      EngineUnit& unit, std::uint16_t number,
                                                      std::size_t interface) {
    Nic* const nic = interface < host.nics.size() ? host.nics[interface].get() : nullptr;
    const std::uint32_t wanted = interface < host.nics.size() ? host.config.interfaces[interface].mtu : 0;
    const bool has_queue = nic != nullptr && number < nic->queue_count();
    PacketIo* base = has_queue ? &nic->queue(number) : nullptr;
    if (base == nullptr) {
        const std::uint32_t mtu = nic != nullptr ? nic->traits().mtu : wanted != 0 ? wanted : 1500;
        unit.pools.push_back(std::make_unique<NullIo>(config.limits.packets, mtu));
        if (!unit.pools.back()->ok())
            return Failure{
                StartError{"host '" + host.config.name +
                           "': the system refused address space for packets; lower limits.packets"}};
        base = unit.pools.back().get();
    }
    if (nic != nullptr && host.steering) {
        unit.steered.push_back(std::make_unique<SteeredIo>(
            *base, nic->traits(), *host.steering, *host.links[interface], number, nic->spreads_as_asked()));
        base = unit.steered.back().get();
    }
    if (nic != nullptr && host.exceptions[interface] && number == 0) {
        unit.kernel.push_back(std::make_unique<KernelIo>(*base, host.exceptions[interface]->tap->rings(0)));
        base = unit.kernel.back().get();
    }
    return base;
}

Result<Done, StartError> HostRuntime::build_engine(RunningHost& host, const Config& config,
                                                   std::uint16_t number) {
    const Result<NeighborhoodFacts, std::string> around =
        make_neighborhood(host.config, follower_ ? follower_->tables() : KernelTables{});
    if (!around.ok()) return Failure{StartError{around.error()}};
    EngineConfig engine_config = make_engine_config(host.config, config, around.value().value);
    auto unit = std::make_unique<EngineUnit>();
    std::uint32_t mtu = 1500;
    for (std::size_t n = 0; n < host.config.interfaces.size(); ++n) {
        Result<PacketIo*, StartError> carrier = carrier_of(host, config, *unit, number, n);
        if (!carrier.ok()) return Failure{carrier.error()};
        EngineInterface i;
        i.io = carrier.value();
        const Neighborhood::Link& link = around.value().value.links[n + 1];
        i.mtu = i.io->traits().mtu;
        if (link.mtu != 0) i.mtu = std::min(i.mtu, link.mtu);
        i.may_be_up = link.is_up;
        i.has_wire = host.nics[n] != nullptr;
        if (host.exceptions[n]) i.kernel = &host.exceptions[n]->tap->rings(number);
        engine_config.interfaces.push(i);
        if (n == 0) mtu = i.mtu;
    }
    PacketIo* pool = engine_config.interfaces.empty() ? nullptr : engine_config.interfaces[0].io;
    if (pool == nullptr) {  // Loopback only: packets come from a carrier that is no interface.
        Result<PacketIo*, StartError> carrier = carrier_of(host, config, *unit, number, 0);
        if (!carrier.ok()) return Failure{carrier.error()};
        pool = carrier.value();
    }
    if (host.steering) {
        unit->port_steering =
            std::make_unique<PortSteering>(host.steering->key(), host.steering->redirection(), number);
        engine_config.engine = number;
        engine_config.steering = host.steering.get();
        engine_config.port_steering = unit->port_steering.get();
    }
    std::uint16_t index = 0;
    while (index < kMaxEnginePorts && g_engine_ports[index] != nullptr) ++index;
    if (index == kMaxEnginePorts)
        return Failure{
            StartError{"more than " + std::to_string(kMaxEnginePorts) + " engines in one process"}};
    unit->port = std::make_unique<EnginePort>(config.limits.requests, cells_wanted(config.limits));
    unit->port->index = index;
    set_port_defaults(*unit->port, config, mtu);
    unit->engine = std::make_unique<Engine>(engine_config, *pool, unit->clock, *unit->port);
    if (!unit->engine->ok())
        return Failure{
            StartError{"host '" + host.config.name +
                       "': the system refused address space for the tables; lower limits.connections"}};
    g_engine_ports[index] = unit->port.get();
    host.engines.push_back(std::move(unit));
    return Done{};
}

DrivePace pace_of(const DriveConfig& config) noexcept {
    return {.spin = Micros{std::int64_t{config.spin_us}},
            .idle_sleep = Micros{std::int64_t{config.idle_sleep_us}},
            .period = Micros{std::int64_t{config.inline_period_us}}};
}

Result<Done, StartError> HostRuntime::start_drives(const Config& config) {
    Result<Topology, TopologyError> topology = plan_topology(config);
    if (!topology.ok()) return Failure{StartError{topology.error().message}};
    // Engines that were given the same core share one thread.
    std::vector<std::pair<int, DedicatedDrive*>> threads;
    for (std::size_t h = 0; h < running_hosts_.size(); ++h) {
        RunningHost& host = running_hosts_[h];
        const DrivePace pace = pace_of(host.config.engine);
        for (std::size_t e = 0; e < host.engines.size(); ++e) {
            EngineUnit& unit = *host.engines[e];
            if (!bell_of_engine(unit.port->index).open())
                return Failure{StartError{"host '" + host.config.name +
                                          "': no file descriptor left for its bell (eventfd); raise the "
                                          "limit of open files (ulimit -n)"}};
            if (host.config.engine.drive == DriveMode::in_line) {
                unit.inline_drive = std::make_unique<InlineDrive>(*unit.engine, pace);
                unit.port->drive = unit.inline_drive.get();
                if (!helper_) helper_ = std::make_unique<InlineHelper>();
                helper_->add(*unit.inline_drive);
                continue;
            }
            const int core = topology.value().core_of(h, e);
            DedicatedDrive* drive = nullptr;
            for (auto& [c, d] : threads)
                if (c == core) drive = d;
            if (drive == nullptr) {
                dedicated_.push_back(std::make_unique<DedicatedDrive>());
                drive = dedicated_.back().get();
                threads.emplace_back(core, drive);
            }
            drive->add(*unit.engine, pace);
            unit.port->drive = drive;
        }
    }
    for (auto& [core, drive] : threads) drive->start(core);
    if (helper_) helper_->start();
    return Done{};
}

// closesocket lets the stack deliver what was sent, and the stack ends here: so closed connections have a
// moment to get their text and their FIN acknowledged, resets to leave. Every engine is ours by now.
void HostRuntime::say_farewell() noexcept {
    const Instant deadline = monotonic_now() + kFarewell;
    for (bool owes = true; owes; std::this_thread::sleep_for(kFarewellNap)) {
        owes = false;
        for (RunningHost& host : running_hosts_) {
            for (auto& unit : host.engines) {
                if (!unit->engine || !unit->engine->ok()) continue;
                unit->engine->run_once();
                owes |= unit->engine->owes_text();
            }
        }
        if (!owes || monotonic_now() >= deadline) return;
    }
}

void HostRuntime::stop() noexcept {
    std::lock_guard<std::mutex> guard(stats_lock_);
    if (follower_) follower_->stop();
    if (helper_) helper_->stop();
    for (auto& drive : dedicated_) drive->stop();
    RoleScope role(engine_role);
    for (RunningHost& host : running_hosts_)
        for (auto& unit : host.engines)
            if (unit->inline_drive) unit->inline_drive->close_for_good();
    say_farewell();
    for (RunningHost& host : running_hosts_) {
        for (auto& unit : host.engines) {
            if (unit->engine && unit->engine->ok()) unit->engine->shut_down();
            g_engine_ports[unit->port->index] = nullptr;
            unit->engine.reset();
            unit->port->drive = nullptr;
            unit->port->cell_memory.discard();
            retired_ports_.push_back(std::move(unit->port));
        }
    }
    // Both forget carriers, so they go while those are there; inline drives go with their hosts.
    dedicated_.clear();
    for (RunningHost& host : running_hosts_)
        for (auto& unit : host.engines) unit->inline_drive.reset();
    helper_.reset();
    captures_.clear();
    exceptions_open_ = 0;
    // A ring's frames in flight belong to both ends: engines first (above), then all devices.
    running_hosts_.clear();
    follower_.reset();
    host_ports_.clear();
    running_ = false;
}

std::string HostRuntime::stats_json(const char* host_name) {
    std::lock_guard<std::mutex> guard(stats_lock_);
    if (!running_) return {};
    for (RunningHost& host : running_hosts_) {
        if (host_name != nullptr && host.config.name != host_name) continue;
        StatsWriter writer(host.config.name);
        for (auto& unit : host.engines) {
            writer.add_engine(*unit->engine);
            for (auto& io : unit->steered) writer.add_steering(io->steer_counters());
        }
        for (std::size_t n = 0; n < host.nics.size(); ++n)
            if (host.nics[n]) writer.add_nic(interface_name(host, n), *host.nics[n]);
        for (auto& exception : host.exceptions)
            if (exception) writer.add_kernel(exception->tap->counters());
        if (follower_) writer.add_left_out(follower_->left_out());
        writer.add_captures(captures_.as_json(host.config.name));
        return writer.finish();
    }
    return {};
}

}  // namespace

// Never destroyed: application threads may still be inside calls when static objects go, and EAL stays
// anyway.
Runtime& runtime() noexcept {
    static HostRuntime* const instance = new HostRuntime;
    return *instance;
}

}  // namespace ringsock
