// SPDX-License-Identifier: BSD-3-Clause
// What the kernel workloads share: one listener for all of 127/8, the 200 server addresses, plain socket
// helpers. Includes the system's socket headers and therefore never the Winsock ones.
#ifndef RINGSOCK_BENCH_KERNEL_NET_H
#define RINGSOCK_BENCH_KERNEL_NET_H

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace ringsock::bench {

/// Destinations of the kernel client. With one address the 28 000 local ports of a default machine would be
/// used up in a second, because each connection leaves TIME_WAIT behind; with 200 the ports never limit it.
inline constexpr unsigned kServerAddresses = 200;

class KernelListener {
  public:
    KernelListener() = default;
    ~KernelListener();
    KernelListener(const KernelListener&) = delete;
    KernelListener& operator=(const KernelListener&) = delete;
    /// Listens on a free port of every local address, backlog as large as the system allows. Non-blocking.
    /// Returns the reason when it cannot.
    [[nodiscard]] std::optional<std::string> open();
    /// Why the kernel could not hold so many connects at once here: descriptors or accept queue too small;
    /// nullopt when it can.
    [[nodiscard]] static std::optional<std::string> too_many(unsigned in_flight);
    /// Connections that may be outstanding without overflowing the accept queue.
    [[nodiscard]] static std::uint64_t outstanding_limit(unsigned in_flight);
    void close();
    [[nodiscard]] int fd() const noexcept { return fd_; }
    /// 127.0.1.1 ... 127.0.1.200 by turns, at the listener's port. The pointer lives as long as the listener.
    [[nodiscard]] const sockaddr_in* address(std::uint64_t number) const noexcept {
        return &addresses_[number % kServerAddresses];
    }

  private:
    int fd_ = -1;
    std::array<sockaddr_in, kServerAddresses> addresses_{};
};

/// One connection over loopback with both its ends.
class KernelPair {
  public:
    KernelPair() = default;
    ~KernelPair() { close(); }
    KernelPair(const KernelPair&) = delete;
    KernelPair& operator=(const KernelPair&) = delete;
    /// TCP_NODELAY at the client; the server's end with `server_flags` (SOCK_NONBLOCK). The reason when it
    /// cannot.
    [[nodiscard]] std::optional<std::string> open(int server_flags);
    void close();
    [[nodiscard]] int client() const noexcept { return client_; }
    [[nodiscard]] int server() const noexcept { return server_; }

  private:
    KernelListener listener_;
    int client_ = -1, server_ = -1;
};

/// SO_LINGER with zero seconds: close sends RST.
void set_reset_on_close(int fd) noexcept;
void set_no_delay(int fd) noexcept;
/// "connect: Connection refused"
[[nodiscard]] std::string error_text(const char* call, int error);

}  // namespace ringsock::bench
#endif
