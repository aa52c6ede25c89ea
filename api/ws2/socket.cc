// SPDX-License-Identifier: BSD-3-Clause
// Birth and end of sockets. Winsock: socket, WSASocket, closesocket, WSADuplicateSocket.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"
#include "ws2/shell.h"

using namespace ringsock;

SOCKET WSASocketW(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                  DWORD dwFlags) {
    ws2::ApiCall call;
    if (!call) return call.done_socket(INVALID_SOCKET);
    return call.done_socket(
        call.table().lpWSPSocket(af, type, protocol, lpProtocolInfo, g, dwFlags, call.error()));
}

SOCKET WSASocketA(int af, int type, int protocol, LPWSAPROTOCOL_INFOA lpProtocolInfo, GROUP g,
                  DWORD dwFlags) {
    if (lpProtocolInfo == nullptr) return WSASocketW(af, type, protocol, nullptr, g, dwFlags);
    WSAPROTOCOL_INFOW wide;
    ws2::widen_info(*lpProtocolInfo, wide);
    return WSASocketW(af, type, protocol, &wide, g, dwFlags);
}

// The Berkeley form makes overlapped sockets, as on Windows.
SOCKET ws2_socket(int af, int type, int protocol) {
    return WSASocketW(af, type, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED);
}

int ws2_closesocket(SOCKET s) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPCloseSocket(s, call.error()));
}

int WSADuplicateSocketW(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPDuplicateSocket(s, dwProcessId, lpProtocolInfo, call.error()));
}

int WSADuplicateSocketA(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOA lpProtocolInfo) {
    WSAPROTOCOL_INFOW wide{};
    const int result = WSADuplicateSocketW(s, dwProcessId, lpProtocolInfo == nullptr ? nullptr : &wide);
    if (result == 0) ws2::narrow_info(wide, *lpProtocolInfo);
    return result;
}
