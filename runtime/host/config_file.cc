// SPDX-License-Identifier: BSD-3-Clause
// Which key means what, and whether the whole makes sense; see config_file.h.
#include "host/config_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/config_overrides.h"
#include "host/config_reader.h"

namespace ringsock {
namespace {

constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxArgumentBytes = 512;
constexpr std::size_t kMaxPathBytes = 4095;
constexpr std::size_t kMaxAddresses = 16;
constexpr std::size_t kMaxRoutes = 64;
constexpr std::size_t kMaxInterfaceNameBytes = 15;

constexpr std::array kDriveNames = {Choice<DriveMode>{"inline", DriveMode::in_line},
                                    Choice<DriveMode>{"dedicated", DriveMode::dedicated}};
constexpr std::array kRouteKinds = {Choice<RouteAction>{"unicast", RouteAction::unicast},
                                    Choice<RouteAction>{"swallow", RouteAction::swallow},
                                    Choice<RouteAction>{"unreachable", RouteAction::unreachable}};

bool is_name(const std::string& text) {
    if (text.empty() || text.size() > kMaxNameBytes) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

// Bits of the address beyond its length are zero: the name of a network.
bool is_network(const Prefix& prefix) {
    if (prefix.address.family == Family::ipv4)
        return prefix.length == 32 || (prefix.address.v4.value << prefix.length) == 0;
    for (unsigned bit = prefix.length; bit < 128; ++bit)
        if ((prefix.address.v6.octets[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
    return true;
}

// An address that a host can have on an interface: one host's, and not the loopback every host has anyway.
bool is_host_address(const IpAddress& address) {
    if (address.is_any()) return false;
    if (address.family == Family::ipv4)
        return !address.v4.is_loopback() && !address.v4.is_multicast() && !address.v4.is_limited_broadcast();
    Ipv6 loopback;
    loopback.octets[15] = 1;
    return !address.v6.is_multicast() && !(address.v6 == loopback);
}

void read_drive(ReadContext& context, const toml::table* table, const std::string& path, const char* section,
                DriveConfig& out) {
    TableReader r(context, table, path, section);
    r.choice<DriveMode>("drive", out.drive, kDriveNames);
    r.number("count", out.count, 1, kMaxHostEngines);
    r.numbers("cores", out.cores, 1023, 256);
    r.number("inline_period_us", out.inline_period_us, 100, 1'000'000);
    r.number("spin_us", out.spin_us, 0, 1'000'000);
    r.number("idle_sleep_us", out.idle_sleep_us, 0, 1'000'000);
    r.finish();
}

void read_limits(ReadContext& context, const toml::table* table, LimitsConfig& out) {
    TableReader r(context, table, "limits", "[limits]");
    r.number("connections", out.connections, 16, 4'194'304);
    r.number("half_open", out.half_open, 1, 1'048'576);
    r.number("time_wait_records", out.time_wait_records, 16, 16'777'216);
    r.number("listeners", out.listeners, 1, 65536);
    r.number("datagram_sockets", out.datagram_sockets, 1, 65536);
    r.number("neighbors", out.neighbors, 8, 65536);
    r.number("packets", out.packets, 256, 1'048'576);
    r.number("requests", out.requests, 64, 65536);
    r.number("send_buffer_bytes", out.send_buffer_bytes, 4096, 1U << 28);
    r.number("receive_buffer_bytes", out.receive_buffer_bytes, 4096, 1U << 28);
    if (!std::has_single_bit(out.requests)) r.fail("requests", "requests must be a power of two");
    r.finish();
}

void read_tcp(ReadContext& context, const toml::table* table, TcpConfig& out) {
    TableReader r(context, table, "tcp", "[tcp]");
    r.number("connect_timeout_s", out.connect_timeout_s, 1, 86400);
    r.number("retransmit_timeout_s", out.retransmit_timeout_s, 1, 86400);
    r.number("initial_rto_ms", out.initial_rto_ms, 10, 60000);
    r.number("min_rto_ms", out.min_rto_ms, 1, 60000);
    r.number("delayed_ack_ms", out.delayed_ack_ms, 0, 499);
    r.number("time_wait_s", out.time_wait_s, 0, 600);
    r.number("fin_wait_2_s", out.fin_wait_2_s, 1, 3600);
    r.number("keepalive_idle_s", out.keepalive_idle_s, 1, 65535);
    r.number("keepalive_interval_s", out.keepalive_interval_s, 1, 65535);
    r.number("keepalive_probes", out.keepalive_probes, 1, 255);
    r.flag("nagle", out.nagle);
    r.flag("window_scale", out.window_scale);
    r.flag("timestamps", out.timestamps);
    r.flag("sack", out.sack);
    r.number("ephemeral_first", out.ephemeral_first, 1, 65535);
    r.number("ephemeral_last", out.ephemeral_last, 1, 65535);
    if (out.ephemeral_first > out.ephemeral_last)
        r.fail("ephemeral_first", "ephemeral_first " + std::to_string(out.ephemeral_first) +
                                      " is above ephemeral_last " + std::to_string(out.ephemeral_last));
    if (out.min_rto_ms > out.initial_rto_ms)
        r.fail("initial_rto_ms", "min_rto_ms " + std::to_string(out.min_rto_ms) +
                                     " is above initial_rto_ms " + std::to_string(out.initial_rto_ms));
    r.finish();
}

void read_addresses(TableReader& r, InterfaceConfig& out) {
    const auto take_address = [&](const std::string& text) {
        Prefix prefix;
        if (!parse_prefix(text, prefix) || prefix.length == 0 || !is_host_address(prefix.address))
            return false;
        out.addresses.push_back(prefix);
        return true;
    };
    r.each_parsed("addresses", take_address, "a host's address with length (\"10.0.0.1/24\", \"fd00::1/64\")",
                  kMaxAddresses);
    const auto take_gateway = [&](const std::string& text) {
        IpAddress gateway;
        if (!parse_address(text, gateway) || !is_host_address(gateway)) return false;
        for (const IpAddress& other : out.gateways)
            if (other.family == gateway.family) return false;
        out.gateways.push_back(gateway);
        return true;
    };
    r.each_parsed("gateway", take_gateway, "an address (\"10.0.0.254\"), one per family", 2);
}

constexpr std::array kOffloadNames = {Choice<std::uint8_t>{"auto", kAllOffloads},
                                      Choice<std::uint8_t>{"none", 0},
                                      Choice<std::uint8_t>{"checksum", kOffloadChecksum},
                                      Choice<std::uint8_t>{"segmentation", kOffloadSegmentation},
                                      Choice<std::uint8_t>{"multi_segment", kOffloadMultiSegment},
                                      Choice<std::uint8_t>{"scatter", kOffloadScatter},
                                      Choice<std::uint8_t>{"vlan", kOffloadVlan}};

void read_offloads(TableReader& r, InterfaceConfig& out) {
    bool named = false, alone = false;
    const auto take = [&](const std::string& text) {
        for (const auto& choice : kOffloadNames) {
            if (text != choice.name) continue;
            const bool is_whole = choice.value == 0 || choice.value == kAllOffloads;
            if (alone || (is_whole && named)) return false;
            out.offloads = named ? static_cast<std::uint8_t>(out.offloads | choice.value) : choice.value;
            named = true;
            alone = is_whole;
            return true;
        }
        return false;
    };
    r.each_parsed("offloads", take,
                  "\"auto\", \"none\", or of \"checksum\", \"segmentation\", \"multi_segment\", \"scatter\", "
                  "\"vlan\"",
                  5);
}

// Linux, dev_valid_name(): no slash, no colon, no blank, neither "." nor "..".
bool is_interface_name(const std::string& text) {
    if (text.empty() || text.size() > kMaxInterfaceNameBytes || text == "." || text == "..") return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c < 127 && c != '/' && c != ':'; });
}

// The kernel on our port.
void read_kernel_share(TableReader& r, InterfaceConfig& out) {
    const auto take_name = [&](const std::string& text) {
        return text.empty() || (is_interface_name(text) && (out.kernel = text, true));
    };
    r.parsed("kernel", take_name, "\"\" or the name of an interface to be, at most 15 bytes (\"rsx0\")");
    const auto take_address = [&](const std::string& text) {
        Prefix prefix;
        if (!parse_prefix(text, prefix) || prefix.length == 0 || !is_host_address(prefix.address))
            return false;
        out.kernel_addresses.push_back(prefix);
        return true;
    };
    r.each_parsed("kernel_addresses", take_address,
                  "an address with length for the kernel (\"10.0.0.2/24\", \"fd00::2/64\")", kMaxAddresses);
    const auto take_followed = [&](const std::string& text) {
        return text.empty() || (is_interface_name(text) && (out.follow = text, true));
    };
    r.parsed("follow", take_followed, "\"\" or the name of an interface of the kernel (\"eth1\")");
    if (!out.follow.empty() && out.device.starts_with("net_tap") &&
        ("," + out.arguments + ",").find(",iface=" + out.follow + ",") != std::string::npos)
        r.fail("follow", "interface " + out.follow +
                             " is the far end of this net_tap: its addresses are a peer's, not ours");
    if (out.kernel.empty() && !out.kernel_addresses.empty())
        r.fail("kernel_addresses", "kernel_addresses needs kernel, the name of the interface that gets them");
    if (!out.kernel.empty() && out.device == kNoDevice)
        r.fail("kernel", "device \"none\" has no wire for the kernel to use");
}

void read_interface(ReadContext& context, const toml::table* table, const std::string& path,
                    InterfaceConfig& out) {
    TableReader r(context, table, path, "[[host.interface]]");
    r.text("device", out.device, 48);
    r.text("arguments", out.arguments, kMaxArgumentBytes);
    r.text("peer_host", out.peer_host, kMaxNameBytes);
    const auto take_mac = [&](const std::string& text) {
        return text.empty() || (parse_mac(text, out.mac) && !out.mac.is_group());
    };
    r.parsed("mac", take_mac, "\"\" or one station's address, \"02:00:00:00:00:01\"");
    read_addresses(r, out);
    r.number("mtu", out.mtu, 0, 9000);
    r.number("queues", out.queues, 0, kMaxHostEngines);
    r.number("vlan", out.vlan, 0, 4094);
    read_offloads(r, out);
    r.number("rx_descriptors", out.rx_descriptors, 32, 4096);
    r.number("tx_descriptors", out.tx_descriptors, 32, 4096);
    r.text("capture", out.capture, kMaxPathBytes);
    r.number("capture_snap", out.capture_snap, 64, 65535);
    read_kernel_share(r, out);
    if (out.mtu != 0 && out.mtu < 576) r.fail("mtu", "mtu must be 0 (the device's own) or 576 to 9000 bytes");
    if (out.device.empty()) r.fail("device", "device is empty; \"none\" is an interface without a wire");
    const bool is_ring = out.device == kRingDevice;
    if (is_ring && out.peer_host.empty())
        r.fail("", "device \"ring\" needs peer_host, the name of the host at the other end");
    if (!is_ring && !out.peer_host.empty()) r.fail("peer_host", "peer_host is for device \"ring\" only");
    r.finish();
}

void read_route(ReadContext& context, const toml::table* table, const std::string& path, RouteConfig& out) {
    TableReader r(context, table, path, "[[host.route]]");
    const auto take_destination = [&](const std::string& text) {
        return parse_prefix(text, out.destination) && is_network(out.destination);
    };
    r.parsed("destination", take_destination,
             "a network with length (\"192.0.2.0/24\"), no bits set beyond the length");
    const auto take_gateway = [&](const std::string& text) {
        return text.empty() || (parse_address(text, out.gateway) && is_host_address(out.gateway));
    };
    r.parsed("gateway", take_gateway, "\"\" or an address (\"10.0.0.254\")");
    r.choice<RouteAction>("kind", out.kind, kRouteKinds);
    const bool has_gateway = out.gateway.family != Family::none;
    if (context.keys == nullptr && out.destination.address.family == Family::none)
        r.fail("", "a route needs destination");
    if (has_gateway && out.kind != RouteAction::unicast)
        r.fail("gateway", "only kind \"unicast\" has a gateway");
    if (has_gateway && out.gateway.family != out.destination.address.family)
        r.fail("gateway", "gateway and destination are of different families");
    r.finish();
}

void read_host(ReadContext& context, const toml::table* table, const std::string& path,
               const DriveConfig& engine, HostConfig& out) {
    TableReader r(context, table, path, "[[host]]");
    const auto take_name = [&](const std::string& text) { return is_name(text) && (out.name = text, true); };
    r.parsed("name", take_name, "1 to 32 letters, digits, - or _");
    const std::string prefix = path + ".";
    std::size_t index = 0;
    for (const toml::table* t : r.tables("interface", kMaxInterfaces))
        read_interface(context, t, prefix + "interface." + std::to_string(index++),
                       out.interfaces.emplace_back());
    index = 0;
    for (const toml::table* t : r.tables("route", kMaxRoutes))
        read_route(context, t, prefix + "route." + std::to_string(index++), out.routes.emplace_back());
    out.engine = engine;
    out.engine.cores.clear();
    read_drive(context, r.table("engine"), prefix + "engine", "[host.engine]", out.engine);
    if (!out.engine.cores.empty() && out.engine.cores.size() != out.engine.count)
        r.fail("engine", "host '" + out.name + "': engine.cores names " +
                             std::to_string(out.engine.cores.size()) + " cores for " +
                             std::to_string(out.engine.count) + " engines; name one for each");
    r.finish();
}

bool has_ring_to(const HostConfig& host, const std::string& peer) {
    return std::any_of(host.interfaces.begin(), host.interfaces.end(), [&](const InterfaceConfig& i) {
        return i.device == kRingDevice && i.peer_host == peer;
    });
}

std::ptrdiff_t taps_named(const Config& config, const std::string& name) {
    std::ptrdiff_t count = 0;
    for (const HostConfig& host : config.hosts)
        count += std::count_if(host.interfaces.begin(), host.interfaces.end(),
                               [&](const InterfaceConfig& i) { return i.kernel == name; });
    return count;
}

// What no single table can know: names are unique, rings have two ends, addresses one owner per host.
std::string find_contradiction(const Config& config) {
    for (const HostConfig& host : config.hosts) {
        const std::string who = "host '" + host.name + "': ";
        std::vector<IpAddress> seen;
        for (const HostConfig& other : config.hosts)
            if (&other != &host && other.name == host.name) return who + "the name is used twice";
        for (const InterfaceConfig& interface : host.interfaces) {
            for (const Prefix& prefix : interface.addresses) {
                if (std::find(seen.begin(), seen.end(), prefix.address) != seen.end())
                    return who + "address " + to_text(prefix.address) + " is given twice";
                seen.push_back(prefix.address);
            }
            if (!interface.kernel.empty() && taps_named(config, interface.kernel) > 1)
                return who + "kernel = \"" + interface.kernel + "\" is given to two interfaces";
            if (interface.device != kRingDevice) continue;
            const std::string ring = "the ring to '" + interface.peer_host + "' ";
            const HostConfig* peer = config.find_host(interface.peer_host);
            if (peer == nullptr) return who + ring + "leads to a host that does not exist";
            if (peer == &host) return who + ring + "leads to itself; loopback needs no ring";
            if (!has_ring_to(*peer, host.name))
                return who + ring + "has no other end: give '" + peer->name +
                       "' an interface with device \"ring\" and peer_host \"" + host.name + "\"";
        }
    }
    return {};
}

void read_root(ReadContext& context, const toml::table& root, Config& out) {
    TableReader r(context, &root, "", "the file's top level (it has [[host]], [engine], [limits], [tcp])");
    read_drive(context, r.table("engine"), "engine", "[engine]", out.engine);
    read_limits(context, r.table("limits"), out.limits);
    read_tcp(context, r.table("tcp"), out.tcp);
    out.hosts.clear();
    std::size_t index = 0;
    for (const toml::table* t : r.tables("host", kMaxHosts))
        read_host(context, t, "host." + std::to_string(index++), out.engine, out.hosts.emplace_back());
    if (!r.failed() && out.hosts.empty()) r.fail("host", "there must be at least one [[host]]");
    r.finish();
    if (context.error) return;
    const std::string contradiction = find_contradiction(out);
    if (!contradiction.empty()) context.error = ConfigError{context.source + ": " + contradiction};
}

Result<std::string, ConfigError> read_file(const std::string& path) {
    FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return Failure{ConfigError{path + ": cannot be opened: " + std::strerror(errno)}};
    std::string text(kMaxConfigBytes + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    const bool bad = std::ferror(file) != 0;
    std::fclose(file);
    if (bad) return Failure{ConfigError{path + ": cannot be read: " + std::strerror(errno)}};
    if (text.size() > kMaxConfigBytes)
        return Failure{ConfigError{path + ": larger than " + std::to_string(kMaxConfigBytes) + " bytes"}};
    return text;
}

}  // namespace

// configs/embedded.toml says the same at more length.
const char* embedded_config_text() noexcept {
    return "[[host]]\n"
           "name = \"local\"\n"
           "[[host.interface]]\n"
           "device = \"none\"\n"
           "addresses = [\"10.99.0.1/24\"]\n"
           "[[host.route]]\n"
           "destination = \"192.0.2.0/24\"\n"
           "kind = \"swallow\"\n";
}

Result<Config, ConfigError> parse_config(const std::string& text, const std::string& source,
                                         std::span<const std::string> overrides) {
    ReadContext context;
    context.source = source;
    toml::parse_result parsed = toml::parse(std::string_view(text), std::string_view(source));
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return Failure{ConfigError{source + ":" + std::to_string(error.source().begin.line) +
                                   ": not TOML: " + std::string(error.description())}};
    }
    toml::table root = std::move(parsed).table();
    if (!root.contains("host")) {
        toml::parse_result embedded = toml::parse(std::string_view(embedded_config_text()));
        root.insert("host", *embedded.table().get("host"));
    }
    for (const std::string& one : overrides)
        if (auto error = apply_override(root, one)) return Failure{*error};
    Config config;
    read_root(context, root, config);
    if (context.error) return Failure{*context.error};
    return config;
}

Result<Config, ConfigError> load_config(const std::string& path, const std::string& text,
                                        std::span<const std::string> overrides) {
    if (!text.empty()) return parse_config(text, "configuration text", overrides);
    const char* from_environment = std::getenv("RINGSOCK_CONFIG");
    const std::string file = !path.empty() ? path : from_environment != nullptr ? from_environment : "";
    if (file.empty()) return parse_config(embedded_config_text(), "embedded default", overrides);
    Result<std::string, ConfigError> contents = read_file(file);
    if (!contents.ok()) {
        const char* hint = path.empty() ? " (the file that RINGSOCK_CONFIG names)" : "";
        return Failure{ConfigError{contents.error().message + hint}};
    }
    return parse_config(contents.value(), file, overrides);
}

std::vector<std::string> config_keys() {
    std::vector<std::string> keys;
    ReadContext context;
    context.keys = &keys;
    Config ignored;
    InterfaceConfig interface;
    RouteConfig route;
    read_interface(context, nullptr, "host.interface", interface);
    read_route(context, nullptr, "host.route", route);
    read_drive(context, nullptr, "host.engine", "", ignored.engine);
    read_drive(context, nullptr, "engine", "", ignored.engine);
    read_limits(context, nullptr, ignored.limits);
    read_tcp(context, nullptr, ignored.tcp);
    keys.insert(keys.begin(), "host.name");
    return keys;
}

}  // namespace ringsock
