// SPDX-License-Identifier: BSD-3-Clause
// The compiler proves that every structure of types.h has the layout of 64-bit Windows. Numbers measured with
// a Windows compiler. Included by types.h only, so that no unit can see the types without the proof.
#ifndef RINGSOCK_LAYOUT_H
#define RINGSOCK_LAYOUT_H

#define RINGSOCK_OFFSET(type, member, bytes) RINGSOCK_LAYOUT(offsetof(type, member) == (bytes))
#define RINGSOCK_SIZE(type, bytes) RINGSOCK_LAYOUT(sizeof(type) == (bytes))

RINGSOCK_SIZE(ws2_in_addr, 4);
RINGSOCK_SIZE(ws2_in6_addr, 16);
RINGSOCK_LAYOUT(sizeof(((ws2_sockaddr_in*)0)->sin_family) == 2);
RINGSOCK_SIZE(ws2_sockaddr_in, 16);
RINGSOCK_OFFSET(ws2_sockaddr_in, sin_family, 0);
RINGSOCK_OFFSET(ws2_sockaddr_in, sin_port, 2);
RINGSOCK_OFFSET(ws2_sockaddr_in, sin_addr, 4);
RINGSOCK_OFFSET(ws2_sockaddr_in, sin_zero, 8);
RINGSOCK_SIZE(ws2_sockaddr_in6, 28);
RINGSOCK_OFFSET(ws2_sockaddr_in6, sin6_port, 2);
RINGSOCK_OFFSET(ws2_sockaddr_in6, sin6_flowinfo, 4);
RINGSOCK_OFFSET(ws2_sockaddr_in6, sin6_addr, 8);
RINGSOCK_OFFSET(ws2_sockaddr_in6, sin6_scope_id, 24);
RINGSOCK_SIZE(ws2_sockaddr_storage, 128);
RINGSOCK_OFFSET(ws2_sockaddr_storage, ss_family, 0);
RINGSOCK_SIZE(SOCKADDR_INET, 28);
RINGSOCK_SIZE(SOCKET_ADDRESS, 16);
RINGSOCK_OFFSET(SOCKET_ADDRESS, iSockaddrLength, 8);
RINGSOCK_SIZE(SOCKET_ADDRESS_LIST, 24);
RINGSOCK_OFFSET(SOCKET_ADDRESS_LIST, Address, 8);
RINGSOCK_SIZE(CSADDR_INFO, 40);
#ifdef RINGSOCK_OVERLAY
RINGSOCK_SIZE(struct sockaddr, 16);
RINGSOCK_OFFSET(struct sockaddr, sa_data, 2);
#endif

RINGSOCK_SIZE(ws2_linger, 4);
RINGSOCK_OFFSET(ws2_linger, l_linger, 2);
RINGSOCK_SIZE(ws2_ip_mreq, 8);
RINGSOCK_SIZE(ws2_ip_mreq_source, 12);
RINGSOCK_SIZE(ws2_ipv6_mreq, 20);
RINGSOCK_SIZE(ws2_group_req, 136);
RINGSOCK_SIZE(ws2_group_source_req, 264);
RINGSOCK_SIZE(ws2_in_pktinfo, 8);
RINGSOCK_SIZE(ws2_in6_pktinfo, 20);

RINGSOCK_SIZE(WSABUF, 16);
RINGSOCK_OFFSET(WSABUF, len, 0);
RINGSOCK_OFFSET(WSABUF, buf, 8);
RINGSOCK_SIZE(WSAOVERLAPPED, 32);
RINGSOCK_OFFSET(WSAOVERLAPPED, Internal, 0);
RINGSOCK_OFFSET(WSAOVERLAPPED, InternalHigh, 8);
RINGSOCK_OFFSET(WSAOVERLAPPED, Offset, 16);
RINGSOCK_OFFSET(WSAOVERLAPPED, OffsetHigh, 20);
RINGSOCK_OFFSET(WSAOVERLAPPED, hEvent, 24);
RINGSOCK_SIZE(OVERLAPPED_ENTRY, 32);
RINGSOCK_SIZE(WSAMSG, 56);
RINGSOCK_OFFSET(WSAMSG, namelen, 8);
RINGSOCK_OFFSET(WSAMSG, lpBuffers, 16);
RINGSOCK_OFFSET(WSAMSG, dwBufferCount, 24);
RINGSOCK_OFFSET(WSAMSG, Control, 32);
RINGSOCK_OFFSET(WSAMSG, dwFlags, 48);
RINGSOCK_SIZE(WSACMSGHDR, 16);

RINGSOCK_OFFSET(ws2_fd_set, fd_count, 0);
RINGSOCK_OFFSET(ws2_fd_set, fd_array, 8);
RINGSOCK_SIZE(ws2_fd_set, 8 + (WS2_FD_SETSIZE) * sizeof(SOCKET));
RINGSOCK_LAYOUT((WS2_FD_SETSIZE) != 64 || sizeof(ws2_fd_set) == 520);
RINGSOCK_SIZE(WSAPOLLFD, 16);
RINGSOCK_OFFSET(WSAPOLLFD, events, 8);
RINGSOCK_OFFSET(WSAPOLLFD, revents, 10);
RINGSOCK_SIZE(WSANETWORKEVENTS, 44);
RINGSOCK_OFFSET(WSANETWORKEVENTS, iErrorCode, 4);
RINGSOCK_SIZE(SOCK_NOTIFY_REGISTRATION, 24);
RINGSOCK_OFFSET(SOCK_NOTIFY_REGISTRATION, operation, 18);

RINGSOCK_SIZE(FLOWSPEC, 32);
RINGSOCK_OFFSET(FLOWSPEC, ServiceType, 20);
RINGSOCK_SIZE(QOS, 80);
RINGSOCK_OFFSET(QOS, ReceivingFlowspec, 32);
RINGSOCK_OFFSET(QOS, ProviderSpecific, 64);

RINGSOCK_SIZE(WSADATA, 408);
RINGSOCK_OFFSET(WSADATA, wHighVersion, 2);
RINGSOCK_OFFSET(WSADATA, iMaxSockets, 4);
RINGSOCK_OFFSET(WSADATA, iMaxUdpDg, 6);
RINGSOCK_OFFSET(WSADATA, lpVendorInfo, 8);
RINGSOCK_OFFSET(WSADATA, szDescription, 16);
RINGSOCK_OFFSET(WSADATA, szSystemStatus, 273);
RINGSOCK_SIZE(WSAPROTOCOLCHAIN, 32);
RINGSOCK_SIZE(WSAPROTOCOL_INFOA, 372);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOA, ProviderId, 20);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOA, dwCatalogEntryId, 36);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOA, ProtocolChain, 40);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOA, iAddressFamily, 76);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOA, szProtocol, 116);
RINGSOCK_SIZE(WSAPROTOCOL_INFOW, 628);
RINGSOCK_OFFSET(WSAPROTOCOL_INFOW, szProtocol, 116);

RINGSOCK_SIZE(ws2_hostent, 32);
RINGSOCK_OFFSET(ws2_hostent, h_addrtype, 16);
RINGSOCK_OFFSET(ws2_hostent, h_length, 18);
RINGSOCK_OFFSET(ws2_hostent, h_addr_list, 24);
RINGSOCK_SIZE(ws2_servent, 32);
RINGSOCK_OFFSET(ws2_servent, s_proto, 16);
RINGSOCK_OFFSET(ws2_servent, s_port, 24);
RINGSOCK_SIZE(ws2_protoent, 24);
RINGSOCK_OFFSET(ws2_protoent, p_proto, 16);
RINGSOCK_SIZE(ws2_addrinfo, 48);
RINGSOCK_OFFSET(ws2_addrinfo, ai_addrlen, 16);
RINGSOCK_OFFSET(ws2_addrinfo, ai_canonname, 24);
RINGSOCK_OFFSET(ws2_addrinfo, ai_addr, 32);
RINGSOCK_OFFSET(ws2_addrinfo, ai_next, 40);
RINGSOCK_SIZE(ADDRINFOW, 48);
RINGSOCK_SIZE(ADDRINFOEXA, 72);
RINGSOCK_SIZE(ADDRINFOEXW, 72);

#undef RINGSOCK_OFFSET
#undef RINGSOCK_SIZE

#endif
