// SPDX-License-Identifier: BSD-3-Clause
// Addresses to names. Winsock: getnameinfo, GetNameInfoW.
#include <ringsock/ws2.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ws2/databases.h"
#include "ws2/prolog.h"
#include "ws2/resolver.h"
#include "ws2/sockaddr_build.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

/// Texts of both parts; a part that is not asked for stays "".
struct NameParts {
    std::string host;
    std::string service;
};

constexpr INT kKnownFlags =
    WS_NI_NOFQDN | WS_NI_NUMERICHOST | WS_NI_NAMEREQD | WS_NI_NUMERICSERV | WS_NI_DGRAM;

int host_text(const ws2::ParsedAddress& address, INT flags, std::string& out) {
    if ((flags & WS_NI_NUMERICHOST) == 0) {
        int error = 0;
        out = ws2::name_of_address(address, error);
        if (error == 0) {
            if ((flags & WS_NI_NOFQDN) != 0) out.resize(std::min(out.find('.'), out.size()));
            return 0;
        }
        if ((flags & WS_NI_NAMEREQD) != 0) return WS_EAI_NONAME;
    }
    out = ws2::address_text(address);
    if (address.scope != 0) out.append("%").append(std::to_string(address.scope));
    return 0;
}

std::string service_text(std::uint16_t port, INT flags) {
    ws2::Service found;
    const char* const protocol = (flags & WS_NI_DGRAM) != 0 ? "udp" : "tcp";
    if ((flags & WS_NI_NUMERICSERV) == 0 && ws2::find_service(port, protocol, found)) return found.name;
    return std::to_string(port);
}

int find_parts(const void* sa, int length, bool wants_host, bool wants_service, INT flags, NameParts& out) {
    if (!ws2::Presence::is_started()) return WSANOTINITIALISED;
    if ((flags & ~kKnownFlags) != 0) return WS_EAI_BADFLAGS;
    ws2::ParsedAddress address;
    std::uint16_t port = 0;
    if (const int code = ws2::load_sockaddr(sa, length, address, port); code != 0) return code;
    if (!wants_host && !wants_service) return WS_EAI_NONAME;
    if (wants_host) {
        if (const int code = host_text(address, flags, out.host); code != 0) return code;
    }
    if (wants_service) out.service = service_text(port, flags);
    return 0;
}

/// Copies text with its NUL; a null buffer or no room at all means that the text is not wanted.
template <typename Unit, typename Text>
int copy_out(const Text& text, Unit* out, DWORD room) noexcept {
    if (out == nullptr || room == 0) return 0;
    if (text.size() >= room) return WSAEFAULT;
    std::memcpy(out, text.c_str(), (text.size() + 1) * sizeof(Unit));
    return 0;
}

}  // namespace

INT ws2_getnameinfo(const sockaddr* sa, int salen, char* host, DWORD hostlen, char* serv, DWORD servlen,
                    INT flags) {
    NameParts parts;
    int code =
        find_parts(sa, salen, host != nullptr && hostlen != 0, serv != nullptr && servlen != 0, flags, parts);
    if (code == 0) code = copy_out(parts.host, host, hostlen);
    if (code == 0) code = copy_out(parts.service, serv, servlen);
    return ws2::fail_with(code, code);
}

INT GetNameInfoW(const SOCKADDR* pSockaddr, int SockaddrLength, PWCHAR pNodeBuffer, DWORD NodeBufferSize,
                 PWCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags) {
    NameParts parts;
    int code = find_parts(pSockaddr, SockaddrLength, pNodeBuffer != nullptr && NodeBufferSize != 0,
                          pServiceBuffer != nullptr && ServiceBufferSize != 0, Flags, parts);
    if (code == 0) code = copy_out(ws2::to_utf16(parts.host), pNodeBuffer, NodeBufferSize);
    if (code == 0) code = copy_out(ws2::to_utf16(parts.service), pServiceBuffer, ServiceBufferSize);
    return ws2::fail_with(code, code);
}
