// SPDX-License-Identifier: BSD-3-Clause
// Rule: WSAStartup and WSACleanup are counted and restartable, negotiate the version, and the last cleanup
// waits for calls in progress (Winsock: WSAStartup, WSACleanup; house.md, section 6). Version 1.1 programs
// see version 1.1 rules (clauses 15 and 22).
#include <gtest/gtest.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <atomic>
#include <thread>

#include "recording_provider.h"

namespace ringsock::test {
namespace {

constexpr WORD version(int major, int minor) {
    return static_cast<WORD>(minor << 8 | major);
}

TEST(ShellStartup, Version_IsTheHighestNotAboveTheRequest) {
    struct Row {
        WORD asked, got;
    };
    for (const Row& row : {Row{version(2, 2), version(2, 2)}, Row{version(2, 1), version(2, 1)},
                           Row{version(2, 0), version(2, 0)}, Row{version(1, 1), version(1, 1)},
                           Row{version(1, 0), version(1, 0)}, Row{version(1, 9), version(1, 1)},
                           Row{version(2, 9), version(2, 2)}, Row{version(3, 0), version(2, 2)},
                           Row{version(255, 255), version(2, 2)}}) {
        provider() = RecordingProvider{};
        WSADATA data;
        std::memset(static_cast<void*>(&data), 0xff, sizeof data);
        ASSERT_EQ(WSAStartup(row.asked, &data), 0) << row.asked;
        EXPECT_EQ(data.wVersion, row.got) << row.asked;
        EXPECT_EQ(data.wHighVersion, version(2, 2));
        EXPECT_EQ(provider().seen_version, version(2, 2)) << "the provider speaks version 2.2 only";
        const bool is_1 = (row.got & 0xff) == 1;
        EXPECT_EQ(data.iMaxSockets, is_1 ? 32767 : 0);
        EXPECT_NE(std::strlen(data.szDescription), 0u);
        EXPECT_STREQ(data.szSystemStatus, "Running");
        EXPECT_EQ(WSACleanup(), 0);
    }
}

TEST(ShellStartup, BadRequests_StartNothing) {
    provider() = RecordingProvider{};
    WSADATA data;
    EXPECT_EQ(WSAStartup(version(0, 9), &data), WSAVERNOTSUPPORTED);
    EXPECT_EQ(data.wVersion, version(2, 2)) << "what could be had";
    EXPECT_EQ(WSAStartup(version(2, 2), nullptr), WSAEFAULT);
    EXPECT_EQ(provider().startups, 0);
    EXPECT_EQ(WSACleanup(), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
}

TEST(ShellStartup, Uses_AreCounted) {
    provider() = RecordingProvider{};
    WSADATA data;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(WSAStartup(version(2, 2), &data), 0);
    EXPECT_EQ(provider().startups, 1);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(WSACleanup(), 0);
    EXPECT_EQ(provider().cleanups, 0);
    EXPECT_EQ(ws2_listen(provider().make_socket(), 1), 0) << "still started";
    EXPECT_EQ(WSACleanup(), 0);
    EXPECT_EQ(provider().cleanups, 1);
    EXPECT_EQ(WSACleanup(), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
}

TEST(ShellStartup, Restart_ForgetsFormerSockets) {
    SOCKET former = 0;
    {
        const Started shell;
        former = provider().make_socket();
        EXPECT_EQ(ws2_listen(former, 1), 0);
    }
    const Started shell;
    ASSERT_EQ(shell.code, 0);
    EXPECT_EQ(ws2_listen(former, 1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
    EXPECT_NE(provider().make_socket(), former);
}

TEST(ShellStartup, Failure_IsReportedWithItsSentence) {
    provider() = RecordingProvider{};
    provider().startup_code = WSASYSNOTREADY;
    provider().startup_text = "no such device 'x': use 'ring'";
    WSADATA data;
    EXPECT_EQ(WSAStartup(version(2, 2), &data), WSASYSNOTREADY);
    EXPECT_STREQ(ringsock_last_error_text(), "no such device 'x': use 'ring'");
    EXPECT_EQ(WSACleanup(), SOCKET_ERROR) << "a failed start counts nothing";
    std::thread([] { EXPECT_STREQ(ringsock_last_error_text(), ""); }).join();
    provider().startup_code = 0;
    EXPECT_EQ(WSAStartup(version(2, 2), &data), 0);
    EXPECT_EQ(WSACleanup(), 0);
}

TEST(ShellStartup, Configuration_ReachesTheProvider) {
    const char* overrides[] = {"engine.count=1", "tcp.nagle=false"};
    ASSERT_EQ(ringsock_configure("[tcp]\nsack = false\n", nullptr, overrides, 2), 0)
        << ringsock_last_error_text();
    {
        const Started shell;
        EXPECT_EQ(provider().seen_config_text, "[tcp]\nsack = false\n");
        EXPECT_EQ(provider().seen_overrides, (std::vector<std::string>{"engine.count=1", "tcp.nagle=false"}));
        EXPECT_EQ(ringsock_configure(nullptr, nullptr, nullptr, 0), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), WSAEALREADY);
    }
    // Neither text nor path: the embedded default, whatever the environment names.
    ASSERT_EQ(ringsock_configure(nullptr, nullptr, nullptr, 0), 0);
    const Started shell;
    EXPECT_NE(provider().seen_config_text, "");
    EXPECT_TRUE(provider().seen_overrides.empty());
}

TEST(ShellStartup, ConfigurationMistakes_AreExplained) {
    const char* no_key[] = {"nagle"};
    const char* null_one[] = {nullptr};
    EXPECT_EQ(ringsock_configure("", nullptr, no_key, 1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_NE(std::string(ringsock_last_error_text()).find("nagle"), std::string::npos);
    EXPECT_EQ(ringsock_configure("", nullptr, null_one, 1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    EXPECT_EQ(ringsock_configure("", nullptr, nullptr, 1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    EXPECT_EQ(ringsock_configure("x", "y", nullptr, 0), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ringsock_configure("", nullptr, nullptr, -1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ringsock_configure("[tcp]\nnagel = true\n", nullptr, nullptr, 0), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_NE(std::string(ringsock_last_error_text()).find("nagel"), std::string::npos);
}

TEST(ShellStartup, Cleanup_CancelsAndWaitsForCallsInProgress) {
    provider() = RecordingProvider{};
    WSADATA data;
    ASSERT_EQ(WSAStartup(version(2, 2), &data), 0);
    const SOCKET s = provider().make_socket();
    std::atomic<bool> inside{false};
    std::atomic<bool> left{false};
    provider().during_call = [&] {
        inside = true;
        while (std::atomic_ref(provider().cancels).load() < 3) std::this_thread::yield();
        left = true;
    };
    std::thread blocked([&] { ws2_connect(s, nullptr, 0); });
    while (!inside) std::this_thread::yield();
    EXPECT_EQ(WSACleanup(), 0);
    EXPECT_TRUE(left) << "the provider was unloaded under a call";
    EXPECT_EQ(provider().cleanups, 1);
    blocked.join();
}

TEST(ShellStartup, CleanupFromInsideACall_IsRefused) {
    const Started shell;
    int result = 0;
    int code = 0;
    provider().during_call = [&] {
        result = WSACleanup();
        code = WSAGetLastError();
    };
    ws2_listen(provider().make_socket(), 1);
    EXPECT_EQ(result, SOCKET_ERROR);
    EXPECT_EQ(code, WSAEINPROGRESS);
}

// Clause 15.
TEST(ShellStartup, Version1_KnowsNoAlready) {
    for (const bool is_1 : {true, false}) {
        const Started shell(is_1 ? version(1, 1) : version(2, 0));
        provider().result = pattern(SOCKET_ERROR);
        provider().error = WSAEALREADY;
        EXPECT_EQ(ws2_connect(provider().make_socket(), nullptr, 0), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), is_1 ? WSAEINVAL : WSAEALREADY);
    }
}

TEST(ShellStartup, OneVersion2User_BringsVersion2Rules) {
    const Started first(version(1, 1));
    WSADATA data;
    ASSERT_EQ(WSAStartup(version(2, 2), &data), 0);
    ASSERT_EQ(WSAStartup(version(1, 1), &data), 0);
    provider().result = pattern(SOCKET_ERROR);
    provider().error = WSAEALREADY;
    EXPECT_EQ(ws2_connect(provider().make_socket(), nullptr, 0), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEALREADY);
    WSACleanup();
    WSACleanup();
}

// Clause 22: only a version 1.1 program must not call in again from a hook or condition function.
TEST(ShellStartup, NestedCall_IsInProgressInVersion1Only) {
    for (const bool is_1 : {true, false}) {
        const Started shell(is_1 ? version(1, 1) : version(2, 2));
        const SOCKET s = provider().make_socket();
        int code = -1;
        BOOL blocking = FALSE;
        provider().during_call = [&] {
            ws2_listen(s, 1);
            code = WSAGetLastError();
            blocking = WSAIsBlocking();
        };
        ws2_connect(s, nullptr, 0);
        EXPECT_EQ(code, is_1 ? WSAEINPROGRESS : 0);
        EXPECT_EQ(blocking, is_1 ? TRUE : FALSE);
        EXPECT_FALSE(WSAIsBlocking());
    }
}

INT_PTR some_hook() {
    return FALSE;
}

TEST(ShellStartup, BlockingHooks_AreVersion1Only) {
    {
        const Started shell;
        EXPECT_EQ(WSASetBlockingHook(some_hook), nullptr);
        EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
        EXPECT_EQ(WSACancelBlockingCall(), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
    }
    const Started shell(version(1, 1));
    LPBLOCKINGCALLBACK seen = nullptr;
    DWORD_PTR context = 0;
    int error = 0;
    EXPECT_EQ(WPUQueryBlockingCallback(0, &seen, &context, &error), 0);
    EXPECT_EQ(seen, nullptr);
    const FARPROC former = WSASetBlockingHook(some_hook);
    EXPECT_NE(former, nullptr) << "the default hook is a hook";
    EXPECT_EQ(WPUQueryBlockingCallback(0, &seen, &context, &error), 0);
    EXPECT_NE(seen, nullptr);
    EXPECT_EQ(WSASetBlockingHook(former), some_hook);
    EXPECT_EQ(WPUQueryBlockingCallback(0, &seen, &context, &error), 0);
    EXPECT_EQ(seen, nullptr);
    EXPECT_EQ(WSAUnhookBlockingHook(), 0);
    EXPECT_EQ(WSACancelBlockingCall(), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL) << "nothing blocks";
}

TEST(ShellStartup, LastError_IsOneSlotAThread) {
    WSASetLastError(WSAENOBUFS);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(WSAENOBUFS));
    SetLastError(5);
    EXPECT_EQ(WSAGetLastError(), 5);
    std::thread([] {
        EXPECT_EQ(WSAGetLastError(), 0);
        WSASetLastError(7);
    }).join();
    EXPECT_EQ(WSAGetLastError(), 5);
    int upcall_error = 0;
    EXPECT_EQ(WPUCloseSocketHandle(0xdeadbeef, &upcall_error), SOCKET_ERROR);
    EXPECT_EQ(upcall_error, WSAENOTSOCK);
    EXPECT_EQ(WSAGetLastError(), 5) << "upcalls leave the thread's last error alone (clause 9)";
}

}  // namespace
}  // namespace ringsock::test
