// SPDX-License-Identifier: BSD-3-Clause
// Extension functions that are exported by name as well: each is asked of the socket's provider, as a program
// would do. A provider without it fails the call with WSAEOPNOTSUPP. Winsock: AcceptEx, GetAcceptExSockaddrs,
// TransmitFile, WSASendMsg, WSAGetOverlappedResult, WSAGetQOSByName.
#include <ringsock/mswsock.h>

#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// The provider's function, or null.
template <typename Function>
Function find_extension(ws2::ApiCall& call, SOCKET s, GUID id) noexcept {
    Function function = nullptr;
    DWORD returned = 0;
    int ignored = 0;
    const int result =
        call.table().lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                                sizeof function, &returned, nullptr, nullptr, nullptr, &ignored);
    return result == 0 ? function : nullptr;
}

BOOL refuse(ws2::ApiCall& call) noexcept {
    if (call) *call.error() = WSAEOPNOTSUPP;
    return call.done_bool(FALSE);
}

}  // namespace

// The functions below set the last error themselves: they are what a program would have called directly.

BOOL AcceptEx(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
              DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength, LPDWORD lpdwBytesReceived,
              LPOVERLAPPED lpOverlapped) {
    ws2::ApiCall call{sListenSocket};
    if (!call) return refuse(call);
    const auto accept = find_extension<LPFN_ACCEPTEX>(call, sListenSocket, WSAID_ACCEPTEX);
    if (accept == nullptr) return refuse(call);
    return accept(sListenSocket, sAcceptSocket, lpOutputBuffer, dwReceiveDataLength, dwLocalAddressLength,
                  dwRemoteAddressLength, lpdwBytesReceived, lpOverlapped);
}

// Cannot report a failure. No AcceptEx ever filled a buffer, so there are no addresses to find.
void GetAcceptExSockaddrs(PVOID, DWORD, DWORD, DWORD, sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                          sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength) {
    if (LocalSockaddr != nullptr) *LocalSockaddr = nullptr;
    if (LocalSockaddrLength != nullptr) *LocalSockaddrLength = 0;
    if (RemoteSockaddr != nullptr) *RemoteSockaddr = nullptr;
    if (RemoteSockaddrLength != nullptr) *RemoteSockaddrLength = 0;
}

BOOL TransmitFile(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite, DWORD nNumberOfBytesPerSend,
                  LPOVERLAPPED lpOverlapped, LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwReserved) {
    ws2::ApiCall call{hSocket};
    if (!call) return refuse(call);
    const auto transmit = find_extension<LPFN_TRANSMITFILE>(call, hSocket, WSAID_TRANSMITFILE);
    if (transmit == nullptr) return refuse(call);
    return transmit(hSocket, hFile, nNumberOfBytesToWrite, nNumberOfBytesPerSend, lpOverlapped,
                    lpTransmitBuffers, dwReserved);
}

int WSASendMsg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
               LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    const auto send = find_extension<LPFN_WSASENDMSG>(call, s, WSAID_WSASENDMSG);
    if (send == nullptr) return call.fail(WSAEOPNOTSUPP);
    return send(s, lpMsg, dwFlags, lpNumberOfBytesSent, lpOverlapped, lpCompletionRoutine);
}

BOOL WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                            LPDWORD lpdwFlags) {
    ws2::ApiCall call{s};
    if (!call) return call.done_bool(FALSE);
    return call.done_bool(
        call.table().lpWSPGetOverlappedResult(s, lpOverlapped, lpcbTransfer, fWait, lpdwFlags, call.error()));
}

BOOL WSAGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS) {
    ws2::ApiCall call{s};
    if (!call) return call.done_bool(FALSE);
    return call.done_bool(call.table().lpWSPGetQOSByName(s, lpQOSName, lpQOS, call.error()));
}
