// SPDX-License-Identifier: BSD-3-Clause
// Windows Sockets 2 for unchanged Windows source: the native layer under its Windows names. Berkeley calls
// are functions with an asm label, never macros: `connect` stays an identifier that std::bind, methods and
// members may share, while the object file asks for ws2_connect and the C library's own calls stay untouched.
// Contracts: see <ringsock/ws2.h>, same order. Needs this directory first on the include path.
#ifndef RINGSOCK_COMPAT_WINSOCK2_H
#define RINGSOCK_COMPAT_WINSOCK2_H

// Programs test these.
#define _WINSOCK2API_
#ifndef _WINSOCKAPI_
#define _WINSOCKAPI_
#endif

#include <sys/types.h>

#include <ringsock/ws2.h>

#include <ringsock_names.h>

// ---- spellings that vanish or merely rename ----

#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef PASCAL
#define PASCAL
#endif
#ifndef WINSOCK_API_LINKAGE
#define WINSOCK_API_LINKAGE
#endif

typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef ULONG u_long;  // 32 bits, or *(u_long *)host->h_addr would read 8 bytes
typedef int socklen_t;

typedef struct fd_set fd_set;
typedef fd_set FD_SET, *PFD_SET, *LPFD_SET;
#define FD_SET(socket, set) WS2_FD_SET(socket, set)
#define FD_CLR(socket, set) WS2_FD_CLR(socket, set)
#define FD_ISSET(socket, set) WS2_FD_ISSET(socket, set)
#define FD_ZERO(set) WS2_FD_ZERO(set)

#undef _IO
#undef _IOR
#undef _IOW
#define _IO(group, number) WS_IO(group, number)
#define _IOR(group, number, type) WS_IOR(group, number, type)
#define _IOW(group, number, type) WS_IOW(group, number, type)

#define ADDR_ANY INADDR_ANY
#define IN_CLASSA(address) (((address)&0x80000000U) == 0)
#define IN_CLASSA_NET 0xff000000U
#define IN_CLASSA_NSHIFT 24
#define IN_CLASSA_HOST 0x00ffffffU
#define IN_CLASSA_MAX 128
#define IN_CLASSB(address) (((address)&0xc0000000U) == 0x80000000U)
#define IN_CLASSB_NET 0xffff0000U
#define IN_CLASSB_NSHIFT 16
#define IN_CLASSB_HOST 0x0000ffffU
#define IN_CLASSB_MAX 65536
#define IN_CLASSC(address) (((address)&0xe0000000U) == 0xc0000000U)
#define IN_CLASSC_NET 0xffffff00U
#define IN_CLASSC_NSHIFT 8
#define IN_CLASSC_HOST 0x000000ffU
#define IN_CLASSD(address) (((address)&0xf0000000U) == 0xe0000000U)
#define IN_CLASSD_NET 0xf0000000U
#define IN_CLASSD_NSHIFT 28
#define IN_CLASSD_HOST 0x0fffffffU
#define IN_MULTICAST(address) IN_CLASSD(address)

// in_addr::s_addr and sockaddr_in6::sin6_scope_id are members here; only these old names need macros.
#define s_host S_un.S_un_b.s_b2
#define s_net S_un.S_un_b.s_b1
#define s_imp S_un.S_un_w.s_w2
#define s_impno S_un.S_un_b.s_b4
#define s_lh S_un.S_un_b.s_b3
#define s6_addr u.Byte
#define s6_bytes u.Byte
#define s6_words u.Word
#define h_addr h_addr_list[0]

#define h_errno WSAGetLastError()
#define HOST_NOT_FOUND WSAHOST_NOT_FOUND
#define TRY_AGAIN WSATRY_AGAIN
#define NO_RECOVERY WSANO_RECOVERY
#define NO_DATA WSANO_DATA
#define NO_ADDRESS WSANO_ADDRESS

#define WSAMAKEASYNCREPLY(length, error) MAKELONG(length, error)
#define WSAMAKESELECTREPLY(event, error) MAKELONG(event, error)
#define WSAGETASYNCBUFLEN(parameter) LOWORD(parameter)
#define WSAGETASYNCERROR(parameter) HIWORD(parameter)
#define WSAGETSELECTEVENT(parameter) LOWORD(parameter)
#define WSAGETSELECTERROR(parameter) HIWORD(parameter)

// ---- Berkeley calls ----

RINGSOCK_EXTERN_C_BEGIN

RINGSOCK_API SOCKET socket(int af, int type, int protocol) RINGSOCK_ALIAS(ws2_socket);
RINGSOCK_API int closesocket(SOCKET s) RINGSOCK_ALIAS(ws2_closesocket);
RINGSOCK_API int bind(SOCKET s, const struct sockaddr* name, int namelen) RINGSOCK_ALIAS(ws2_bind);
RINGSOCK_API int listen(SOCKET s, int backlog) RINGSOCK_ALIAS(ws2_listen);
RINGSOCK_API int getsockname(SOCKET s, struct sockaddr* name, int* namelen) RINGSOCK_ALIAS(ws2_getsockname);
RINGSOCK_API int getpeername(SOCKET s, struct sockaddr* name, int* namelen) RINGSOCK_ALIAS(ws2_getpeername);
RINGSOCK_API int shutdown(SOCKET s, int how) RINGSOCK_ALIAS(ws2_shutdown);
// `long` as on Windows; the low 32 bits of the register are what ws2_ioctlsocket reads.
RINGSOCK_API int ioctlsocket(SOCKET s, long cmd, u_long* argp) RINGSOCK_ALIAS(ws2_ioctlsocket);
RINGSOCK_API int getsockopt(SOCKET s, int level, int optname, char* optval, int* optlen)
    RINGSOCK_ALIAS(ws2_getsockopt);
RINGSOCK_API int setsockopt(SOCKET s, int level, int optname, const char* optval, int optlen)
    RINGSOCK_ALIAS(ws2_setsockopt);
RINGSOCK_API int connect(SOCKET s, const struct sockaddr* name, int namelen) RINGSOCK_ALIAS(ws2_connect);
RINGSOCK_API SOCKET accept(SOCKET s, struct sockaddr* addr, int* addrlen) RINGSOCK_ALIAS(ws2_accept);
RINGSOCK_API int send(SOCKET s, const char* buf, int len, int flags) RINGSOCK_ALIAS(ws2_send);
RINGSOCK_API int sendto(SOCKET s, const char* buf, int len, int flags, const struct sockaddr* to, int tolen)
    RINGSOCK_ALIAS(ws2_sendto);
RINGSOCK_API int recv(SOCKET s, char* buf, int len, int flags) RINGSOCK_ALIAS(ws2_recv);
RINGSOCK_API int recvfrom(SOCKET s, char* buf, int len, int flags, struct sockaddr* from, int* fromlen)
    RINGSOCK_ALIAS(ws2_recvfrom);
RINGSOCK_API int select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                        const struct timeval* timeout) RINGSOCK_ALIAS(ws2_select);
RINGSOCK_API struct hostent* gethostbyname(const char* name) RINGSOCK_ALIAS(ws2_gethostbyname);
RINGSOCK_API struct hostent* gethostbyaddr(const char* addr, int len, int type)
    RINGSOCK_ALIAS(ws2_gethostbyaddr);
RINGSOCK_API int gethostname(char* name, int namelen) RINGSOCK_ALIAS(ws2_gethostname);
RINGSOCK_API struct servent* getservbyname(const char* name, const char* proto)
    RINGSOCK_ALIAS(ws2_getservbyname);
RINGSOCK_API struct servent* getservbyport(int port, const char* proto) RINGSOCK_ALIAS(ws2_getservbyport);
RINGSOCK_API struct protoent* getprotobyname(const char* name) RINGSOCK_ALIAS(ws2_getprotobyname);
RINGSOCK_API struct protoent* getprotobynumber(int number) RINGSOCK_ALIAS(ws2_getprotobynumber);
RINGSOCK_API u_long htonl(u_long hostlong) RINGSOCK_ALIAS(ws2_htonl);
RINGSOCK_API u_short htons(u_short hostshort) RINGSOCK_ALIAS(ws2_htons);
RINGSOCK_API u_long ntohl(u_long netlong) RINGSOCK_ALIAS(ws2_ntohl);
RINGSOCK_API u_short ntohs(u_short netshort) RINGSOCK_ALIAS(ws2_ntohs);
RINGSOCK_API u_long inet_addr(const char* cp) RINGSOCK_ALIAS(ws2_inet_addr);
RINGSOCK_API char* inet_ntoa(struct in_addr in) RINGSOCK_ALIAS(ws2_inet_ntoa);

RINGSOCK_EXTERN_C_END

// ---- unsigned long where Winsock wants u_long ----

// On Windows the two are one type, and programs pass either. Here the wide one is copied in and out.
#ifdef __cplusplus
template <class T>
struct RingsockOnlyUnsignedLong {};
template <>
struct RingsockOnlyUnsignedLong<unsigned long> {
    typedef int Result;
};
// Templates, so that a null pointer still finds the plain function.
template <class T>
inline typename RingsockOnlyUnsignedLong<T>::Result ioctlsocket(SOCKET s, long cmd, T* argp) {
    ULONG narrow = argp ? static_cast<ULONG>(*argp) : 0;
    const int result = ws2_ioctlsocket(s, static_cast<LONG>(cmd), argp ? &narrow : nullptr);
    if (argp) *argp = narrow;
    return result;
}
template <class T>
inline typename RingsockOnlyUnsignedLong<T>::Result WSAHtonl(SOCKET s, ULONG hostlong, T* lpnetlong) {
    ULONG narrow = 0;
    const int result = WSAHtonl(s, hostlong, lpnetlong ? &narrow : nullptr);
    if (lpnetlong) *lpnetlong = narrow;
    return result;
}
template <class T>
inline typename RingsockOnlyUnsignedLong<T>::Result WSANtohl(SOCKET s, ULONG netlong, T* lphostlong) {
    ULONG narrow = 0;
    const int result = WSANtohl(s, netlong, lphostlong ? &narrow : nullptr);
    if (lphostlong) *lphostlong = narrow;
    return result;
}
#else
static inline int ringsock_ioctlsocket_wide(SOCKET s, long cmd, unsigned long* argp) {
    ULONG narrow = argp ? (ULONG)*argp : 0;
    const int result = ws2_ioctlsocket(s, (LONG)cmd, argp ? &narrow : NULL);
    if (argp) *argp = narrow;
    return result;
}
static inline int ringsock_wsahtonl_wide(SOCKET s, ULONG hostlong, unsigned long* lpnetlong) {
    ULONG narrow = 0;
    const int result = WSAHtonl(s, hostlong, lpnetlong ? &narrow : NULL);
    if (lpnetlong) *lpnetlong = narrow;
    return result;
}
static inline int ringsock_wsantohl_wide(SOCKET s, ULONG netlong, unsigned long* lphostlong) {
    ULONG narrow = 0;
    const int result = WSANtohl(s, netlong, lphostlong ? &narrow : NULL);
    if (lphostlong) *lphostlong = narrow;
    return result;
}
#define ioctlsocket(s, cmd, argp) \
    _Generic((argp), unsigned long* : ringsock_ioctlsocket_wide, default : (ioctlsocket))((s), (cmd), (argp))
#define WSAHtonl(s, value, result) \
    _Generic((result), unsigned long* : ringsock_wsahtonl_wide, default : (WSAHtonl))((s), (value), (result))
#define WSANtohl(s, value, result) \
    _Generic((result), unsigned long* : ringsock_wsantohl_wide, default : (WSANtohl))((s), (value), (result))
#endif

// ---- names that follow UNICODE ----

#ifdef UNICODE
typedef WSAPROTOCOL_INFOW WSAPROTOCOL_INFO, *LPWSAPROTOCOL_INFO;
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOW
#define WSASocket WSASocketW
#define WSADuplicateSocket WSADuplicateSocketW
#define WSAEnumProtocols WSAEnumProtocolsW
#define WSAAddressToString WSAAddressToStringW
#define WSAStringToAddress WSAStringToAddressW
#define WSAConnectByName WSAConnectByNameW
#else
typedef WSAPROTOCOL_INFOA WSAPROTOCOL_INFO, *LPWSAPROTOCOL_INFO;
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOA
#define WSASocket WSASocketA
#define WSADuplicateSocket WSADuplicateSocketA
#define WSAEnumProtocols WSAEnumProtocolsA
#define WSAAddressToString WSAAddressToStringA
#define WSAStringToAddress WSAStringToAddressA
#define WSAConnectByName WSAConnectByNameA
#endif

#if defined(INCL_WINSOCK_API_TYPEDEFS) && INCL_WINSOCK_API_TYPEDEFS
#include <ringsock_function_types.h>
#endif

// A program that includes winsock2.h expects the Win32 basics with it.
#include <windows.h>

#endif
