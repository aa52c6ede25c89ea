// SPDX-License-Identifier: BSD-3-Clause
// What the Ringsock sides share: starting the library with two hosts joined by a ring pair, addresses,
// counters, the texts of errors. Includes the Winsock headers and therefore never the system's socket
// headers.
#ifndef RINGSOCK_BENCH_RINGSOCK_SESSION_H
#define RINGSOCK_BENCH_RINGSOCK_SESSION_H

#include <ringsock/ws2.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tool/options.h"

namespace ringsock::bench {

inline constexpr const char* kClientHost = "client";
inline constexpr const char* kServerHost = "server";

/// One life of the library within this process, from WSAStartup to WSACleanup. Nothing of it runs before
/// open() or after close(), so that it cannot disturb what is measured next.
class RingsockSession {
  public:
    RingsockSession() = default;
    ~RingsockSession() { close(); }
    RingsockSession(const RingsockSession&) = delete;
    RingsockSession& operator=(const RingsockSession&) = delete;

    /// Configures and starts. `settings` are "key=value" lines, below the user's own --set. Returns the
    /// reason when the library refuses.
    [[nodiscard]] std::optional<std::string> open(const Options& options, std::vector<std::string> settings);
    void close();

    /// Sum of a counter over both hosts; nullopt when they do not have it.
    [[nodiscard]] static std::optional<std::uint64_t> counter(const char* name);
    /// A counter of one host.
    [[nodiscard]] static std::optional<std::uint64_t> counter(const char* host, const char* name);

  private:
    bool started_ = false;
};

/// Settings that put the engines where the plan wants them.
[[nodiscard]] std::vector<std::string> drive_settings(DriveMode mode, const std::vector<int>& cpus);

/// IPv4 address and port, ready for connect and bind; nullopt when the text is no address.
[[nodiscard]] std::optional<ws2_sockaddr_in> address_of(const std::string& text, std::uint16_t port);
[[nodiscard]] const sockaddr* pointer_to(const ws2_sockaddr_in& address) noexcept;

/// A listening, non-blocking socket of the server host, or INVALID_SOCKET with the reason. Leaves the calling
/// thread on the server host.
[[nodiscard]] SOCKET listen_on(const ws2_sockaddr_in& address, int backlog, std::string& reason);

/// "WSAConnect: 10055"
[[nodiscard]] std::string error_line(const char* call, int code);
[[nodiscard]] std::string last_error_line(const char* call);

}  // namespace ringsock::bench
#endif
