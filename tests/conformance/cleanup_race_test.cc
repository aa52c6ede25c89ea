// SPDX-License-Identifier: BSD-3-Clause
// Rule: the last WSACleanup ends blocking calls and waits until no thread is inside the library, whatever the
// others are doing; calls that come too late fail with WSANOTINITIALISED, and the next WSAStartup works
// (Winsock: WSACleanup). Shown by threads that never stop calling while the library is started and stopped
// under them.
#include <gtest/gtest.h>
#include <ringsock/ws2.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {

constexpr int kRounds = 10;
constexpr auto kRoundTime = std::chrono::milliseconds(30);
/// A thread may be in the middle of a slice of a wait for events.
constexpr auto kLongestCleanup = std::chrono::seconds(4);

/// What a call may fail with when the library goes away before, in, or after it.
bool is_expected(int code) {
    switch (code) {
        case 0:
        case WSANOTINITIALISED:
        case WSAENOTSOCK:
        case WSAEINTR:
        case WSAEWOULDBLOCK:
        case WSAECONNREFUSED:
        case WSAETIMEDOUT:
        case WSAENOBUFS:
        case WSAENETDOWN:
        case WSA_INVALID_HANDLE:
            return true;
        default:
            return false;
    }
}

class Callers {
  public:
    Callers() {
        for (const bool blocking : {true, false})
            threads_.emplace_back([this, blocking] {
                while (!over_) call_once(blocking);
            });
    }
    ~Callers() {
        over_ = true;
        for (std::thread& thread : threads_) thread.join();
    }
    std::atomic<int> refused{0};     ///< Connects that went all the way.
    std::atomic<int> unexpected{0};  ///< The last code that nobody should see.

  private:
    void judge() {
        const int code = WSAGetLastError();
        if (code == WSAECONNREFUSED) ++refused;
        if (!is_expected(code)) unexpected = code;
    }
    void call_once(bool blocking) {
        ws2_sockaddr_in closed_port{};
        closed_port.sin_family = WS_AF_INET;
        closed_port.sin_port = ws2_htons(9);
        closed_port.sin_addr.s_addr = ws2_htonl(0x7f000001);
        const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
        judge();
        WSAEVENT event = WSACreateEvent();
        if (!blocking) {
            WSAEventSelect(s, event, FD_CONNECT);
            judge();
        }
        ws2_connect(s, reinterpret_cast<const sockaddr*>(&closed_port), sizeof closed_port);
        judge();
        if (!blocking) {
            WSAWaitForMultipleEvents(1, &event, FALSE, 5, FALSE);
            judge();
        }
        ws2_closesocket(s);
        judge();
        WSACloseEvent(event);
    }

    std::atomic<bool> over_{false};
    std::vector<std::thread> threads_;
};

TEST(CleanupRace, CallsInOtherThreads_NeverSeeTheLibraryGo) {
    Callers callers;
    for (int round = 0; round < kRounds; ++round) {
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
        std::this_thread::sleep_for(kRoundTime);
        const auto start = std::chrono::steady_clock::now();
        ASSERT_EQ(WSACleanup(), 0) << WSAGetLastError();
        EXPECT_LT(std::chrono::steady_clock::now() - start, kLongestCleanup) << "round " << round;
    }
    EXPECT_EQ(callers.unexpected, 0);
    EXPECT_GT(callers.refused, 0) << "no call ever met a running library";
}

// A thread that waits in a connect which nothing answers is let go with WSAEINTR.
TEST(CleanupRace, ABlockingConnect_IsInterrupted) {
    WSADATA data;
    ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
    ws2_sockaddr_in silent{};
    silent.sin_family = WS_AF_INET;
    silent.sin_port = ws2_htons(80);
    silent.sin_addr.s_addr = ws2_inet_addr("192.0.2.1");
    const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    int code = -1;
    std::thread blocked([&] {
        EXPECT_EQ(ws2_connect(s, reinterpret_cast<const sockaddr*>(&silent), sizeof silent), SOCKET_ERROR);
        code = WSAGetLastError();
    });
    std::this_thread::sleep_for(kRoundTime);
    EXPECT_EQ(WSACleanup(), 0);
    blocked.join();
    EXPECT_EQ(code, WSAEINTR);
}

}  // namespace
