// SPDX-License-Identifier: BSD-3-Clause
#include "host/engine_setup.h"

#include <sys/random.h>

#include "host/exception_path.h"

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

EngineConfig make_engine_config(const HostConfig& host, const Config& config, const Neighborhood& around) {
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

    out.addresses = around.addresses;
    out.routes = around.routes;
    return out;
}

}  // namespace ringsock
