// SPDX-License-Identifier: BSD-3-Clause
// Entries that this provider refuses, each with the error its page documents. A bad socket still comes first.
#include "spi/spi_table.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

int refuse(SOCKET s, int code, LPINT error) noexcept {
    SocketCall call(s, error);
    return call ? call.fail(code) : SOCKET_ERROR;
}

}  // namespace

// There are no windows to post messages to. Winsock: WSPAsyncSelect.
int wsp_async_select(SOCKET s, HWND, UINT, LONG, LPINT error) noexcept {
    return refuse(s, WSAEOPNOTSUPP, error);
}

// Sockets stay in the process that made them. Winsock: WSPDuplicateSocket.
int wsp_duplicate_socket(SOCKET s, DWORD, LPWSAPROTOCOL_INFOW info, LPINT error) noexcept {
    return refuse(s, info == nullptr ? WSAEFAULT : WSAEOPNOTSUPP, error);
}

// No overlapped operation can be pending, so none has a result. Winsock: WSPGetOverlappedResult.
BOOL wsp_get_overlapped_result(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD transferred, BOOL, LPDWORD flags,
                               LPINT error) noexcept {
    const bool is_null = overlapped == nullptr || transferred == nullptr || flags == nullptr;
    refuse(s, is_null ? WSAEFAULT : WSAEOPNOTSUPP, error);
    return FALSE;
}

// No templates of flow specifications exist. Winsock: WSPGetQOSByName.
BOOL wsp_get_qos_by_name(SOCKET s, LPWSABUF, LPQOS, LPINT error) noexcept {
    refuse(s, WSAEOPNOTSUPP, error);
    return FALSE;
}

// Multipoint sessions need the multicast support that comes with IGMP. Winsock: WSPJoinLeaf.
SOCKET wsp_join_leaf(SOCKET s, const sockaddr*, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS, DWORD,
                     LPINT error) noexcept {
    refuse(s, WSAEOPNOTSUPP, error);
    return INVALID_SOCKET;
}

}  // namespace ringsock::spi
