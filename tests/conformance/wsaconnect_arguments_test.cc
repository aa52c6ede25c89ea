// SPDX-License-Identifier: BSD-3-Clause
// What WSAConnect refuses before it sends anything: handles, names, states of the socket, connect data, flow
// specifications; and what a pending connect allows. Rules: clauses 6, 8, 11, 14, 20, 21, 23 to 29, 31b to 35
// and 50 to 62 of the WSAConnect and LPWSPConnect pages, as /api/spi/validate.h orders them.
#include <thread>

#include "fixture.h"

namespace ringsock::test {
namespace {

class WsaConnect : public Started {};

/// WSAConnect with everything that may go wrong spelled out.
int connect_code(SOCKET s, const void* name, int length, WSABUF* caller_data = nullptr,
                 WSABUF* callee_data = nullptr, QOS* sqos = nullptr, QOS* gqos = nullptr) {
    return code_of(
        WSAConnect(s, static_cast<const SOCKADDR*>(name), length, caller_data, callee_data, sqos, gqos));
}
using ringsock::test::connect_code;

bool is_set(WSAEVENT event) {
    return WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE) == WSA_WAIT_EVENT_0;
}

QOS flow(SERVICETYPE type) {
    QOS qos{};
    qos.SendingFlowspec.ServiceType = type;
    qos.ReceivingFlowspec.ServiceType = type;
    return qos;
}

// Clause 31b: a handle that never was, that is no more, or that is something else.
TEST_F(WsaConnect, OnWhatIsNoSocket_IsNotSock) {
    Socket closed;
    const SOCKET stale = closed;
    closed.close();
    const WSAEVENT event = WSACreateEvent();
    const SOCKADDR_IN to = address(kLoopback, kClosedPort);
    for (const SOCKET s : {INVALID_SOCKET, SOCKET{0}, SOCKET{0xdeadbeef}, SOCKET{0xabacab}, stale,
                           reinterpret_cast<SOCKET>(event)}) {
        EXPECT_EQ(connect_code(s, to), WSAENOTSOCK) << s;
    }
    WSACloseEvent(event);
}

// Clause 27: a name that is missing or too short.
TEST_F(WsaConnect, WithoutARealName_IsFault) {
    for (const int type : {WS_SOCK_STREAM, WS_SOCK_DGRAM}) {
        Socket socket(type);
        const SOCKADDR_IN to = address(kLoopback, kClosedPort);
        EXPECT_EQ(connect_code(socket, nullptr, sizeof to), WSAEFAULT);
        EXPECT_EQ(connect_code(socket, nullptr, 0), WSAEFAULT);
        for (const int length : {15, 2, 1, 0, -1})
            EXPECT_EQ(connect_code(socket, &to, length), WSAEFAULT) << length;
    }
}

// Clause 25: a family that this socket does not speak.
TEST_F(WsaConnect, ToAnotherFamily_IsAfNoSupport) {
    for (const int type : {WS_SOCK_STREAM, WS_SOCK_DGRAM}) {
        Socket socket(type);
        SOCKADDR_IN6 ipv6{};
        ipv6.sin6_family = WS_AF_INET6;
        ipv6.sin6_port = ws2_htons(80);
        ipv6.sin6_addr.u.Byte[15] = 1;
        EXPECT_EQ(connect_code(socket, &ipv6, sizeof ipv6), WSAEAFNOSUPPORT);
        SOCKADDR_IN nobodys = address(kLoopback, kClosedPort);
        nobodys.sin_family = 0xdead;
        EXPECT_EQ(connect_code(socket, nobodys), WSAEAFNOSUPPORT);
    }
}

// Clauses 24 and 34: the wildcard is no address to go to, and that is the return code, not an event.
TEST_F(WsaConnect, StreamToTheWildcard_IsAddrNotAvailAtOnce) {
    Socket socket;
    const WSAEVENT event = WSACreateEvent();
    ASSERT_EQ(WSAEventSelect(socket, event, FD_CONNECT), 0);
    EXPECT_EQ(connect_code(socket, address("0.0.0.0", 80)), WSAEADDRNOTAVAIL);
    EXPECT_EQ(connect_code(socket, address(kLoopback, 0)), WSAEADDRNOTAVAIL);
    EXPECT_EQ(connect_code(socket, address("0.0.0.0", 0)), WSAEADDRNOTAVAIL);
    EXPECT_FALSE(is_set(event));
    Socket blocking;
    EXPECT_EQ(connect_code(blocking, address("0.0.0.0", 80)), WSAEADDRNOTAVAIL);
    WSACloseEvent(event);
}

// Clause 28.
TEST_F(WsaConnect, OnAListener_IsInvalid) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    EXPECT_EQ(connect_code(listener, place), WSAEINVAL);
    make_non_blocking(listener);
    EXPECT_EQ(connect_code(listener, place), WSAEINVAL);
}

// Clauses 29 and 35: blocking or not, the first connection stays.
TEST_F(WsaConnect, Twice_IsAlreadyConnected) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    ASSERT_EQ(connect_code(socket, place), 0);
    EXPECT_EQ(WSAGetLastError(), 0);
    EXPECT_EQ(connect_code(socket, place), WSAEISCONN);
    EXPECT_EQ(connect_code(socket, address(kNoRoute, 80)), WSAEISCONN);
    make_non_blocking(socket);
    EXPECT_EQ(connect_code(socket, place), WSAEISCONN);
    EXPECT_EQ(ws2_send(socket, "x", 1, 0), 1);
}

// Clause 14: every further connect until the attempt ends, wherever it goes; and it does not disturb the
// attempt.
TEST_F(WsaConnect, WhileOneIsPending_IsAlready) {
    Socket socket;
    make_non_blocking(socket);
    EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAEWOULDBLOCK);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAEALREADY);
    EXPECT_EQ(connect_code(socket, address(kLoopback, kClosedPort)), WSAEALREADY);
    EXPECT_EQ(ws2_connect(socket, pointer(address(kSilent, 80)), sizeof(SOCKADDR_IN)), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEALREADY);
    WSAPOLLFD entry{.fd = socket, .events = WS_POLLWRNORM, .revents = 0};
    EXPECT_EQ(WSAPoll(&entry, 1, 0), 0);
}

// Clause 14, from another thread while the first waits.
TEST_F(WsaConnect, WhileAnotherThreadConnects_IsAlready) {
    Socket socket;
    DWORD seconds = 2;
    ASSERT_EQ(set_option(socket, WS_IPPROTO_TCP, WS_TCP_MAXRT, seconds), 0);
    std::thread first([&] { EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAETIMEDOUT); });
    SOCKADDR_IN name{};
    EXPECT_TRUE(eventually([&] {
        int length = sizeof name;
        return ws2_getsockname(socket, reinterpret_cast<SOCKADDR*>(&name), &length) == 0;
    }));
    EXPECT_EQ(connect_code(socket, address(kLoopback, kClosedPort)), WSAEALREADY);
    first.join();
}

// Clause 21: "the socket was closed", told to the thread that waits.
TEST_F(WsaConnect, InterruptedByCloseSocket_IsIntr) {
    Socket socket;
    std::thread waits(
        [&, s = SOCKET{socket}] { EXPECT_EQ(connect_code(s, address(kSilent, 80)), WSAEINTR); });
    SOCKADDR_IN name{};
    EXPECT_TRUE(eventually([&] {
        int length = sizeof name;
        return ws2_getsockname(socket, reinterpret_cast<SOCKADDR*>(&name), &length) == 0;
    }));
    socket.close();
    waits.join();
}

// Clause 32: the association is made by the connect, is there as soon as it is under way, and is unique.
TEST_F(WsaConnect, OnAnUnboundSocket_BindsIt) {
    Socket first, second;
    SOCKADDR_IN name{};
    int length = sizeof name;
    EXPECT_EQ(code_of(ws2_getsockname(first, reinterpret_cast<SOCKADDR*>(&name), &length)), WSAEINVAL);
    make_non_blocking(first);
    make_non_blocking(second);
    EXPECT_EQ(connect_code(first, address(kSilent, 80)), WSAEWOULDBLOCK);
    EXPECT_EQ(connect_code(second, address(kSilent, 80)), WSAEWOULDBLOCK);
    EXPECT_NE(local_name(first).sin_port, 0);
    EXPECT_NE(local_name(second).sin_port, 0);
    EXPECT_NE(local_name(first).sin_port, local_name(second).sin_port);
}

// Clause 32: a socket that was bound connects from there, and the listener sees it so.
TEST_F(WsaConnect, OnABoundSocket_ConnectsFromThere) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    const SOCKADDR_IN from = bind_anywhere(socket);
    ASSERT_EQ(connect_code(socket, place), 0);
    SOCKADDR_IN peer{};
    int length = sizeof peer;
    Socket accepted(ws2_accept(listener, reinterpret_cast<SOCKADDR*>(&peer), &length));
    ASSERT_NE(SOCKET{accepted}, INVALID_SOCKET) << WSAGetLastError();
    EXPECT_EQ(peer.sin_port, from.sin_port);
    EXPECT_EQ(peer.sin_addr.s_addr, from.sin_addr.s_addr);
}

// Clause 20: two sockets on one local port may go to different peers, but not to the same one.
TEST_F(WsaConnect, FromATakenPair_IsAddrInUse) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket first, second;
    ASSERT_EQ(set_option(first, WS_SOL_SOCKET, WS_SO_REUSEADDR, BOOL{TRUE}), 0);
    ASSERT_EQ(set_option(second, WS_SOL_SOCKET, WS_SO_REUSEADDR, BOOL{TRUE}), 0);
    const SOCKADDR_IN from = bind_anywhere(first);
    ASSERT_EQ(ws2_bind(second, pointer(from), sizeof from), 0) << WSAGetLastError();
    ASSERT_EQ(connect_code(first, place), 0);
    EXPECT_EQ(connect_code(second, place), WSAEADDRINUSE);
}

// Clause 31d: TCP carries no connect data. The socket is as it was.
TEST_F(WsaConnect, StreamWithCallerData_IsProtoNoSupport) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    char bytes[] = "data";
    WSABUF caller_data{.len = 4, .buf = bytes};
    EXPECT_EQ(connect_code(socket, &place, sizeof place, &caller_data), WSAEPROTONOSUPPORT);
    EXPECT_EQ(connect_code(socket, place), 0);
}

// Clauses 52 and 53: nothing comes back, and the length says so: on return, or with FD_CONNECT.
TEST_F(WsaConnect, WithRoomForCalleeData_SaysThatNoneCame) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    char bytes[16];
    WSABUF callee_data{.len = sizeof bytes, .buf = bytes};
    Socket blocking;
    EXPECT_EQ(connect_code(blocking, &place, sizeof place, nullptr, &callee_data), 0);
    EXPECT_EQ(callee_data.len, 0U);

    Socket socket;
    WSAEVENT event = WSACreateEvent();
    ASSERT_EQ(WSAEventSelect(socket, event, FD_CONNECT), 0);
    callee_data.len = sizeof bytes;
    EXPECT_EQ(connect_code(socket, &place, sizeof place, nullptr, &callee_data), WSAEWOULDBLOCK);
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 5000, FALSE), WSA_WAIT_EVENT_0);
    EXPECT_EQ(callee_data.len, 0U);
    WSACloseEvent(event);
}

// Clauses 31c and 57 to 62: the group's flow specification is reserved, a guarantee cannot be kept, best
// effort can.
TEST_F(WsaConnect, WithFlowSpecifications_TakesBestEffortOnly) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    QOS best_effort = flow(SERVICETYPE_BESTEFFORT);
    QOS guaranteed = flow(SERVICETYPE_GUARANTEED);
    EXPECT_EQ(connect_code(socket, &place, sizeof place, nullptr, nullptr, nullptr, &best_effort), WSAEINVAL);
    EXPECT_EQ(connect_code(socket, &place, sizeof place, nullptr, nullptr, &guaranteed), WSAEOPNOTSUPP);
    EXPECT_EQ(connect_code(socket, &place, sizeof place, nullptr, nullptr, &best_effort), 0);
}

// Section 4.8: not even the own host answers at once, so that programs need one path only.
TEST_F(WsaConnect, NonBlockingOnLoopback_StillEndsLater) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    for (int i = 0; i < 20; ++i) {
        Socket socket;
        make_non_blocking(socket);
        EXPECT_EQ(connect_code(socket, place), WSAEWOULDBLOCK);
    }
}

// Clause 21, and closesocket's page: closing a socket whose connect is pending is no error and tells nobody.
TEST_F(WsaConnect, ClosedWhilePending_SetsNoEvent) {
    WSAEVENT event = WSACreateEvent();
    {
        Socket socket;
        ASSERT_EQ(WSAEventSelect(socket, event, FD_CONNECT | FD_CLOSE), 0);
        EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAEWOULDBLOCK);
    }
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 50, FALSE), WSA_WAIT_TIMEOUT);
    WSACloseEvent(event);
}

// Section 4.3: a socket with a selection does not go back to blocking, and one without does.
TEST_F(WsaConnect, UnderAnEventSelection_StaysNonBlocking) {
    Socket socket;
    WSAEVENT event = WSACreateEvent();
    ASSERT_EQ(WSAEventSelect(socket, event, FD_CONNECT), 0);
    ULONG off = 0;
    EXPECT_EQ(code_of(ws2_ioctlsocket(socket, static_cast<LONG>(WS_FIONBIO), &off)), WSAEINVAL);
    EXPECT_EQ(WSAEventSelect(socket, nullptr, 0), 0);
    EXPECT_EQ(code_of(ws2_ioctlsocket(socket, static_cast<LONG>(WS_FIONBIO), &off)), 0);
    EXPECT_EQ(connect_code(socket, address(kLoopback, kClosedPort)), WSAECONNREFUSED);
    EXPECT_FALSE(is_set(event));
    WSACloseEvent(event);
}

// Section 4.5: SO_ERROR holds the failure of an asynchronous connect until one succeeds.
TEST_F(WsaConnect, AsynchronousFailure_StaysInSoErrorUntilSuccess) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    make_non_blocking(socket);
    const auto so_error = [&] {
        int code = 0;
        int length = sizeof code;
        EXPECT_EQ(ws2_getsockopt(socket, WS_SOL_SOCKET, WS_SO_ERROR, reinterpret_cast<char*>(&code), &length),
                  0);
        return code;
    };
    EXPECT_EQ(connect_code(socket, address(kLoopback, kClosedPort)), WSAEWOULDBLOCK);
    EXPECT_TRUE(eventually([&] { return so_error() != 0; }));
    EXPECT_EQ(so_error(), WSAECONNREFUSED);
    EXPECT_EQ(so_error(), WSAECONNREFUSED);
    EXPECT_EQ(connect_code(socket, place), WSAEWOULDBLOCK);
    EXPECT_TRUE(eventually([&] { return so_error() == 0; }));
    EXPECT_EQ(ws2_send(socket, "x", 1, 0), 1) << WSAGetLastError();
}

}  // namespace
}  // namespace ringsock::test
