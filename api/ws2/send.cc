// SPDX-License-Identifier: BSD-3-Clause
// Sending. The Berkeley forms are gather lists of one buffer. Winsock: send, sendto, WSASend, WSASendTo.
#include <ringsock/ws2.h>

#include "ws2/calling_thread.h"
#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// One buffer as a list; a negative length becomes one that no provider accepts.
WSABUF list_of(const char* buf, int len) noexcept {
    return {static_cast<ULONG>(len), const_cast<char*>(buf)};
}

}  // namespace

int ws2_send(SOCKET s, const char* buf, int len, int flags) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    WSABUF list = list_of(buf, len);
    DWORD sent = 0;
    const int result = call.table().lpWSPSend(s, &list, 1, &sent, static_cast<DWORD>(flags), nullptr, nullptr,
                                              nullptr, call.error());
    return call.done(result == 0 ? static_cast<int>(sent) : result);
}

int ws2_sendto(SOCKET s, const char* buf, int len, int flags, const sockaddr* to, int tolen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    WSABUF list = list_of(buf, len);
    DWORD sent = 0;
    const int result = call.table().lpWSPSendTo(s, &list, 1, &sent, static_cast<DWORD>(flags), to, tolen,
                                                nullptr, nullptr, nullptr, call.error());
    return call.done(result == 0 ? static_cast<int>(sent) : result);
}

int WSASend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
            LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    ws2::CallingThread thread(lpCompletionRoutine);
    return call.done(call.table().lpWSPSend(s, lpBuffers, dwBufferCount, lpNumberOfBytesSent, dwFlags,
                                            lpOverlapped, lpCompletionRoutine, thread.get(), call.error()));
}

int WSASendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
              const sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
              LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    ws2::CallingThread thread(lpCompletionRoutine);
    return call.done(call.table().lpWSPSendTo(s, lpBuffers, dwBufferCount, lpNumberOfBytesSent, dwFlags, lpTo,
                                              iTolen, lpOverlapped, lpCompletionRoutine, thread.get(),
                                              call.error()));
}
