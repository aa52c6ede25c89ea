// SPDX-License-Identifier: BSD-3-Clause
// The library's lives: calls before the first WSAStartup and after the last WSACleanup, counted starts, a
// fresh start with another configuration, version 1.1, bounds that are reached. Rules: clauses 15, 18 and 31a
// of the WSAConnect pages; the WSAStartup and WSACleanup pages.
#include "fixture.h"

namespace ringsock::test {
namespace {

int start(WORD version = MAKEWORD(2, 2)) {
    WSADATA data{};
    return WSAStartup(version, &data);
}

/// A connect to a listener of the own host, and one to a port where nobody listens.
void expect_that_connects_work() {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    EXPECT_EQ(connect_code(socket, place), 0);
    EXPECT_EQ(ws2_send(socket, "hello", 5, 0), 5) << WSAGetLastError();
    Socket accepted(ws2_accept(listener, nullptr, nullptr));
    char bytes[8] = {};
    EXPECT_EQ(ws2_recv(accepted, bytes, sizeof bytes, 0), 5) << WSAGetLastError();
    EXPECT_STREQ(bytes, "hello");
    Socket refused;
    EXPECT_EQ(connect_code(refused, address(kLoopback, kClosedPort)), WSAECONNREFUSED);
}

void expect_not_initialised(SOCKET former) {
    const SOCKADDR_IN to = address(kLoopback, kClosedPort);
    EXPECT_EQ(connect_code(former, to), WSANOTINITIALISED);
    EXPECT_EQ(ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0), INVALID_SOCKET);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
    EXPECT_EQ(code_of(ws2_bind(former, pointer(to), sizeof to)), WSANOTINITIALISED);
    EXPECT_EQ(code_of(ws2_listen(former, 1)), WSANOTINITIALISED);
    EXPECT_EQ(code_of(ws2_send(former, "x", 1, 0)), WSANOTINITIALISED);
    EXPECT_EQ(code_of(ws2_closesocket(former)), WSANOTINITIALISED);
    EXPECT_EQ(code_of(ws2_select(0, nullptr, nullptr, nullptr, nullptr)), WSANOTINITIALISED);
    EXPECT_EQ(code_of(WSACleanup()), WSANOTINITIALISED);
}

// Clause 18.
TEST(Lives, BeforeAndAfter_CallsAreNotInitialised) {
    expect_not_initialised(SOCKET{0x100000});
    ASSERT_EQ(start(), 0) << ringsock_last_error_text();
    const SOCKET left_open = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
    ASSERT_NE(left_open, INVALID_SOCKET);
    EXPECT_EQ(WSACleanup(), 0);
    expect_not_initialised(left_open);
}

// WSACleanup's page: each start is undone once, and the last one ends it.
TEST(Lives, AreCounted) {
    ASSERT_EQ(start(), 0) << ringsock_last_error_text();
    ASSERT_EQ(start(), 0);
    EXPECT_EQ(WSACleanup(), 0);
    expect_that_connects_work();
    EXPECT_EQ(WSACleanup(), 0);
    EXPECT_EQ(code_of(WSACleanup()), WSANOTINITIALISED);
}

// Every life is like the first; sockets do not survive into the next one.
TEST(Lives, MayFollowEachOther) {
    SOCKET former = INVALID_SOCKET;
    for (int life = 0; life < 5; ++life) {
        ASSERT_EQ(start(), 0) << ringsock_last_error_text();
        if (former != INVALID_SOCKET) {
            EXPECT_EQ(connect_code(former, address(kLoopback, kClosedPort)), WSAENOTSOCK);
        }
        expect_that_connects_work();
        former = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
        make_non_blocking(former);
        EXPECT_EQ(connect_code(former, address(kSilent, 80)), WSAEWOULDBLOCK);  // Pending at the cleanup.
        EXPECT_EQ(WSACleanup(), 0);
    }
}

// A configuration is for the next start; one that is wrong is explained, and changes nothing.
TEST(Lives, MayDifferInConfiguration) {
    const char* const dedicated[] = {"engine.drive=dedicated"};
    ASSERT_EQ(ringsock_configure(nullptr, nullptr, dedicated, 1), 0) << ringsock_last_error_text();
    ASSERT_EQ(start(), 0) << ringsock_last_error_text();
    EXPECT_EQ(code_of(ringsock_configure(nullptr, nullptr, nullptr, 0)), WSAEALREADY);
    expect_that_connects_work();
    EXPECT_EQ(WSACleanup(), 0);

    const char* const wrong[] = {"engine.drvie=inline"};
    const bool refused_at_once = ringsock_configure(nullptr, nullptr, wrong, 1) != 0;
    if (!refused_at_once) {
        EXPECT_EQ(start(), WSASYSNOTREADY);
    }
    EXPECT_NE(std::string(ringsock_last_error_text()).find("drive"), std::string::npos)
        << ringsock_last_error_text();
    ASSERT_EQ(ringsock_configure(nullptr, nullptr, nullptr, 0), 0) << ringsock_last_error_text();
    ASSERT_EQ(start(), 0) << ringsock_last_error_text();
    expect_that_connects_work();
    EXPECT_EQ(WSACleanup(), 0);
}

// Clause 15: what is WSAEALREADY to later programs is WSAEINVAL to those of version 1.1.
TEST(Lives, OfVersion11_KnowNoWsaealready) {
    ASSERT_EQ(start(MAKEWORD(1, 1)), 0) << ringsock_last_error_text();
    {
        Socket socket;
        make_non_blocking(socket);
        EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAEWOULDBLOCK);
        EXPECT_EQ(connect_code(socket, address(kSilent, 80)), WSAEINVAL);
    }
    EXPECT_EQ(WSACleanup(), 0);
}

// WSAStartup's page: versions are negotiated down, and a version that nobody knows is refused.
TEST(Lives, AgreeOnAVersion) {
    WSADATA data{};
    EXPECT_EQ(WSAStartup(0, &data), WSAVERNOTSUPPORTED);
    EXPECT_EQ(data.wHighVersion, MAKEWORD(2, 2));
    EXPECT_EQ(WSAStartup(MAKEWORD(2, 2), nullptr), WSAEFAULT);
    ASSERT_EQ(WSAStartup(MAKEWORD(3, 0), &data), 0) << ringsock_last_error_text();
    EXPECT_EQ(data.wVersion, MAKEWORD(2, 2));
    EXPECT_EQ(WSACleanup(), 0);
}

// Clause 31a: a full table of connections says so, and room helps at once.
TEST(Lives, WithATinyLimit_EndInNoBufs) {
    const char* const tiny[] = {"limits.connections=64"};
    ASSERT_EQ(ringsock_configure(nullptr, nullptr, tiny, 1), 0) << ringsock_last_error_text();
    ASSERT_EQ(start(), 0) << ringsock_last_error_text();
    {
        std::vector<Socket> pending;
        int code = WSAEWOULDBLOCK;
        WSAEVENT event = WSACreateEvent();
        for (int i = 0; i < 128 && code == WSAEWOULDBLOCK; ++i) {
            const SOCKET socket = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
            if (socket == INVALID_SOCKET) {
                code = WSAGetLastError();
                break;
            }
            pending.emplace_back(socket);
            EXPECT_EQ(WSAEventSelect(socket, event, FD_CONNECT), 0);
            code = connect_code(socket, address(kSilent, 80));
            // Refused by the engine: then FD_CONNECT carries the code, and soon.
            if (code == WSAEWOULDBLOCK &&
                WSAWaitForMultipleEvents(1, &event, FALSE, 20, FALSE) == WSA_WAIT_EVENT_0) {
                WSANETWORKEVENTS happened{};
                EXPECT_EQ(WSAEnumNetworkEvents(socket, event, &happened), 0);
                code = happened.iErrorCode[FD_CONNECT_BIT];
            }
        }
        EXPECT_EQ(code, WSAENOBUFS);
        EXPECT_GE(pending.size(), 32U);
        pending.clear();
        EXPECT_TRUE(eventually([] {
            Socket socket;
            return connect_code(socket, address(kLoopback, kClosedPort)) == WSAECONNREFUSED;
        }));
        WSACloseEvent(event);
    }
    EXPECT_EQ(WSACleanup(), 0);
    ASSERT_EQ(ringsock_configure(nullptr, nullptr, nullptr, 0), 0) << ringsock_last_error_text();
}

}  // namespace
}  // namespace ringsock::test
