// SPDX-License-Identifier: BSD-3-Clause
// Pointer types of the socket calls, for programs that look them up at run time. On request only:
// INCL_WINSOCK_API_TYPEDEFS.
#ifndef RINGSOCK_FUNCTION_TYPES_H
#define RINGSOCK_FUNCTION_TYPES_H

#include <ringsock/ws2.h>

// clang-format off
typedef __typeof__(ws2_accept)             *LPFN_ACCEPT;
typedef __typeof__(ws2_bind)               *LPFN_BIND;
typedef __typeof__(ws2_closesocket)        *LPFN_CLOSESOCKET;
typedef __typeof__(ws2_connect)            *LPFN_CONNECT;
typedef __typeof__(ws2_ioctlsocket)        *LPFN_IOCTLSOCKET;
typedef __typeof__(ws2_getpeername)        *LPFN_GETPEERNAME;
typedef __typeof__(ws2_getsockname)        *LPFN_GETSOCKNAME;
typedef __typeof__(ws2_getsockopt)         *LPFN_GETSOCKOPT;
typedef __typeof__(ws2_htonl)              *LPFN_HTONL;
typedef __typeof__(ws2_htons)              *LPFN_HTONS;
typedef __typeof__(ws2_inet_addr)          *LPFN_INET_ADDR;
typedef __typeof__(ws2_inet_ntoa)          *LPFN_INET_NTOA;
typedef __typeof__(ws2_listen)             *LPFN_LISTEN;
typedef __typeof__(ws2_ntohl)              *LPFN_NTOHL;
typedef __typeof__(ws2_ntohs)              *LPFN_NTOHS;
typedef __typeof__(ws2_recv)               *LPFN_RECV;
typedef __typeof__(ws2_recvfrom)           *LPFN_RECVFROM;
typedef __typeof__(ws2_select)             *LPFN_SELECT;
typedef __typeof__(ws2_send)               *LPFN_SEND;
typedef __typeof__(ws2_sendto)             *LPFN_SENDTO;
typedef __typeof__(ws2_setsockopt)         *LPFN_SETSOCKOPT;
typedef __typeof__(ws2_shutdown)           *LPFN_SHUTDOWN;
typedef __typeof__(ws2_socket)             *LPFN_SOCKET;
typedef __typeof__(ws2_gethostbyaddr)      *LPFN_GETHOSTBYADDR;
typedef __typeof__(ws2_gethostbyname)      *LPFN_GETHOSTBYNAME;
typedef __typeof__(ws2_gethostname)        *LPFN_GETHOSTNAME;
typedef __typeof__(ws2_getservbyport)      *LPFN_GETSERVBYPORT;
typedef __typeof__(ws2_getservbyname)      *LPFN_GETSERVBYNAME;
typedef __typeof__(ws2_getprotobynumber)   *LPFN_GETPROTOBYNUMBER;
typedef __typeof__(ws2_getprotobyname)     *LPFN_GETPROTOBYNAME;
typedef __typeof__(ws2_getaddrinfo)        *LPFN_GETADDRINFO;
typedef __typeof__(ws2_freeaddrinfo)       *LPFN_FREEADDRINFO;
typedef __typeof__(ws2_getnameinfo)        *LPFN_GETNAMEINFO;
typedef __typeof__(WSAStartup)             *LPFN_WSASTARTUP;
typedef __typeof__(WSACleanup)             *LPFN_WSACLEANUP;
typedef __typeof__(WSASetLastError)        *LPFN_WSASETLASTERROR;
typedef __typeof__(WSAGetLastError)        *LPFN_WSAGETLASTERROR;
typedef __typeof__(WSAIsBlocking)          *LPFN_WSAISBLOCKING;
typedef __typeof__(WSAUnhookBlockingHook)  *LPFN_WSAUNHOOKBLOCKINGHOOK;
typedef __typeof__(WSASetBlockingHook)     *LPFN_WSASETBLOCKINGHOOK;
typedef __typeof__(WSACancelBlockingCall)  *LPFN_WSACANCELBLOCKINGCALL;
typedef __typeof__(WSAAsyncSelect)         *LPFN_WSAASYNCSELECT;
typedef __typeof__(WSAAccept)              *LPFN_WSAACCEPT;
typedef __typeof__(WSACloseEvent)          *LPFN_WSACLOSEEVENT;
typedef __typeof__(WSAConnect)             *LPFN_WSACONNECT;
typedef __typeof__(WSACreateEvent)         *LPFN_WSACREATEEVENT;
typedef __typeof__(WSADuplicateSocketA)    *LPFN_WSADUPLICATESOCKETA;
typedef __typeof__(WSADuplicateSocketW)    *LPFN_WSADUPLICATESOCKETW;
typedef __typeof__(WSAEnumNetworkEvents)   *LPFN_WSAENUMNETWORKEVENTS;
typedef __typeof__(WSAEnumProtocolsA)      *LPFN_WSAENUMPROTOCOLSA;
typedef __typeof__(WSAEnumProtocolsW)      *LPFN_WSAENUMPROTOCOLSW;
typedef __typeof__(WSAEventSelect)         *LPFN_WSAEVENTSELECT;
typedef __typeof__(WSAGetOverlappedResult) *LPFN_WSAGETOVERLAPPEDRESULT;
typedef __typeof__(WSAGetQOSByName)        *LPFN_WSAGETQOSBYNAME;
typedef __typeof__(WSAHtons)               *LPFN_WSAHTONS;
typedef __typeof__(WSANtohs)               *LPFN_WSANTOHS;
typedef __typeof__(WSAIoctl)               *LPFN_WSAIOCTL;
typedef __typeof__(WSAJoinLeaf)            *LPFN_WSAJOINLEAF;
typedef __typeof__(WSARecv)                *LPFN_WSARECV;
typedef __typeof__(WSARecvDisconnect)      *LPFN_WSARECVDISCONNECT;
typedef __typeof__(WSARecvFrom)            *LPFN_WSARECVFROM;
typedef __typeof__(WSAResetEvent)          *LPFN_WSARESETEVENT;
typedef __typeof__(WSASend)                *LPFN_WSASEND;
typedef __typeof__(WSASendDisconnect)      *LPFN_WSASENDDISCONNECT;
typedef __typeof__(WSASendTo)              *LPFN_WSASENDTO;
typedef __typeof__(WSASetEvent)            *LPFN_WSASETEVENT;
typedef __typeof__(WSASocketA)             *LPFN_WSASOCKETA;
typedef __typeof__(WSASocketW)             *LPFN_WSASOCKETW;
typedef __typeof__(WSAWaitForMultipleEvents) *LPFN_WSAWAITFORMULTIPLEEVENTS;
typedef __typeof__(WSAAddressToStringA)    *LPFN_WSAADDRESSTOSTRINGA;
typedef __typeof__(WSAAddressToStringW)    *LPFN_WSAADDRESSTOSTRINGW;
typedef __typeof__(WSAStringToAddressA)    *LPFN_WSASTRINGTOADDRESSA;
typedef __typeof__(WSAStringToAddressW)    *LPFN_WSASTRINGTOADDRESSW;
typedef __typeof__(WSAProviderConfigChange) *LPFN_WSAPROVIDERCONFIGCHANGE;
// clang-format on

#ifdef UNICODE
#define LPFN_WSASOCKET LPFN_WSASOCKETW
#define LPFN_WSADUPLICATESOCKET LPFN_WSADUPLICATESOCKETW
#define LPFN_WSAENUMPROTOCOLS LPFN_WSAENUMPROTOCOLSW
#define LPFN_WSAADDRESSTOSTRING LPFN_WSAADDRESSTOSTRINGW
#define LPFN_WSASTRINGTOADDRESS LPFN_WSASTRINGTOADDRESSW
#else
#define LPFN_WSASOCKET LPFN_WSASOCKETA
#define LPFN_WSADUPLICATESOCKET LPFN_WSADUPLICATESOCKETA
#define LPFN_WSAENUMPROTOCOLS LPFN_WSAENUMPROTOCOLSA
#define LPFN_WSAADDRESSTOSTRING LPFN_WSAADDRESSTOSTRINGA
#define LPFN_WSASTRINGTOADDRESS LPFN_WSASTRINGTOADDRESSA
#endif

#endif
