// SPDX-License-Identifier: BSD-3-Clause
// Protocol-independent names and addresses for unchanged Windows source. Contracts: see <ringsock/ws2.h>.
#ifndef RINGSOCK_COMPAT_WS2TCPIP_H
#define RINGSOCK_COMPAT_WS2TCPIP_H

#define _WS2TCPIP_H_

#include <winsock2.h>

#include <string.h>

#include <ringsock/mswsock.h>

RINGSOCK_EXTERN_C_BEGIN

RINGSOCK_API int getaddrinfo(const char* nodename, const char* servname, const struct addrinfo* hints,
                             struct addrinfo** res) RINGSOCK_ALIAS(ws2_getaddrinfo);
RINGSOCK_API void freeaddrinfo(struct addrinfo* ai) RINGSOCK_ALIAS(ws2_freeaddrinfo);
RINGSOCK_API int getnameinfo(const struct sockaddr* sa, socklen_t salen, char* host, DWORD hostlen,
                             char* serv, DWORD servlen, int flags) RINGSOCK_ALIAS(ws2_getnameinfo);
RINGSOCK_API int inet_pton(int family, const char* text, void* address) RINGSOCK_ALIAS(ws2_inet_pton);
RINGSOCK_API const char* inet_ntop(int family, const void* address, char* text, size_t size)
    RINGSOCK_ALIAS(ws2_inet_ntop);

// The C library's own objects: sixteen bytes mean the same everywhere.
extern const struct in6_addr in6addr_any;
extern const struct in6_addr in6addr_loopback;

RINGSOCK_EXTERN_C_END

// clang-format off
#define IN6ADDR_ANY_INIT      {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}
#define IN6ADDR_LOOPBACK_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}
// clang-format on
#define SS_PORT(storage) (((struct sockaddr_in*)(storage))->sin_port)
#define GAI_STRERROR_BUFFER_SIZE 1024

typedef SCOPE_ID* LPSCOPE_ID;
typedef ADDRINFOA ADDRINFO;

/// Source filter of a group; the list continues past its declared length of one.
typedef enum _MULTICAST_MODE_TYPE {
    MCAST_INCLUDE = WS_MCAST_INCLUDE,
    MCAST_EXCLUDE = WS_MCAST_EXCLUDE
} MULTICAST_MODE_TYPE;
typedef struct ip_msfilter {
    IN_ADDR imsf_multiaddr;
    IN_ADDR imsf_interface;
    MULTICAST_MODE_TYPE imsf_fmode;
    ULONG imsf_numsrc;
    IN_ADDR imsf_slist[1];
} IP_MSFILTER, *PIP_MSFILTER;
#define IP_MSFILTER_SIZE(count) (sizeof(IP_MSFILTER) - sizeof(IN_ADDR) + (count) * sizeof(IN_ADDR))

static inline int IN6_ADDR_EQUAL(const IN6_ADDR* a, const IN6_ADDR* b) {
    return memcmp(a, b, sizeof(IN6_ADDR)) == 0;
}
#define IN6_ARE_ADDR_EQUAL(a, b) IN6_ADDR_EQUAL(a, b)

static inline int ringsock_in6_zero_bytes(const IN6_ADDR* a, int first, int last) {
    int index;
    for (index = first; index <= last; ++index) {
        if (a->u.Byte[index] != 0) return 0;
    }
    return 1;
}
static inline int IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR* a) {
    return ringsock_in6_zero_bytes(a, 0, 15);
}
static inline int IN6_IS_ADDR_LOOPBACK(const IN6_ADDR* a) {
    return ringsock_in6_zero_bytes(a, 0, 14) && a->u.Byte[15] == 1;
}
static inline int IN6_IS_ADDR_MULTICAST(const IN6_ADDR* a) {
    return a->u.Byte[0] == 0xff;
}
static inline int IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR* a) {
    return a->u.Byte[0] == 0xfe && (a->u.Byte[1] & 0xc0) == 0x80;
}
static inline int IN6_IS_ADDR_SITELOCAL(const IN6_ADDR* a) {
    return a->u.Byte[0] == 0xfe && (a->u.Byte[1] & 0xc0) == 0xc0;
}
static inline int IN6_IS_ADDR_V4MAPPED(const IN6_ADDR* a) {
    return ringsock_in6_zero_bytes(a, 0, 9) && a->u.Byte[10] == 0xff && a->u.Byte[11] == 0xff;
}
static inline int IN6_IS_ADDR_V4COMPAT(const IN6_ADDR* a) {
    return ringsock_in6_zero_bytes(a, 0, 11) && !ringsock_in6_zero_bytes(a, 12, 15) &&
           !IN6_IS_ADDR_LOOPBACK(a);
}
static inline int ringsock_in6_multicast_scope(const IN6_ADDR* a, int scope) {
    return IN6_IS_ADDR_MULTICAST(a) && (a->u.Byte[1] & 0x0f) == scope;
}
static inline int IN6_IS_ADDR_MC_NODELOCAL(const IN6_ADDR* a) {
    return ringsock_in6_multicast_scope(a, 0x1);
}
static inline int IN6_IS_ADDR_MC_LINKLOCAL(const IN6_ADDR* a) {
    return ringsock_in6_multicast_scope(a, 0x2);
}
static inline int IN6_IS_ADDR_MC_SITELOCAL(const IN6_ADDR* a) {
    return ringsock_in6_multicast_scope(a, 0x5);
}
static inline int IN6_IS_ADDR_MC_ORGLOCAL(const IN6_ADDR* a) {
    return ringsock_in6_multicast_scope(a, 0x8);
}
static inline int IN6_IS_ADDR_MC_GLOBAL(const IN6_ADDR* a) {
    return ringsock_in6_multicast_scope(a, 0xe);
}
static inline int IN6ADDR_ISANY(const SOCKADDR_IN6* a) {
    return IN6_IS_ADDR_UNSPECIFIED(&a->sin6_addr);
}
static inline int IN6ADDR_ISLOOPBACK(const SOCKADDR_IN6* a) {
    return IN6_IS_ADDR_LOOPBACK(&a->sin6_addr);
}
static inline void IN6ADDR_SETANY(SOCKADDR_IN6* a) {
    memset(a, 0, sizeof(*a));
    a->sin6_family = AF_INET6;
}
static inline void IN6ADDR_SETLOOPBACK(SOCKADDR_IN6* a) {
    IN6ADDR_SETANY(a);
    a->sin6_addr.u.Byte[15] = 1;
}

#ifdef UNICODE
typedef ADDRINFOW ADDRINFOT, *PADDRINFOT;
typedef ADDRINFOEXW ADDRINFOEX, *PADDRINFOEX;
#define GetAddrInfo GetAddrInfoW
#define FreeAddrInfo FreeAddrInfoW
#define GetNameInfo GetNameInfoW
#define GetAddrInfoEx GetAddrInfoExW
#define FreeAddrInfoEx FreeAddrInfoExW
#define InetNtop InetNtopW
#define InetPton InetPtonW
#define gai_strerror gai_strerrorW
#else
typedef ADDRINFOA ADDRINFOT, *PADDRINFOT;
typedef ADDRINFOEXA ADDRINFOEX, *PADDRINFOEX;
#define GetAddrInfo GetAddrInfoA
#define FreeAddrInfo FreeAddrInfoA
#define GetNameInfo GetNameInfoA
#define GetAddrInfoEx GetAddrInfoExA
#define InetNtop InetNtopA
#define InetPton InetPtonA
#define gai_strerror gai_strerrorA
#endif

#endif
