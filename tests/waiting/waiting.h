// SPDX-License-Identifier: BSD-3-Clause
// What tests of sleeping engines share: blocking echo, time-stamped round trips, the processor time of
// idleness.
#pragma once

#include <ringsock/ws2.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace ringsock::test {

inline double seconds_of(clockid_t clock) {
    timespec ts{};
    clock_gettime(clock, &ts);
    return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) * 1e-9;
}
inline double wall_seconds() {
    return seconds_of(CLOCK_MONOTONIC);
}

inline void pause_for(double seconds) {
    timespec ts{};
    ts.tv_sec = static_cast<time_t>(seconds);
    ts.tv_nsec = static_cast<long>((seconds - static_cast<double>(ts.tv_sec)) * 1e9);
    nanosleep(&ts, nullptr);
}

/// Percent of one processor that the whole process takes within `seconds`, of which this thread sleeps all.
inline double idle_percent(double seconds) {
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double wall = wall_seconds();
    pause_for(seconds);
    return 100 * (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (wall_seconds() - wall);
}

inline ws2_sockaddr_in address_of(const char* text, std::uint16_t port) {
    ws2_sockaddr_in address{};
    address.sin_family = WS_AF_INET;
    address.sin_port = ws2_htons(port);
    ws2_inet_pton(WS_AF_INET, text, &address.sin_addr);
    return address;
}
inline const sockaddr* pointer_to(const ws2_sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

inline SOCKET stream_socket() {
    return WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
}
inline void without_delay(SOCKET s) {
    const int on = 1;
    ws2_setsockopt(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, reinterpret_cast<const char*>(&on), sizeof on);
}

/// xorshift: the same pauses in every run.
class Pauses {
  public:
    /// Microseconds below `bound`.
    std::uint32_t next(std::uint32_t bound) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::uint32_t>(state_ % bound);
    }

  private:
    std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

/// Microseconds: median, 99 of 100, and the worst.
struct Delays {
    std::vector<double> micros;
    void add(double seconds) { micros.push_back(seconds * 1e6); }
    double at(double fraction) {
        std::sort(micros.begin(), micros.end());
        return micros[std::min(micros.size() - 1,
                               static_cast<std::size_t>(fraction * static_cast<double>(micros.size())))];
    }
    void print(const char* what) {
        std::printf("%s: %zu, p50 %.1f us, p99 %.1f us, worst %.1f us\n", what, micros.size(), at(0.5),
                    at(0.99), at(1.0));
        std::fflush(stdout);
    }
};

}  // namespace ringsock::test
