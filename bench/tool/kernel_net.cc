// SPDX-License-Identifier: BSD-3-Clause
// Listener and addresses of the kernel workloads.
#include "tool/kernel_net.h"

#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tool/harness.h"

namespace ringsock::bench {
namespace {

// Longest accept queue: net.core.somaxconn. An overflow drops a SYN, which costs its connect a second.
std::uint64_t longest_backlog() {
    const auto text = read_small_file("/proc/sys/net/core/somaxconn");
    const std::uint64_t value = text ? std::strtoull(text->c_str(), nullptr, 10) : 0;
    return value == 0 ? 128 : value;
}

}  // namespace

KernelListener::~KernelListener() {
    close();
}

std::optional<std::string> KernelListener::open() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return error_text("socket", errno);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) return error_text("bind", errno);
    // The kernel cuts this to net.core.somaxconn.
    if (listen(fd_, 65535) != 0) return error_text("listen", errno);
    socklen_t length = sizeof any;
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &length) != 0)
        return error_text("getsockname", errno);
    for (unsigned i = 0; i < kServerAddresses; ++i) {
        addresses_[i] = any;
        addresses_[i].sin_addr.s_addr = htonl(0x7f000101U + i);
    }
    return std::nullopt;
}

std::optional<std::string> KernelListener::too_many(unsigned in_flight) {
    if (in_flight > longest_backlog()) {
        return "net.core.somaxconn (" + std::to_string(longest_backlog()) +
               ") is below the connects in flight";
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;  // as far as an ordinary user may go
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < in_flight + outstanding_limit(in_flight) + 64) {
        return "the limit of open files (" + std::to_string(files.rlim_cur) + ") is too low";
    }
    return std::nullopt;
}

std::uint64_t KernelListener::outstanding_limit(unsigned in_flight) {
    return std::min(2 * std::uint64_t{in_flight} + 64, longest_backlog());
}

void KernelListener::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

std::optional<std::string> KernelPair::open(int server_flags) {
    if (auto reason = listener_.open()) return reason;
    client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client_ < 0) return error_text("socket", errno);
    const sockaddr_in* to = listener_.address(0);
    if (connect(client_, reinterpret_cast<const sockaddr*>(to), sizeof *to) != 0)
        return error_text("connect", errno);
    server_ = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | server_flags);
    if (server_ < 0) return error_text("accept4", errno);
    set_no_delay(client_);
    return std::nullopt;
}

void KernelPair::close() {
    if (client_ >= 0) ::close(client_);
    if (server_ >= 0) ::close(server_);
    client_ = server_ = -1;
    listener_.close();
}

void set_reset_on_close(int fd) noexcept {
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void set_no_delay(int fd) noexcept {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::string error_text(const char* call, int error) {
    return std::string(call) + ": " + std::strerror(error);
}

}  // namespace ringsock::bench
