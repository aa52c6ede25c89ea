// SPDX-License-Identifier: BSD-3-Clause
// Rule: the native layer mixes with the POSIX socket headers in any order, and neither changes the other's
// names, types or values. Shown by compiling this file twice and asserting both sides' values beside each
// other.
//
// Compile twice: g++|clang++ -std=c++20 -Wall -Wextra -Werror -Iapi/include, without and with
// -DPOSIX_HEADERS_LAST; link with libringsock.
#ifdef POSIX_HEADERS_LAST
#include <ringsock/mswsock.h>
#include <ringsock/spi.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>
#endif

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <type_traits>

#ifndef POSIX_HEADERS_LAST
#include <ringsock/mswsock.h>
#include <ringsock/spi.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>
#endif

#define LAYER(name) ws2_##name
#define CLAIM(condition) static_assert(condition, #condition)
#define VALUE(name, value) static_assert(WS_##name == (value), "WS_" #name)
#include "constant_rows.inc"
#include "layout_rows.inc"
#include "winsock_rows.inc"

// The system's side is untouched.
static_assert(AF_INET6 == 10 && SOL_SOCKET == 1 && SO_REUSEADDR == 2 && SO_ERROR == 4);
static_assert(POLLIN == 1 && POLLOUT == 4 && MSG_WAITALL == 0x100 && IP_TTL == 2 && IPV6_V6ONLY == 26);
static_assert(AI_NUMERICSERV == 0x400 && EAI_NONAME == -2 && FD_SETSIZE == 1024);
static_assert(FIONBIO == 0x5421 && FIONREAD == 0x541b);
static_assert(sizeof(u_long) == 8 && sizeof(fd_set) == 128 && sizeof(linger) == 8 && sizeof(pollfd) == 8);
static_assert(offsetof(addrinfo, ai_addr) == 24 && offsetof(addrinfo, ai_canonname) == 32);
static_assert(std::is_same_v<decltype(&::bind), int (*)(int, const sockaddr*, socklen_t) noexcept>);
static_assert(std::is_same_v<decltype(&::shutdown), int (*)(int, int) noexcept>);

// Both sides share sockaddr, and their concrete addresses have one layout; only family values differ.
static_assert(std::is_same_v<SOCKADDR, sockaddr> && sizeof(sockaddr) == 16);
static_assert(sizeof(sockaddr_in) == sizeof(ws2_sockaddr_in));
static_assert(offsetof(sockaddr_in, sin_addr) == offsetof(ws2_sockaddr_in, sin_addr));
static_assert(sizeof(sockaddr_in6) == sizeof(ws2_sockaddr_in6));
static_assert(offsetof(sockaddr_in6, sin6_scope_id) == offsetof(ws2_sockaddr_in6, sin6_scope_id));
static_assert(sizeof(sockaddr_storage) == sizeof(ws2_sockaddr_storage));
static_assert(AF_INET == WS_AF_INET && AF_INET6 != WS_AF_INET6);
static_assert(std::is_same_v<WCHAR, char16_t>);

// C linkage and plain function types, so that a name looked up at run time can be called through them.
static_assert(std::is_same_v<decltype(&WSAConnect),
                             int (*)(SOCKET, const sockaddr*, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS)>);
static_assert(std::is_same_v<decltype(&ws2_connect), int (*)(SOCKET, const sockaddr*, int)>);
static_assert(std::is_same_v<decltype(&ws2_select),
                             int (*)(int, ws2_fd_set*, ws2_fd_set*, ws2_fd_set*, const timeval*)>);

// Both libraries in one function: the kernel's socket pair and Ringsock's byte order agree.
int main() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
    const auto send_one = std::bind(&::send, pair[0], "x", 1, 0);
    char byte = 0;
    const bool kernel_works = send_one() == 1 && ::recv(pair[1], &byte, 1, 0) == 1 && byte == 'x';
    ::close(pair[0]);
    ::close(pair[1]);
    if (!kernel_works) return 1;
    if (ws2_htons(0x1234) != htons(0x1234) || ws2_htonl(0x12345678) != htonl(0x12345678)) return 1;
    ws2_in_addr address{};
    if (ws2_inet_pton(WS_AF_INET, "192.0.2.1", &address) != 1) return 1;
    return address.s_addr == ::inet_addr("192.0.2.1") ? 0 : 1;
}
