// SPDX-License-Identifier: BSD-3-Clause
// Options and control operations. ioctlsocket is WSAIoctl with one 32-bit argument, in for WS_FIONBIO and out
// for the others. Winsock: getsockopt, setsockopt, ioctlsocket, WSAIoctl.
#include <ringsock/ws2.h>

#include "ws2/calling_thread.h"
#include "ws2/prolog.h"

using namespace ringsock;

int ws2_getsockopt(SOCKET s, int level, int optname, char* optval, int* optlen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPGetSockOpt(s, level, optname, optval, optlen, call.error()));
}

int ws2_setsockopt(SOCKET s, int level, int optname, const char* optval, int optlen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPSetSockOpt(s, level, optname, optval, optlen, call.error()));
}

int ws2_ioctlsocket(SOCKET s, LONG cmd, ULONG* argp) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    const auto code = static_cast<DWORD>(cmd);
    const bool has_input = (code & WS_IOC_IN) != 0;
    const bool has_output = (code & WS_IOC_OUT) != 0;
    DWORD returned = 0;
    return call.done(call.table().lpWSPIoctl(
        s, code, has_input ? argp : nullptr, has_input ? sizeof *argp : 0, has_output ? argp : nullptr,
        has_output ? sizeof *argp : 0, &returned, nullptr, nullptr, nullptr, call.error()));
}

int WSAIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
             DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSAOVERLAPPED lpOverlapped,
             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    ws2::CallingThread thread(lpCompletionRoutine);
    return call.done(call.table().lpWSPIoctl(s, dwIoControlCode, lpvInBuffer, cbInBuffer, lpvOutBuffer,
                                             cbOutBuffer, lpcbBytesReturned, lpOverlapped,
                                             lpCompletionRoutine, thread.get(), call.error()));
}
