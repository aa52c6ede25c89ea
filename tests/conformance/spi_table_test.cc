// SPDX-License-Identifier: BSD-3-Clause
// The service provider under another shell: this test is one. It loads the provider through WSPStartup, hands
// it its own upcalls, and calls through the table of thirty. Rules: WSPStartup and LPWSPConnect pages
// (clauses 2 and 9), descriptor allocation through WPUCreateSocketHandle.
#include <ringsock/spi.h>
#include <ringsock/ws2.h>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <type_traits>

namespace ringsock::test {
namespace {

/// Clause 2: eight parameters, int, reached through the table.
static_assert(std::is_same_v<LPWSPCONNECT,
                             int (*)(SOCKET, const sockaddr*, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPINT)>);
static_assert(offsetof(WSPPROC_TABLE, lpWSPConnect) == 7 * sizeof(void*));
static_assert(sizeof(WSPPROC_TABLE) == 30 * sizeof(void*));

/// Handles of this shell, unlike those of the library's.
std::map<SOCKET, DWORD_PTR> g_handles;
int g_created = 0;
int g_closed = 0;

WSPUPCALLTABLE own_upcalls() {
    WSPUPCALLTABLE table{};
    table.lpWPUCreateSocketHandle = [](DWORD, DWORD_PTR context, LPINT) -> SOCKET {
        const SOCKET s = 0x70000000 + static_cast<SOCKET>(++g_created) * 4;
        g_handles[s] = context;
        return s;
    };
    table.lpWPUCloseSocketHandle = [](SOCKET s, LPINT error) -> int {
        ++g_closed;
        if (g_handles.erase(s) != 0) return 0;
        *error = WSAENOTSOCK;
        return SOCKET_ERROR;
    };
    table.lpWPUQuerySocketHandleContext = [](SOCKET s, PDWORD_PTR context, LPINT error) -> int {
        const auto found = g_handles.find(s);
        if (found == g_handles.end()) {
            *error = WSAENOTSOCK;
            return SOCKET_ERROR;
        }
        *context = found->second;
        return 0;
    };
    return table;
}

ws2_sockaddr_in loopback(USHORT port) {
    ws2_sockaddr_in in{};
    in.sin_family = WS_AF_INET;
    in.sin_port = __builtin_bswap16(port);
    in.sin_addr.S_un.S_addr = __builtin_bswap32(0x7f000001);
    return in;
}
const sockaddr* pointer(const ws2_sockaddr_in& in) {
    return reinterpret_cast<const sockaddr*>(&in);
}

class SpiTable : public ::testing::Test {
  protected:
    void SetUp() override {
        g_created = g_closed = 0;
        g_handles.clear();
        WSAPROTOCOL_INFOW info{};
        ASSERT_EQ(WSPStartup(MAKEWORD(2, 2), &data, &info, own_upcalls(), &wsp), 0);
    }
    void TearDown() override { EXPECT_EQ(wsp.lpWSPCleanup(&error), 0); }

    SOCKET stream() {
        return wsp.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, 0, &error);
    }
    SOCKET listener(ws2_sockaddr_in& name) {
        const SOCKET s = stream();
        name = loopback(0);
        EXPECT_EQ(wsp.lpWSPBind(s, pointer(name), sizeof name, &error), 0) << error;
        EXPECT_EQ(wsp.lpWSPListen(s, 5, &error), 0) << error;
        int length = sizeof name;
        EXPECT_EQ(wsp.lpWSPGetSockName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), 0) << error;
        return s;
    }
    int connect(SOCKET s, const ws2_sockaddr_in& name) {
        return wsp.lpWSPConnect(s, pointer(name), sizeof name, nullptr, nullptr, nullptr, nullptr, &error);
    }

    WSPDATA data{};
    WSPPROC_TABLE wsp{};
    int error = 0;
};

// The provider answers every call of the interface: a shell may call any without looking.
TEST_F(SpiTable, HasThirtyEntries_NoneNull) {
    void* entries[30];
    std::memcpy(entries, &wsp, sizeof wsp);
    for (int i = 0; i < 30; ++i) EXPECT_NE(entries[i], nullptr) << "entry " << i;
    EXPECT_EQ(data.wVersion, MAKEWORD(2, 2));
    EXPECT_NE(data.szDescription[0], 0);
}

// Sockets get their handles from the shell that loaded the provider, and give them back.
TEST_F(SpiTable, HandlesComeFromTheShell) {
    const SOCKET s = stream();
    ASSERT_NE(s, INVALID_SOCKET) << error;
    EXPECT_EQ(g_created, 1);
    EXPECT_TRUE(g_handles.contains(s));
    EXPECT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
    EXPECT_EQ(g_closed, 1);
    EXPECT_EQ(wsp.lpWSPCloseSocket(s, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
}

// Clause 9: a provider says errors through lpErrno and leaves the thread's last error alone.
TEST_F(SpiTable, ErrorsGoThroughLpErrno) {
    constexpr int kSentinel = 4711;
    WSASetLastError(kSentinel);
    const ws2_sockaddr_in zero = [] {
        ws2_sockaddr_in in = loopback(80);
        in.sin_addr.S_un.S_addr = 0;
        return in;
    }();
    EXPECT_EQ(connect(INVALID_SOCKET, zero), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
    EXPECT_EQ(WSAGetLastError(), kSentinel);
    const SOCKET s = stream();
    EXPECT_EQ(connect(s, zero), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEADDRNOTAVAIL);
    EXPECT_EQ(connect(s, loopback(9)), SOCKET_ERROR);  // Nobody listens there.
    EXPECT_EQ(error, WSAECONNREFUSED);
    EXPECT_EQ(WSAGetLastError(), kSentinel);
    // What succeeds leaves it alone, too.
    int type = 0;
    int length = sizeof type;
    EXPECT_EQ(
        wsp.lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_TYPE, reinterpret_cast<char*>(&type), &length, &error),
        0);
    EXPECT_EQ(WSAGetLastError(), kSentinel);
}

// A whole conversation through the table alone.
TEST_F(SpiTable, CarriesAConversation) {
    ws2_sockaddr_in name{};
    const SOCKET l = listener(name);
    const SOCKET near = stream();
    ASSERT_EQ(connect(near, name), 0) << error;
    const SOCKET far = wsp.lpWSPAccept(l, nullptr, nullptr, nullptr, 0, &error);
    ASSERT_NE(far, INVALID_SOCKET) << error;
    char text[] = "through the table";
    WSABUF out{sizeof text, text};
    DWORD moved = 0;
    ASSERT_EQ(wsp.lpWSPSend(near, &out, 1, &moved, 0, nullptr, nullptr, nullptr, &error), 0) << error;
    EXPECT_EQ(moved, sizeof text);
    char room[64] = {};
    WSABUF in{sizeof room, room};
    DWORD flags = WS_MSG_PEEK;
    ASSERT_EQ(wsp.lpWSPRecv(far, &in, 1, &moved, &flags, nullptr, nullptr, nullptr, &error), 0) << error;
    flags = 0;
    ASSERT_EQ(wsp.lpWSPRecv(far, &in, 1, &moved, &flags, nullptr, nullptr, nullptr, &error), 0) << error;
    EXPECT_STREQ(room, text);
    ASSERT_EQ(wsp.lpWSPShutdown(near, SD_SEND, &error), 0);
    ASSERT_EQ(wsp.lpWSPRecv(far, &in, 1, &moved, &flags, nullptr, nullptr, nullptr, &error), 0) << error;
    EXPECT_EQ(moved, 0u);
    EXPECT_EQ(wsp.lpWSPCloseSocket(far, &error), 0);
    EXPECT_EQ(wsp.lpWSPCloseSocket(near, &error), 0);
    EXPECT_EQ(wsp.lpWSPCloseSocket(l, &error), 0);
}

// WSPStartup counts: the latest upcalls win, and one cleanup undoes one start.
TEST_F(SpiTable, StartupIsCounted) {
    WSAPROTOCOL_INFOW info{};
    WSPDATA again{};
    WSPPROC_TABLE second{};
    ASSERT_EQ(WSPStartup(MAKEWORD(2, 2), &again, &info, own_upcalls(), &second), 0);
    EXPECT_EQ(std::memcmp(&wsp, &second, sizeof wsp), 0);
    EXPECT_EQ(second.lpWSPCleanup(&error), 0);
    const SOCKET s = stream();
    EXPECT_NE(s, INVALID_SOCKET);
    EXPECT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
}

// Versions and null pointers; the codes come back directly.
TEST_F(SpiTable, StartupJudgesItsArguments) {
    WSAPROTOCOL_INFOW info{};
    WSPDATA other{};
    WSPPROC_TABLE table{};
    EXPECT_EQ(WSPStartup(MAKEWORD(1, 1), &other, &info, own_upcalls(), &table), WSAVERNOTSUPPORTED);
    EXPECT_EQ(WSPStartup(MAKEWORD(2, 2), nullptr, &info, own_upcalls(), &table), WSAEFAULT);
    EXPECT_EQ(WSPStartup(MAKEWORD(2, 2), &other, &info, own_upcalls(), nullptr), WSAEFAULT);
    EXPECT_EQ(WSPStartup(MAKEWORD(2, 2), &other, &info, WSPUPCALLTABLE{}, &table), WSAEINVALIDPROCTABLE);
}

}  // namespace
}  // namespace ringsock::test
