// SPDX-License-Identifier: BSD-3-Clause
// Socket constants with their Windows values. A name that POSIX also uses carries the prefix WS_, and every
// socket constant has a WS_ form, so native code needs one spelling only. Never pass these to a kernel
// socket, nor the system's values to Ringsock: AF_INET6 is 10 here and 23 there. The overlay adds the
// unprefixed names. Source: Winsock "Socket options", WSASocket, WSAIoctl, WSAPoll, getaddrinfo pages.
#ifndef RINGSOCK_CONSTANTS_H
#define RINGSOCK_CONSTANTS_H

// clang-format off
// ---- address families ----
#define WS_AF_UNSPEC             0
#define WS_AF_UNIX               1
#define WS_AF_INET               2
#define WS_AF_IMPLINK            3
#define WS_AF_PUP                4
#define WS_AF_CHAOS              5
#define WS_AF_NS                 6
#define WS_AF_IPX                WS_AF_NS
#define WS_AF_ISO                7
#define WS_AF_OSI                WS_AF_ISO
#define WS_AF_ECMA               8
#define WS_AF_DATAKIT            9
#define WS_AF_CCITT              10
#define WS_AF_SNA                11
#define WS_AF_DECnet             12
#define WS_AF_DLI                13
#define WS_AF_LAT                14
#define WS_AF_HYLINK             15
#define WS_AF_APPLETALK          16
#define WS_AF_NETBIOS            17
#define WS_AF_VOICEVIEW          18
#define WS_AF_FIREFOX            19
#define WS_AF_UNKNOWN1           20
#define WS_AF_BAN                21
#define WS_AF_ATM                22
#define WS_AF_INET6              23
#define WS_AF_CLUSTER            24
#define WS_AF_12844              25
#define WS_AF_IRDA               26
#define WS_AF_NETDES             28
#define WS_AF_TCNPROCESS         29
#define WS_AF_TCNMESSAGE         30
#define WS_AF_ICLFXBM            31
#define WS_AF_BTH                32
#define WS_AF_LINK               33
#define WS_AF_HYPERV             34
#define WS_AF_MAX                35
#define WS_PF_UNSPEC             WS_AF_UNSPEC
#define WS_PF_UNIX               WS_AF_UNIX
#define WS_PF_INET               WS_AF_INET
#define WS_PF_INET6              WS_AF_INET6
#define WS_PF_BTH                WS_AF_BTH
#define WS_PF_MAX                WS_AF_MAX

// ---- socket types; FROM_PROTOCOL_INFO takes family, type or protocol from the catalogue entry ----
#define WS_SOCK_STREAM           1
#define WS_SOCK_DGRAM            2
#define WS_SOCK_RAW              3
#define WS_SOCK_RDM              4
#define WS_SOCK_SEQPACKET        5
#define FROM_PROTOCOL_INFO       (-1)

// ---- protocols ----
#define WS_IPPROTO_IP            0
#define WS_IPPROTO_HOPOPTS       0
#define WS_IPPROTO_ICMP          1
#define WS_IPPROTO_IGMP          2
#define WS_IPPROTO_GGP           3
#define WS_IPPROTO_IPV4          4
#define WS_IPPROTO_ST            5
#define WS_IPPROTO_TCP           6
#define WS_IPPROTO_CBT           7
#define WS_IPPROTO_EGP           8
#define WS_IPPROTO_IGP           9
#define WS_IPPROTO_PUP           12
#define WS_IPPROTO_UDP           17
#define WS_IPPROTO_IDP           22
#define WS_IPPROTO_RDP           27
#define WS_IPPROTO_IPV6          41
#define WS_IPPROTO_ROUTING       43
#define WS_IPPROTO_FRAGMENT      44
#define WS_IPPROTO_ESP           50
#define WS_IPPROTO_AH            51
#define WS_IPPROTO_ICMPV6        58
#define WS_IPPROTO_NONE          59
#define WS_IPPROTO_DSTOPTS       60
#define WS_IPPROTO_ND            77
#define WS_IPPROTO_ICLFXBM       78
#define WS_IPPROTO_PIM           103
#define WS_IPPROTO_PGM           113
#define WS_IPPROTO_L2TP          115
#define WS_IPPROTO_SCTP          132
#define WS_IPPROTO_RAW           255
#define WS_IPPROTO_MAX           256

// ---- well-known ports ----
#define WS_IPPORT_ECHO           7
#define WS_IPPORT_DISCARD        9
#define WS_IPPORT_SYSTAT         11
#define WS_IPPORT_DAYTIME        13
#define WS_IPPORT_NETSTAT        15
#define WS_IPPORT_FTP            21
#define WS_IPPORT_TELNET         23
#define WS_IPPORT_SMTP           25
#define WS_IPPORT_TIMESERVER     37
#define WS_IPPORT_NAMESERVER     42
#define WS_IPPORT_WHOIS          43
#define WS_IPPORT_MTP            57
#define WS_IPPORT_TFTP           69
#define WS_IPPORT_RJE            77
#define WS_IPPORT_FINGER         79
#define WS_IPPORT_TTYLINK        87
#define WS_IPPORT_SUPDUP         95
#define WS_IPPORT_RESERVED       1024

// ---- IPv4 addresses, host byte order ----
#define WS_INADDR_ANY            0x00000000U
#define WS_INADDR_LOOPBACK       0x7f000001U
#define WS_INADDR_BROADCAST      0xffffffffU
#define WS_INADDR_NONE           0xffffffffU
#define WS_INET_ADDRSTRLEN       22   // "255.255.255.255:65535" and the NUL
#define WS_INET6_ADDRSTRLEN      65   // with scope and port

// ---- level SOL_SOCKET: a flag, size, count or time is an int or DWORD; times are milliseconds ----
#define WS_SOL_SOCKET            0xffff
#define WS_SO_DEBUG              0x0001
#define WS_SO_ACCEPTCONN         0x0002
#define WS_SO_REUSEADDR          0x0004
#define WS_SO_KEEPALIVE          0x0008
#define WS_SO_DONTROUTE          0x0010
#define WS_SO_BROADCAST          0x0020
#define WS_SO_USELOOPBACK        0x0040
#define WS_SO_LINGER             0x0080   // ws2_linger, seconds
#define WS_SO_OOBINLINE          0x0100
#define WS_SO_DONTLINGER         (~WS_SO_LINGER)
#define WS_SO_EXCLUSIVEADDRUSE   (~WS_SO_REUSEADDR)
#define WS_SO_SNDBUF             0x1001   // bytes
#define WS_SO_RCVBUF             0x1002   // bytes
#define WS_SO_SNDLOWAT           0x1003
#define WS_SO_RCVLOWAT           0x1004
#define WS_SO_SNDTIMEO           0x1005   // DWORD ms, not a timeval
#define WS_SO_RCVTIMEO           0x1006   // DWORD ms, not a timeval
#define WS_SO_ERROR              0x1007   // a WSAE* code
#define WS_SO_TYPE               0x1008
#define WS_SO_BSP_STATE          0x1009
#define WS_SO_GROUP_ID           0x2001
#define WS_SO_GROUP_PRIORITY     0x2002
#define WS_SO_MAX_MSG_SIZE       0x2003
#define WS_SO_PROTOCOL_INFOA     0x2004
#define WS_SO_PROTOCOL_INFOW     0x2005
#define WS_PVD_CONFIG            0x3001
#define WS_SO_CONDITIONAL_ACCEPT 0x3002   // before listen only
#define WS_SO_PAUSE_ACCEPT       0x3003
#define WS_SO_COMPARTMENT_ID     0x3004
#define WS_SO_RANDOMIZE_PORT     0x3005
#define WS_SO_PORT_SCALABILITY   0x3006
#define WS_SO_REUSE_UNICASTPORT  0x3007
#define WS_SO_REUSE_MULTICASTPORT 0x3008
#define WS_SO_TIMESTAMP          0x300A
#define WS_SO_TIMESTAMP_ID       0x300B
#define WS_SO_ORIGINAL_DST       0x300F
#define WS_SOMAXCONN             0x7fffffff
#define WS_SOMAXCONN_HINT(backlog) (-(backlog))

// ---- level IPPROTO_TCP ----
#define WS_TCP_NODELAY           1
#define WS_TCP_EXPEDITED_1122    2
#define WS_TCP_KEEPALIVE         3        // seconds until the first probe
#define WS_TCP_KEEPIDLE          WS_TCP_KEEPALIVE
#define WS_TCP_MAXSEG            4
#define WS_TCP_MAXRT             5        // seconds; -1: for ever
#define WS_TCP_STDURG            6
#define WS_TCP_NOURG             7
#define WS_TCP_ATMARK            8
#define WS_TCP_NOSYNRETRIES      9
#define WS_TCP_TIMESTAMPS        10
#define WS_TCP_OFFLOAD_PREFERENCE 11
#define WS_TCP_CONGESTION_ALGORITHM 12
#define WS_TCP_DELAY_FIN_ACK     13
#define WS_TCP_MAXRTMS           14       // milliseconds
#define WS_TCP_FASTOPEN          15
#define WS_TCP_KEEPCNT           16       // probes, at most 255
#define WS_TCP_KEEPINTVL         17       // seconds between probes
#define WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR 18
#define WS_TCP_ICMP_ERROR_INFO   19
#define WS_TCP_BSDURGENT         0x7000

// ---- level IPPROTO_UDP ----
#define WS_UDP_NOCHECKSUM        1
#define WS_UDP_SEND_MSG_SIZE     2
#define WS_UDP_RECV_MAX_COALESCED_SIZE 3
#define WS_UDP_COALESCED_INFO    3
#define WS_UDP_CHECKSUM_COVERAGE 20

// ---- level IPPROTO_IP ----
#define WS_IP_OPTIONS            1
#define WS_IP_HDRINCL            2
#define WS_IP_TOS                3
#define WS_IP_TTL                4
#define WS_IP_MULTICAST_IF       9
#define WS_IP_MULTICAST_TTL      10
#define WS_IP_MULTICAST_LOOP     11
#define WS_IP_ADD_MEMBERSHIP     12
#define WS_IP_DROP_MEMBERSHIP    13
#define WS_IP_DONTFRAGMENT       14
#define WS_IP_ADD_SOURCE_MEMBERSHIP  15
#define WS_IP_DROP_SOURCE_MEMBERSHIP 16
#define WS_IP_BLOCK_SOURCE       17
#define WS_IP_UNBLOCK_SOURCE     18
#define WS_IP_PKTINFO            19
#define WS_IP_HOPLIMIT           21
#define WS_IP_RECVTTL            21
#define WS_IP_RECEIVE_BROADCAST  22
#define WS_IP_RECVIF             24
#define WS_IP_RECVDSTADDR        25
#define WS_IP_IFLIST             28
#define WS_IP_ADD_IFLIST         29
#define WS_IP_DEL_IFLIST         30
#define WS_IP_UNICAST_IF         31
#define WS_IP_RTHDR              32
#define WS_IP_GET_IFLIST         33
#define WS_IP_RECVRTHDR          38
#define WS_IP_TCLASS             39
#define WS_IP_RECVTCLASS         40
#define WS_IP_RECVTOS            40
#define WS_IP_ORIGINAL_ARRIVAL_IF 47
#define WS_IP_ECN                50
#define WS_IP_RECVECN            50
#define WS_IP_PKTINFO_EX         51
#define WS_IP_MTU_DISCOVER       71
#define WS_IP_MTU                73
#define WS_IP_NRT_INTERFACE      74
#define WS_IP_RECVERR            75
#define WS_IP_USER_MTU           76
#define WS_IP_DEFAULT_MULTICAST_TTL  1
#define WS_IP_DEFAULT_MULTICAST_LOOP 1
#define WS_IP_MAX_MEMBERSHIPS    20

// ---- level IPPROTO_IPV6 ----
#define WS_IPV6_HOPOPTS          1
#define WS_IPV6_HDRINCL          2
#define WS_IPV6_UNICAST_HOPS     4
#define WS_IPV6_MULTICAST_IF     9
#define WS_IPV6_MULTICAST_HOPS   10
#define WS_IPV6_MULTICAST_LOOP   11
#define WS_IPV6_ADD_MEMBERSHIP   12
#define WS_IPV6_JOIN_GROUP       WS_IPV6_ADD_MEMBERSHIP
#define WS_IPV6_DROP_MEMBERSHIP  13
#define WS_IPV6_LEAVE_GROUP      WS_IPV6_DROP_MEMBERSHIP
#define WS_IPV6_DONTFRAG         14
#define WS_IPV6_PKTINFO          19
#define WS_IPV6_HOPLIMIT         21
#define WS_IPV6_PROTECTION_LEVEL 23
#define WS_IPV6_RECVIF           24
#define WS_IPV6_RECVDSTADDR      25
#define WS_IPV6_CHECKSUM         26
#define WS_IPV6_V6ONLY           27
#define WS_IPV6_IFLIST           28
#define WS_IPV6_ADD_IFLIST       29
#define WS_IPV6_DEL_IFLIST       30
#define WS_IPV6_UNICAST_IF       31
#define WS_IPV6_RTHDR            32
#define WS_IPV6_GET_IFLIST       33
#define WS_IPV6_RECVRTHDR        38
#define WS_IPV6_TCLASS           39
#define WS_IPV6_RECVTCLASS       40
#define WS_IPV6_ECN              50
#define WS_IPV6_RECVECN          50
#define WS_IPV6_PKTINFO_EX       51
#define WS_IPV6_MTU_DISCOVER     71
#define WS_IPV6_MTU              72
#define WS_IPV6_NRT_INTERFACE    74
#define WS_IPV6_RECVERR          75
#define WS_IPV6_USER_MTU         76
#define WS_PROTECTION_LEVEL_UNRESTRICTED   10
#define WS_PROTECTION_LEVEL_EDGERESTRICTED 20
#define WS_PROTECTION_LEVEL_RESTRICTED     30

// ---- multicast, both families ----
#define WS_MCAST_JOIN_GROUP         41
#define WS_MCAST_LEAVE_GROUP        42
#define WS_MCAST_BLOCK_SOURCE       43
#define WS_MCAST_UNBLOCK_SOURCE     44
#define WS_MCAST_JOIN_SOURCE_GROUP  45
#define WS_MCAST_LEAVE_SOURCE_GROUP 46
#define WS_MCAST_INCLUDE            0
#define WS_MCAST_EXCLUDE            1

// ---- send and recv flags ----
#define WS_MSG_OOB               0x1
#define WS_MSG_PEEK              0x2
#define WS_MSG_DONTROUTE         0x4
#define WS_MSG_WAITALL           0x8
#define WS_MSG_INTERRUPT         0x10
#define WS_MSG_PUSH_IMMEDIATE    0x20
#define WS_MSG_TRUNC             0x0100
#define WS_MSG_CTRUNC            0x0200
#define WS_MSG_BCAST             0x0400
#define WS_MSG_MCAST             0x0800
#define WS_MSG_ERRQUEUE          0x1000
#define WS_MSG_PARTIAL           0x8000
#define WS_MSG_MAXIOVLEN         16

// ---- shutdown ----
#define SD_RECEIVE               0
#define SD_SEND                  1
#define SD_BOTH                  2
#define WS_SD_RECEIVE            SD_RECEIVE
#define WS_SD_SEND               SD_SEND
#define WS_SD_BOTH               SD_BOTH

// ---- WSAPoll ----
#define WS_POLLRDNORM            0x0100
#define WS_POLLRDBAND            0x0200
#define WS_POLLIN                (WS_POLLRDNORM | WS_POLLRDBAND)
#define WS_POLLPRI               0x0400
#define WS_POLLWRNORM            0x0010
#define WS_POLLOUT               WS_POLLWRNORM
#define WS_POLLWRBAND            0x0020
#define WS_POLLERR               0x0001
#define WS_POLLHUP               0x0002
#define WS_POLLNVAL              0x0004

// ---- getaddrinfo, getnameinfo ----
#define WS_AI_PASSIVE            0x00000001
#define WS_AI_CANONNAME          0x00000002
#define WS_AI_NUMERICHOST        0x00000004
#define WS_AI_NUMERICSERV        0x00000008
#define WS_AI_DNS_ONLY           0x00000010
#define WS_AI_ALL                0x00000100
#define WS_AI_ADDRCONFIG         0x00000400
#define WS_AI_V4MAPPED           0x00000800
#define WS_AI_NON_AUTHORITATIVE  0x00004000
#define WS_AI_SECURE             0x00008000
#define WS_AI_RETURN_PREFERRED_NAMES 0x00010000
#define WS_AI_FQDN               0x00020000
#define WS_AI_FILESERVER         0x00040000
#define WS_AI_DISABLE_IDN_ENCODING 0x00080000
#define WS_NI_NOFQDN             0x01
#define WS_NI_NUMERICHOST        0x02
#define WS_NI_NAMEREQD           0x04
#define WS_NI_NUMERICSERV        0x08
#define WS_NI_DGRAM              0x10
#define WS_NI_MAXHOST            1025
#define WS_NI_MAXSERV            32
#define WS_NS_ALL                0
#define WS_NS_DNS                12

// ---- control codes: direction bits, group, number; _WSAIO* build the Winsock 2 ones ----
#define WS_IOCPARM_MASK          0x7fU
#define WS_IOC_VOID              0x20000000U
#define WS_IOC_OUT               0x40000000U
#define WS_IOC_IN                0x80000000U
#define WS_IOC_INOUT             (WS_IOC_IN | WS_IOC_OUT)
#define WS_IOC_UNIX              0x00000000U
#define WS_IOC_WS2               0x08000000U
#define WS_IOC_PROTOCOL          0x10000000U
#define WS_IOC_VENDOR            0x18000000U
#define WS_IO(group, number)     (WS_IOC_VOID | ((unsigned)(group) << 8) | (unsigned)(number))
#define WS_IOR(group, number, type) \
    (WS_IOC_OUT | (((unsigned)sizeof(type) & WS_IOCPARM_MASK) << 16) | ((unsigned)(group) << 8) | \
     (unsigned)(number))
#define WS_IOW(group, number, type) \
    (WS_IOC_IN | (((unsigned)sizeof(type) & WS_IOCPARM_MASK) << 16) | ((unsigned)(group) << 8) | \
     (unsigned)(number))
#define _WSAIO(group, number)    (WS_IOC_VOID | (unsigned)(group) | (unsigned)(number))
#define _WSAIOR(group, number)   (WS_IOC_OUT | (unsigned)(group) | (unsigned)(number))
#define _WSAIOW(group, number)   (WS_IOC_IN | (unsigned)(group) | (unsigned)(number))
#define _WSAIORW(group, number)  (WS_IOC_INOUT | (unsigned)(group) | (unsigned)(number))

// ioctlsocket. Written out, because native code may test them in a preprocessor condition.
#define WS_FIONREAD              0x4004667fU
#define WS_FIONBIO               0x8004667eU
#define WS_FIOASYNC              0x8004667dU
#define WS_SIOCSHIWAT            0x80047300U
#define WS_SIOCGHIWAT            0x40047301U
#define WS_SIOCSLOWAT            0x80047302U
#define WS_SIOCGLOWAT            0x40047303U
#define WS_SIOCATMARK            0x40047307U

// WSAIoctl.
#define SIO_ASSOCIATE_HANDLE              _WSAIOW(WS_IOC_WS2, 1)
#define SIO_ENABLE_CIRCULAR_QUEUEING      _WSAIO(WS_IOC_WS2, 2)
#define SIO_FIND_ROUTE                    _WSAIOR(WS_IOC_WS2, 3)
#define SIO_FLUSH                         _WSAIO(WS_IOC_WS2, 4)
#define SIO_GET_BROADCAST_ADDRESS         _WSAIOR(WS_IOC_WS2, 5)
#define SIO_GET_EXTENSION_FUNCTION_POINTER _WSAIORW(WS_IOC_WS2, 6)
#define SIO_GET_QOS                       _WSAIORW(WS_IOC_WS2, 7)
#define SIO_GET_GROUP_QOS                 _WSAIORW(WS_IOC_WS2, 8)
#define SIO_MULTIPOINT_LOOPBACK           _WSAIOW(WS_IOC_WS2, 9)
#define SIO_MULTICAST_SCOPE               _WSAIOW(WS_IOC_WS2, 10)
#define SIO_SET_QOS                       _WSAIOW(WS_IOC_WS2, 11)
#define SIO_SET_GROUP_QOS                 _WSAIOW(WS_IOC_WS2, 12)
#define SIO_TRANSLATE_HANDLE              _WSAIORW(WS_IOC_WS2, 13)
#define SIO_ROUTING_INTERFACE_QUERY       _WSAIORW(WS_IOC_WS2, 20)
#define SIO_ROUTING_INTERFACE_CHANGE      _WSAIOW(WS_IOC_WS2, 21)
#define SIO_ADDRESS_LIST_QUERY            _WSAIOR(WS_IOC_WS2, 22)
#define SIO_ADDRESS_LIST_CHANGE           _WSAIO(WS_IOC_WS2, 23)
#define SIO_QUERY_TARGET_PNP_HANDLE       _WSAIOR(WS_IOC_WS2, 24)
#define SIO_ADDRESS_LIST_SORT             _WSAIORW(WS_IOC_WS2, 25)
#define SIO_NSP_NOTIFY_CHANGE             _WSAIOW(WS_IOC_WS2, 25)
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(WS_IOC_WS2, 36)
#define SIO_GET_INTERFACE_LIST            WS_IOR('t', 127, ULONG)
#define SIO_GET_INTERFACE_LIST_EX         WS_IOR('t', 126, ULONG)
#define SIO_SET_MULTICAST_FILTER          WS_IOW('t', 125, ULONG)
#define SIO_GET_MULTICAST_FILTER          WS_IOW('t', 124 | WS_IOC_IN, ULONG)
#define WS_IFF_UP                0x01
#define WS_IFF_BROADCAST         0x02
#define WS_IFF_LOOPBACK          0x04
#define WS_IFF_POINTTOPOINT      0x08
#define WS_IFF_MULTICAST         0x10

// ---- network events of WSAEventSelect and WSAEnumNetworkEvents ----
#define FD_READ_BIT              0
#define FD_WRITE_BIT             1
#define FD_OOB_BIT               2
#define FD_ACCEPT_BIT            3
#define FD_CONNECT_BIT           4
#define FD_CLOSE_BIT             5
#define FD_QOS_BIT               6
#define FD_GROUP_QOS_BIT         7
#define FD_ROUTING_INTERFACE_CHANGE_BIT 8
#define FD_ADDRESS_LIST_CHANGE_BIT      9
#define FD_MAX_EVENTS            10
#define FD_READ                  (1 << FD_READ_BIT)
#define FD_WRITE                 (1 << FD_WRITE_BIT)
#define FD_OOB                   (1 << FD_OOB_BIT)
#define FD_ACCEPT                (1 << FD_ACCEPT_BIT)
#define FD_CONNECT               (1 << FD_CONNECT_BIT)
#define FD_CLOSE                 (1 << FD_CLOSE_BIT)
#define FD_QOS                   (1 << FD_QOS_BIT)
#define FD_GROUP_QOS             (1 << FD_GROUP_QOS_BIT)
#define FD_ROUTING_INTERFACE_CHANGE (1 << FD_ROUTING_INTERFACE_CHANGE_BIT)
#define FD_ADDRESS_LIST_CHANGE   (1 << FD_ADDRESS_LIST_CHANGE_BIT)
#define FD_ALL_EVENTS            ((1 << FD_MAX_EVENTS) - 1)

// ---- waits ----
#define WSA_INVALID_EVENT        ((WSAEVENT)NULL)
#define WSA_MAXIMUM_WAIT_EVENTS  64
#define WSA_WAIT_EVENT_0         0U
#define WSA_WAIT_IO_COMPLETION   0xC0U
#define WSA_WAIT_TIMEOUT         258U
#define WSA_WAIT_FAILED          0xFFFFFFFFU
#define WSA_INFINITE             0xFFFFFFFFU

// ---- ProcessSocketNotifications ----
#define SOCK_NOTIFY_REGISTER_EVENT_NONE   0x00
#define SOCK_NOTIFY_REGISTER_EVENT_IN     0x01
#define SOCK_NOTIFY_REGISTER_EVENT_OUT    0x02
#define SOCK_NOTIFY_REGISTER_EVENT_HANGUP 0x04
#define SOCK_NOTIFY_REGISTER_EVENTS_ALL   0x07
#define SOCK_NOTIFY_EVENT_IN              0x01
#define SOCK_NOTIFY_EVENT_OUT             0x02
#define SOCK_NOTIFY_EVENT_HANGUP          0x04
#define SOCK_NOTIFY_EVENT_ERR             0x40
#define SOCK_NOTIFY_EVENT_REMOVE          0x80
#define SOCK_NOTIFY_EVENTS_ALL            0xC7
#define SOCK_NOTIFY_OP_NONE               0x00
#define SOCK_NOTIFY_OP_ENABLE             0x01
#define SOCK_NOTIFY_OP_DISABLE            0x02
#define SOCK_NOTIFY_OP_REMOVE             0x04
#define SOCK_NOTIFY_TRIGGER_ONESHOT       0x01
#define SOCK_NOTIFY_TRIGGER_PERSISTENT    0x02
#define SOCK_NOTIFY_TRIGGER_LEVEL         0x04
#define SOCK_NOTIFY_TRIGGER_EDGE          0x08
#define SOCK_NOTIFY_TRIGGER_ALL           0x0F

// ---- WSASocket ----
#define WSA_FLAG_OVERLAPPED             0x01
#define WSA_FLAG_MULTIPOINT_C_ROOT      0x02
#define WSA_FLAG_MULTIPOINT_C_LEAF      0x04
#define WSA_FLAG_MULTIPOINT_D_ROOT      0x08
#define WSA_FLAG_MULTIPOINT_D_LEAF      0x10
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#define WSA_FLAG_NO_HANDLE_INHERIT      0x80
#define WSA_FLAG_REGISTERED_IO          0x100
#define SG_UNCONSTRAINED_GROUP          0x01
#define SG_CONSTRAINED_GROUP            0x02
#define JL_SENDER_ONLY                  0x01
#define JL_RECEIVER_ONLY                0x02
#define JL_BOTH                         0x04

// ---- verdicts of an accept condition function ----
#define CF_ACCEPT                0
#define CF_REJECT                1
#define CF_DEFER                 2

// ---- catalogue entries (WSAPROTOCOL_INFO) ----
#define XP1_CONNECTIONLESS       0x00000001
#define XP1_GUARANTEED_DELIVERY  0x00000002
#define XP1_GUARANTEED_ORDER     0x00000004
#define XP1_MESSAGE_ORIENTED     0x00000008
#define XP1_PSEUDO_STREAM        0x00000010
#define XP1_GRACEFUL_CLOSE       0x00000020
#define XP1_EXPEDITED_DATA       0x00000040
#define XP1_CONNECT_DATA         0x00000080
#define XP1_DISCONNECT_DATA      0x00000100
#define XP1_SUPPORT_BROADCAST    0x00000200
#define XP1_SUPPORT_MULTIPOINT   0x00000400
#define XP1_MULTIPOINT_CONTROL_PLANE 0x00000800
#define XP1_MULTIPOINT_DATA_PLANE 0x00001000
#define XP1_QOS_SUPPORTED        0x00002000
#define XP1_INTERRUPT            0x00004000
#define XP1_UNI_SEND             0x00008000
#define XP1_UNI_RECV             0x00010000
#define XP1_IFS_HANDLES          0x00020000
#define XP1_PARTIAL_MESSAGE      0x00040000
#define XP1_SAN_SUPPORT_SDP      0x00080000
#define PFL_MULTIPLE_PROTO_ENTRIES  0x00000001
#define PFL_RECOMMENDED_PROTO_ENTRY 0x00000002
#define PFL_HIDDEN                  0x00000004
#define PFL_MATCHES_PROTOCOL_ZERO   0x00000008
#define PFL_NETWORKDIRECT_PROVIDER  0x00000010
#define MAX_PROTOCOL_CHAIN       7
#define BASE_PROTOCOL            1
#define LAYERED_PROTOCOL         0
#define WSAPROTOCOL_LEN          255
#define BIGENDIAN                0x0000
#define LITTLEENDIAN             0x0001
#define SECURITY_PROTOCOL_NONE   0x0000

// ---- start-up ----
#define WSADESCRIPTION_LEN       256
#define WSASYS_STATUS_LEN        128
#define WINSOCK_VERSION          0x0202
#define MAXGETHOSTSTRUCT         1024

// ---- quality of service ----
#define SERVICETYPE_NOTRAFFIC            0x00000000
#define SERVICETYPE_BESTEFFORT           0x00000001
#define SERVICETYPE_CONTROLLEDLOAD       0x00000002
#define SERVICETYPE_GUARANTEED           0x00000003
#define SERVICETYPE_NETWORK_UNAVAILABLE  0x00000004
#define SERVICETYPE_GENERAL_INFORMATION  0x00000005
#define SERVICETYPE_NOCHANGE             0x00000006
#define SERVICETYPE_NONCONFORMING        0x00000009
#define SERVICETYPE_NETWORK_CONTROL      0x0000000A
#define SERVICETYPE_QUALITATIVE          0x0000000D
#define SERVICE_BESTEFFORT               0x80010000U
#define SERVICE_CONTROLLEDLOAD           0x80020000U
#define SERVICE_GUARANTEED               0x80040000U
#define SERVICE_QUALITATIVE              0x80200000U
#define SERVICE_NO_TRAFFIC_CONTROL       0x81000000U
#define SERVICE_NO_QOS_SIGNALING         0x40000000U
#define QOS_NOT_SPECIFIED                0xFFFFFFFFU
#define POSITIVE_INFINITY_RATE           0xFFFFFFFEU
#define QOS_GENERAL_ID_BASE              2000
#define QOS_OBJECT_END_OF_LIST           (QOS_GENERAL_ID_BASE + 1)
#define QOS_OBJECT_SD_MODE               (QOS_GENERAL_ID_BASE + 2)
#define QOS_OBJECT_SHAPING_RATE          (QOS_GENERAL_ID_BASE + 3)
#define QOS_OBJECT_DESTADDR              (QOS_GENERAL_ID_BASE + 4)
// clang-format on

#ifndef MAKEWORD
#define MAKEWORD(low, high) ((WORD)((WORD)(BYTE)(low) | (WORD)((WORD)(BYTE)(high) << 8)))
#define LOBYTE(word) ((BYTE)((WORD)(word)&0xff))
#define HIBYTE(word) ((BYTE)(((WORD)(word) >> 8) & 0xff))
#define MAKELONG(low, high) ((LONG)((DWORD)(WORD)(low) | ((DWORD)(WORD)(high) << 16)))
#define LOWORD(value) ((WORD)((DWORD_PTR)(value)&0xffff))
#define HIWORD(value) ((WORD)(((DWORD_PTR)(value) >> 16) & 0xffff))
#endif

#endif
