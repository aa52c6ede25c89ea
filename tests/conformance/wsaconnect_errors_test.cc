// SPDX-License-Identifier: BSD-3-Clause
// How the network's answers reach the caller of WSAConnect: a closed port, silence, no route, no neighbour,
// each through a blocking return, select, WSAPoll and FD_CONNECT, and the same socket connects afterwards.
// Rules: clauses 7, 10 to 16, 26, 30, 31e, 36 and 37 of the WSAConnect and LPWSPConnect pages. On the
// embedded default configuration, in real time; every slow attempt of the suite is begun at once, so that the
// file takes as long as its slowest row (three seconds without an ARP answer).
#include <array>
#include <memory>

#include "connect_attempt.h"
#include "fixture.h"

namespace ringsock::test {
namespace {

using std::chrono::milliseconds;

struct Row {
    const char* name;
    const char* host;
    unsigned short port;
    int code;
    DWORD give_up_after_s;  ///< TCP_MAXRT; 0: left alone.
    milliseconds at_least;
    milliseconds at_most;
};

// The upper bounds are for a machine that is busy with other things.
constexpr std::array kRows{
    Row{"ClosedPort", kLoopback, kClosedPort, WSAECONNREFUSED, 0, milliseconds{0}, milliseconds{5000}},
    Row{"Silence", kSilent, 80, WSAETIMEDOUT, 1, milliseconds{950}, milliseconds{6000}},
    Row{"NoRoute", kNoRoute, 80, WSAENETUNREACH, 0, milliseconds{0}, milliseconds{5000}},
    Row{"NoArpAnswer", kNoNeighbour, 80, WSAEHOSTUNREACH, 0, milliseconds{1000}, milliseconds{9000}},
};

struct Case {
    std::size_t row;
    Way way;
};

class ConnectFailure : public Started, public ::testing::WithParamInterface<Case> {
  protected:
    static void SetUpTestSuite() {
        Started::SetUpTestSuite();
        listener_ = std::make_unique<Socket>();
        good_ = listen_anywhere(*listener_);
        for (std::size_t row = 0; row < kRows.size(); ++row) {
            for (const Way way : kWays) begin(row, way);
        }
    }
    static void TearDownTestSuite() {
        for (auto& attempt : attempts_) attempt.reset();
        listener_.reset();
        Started::TearDownTestSuite();
    }

    static std::unique_ptr<ConnectAttempt>& attempt_of(std::size_t row, Way way) {
        return attempts_[row * std::size(kWays) + static_cast<std::size_t>(way)];
    }
    static const SOCKADDR_IN& good() { return good_; }

  private:
    static void begin(std::size_t row, Way way) {
        const SOCKET socket = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED);
        auto attempt = std::make_unique<ConnectAttempt>(socket, way);
        if (kRows[row].give_up_after_s != 0) attempt->give_up_after(kRows[row].give_up_after_s);
        attempt->begin(address(kRows[row].host, kRows[row].port));
        attempt_of(row, way) = std::move(attempt);
    }

    static inline std::array<std::unique_ptr<ConnectAttempt>, kRows.size() * std::size(kWays)> attempts_;
    static inline std::unique_ptr<Socket> listener_;
    static inline SOCKADDR_IN good_{};
};

// Rule: the documented code arrives in the documented way and shows nowhere else; afterwards the pages allow
// a new attempt, which succeeds.
TEST_P(ConnectFailure, IsToldOnce_AndTheSocketConnectsAfterwards) {
    const Row& row = kRows[GetParam().row];
    ConnectAttempt& attempt = *attempt_of(GetParam().row, GetParam().way);
    EXPECT_EQ(attempt.finish(kPatience), row.code);
    EXPECT_GE(attempt.lasted(), row.at_least);
    EXPECT_LE(attempt.lasted(), row.at_most);
    EXPECT_EQ(attempt.trouble(), "");

    SOCKADDR_IN peer{};
    int length = sizeof peer;
    EXPECT_EQ(code_of(ws2_getpeername(attempt.socket(), reinterpret_cast<SOCKADDR*>(&peer), &length)),
              WSAENOTCONN);
    EXPECT_EQ(code_of(ws2_send(attempt.socket(), "x", 1, 0)), WSAENOTCONN);

    attempt.begin(good());
    EXPECT_EQ(attempt.finish(kPatience), 0);
    EXPECT_EQ(attempt.trouble(), "");
    EXPECT_EQ(code_of(ws2_getpeername(attempt.socket(), reinterpret_cast<SOCKADDR*>(&peer), &length)), 0);
    EXPECT_EQ(peer.sin_port, good().sin_port);
    EXPECT_EQ(ws2_send(attempt.socket(), "x", 1, 0), 1) << WSAGetLastError();
}

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (std::size_t row = 0; row < kRows.size(); ++row)
        for (const Way way : kWays) cases.push_back({row, way});
    return cases;
}

INSTANTIATE_TEST_SUITE_P(EmbeddedDefault, ConnectFailure, ::testing::ValuesIn(all_cases()),
                         [](const auto& test) {
                             return std::string(kRows[test.param.row].name) + "_" + name_of(test.param.way);
                         });

class ConnectAgain : public Started {};

// Clause 16: a failure may be followed by any number of further failures before it succeeds.
TEST_F(ConnectAgain, AfterThreeRefusals_Succeeds) {
    Socket listener;
    const SOCKADDR_IN good = listen_anywhere(listener);
    for (const Way way : kWays) {
        ConnectAttempt attempt(WSASocketW(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED),
                               way);
        for (int i = 0; i < 3; ++i) {
            attempt.begin(address(kLoopback, kClosedPort));
            EXPECT_EQ(attempt.finish(kPatience), WSAECONNREFUSED) << name_of(way);
        }
        attempt.begin(good);
        EXPECT_EQ(attempt.finish(kPatience), 0) << name_of(way);
        EXPECT_EQ(attempt.trouble(), "") << name_of(way);
    }
}

// Clause 16: refused on a port, then a listener opens there, then the same socket gets through to it.
TEST_F(ConnectAgain, AfterAListenerOpened_Succeeds) {
    SOCKADDR_IN place;
    {
        Socket lends_its_port;
        place = bind_anywhere(lends_its_port);
    }
    Socket socket;
    EXPECT_EQ(connect_code(socket, place), WSAECONNREFUSED);
    Socket listener;
    ASSERT_EQ(ws2_bind(listener, pointer(place), sizeof place), 0) << WSAGetLastError();
    ASSERT_EQ(ws2_listen(listener, 1), 0) << WSAGetLastError();
    EXPECT_EQ(connect_code(socket, place), 0);
}

}  // namespace
}  // namespace ringsock::test
