// SPDX-License-Identifier: BSD-3-Clause
// Config: everything a process can be told about its hosts, typed, with defaults and bounds (house.md, D9).
// Config{} is the embedded default: one host, loopback, a network that swallows everything, no NIC. Plain
// values; control role. config_file.h reads it from TOML.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "packet/nic_offload.h"

namespace ringsock {

/// An address and the length of its network part: 10.0.0.1/24.
struct Prefix {
    IpAddress address;
    std::uint8_t length = 0;  ///< Bits.
    friend bool operator==(const Prefix&, const Prefix&) noexcept = default;
};

/// What happens to packets that match a route.
enum class RouteAction : std::uint8_t {
    unicast,      ///< To `gateway`, or to the destination itself when there is no gateway.
    swallow,      ///< Vanish without a word: a connect there times out.
    unreachable,  ///< Refused at once: WSAENETUNREACH.
};

struct RouteConfig {
    Prefix destination;
    IpAddress gateway;  ///< Family none: on link.
    RouteAction kind = RouteAction::unicast;
    friend bool operator==(const RouteConfig&, const RouteConfig&) noexcept = default;
};

/// Device name of one end of a ring pair (NicPair); every other name goes to open_nic.
inline constexpr const char* kRingDevice = "ring";
/// Device name of an interface without a wire.
inline constexpr const char* kNoDevice = "none";

struct InterfaceConfig {
    std::string device = kNoDevice;  ///< kNoDevice, kRingDevice, a DPDK virtual device, a PCI address.
    std::string arguments;           ///< Driver arguments ("iface=dtap0").
    std::string peer_host;           ///< Device "ring": name of the host at the other end.
    MacAddress mac;                  ///< Zero: chosen by nic (NicConfig::mac).
    std::vector<Prefix> addresses;
    std::vector<IpAddress> gateways;  ///< Default gateways, at most one per family.
    std::uint32_t mtu = 0;            ///< Bytes; 0: the device's own.
    std::uint32_t queues = 0;         ///< At most; 0: one per engine, on memif one (NicConfig::most_queues).
    std::uint32_t vlan = 0;           ///< 1 to 4094: all frames carry this 802.1Q tag; 0: none does.
    std::uint8_t offloads = kAllOffloads;  ///< What the device may do (NicOffload bits).
    std::uint32_t rx_descriptors = 512;
    std::uint32_t tx_descriptors = 512;
    std::string capture;                 ///< pcapng file for all its frames; empty: none.
    std::uint32_t capture_snap = 65535;  ///< Bytes of a frame that go into it.
    std::string kernel;                  ///< Tap interface that the kernel gets on this port; empty: none.
    std::string follow;  ///< Kernel interface whose routes, neighbours, MTU, state and, without `addresses`,
                         ///< addresses are taken over; empty: none.
    std::vector<Prefix> kernel_addresses;  ///< Given to it at start; those that are ours too are shared.
    friend bool operator==(const InterfaceConfig&, const InterfaceConfig&) noexcept = default;
};

/// Who runs an engine (house.md, D1).
enum class DriveMode : std::uint8_t {
    in_line,    ///< "inline": application threads, from inside their calls.
    dedicated,  ///< A pinned thread per engine.
};

/// `[engine]`, and `[host.engine]` where one host differs.
struct DriveConfig {
    DriveMode drive = DriveMode::in_line;
    std::uint32_t count = 1;                ///< Engines per host, 1 to 16.
    std::vector<std::uint32_t> cores;       ///< Dedicated: a core for each engine; empty: chosen by topology.
    std::uint32_t inline_period_us = 1000;  ///< Inline: the helper's period, and naps over mute devices.
    std::uint32_t spin_us = 20;             ///< Calls and idle dedicated engines spin so long, then sleep.
    std::uint32_t idle_sleep_us = 0;        ///< Longest sleep when idle; 0: dedicated never, inline 250 ms.
    friend bool operator==(const DriveConfig&, const DriveConfig&) noexcept = default;
};

/// `[limits]`: bounds of everything, per engine of a host. A full pool is WSAENOBUFS.
struct LimitsConfig {
    std::uint32_t connections = 65536;
    std::uint32_t half_open = 4096;  ///< Incoming handshakes not yet accepted by the listener's queue.
    std::uint32_t time_wait_records = 65536;
    std::uint32_t listeners = 1024;
    std::uint32_t datagram_sockets = 4096;
    std::uint32_t neighbors = 1024;  ///< Entries of the ARP and ND cache.
    std::uint32_t packets = 16384;   ///< Per engine: packets held by queues and applications together.
    std::uint32_t requests = 4096;   ///< Per engine: slots of the request ring; a power of two.
    std::uint32_t send_buffer_bytes = 262144;     ///< Default SO_SNDBUF.
    std::uint32_t receive_buffer_bytes = 262144;  ///< Default SO_RCVBUF.
    friend bool operator==(const LimitsConfig&, const LimitsConfig&) noexcept = default;
};

/// `[tcp]`: the numbers of RFC 9293, 6298, 5681 that may be turned.
struct TcpConfig {
    std::uint32_t connect_timeout_s = 180;     ///< R2 for SYN, at least 3 minutes (RFC 9293 MUST-23).
    std::uint32_t retransmit_timeout_s = 100;  ///< R2 for data (§3.8.3: at least 100 s).
    std::uint32_t initial_rto_ms = 1000;       ///< RFC 6298 §2.1.
    std::uint32_t min_rto_ms = 200;
    std::uint32_t delayed_ack_ms = 40;      ///< Below 500 (MUST-40); 0: every segment at once.
    std::uint32_t time_wait_s = 60;         ///< 2 MSL.
    std::uint32_t fin_wait_2_s = 60;        ///< Orphans only.
    std::uint32_t keepalive_idle_s = 7200;  ///< MUST-28: at least 2 h by default. Off unless a socket asks.
    std::uint32_t keepalive_interval_s = 1;
    std::uint32_t keepalive_probes = 10;
    bool nagle = true;
    bool window_scale = true;
    bool timestamps = true;
    bool sack = true;
    std::uint16_t ephemeral_first = 1024;  ///< Local ports of active opens (RFC 6056 §3.2), first and last.
    std::uint16_t ephemeral_last = 65535;
    friend bool operator==(const TcpConfig&, const TcpConfig&) noexcept = default;
};

struct HostConfig {
    std::string name = "local";
    std::vector<InterfaceConfig> interfaces;
    std::vector<RouteConfig> routes;
    DriveConfig engine;  ///< `[engine]` with this host's own keys on top; `cores` only if its own.
    friend bool operator==(const HostConfig&, const HostConfig&) noexcept = default;
};

/// Hosts of one process at most.
inline constexpr std::uint32_t kMaxHosts = 16;
/// Interfaces of one host at most.
inline constexpr std::uint32_t kMaxInterfaces = 8;
/// Engines of one host at most.
inline constexpr std::uint32_t kMaxHostEngines = 16;

/// The whole configuration. Default-constructed it is the embedded default.
struct Config {
    std::vector<HostConfig> hosts = embedded_hosts();
    DriveConfig engine;
    LimitsConfig limits;
    TcpConfig tcp;
    friend bool operator==(const Config&, const Config&) noexcept = default;

    /// One host "local", 10.99.0.1/24 on an interface without a wire, 192.0.2.0/24 swallowed, no other
    /// network: a connect to 192.0.2.1 times out, to 10.99.0.2 finds no host, to 198.51.100.1 no network.
    [[nodiscard]] static std::vector<HostConfig> embedded_hosts();
    /// The host of that name; nullptr when there is none.
    [[nodiscard]] const HostConfig* find_host(const std::string& name) const noexcept;
};

/// "10.0.0.1/24", "fd00::1/64"; "" for family none.
[[nodiscard]] std::string to_text(const Prefix& prefix);
[[nodiscard]] std::string to_text(const IpAddress& address);
[[nodiscard]] std::string to_text(const MacAddress& mac);

/// Parses an address ("10.0.0.1", "fd00::1"). False: not one; `out` unchanged.
[[nodiscard]] bool parse_address(const std::string& text, IpAddress& out) noexcept;
/// Parses address and length; without "/n" the length is the whole address.
[[nodiscard]] bool parse_prefix(const std::string& text, Prefix& out) noexcept;
/// Parses "02:00:00:00:00:01".
[[nodiscard]] bool parse_mac(const std::string& text, MacAddress& out) noexcept;

}  // namespace ringsock
