// SPDX-License-Identifier: BSD-3-Clause
// Every error code a Ringsock call can report: the Windows Sockets codes (10000 and up) and the few Win32
// codes that share the same thread-local slot. Values are those of Windows. Source: Winsock "Windows Sockets
// Error Codes".
#ifndef RINGSOCK_ERROR_CODES_H
#define RINGSOCK_ERROR_CODES_H

// clang-format off
#define WSABASEERR               10000
#define WSAEINTR                 10004  // blocking call cancelled, or socket closed under it
#define WSAEBADF                 10009
#define WSAEACCES                10013  // e.g. broadcast without WS_SO_BROADCAST
#define WSAEFAULT                10014  // bad pointer, or a buffer too small
#define WSAEINVAL                10022
#define WSAEMFILE                10024
#define WSAEWOULDBLOCK           10035  // non-blocking: not now
#define WSAEINPROGRESS           10036
#define WSAEALREADY              10037  // a connect is already on its way
#define WSAENOTSOCK              10038
#define WSAEDESTADDRREQ          10039
#define WSAEMSGSIZE              10040
#define WSAEPROTOTYPE            10041
#define WSAENOPROTOOPT           10042
#define WSAEPROTONOSUPPORT       10043
#define WSAESOCKTNOSUPPORT       10044
#define WSAEOPNOTSUPP            10045
#define WSAEPFNOSUPPORT          10046
#define WSAEAFNOSUPPORT          10047
#define WSAEADDRINUSE            10048
#define WSAEADDRNOTAVAIL         10049
#define WSAENETDOWN              10050
#define WSAENETUNREACH           10051
#define WSAENETRESET             10052
#define WSAECONNABORTED          10053
#define WSAECONNRESET            10054
#define WSAENOBUFS               10055
#define WSAEISCONN               10056
#define WSAENOTCONN              10057
#define WSAESHUTDOWN             10058
#define WSAETOOMANYREFS          10059
#define WSAETIMEDOUT             10060
#define WSAECONNREFUSED          10061
#define WSAELOOP                 10062
#define WSAENAMETOOLONG          10063
#define WSAEHOSTDOWN             10064
#define WSAEHOSTUNREACH          10065
#define WSAENOTEMPTY             10066
#define WSAEPROCLIM              10067
#define WSAEUSERS                10068
#define WSAEDQUOT                10069
#define WSAESTALE                10070
#define WSAEREMOTE               10071
#define WSASYSNOTREADY           10091  // start-up failed: see ringsock_last_error_text()
#define WSAVERNOTSUPPORTED       10092
#define WSANOTINITIALISED        10093
#define WSAEDISCON               10101
#define WSAENOMORE               10102
#define WSAECANCELLED            10103
#define WSAEINVALIDPROCTABLE     10104
#define WSAEINVALIDPROVIDER      10105
#define WSAEPROVIDERFAILEDINIT   10106
#define WSASYSCALLFAILURE        10107
#define WSASERVICE_NOT_FOUND     10108
#define WSATYPE_NOT_FOUND        10109
#define WSA_E_NO_MORE            10110
#define WSA_E_CANCELLED          10111
#define WSAEREFUSED              10112
#define WSAHOST_NOT_FOUND        11001
#define WSATRY_AGAIN             11002
#define WSANO_RECOVERY           11003
#define WSANO_DATA               11004
#define WSANO_ADDRESS            WSANO_DATA
#define WSA_QOS_RECEIVERS          11005
#define WSA_QOS_SENDERS            11006
#define WSA_QOS_NO_SENDERS         11007
#define WSA_QOS_NO_RECEIVERS       11008
#define WSA_QOS_REQUEST_CONFIRMED  11009
#define WSA_QOS_ADMISSION_FAILURE  11010
#define WSA_QOS_POLICY_FAILURE     11011
#define WSA_QOS_BAD_STYLE          11012
#define WSA_QOS_BAD_OBJECT         11013
#define WSA_QOS_TRAFFIC_CTRL_ERROR 11014
#define WSA_QOS_GENERIC_ERROR      11015
#define WSA_QOS_ESERVICETYPE       11016
#define WSA_QOS_EFLOWSPEC          11017
#define WSA_QOS_EPROVSPECBUF       11018
#define WSA_QOS_EFILTERSTYLE       11019
#define WSA_QOS_EFILTERTYPE        11020
#define WSA_QOS_EFILTERCOUNT       11021
#define WSA_QOS_EOBJLENGTH         11022
#define WSA_QOS_EFLOWCOUNT         11023
#define WSA_QOS_EUNKNOWNPSOBJ      11024
#define WSA_QOS_EPOLICYOBJ         11025
#define WSA_QOS_EFLOWDESC          11026
#define WSA_QOS_EPSFLOWSPEC        11027
#define WSA_QOS_EPSFILTERSPEC      11028
#define WSA_QOS_ESDMODEOBJ         11029
#define WSA_QOS_ESHAPERATEOBJ      11030
#define WSA_QOS_RESERVED_PETYPE    11031
#define WSA_SECURE_HOST_NOT_FOUND  11032
#define WSA_IPSEC_NAME_POLICY_ERROR 11033

// Results of GetAddrInfo are Winsock codes as well, not the negative numbers of glibc.
#define WS_EAI_AGAIN      WSATRY_AGAIN
#define WS_EAI_BADFLAGS   WSAEINVAL
#define WS_EAI_FAIL       WSANO_RECOVERY
#define WS_EAI_FAMILY     WSAEAFNOSUPPORT
#define WS_EAI_MEMORY     WSA_NOT_ENOUGH_MEMORY
#define WS_EAI_NODATA     WSANO_DATA
#define WS_EAI_NONAME     WSAHOST_NOT_FOUND
#define WS_EAI_SERVICE    WSATYPE_NOT_FOUND
#define WS_EAI_SOCKTYPE   WSAESOCKTNOSUPPORT

// Win32 codes that GetLastError can return here.
#define NO_ERROR                     0
#define ERROR_SUCCESS                0
#define ERROR_INVALID_FUNCTION       1
#define ERROR_FILE_NOT_FOUND         2
#define ERROR_PATH_NOT_FOUND         3
#define ERROR_TOO_MANY_OPEN_FILES    4
#define ERROR_ACCESS_DENIED          5
#define ERROR_INVALID_HANDLE         6
#define ERROR_NOT_ENOUGH_MEMORY      8
#define ERROR_OUTOFMEMORY            14
#define ERROR_HANDLE_EOF             38
#define ERROR_NOT_SUPPORTED          50
#define ERROR_NETNAME_DELETED        64
#define ERROR_INVALID_PARAMETER      87
#define ERROR_BROKEN_PIPE            109
#define ERROR_CALL_NOT_IMPLEMENTED   120
#define ERROR_SEM_TIMEOUT            121
#define ERROR_INSUFFICIENT_BUFFER    122
#define ERROR_INVALID_NAME           123
#define ERROR_MOD_NOT_FOUND          126
#define ERROR_PROC_NOT_FOUND         127
#define ERROR_NOT_LOCKED             158
#define ERROR_BUSY                   170
#define ERROR_ALREADY_EXISTS         183
#define ERROR_MORE_DATA              234
#define ERROR_NO_MORE_ITEMS          259
#define ERROR_NOT_OWNER              288
#define ERROR_TOO_MANY_POSTS         298
#define ERROR_INVALID_ADDRESS        487
#define ERROR_ABANDONED_WAIT_0       735
#define ERROR_OPERATION_ABORTED      995
#define ERROR_IO_INCOMPLETE          996
#define ERROR_IO_PENDING             997
#define ERROR_NOACCESS               998
#define ERROR_NO_UNICODE_TRANSLATION 1113
#define ERROR_NOT_FOUND              1168
#define ERROR_CONNECTION_REFUSED     1225
#define ERROR_GRACEFUL_DISCONNECT    1226
#define ERROR_ADDRESS_ALREADY_ASSOCIATED 1227
#define ERROR_NETWORK_UNREACHABLE    1231
#define ERROR_HOST_UNREACHABLE       1232
#define ERROR_PROTOCOL_UNREACHABLE   1233
#define ERROR_PORT_UNREACHABLE       1234
#define ERROR_REQUEST_ABORTED        1235
#define ERROR_CONNECTION_ABORTED     1236
#define ERROR_NO_SYSTEM_RESOURCES    1450
#define ERROR_TIMEOUT                1460

// The Winsock spellings of those that overlapped calls use.
#define WSA_INVALID_HANDLE       ERROR_INVALID_HANDLE
#define WSA_NOT_ENOUGH_MEMORY    ERROR_NOT_ENOUGH_MEMORY
#define WSA_INVALID_PARAMETER    ERROR_INVALID_PARAMETER
#define WSA_OPERATION_ABORTED    ERROR_OPERATION_ABORTED
#define WSA_IO_INCOMPLETE        ERROR_IO_INCOMPLETE
#define WSA_IO_PENDING           ERROR_IO_PENDING
// clang-format on

#endif
