// SPDX-License-Identifier: BSD-3-Clause
// <ringsock/sim.h>: building and stepping the simulated world behind the socket calls (D6).
#include <ringsock/sim.h>
#include <ringsock/ws2.h>

#include <cstring>
#include <string>

#include "host/config.h"
#include "sim/sim_runtime.h"
#include "ws2/shell.h"

using namespace ringsock;

namespace {

constexpr std::size_t kMaxSimHosts = kMaxHosts;

int refuse(int code, const std::string& why) {
    ws2::set_error_text(why);
    WSASetLastError(code);
    return SOCKET_ERROR;
}

int done() {
    WSASetLastError(0);
    return 0;
}

sim::WireFaults faults_of(const ringsock_sim_wire* wire) {
    sim::WireFaults f;
    if (wire == nullptr) return f;
    f.delay = Micros{wire->delay_us != 0 ? wire->delay_us : 1};
    f.jitter = Micros{wire->jitter_us};
    f.loss_ppm = wire->loss_ppm;
    f.duplicate_ppm = wire->duplicate_ppm;
    f.reorder_ppm = wire->reorder_ppm;
    f.reorder_by = Micros{wire->reorder_us};
    f.corrupt_ppm = wire->corrupt_ppm;
    f.truncate_ppm = wire->truncate_ppm;
    f.bits_per_second = wire->bits_per_second;
    if (wire->queue_bytes != 0) f.queue_bytes = wire->queue_bytes;
    f.is_cut = wire->is_cut != 0;
    return f;
}

sim::SimHost* find(const char* name) {
    return name == nullptr ? nullptr : sim::sim_runtime().world().find(name);
}

int unknown(const char* name) {
    return refuse(WSAEINVAL,
                  "no simulated host is called '" + std::string(name != nullptr ? name : "(null)") + "'");
}

}  // namespace

int ringsock_sim_reset(uint64_t seed) {
    if (sim::sim_runtime().running())
        return refuse(WSAEALREADY, "ringsock_sim_reset: call WSACleanup first, the hosts are in use");
    sim::sim_runtime().reset(seed);
    return done();
}

int ringsock_sim_add_host(const char* name, const char* address, const char* gateway) {
    if (sim::sim_runtime().running())
        return refuse(WSAEALREADY, "ringsock_sim_add_host: hosts are added before WSAStartup");
    if (name == nullptr || *name == '\0')
        return refuse(WSAEINVAL, "ringsock_sim_add_host: a host needs a name");
    sim::SimWorld& world = sim::sim_runtime().world();
    if (world.find(name) != nullptr)
        return refuse(WSAEINVAL, "ringsock_sim_add_host: the name '" + std::string(name) + "' is taken");
    if (world.hosts().size() == kMaxSimHosts)
        return refuse(WSAENOBUFS, "ringsock_sim_add_host: 16 hosts at most");
    Prefix prefix;
    if (address == nullptr || !parse_prefix(address, prefix) || prefix.address.family != Family::ipv4)
        return refuse(WSAEINVAL, "ringsock_sim_add_host: the address must look like \"10.0.0.1/24\"");
    sim::SimHostConfig config;
    config.name = name;
    config.address = prefix.address.v4;
    config.prefix_length = prefix.length;
    if (gateway != nullptr) {
        IpAddress via;
        if (!parse_address(gateway, via) || via.family != Family::ipv4)
            return refuse(WSAEINVAL, "ringsock_sim_add_host: the gateway must look like \"10.0.0.254\"");
        config.gateway = via.v4;
    }
    world.add_host(config);
    return done();
}

int ringsock_sim_join(const char* a, const char* b, const ringsock_sim_wire* faults) {
    sim::SimHost* const one = find(a);
    if (one == nullptr) return unknown(a);
    sim::SimHost* const other = find(b);
    if (other == nullptr) return unknown(b);
    if (one == other) return refuse(WSAEINVAL, "ringsock_sim_join: a host is not joined to itself");
    sim::sim_runtime().world().join(*one, *other, faults_of(faults));
    return done();
}

int ringsock_sim_set_wire(const char* a, const char* b, const ringsock_sim_wire* faults) {
    sim::SimHost* const one = find(a);
    if (one == nullptr) return unknown(a);
    sim::SimHost* const other = find(b);
    if (other == nullptr) return unknown(b);
    sim::SimWorld& world = sim::sim_runtime().world();
    sim::WireModel* const there = world.wire(*one, *other);
    sim::WireModel* const back = world.wire(*other, *one);
    if (there == nullptr || back == nullptr)
        return refuse(WSAEINVAL, "ringsock_sim_set_wire: the hosts are not joined");
    there->faults() = back->faults() = faults_of(faults);
    return done();
}

int ringsock_sim_frame_in(const char* host, const void* bytes, size_t length) {
    sim::SimHost* const h = find(host);
    if (h == nullptr) return unknown(host);
    if (bytes == nullptr && length != 0) return refuse(WSAEFAULT, "ringsock_sim_frame_in: no bytes");
    h->io->deliver({static_cast<const std::byte*>(bytes), length});
    sim::sim_runtime().world().settle();
    return done();
}

int ringsock_sim_frame_out(const char* host, void* bytes, size_t* length) {
    sim::SimHost* const h = find(host);
    if (h == nullptr) return unknown(host);
    if (length == nullptr) return refuse(WSAEFAULT, "ringsock_sim_frame_out: length is null");
    if (h->sent.empty()) {
        *length = 0;
        return done();
    }
    const sim::Frame& frame = h->sent.front();
    if (bytes == nullptr || *length < frame.size()) {
        *length = frame.size();
        return refuse(WSAEFAULT, "ringsock_sim_frame_out: the frame is larger than the room for it");
    }
    std::memcpy(bytes, frame.data(), frame.size());
    *length = frame.size();
    h->sent.erase(h->sent.begin());
    return done();
}

uint64_t ringsock_sim_now() {
    return static_cast<uint64_t>(sim::sim_runtime().world().now().micros);
}

int ringsock_sim_advance(uint64_t microseconds) {
    sim::sim_runtime().world().advance(Micros{static_cast<std::int64_t>(microseconds)});
    return done();
}

int ringsock_sim_settle() {
    sim::sim_runtime().world().settle();
    return done();
}

int ringsock_sim_capture() {
    sim::sim_runtime().world().start_capture();
    return done();
}

int ringsock_sim_save_capture(const char* path) {
    const sim::PcapWriter* const capture = sim::sim_runtime().world().capture();
    if (capture == nullptr || path == nullptr)
        return refuse(WSAEINVAL,
                      "ringsock_sim_save_capture: call ringsock_sim_capture first, and name a file");
    if (!capture->save(path))
        return refuse(WSAEACCES, "ringsock_sim_save_capture: cannot write " + std::string(path));
    return done();
}
