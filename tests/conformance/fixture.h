// SPDX-License-Identifier: BSD-3-Clause
// What the conformance tests of calls share: the embedded default configuration, started once a suite, its
// addresses, and sockets that close themselves.
#pragma once

#include <gtest/gtest.h>
#include <ringsock/ws2.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace ringsock::test {

/// Places of the embedded default (configs/embedded.toml).
inline constexpr const char* kLoopback = "127.0.0.1";
inline constexpr const char* kOwnAddress = "10.99.0.1";
inline constexpr const char* kSubnetBroadcast = "10.99.0.255";
inline constexpr const char* kNoNeighbour = "10.99.0.2";
inline constexpr const char* kSilent = "192.0.2.1";
inline constexpr const char* kNoRoute = "198.51.100.1";
/// A port of 127.0.0.1 that nobody listens on.
inline constexpr unsigned short kClosedPort = 9;
/// What takes longer than this has hung.
inline constexpr std::chrono::milliseconds kPatience{10'000};

[[nodiscard]] inline SOCKADDR_IN address(const char* text, unsigned short port) {
    SOCKADDR_IN name{};
    name.sin_family = WS_AF_INET;
    name.sin_port = ws2_htons(port);
    EXPECT_EQ(ws2_inet_pton(WS_AF_INET, text, &name.sin_addr), 1) << text;
    return name;
}
[[nodiscard]] inline const SOCKADDR* pointer(const SOCKADDR_IN& name) {
    return reinterpret_cast<const SOCKADDR*>(&name);
}

/// A socket for as long as its scope.
class Socket {
  public:
    explicit Socket(int type = WS_SOCK_STREAM)
        : handle_(WSASocketW(WS_AF_INET, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED)) {
        EXPECT_NE(handle_, INVALID_SOCKET) << WSAGetLastError();
    }
    explicit Socket(SOCKET taken) : handle_(taken) {}
    ~Socket() { close(); }
    Socket(Socket&& other) noexcept : handle_(other.handle_) { other.handle_ = INVALID_SOCKET; }
    Socket& operator=(Socket&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void close() {
        if (handle_ != INVALID_SOCKET) ws2_closesocket(handle_);
        handle_ = INVALID_SOCKET;
    }
    operator SOCKET() const { return handle_; }  // NOLINT: reads like the calls it is given to.

  private:
    SOCKET handle_;
};

/// 0, or the error that WSAConnect fails with.
inline int connect_code(SOCKET s, const SOCKADDR_IN& to) {
    return WSAConnect(s, pointer(to), sizeof to, nullptr, nullptr, nullptr, nullptr) == 0 ? 0
                                                                                          : WSAGetLastError();
}
/// 0, or the error that a call which returned `result` failed with.
inline int code_of(int result) {
    return result == SOCKET_ERROR ? WSAGetLastError() : 0;
}

template <typename Value>
int set_option(SOCKET s, int level, int name, Value value) {
    return ws2_setsockopt(s, level, name, reinterpret_cast<const char*>(&value), sizeof value);
}
inline void make_non_blocking(SOCKET s) {
    ULONG on = 1;
    EXPECT_EQ(ws2_ioctlsocket(s, static_cast<LONG>(WS_FIONBIO), &on), 0) << WSAGetLastError();
}
inline SOCKADDR_IN local_name(SOCKET s) {
    SOCKADDR_IN name{};
    int length = sizeof name;
    EXPECT_EQ(ws2_getsockname(s, reinterpret_cast<SOCKADDR*>(&name), &length), 0) << WSAGetLastError();
    EXPECT_EQ(length, static_cast<int>(sizeof name));
    return name;
}

/// Binds to a port of the system's choice and returns the name.
inline SOCKADDR_IN bind_anywhere(SOCKET s, const char* text = kLoopback) {
    const SOCKADDR_IN name = address(text, 0);
    EXPECT_EQ(ws2_bind(s, pointer(name), sizeof name), 0) << WSAGetLastError();
    return local_name(s);
}
inline SOCKADDR_IN listen_anywhere(SOCKET s) {
    const SOCKADDR_IN name = bind_anywhere(s);
    EXPECT_EQ(ws2_listen(s, WS_SOMAXCONN), 0) << WSAGetLastError();
    return name;
}

/// Whether the socket becomes readable in time.
inline bool wait_readable(SOCKET s, std::chrono::milliseconds patience = kPatience) {
    ws2_fd_set set;
    WS2_FD_ZERO(&set);
    WS2_FD_SET(s, &set);
    const timeval timeout{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    return ws2_select(0, &set, nullptr, nullptr, &timeout) == 1;
}

/// Looks again and again until the claim holds; false when it does not come true in time.
inline bool eventually(const std::function<bool()>& claim) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline)
        if (claim()) return true;
    return false;
}

/// Starts the library for the tests of a suite, on the embedded default.
class Started : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        WSADATA data{};
        ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0) << ringsock_last_error_text();
        ASSERT_EQ(data.wVersion, MAKEWORD(2, 2));
    }
    static void TearDownTestSuite() { EXPECT_EQ(WSACleanup(), 0) << WSAGetLastError(); }
};

}  // namespace ringsock::test
