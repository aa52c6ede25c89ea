// SPDX-License-Identifier: BSD-3-Clause
#include "sim/sim_world.h"

#include <algorithm>

namespace ringsock::sim {

namespace {
/// Passes at one instant before the world says that it does not come to rest: a bug, not a load.
constexpr int kMaxPassesPerInstant = 1'000'000;
}  // namespace

void SimDrive::kick(EnginePort&) noexcept {
    RoleScope role(engine_role);
    engine_.run_once();
}

void SimDrive::help(EnginePort&) noexcept {
    RoleScope role(engine_role);
    engine_.run_once();
}

void SimDrive::wait_step(EnginePort&, std::atomic<std::uint32_t>&, std::uint32_t, Instant deadline,
                         std::uint32_t) noexcept {
    world_.step(deadline);
}

Instant SimDrive::now() noexcept {
    return world_.now();
}

SimWorld::SimWorld(std::uint64_t seed) : random_(seed) {}

SimWorld::~SimWorld() {
    for (auto& host : hosts_) {
        RoleScope role(engine_role);
        host->engine->shut_down();
        host->engine.reset();
    }
}

SimHost& SimWorld::add_host(const SimHostConfig& config) {
    const auto number = static_cast<std::uint8_t>(hosts_.size() + 1);
    hosts_.push_back(std::make_unique<SimHost>());
    SimHost& host = *hosts_.back();
    host.name = config.name;
    host.io = std::make_unique<SimIo>(MacAddress{{2, 0, 0, 0, 0, number}}, config.mtu, config.packets);
    if (config.segmentation) host.io->offer_segmentation();
    host.io->set_sink([this, &host](Frame&& frame) {
        if (capture_) capture_->add(clock_.now(), frame);
        for (auto& w : wires_) {
            if (w->from == &host) w->model.send(Frame(frame), clock_.now());
        }
        if (!host.is_joined) host.sent.push_back(std::move(frame));
    });
    host.port = std::make_unique<EnginePort>(config.request_slots, config.cells);
    host.port->index = static_cast<std::uint16_t>(hosts_.size() - 1);
    host.port->max_datagram_bytes = config.mtu - 28;

    EngineConfig engine;
    engine.limits = config.limits;
    engine.tcp = config.tcp;
    engine.interfaces.push({host.io.get(), config.mtu, true, config.kernel});
    const auto key = [this] { return SipKey{random_.next(), random_.next()}; };
    engine.iss_key = key();
    engine.flow_key = key();
    engine.port_key = key();
    engine.random_key = key();
    RS_ASSERT(
        engine.addresses.add({IpAddress(config.address), config.prefix_length, 1, config.shares_address}));
    const std::uint32_t mask = config.prefix_length == 0 ? 0 : ~0u << (32 - config.prefix_length);
    RouteEntry link;
    link.prefix = IpAddress(Ipv4{config.address.value & mask});
    link.prefix_length = config.prefix_length;
    link.interface = 1;
    RS_ASSERT(engine.routes.add(link));
    if (!config.gateway.is_any()) {
        RouteEntry by_default;
        by_default.prefix = IpAddress(Ipv4{});
        by_default.interface = 1;
        by_default.gateway = IpAddress(config.gateway);
        RS_ASSERT(engine.routes.add(by_default));
    }
    host.engine = std::make_unique<Engine>(engine, *host.io, clock_, *host.port);
    RS_ASSERT(host.engine->ok());
    host.drive = std::make_unique<SimDrive>(*this, *host.engine);
    host.port->drive = host.drive.get();
    return host;
}

void SimWorld::join(SimHost& a, SimHost& b, const WireFaults& faults) {
    a.is_joined = b.is_joined = true;
    wires_.push_back(std::make_unique<Wire>(Wire{&a, &b, WireModel(random_.next(), faults)}));
    wires_.push_back(std::make_unique<Wire>(Wire{&b, &a, WireModel(random_.next(), faults)}));
}

WireModel* SimWorld::wire(const SimHost& a, const SimHost& b) noexcept {
    for (auto& w : wires_)
        if (w->from == &a && w->to == &b) return &w->model;
    return nullptr;
}

SimHost* SimWorld::find(const std::string& name) noexcept {
    for (auto& host : hosts_)
        if (host->name == name) return host.get();
    return nullptr;
}

bool SimWorld::deliver_due() {
    bool any = false;
    for (auto& w : wires_) {
        while (std::optional<Frame> frame = w->model.receive(clock_.now())) {
            w->to->io->deliver(*frame);
            any = true;
        }
    }
    return any;
}

void SimWorld::settle() {
    RoleScope role(engine_role);
    for (int pass = 0; pass < kMaxPassesPerInstant; ++pass) {
        bool moved = deliver_due();
        for (auto& host : hosts_) {
            const EngineStats& s = host->engine->stats();
            const std::uint64_t before = s.rx_frames + s.tx_frames + s.requests;
            host->engine->run_once();
            moved |= s.rx_frames + s.tx_frames + s.requests != before;
            if (check_always_) host->engine->check_invariants();
        }
        if (!moved) return;
    }
    RS_ASSERT(!"the simulation does not come to rest");
}

Instant SimWorld::next_event() const noexcept {
    Instant next = Instant::never();
    for (const auto& w : wires_) next = std::min(next, w->model.next_arrival());
    for (const auto& host : hosts_) next = std::min(next, host->engine->next_deadline());
    return next;
}

bool SimWorld::step(Instant limit) {
    settle();
    Instant next = next_event();
    if (next > limit || next.is_never()) {
        if (!limit.is_never()) clock_.advance_to(limit);
        settle();
        return false;
    }
    // The wheel counts ticks: an event in the tick of now comes with the next one.
    clock_.advance_to(std::max(next, clock_.now() + Micros{1}));
    settle();
    return true;
}

bool SimWorld::run_until(const std::function<bool()>& done, Instant limit) {
    settle();
    while (!done()) {
        if (clock_.now() >= limit) return false;
        if (!step(limit) && clock_.now() >= limit) return done();
    }
    return true;
}

void SimWorld::advance(Micros span) {
    const Instant limit = clock_.now() + span;
    while (clock_.now() < limit) step(limit);
}

}  // namespace ringsock::sim
