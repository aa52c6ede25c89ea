// SPDX-License-Identifier: BSD-3-Clause
// The protocol catalogue: WSAEnumProtocols, WSCEnumProtocols, WSCGetProviderPath. Entries are the provider's;
// the shell selects and copies. Winsock: WSAEnumProtocols, WSCEnumProtocols.
#include <ringsock/ws2.h>

#include <cstring>

#include "spi/provider.h"
#include "ws2/prolog.h"
#include "ws2/shell.h"

using namespace ringsock;

namespace ringsock::ws2 {

namespace {

/// Longest zero-terminated list of protocols that is looked at.
constexpr int kMaxListed = 64;

/// Whether the caller's list (null: all) asks for the protocol.
bool is_wanted(const INT* protocols, INT protocol) noexcept {
    if (protocols == nullptr) return true;
    for (int i = 0; i < kMaxListed && protocols[i] != 0; ++i)
        if (protocols[i] == protocol) return true;
    return false;
}

void store_entry(const WSAPROTOCOL_INFOW& entry, WSAPROTOCOL_INFOW& out) noexcept {
    out = entry;
}
void store_entry(const WSAPROTOCOL_INFOW& entry, WSAPROTOCOL_INFOA& out) noexcept {
    narrow_info(entry, out);
}

/// Common part of the three: count or SOCKET_ERROR with the code in `error`.
template <typename Info>
int list_entries(const INT* protocols, Info* buffer, LPDWORD buffer_bytes, int& error) noexcept {
    if (buffer_bytes == nullptr) {
        error = WSAEFAULT;
        return SOCKET_ERROR;
    }
    WSAPROTOCOL_INFOW entry{};
    DWORD wanted = 0;
    const std::uint32_t size = spi::catalog_size();
    for (std::uint32_t i = 0; i < size; ++i) {
        spi::fill_catalog_entry(i, entry);
        if (is_wanted(protocols, entry.iProtocol)) ++wanted;
    }
    const DWORD needed = wanted * static_cast<DWORD>(sizeof(Info));
    if (buffer == nullptr || *buffer_bytes < needed) {
        *buffer_bytes = needed;
        error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    DWORD stored = 0;
    for (std::uint32_t i = 0; i < size && stored < wanted; ++i) {
        spi::fill_catalog_entry(i, entry);
        if (is_wanted(protocols, entry.iProtocol)) store_entry(entry, buffer[stored++]);
    }
    return static_cast<int>(stored);
}

/// Everything before the name is the same in both widths.
constexpr std::size_t kCommonBytes = offsetof(WSAPROTOCOL_INFOW, szProtocol);
static_assert(kCommonBytes == offsetof(WSAPROTOCOL_INFOA, szProtocol));

}  // namespace

void narrow_info(const WSAPROTOCOL_INFOW& from, WSAPROTOCOL_INFOA& to) noexcept {
    std::memcpy(static_cast<void*>(&to), &from, kCommonBytes);
    std::size_t i = 0;
    for (; i < WSAPROTOCOL_LEN && from.szProtocol[i] != 0; ++i)
        to.szProtocol[i] = from.szProtocol[i] < 0x80 ? static_cast<char>(from.szProtocol[i]) : '?';
    to.szProtocol[i] = 0;
}

void widen_info(const WSAPROTOCOL_INFOA& from, WSAPROTOCOL_INFOW& to) noexcept {
    std::memcpy(static_cast<void*>(&to), &from, kCommonBytes);
    std::size_t i = 0;
    for (; i < WSAPROTOCOL_LEN && from.szProtocol[i] != 0; ++i)
        to.szProtocol[i] = static_cast<unsigned char>(from.szProtocol[i]);
    to.szProtocol[i] = 0;
}

bool same_guid(const GUID& left, const GUID& right) noexcept {
    return std::memcmp(&left, &right, sizeof left) == 0;
}

}  // namespace ringsock::ws2

int WSAEnumProtocolsW(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer, LPDWORD lpdwBufferLength) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    return call.done(ws2::list_entries(lpiProtocols, lpProtocolBuffer, lpdwBufferLength, *call.error()));
}

int WSAEnumProtocolsA(LPINT lpiProtocols, LPWSAPROTOCOL_INFOA lpProtocolBuffer, LPDWORD lpdwBufferLength) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    return call.done(ws2::list_entries(lpiProtocols, lpProtocolBuffer, lpdwBufferLength, *call.error()));
}

// The base provider hides nothing, so this is the same list; it needs no WSAStartup.
int WSCEnumProtocols(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer, LPDWORD lpdwBufferLength,
                     LPINT lpErrno) {
    const ws2::Presence inside;
    return ws2::list_entries(lpiProtocols, lpProtocolBuffer, lpdwBufferLength, *lpErrno);
}

int WSCGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath, LPINT lpProviderDllPathLen,
                       LPINT lpErrno) {
    return WPUGetProviderPath(lpProviderId, lpszProviderDllPath, lpProviderDllPathLen, lpErrno);
}
