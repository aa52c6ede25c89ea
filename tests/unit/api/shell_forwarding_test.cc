// SPDX-License-Identifier: BSD-3-Clause
// Rule: the shell hands every argument to the provider unchanged, returns its result, turns its error into
// the last error exactly, and sets 0 on success (house.md, section 6; clauses 8 and 9). Shown by a provider
// that records.
#include <gtest/gtest.h>
#include <ringsock/mswsock.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include "recording_provider.h"

namespace ringsock::test {
namespace {

/// What is never looked at can be any number.
template <typename T>
T* marker(std::uint64_t value) {
    return reinterpret_cast<T*>(value);
}

/// The arguments of a call that records; -1 where the shell passes something of its own.
constexpr std::uint64_t kAny = 0xabcdef0123456789;

struct Case {
    const char* name;
    std::size_t slot;
    std::function<std::uint64_t(SOCKET)> call;
    std::vector<std::uint64_t> arguments;  ///< After the socket.
    std::uint64_t failure;                 ///< What the entry returns when it fails.
};

const std::uint64_t kFails = pattern(SOCKET_ERROR);

std::vector<Case> cases() {
    // The shell reads a name in WSAConnect; everything else it passes on unread.
    static ws2_sockaddr_in target{};
    target.sin_family = WS_AF_INET;
    target.sin_addr.s_addr = 0x04030201;
    const auto name = reinterpret_cast<sockaddr*>(&target);
    const std::uint64_t named = pattern(name);
    const auto length = marker<int>(0x1120);
    const auto list = marker<WSABUF>(0x1130);
    const auto bytes = marker<DWORD>(0x1140);
    const auto qos = marker<QOS>(0x1150);
    const auto overlapped = marker<WSAOVERLAPPED>(0x1160);
    const auto text = marker<char>(0x1170);
    const auto condition = reinterpret_cast<LPCONDITIONPROC>(std::uintptr_t{0x1180});
    const auto event = marker<void>(0x80000004);
    const auto events = marker<WSANETWORKEVENTS>(0x1190);
    const auto info = marker<WSAPROTOCOL_INFOW>(0x11a0);
    return {
        {"bind",
         WSP_SLOT(lpWSPBind),
         [=](SOCKET s) { return pattern(ws2_bind(s, name, 16)); },
         {named, 16},
         kFails},
        {"listen", WSP_SLOT(lpWSPListen), [=](SOCKET s) { return pattern(ws2_listen(s, 7)); }, {7}, kFails},
        {"getsockname",
         WSP_SLOT(lpWSPGetSockName),
         [=](SOCKET s) { return pattern(ws2_getsockname(s, name, length)); },
         {named, 0x1120},
         kFails},
        {"getpeername",
         WSP_SLOT(lpWSPGetPeerName),
         [=](SOCKET s) { return pattern(ws2_getpeername(s, name, length)); },
         {named, 0x1120},
         kFails},
        {"WSAConnect",
         WSP_SLOT(lpWSPConnect),
         [=](SOCKET s) { return pattern(WSAConnect(s, name, 16, list, list + 1, qos, qos + 1)); },
         {named, 16, 0x1130, 0x1130 + sizeof(WSABUF), 0x1150, 0x1150 + sizeof(QOS)},
         kFails},
        {"connect",
         WSP_SLOT(lpWSPConnect),
         [=](SOCKET s) { return pattern(ws2_connect(s, name, 16)); },
         {named, 16, 0, 0, 0, 0},
         kFails},
        {"accept",
         WSP_SLOT(lpWSPAccept),
         [=](SOCKET s) { return pattern(ws2_accept(s, name, length)); },
         {named, 0x1120, 0, 0},
         pattern(INVALID_SOCKET)},
        {"WSAAccept",
         WSP_SLOT(lpWSPAccept),
         [=](SOCKET s) { return pattern(WSAAccept(s, name, length, condition, 99)); },
         {named, 0x1120, 0x1180, 99},
         pattern(INVALID_SOCKET)},
        {"WSAJoinLeaf",
         WSP_SLOT(lpWSPJoinLeaf),
         [=](SOCKET s) { return pattern(WSAJoinLeaf(s, name, 16, list, list, qos, qos, 4)); },
         {named, 16, 0x1130, 0x1130, 0x1150, 0x1150, 4},
         pattern(INVALID_SOCKET)},
        {"shutdown",
         WSP_SLOT(lpWSPShutdown),
         [=](SOCKET s) { return pattern(ws2_shutdown(s, 2)); },
         {2},
         kFails},
        {"WSASendDisconnect",
         WSP_SLOT(lpWSPSendDisconnect),
         [=](SOCKET s) { return pattern(WSASendDisconnect(s, list)); },
         {0x1130},
         kFails},
        {"WSARecvDisconnect",
         WSP_SLOT(lpWSPRecvDisconnect),
         [=](SOCKET s) { return pattern(WSARecvDisconnect(s, list)); },
         {0x1130},
         kFails},
        {"closesocket",
         WSP_SLOT(lpWSPCloseSocket),
         [=](SOCKET s) { return pattern(ws2_closesocket(s)); },
         {},
         kFails},
        {"getsockopt",
         WSP_SLOT(lpWSPGetSockOpt),
         [=](SOCKET s) { return pattern(ws2_getsockopt(s, 6, 1, text, length)); },
         {6, 1, 0x1170, 0x1120},
         kFails},
        {"setsockopt",
         WSP_SLOT(lpWSPSetSockOpt),
         [=](SOCKET s) { return pattern(ws2_setsockopt(s, 6, 1, text, 4)); },
         {6, 1, 0x1170, 4},
         kFails},
        {"WSAIoctl",
         WSP_SLOT(lpWSPIoctl),
         [=](SOCKET s) {
             return pattern(WSAIoctl(s, 0x98000004, text, 3, text + 8, 5, bytes, overlapped, nullptr));
         },
         {0x98000004, 0x1170, 3, 0x1178, 5, 0x1140, 0x1160, 0, 0},
         kFails},
        {"ioctlsocket FIONBIO",
         WSP_SLOT(lpWSPIoctl),
         [=](SOCKET s) {
             return pattern(ws2_ioctlsocket(s, static_cast<LONG>(WS_FIONBIO), marker<ULONG>(0x1170)));
         },
         {WS_FIONBIO, 0x1170, 4, 0, 0, kAny, 0, 0, 0},
         kFails},
        {"ioctlsocket FIONREAD",
         WSP_SLOT(lpWSPIoctl),
         [=](SOCKET s) {
             return pattern(ws2_ioctlsocket(s, static_cast<LONG>(WS_FIONREAD), marker<ULONG>(0x1170)));
         },
         {WS_FIONREAD, 0, 0, 0x1170, 4, kAny, 0, 0, 0},
         kFails},
        {"WSASend",
         WSP_SLOT(lpWSPSend),
         [=](SOCKET s) { return pattern(WSASend(s, list, 2, bytes, 1, overlapped, nullptr)); },
         {0x1130, 2, 0x1140, 1, 0x1160, 0, 0},
         kFails},
        {"WSASendTo",
         WSP_SLOT(lpWSPSendTo),
         [=](SOCKET s) { return pattern(WSASendTo(s, list, 2, bytes, 1, name, 16, overlapped, nullptr)); },
         {0x1130, 2, 0x1140, 1, named, 16, 0x1160, 0, 0},
         kFails},
        {"WSARecv",
         WSP_SLOT(lpWSPRecv),
         [=](SOCKET s) { return pattern(WSARecv(s, list, 2, bytes, bytes + 1, overlapped, nullptr)); },
         {0x1130, 2, 0x1140, 0x1144, 0x1160, 0, 0},
         kFails},
        {"WSARecvFrom",
         WSP_SLOT(lpWSPRecvFrom),
         [=](SOCKET s) {
             return pattern(WSARecvFrom(s, list, 2, bytes, bytes + 1, name, length, overlapped, nullptr));
         },
         {0x1130, 2, 0x1140, 0x1144, named, 0x1120, 0x1160, 0, 0},
         kFails},
        {"WSAEventSelect",
         WSP_SLOT(lpWSPEventSelect),
         [=](SOCKET s) { return pattern(WSAEventSelect(s, event, FD_CONNECT)); },
         {0x80000004, FD_CONNECT},
         kFails},
        {"WSAEnumNetworkEvents",
         WSP_SLOT(lpWSPEnumNetworkEvents),
         [=](SOCKET s) { return pattern(WSAEnumNetworkEvents(s, event, events)); },
         {0x80000004, 0x1190},
         kFails},
        {"WSAAsyncSelect",
         WSP_SLOT(lpWSPAsyncSelect),
         [=](SOCKET s) { return pattern(WSAAsyncSelect(s, marker<HWND__>(0x1170), 5, 6)); },
         {0x1170, 5, 6},
         kFails},
        {"WSADuplicateSocketW",
         WSP_SLOT(lpWSPDuplicateSocket),
         [=](SOCKET s) { return pattern(WSADuplicateSocketW(s, 4, info)); },
         {4, 0x11a0},
         kFails},
        {"WSAGetOverlappedResult",
         WSP_SLOT(lpWSPGetOverlappedResult),
         [=](SOCKET s) { return pattern(WSAGetOverlappedResult(s, overlapped, bytes, TRUE, bytes + 1)); },
         {0x1160, 0x1140, TRUE, 0x1144},
         FALSE},
        {"WSAGetQOSByName",
         WSP_SLOT(lpWSPGetQOSByName),
         [=](SOCKET s) { return pattern(WSAGetQOSByName(s, list, qos)); },
         {0x1130, 0x1150},
         FALSE},
    };
}

void expect_arguments(const Case& test, SOCKET s) {
    ASSERT_EQ(provider().calls.size(), 1u) << test.name;
    const SeenCall& seen = provider().calls[0];
    EXPECT_EQ(seen.slot, test.slot) << test.name;
    ASSERT_EQ(seen.arguments.size(), test.arguments.size() + 1) << test.name;
    EXPECT_EQ(seen.arguments[0], s) << test.name;
    for (std::size_t i = 0; i < test.arguments.size(); ++i) {
        if (test.arguments[i] == kAny) continue;
        EXPECT_EQ(seen.arguments[i + 1], test.arguments[i]) << test.name << ' ' << i;
    }
}

TEST(ShellForwarding, EveryCall_HandsItsArgumentsOn) {
    const Started shell;
    for (const Case& test : cases()) {
        const SOCKET s = provider().make_socket();
        provider().calls.clear();
        provider().result = test.failure == FALSE ? TRUE : 0;
        WSASetLastError(4711);
        EXPECT_EQ(test.call(s), provider().result) << test.name;
        expect_arguments(test, s);
        EXPECT_EQ(WSAGetLastError(), 0) << test.name << ": success sets 0";
    }
}

TEST(ShellForwarding, Failure_BecomesTheLastErrorExactly) {
    const Started shell;
    for (const Case& test : cases()) {
        for (const int code : {WSAEWOULDBLOCK, WSAEALREADY, WSA_IO_PENDING, 12345}) {
            const SOCKET s = provider().make_socket();
            provider().result = test.failure;
            provider().error = code;
            EXPECT_EQ(test.call(s), test.failure) << test.name;
            EXPECT_EQ(WSAGetLastError(), code) << test.name;
            EXPECT_EQ(GetLastError(), static_cast<DWORD>(code)) << test.name;
        }
    }
}

TEST(ShellForwarding, NotASocket_NeverReachesTheProvider) {
    const Started shell;
    const WSAEVENT event = WSACreateEvent();
    const SOCKET closed = provider().make_socket();
    int ignored = 0;
    ASSERT_EQ(provider().upcalls.lpWPUCloseSocketHandle(closed, &ignored), 0);
    const std::uint64_t event_bits = reinterpret_cast<std::uintptr_t>(event);
    for (const SOCKET bad : {INVALID_SOCKET, SOCKET{0}, SOCKET{0xdeadbeef}, SOCKET{0xabacab}, closed,
                             static_cast<SOCKET>(event_bits), SOCKET{4}, ~SOCKET{1}}) {
        for (const Case& test : cases()) {
            provider().calls.clear();
            EXPECT_EQ(test.call(bad), test.failure) << test.name << ' ' << bad;
            EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK) << test.name << ' ' << bad;
            EXPECT_TRUE(provider().calls.empty()) << test.name;
        }
    }
    EXPECT_TRUE(WSACloseEvent(event));
}

TEST(ShellForwarding, BeforeStartup_EveryCallIsNotInitialised) {
    provider() = RecordingProvider{};
    for (const Case& test : cases()) {
        EXPECT_EQ(test.call(0x400004), test.failure) << test.name;
        EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED) << test.name;
    }
    EXPECT_EQ(ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0), INVALID_SOCKET);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
    EXPECT_EQ(WSACreateEvent(), nullptr);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
    EXPECT_TRUE(provider().calls.empty());
}

TEST(ShellForwarding, Socket_AsksForOverlapped) {
    const Started shell;
    provider().result = 0x12345678;
    EXPECT_EQ(ws2_socket(2, 1, 6), 0x12345678u);
    ASSERT_EQ(provider().calls.size(), 1u);
    EXPECT_EQ(provider().calls[0].slot, WSP_SLOT(lpWSPSocket));
    EXPECT_EQ(provider().calls[0].arguments,
              (std::vector<std::uint64_t>{2, 1, 6, 0, 0, WSA_FLAG_OVERLAPPED}));
    provider().result = pattern(INVALID_SOCKET);
    provider().error = WSAEMFILE;
    EXPECT_EQ(WSASocketW(2, 1, 6, marker<WSAPROTOCOL_INFOW>(0x1110), 3, 4), INVALID_SOCKET);
    EXPECT_EQ(WSAGetLastError(), WSAEMFILE);
    EXPECT_EQ(provider().calls[1].arguments, (std::vector<std::uint64_t>{2, 1, 6, 0x1110, 3, 4}));
}

TEST(ShellForwarding, WSASocketA_WidensTheEntry) {
    const Started shell;
    WSAPROTOCOL_INFOA narrow{};
    narrow.dwCatalogEntryId = 1002;
    narrow.iProtocol = WS_IPPROTO_UDP;
    WSAPROTOCOL_INFOW seen{};
    provider().during_call = [&] {
        std::memcpy(&seen, reinterpret_cast<void*>(provider().calls.back().arguments[3]), sizeof seen);
    };
    std::strcpy(narrow.szProtocol, "UDP");
    (void)WSASocketA(-1, -1, -1, &narrow, 0, 1);
    EXPECT_EQ(seen.dwCatalogEntryId, 1002u);
    EXPECT_EQ(seen.iProtocol, WS_IPPROTO_UDP);
    EXPECT_EQ(std::u16string(seen.szProtocol), u"UDP");
}

TEST(ShellForwarding, BerkeleyTransfers_AreListsOfOne) {
    const Started shell;
    const SOCKET s = provider().make_socket();
    char bytes[8] = "payload";
    for (const std::size_t slot :
         {WSP_SLOT(lpWSPSend), WSP_SLOT(lpWSPSendTo), WSP_SLOT(lpWSPRecv), WSP_SLOT(lpWSPRecvFrom)}) {
        WSABUF seen{};
        DWORD seen_flags = 0;
        const bool receives = slot == WSP_SLOT(lpWSPRecv) || slot == WSP_SLOT(lpWSPRecvFrom);
        provider().during_call = [&] {
            const SeenCall& call = provider().calls.back();
            seen = *reinterpret_cast<WSABUF*>(call.arguments[1]);
            EXPECT_EQ(call.arguments[2], 1u);
            *reinterpret_cast<DWORD*>(call.arguments[3]) = 5;
            seen_flags = receives ? *reinterpret_cast<DWORD*>(call.arguments[4])
                                  : static_cast<DWORD>(call.arguments[4]);
        };
        int length = 16;
        const auto name = marker<sockaddr>(0x1110);
        const int result = slot == WSP_SLOT(lpWSPSend)     ? ws2_send(s, bytes, 7, 1)
                           : slot == WSP_SLOT(lpWSPSendTo) ? ws2_sendto(s, bytes, 7, 1, name, 16)
                           : slot == WSP_SLOT(lpWSPRecv)   ? ws2_recv(s, bytes, 7, 1)
                                                           : ws2_recvfrom(s, bytes, 7, 1, name, &length);
        EXPECT_EQ(result, 5) << slot;
        EXPECT_EQ(provider().calls.back().slot, slot);
        EXPECT_EQ(seen.buf, bytes);
        EXPECT_EQ(seen.len, 7u);
        EXPECT_EQ(seen_flags, 1u);
    }
}

TEST(ShellForwarding, CompletionRoutine_NamesTheCallingThread) {
    const Started shell;
    const SOCKET s = provider().make_socket();
    const auto routine = [](DWORD, DWORD, LPWSAOVERLAPPED, DWORD) {};
    DWORD_PTR seen = 0;
    provider().during_call = [&] {
        auto* id = reinterpret_cast<LPWSATHREADID>(provider().calls.back().arguments[7]);
        ASSERT_NE(id, nullptr);
        seen = id->Reserved;
    };
    WSAOVERLAPPED overlapped{};
    WSABUF list{};
    EXPECT_EQ(WSASend(s, &list, 1, nullptr, 0, &overlapped, routine), 0);
    EXPECT_NE(seen, 0u);
    EXPECT_EQ(provider().calls.back().arguments[6],
              pattern(static_cast<LPWSAOVERLAPPED_COMPLETION_ROUTINE>(routine)));
}

// Section 4.3: what select refuses by itself, and that it then changes nothing.
TEST(ShellForwarding, Select_ChecksItsSets) {
    const Started shell;
    ws2_fd_set good{1, {provider().make_socket()}};
    ws2_fd_set bad{2, {good.fd_array[0], 0xdeadbeef}};
    ws2_fd_set empty{};
    const timeval limit{.tv_sec = 1, .tv_usec = 2};
    EXPECT_EQ(ws2_select(0, nullptr, nullptr, nullptr, &limit), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ws2_select(0, &empty, nullptr, &empty, &limit), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ws2_select(0, &good, &bad, nullptr, &limit), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
    EXPECT_EQ(bad.fd_count, 2u);
    EXPECT_TRUE(provider().calls.empty());
    provider().result = 1;
    EXPECT_EQ(ws2_select(9, &good, nullptr, &empty, &limit), 1);
    EXPECT_EQ(provider().calls.back().arguments,
              (std::vector<std::uint64_t>{9, pattern(&good), 0, pattern(&empty), pattern(&limit)}));
}

}  // namespace
}  // namespace ringsock::test
