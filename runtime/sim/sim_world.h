// SPDX-License-Identifier: BSD-3-Clause
// SimWorld: hosts with a virtual clock, joined by seeded wires, stepped event by event (D6). Deterministic:
// the same seed and the same calls give the same frames at the same times. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "ring/engine_port.h"
#include "sim/pcap_writer.h"
#include "sim/random.h"
#include "sim/sim_clock.h"
#include "sim/sim_io.h"
#include "sim/wire_model.h"

namespace ringsock::sim {

class SimWorld;

/// The drive of a simulated host: calls run its engine, waits move the time of the whole world.
class SimDrive final : public Drive {
  public:
    SimDrive(SimWorld& world, Engine& engine) noexcept : world_(world), engine_(engine) {}
    void kick(EnginePort& port) noexcept override;
    void help(EnginePort& port) noexcept override;
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override;

  private:
    SimWorld& world_;
    Engine& engine_;
};

/// What a simulated host is made of. Defaults suit a test with two hosts.
struct SimHostConfig {
    std::string name;
    Ipv4 address;
    std::uint8_t prefix_length = 24;
    Ipv4 gateway;  ///< Any: none.
    std::uint32_t mtu = 1500;
    bool segmentation = false;  ///< Its device completes TCP checksums and cuts text into segments.
    std::uint32_t packets = 16384;
    std::uint32_t cells = 8192;
    std::uint32_t request_slots = 1024;
    EngineLimits limits{.connections = 4096,
                        .half_open = 1024,
                        .time_wait_records = 4096,
                        .bindings = 1024,
                        .neighbors = 64,
                        .port_sets = 16,
                        .fresh_cells = 64,
                        .waiting_frames = 16};
    EngineTcp tcp;
    KernelRings* kernel = nullptr;  ///< The exception path of the host's interface; outlives the world.
    bool shares_address = false;    ///< The kernel has the host's address too.
};

struct SimHost {
    std::string name;
    std::unique_ptr<SimIo> io;
    std::unique_ptr<EnginePort> port;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<SimDrive> drive;
    std::vector<Frame>
        sent;  ///< Frames of a host that no wire carries away: frame out, for tests and scripts.
    bool is_joined = false;
};

class SimWorld {
  public:
    explicit SimWorld(std::uint64_t seed);
    ~SimWorld();
    SimWorld(const SimWorld&) = delete;
    SimWorld& operator=(const SimWorld&) = delete;

    /// Adds a host; the reference lives as long as the world. `port_index` of its engine is its number.
    SimHost& add_host(const SimHostConfig& config);
    /// Joins two hosts by a wire with these faults in both directions (seeded apart).
    void join(SimHost& a, SimHost& b, const WireFaults& faults = {});
    /// The direction from `a` to `b`, to change its faults; null when they are not joined.
    [[nodiscard]] WireModel* wire(const SimHost& a, const SimHost& b) noexcept;

    [[nodiscard]] Instant now() const noexcept { return clock_.now(); }
    /// Runs every engine at the present time until nothing moves any more without time passing.
    void settle();
    /// Moves the time to the next event (a frame's arrival, a timer), not past `limit`, and settles. False
    /// when nothing is to come before `limit`; the time is then `limit` (unless that is never()).
    bool step(Instant limit = Instant::never());
    /// Steps until `done()` or `limit`; whether `done()` came true.
    bool run_until(const std::function<bool()>& done, Instant limit);
    /// Lets this much time pass.
    void advance(Micros span);

    /// Captures every frame any host sends from now on.
    void start_capture() { capture_ = std::make_unique<PcapWriter>(); }
    [[nodiscard]] const PcapWriter* capture() const noexcept { return capture_.get(); }
    /// Checks tcp's invariants on all hosts after every settle from now on.
    void check_always(bool on) noexcept { check_always_ = on; }
    [[nodiscard]] std::vector<std::unique_ptr<SimHost>>& hosts() noexcept { return hosts_; }
    [[nodiscard]] SimHost* find(const std::string& name) noexcept;

  private:
    struct Wire {
        SimHost* from;
        SimHost* to;
        WireModel model;
    };
    [[nodiscard]] Instant next_event() const noexcept;
    bool deliver_due();

    SimClock clock_;
    Random random_;
    std::vector<std::unique_ptr<SimHost>> hosts_;
    std::vector<std::unique_ptr<Wire>> wires_;
    std::unique_ptr<PcapWriter> capture_;
    bool check_always_ = false;
};

}  // namespace ringsock::sim
