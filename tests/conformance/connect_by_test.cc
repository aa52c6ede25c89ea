// SPDX-License-Identifier: BSD-3-Clause
// Rule: WSAConnectByList and WSAConnectByName try one address after the other until one connects or the time
// is up, and report both ends (Winsock: WSAConnectByList, WSAConnectByNameA/W).
#include <gtest/gtest.h>
#include <ringsock/ws2.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

ws2_sockaddr_in address(const char* text, USHORT port) {
    ws2_sockaddr_in name{};
    name.sin_family = WS_AF_INET;
    name.sin_port = ws2_htons(port);
    name.sin_addr.s_addr = ws2_inet_addr(text);
    return name;
}

class ConnectBy : public testing::Test {
  protected:
    void SetUp() override {
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
        listener_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
        open_ = address("127.0.0.1", 0);
        int length = sizeof open_;
        ASSERT_EQ(ws2_bind(listener_, reinterpret_cast<sockaddr*>(&open_), sizeof open_), 0);
        ASSERT_EQ(ws2_listen(listener_, 5), 0);
        ASSERT_EQ(ws2_getsockname(listener_, reinterpret_cast<sockaddr*>(&open_), &length), 0);
        client_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    }
    void TearDown() override {
        ws2_closesocket(client_);
        ws2_closesocket(listener_);
        WSACleanup();
    }
    BOOL connect(std::vector<ws2_sockaddr_in> names, const timeval* limit,
                 WSAOVERLAPPED* reserved = nullptr) {
        std::vector<std::byte> room(sizeof(SOCKET_ADDRESS_LIST) + names.size() * sizeof(SOCKET_ADDRESS));
        auto& list = *reinterpret_cast<SOCKET_ADDRESS_LIST*>(room.data());
        list.iAddressCount = static_cast<INT>(names.size());
        for (std::size_t i = 0; i < names.size(); ++i)
            list.Address[i] = {reinterpret_cast<sockaddr*>(&names[i]), sizeof names[i]};
        DWORD local = sizeof local_;
        DWORD remote = sizeof remote_;
        return WSAConnectByList(client_, &list, &local, reinterpret_cast<sockaddr*>(&local_), &remote,
                                reinterpret_cast<sockaddr*>(&remote_), limit, reserved);
    }

    SOCKET listener_ = INVALID_SOCKET;
    SOCKET client_ = INVALID_SOCKET;
    ws2_sockaddr_in open_{};
    ws2_sockaddr_in local_{};
    ws2_sockaddr_in remote_{};
};

constexpr timeval kFourSeconds{.tv_sec = 4, .tv_usec = 0};

TEST_F(ConnectBy, TheFirstThatAnswers_IsTaken) {
    EXPECT_TRUE(connect({address("127.0.0.1", 9), address("198.51.100.1", 9), open_}, nullptr))
        << WSAGetLastError();
    EXPECT_EQ(WSAGetLastError(), 0);
    EXPECT_EQ(remote_.sin_port, open_.sin_port);
    EXPECT_EQ(local_.sin_addr.s_addr, open_.sin_addr.s_addr);
    EXPECT_NE(local_.sin_port, 0);
    const SOCKET served = ws2_accept(listener_, nullptr, nullptr);
    EXPECT_NE(served, INVALID_SOCKET);
    ws2_closesocket(served);
}

TEST_F(ConnectBy, ASilentAddress_DoesNotUseUpAllTheTime) {
    const auto start = Clock::now();
    EXPECT_TRUE(connect({address("192.0.2.1", 80), open_}, &kFourSeconds)) << WSAGetLastError();
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(4));
}

TEST_F(ConnectBy, NobodyAnswers_IsTheLastReason) {
    EXPECT_FALSE(connect({address("198.51.100.1", 9), address("127.0.0.1", 9)}, nullptr));
    EXPECT_EQ(WSAGetLastError(), WSAECONNREFUSED);
    EXPECT_FALSE(connect({address("127.0.0.1", 9), address("198.51.100.1", 9)}, nullptr));
    EXPECT_EQ(WSAGetLastError(), WSAENETUNREACH);
}

TEST_F(ConnectBy, TheTimeIsUp_IsTimedOut) {
    const timeval limit{.tv_sec = 1, .tv_usec = 0};
    for (const bool blocking : {true, false}) {
        ULONG mode = blocking ? 0 : 1;
        ASSERT_EQ(ws2_ioctlsocket(client_, static_cast<LONG>(WS_FIONBIO), &mode), 0);
        const auto start = Clock::now();
        EXPECT_FALSE(connect({address("192.0.2.1", 80)}, &limit));
        EXPECT_EQ(WSAGetLastError(), WSAETIMEDOUT);
        EXPECT_LT(Clock::now() - start, std::chrono::seconds(3));
        int limit_after = 0;
        int length = sizeof limit_after;
        EXPECT_EQ(ws2_getsockopt(client_, WS_IPPROTO_TCP, WS_TCP_MAXRT, reinterpret_cast<char*>(&limit_after),
                                 &length),
                  0);
        EXPECT_NE(limit_after, 1) << "the socket's own limit comes back";
        EXPECT_TRUE(!blocking || connect({open_}, &kFourSeconds)) << "the same socket connects afterwards";
        ws2_closesocket(client_);
        client_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    }
}

TEST_F(ConnectBy, NamesAreResolved) {
    const std::string port = std::to_string(ws2_ntohs(open_.sin_port));
    EXPECT_TRUE(WSAConnectByNameA(client_, "localhost", port.c_str(), nullptr, nullptr, nullptr, nullptr,
                                  nullptr, nullptr))
        << WSAGetLastError();
    ws2_closesocket(client_);
    client_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    std::u16string wide(port.begin(), port.end());
    std::u16string node = u"127.0.0.1";
    EXPECT_TRUE(WSAConnectByNameW(client_, node.data(), wide.data(), nullptr, nullptr, nullptr, nullptr,
                                  nullptr, nullptr))
        << WSAGetLastError();
}

TEST_F(ConnectBy, BadArguments_AreRefused) {
    WSAOVERLAPPED reserved{};
    EXPECT_FALSE(connect({open_}, nullptr, &reserved));
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_FALSE(WSAConnectByList(client_, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_FALSE(connect({}, nullptr));
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_FALSE(WSAConnectByNameA(client_, "localhost", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                   nullptr));
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_FALSE(WSAConnectByNameA(client_, "localhost", "no-such-service", nullptr, nullptr, nullptr,
                                   nullptr, nullptr, nullptr));
    EXPECT_EQ(WSAGetLastError(), WS_EAI_SERVICE);
}

}  // namespace
