// SPDX-License-Identifier: BSD-3-Clause
// Receiving. The Berkeley forms are scatter lists of one buffer. Winsock: recv, recvfrom, WSARecv,
// WSARecvFrom, WSARecvEx.
#include <ringsock/mswsock.h>
#include <ringsock/ws2.h>

#include "ws2/calling_thread.h"
#include "ws2/prolog.h"

using namespace ringsock;

int ws2_recv(SOCKET s, char* buf, int len, int flags) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    WSABUF list{static_cast<ULONG>(len), buf};
    DWORD received = 0;
    auto in_out = static_cast<DWORD>(flags);
    const int result =
        call.table().lpWSPRecv(s, &list, 1, &received, &in_out, nullptr, nullptr, nullptr, call.error());
    return call.done(result == 0 ? static_cast<int>(received) : result);
}

int ws2_recvfrom(SOCKET s, char* buf, int len, int flags, sockaddr* from, int* fromlen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    WSABUF list{static_cast<ULONG>(len), buf};
    DWORD received = 0;
    auto in_out = static_cast<DWORD>(flags);
    const int result = call.table().lpWSPRecvFrom(s, &list, 1, &received, &in_out, from, fromlen, nullptr,
                                                  nullptr, nullptr, call.error());
    return call.done(result == 0 ? static_cast<int>(received) : result);
}

int WSARecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
            LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    ws2::CallingThread thread(lpCompletionRoutine);
    return call.done(call.table().lpWSPRecv(s, lpBuffers, dwBufferCount, lpNumberOfBytesRecvd, lpFlags,
                                            lpOverlapped, lpCompletionRoutine, thread.get(), call.error()));
}

int WSARecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                LPDWORD lpFlags, sockaddr* lpFrom, LPINT lpFromlen, LPWSAOVERLAPPED lpOverlapped,
                LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    ws2::CallingThread thread(lpCompletionRoutine);
    return call.done(call.table().lpWSPRecvFrom(s, lpBuffers, dwBufferCount, lpNumberOfBytesRecvd, lpFlags,
                                                lpFrom, lpFromlen, lpOverlapped, lpCompletionRoutine,
                                                thread.get(), call.error()));
}

// recv whose flags come back: a datagram cut short, or with more to follow, is no failure but WS_MSG_PARTIAL.
int WSARecvEx(SOCKET s, char* buf, int len, int* flags) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    if (flags == nullptr) return call.fail(WSAEFAULT);
    WSABUF list{static_cast<ULONG>(len), buf};
    DWORD received = 0;
    auto in_out = static_cast<DWORD>(*flags);
    const int result =
        call.table().lpWSPRecv(s, &list, 1, &received, &in_out, nullptr, nullptr, nullptr, call.error());
    if (result != 0 && call.code() == WSAEMSGSIZE) {
        *flags = WS_MSG_PARTIAL;
        return call.done(len);
    }
    if (result != 0) return call.fail();
    *flags = static_cast<int>(in_out);
    return call.done(static_cast<int>(received));
}
