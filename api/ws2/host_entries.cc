// SPDX-License-Identifier: BSD-3-Clause
// The older name calls, whose answers live in the calling thread. Winsock: gethostbyname, gethostbyaddr,
// getservbyname, getservbyport, getprotobyname, getprotobynumber, gethostname, GetHostNameW, gai_strerror.
#include <ringsock/ws2.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "spi/provider.h"
#include "ws2/databases.h"
#include "ws2/prolog.h"
#include "ws2/resolver.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

/// A list of texts as a null-terminated array of pointers into itself.
struct TextList {
    std::vector<std::string> texts;
    std::vector<char*> pointers;
    char** point() {
        pointers.clear();
        for (std::string& text : texts) pointers.push_back(text.data());
        pointers.push_back(nullptr);
        return pointers.data();
    }
};

/// What the last calls of a thread returned.
struct ThreadAnswers {
    ws2_hostent host{};
    std::string host_name;
    TextList host_aliases;
    TextList host_addresses;
    ws2_servent service{};
    ws2::Service service_found;
    TextList service_aliases;
    ws2_protoent protocol{};
    ws2::ProtocolName protocol_found;
    TextList protocol_aliases;
    std::string error_text;
    std::basic_string<WCHAR> wide_error_text;
};
ThreadAnswers& mine() noexcept {
    static thread_local ThreadAnswers answers;
    return answers;
}

ws2_hostent* answer_host(const std::string& name, int family,
                         const std::vector<ws2::ParsedAddress>& addresses) {
    ThreadAnswers& out = mine();
    const std::size_t bytes = family == WS_AF_INET ? 4 : 16;
    out.host_name = name;
    out.host_addresses.texts.clear();
    for (const ws2::ParsedAddress& address : addresses) {
        if (address.family != family) continue;
        out.host_addresses.texts.emplace_back(reinterpret_cast<const char*>(address.bytes), bytes);
    }
    out.host = {out.host_name.data(), out.host_aliases.point(), static_cast<SHORT>(family),
                static_cast<SHORT>(bytes), out.host_addresses.point()};
    return ws2::fail_with(0, &out.host);
}

ws2_servent* answer_service() {
    ThreadAnswers& out = mine();
    ws2::Service& found = out.service_found;
    out.service_aliases.texts = found.aliases;
    out.service = {found.name.data(), out.service_aliases.point(), found.protocol.data(),
                   static_cast<SHORT>(ws2_htons(found.port))};
    return ws2::fail_with(0, &out.service);
}

ws2_protoent* answer_protocol() {
    ThreadAnswers& out = mine();
    ws2::ProtocolName& found = out.protocol_found;
    out.protocol_aliases.texts = found.aliases;
    out.protocol = {found.name.data(), out.protocol_aliases.point(), static_cast<SHORT>(found.number)};
    return ws2::fail_with(0, &out.protocol);
}

template <typename T>
T* refuse(int code) noexcept {
    return ws2::fail_with<T*>(code, nullptr);
}

/// Name of the calling thread's host; "" while nothing runs.
std::string own_name() {
    const ws2::Presence inside;
    const char* const name = ws2::Presence::is_started() ? spi::current_host_name() : nullptr;
    return name != nullptr ? name : "";
}

}  // namespace

ws2_hostent* ws2_gethostbyname(const char* name) {
    if (!ws2::Presence::is_started()) return refuse<ws2_hostent>(WSANOTINITIALISED);
    const std::string wanted = name != nullptr && *name != 0 ? name : own_name();
    ws2::Resolved resolved;
    const int code = ws2::resolve_name(wanted.c_str(), {.family = WS_AF_INET}, resolved);
    if (code != 0) return refuse<ws2_hostent>(code);
    return answer_host(resolved.canonical_name.empty() ? wanted : resolved.canonical_name, WS_AF_INET,
                       resolved.addresses);
}

ws2_hostent* ws2_gethostbyaddr(const char* addr, int len, int type) {
    if (!ws2::Presence::is_started()) return refuse<ws2_hostent>(WSANOTINITIALISED);
    if (type != WS_AF_INET && type != WS_AF_INET6) return refuse<ws2_hostent>(WSAEAFNOSUPPORT);
    const int needed = type == WS_AF_INET ? 4 : 16;
    if (addr == nullptr || len < needed) return refuse<ws2_hostent>(WSAEFAULT);
    ws2::ParsedAddress address{.family = type};
    std::memcpy(address.bytes, addr, static_cast<std::size_t>(needed));
    int error = 0;
    const std::string name = ws2::name_of_address(address, error);
    return error != 0 ? refuse<ws2_hostent>(error) : answer_host(name, type, {address});
}

ws2_servent* ws2_getservbyname(const char* name, const char* proto) {
    if (!ws2::Presence::is_started()) return refuse<ws2_servent>(WSANOTINITIALISED);
    if (name == nullptr) return refuse<ws2_servent>(WSAEFAULT);
    if (!ws2::find_service(name, proto, mine().service_found)) return refuse<ws2_servent>(WSANO_DATA);
    return answer_service();
}

ws2_servent* ws2_getservbyport(int port, const char* proto) {
    if (!ws2::Presence::is_started()) return refuse<ws2_servent>(WSANOTINITIALISED);
    const USHORT host_port = ws2_ntohs(static_cast<USHORT>(port));
    if (!ws2::find_service(host_port, proto, mine().service_found)) return refuse<ws2_servent>(WSANO_DATA);
    return answer_service();
}

ws2_protoent* ws2_getprotobyname(const char* name) {
    if (!ws2::Presence::is_started()) return refuse<ws2_protoent>(WSANOTINITIALISED);
    if (name == nullptr) return refuse<ws2_protoent>(WSAEFAULT);
    if (!ws2::find_protocol(name, mine().protocol_found)) return refuse<ws2_protoent>(WSANO_DATA);
    return answer_protocol();
}

ws2_protoent* ws2_getprotobynumber(int number) {
    if (!ws2::Presence::is_started()) return refuse<ws2_protoent>(WSANOTINITIALISED);
    if (!ws2::find_protocol(number, mine().protocol_found)) return refuse<ws2_protoent>(WSANO_DATA);
    return answer_protocol();
}

int ws2_gethostname(char* name, int namelen) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    const char* const own = spi::current_host_name();
    const std::size_t bytes = own != nullptr ? std::strlen(own) + 1 : 1;
    if (name == nullptr || namelen < 0 || static_cast<std::size_t>(namelen) < bytes)
        return call.fail(WSAEFAULT);
    std::memcpy(name, own != nullptr ? own : "", bytes);
    return call.done(0);
}

int GetHostNameW(PWSTR name, int namelen) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    const char* const own = spi::current_host_name();
    const auto wide = ws2::to_utf16(own != nullptr ? own : "");
    if (name == nullptr || namelen < 0 || static_cast<std::size_t>(namelen) <= wide.size())
        return call.fail(WSAEFAULT);
    std::copy(wide.c_str(), wide.c_str() + wide.size() + 1, name);
    return call.done(0);
}

char* gai_strerrorA(int ecode) {
    const char* text = "Unknown error";
    switch (ecode) {
        case 0:
            text = "Success";
            break;
        case WS_EAI_AGAIN:
            text = "The name server does not answer; try again later";
            break;
        case WS_EAI_BADFLAGS:
            text = "A flag or an argument is not valid";
            break;
        case WS_EAI_FAIL:
            text = "The name cannot be looked up";
            break;
        case WS_EAI_FAMILY:
            text = "The address family is not supported";
            break;
        case WS_EAI_MEMORY:
            text = "Out of memory";
            break;
        case WS_EAI_NODATA:
            text = "The name has no address of this family";
            break;
        case WS_EAI_NONAME:
            text = "No such host is known";
            break;
        case WS_EAI_SERVICE:
            text = "No such service is known for this socket type";
            break;
        case WS_EAI_SOCKTYPE:
            text = "The socket type is not supported";
            break;
        default:
            break;
    }
    mine().error_text = text;
    return mine().error_text.data();
}

WCHAR* gai_strerrorW(int ecode) {
    mine().wide_error_text = ws2::to_utf16(gai_strerrorA(ecode));
    return mine().wide_error_text.data();
}
