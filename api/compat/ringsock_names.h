// SPDX-License-Identifier: BSD-3-Clause
// Every WS_* constant of the native layer under its Windows name. One line each, so that a search for the
// plain name ends here and leads to the value. tests/conformance checks that none is missing (MCAST_INCLUDE
// and MCAST_EXCLUDE are enumerators in <ws2tcpip.h>, as on Windows).
#ifndef RINGSOCK_NAMES_H
#define RINGSOCK_NAMES_H

#include <ringsock/constants.h>
#include <ringsock/error_codes.h>

// clang-format off
// ---- address families ----
#define AF_UNSPEC                      WS_AF_UNSPEC
#define AF_UNIX                        WS_AF_UNIX
#define AF_INET                        WS_AF_INET
#define AF_IMPLINK                     WS_AF_IMPLINK
#define AF_PUP                         WS_AF_PUP
#define AF_CHAOS                       WS_AF_CHAOS
#define AF_NS                          WS_AF_NS
#define AF_IPX                         WS_AF_IPX
#define AF_ISO                         WS_AF_ISO
#define AF_OSI                         WS_AF_OSI
#define AF_ECMA                        WS_AF_ECMA
#define AF_DATAKIT                     WS_AF_DATAKIT
#define AF_CCITT                       WS_AF_CCITT
#define AF_SNA                         WS_AF_SNA
#define AF_DECnet                      WS_AF_DECnet
#define AF_DLI                         WS_AF_DLI
#define AF_LAT                         WS_AF_LAT
#define AF_HYLINK                      WS_AF_HYLINK
#define AF_APPLETALK                   WS_AF_APPLETALK
#define AF_NETBIOS                     WS_AF_NETBIOS
#define AF_VOICEVIEW                   WS_AF_VOICEVIEW
#define AF_FIREFOX                     WS_AF_FIREFOX
#define AF_UNKNOWN1                    WS_AF_UNKNOWN1
#define AF_BAN                         WS_AF_BAN
#define AF_ATM                         WS_AF_ATM
#define AF_INET6                       WS_AF_INET6
#define AF_CLUSTER                     WS_AF_CLUSTER
#define AF_12844                       WS_AF_12844
#define AF_IRDA                        WS_AF_IRDA
#define AF_NETDES                      WS_AF_NETDES
#define AF_TCNPROCESS                  WS_AF_TCNPROCESS
#define AF_TCNMESSAGE                  WS_AF_TCNMESSAGE
#define AF_ICLFXBM                     WS_AF_ICLFXBM
#define AF_BTH                         WS_AF_BTH
#define AF_LINK                        WS_AF_LINK
#define AF_HYPERV                      WS_AF_HYPERV
#define AF_MAX                         WS_AF_MAX
#define PF_UNSPEC                      WS_PF_UNSPEC
#define PF_UNIX                        WS_PF_UNIX
#define PF_INET                        WS_PF_INET
#define PF_INET6                       WS_PF_INET6
#define PF_BTH                         WS_PF_BTH
#define PF_MAX                         WS_PF_MAX

// ---- socket types ----
#define SOCK_STREAM                    WS_SOCK_STREAM
#define SOCK_DGRAM                     WS_SOCK_DGRAM
#define SOCK_RAW                       WS_SOCK_RAW
#define SOCK_RDM                       WS_SOCK_RDM
#define SOCK_SEQPACKET                 WS_SOCK_SEQPACKET

// ---- protocols ----
#define IPPROTO_IP                     WS_IPPROTO_IP
#define IPPROTO_HOPOPTS                WS_IPPROTO_HOPOPTS
#define IPPROTO_ICMP                   WS_IPPROTO_ICMP
#define IPPROTO_IGMP                   WS_IPPROTO_IGMP
#define IPPROTO_GGP                    WS_IPPROTO_GGP
#define IPPROTO_IPV4                   WS_IPPROTO_IPV4
#define IPPROTO_ST                     WS_IPPROTO_ST
#define IPPROTO_TCP                    WS_IPPROTO_TCP
#define IPPROTO_CBT                    WS_IPPROTO_CBT
#define IPPROTO_EGP                    WS_IPPROTO_EGP
#define IPPROTO_IGP                    WS_IPPROTO_IGP
#define IPPROTO_PUP                    WS_IPPROTO_PUP
#define IPPROTO_UDP                    WS_IPPROTO_UDP
#define IPPROTO_IDP                    WS_IPPROTO_IDP
#define IPPROTO_RDP                    WS_IPPROTO_RDP
#define IPPROTO_IPV6                   WS_IPPROTO_IPV6
#define IPPROTO_ROUTING                WS_IPPROTO_ROUTING
#define IPPROTO_FRAGMENT               WS_IPPROTO_FRAGMENT
#define IPPROTO_ESP                    WS_IPPROTO_ESP
#define IPPROTO_AH                     WS_IPPROTO_AH
#define IPPROTO_ICMPV6                 WS_IPPROTO_ICMPV6
#define IPPROTO_NONE                   WS_IPPROTO_NONE
#define IPPROTO_DSTOPTS                WS_IPPROTO_DSTOPTS
#define IPPROTO_ND                     WS_IPPROTO_ND
#define IPPROTO_ICLFXBM                WS_IPPROTO_ICLFXBM
#define IPPROTO_PIM                    WS_IPPROTO_PIM
#define IPPROTO_PGM                    WS_IPPROTO_PGM
#define IPPROTO_L2TP                   WS_IPPROTO_L2TP
#define IPPROTO_SCTP                   WS_IPPROTO_SCTP
#define IPPROTO_RAW                    WS_IPPROTO_RAW
#define IPPROTO_MAX                    WS_IPPROTO_MAX

// ---- well-known ports ----
#define IPPORT_ECHO                    WS_IPPORT_ECHO
#define IPPORT_DISCARD                 WS_IPPORT_DISCARD
#define IPPORT_SYSTAT                  WS_IPPORT_SYSTAT
#define IPPORT_DAYTIME                 WS_IPPORT_DAYTIME
#define IPPORT_NETSTAT                 WS_IPPORT_NETSTAT
#define IPPORT_FTP                     WS_IPPORT_FTP
#define IPPORT_TELNET                  WS_IPPORT_TELNET
#define IPPORT_SMTP                    WS_IPPORT_SMTP
#define IPPORT_TIMESERVER              WS_IPPORT_TIMESERVER
#define IPPORT_NAMESERVER              WS_IPPORT_NAMESERVER
#define IPPORT_WHOIS                   WS_IPPORT_WHOIS
#define IPPORT_MTP                     WS_IPPORT_MTP
#define IPPORT_TFTP                    WS_IPPORT_TFTP
#define IPPORT_RJE                     WS_IPPORT_RJE
#define IPPORT_FINGER                  WS_IPPORT_FINGER
#define IPPORT_TTYLINK                 WS_IPPORT_TTYLINK
#define IPPORT_SUPDUP                  WS_IPPORT_SUPDUP
#define IPPORT_RESERVED                WS_IPPORT_RESERVED

// ---- IPv4 addresses, host byte order ----
#define INADDR_ANY                     WS_INADDR_ANY
#define INADDR_LOOPBACK                WS_INADDR_LOOPBACK
#define INADDR_BROADCAST               WS_INADDR_BROADCAST
#define INADDR_NONE                    WS_INADDR_NONE
#define INET_ADDRSTRLEN                WS_INET_ADDRSTRLEN
#define INET6_ADDRSTRLEN               WS_INET6_ADDRSTRLEN

// ---- level SOL_SOCKET ----
#define SOL_SOCKET                     WS_SOL_SOCKET
#define SO_DEBUG                       WS_SO_DEBUG
#define SO_ACCEPTCONN                  WS_SO_ACCEPTCONN
#define SO_REUSEADDR                   WS_SO_REUSEADDR
#define SO_KEEPALIVE                   WS_SO_KEEPALIVE
#define SO_DONTROUTE                   WS_SO_DONTROUTE
#define SO_BROADCAST                   WS_SO_BROADCAST
#define SO_USELOOPBACK                 WS_SO_USELOOPBACK
#define SO_LINGER                      WS_SO_LINGER
#define SO_OOBINLINE                   WS_SO_OOBINLINE
#define SO_DONTLINGER                  WS_SO_DONTLINGER
#define SO_EXCLUSIVEADDRUSE            WS_SO_EXCLUSIVEADDRUSE
#define SO_SNDBUF                      WS_SO_SNDBUF
#define SO_RCVBUF                      WS_SO_RCVBUF
#define SO_SNDLOWAT                    WS_SO_SNDLOWAT
#define SO_RCVLOWAT                    WS_SO_RCVLOWAT
#define SO_SNDTIMEO                    WS_SO_SNDTIMEO
#define SO_RCVTIMEO                    WS_SO_RCVTIMEO
#define SO_ERROR                       WS_SO_ERROR
#define SO_TYPE                        WS_SO_TYPE
#define SO_BSP_STATE                   WS_SO_BSP_STATE
#define SO_GROUP_ID                    WS_SO_GROUP_ID
#define SO_GROUP_PRIORITY              WS_SO_GROUP_PRIORITY
#define SO_MAX_MSG_SIZE                WS_SO_MAX_MSG_SIZE
#define SO_PROTOCOL_INFOA              WS_SO_PROTOCOL_INFOA
#define SO_PROTOCOL_INFOW              WS_SO_PROTOCOL_INFOW
#define PVD_CONFIG                     WS_PVD_CONFIG
#define SO_CONDITIONAL_ACCEPT          WS_SO_CONDITIONAL_ACCEPT
#define SO_PAUSE_ACCEPT                WS_SO_PAUSE_ACCEPT
#define SO_COMPARTMENT_ID              WS_SO_COMPARTMENT_ID
#define SO_RANDOMIZE_PORT              WS_SO_RANDOMIZE_PORT
#define SO_PORT_SCALABILITY            WS_SO_PORT_SCALABILITY
#define SO_REUSE_UNICASTPORT           WS_SO_REUSE_UNICASTPORT
#define SO_REUSE_MULTICASTPORT         WS_SO_REUSE_MULTICASTPORT
#define SO_TIMESTAMP                   WS_SO_TIMESTAMP
#define SO_TIMESTAMP_ID                WS_SO_TIMESTAMP_ID
#define SO_ORIGINAL_DST                WS_SO_ORIGINAL_DST
#define SOMAXCONN                      WS_SOMAXCONN
#define SOMAXCONN_HINT(backlog)        WS_SOMAXCONN_HINT(backlog)

// ---- level IPPROTO_TCP ----
#define TCP_NODELAY                    WS_TCP_NODELAY
#define TCP_EXPEDITED_1122             WS_TCP_EXPEDITED_1122
#define TCP_KEEPALIVE                  WS_TCP_KEEPALIVE
#define TCP_KEEPIDLE                   WS_TCP_KEEPIDLE
#define TCP_MAXSEG                     WS_TCP_MAXSEG
#define TCP_MAXRT                      WS_TCP_MAXRT
#define TCP_STDURG                     WS_TCP_STDURG
#define TCP_NOURG                      WS_TCP_NOURG
#define TCP_ATMARK                     WS_TCP_ATMARK
#define TCP_NOSYNRETRIES               WS_TCP_NOSYNRETRIES
#define TCP_TIMESTAMPS                 WS_TCP_TIMESTAMPS
#define TCP_OFFLOAD_PREFERENCE         WS_TCP_OFFLOAD_PREFERENCE
#define TCP_CONGESTION_ALGORITHM       WS_TCP_CONGESTION_ALGORITHM
#define TCP_DELAY_FIN_ACK              WS_TCP_DELAY_FIN_ACK
#define TCP_MAXRTMS                    WS_TCP_MAXRTMS
#define TCP_FASTOPEN                   WS_TCP_FASTOPEN
#define TCP_KEEPCNT                    WS_TCP_KEEPCNT
#define TCP_KEEPINTVL                  WS_TCP_KEEPINTVL
#define TCP_FAIL_CONNECT_ON_ICMP_ERROR WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR
#define TCP_ICMP_ERROR_INFO            WS_TCP_ICMP_ERROR_INFO
#define TCP_BSDURGENT                  WS_TCP_BSDURGENT

// ---- level IPPROTO_UDP ----
#define UDP_NOCHECKSUM                 WS_UDP_NOCHECKSUM
#define UDP_SEND_MSG_SIZE              WS_UDP_SEND_MSG_SIZE
#define UDP_RECV_MAX_COALESCED_SIZE    WS_UDP_RECV_MAX_COALESCED_SIZE
#define UDP_COALESCED_INFO             WS_UDP_COALESCED_INFO
#define UDP_CHECKSUM_COVERAGE          WS_UDP_CHECKSUM_COVERAGE

// ---- level IPPROTO_IP ----
#define IP_OPTIONS                     WS_IP_OPTIONS
#define IP_HDRINCL                     WS_IP_HDRINCL
#define IP_TOS                         WS_IP_TOS
#define IP_TTL                         WS_IP_TTL
#define IP_MULTICAST_IF                WS_IP_MULTICAST_IF
#define IP_MULTICAST_TTL               WS_IP_MULTICAST_TTL
#define IP_MULTICAST_LOOP              WS_IP_MULTICAST_LOOP
#define IP_ADD_MEMBERSHIP              WS_IP_ADD_MEMBERSHIP
#define IP_DROP_MEMBERSHIP             WS_IP_DROP_MEMBERSHIP
#define IP_DONTFRAGMENT                WS_IP_DONTFRAGMENT
#define IP_ADD_SOURCE_MEMBERSHIP       WS_IP_ADD_SOURCE_MEMBERSHIP
#define IP_DROP_SOURCE_MEMBERSHIP      WS_IP_DROP_SOURCE_MEMBERSHIP
#define IP_BLOCK_SOURCE                WS_IP_BLOCK_SOURCE
#define IP_UNBLOCK_SOURCE              WS_IP_UNBLOCK_SOURCE
#define IP_PKTINFO                     WS_IP_PKTINFO
#define IP_HOPLIMIT                    WS_IP_HOPLIMIT
#define IP_RECVTTL                     WS_IP_RECVTTL
#define IP_RECEIVE_BROADCAST           WS_IP_RECEIVE_BROADCAST
#define IP_RECVIF                      WS_IP_RECVIF
#define IP_RECVDSTADDR                 WS_IP_RECVDSTADDR
#define IP_IFLIST                      WS_IP_IFLIST
#define IP_ADD_IFLIST                  WS_IP_ADD_IFLIST
#define IP_DEL_IFLIST                  WS_IP_DEL_IFLIST
#define IP_UNICAST_IF                  WS_IP_UNICAST_IF
#define IP_RTHDR                       WS_IP_RTHDR
#define IP_GET_IFLIST                  WS_IP_GET_IFLIST
#define IP_RECVRTHDR                   WS_IP_RECVRTHDR
#define IP_TCLASS                      WS_IP_TCLASS
#define IP_RECVTCLASS                  WS_IP_RECVTCLASS
#define IP_RECVTOS                     WS_IP_RECVTOS
#define IP_ORIGINAL_ARRIVAL_IF         WS_IP_ORIGINAL_ARRIVAL_IF
#define IP_ECN                         WS_IP_ECN
#define IP_RECVECN                     WS_IP_RECVECN
#define IP_PKTINFO_EX                  WS_IP_PKTINFO_EX
#define IP_MTU_DISCOVER                WS_IP_MTU_DISCOVER
#define IP_MTU                         WS_IP_MTU
#define IP_NRT_INTERFACE               WS_IP_NRT_INTERFACE
#define IP_RECVERR                     WS_IP_RECVERR
#define IP_USER_MTU                    WS_IP_USER_MTU
#define IP_DEFAULT_MULTICAST_TTL       WS_IP_DEFAULT_MULTICAST_TTL
#define IP_DEFAULT_MULTICAST_LOOP      WS_IP_DEFAULT_MULTICAST_LOOP
#define IP_MAX_MEMBERSHIPS             WS_IP_MAX_MEMBERSHIPS

// ---- level IPPROTO_IPV6 ----
#define IPV6_HOPOPTS                   WS_IPV6_HOPOPTS
#define IPV6_HDRINCL                   WS_IPV6_HDRINCL
#define IPV6_UNICAST_HOPS              WS_IPV6_UNICAST_HOPS
#define IPV6_MULTICAST_IF              WS_IPV6_MULTICAST_IF
#define IPV6_MULTICAST_HOPS            WS_IPV6_MULTICAST_HOPS
#define IPV6_MULTICAST_LOOP            WS_IPV6_MULTICAST_LOOP
#define IPV6_ADD_MEMBERSHIP            WS_IPV6_ADD_MEMBERSHIP
#define IPV6_JOIN_GROUP                WS_IPV6_JOIN_GROUP
#define IPV6_DROP_MEMBERSHIP           WS_IPV6_DROP_MEMBERSHIP
#define IPV6_LEAVE_GROUP               WS_IPV6_LEAVE_GROUP
#define IPV6_DONTFRAG                  WS_IPV6_DONTFRAG
#define IPV6_PKTINFO                   WS_IPV6_PKTINFO
#define IPV6_HOPLIMIT                  WS_IPV6_HOPLIMIT
#define IPV6_PROTECTION_LEVEL          WS_IPV6_PROTECTION_LEVEL
#define IPV6_RECVIF                    WS_IPV6_RECVIF
#define IPV6_RECVDSTADDR               WS_IPV6_RECVDSTADDR
#define IPV6_CHECKSUM                  WS_IPV6_CHECKSUM
#define IPV6_V6ONLY                    WS_IPV6_V6ONLY
#define IPV6_IFLIST                    WS_IPV6_IFLIST
#define IPV6_ADD_IFLIST                WS_IPV6_ADD_IFLIST
#define IPV6_DEL_IFLIST                WS_IPV6_DEL_IFLIST
#define IPV6_UNICAST_IF                WS_IPV6_UNICAST_IF
#define IPV6_RTHDR                     WS_IPV6_RTHDR
#define IPV6_GET_IFLIST                WS_IPV6_GET_IFLIST
#define IPV6_RECVRTHDR                 WS_IPV6_RECVRTHDR
#define IPV6_TCLASS                    WS_IPV6_TCLASS
#define IPV6_RECVTCLASS                WS_IPV6_RECVTCLASS
#define IPV6_ECN                       WS_IPV6_ECN
#define IPV6_RECVECN                   WS_IPV6_RECVECN
#define IPV6_PKTINFO_EX                WS_IPV6_PKTINFO_EX
#define IPV6_MTU_DISCOVER              WS_IPV6_MTU_DISCOVER
#define IPV6_MTU                       WS_IPV6_MTU
#define IPV6_NRT_INTERFACE             WS_IPV6_NRT_INTERFACE
#define IPV6_RECVERR                   WS_IPV6_RECVERR
#define IPV6_USER_MTU                  WS_IPV6_USER_MTU
#define PROTECTION_LEVEL_UNRESTRICTED  WS_PROTECTION_LEVEL_UNRESTRICTED
#define PROTECTION_LEVEL_EDGERESTRICTED WS_PROTECTION_LEVEL_EDGERESTRICTED
#define PROTECTION_LEVEL_RESTRICTED    WS_PROTECTION_LEVEL_RESTRICTED

// ---- multicast, both families ----
#define MCAST_JOIN_GROUP               WS_MCAST_JOIN_GROUP
#define MCAST_LEAVE_GROUP              WS_MCAST_LEAVE_GROUP
#define MCAST_BLOCK_SOURCE             WS_MCAST_BLOCK_SOURCE
#define MCAST_UNBLOCK_SOURCE           WS_MCAST_UNBLOCK_SOURCE
#define MCAST_JOIN_SOURCE_GROUP        WS_MCAST_JOIN_SOURCE_GROUP
#define MCAST_LEAVE_SOURCE_GROUP       WS_MCAST_LEAVE_SOURCE_GROUP

// ---- send and recv flags ----
#define MSG_OOB                        WS_MSG_OOB
#define MSG_PEEK                       WS_MSG_PEEK
#define MSG_DONTROUTE                  WS_MSG_DONTROUTE
#define MSG_WAITALL                    WS_MSG_WAITALL
#define MSG_INTERRUPT                  WS_MSG_INTERRUPT
#define MSG_PUSH_IMMEDIATE             WS_MSG_PUSH_IMMEDIATE
#define MSG_TRUNC                      WS_MSG_TRUNC
#define MSG_CTRUNC                     WS_MSG_CTRUNC
#define MSG_BCAST                      WS_MSG_BCAST
#define MSG_MCAST                      WS_MSG_MCAST
#define MSG_ERRQUEUE                   WS_MSG_ERRQUEUE
#define MSG_PARTIAL                    WS_MSG_PARTIAL
#define MSG_MAXIOVLEN                  WS_MSG_MAXIOVLEN

// ---- WSAPoll ----
#define POLLRDNORM                     WS_POLLRDNORM
#define POLLRDBAND                     WS_POLLRDBAND
#define POLLIN                         WS_POLLIN
#define POLLPRI                        WS_POLLPRI
#define POLLWRNORM                     WS_POLLWRNORM
#define POLLOUT                        WS_POLLOUT
#define POLLWRBAND                     WS_POLLWRBAND
#define POLLERR                        WS_POLLERR
#define POLLHUP                        WS_POLLHUP
#define POLLNVAL                       WS_POLLNVAL

// ---- getaddrinfo, getnameinfo ----
#define AI_PASSIVE                     WS_AI_PASSIVE
#define AI_CANONNAME                   WS_AI_CANONNAME
#define AI_NUMERICHOST                 WS_AI_NUMERICHOST
#define AI_NUMERICSERV                 WS_AI_NUMERICSERV
#define AI_DNS_ONLY                    WS_AI_DNS_ONLY
#define AI_ALL                         WS_AI_ALL
#define AI_ADDRCONFIG                  WS_AI_ADDRCONFIG
#define AI_V4MAPPED                    WS_AI_V4MAPPED
#define AI_NON_AUTHORITATIVE           WS_AI_NON_AUTHORITATIVE
#define AI_SECURE                      WS_AI_SECURE
#define AI_RETURN_PREFERRED_NAMES      WS_AI_RETURN_PREFERRED_NAMES
#define AI_FQDN                        WS_AI_FQDN
#define AI_FILESERVER                  WS_AI_FILESERVER
#define AI_DISABLE_IDN_ENCODING        WS_AI_DISABLE_IDN_ENCODING
#define NI_NOFQDN                      WS_NI_NOFQDN
#define NI_NUMERICHOST                 WS_NI_NUMERICHOST
#define NI_NAMEREQD                    WS_NI_NAMEREQD
#define NI_NUMERICSERV                 WS_NI_NUMERICSERV
#define NI_DGRAM                       WS_NI_DGRAM
#define NI_MAXHOST                     WS_NI_MAXHOST
#define NI_MAXSERV                     WS_NI_MAXSERV
#define NS_ALL                         WS_NS_ALL
#define NS_DNS                         WS_NS_DNS

// ---- control codes ----
#define IOCPARM_MASK                   WS_IOCPARM_MASK
#define IOC_VOID                       WS_IOC_VOID
#define IOC_OUT                        WS_IOC_OUT
#define IOC_IN                         WS_IOC_IN
#define IOC_INOUT                      WS_IOC_INOUT
#define IOC_UNIX                       WS_IOC_UNIX
#define IOC_WS2                        WS_IOC_WS2
#define IOC_PROTOCOL                   WS_IOC_PROTOCOL
#define IOC_VENDOR                     WS_IOC_VENDOR
#define FIONREAD                       WS_FIONREAD
#define FIONBIO                        WS_FIONBIO
#define FIOASYNC                       WS_FIOASYNC
#define SIOCSHIWAT                     WS_SIOCSHIWAT
#define SIOCGHIWAT                     WS_SIOCGHIWAT
#define SIOCSLOWAT                     WS_SIOCSLOWAT
#define SIOCGLOWAT                     WS_SIOCGLOWAT
#define SIOCATMARK                     WS_SIOCATMARK
#define IFF_UP                         WS_IFF_UP
#define IFF_BROADCAST                  WS_IFF_BROADCAST
#define IFF_LOOPBACK                   WS_IFF_LOOPBACK
#define IFF_POINTTOPOINT               WS_IFF_POINTTOPOINT
#define IFF_MULTICAST                  WS_IFF_MULTICAST

// ---- results of getaddrinfo ----
#define EAI_AGAIN                      WS_EAI_AGAIN
#define EAI_BADFLAGS                   WS_EAI_BADFLAGS
#define EAI_FAIL                       WS_EAI_FAIL
#define EAI_FAMILY                     WS_EAI_FAMILY
#define EAI_MEMORY                     WS_EAI_MEMORY
#define EAI_NODATA                     WS_EAI_NODATA
#define EAI_NONAME                     WS_EAI_NONAME
#define EAI_SERVICE                    WS_EAI_SERVICE
#define EAI_SOCKTYPE                   WS_EAI_SOCKTYPE
// clang-format on

#endif
