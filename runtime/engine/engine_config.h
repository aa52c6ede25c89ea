// SPDX-License-Identifier: BSD-3-Clause
// EngineConfig: every bound, time and secret an engine is built with, in one struct. Plain value; control
// role.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/fixed_vector.h"
#include "base/instant.h"
#include "base/siphash.h"
#include "inet/host_addresses.h"
#include "inet/ports.h"
#include "inet/route.h"
#include "packet/packet_io.h"
#include "ring/kernel_rings.h"
#include "steer/flow_steering.h"

namespace ringsock {

/// Interfaces of one engine at most, loopback included (index 0).
inline constexpr std::size_t kMaxEngineInterfaces = 9;
inline constexpr InterfaceIndex kLoopbackInterface = 0;

/// Bounds (house.md, D7). Memory is reserved for them, touched on use.
struct EngineLimits {
    std::uint32_t connections = 65536;
    std::uint32_t half_open = 4096;
    std::uint32_t time_wait_records = 65536;
    std::uint32_t bindings = 8192;  ///< Bound listeners and datagram sockets.
    std::uint32_t neighbors = 1024;
    std::uint32_t port_sets = 64;       ///< Destinations with a port set of their own.
    std::uint32_t fresh_cells = 256;    ///< Free cells issued to the application in advance.
    std::uint32_t waiting_frames = 16;  ///< Datagrams per neighbour that wait for its address.
};

/// Defaults of new connections; a socket's options override some.
struct EngineTcp {
    Micros syn_lifetime = Micros::from_seconds(180);
    Micros user_timeout = Micros::from_seconds(300);
    Micros initial_rto = Micros::from_seconds(1);
    Micros min_rto = Micros::from_millis(200);
    Micros ack_delay = Micros::from_millis(40);
    Micros two_msl = Micros::from_seconds(60);
    Micros orphan_timeout = Micros::from_seconds(60);
    bool nagle = true;
    bool window_scale = true;
    bool timestamps = true;
    bool sack = true;
    PortRange ephemeral;
};

/// What an interface brings: its carrier (borrowed; outlives the engine) and sizes.
struct EngineInterface {
    PacketIo* io = nullptr;
    std::uint32_t mtu = 1500;
    bool has_wire = true;  ///< False: no device, nothing is resolved by ARP (every neighbour is silent).
    KernelRings* kernel = nullptr;  ///< The exception path: where frames go that are not ours. Or nobody.
    bool may_be_up = true;          ///< False: an administrator took it down.
};

struct EngineConfig {
    EngineLimits limits;
    EngineTcp tcp;
    FixedVector<EngineInterface, kMaxEngineInterfaces - 1> interfaces;  ///< Engine index = position + 1.
    HostAddresses addresses;
    RouteTable routes;
    SipKey iss_key, flow_key, port_key, random_key;  ///< Secrets of this boot (simulation: from its seed).
    Micros link_poll{1000};                          ///< How often a link is asked for its state.
    /// One engine of several (D2): its number, the host's steering, and the ports whose answers come to it.
    /// All null in a host with one engine. They outlive the engine.
    std::uint16_t engine = 0;
    FlowSteering* steering = nullptr;
    const PortSteering* port_steering = nullptr;
};

}  // namespace ringsock
