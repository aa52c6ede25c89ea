// SPDX-License-Identifier: BSD-3-Clause
// One WSAConnect, followed to its end in one of the ways that Winsock offers. Every way must tell the same
// story, and nothing else: what it tells wrongly is collected as text. For the conformance tests and for
// tests/interop/connect_errors.cc, which needs no GoogleTest.
#pragma once

#include <ringsock/ws2.h>

#include <chrono>
#include <future>
#include <string>

namespace ringsock::test {

enum class Way { blocking, select, poll, event };
inline constexpr Way kWays[] = {Way::blocking, Way::select, Way::poll, Way::event};
[[nodiscard]] const char* name_of(Way way);

/// A socket that connects in one way. Several may be under way at once: begin() never waits.
class ConnectAttempt {
  public:
    /// Takes a stream socket, which must be new, and closes it at the end.
    ConnectAttempt(SOCKET socket, Way way);
    ~ConnectAttempt();
    ConnectAttempt(const ConnectAttempt&) = delete;
    ConnectAttempt& operator=(const ConnectAttempt&) = delete;

    [[nodiscard]] SOCKET socket() const { return socket_; }

    /// Shortens the time after which a silent peer counts as gone. Seconds.
    void give_up_after(DWORD seconds);
    /// Starts a connect; may be called again after finish() told of a failure.
    void begin(const SOCKADDR_IN& to);
    /// Waits for the end. Returns 0 or the WSA error that the connect ended with; SOCKET_ERROR when it did
    /// not end in time.
    [[nodiscard]] int finish(std::chrono::milliseconds patience);
    /// From begin() to the end of finish().
    [[nodiscard]] std::chrono::milliseconds lasted() const { return lasted_; }
    /// What was told wrongly so far; empty when all is well.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

  private:
    using Clock = std::chrono::steady_clock;

    int finish_blocking(std::chrono::milliseconds patience);
    int finish_select(std::chrono::milliseconds patience);
    int finish_poll(std::chrono::milliseconds patience);
    int finish_event(std::chrono::milliseconds patience);
    void check_connect_events(const WSANETWORKEVENTS& happened);
    [[nodiscard]] int socket_error();
    void expect(bool claim, const std::string& otherwise);

    const SOCKET socket_;
    const Way way_;
    WSAEVENT event_ = WSA_INVALID_EVENT;
    std::future<int> blocking_result_;
    Clock::time_point began_;
    std::chrono::milliseconds lasted_{0};
    std::string trouble_;
};

}  // namespace ringsock::test
