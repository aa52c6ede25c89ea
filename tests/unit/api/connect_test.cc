// SPDX-License-Identifier: BSD-3-Clause
// States of a stream's connect, against a fake engine: clauses 10 to 17, 32 to 37 and 52 of the WSAConnect
// and LPWSPConnect pages, the attempt numbers that tell an old outcome from a new one, and full rings.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

using spi::Phase;
using spi::phase_of;

class Connect : public ::testing::Test, public ProviderFixture {
  protected:
    Phase phase(SOCKET s) { return phase_of(cell(s)); }
    /// Code of a connect that fails at once.
    int code(SOCKET s, const char* address = "10.0.0.2", std::uint16_t port = 80) {
        return connect(s, address, port) == 0 ? 0 : error;
    }
};

// Clause 9: the code is stored through lpErrno; clause 11: a non-blocking connect never completes at once.
TEST_F(Connect, OnANonBlockingSocket_WouldBlock) {
    const SOCKET s = stream();
    nonblocking(s);
    EXPECT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(phase(s), Phase::connecting);
    ASSERT_EQ(engine().count(RequestOp::connect), 1u);
    const SeenRequest& seen = engine().last(RequestOp::connect);
    EXPECT_EQ(seen.endpoint.remote_port, 80);
    EXPECT_EQ(seen.endpoint.remote[0], 10);
    EXPECT_EQ(seen.endpoint.remote[3], 2);
    EXPECT_EQ(seen.endpoint.has_local, 0);
}

// Clause 6: the name is the caller's; what stands there after the call returned does not matter.
TEST_F(Connect, KeepsNothingOfTheCallersName) {
    const SOCKET s = stream();
    nonblocking(s);
    engine().takes_requests = false;  // The request stays in the ring.
    ws2_sockaddr_in in = name_of("10.0.0.2", 80);
    ASSERT_EQ(wsp.lpWSPConnect(s, as_name(in), sizeof in, nullptr, nullptr, nullptr, nullptr, &error), -1);
    in = name_of("10.9.9.9", 9);
    engine().takes_requests = true;
    engine().help(engine().port);
    EXPECT_EQ(engine().last(RequestOp::connect).endpoint.remote[3], 2);
    EXPECT_EQ(engine().last(RequestOp::connect).endpoint.remote_port, 80);
}

// Clause 10: a blocking call's return is the outcome.
TEST_F(Connect, OnABlockingSocket_WaitsForTheOutcome) {
    for (const ConnError outcome : {ConnError::none, ConnError::refused, ConnError::timed_out,
                                    ConnError::net_unreachable, ConnError::host_unreachable}) {
        const SOCKET s = stream();
        const std::uint32_t before = engine().steps;
        engine().on_wait = [&] {
            if (engine().steps == before + 200) engine().finish_connect(cell(s), outcome);
        };
        const int result = connect(s, "10.0.0.2", 80);
        EXPECT_GE(engine().steps, before + 200);
        if (outcome == ConnError::none) {
            EXPECT_EQ(result, 0);
            EXPECT_EQ(phase(s), Phase::connected);
            continue;
        }
        EXPECT_EQ(result, SOCKET_ERROR);
        const int expected = outcome == ConnError::refused           ? WSAECONNREFUSED
                             : outcome == ConnError::timed_out       ? WSAETIMEDOUT
                             : outcome == ConnError::net_unreachable ? WSAENETUNREACH
                                                                     : WSAEHOSTUNREACH;
        EXPECT_EQ(error, expected);
        EXPECT_EQ(phase(s), Phase::open);
    }
}

// Clause 14: every further connect, until the attempt is over.
TEST_F(Connect, WhileConnecting_IsAlready) {
    const SOCKET s = stream();
    nonblocking(s);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(code(s), WSAEALREADY);
    EXPECT_EQ(code(s, "10.0.0.3", 81), WSAEALREADY);
    EXPECT_EQ(engine().count(RequestOp::connect), 1u);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(code(s), WSAEISCONN);
    EXPECT_EQ(engine().count(RequestOp::connect), 1u);
}

// Clause 16: after a failure the same socket may try again, and may succeed.
TEST_F(Connect, AfterAFailure_MayBeTriedAgain) {
    const SOCKET s = stream();
    nonblocking(s);
    for (const ConnError outcome : {ConnError::refused, ConnError::net_unreachable, ConnError::timed_out}) {
        ASSERT_EQ(code(s), WSAEWOULDBLOCK);
        engine().finish_connect(cell(s), outcome);
    }
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(code(s), WSAEISCONN);
    EXPECT_EQ(engine().count(RequestOp::connect), 4u);
}

// Clause 16's refinement: SO_ERROR keeps the old failure until a connect succeeds, and a synchronous failure
// leaves it alone.
TEST_F(Connect, Failed_StaysInSoErrorUntilSuccess) {
    const SOCKET s = stream();
    nonblocking(s);
    EXPECT_EQ(code(s, "0.0.0.0", 80), WSAEADDRNOTAVAIL);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), 0);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    engine().finish_connect(cell(s), ConnError::refused);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), WSAECONNREFUSED);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), WSAECONNREFUSED);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), WSAECONNREFUSED);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), 0);
}

// The outcome of an attempt that is over must not end the one under way.
TEST_F(Connect, OutcomeOfAnOldAttempt_IsIgnored) {
    const SOCKET s = stream();
    nonblocking(s);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    const std::uint16_t old = engine().last(RequestOp::connect).attempt;
    engine().finish_connect(cell(s), ConnError::refused);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    const std::uint16_t current = engine().last(RequestOp::connect).attempt;
    ASSERT_NE(old, current);
    cell(s).engine.outcome.store(pack_outcome(old, ConnError::none));
    EXPECT_EQ(code(s), WSAEALREADY);
    EXPECT_EQ(phase(s), Phase::connecting);
    cell(s).engine.outcome.store(pack_outcome(current, ConnError::none));
    EXPECT_EQ(code(s), WSAEISCONN);
}

// Attempt numbers never come to 0, which is what a fresh cell's words say.
TEST_F(Connect, AttemptNumbers_SkipZero) {
    const SOCKET s = stream();
    cell(s).app.attempt.store(0xffff);
    EXPECT_EQ(spi::next_attempt(cell(s)), 1);
    EXPECT_EQ(spi::next_attempt(cell(s)), 2);
}

// A failure leaves a bound socket bound: it is not bound a second time, and connects from the same port.
TEST_F(Connect, OfABoundSocket_KeepsTheBinding) {
    const SOCKET s = stream();
    nonblocking(s);
    ASSERT_EQ(bind(s, "0.0.0.0", 7777), 0);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(engine().last(RequestOp::connect).endpoint.has_local, 1);
    EXPECT_EQ(engine().last(RequestOp::connect).endpoint.local_port, 7777);
    engine().finish_connect(cell(s), ConnError::refused);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ERROR), WSAECONNREFUSED);
    EXPECT_EQ(phase(s), Phase::bound);
    EXPECT_EQ(bind(s, "0.0.0.0", 7778), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(engine().last(RequestOp::connect).endpoint.local_port, 7777);
}

// Clause 28: a listening socket.
TEST_F(Connect, OfAListener_IsInvalid) {
    EXPECT_EQ(code(listener()), WSAEINVAL);
}

// Clause 32: after the call the socket has a local name, as soon as the engine chose a port.
TEST_F(Connect, MakesALocalName) {
    const SOCKET s = stream();
    nonblocking(s);
    ws2_sockaddr_in name{};
    int length = sizeof name;
    EXPECT_EQ(wsp.lpWSPGetSockName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(wsp.lpWSPGetSockName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), 0);
    EXPECT_EQ(length, static_cast<int>(sizeof name));
    EXPECT_NE(name.sin_port, 0);
    EXPECT_EQ(wsp.lpWSPGetPeerName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTCONN);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(wsp.lpWSPGetPeerName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), 0);
    EXPECT_EQ(name.sin_port, __builtin_bswap16(80));
}

// Clause 52: no data is ever passed back, and the length says so.
TEST_F(Connect, WithRoomForCalleeData_SetsItsLengthToZero) {
    const SOCKET s = stream();
    nonblocking(s);
    char room[16];
    WSABUF callee{sizeof room, room};
    const ws2_sockaddr_in in = name_of("10.0.0.2", 80);
    EXPECT_EQ(wsp.lpWSPConnect(s, as_name(in), sizeof in, nullptr, &callee, nullptr, nullptr, &error), -1);
    EXPECT_EQ(error, WSAEWOULDBLOCK);
    EXPECT_EQ(callee.len, 0u);
}

// Clause 31a: a ring that stays full. The attempt does not count: the socket may try again at once.
TEST_F(Connect, WithARingThatStaysFull_IsNoBuffers) {
    const SOCKET s = stream();
    nonblocking(s);
    std::vector<SOCKET> others(kFakeRequestSlots);
    for (SOCKET& other : others) {
        other = stream();
        nonblocking(other);
    }
    engine().takes_requests = false;
    for (SOCKET other : others) ASSERT_EQ(code(other), WSAEWOULDBLOCK);
    const Instant before = engine().clock;
    EXPECT_EQ(code(s), WSAENOBUFS);
    EXPECT_GE(engine().clock, before + spi::kEnginePatience);
    EXPECT_EQ(phase(s), Phase::open);
    engine().takes_requests = true;
    EXPECT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(phase(s), Phase::connecting);
}

// A ring that is full for a while, because whoever drives the engine was descheduled, is no error.
TEST_F(Connect, WithARingThatIsFullForAWhile_Waits) {
    const SOCKET s = stream();
    nonblocking(s);
    std::vector<SOCKET> others(kFakeRequestSlots);
    for (SOCKET& other : others) {
        other = stream();
        nonblocking(other);
    }
    engine().takes_requests = false;
    for (SOCKET other : others) ASSERT_EQ(code(other), WSAEWOULDBLOCK);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] { engine().takes_requests = engine().steps > before + 100; };
    EXPECT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_GT(engine().steps, before + 100);
}

// Clause 36: a failure shows in exceptfds alone, and stays there; a success in writefds alone.
TEST_F(Connect, Ended_ShowsInOneSetOfSelect) {
    const auto select = [&](SOCKET s, ws2_fd_set(&sets)[3]) {
        for (ws2_fd_set& set : sets) set = ws2_fd_set{1, {s}};
        const timeval now{0, 0};
        return wsp.lpWSPSelect(0, &sets[0], &sets[1], &sets[2], &now, &error);
    };
    ws2_fd_set sets[3];
    const SOCKET s = stream();
    nonblocking(s);
    EXPECT_EQ(select(s, sets), 0);
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(select(s, sets), 0);
    engine().finish_connect(cell(s), ConnError::refused);
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(select(s, sets), 1);
        EXPECT_EQ(sets[0].fd_count, 0u);
        EXPECT_EQ(sets[1].fd_count, 0u);
        EXPECT_EQ(sets[2].fd_count, 1u);
    }
    ASSERT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(select(s, sets), 0);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(select(s, sets), 1);
    EXPECT_EQ(sets[1].fd_count, 1u);
    EXPECT_EQ(sets[2].fd_count, 0u);
}

// Clause 31b: what never was a socket, and what is none any more.
TEST_F(Connect, OfNoSocket_IsNotSock) {
    const SOCKET s = stream();
    ASSERT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
    for (const SOCKET wrong : {s, INVALID_SOCKET, SOCKET{0}, SOCKET{0xdeadbeef}}) {
        EXPECT_EQ(code(wrong), WSAENOTSOCK);
    }
    EXPECT_EQ(engine().count(RequestOp::connect), 0u);
}

// WSASocket has no cell to give: only when the engine has none, and the next close brings one back.
TEST_F(Connect, WithAllCellsInUse_SocketsAreNoBuffers) {
    std::vector<SOCKET> all;
    for (SOCKET s = stream(); s != INVALID_SOCKET; s = stream()) all.push_back(s);
    EXPECT_EQ(error, WSAENOBUFS);
    EXPECT_EQ(all.size(), kFakeCells);
    ASSERT_EQ(wsp.lpWSPCloseSocket(all.back(), &error), 0);
    EXPECT_NE(stream(), INVALID_SOCKET);
    EXPECT_EQ(stream(), INVALID_SOCKET);
}

// An engine that is only behind is waited for.
TEST_F(Connect, WithAnEngineThatIsBehind_SocketsWait) {
    std::vector<SOCKET> all;
    for (SOCKET s = stream(); s != INVALID_SOCKET; s = stream()) all.push_back(s);
    engine().takes_requests = false;
    ASSERT_EQ(wsp.lpWSPCloseSocket(all.back(), &error), 0);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] { engine().takes_requests = engine().steps > before + 100; };
    EXPECT_NE(stream(), INVALID_SOCKET);
    EXPECT_GT(engine().steps, before + 100);
}

}  // namespace
}  // namespace ringsock::test
