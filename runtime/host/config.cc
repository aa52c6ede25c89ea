// SPDX-License-Identifier: BSD-3-Clause
// The embedded default, and addresses as text; see config.h.
#include "host/config.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace ringsock {
namespace {

// A whole number from text with nothing before or behind it, at most `most`.
bool parse_number(const std::string& text, unsigned most, unsigned& out) noexcept {
    const char* const end = text.data() + text.size();
    unsigned value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || text.empty() || value > most) return false;
    out = value;
    return true;
}

}  // namespace

std::vector<HostConfig> Config::embedded_hosts() {
    HostConfig host;
    InterfaceConfig interface;
    interface.addresses.push_back({Ipv4::of(10, 99, 0, 1), 24});
    host.interfaces.push_back(interface);
    host.routes.push_back({{Ipv4::of(192, 0, 2, 0), 24}, {}, RouteAction::swallow});
    return {host};
}

const HostConfig* Config::find_host(const std::string& name) const noexcept {
    for (const HostConfig& host : hosts)
        if (host.name == name) return &host;
    return nullptr;
}

std::string to_text(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.family == Family::ipv4) {
        const Be32 wire(address.v4.value);
        inet_ntop(AF_INET, &wire.raw, text.data(), text.size());
    } else if (address.family == Family::ipv6) {
        inet_ntop(AF_INET6, address.v6.octets.data(), text.data(), text.size());
    }
    return text.data();
}

std::string to_text(const Prefix& prefix) {
    if (prefix.address.family == Family::none) return {};
    return to_text(prefix.address) + "/" + std::to_string(prefix.length);
}

std::string to_text(const MacAddress& mac) {
    std::array<char, 18> text{};
    const auto& o = mac.octets;
    std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4],
                  o[5]);
    return text.data();
}

bool parse_address(const std::string& text, IpAddress& out) noexcept {
    std::uint32_t v4 = 0;
    Ipv6 v6;
    if (text.find('\0') != std::string::npos) return false;
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
        out = Ipv4{Be32::from_raw(v4).host()};
        return true;
    }
    if (inet_pton(AF_INET6, text.c_str(), v6.octets.data()) != 1) return false;
    out = v6;
    return true;
}

bool parse_prefix(const std::string& text, Prefix& out) noexcept {
    const std::size_t slash = text.find('/');
    IpAddress address;
    if (!parse_address(text.substr(0, slash), address)) return false;
    const unsigned whole = address.family == Family::ipv4 ? 32 : 128;
    unsigned length = whole;
    if (slash != std::string::npos && !parse_number(text.substr(slash + 1), whole, length)) return false;
    out = {address, static_cast<std::uint8_t>(length)};
    return true;
}

bool parse_mac(const std::string& text, MacAddress& out) noexcept {
    if (text.size() != 17) return false;
    MacAddress mac;
    for (std::size_t i = 0; i < 6; ++i) {
        const char* const octet = text.data() + 3 * i;
        if (i > 0 && octet[-1] != ':') return false;
        const auto [stopped, error] = std::from_chars(octet, octet + 2, mac.octets[i], 16);
        if (error != std::errc{} || stopped != octet + 2) return false;
    }
    out = mac;
    return true;
}

}  // namespace ringsock
