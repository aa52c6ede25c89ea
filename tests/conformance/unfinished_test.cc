// SPDX-License-Identifier: BSD-3-Clause
// Rule: what the headers declare and the library does not do yet fails, with the error that api/README.md
// lists, and never pretends. The table of that file, row by row, on a socket that works.
#include <gtest/gtest.h>
#include <ringsock/mswsock.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <functional>
#include <vector>

namespace {

struct Row {
    const char* call;
    std::function<bool(SOCKET)> fails;
    int code;
};

HANDLE handle_of(SOCKET s) {
    return reinterpret_cast<HANDLE>(s);
}

const std::vector<Row>& rows() {
    static OVERLAPPED overlapped{};
    static WSABUF list{};
    static DWORD bytes = 0;
    static DWORD flags = 0;
    static const std::vector<Row> table = {
        {"WSASend, overlapped",
         [](SOCKET s) { return WSASend(s, &list, 1, &bytes, 0, &overlapped, nullptr) == SOCKET_ERROR; },
         WSAEOPNOTSUPP},
        {"WSASendTo, overlapped",
         [](SOCKET s) {
             return WSASendTo(s, &list, 1, &bytes, 0, nullptr, 0, &overlapped, nullptr) == SOCKET_ERROR;
         },
         WSAEOPNOTSUPP},
        {"WSARecv, overlapped",
         [](SOCKET s) { return WSARecv(s, &list, 1, &bytes, &flags, &overlapped, nullptr) == SOCKET_ERROR; },
         WSAEOPNOTSUPP},
        {"WSARecvFrom, overlapped",
         [](SOCKET s) {
             return WSARecvFrom(s, &list, 1, &bytes, &flags, nullptr, nullptr, &overlapped, nullptr) ==
                    SOCKET_ERROR;
         },
         WSAEOPNOTSUPP},
        {"WSAGetOverlappedResult",
         [](SOCKET s) { return !WSAGetOverlappedResult(s, &overlapped, &bytes, FALSE, &flags); },
         WSAEOPNOTSUPP},
        {"AcceptEx", [](SOCKET s) { return !AcceptEx(s, s, &flags, 0, 32, 32, &bytes, &overlapped); },
         WSAEOPNOTSUPP},
        {"TransmitFile", [](SOCKET s) { return !TransmitFile(s, nullptr, 0, 0, &overlapped, nullptr, 0); },
         WSAEOPNOTSUPP},
        {"WSASendMsg",
         [](SOCKET s) {
             WSAMSG message{};
             return WSASendMsg(s, &message, 0, &bytes, nullptr, nullptr) == SOCKET_ERROR;
         },
         WSAEOPNOTSUPP},
        {"WSAJoinLeaf",
         [](SOCKET s) {
             return WSAJoinLeaf(s, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0) == INVALID_SOCKET;
         },
         WSAEOPNOTSUPP},
        {"WSADuplicateSocketW",
         [](SOCKET s) {
             WSAPROTOCOL_INFOW info;
             return WSADuplicateSocketW(s, GetCurrentProcessId(), &info) == SOCKET_ERROR;
         },
         WSAEOPNOTSUPP},
        {"WSAAsyncSelect", [](SOCKET s) { return WSAAsyncSelect(s, nullptr, 0, FD_READ) == SOCKET_ERROR; },
         WSAEOPNOTSUPP},
        {"WSAGetQOSByName",
         [](SOCKET s) {
             QOS qos{};
             return !WSAGetQOSByName(s, &list, &qos);
         },
         WSAEOPNOTSUPP},
        {"WSAProviderConfigChange",
         [](SOCKET) { return WSAProviderConfigChange(nullptr, nullptr, nullptr) == SOCKET_ERROR; },
         WSAEOPNOTSUPP},
        {"WSAAsyncGetHostByName",
         [](SOCKET) { return WSAAsyncGetHostByName(nullptr, 0, "localhost", nullptr, 0) == nullptr; },
         WSAEOPNOTSUPP},
        {"WSACancelAsyncRequest", [](SOCKET) { return WSACancelAsyncRequest(nullptr) == SOCKET_ERROR; },
         WSAEOPNOTSUPP},
        {"ProcessSocketNotifications",
         [](SOCKET) {
             return ProcessSocketNotifications(nullptr, 0, nullptr, 0, 0, nullptr, nullptr) ==
                    ERROR_NOT_SUPPORTED;
         },
         ERROR_NOT_SUPPORTED},
        {"WSAIoctl, unknown code",
         [](SOCKET s) {
             return WSAIoctl(s, 0x98765432, nullptr, 0, nullptr, 0, &bytes, nullptr, nullptr) == SOCKET_ERROR;
         },
         WSAEOPNOTSUPP},
        {"WSASocketW, IPv6",
         [](SOCKET) { return WSASocketW(WS_AF_INET6, WS_SOCK_STREAM, 0, nullptr, 0, 0) == INVALID_SOCKET; },
         WSAEAFNOSUPPORT},
        {"WSASocketW, raw",
         [](SOCKET) { return WSASocketW(WS_AF_INET, WS_SOCK_RAW, 0, nullptr, 0, 0) == INVALID_SOCKET; },
         WSAESOCKTNOSUPPORT},
        {"CreateIoCompletionPort, a port",
         [](SOCKET) { return CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0) == nullptr; },
         ERROR_NOT_SUPPORTED},
        {"CreateIoCompletionPort, a socket",
         [](SOCKET s) { return CreateIoCompletionPort(handle_of(s), nullptr, 0, 0) == nullptr; },
         ERROR_NOT_SUPPORTED},
        {"SetFileCompletionNotificationModes",
         [](SOCKET s) { return !SetFileCompletionNotificationModes(handle_of(s), 1); }, ERROR_NOT_SUPPORTED},
        {"CancelIoEx", [](SOCKET s) { return !CancelIoEx(handle_of(s), nullptr); }, ERROR_NOT_FOUND},
        {"DuplicateHandle, a socket",
         [](SOCKET s) {
             HANDLE copy = nullptr;
             return !DuplicateHandle(GetCurrentProcess(), handle_of(s), GetCurrentProcess(), &copy, 0, FALSE,
                                     0);
         },
         ERROR_NOT_SUPPORTED},
        {"PeekMessageA", [](SOCKET) { return !PeekMessageA(nullptr, nullptr, 0, 0, 0); },
         ERROR_CALL_NOT_IMPLEMENTED},
        {"DestroyWindow", [](SOCKET) { return !DestroyWindow(nullptr); }, ERROR_CALL_NOT_IMPLEMENTED},
    };
    return table;
}

TEST(Unfinished, EveryRow_FailsWithItsError) {
    WSADATA data;
    ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
    const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_DGRAM, WS_IPPROTO_UDP);
    ASSERT_NE(s, INVALID_SOCKET);
    for (const Row& row : rows()) {
        WSASetLastError(0);
        EXPECT_TRUE(row.fails(s)) << row.call;
        EXPECT_EQ(WSAGetLastError(), row.code) << row.call;
    }
    EXPECT_EQ(ws2_closesocket(s), 0) << "and the socket is none the worse";
    EXPECT_EQ(WSACleanup(), 0);
}

// A socket is a handle like any other.
TEST(Unfinished, CloseHandle_ClosesASocket) {
    WSADATA data;
    ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
    const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    EXPECT_TRUE(CloseHandle(handle_of(s)));
    EXPECT_EQ(ws2_closesocket(s), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
    EXPECT_EQ(WSACleanup(), 0);
}

}  // namespace
