// SPDX-License-Identifier: BSD-3-Clause
// Addresses as text. Winsock: inet_addr, inet_ntoa, InetPton, InetNtop, WSAAddressToString,
// WSAStringToAddress.
#include <arpa/inet.h>
#include <ringsock/ws2.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "ws2/address_parse.h"
#include "ws2/prolog.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

/// Longest text of an address with scope and port, and its NUL.
constexpr DWORD kMaxText = 128;

int system_family(INT family) noexcept {
    return family == WS_AF_INET ? AF_INET : family == WS_AF_INET6 ? AF_INET6 : -1;
}

}  // namespace

ULONG ws2_inet_addr(const char* cp) {
    if (cp == nullptr) return ws2::fail_with(WSAEFAULT, ULONG{WS_INADDR_NONE});
    if (std::strcmp(cp, " ") == 0) return 0;  // Windows takes a single space for the any-address.
    std::uint8_t bytes[4];
    if (!ws2::parse_ipv4_parts(cp, bytes)) return WS_INADDR_NONE;
    ULONG address = 0;
    std::memcpy(&address, bytes, sizeof address);
    return address;
}

char* ws2_inet_ntoa(ws2_in_addr in) {
    static thread_local char text[16];
    const auto& bytes = in.S_un.S_un_b;
    std::snprintf(text, sizeof text, "%u.%u.%u.%u", bytes.s_b1, bytes.s_b2, bytes.s_b3, bytes.s_b4);
    return text;
}

INT ws2_inet_pton(INT family, const char* text, void* address) {
    if (system_family(family) < 0) return ws2::fail_with(WSAEAFNOSUPPORT, -1);
    if (text == nullptr || address == nullptr) return ws2::fail_with(WSAEFAULT, -1);
    return inet_pton(system_family(family), text, address);
}

const char* ws2_inet_ntop(INT family, const void* address, char* text, size_t size) {
    if (system_family(family) < 0) return ws2::fail_with<const char*>(WSAEAFNOSUPPORT, nullptr);
    char local[INET6_ADDRSTRLEN] = {};
    if (address == nullptr || text == nullptr ||
        inet_ntop(system_family(family), address, local, sizeof local) == nullptr ||
        std::strlen(local) >= size) {
        return ws2::fail_with<const char*>(WSA_INVALID_PARAMETER, nullptr);
    }
    return std::strcpy(text, local);
}

INT InetPtonW(INT Family, LPCWSTR pStringBuf, PVOID pAddr) {
    if (pStringBuf == nullptr) return ws2_inet_pton(Family, nullptr, pAddr);
    return ws2_inet_pton(Family, ws2::to_utf8(pStringBuf).c_str(), pAddr);
}

LPCWSTR InetNtopW(INT Family, LPCVOID pAddr, LPWSTR pStringBuf, size_t StringBufSize) {
    char text[INET6_ADDRSTRLEN];
    if (ws2_inet_ntop(Family, pAddr, text, sizeof text) == nullptr) return nullptr;
    const std::size_t units = std::strlen(text) + 1;
    if (pStringBuf == nullptr || StringBufSize < units)
        return ws2::fail_with<LPCWSTR>(WSA_INVALID_PARAMETER, nullptr);
    std::copy(text, text + units, pStringBuf);
    return pStringBuf;
}

INT WSAAddressToStringW(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                        LPWSTR lpszAddressString, LPDWORD lpdwAddressStringLength) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    return call.done(call.table().lpWSPAddressToString(lpsaAddress, dwAddressLength, lpProtocolInfo,
                                                       lpszAddressString, lpdwAddressStringLength,
                                                       call.error()));
}

// Addresses are ASCII, so one unit is one byte and the lengths of both forms agree.
INT WSAAddressToStringA(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOA,
                        LPSTR lpszAddressString, LPDWORD lpdwAddressStringLength) {
    WCHAR wide[kMaxText];
    DWORD length = kMaxText;
    const INT result = WSAAddressToStringW(lpsaAddress, dwAddressLength, nullptr, wide, &length);
    if (result != 0) return result;
    if (lpdwAddressStringLength == nullptr) return ws2::fail_with(WSAEFAULT, SOCKET_ERROR);
    const DWORD room = *lpdwAddressStringLength;
    *lpdwAddressStringLength = length;
    if (lpszAddressString == nullptr || room < length) return ws2::fail_with(WSAEFAULT, SOCKET_ERROR);
    std::transform(wide, wide + length, lpszAddressString,
                   [](WCHAR unit) { return static_cast<char>(unit); });
    return 0;
}

INT WSAStringToAddressW(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                        LPSOCKADDR lpAddress, LPINT lpAddressLength) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    return call.done(call.table().lpWSPStringToAddress(AddressString, AddressFamily, lpProtocolInfo,
                                                       lpAddress, lpAddressLength, call.error()));
}

INT WSAStringToAddressA(LPSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOA, LPSOCKADDR lpAddress,
                        LPINT lpAddressLength) {
    if (AddressString == nullptr)
        return WSAStringToAddressW(nullptr, AddressFamily, nullptr, lpAddress, lpAddressLength);
    auto wide = ws2::to_utf16(AddressString);
    return WSAStringToAddressW(wide.data(), AddressFamily, nullptr, lpAddress, lpAddressLength);
}
