// SPDX-License-Identifier: BSD-3-Clause
// WSPListen and WSPAccept: backlog, what an accepted socket inherits, and the condition function. Rules:
// WSPListen, WSPAccept and WSAAccept pages.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/listener.h"
#include "spi/wsp_socket.h"
#include "sync/event.h"

namespace ringsock::test {
namespace {

constexpr Ipv4 kPeer = Ipv4::of(10, 0, 0, 2);

/// What the condition function was given, and what it answers.
struct Condition {
    int answer = CF_ACCEPT;
    int calls = 0;
    ws2_sockaddr_in caller{};
    ws2_sockaddr_in callee{};
    ProviderFixture* fixture = nullptr;
    SOCKET to_close = INVALID_SOCKET;

    static int judge(LPWSABUF caller_id, LPWSABUF caller_data, LPQOS, LPQOS, LPWSABUF callee_id,
                     LPWSABUF callee_data, GROUP*, DWORD_PTR context) {
        auto& self = *reinterpret_cast<Condition*>(context);
        ++self.calls;
        EXPECT_EQ(caller_id->len, sizeof self.caller);
        EXPECT_EQ(caller_data, nullptr);
        EXPECT_EQ(callee_data->len, 0u);
        std::memcpy(&self.caller, caller_id->buf, sizeof self.caller);
        std::memcpy(&self.callee, callee_id->buf, sizeof self.callee);
        int code = 0;
        if (self.to_close != INVALID_SOCKET) {
            EXPECT_EQ(self.fixture->wsp.lpWSPCloseSocket(self.to_close, &code), 0);
        }
        return self.answer;
    }
};

class Accept : public ::testing::Test, public ProviderFixture {
  protected:
    SOCKET accept(SOCKET l, Condition* condition = nullptr) {
        return wsp.lpWSPAccept(l, nullptr, nullptr, condition != nullptr ? Condition::judge : nullptr,
                               reinterpret_cast<DWORD_PTR>(condition), &error);
    }
    int code(SOCKET l, Condition* condition = nullptr) {
        return accept(l, condition) == INVALID_SOCKET ? error : 0;
    }
};

// listen's own table.
TEST_F(Accept, Listen_NeedsABoundStream) {
    const SOCKET s = stream();
    EXPECT_EQ(wsp.lpWSPListen(s, 5, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(wsp.lpWSPListen(datagram(), 5, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
    EXPECT_EQ(wsp.lpWSPListen(connected(), 5, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEISCONN);
    ASSERT_EQ(bind(s, "0.0.0.0", 80), 0);
    engine().listen_answer = ConnError::address_in_use;
    EXPECT_EQ(wsp.lpWSPListen(s, 5, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEADDRINUSE);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ACCEPTCONN), 0);
    engine().listen_answer = ConnError::none;
    EXPECT_EQ(wsp.lpWSPListen(s, 5, &error), 0);
    EXPECT_EQ(wsp.lpWSPListen(s, 500, &error), 0);
    EXPECT_EQ(engine().count(RequestOp::listen), 2u);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_ACCEPTCONN), 1);
}

// The backlog: SOMAXCONN is ours to choose, SOMAXCONN_HINT is a wish, the rest is bounded.
TEST_F(Accept, Backlog_IsBounded) {
    const auto backlog = [&](int wanted) {
        const SOCKET s = stream();
        EXPECT_EQ(bind(s, "0.0.0.0", 80), 0);
        EXPECT_EQ(wsp.lpWSPListen(s, wanted, &error), 0);
        return engine().last(RequestOp::listen).listen.backlog;
    };
    EXPECT_EQ(backlog(0), 1u);
    EXPECT_EQ(backlog(1), 1u);
    EXPECT_EQ(backlog(100), 100u);
    EXPECT_EQ(backlog(1 << 20), 4096u);
    EXPECT_EQ(backlog(WS_SOMAXCONN), 4096u);
    EXPECT_EQ(backlog(-200), 200u);
    EXPECT_EQ(backlog(INT32_MIN), 4096u);
}

TEST_F(Accept, InTheWrongState_Fails) {
    EXPECT_EQ(code(datagram()), WSAEOPNOTSUPP);
    EXPECT_EQ(code(stream()), WSAEINVAL);
    EXPECT_EQ(code(connected()), WSAEINVAL);
    EXPECT_EQ(code(INVALID_SOCKET), WSAENOTSOCK);
    const SOCKET l = listener();
    EXPECT_EQ(code(l), WSAEWOULDBLOCK);
    engine().arrive(cell(l), kPeer, Port{1000});
    ws2_sockaddr_in name{};
    int length = sizeof name - 1;
    EXPECT_EQ(wsp.lpWSPAccept(l, reinterpret_cast<sockaddr*>(&name), &length, nullptr, 0, &error),
              INVALID_SOCKET);
    EXPECT_EQ(error, WSAEFAULT);
    EXPECT_EQ(wsp.lpWSPAccept(l, reinterpret_cast<sockaddr*>(&name), nullptr, nullptr, 0, &error),
              INVALID_SOCKET);
    EXPECT_EQ(error, WSAEFAULT);
    length = sizeof name;
    EXPECT_NE(wsp.lpWSPAccept(l, reinterpret_cast<sockaddr*>(&name), &length, nullptr, 0, &error),
              INVALID_SOCKET);
    EXPECT_EQ(name.sin_port, __builtin_bswap16(1000));
    EXPECT_EQ(name.sin_addr.S_un.S_addr, __builtin_bswap32(kPeer.value));
}

// In the order of arrival, with the listener's options and mode.
TEST_F(Accept, GivesConnectionsInOrder_LikeTheListener) {
    const SOCKET l = listener();
    ASSERT_EQ(set_option(l, WS_IPPROTO_TCP, WS_TCP_NODELAY, 1), 0);
    ASSERT_EQ(set_option(l, WS_SOL_SOCKET, WS_SO_RCVTIMEO, 77), 0);
    for (std::uint16_t port = 1000; port < 1003; ++port) engine().arrive(cell(l), kPeer, Port{port});
    for (std::uint16_t port = 1000; port < 1003; ++port) {
        const SOCKET s = accept(l);
        ASSERT_NE(s, INVALID_SOCKET);
        ws2_sockaddr_in name{};
        int length = sizeof name;
        ASSERT_EQ(wsp.lpWSPGetPeerName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), 0);
        EXPECT_EQ(name.sin_port, __builtin_bswap16(port));
        EXPECT_EQ(option(s, WS_IPPROTO_TCP, WS_TCP_NODELAY), 1);
        EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_RCVTIMEO), 77);
        std::string text;
        EXPECT_EQ(recv(s, text, 1), SOCKET_ERROR);
        EXPECT_EQ(error, WSAEWOULDBLOCK);
        EXPECT_EQ(send(s, "hello"), 5);
    }
    EXPECT_EQ(code(l), WSAEWOULDBLOCK);
}

TEST_F(Accept, OnABlockingListener_Waits) {
    const SOCKET l = stream();
    ASSERT_EQ(bind(l, "0.0.0.0", 80), 0);
    ASSERT_EQ(wsp.lpWSPListen(l, 5, &error), 0);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 300) engine().arrive(cell(l), kPeer, Port{1000});
    };
    const SOCKET s = accept(l);
    EXPECT_NE(s, INVALID_SOCKET);
    EXPECT_GE(engine().steps, before + 300);
    EXPECT_EQ(cell(s).app.blocking, 1);
}

// A connection that the peer reset meanwhile is given all the same; the first receive tells.
TEST_F(Accept, OfAResetConnection_LetsTheReceiveTell) {
    const SOCKET l = listener();
    SocketCell* const child = engine().arrive(cell(l), kPeer, Port{1000});
    engine().break_connection(*child, ConnError::reset);
    const SOCKET s = accept(l);
    ASSERT_NE(s, INVALID_SOCKET);
    std::string text;
    EXPECT_EQ(recv(s, text, 1), SOCKET_ERROR);
    EXPECT_EQ(error, WSAECONNRESET);
}

// No handle left: the connection is refused and the listener goes on.
TEST_F(Accept, WithoutAHandle_RefusesTheConnection) {
    const SOCKET l = listener();
    engine().arrive(cell(l), kPeer, Port{1000});
    fake_shell().refuses_handles = true;
    EXPECT_EQ(code(l), WSAEMFILE);
    fake_shell().refuses_handles = false;
    engine().help(engine().port);
    EXPECT_EQ(engine().count(RequestOp::close), 1u);
    EXPECT_EQ(code(l), WSAEWOULDBLOCK);
}

// The condition function sees both names; CF_ACCEPT goes on.
TEST_F(Accept, Condition_SeesBothNames) {
    const SOCKET l = listener();
    engine().arrive(cell(l), kPeer, Port{1000});
    Condition condition;
    EXPECT_EQ(code(l, &condition), 0);
    EXPECT_EQ(condition.calls, 1);
    EXPECT_EQ(condition.caller.sin_port, __builtin_bswap16(1000));
    EXPECT_EQ(condition.caller.sin_addr.S_un.S_addr, __builtin_bswap32(kPeer.value));
    EXPECT_EQ(condition.callee.sin_port, __builtin_bswap16(80));
    EXPECT_EQ(condition.callee.sin_family, WS_AF_INET);
}

// CF_REJECT: WSAECONNREFUSED here, a reset there. Another answer: WSAEINVAL.
TEST_F(Accept, ConditionThatRejects_Refuses) {
    const SOCKET l = listener();
    for (const auto& [answer, expected] : {std::pair{CF_REJECT, WSAECONNREFUSED}, std::pair{99, WSAEINVAL}}) {
        engine().arrive(cell(l), kPeer, Port{1000});
        engine().arrive(cell(l), kPeer, Port{1001});
        Condition condition;
        condition.answer = answer;
        const std::size_t before = engine().count(RequestOp::close);
        EXPECT_EQ(code(l, &condition), expected);
        EXPECT_EQ(engine().count(RequestOp::close), before + 1);
        condition.answer = CF_ACCEPT;
        EXPECT_EQ(code(l, &condition), 0);
        EXPECT_EQ(condition.caller.sin_port, __builtin_bswap16(1001));
    }
}

// CF_DEFER: WSATRY_AGAIN, the connection stays at the head, and no FD_ACCEPT comes while it does.
TEST_F(Accept, ConditionThatDefers_KeepsTheConnection) {
    const SOCKET l = listener();
    const WSAEVENT event = sync::create_event(false, false);
    ASSERT_EQ(wsp.lpWSPEventSelect(l, event, FD_ACCEPT, &error), 0);
    engine().arrive(cell(l), kPeer, Port{1000});
    engine().arrive(cell(l), kPeer, Port{1001});
    ASSERT_EQ(enumerate(l, event), FD_ACCEPT);
    Condition condition;
    condition.answer = CF_DEFER;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(code(l, &condition), WSATRY_AGAIN);
        EXPECT_EQ(condition.caller.sin_port, __builtin_bswap16(1000));
        EXPECT_EQ(enumerate(l, event), 0);
    }
    condition.answer = CF_ACCEPT;
    EXPECT_EQ(code(l, &condition), 0);
    EXPECT_EQ(condition.caller.sin_port, __builtin_bswap16(1000));
    EXPECT_EQ(enumerate(l, event), FD_ACCEPT);
    EXPECT_EQ(code(l, &condition), 0);
    EXPECT_EQ(condition.caller.sin_port, __builtin_bswap16(1001));
    sync::close_event(event);
}

// The condition function may do anything, even close the listener.
TEST_F(Accept, ConditionThatClosesTheListener_IsInterrupted) {
    const SOCKET l = listener();
    engine().arrive(cell(l), kPeer, Port{1000});
    Condition condition;
    condition.fixture = this;
    condition.to_close = l;
    EXPECT_EQ(code(l, &condition), WSAEINTR);
    EXPECT_EQ(code(l), WSAENOTSOCK);
    EXPECT_EQ(engine().count(RequestOp::close), 2u);
}

// SO_CONDITIONAL_ACCEPT belongs before listen.
TEST_F(Accept, ConditionalOption_ComesBeforeListen) {
    const SOCKET s = stream();
    EXPECT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_CONDITIONAL_ACCEPT, 1), 0);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_CONDITIONAL_ACCEPT), 1);
    EXPECT_EQ(set_option(listener(), WS_SOL_SOCKET, WS_SO_CONDITIONAL_ACCEPT, 1), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
}

// Listeners' blocks are freed once the engine let go of their cells, not before.
TEST_F(Accept, ClosedListeners_AreFreedLater) {
    for (int i = 0; i < 50; ++i) ASSERT_EQ(wsp.lpWSPCloseSocket(listener(), &error), 0);
    EXPECT_NE(listener(), INVALID_SOCKET);
}

}  // namespace
}  // namespace ringsock::test
