// SPDX-License-Identifier: BSD-3-Clause
// The C library's resolver behind Windows' values.
#include "ws2/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <ringsock/ws2.h>
#include <strings.h>
#include <sys/socket.h>

#include <cstring>

#include "spi/provider.h"
#include "ws2/prolog.h"

namespace ringsock::ws2 {

namespace {

/// Addresses of one name at most; more are dropped.
constexpr std::size_t kMaxAddresses = 256;

int windows_code(int error) noexcept {
    switch (error) {
        case 0:
            return 0;
        case EAI_AGAIN:
            return WS_EAI_AGAIN;
        case EAI_BADFLAGS:
            return WS_EAI_BADFLAGS;
        case EAI_FAMILY:
            return WS_EAI_FAMILY;
        case EAI_MEMORY:
            return WS_EAI_MEMORY;
        case EAI_SERVICE:
            return WS_EAI_SERVICE;
        case EAI_SOCKTYPE:
            return WS_EAI_SOCKTYPE;
        case EAI_NONAME:
#ifdef EAI_NODATA
        case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
        case EAI_ADDRFAMILY:
#endif
            return WS_EAI_NONAME;
        default:
            return WS_EAI_FAIL;
    }
}

bool is_wanted(int family, const Lookup& lookup) noexcept {
    return lookup.family == WS_AF_UNSPEC ? is_offered_family(family) : lookup.family == family;
}

ParsedAddress loopback(int family) noexcept {
    ParsedAddress address{.family = family};
    if (family == WS_AF_INET) {
        address.bytes[0] = 127;
        address.bytes[3] = 1;
    } else {
        address.bytes[15] = 1;
    }
    return address;
}

void add_mapped(const ParsedAddress& ipv4, Resolved& out) {
    ParsedAddress mapped{.family = WS_AF_INET6};
    mapped.bytes[10] = mapped.bytes[11] = 0xff;
    std::memcpy(mapped.bytes + 12, ipv4.bytes, 4);
    out.addresses.push_back(mapped);
}

int resolve_number(const char* name, const Lookup& lookup, const ParsedAddress& address, Resolved& out) {
    out.canonical_name = name;
    if (lookup.family == WS_AF_UNSPEC || lookup.family == address.family) {
        out.addresses.push_back(address);
        return 0;
    }
    if (!lookup.wants_v4_mapped || lookup.family != WS_AF_INET6) return WS_EAI_NONAME;
    add_mapped(address, out);
    return 0;
}

/// RFC 6761 §6.3: localhost never leaves the machine.
bool is_localhost(const char* name) noexcept {
    const std::size_t length = std::strlen(name);
    constexpr const char* kSuffix = ".localhost";
    return strcasecmp(name, "localhost") == 0 ||
           (length > 10 && strcasecmp(name + length - 10, kSuffix) == 0);
}

/// "" and the name of the calling thread's host. Its addresses are the engine's business; the name stands for
/// loopback, as in the /etc/hosts of most systems.
bool is_own_name(const char* name) noexcept {
    if (*name == 0) return true;
    const Presence inside;
    const char* const own = Presence::is_started() ? spi::current_host_name() : nullptr;
    return own != nullptr && strcasecmp(own, name) == 0;
}

ParsedAddress address_of(const addrinfo& entry) noexcept {
    ParsedAddress address;
    if (entry.ai_family == AF_INET6) {
        const auto& from = *reinterpret_cast<const sockaddr_in6*>(entry.ai_addr);
        address.family = WS_AF_INET6;
        std::memcpy(address.bytes, &from.sin6_addr, 16);
        address.scope = from.sin6_scope_id;
    } else {
        const auto& from = *reinterpret_cast<const sockaddr_in*>(entry.ai_addr);
        address.family = WS_AF_INET;
        std::memcpy(address.bytes, &from.sin_addr, 4);
    }
    return address;
}

int resolve_through_system(const char* name, const Lookup& lookup, Resolved& out) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;  // One entry an address.
    hints.ai_flags = AI_CANONNAME;
    hints.ai_family = lookup.family == WS_AF_INET      ? AF_INET
                      : lookup.family == WS_AF_INET6   ? AF_INET6
                      : is_offered_family(WS_AF_INET6) ? AF_UNSPEC
                                                       : AF_INET;
    if (lookup.wants_v4_mapped && hints.ai_family == AF_INET6) hints.ai_flags |= AI_V4MAPPED;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(name, nullptr, &hints, &list); error != 0) return windows_code(error);
    if (list->ai_canonname != nullptr) out.canonical_name = list->ai_canonname;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        if (out.addresses.size() < kMaxAddresses) out.addresses.push_back(address_of(*entry));
    }
    freeaddrinfo(list);
    return out.addresses.empty() ? WS_EAI_NONAME : 0;
}

}  // namespace

bool is_offered_family(int family) noexcept {
    WSAPROTOCOL_INFOW entry{};
    for (std::uint32_t i = 0; i < spi::kOffersPerHost; ++i) {
        spi::fill_catalog_entry(i, entry);
        if (entry.iAddressFamily == family) return true;
    }
    return false;
}

int resolve_name(const char* name, const Lookup& lookup, Resolved& out) {
    out = Resolved{};
    ParsedAddress address;
    if (parse_numeric(name, address)) return resolve_number(name, lookup, address, out);
    if (lookup.numeric_only) return WS_EAI_NONAME;
    if (!is_localhost(name) && !is_own_name(name)) return resolve_through_system(name, lookup, out);
    out.canonical_name = name;
    for (const int family : {WS_AF_INET, WS_AF_INET6})
        if (is_wanted(family, lookup)) out.addresses.push_back(loopback(family));
    return out.addresses.empty() ? WS_EAI_NONAME : 0;
}

std::string name_of_address(const ParsedAddress& address, int& error) {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_in);
    if (address.family == WS_AF_INET6) {
        auto& to = reinterpret_cast<sockaddr_in6&>(storage);
        to.sin6_family = AF_INET6;
        to.sin6_scope_id = address.scope;
        std::memcpy(&to.sin6_addr, address.bytes, 16);
        length = sizeof to;
    } else {
        auto& to = reinterpret_cast<sockaddr_in&>(storage);
        to.sin_family = AF_INET;
        std::memcpy(&to.sin_addr, address.bytes, 4);
    }
    char name[NI_MAXHOST] = {};
    error = windows_code(getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, name, sizeof name,
                                     nullptr, 0, NI_NAMEREQD));
    return error == 0 ? name : "";
}

}  // namespace ringsock::ws2
