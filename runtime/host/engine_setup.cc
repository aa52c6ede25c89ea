// SPDX-License-Identifier: BSD-3-Clause
#include "host/engine_setup.h"

#include "host/exception_path.h"

#include <sys/random.h>

namespace ringsock {

namespace {

template <typename Key>
Key draw() {
    static_assert(sizeof(Key) <= 256);
    Key key;
    // Cannot fail for so few bytes once the system has booted (getrandom(2)); a short answer leaves zeros, so
    // insist.
    while (getrandom(&key, sizeof key, 0) != static_cast<ssize_t>(sizeof key)) {
    }
    return key;
}
SipKey draw_key() {
    return draw<SipKey>();
}

IpAddress network_of(const Prefix& prefix) {
    if (prefix.address.family != Family::ipv4) return prefix.address;
    const std::uint32_t mask = prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length);
    return IpAddress(Ipv4{prefix.address.v4.value & mask});
}

std::string where(const HostConfig& host, std::size_t interface) {
    return "host '" + host.name + "', interface " + std::to_string(interface);
}

bool has_address(const std::vector<Prefix>& list, const IpAddress& address) {
    for (const Prefix& prefix : list)
        if (prefix.address == address) return true;
    return false;
}

// On a port that the kernel uses too, both may have an address in common; then the kernel must not take the
// port of a connection of ours for one of its own.
PortRange ephemeral_range(const HostConfig& host, const TcpConfig& tcp) {
    KernelPorts range{tcp.ephemeral_first, tcp.ephemeral_last};
    bool is_beside_kernel = false;
    for (const InterfaceConfig& i : host.interfaces) is_beside_kernel |= !i.kernel.empty();
    const bool is_default =
        range.first == TcpConfig{}.ephemeral_first && range.last == TcpConfig{}.ephemeral_last;
    if (is_beside_kernel && is_default) range = ports_beside(range, read_kernel_ports());
    return {Port{range.first}, Port{range.last}};
}

/// The interface whose subnet holds `gateway`; kNoInterface when none does.
InterfaceIndex interface_towards(const EngineConfig& config, const IpAddress& gateway) {
    for (const InterfaceAddress& a : config.addresses)
        if (prefix_matches(a.address, gateway, a.prefix_length)) return a.interface;
    return kNoInterface;
}

}  // namespace

std::uint32_t cells_wanted(const LimitsConfig& limits) noexcept {
    return limits.connections + limits.listeners + limits.datagram_sockets + 1024;
}

std::unique_ptr<FlowSteering> make_steering(const HostConfig& host) {
    return std::make_unique<FlowSteering>(draw<ToeplitzKey>(), draw_key(),
                                          static_cast<std::uint16_t>(host.engine.count));
}

void set_port_defaults(EnginePort& port, const Config& config, std::uint32_t mtu) noexcept {
    port.default_send_buffer_bytes = config.limits.send_buffer_bytes;
    port.default_receive_buffer_bytes = config.limits.receive_buffer_bytes;
    port.max_datagram_bytes = mtu - 28;
    port.default_options.keep_idle_seconds = static_cast<std::uint16_t>(config.tcp.keepalive_idle_s);
    port.default_options.keep_interval_seconds = static_cast<std::uint16_t>(config.tcp.keepalive_interval_s);
    port.default_options.keep_count = static_cast<std::uint8_t>(config.tcp.keepalive_probes);
}

Result<EngineConfig, std::string> make_engine_config(const HostConfig& host, const Config& config) {
    EngineConfig out;
    const LimitsConfig& l = config.limits;
    out.limits.connections = l.connections;
    out.limits.half_open = l.half_open;
    out.limits.time_wait_records = l.time_wait_records;
    out.limits.bindings = l.listeners + l.datagram_sockets;
    out.limits.neighbors = l.neighbors;
    const TcpConfig& t = config.tcp;
    out.tcp.syn_lifetime = Micros::from_seconds(t.connect_timeout_s);
    out.tcp.user_timeout = Micros::from_seconds(t.retransmit_timeout_s);
    out.tcp.initial_rto = Micros::from_millis(t.initial_rto_ms);
    out.tcp.min_rto = Micros::from_millis(t.min_rto_ms);
    out.tcp.ack_delay = Micros::from_millis(t.delayed_ack_ms);
    out.tcp.two_msl = Micros::from_seconds(t.time_wait_s);
    out.tcp.orphan_timeout = Micros::from_seconds(t.fin_wait_2_s);
    out.tcp.nagle = t.nagle;
    out.tcp.window_scale = t.window_scale;
    out.tcp.timestamps = t.timestamps;
    out.tcp.sack = t.sack;
    out.tcp.ephemeral = ephemeral_range(host, t);
    out.iss_key = draw_key();
    out.flow_key = draw_key();
    out.port_key = draw_key();
    out.random_key = draw_key();

    for (std::size_t n = 0; n < host.interfaces.size(); ++n) {
        const auto index = static_cast<InterfaceIndex>(n + 1);
        for (const Prefix& prefix : host.interfaces[n].addresses) {
            const bool is_shared = has_address(host.interfaces[n].kernel_addresses, prefix.address);
            if (!out.addresses.add({prefix.address, prefix.length, index, is_shared}))
                return Failure{where(host, n) + ": address " + to_text(prefix) +
                               " is no unicast address, stands there twice, or is one too many"};
            if (prefix.address.family != Family::ipv4) continue;
            RouteEntry on_link;
            on_link.prefix = network_of(prefix);
            on_link.prefix_length = prefix.length;
            on_link.interface = index;
            if (!out.routes.add(on_link))
                return Failure{where(host, n) + ": no room for the route of " + to_text(prefix)};
        }
    }
    for (std::size_t n = 0; n < host.interfaces.size(); ++n) {
        for (const IpAddress& gateway : host.interfaces[n].gateways) {
            RouteEntry by_default;
            by_default.prefix = gateway.family == Family::ipv6 ? IpAddress(Ipv6{}) : IpAddress(Ipv4{});
            by_default.interface = static_cast<InterfaceIndex>(n + 1);
            by_default.gateway = gateway;
            if (!out.routes.add(by_default))
                return Failure{where(host, n) + ": gateway " + to_text(gateway) +
                               " is refused by the route table"};
        }
    }
    for (const RouteConfig& route : host.routes) {
        RouteEntry entry;
        entry.prefix = network_of(route.destination);
        entry.prefix_length = route.destination.length;
        entry.gateway = route.gateway;
        switch (route.kind) {
            case RouteAction::swallow:
                entry.kind = RouteKind::blackhole;
                break;
            case RouteAction::unreachable:
                entry.kind = RouteKind::unreachable;
                break;
            case RouteAction::unicast:
                entry.kind = RouteKind::unicast;
                entry.interface = route.gateway.family == Family::none
                                      ? InterfaceIndex{1}
                                      : interface_towards(out, route.gateway);
                if (entry.interface == kNoInterface || host.interfaces.empty())
                    return Failure{
                        "host '" + host.name + "': route to " + to_text(route.destination) + ": gateway " +
                        to_text(route.gateway) +
                        " is in the subnet of no interface; give an interface an address beside it"};
                break;
        }
        // What is swallowed needs a source address all the same: that of the first interface.
        if (entry.kind == RouteKind::blackhole && out.addresses.count() != 0) {
            for (const InterfaceAddress& a : out.addresses) {
                if (a.address.family != entry.prefix.family) continue;
                entry.source = a.address;
                break;
            }
        }
        if (!out.routes.add(entry))
            return Failure{"host '" + host.name + "': route to " + to_text(route.destination) +
                           " is refused by the route table (64 routes at most)"};
    }
    return out;
}

}  // namespace ringsock
