// SPDX-License-Identifier: BSD-3-Clause
// The lists of GetAddrInfo in their four shapes. Each entry is one block of memory with its socket address
// and, in the first, the canonical name. Winsock: getaddrinfo, GetAddrInfoW, GetAddrInfoExA/W, freeaddrinfo
// and its kin.
#include <ringsock/ws2.h>

#include <cstdlib>
#include <string>
#include <type_traits>

#include "ws2/address_info.h"
#include "ws2/last_error.h"
#include "ws2/sockaddr_build.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

template <typename Info>
constexpr bool kIsExtended = std::is_same_v<Info, ADDRINFOEXA> || std::is_same_v<Info, ADDRINFOEXW>;

template <typename Info>
ws2::AddressHints hints_of(const Info* hints) noexcept {
    if (hints == nullptr) return {};
    ws2::AddressHints out{hints->ai_flags, hints->ai_family, hints->ai_socktype, hints->ai_protocol};
    out.has_other_fields = hints->ai_addrlen != 0 || hints->ai_canonname != nullptr ||
                           hints->ai_addr != nullptr || hints->ai_next != nullptr;
    if constexpr (kIsExtended<Info>)
        out.has_other_fields |=
            hints->ai_blob != nullptr || hints->ai_bloblen != 0 || hints->ai_provider != nullptr;
    return out;
}

template <typename Info>
void free_list(Info* info) noexcept {
    while (info != nullptr) {
        Info* const next = info->ai_next;
        std::free(info);
        info = next;
    }
}

/// Makes one entry; the name is in the list's own characters. Null without memory.
template <typename Info, typename Name>
Info* make_entry(const ws2::AddressEntry& entry, const Name& name) noexcept {
    // A socket address needs no more than 4 bytes of alignment, a name 2.
    const std::size_t address_bytes = ws2::sockaddr_bytes(entry.address.family);
    const std::size_t name_bytes = name.empty() ? 0 : (name.size() + 1) * sizeof name[0];
    auto* const block = static_cast<std::byte*>(std::calloc(1, sizeof(Info) + address_bytes + name_bytes));
    if (block == nullptr) return nullptr;
    auto* const info = reinterpret_cast<Info*>(block);
    std::byte* const address = block + sizeof(Info);
    info->ai_family = entry.address.family;
    info->ai_socktype = entry.type;
    info->ai_protocol = entry.protocol;
    info->ai_addrlen = address_bytes;
    info->ai_addr = reinterpret_cast<sockaddr*>(address);
    ws2::store_sockaddr(entry.address, entry.port, address);
    if (name_bytes == 0) return info;
    std::memcpy(address + address_bytes, name.data(), name_bytes);
    info->ai_canonname = reinterpret_cast<decltype(info->ai_canonname)>(address + address_bytes);
    return info;
}

template <typename Info>
auto name_for(const std::string& name) {
    if constexpr (std::is_same_v<decltype(Info::ai_canonname), PWSTR>)
        return ws2::to_utf16(name);
    else
        return name;
}

/// Resolves and builds; the code is also the last error.
template <typename Info>
int resolve_list(const char* node, const char* service, const Info* hints, Info** result) {
    if (result == nullptr) return ws2::fail_with(WSAEFAULT, WSAEFAULT);
    *result = nullptr;
    ws2::AddressAnswer answer;
    if (const int code = ws2::find_addresses(node, service, hints_of(hints), answer); code != 0)
        return ws2::fail_with(code, code);
    auto name = name_for<Info>(answer.canonical_name);
    Info* head = nullptr;
    Info** link = &head;
    for (const ws2::AddressEntry& entry : answer.entries) {
        *link = make_entry<Info>(entry, name);
        if (*link == nullptr) {
            free_list(head);
            return ws2::fail_with(WS_EAI_MEMORY, WS_EAI_MEMORY);
        }
        link = &(*link)->ai_next;
        name.clear();
    }
    *result = head;
    return ws2::fail_with(0, 0);
}

/// Null stays null: both texts are optional.
struct NarrowText {
    explicit NarrowText(const WCHAR* wide) : is_null(wide == nullptr), text(ws2::to_utf8(wide)) {}
    [[nodiscard]] const char* get() const noexcept { return is_null ? nullptr : text.c_str(); }
    bool is_null;
    std::string text;
};

/// Overlapped resolution is not offered, and there is one name space: all of them.
int check_extended(DWORD name_space, const LPGUID provider, LPOVERLAPPED overlapped,
                   LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, LPHANDLE name_handle) noexcept {
    if (overlapped != nullptr || routine != nullptr || name_handle != nullptr) return WSAEOPNOTSUPP;
    if (provider != nullptr) return WSAEINVALIDPROVIDER;
    return name_space == WS_NS_ALL || name_space == WS_NS_DNS ? 0 : WSAEOPNOTSUPP;
}

}  // namespace

INT ws2_getaddrinfo(const char* nodename, const char* servname, const ws2_addrinfo* hints,
                    ws2_addrinfo** res) {
    return resolve_list(nodename, servname, hints, res);
}
void ws2_freeaddrinfo(ws2_addrinfo* ai) {
    free_list(ai);
}

INT GetAddrInfoW(PCWSTR pNodeName, PCWSTR pServiceName, const ADDRINFOW* pHints, PADDRINFOW* ppResult) {
    const NarrowText node(pNodeName);
    const NarrowText service(pServiceName);
    return resolve_list(node.get(), service.get(), pHints, ppResult);
}
void FreeAddrInfoW(PADDRINFOW pAddrInfo) {
    free_list(pAddrInfo);
}

INT GetAddrInfoExA(PCSTR pName, PCSTR pServiceName, DWORD dwNameSpace, LPGUID lpNspId,
                   const ADDRINFOEXA* pHints, PADDRINFOEXA* ppResult, timeval*, LPOVERLAPPED lpOverlapped,
                   LPLOOKUPSERVICE_COMPLETION_ROUTINE lpCompletionRoutine, LPHANDLE lpNameHandle) {
    const int code = check_extended(dwNameSpace, lpNspId, lpOverlapped, lpCompletionRoutine, lpNameHandle);
    if (code != 0) return ws2::fail_with(code, code);
    return resolve_list(pName, pServiceName, pHints, ppResult);
}
void FreeAddrInfoEx(PADDRINFOEXA pAddrInfoEx) {
    free_list(pAddrInfoEx);
}

INT GetAddrInfoExW(PCWSTR pName, PCWSTR pServiceName, DWORD dwNameSpace, LPGUID lpNspId,
                   const ADDRINFOEXW* pHints, PADDRINFOEXW* ppResult, timeval*, LPOVERLAPPED lpOverlapped,
                   LPLOOKUPSERVICE_COMPLETION_ROUTINE lpCompletionRoutine, LPHANDLE lpNameHandle) {
    const int code = check_extended(dwNameSpace, lpNspId, lpOverlapped, lpCompletionRoutine, lpNameHandle);
    if (code != 0) return ws2::fail_with(code, code);
    const NarrowText node(pName);
    const NarrowText service(pServiceName);
    return resolve_list(node.get(), service.get(), pHints, ppResult);
}
void FreeAddrInfoExW(PADDRINFOEXW pAddrInfoEx) {
    free_list(pAddrInfoEx);
}
