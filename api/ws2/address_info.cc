// SPDX-License-Identifier: BSD-3-Clause
// getaddrinfo without its list. Winsock: getaddrinfo.
#include "ws2/address_info.h"

#include "spi/provider.h"
#include "ws2/databases.h"
#include "ws2/prolog.h"
#include "ws2/resolver.h"

namespace ringsock::ws2 {

namespace {

/// A kind of socket at a port.
struct Endpoint {
    std::uint16_t port;
    int type;
    int protocol;
};

constexpr int kKnownFlags = WS_AI_PASSIVE | WS_AI_CANONNAME | WS_AI_NUMERICHOST | WS_AI_NUMERICSERV |
                            WS_AI_DNS_ONLY | WS_AI_ALL | WS_AI_ADDRCONFIG | WS_AI_V4MAPPED |
                            WS_AI_NON_AUTHORITATIVE | WS_AI_SECURE | WS_AI_RETURN_PREFERRED_NAMES |
                            WS_AI_FQDN | WS_AI_FILESERVER | WS_AI_DISABLE_IDN_ENCODING;

int check_hints(const char* node, const char* service, const AddressHints& hints) noexcept {
    if (node == nullptr && service == nullptr) return WS_EAI_NONAME;
    if (hints.has_other_fields) return WS_EAI_FAIL;
    if ((hints.flags & ~kKnownFlags) != 0) return WS_EAI_BADFLAGS;
    if ((hints.flags & WS_AI_CANONNAME) != 0 && node == nullptr) return WS_EAI_BADFLAGS;
    if (hints.family != WS_AF_UNSPEC && hints.family != WS_AF_INET && hints.family != WS_AF_INET6)
        return WS_EAI_FAMILY;
    if (hints.type < 0 || hints.type > WS_SOCK_SEQPACKET) return WS_EAI_SOCKTYPE;
    return 0;
}

/// Looks a service up for the transports that the hints leave open. A number fits any.
int find_endpoints(const char* service, const AddressHints& hints, std::vector<Endpoint>& out) {
    std::uint16_t port = 0;
    if (service == nullptr || *service == 0 || parse_port(service, port)) {
        out.push_back({port, hints.type, hints.protocol});
        return 0;
    }
    if ((hints.flags & WS_AI_NUMERICSERV) != 0) return WS_EAI_NONAME;
    struct Transport {
        const char* name;
        int type;
        int protocol;
    };
    for (const Transport& transport : {Transport{"tcp", WS_SOCK_STREAM, WS_IPPROTO_TCP},
                                       Transport{"udp", WS_SOCK_DGRAM, WS_IPPROTO_UDP}}) {
        if (hints.type != 0 && hints.type != transport.type) continue;
        if (hints.protocol != 0 && hints.protocol != transport.protocol) continue;
        Service found;
        if (find_service(service, transport.name, found))
            out.push_back({found.port, transport.type, transport.protocol});
    }
    return out.empty() ? WS_EAI_SERVICE : 0;
}

/// No node: the any-address for a server, the loopback address for a client.
void add_local_addresses(const AddressHints& hints, std::vector<ParsedAddress>& out) {
    for (const int family : {WS_AF_INET, WS_AF_INET6}) {
        const bool wanted = hints.family == WS_AF_UNSPEC ? is_offered_family(family) : hints.family == family;
        if (!wanted) continue;
        ParsedAddress address{.family = family};
        if ((hints.flags & WS_AI_PASSIVE) == 0) {
            address.bytes[0] = family == WS_AF_INET ? 127 : 0;
            address.bytes[family == WS_AF_INET ? 3 : 15] = 1;
        }
        out.push_back(address);
    }
}

}  // namespace

int find_addresses(const char* node, const char* service, const AddressHints& hints, AddressAnswer& out) {
    if (!Presence::is_started()) return WSANOTINITIALISED;
    if (const int code = check_hints(node, service, hints); code != 0) return code;
    std::vector<Endpoint> endpoints;
    if (const int code = find_endpoints(service, hints, endpoints); code != 0) return code;
    Resolved resolved;
    if (node == nullptr) {
        add_local_addresses(hints, resolved.addresses);
    } else {
        const Lookup lookup{.family = hints.family,
                            .numeric_only = (hints.flags & WS_AI_NUMERICHOST) != 0,
                            .wants_v4_mapped = (hints.flags & WS_AI_V4MAPPED) != 0};
        if (const int code = resolve_name(node, lookup, resolved); code != 0) return code;
    }
    for (const ParsedAddress& address : resolved.addresses)
        for (const Endpoint& endpoint : endpoints)
            out.entries.push_back({address, endpoint.port, endpoint.type, endpoint.protocol});
    constexpr int kNameFlags = WS_AI_CANONNAME | WS_AI_FQDN;
    if ((hints.flags & kNameFlags) != 0) out.canonical_name = resolved.canonical_name;
    return out.entries.empty() ? WS_EAI_NONAME : 0;
}

}  // namespace ringsock::ws2
