// SPDX-License-Identifier: BSD-3-Clause
// Starts and stops the library around each measurement, and reads its counters.
#include "tool/ringsock_session.h"

#include <cstdlib>
#include <cstring>

namespace ringsock::bench {
namespace {

// The wire of the benchmarks: two hosts joined by a pair of DPDK rings. configs/ring_pair.toml explains the
// keys.
constexpr const char* kRingPair = R"(
[[host]]
name = "client"
  [[host.interface]]
  device = "ring"
  peer_host = "server"
  addresses = ["10.77.0.1/24"]

[[host]]
name = "server"
  [[host.interface]]
  device = "ring"
  peer_host = "client"
  addresses = ["10.77.0.2/24"]
)";

constexpr int kStatsBytes = 64 * 1024;

// The number after "name": in a JSON text whose counters have distinct names.
std::optional<std::uint64_t> number_after(const std::string& json, const char* name) {
    std::string quoted(1, '"');  // Built by appending: g++ 12 warns without cause about "text" + string.
    quoted.append(name).append("\":");
    std::optional<std::uint64_t> sum;
    for (std::size_t at = json.find(quoted); at != std::string::npos; at = json.find(quoted, at + 1)) {
        sum = sum.value_or(0) + std::strtoull(json.c_str() + at + quoted.size(), nullptr, 10);
    }
    return sum;
}

}  // namespace

std::optional<std::string> RingsockSession::open(const Options& options, std::vector<std::string> settings) {
    settings.insert(settings.end(), options.overrides.begin(), options.overrides.end());
    std::vector<const char*> pointers;
    for (const std::string& setting : settings) pointers.push_back(setting.c_str());
    const bool own_file = !options.config_path.empty();
    if (ringsock_configure(own_file ? nullptr : kRingPair, own_file ? options.config_path.c_str() : nullptr,
                           pointers.data(), static_cast<int>(pointers.size())) != 0) {
        return std::string("configuration: ") + ringsock_last_error_text();
    }
    WSADATA data{};
    const int code = WSAStartup(0x0202, &data);
    if (code != 0) return error_line("WSAStartup", code) + ": " + ringsock_last_error_text();
    started_ = true;
    if (ringsock_use_host(kClientHost) != 0 || ringsock_use_host(kServerHost) != 0) {
        return std::string("the configuration must have the hosts \"client\" and \"server\"");
    }
    return std::nullopt;
}

void RingsockSession::close() {
    if (started_) WSACleanup();
    started_ = false;
}

std::optional<std::uint64_t> RingsockSession::counter(const char* host, const char* name) {
    std::string json(kStatsBytes, '\0');
    int length = kStatsBytes;
    if (ringsock_stats(host, json.data(), &length) != 0) return std::nullopt;
    json.resize(std::strlen(json.c_str()));
    return number_after(json, name);
}

std::optional<std::uint64_t> RingsockSession::counter(const char* name) {
    const auto client = counter(kClientHost, name);
    const auto server = counter(kServerHost, name);
    if (!client || !server) return std::nullopt;
    return *client + *server;
}

std::vector<std::string> drive_settings(DriveMode mode, const std::vector<int>& cpus) {
    if (mode == DriveMode::inline_drive) return {"engine.drive=inline"};
    // The engines of both hosts on the same core: one thread carries them.
    const std::string core = std::to_string(cpus.front());
    return {"engine.drive=dedicated", "engine.cores=[" + core + "," + core + "]"};
}

std::optional<ws2_sockaddr_in> address_of(const std::string& text, std::uint16_t port) {
    ws2_sockaddr_in address{};
    address.sin_family = WS_AF_INET;
    address.sin_port = ws2_htons(port);
    if (ws2_inet_pton(WS_AF_INET, text.c_str(), &address.sin_addr) != 1) return std::nullopt;
    return address;
}

const sockaddr* pointer_to(const ws2_sockaddr_in& address) noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
}

SOCKET listen_on(const ws2_sockaddr_in& address, int backlog, std::string& reason) {
    ringsock_use_host(kServerHost);
    const SOCKET listener =
        WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
    if (listener == INVALID_SOCKET) {
        reason = last_error_line("WSASocket");
        return INVALID_SOCKET;
    }
    ULONG on = 1;
    if (ws2_bind(listener, pointer_to(address), sizeof address) != 0) {
        reason = last_error_line("bind");
    } else if (ws2_listen(listener, WS_SOMAXCONN_HINT(backlog)) != 0) {
        reason = last_error_line("listen");
    } else if (ws2_ioctlsocket(listener, static_cast<LONG>(WS_FIONBIO), &on) != 0) {
        reason = last_error_line("ioctlsocket");
    } else {
        return listener;
    }
    ws2_closesocket(listener);
    return INVALID_SOCKET;
}

std::string error_line(const char* call, int code) {
    return std::string(call) + ": " + std::to_string(code);
}
std::string last_error_line(const char* call) {
    return error_line(call, WSAGetLastError());
}

}  // namespace ringsock::bench
