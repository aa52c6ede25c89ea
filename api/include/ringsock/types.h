// SPDX-License-Identifier: BSD-3-Clause
// Every type of the socket interface, with the layout of 64-bit Windows: scalars, error codes, constants and
// then the structures. C11 and C++20; mixes with <sys/socket.h>, <netinet/in.h>, <poll.h> and <netdb.h> in
// any order. A structure whose Winsock name is also a POSIX name is called ws2_*; sockaddr and timeval are
// the system's own.
#ifndef RINGSOCK_TYPES_H
#define RINGSOCK_TYPES_H

#include <ringsock/base_types.h>

#include <sys/time.h>

#include <ringsock/constants.h>
#include <ringsock/error_codes.h>

RINGSOCK_EXTERN_C_BEGIN

// ---- addresses ----

#ifdef RINGSOCK_OVERLAY
/// Generic address: family, then 14 bytes that depend on it.
struct sockaddr {
    USHORT sa_family;
    CHAR sa_data[14];
};
#else
/// Defined by <sys/socket.h>; the same 16 bytes. Only its family *values* differ from ours.
struct sockaddr;
#endif
typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;
typedef struct timeval TIMEVAL, *PTIMEVAL, *LPTIMEVAL;
typedef USHORT ADDRESS_FAMILY;

/// IPv4 address in network byte order. Both `S_un.S_addr` and `s_addr` name the 32 bits, without a macro.
typedef struct WS2_TAG(in_addr) {
    __extension__ union {
        __extension__ union {
            struct {
                UCHAR s_b1, s_b2, s_b3, s_b4;
            } S_un_b;
            struct {
                USHORT s_w1, s_w2;
            } S_un_w;
            ULONG S_addr;
        } S_un;
        ULONG s_addr;
    };
} ws2_in_addr, IN_ADDR, *PIN_ADDR, *LPIN_ADDR;

/// IPv6 address in network byte order.
typedef struct WS2_TAG(in6_addr) {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} ws2_in6_addr, IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;

/// IPv4 socket address; port and address in network byte order.
typedef struct WS2_TAG(sockaddr_in) {
    USHORT sin_family;
    USHORT sin_port;
    ws2_in_addr sin_addr;
    CHAR sin_zero[8];
} ws2_sockaddr_in, SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;

/// Zone and level of an IPv6 scope identifier.
typedef struct {
    union {
        struct {
            ULONG Zone : 28;
            ULONG Level : 4;
        } parts;
        ULONG Value;
    } u;
} SCOPE_ID, *PSCOPE_ID;

/// IPv6 socket address; family WS_AF_INET6 (23).
typedef struct WS2_TAG(sockaddr_in6) {
    USHORT sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    ws2_in6_addr sin6_addr;
    union {
        ULONG sin6_scope_id;
        SCOPE_ID sin6_scope_struct;
    };
} ws2_sockaddr_in6, SOCKADDR_IN6, *PSOCKADDR_IN6, *LPSOCKADDR_IN6;

/// Room for any address, aligned to 8.
typedef struct WS2_TAG(sockaddr_storage) {
    USHORT ss_family;
    CHAR __ss_pad1[6];
    LONGLONG __ss_align;
    CHAR __ss_pad2[112];
} ws2_sockaddr_storage, SOCKADDR_STORAGE, *PSOCKADDR_STORAGE, *LPSOCKADDR_STORAGE;

/// Either Internet address.
typedef union _SOCKADDR_INET {
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6 Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

/// Address with its length in bytes; the pointed-to bytes belong to whoever filled it in.
typedef struct _SOCKET_ADDRESS {
    LPSOCKADDR lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;

/// `iAddressCount` addresses; the array continues past its declared length of one.
typedef struct _SOCKET_ADDRESS_LIST {
    INT iAddressCount;
    SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;

/// Local and remote address of one endpoint, with its type and protocol.
typedef struct _CSADDR_INFO {
    SOCKET_ADDRESS LocalAddr;
    SOCKET_ADDRESS RemoteAddr;
    INT iSocketType;
    INT iProtocol;
} CSADDR_INFO, *PCSADDR_INFO, *LPCSADDR_INFO;

// ---- options ----

/// WS_SO_LINGER: on or off, and seconds.
typedef struct WS2_TAG(linger) {
    USHORT l_onoff;
    USHORT l_linger;
} ws2_linger, LINGER, *PLINGER, *LPLINGER;

/// WS_IP_ADD_MEMBERSHIP and its kin.
typedef struct WS2_TAG(ip_mreq) {
    ws2_in_addr imr_multiaddr;
    ws2_in_addr imr_interface;
} ws2_ip_mreq, IP_MREQ, *PIP_MREQ;

/// WS_IP_ADD_SOURCE_MEMBERSHIP and its kin.
typedef struct WS2_TAG(ip_mreq_source) {
    ws2_in_addr imr_multiaddr;
    ws2_in_addr imr_sourceaddr;
    ws2_in_addr imr_interface;
} ws2_ip_mreq_source, IP_MREQ_SOURCE, *PIP_MREQ_SOURCE;

/// WS_IPV6_ADD_MEMBERSHIP; the interface index is in host byte order, 0 for the default.
typedef struct WS2_TAG(ipv6_mreq) {
    ws2_in6_addr ipv6mr_multiaddr;
    ULONG ipv6mr_interface;
} ws2_ipv6_mreq, IPV6_MREQ, *PIPV6_MREQ;

/// WS_MCAST_JOIN_GROUP, WS_MCAST_LEAVE_GROUP.
typedef struct WS2_TAG(group_req) {
    ULONG gr_interface;
    SOCKADDR_STORAGE gr_group;
} ws2_group_req, GROUP_REQ, *PGROUP_REQ;

/// WS_MCAST_JOIN_SOURCE_GROUP and its kin.
typedef struct WS2_TAG(group_source_req) {
    ULONG gsr_interface;
    SOCKADDR_STORAGE gsr_group;
    SOCKADDR_STORAGE gsr_source;
} ws2_group_source_req, GROUP_SOURCE_REQ, *PGROUP_SOURCE_REQ;

/// Control data of WS_IP_PKTINFO.
typedef struct WS2_TAG(in_pktinfo) {
    ws2_in_addr ipi_addr;
    ULONG ipi_ifindex;
} ws2_in_pktinfo, IN_PKTINFO, *PIN_PKTINFO;

/// Control data of WS_IPV6_PKTINFO.
typedef struct WS2_TAG(in6_pktinfo) {
    ws2_in6_addr ipi6_addr;
    ULONG ipi6_ifindex;
} ws2_in6_pktinfo, IN6_PKTINFO, *PIN6_PKTINFO;

// ---- data transfer ----

/// One piece of a scatter or gather list. The bytes stay the caller's; an overlapped call needs them until it
/// completes.
typedef struct _WSABUF {
    ULONG len;
    CHAR* buf;
} WSABUF, *PWSABUF, *LPWSABUF;

/// State of one pending overlapped operation. It must stay in place until the operation completes. `hEvent`,
/// if set, is signalled at completion; its lowest bit set suppresses the completion-port record.
typedef struct _OVERLAPPED {
    ULONG_PTR Internal;
    ULONG_PTR InternalHigh;
    __extension__ union {
        __extension__ struct {
            DWORD Offset;
            DWORD OffsetHigh;
        };
        PVOID Pointer;
    };
    HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;
typedef OVERLAPPED WSAOVERLAPPED;
typedef LPOVERLAPPED LPWSAOVERLAPPED;

/// One record of a completion port. Winsock: OVERLAPPED_ENTRY.
typedef struct _OVERLAPPED_ENTRY {
    ULONG_PTR lpCompletionKey;
    LPOVERLAPPED lpOverlapped;
    ULONG_PTR Internal;
    DWORD dwNumberOfBytesTransferred;
} OVERLAPPED_ENTRY, *LPOVERLAPPED_ENTRY;

/// Called in the thread that started the operation, from inside one of its alertable waits.
typedef void (*LPWSAOVERLAPPED_COMPLETION_ROUTINE)(DWORD dwError, DWORD cbTransferred,
                                                   LPWSAOVERLAPPED lpOverlapped, DWORD dwFlags);

/// Everything about one datagram: peer, bytes, control data, flags.
typedef struct _WSAMSG {
    LPSOCKADDR name;
    INT namelen;
    LPWSABUF lpBuffers;
    ULONG dwBufferCount;
    WSABUF Control;
    ULONG dwFlags;
} WSAMSG, *PWSAMSG, *LPWSAMSG;

/// Head of one control-data record inside WSAMSG::Control.
typedef struct _WSACMSGHDR {
    SIZE_T cmsg_len;
    INT cmsg_level;
    INT cmsg_type;
} WSACMSGHDR, *PWSACMSGHDR, *LPWSACMSGHDR;

// ---- waiting ----

#ifndef WS2_FD_SETSIZE
#define WS2_FD_SETSIZE 64
#endif

/// Set of sockets for select: a count and an array, not a bit mask. A caller may make the array longer by
/// defining WS2_FD_SETSIZE before inclusion (FD_SETSIZE in the overlay), or shorter: Ringsock touches
/// `fd_count` entries only.
typedef struct WS2_TAG(fd_set) {
    UINT fd_count;
    SOCKET fd_array[WS2_FD_SETSIZE];
} ws2_fd_set;

/// One entry of WSAPoll. A negative or unknown `fd` is reported as WS_POLLNVAL.
#ifdef RINGSOCK_OVERLAY
typedef struct pollfd {
#else
typedef struct ws2_pollfd {
#endif
    SOCKET fd;
    SHORT events;
    SHORT revents;
} WSAPOLLFD, *PWSAPOLLFD, *LPWSAPOLLFD;

/// Recorded events of a socket; `iErrorCode[bit]` is meaningful only where `lNetworkEvents` has that bit.
typedef struct _WSANETWORKEVENTS {
    LONG lNetworkEvents;
    INT iErrorCode[FD_MAX_EVENTS];
} WSANETWORKEVENTS, *LPWSANETWORKEVENTS;

/// One request of ProcessSocketNotifications: which socket, which SOCK_NOTIFY_* conditions, what to do and
/// how to trigger. `registrationResult` is written: 0 or an error code.
typedef struct SOCK_NOTIFY_REGISTRATION {
    SOCKET socket;
    PVOID completionKey;
    UINT16 eventFilter;
    UINT8 operation;
    UINT8 triggerFlags;
    DWORD registrationResult;
} SOCK_NOTIFY_REGISTRATION;

// ---- quality of service ----

typedef ULONG SERVICETYPE;

/// Token bucket and expectations of one direction. Rates in bytes per second, sizes in bytes, times in
/// microseconds.
typedef struct _flowspec {
    ULONG TokenRate;
    ULONG TokenBucketSize;
    ULONG PeakBandwidth;
    ULONG Latency;
    ULONG DelayVariation;
    SERVICETYPE ServiceType;
    ULONG MaxSduSize;
    ULONG MinimumPolicedSize;
} FLOWSPEC, *PFLOWSPEC, *LPFLOWSPEC;

/// Both directions and the provider's own objects.
typedef struct _QualityOfService {
    FLOWSPEC SendingFlowspec;
    FLOWSPEC ReceivingFlowspec;
    WSABUF ProviderSpecific;
} QOS, *PQOS, *LPQOS;

/// Head of each object in QOS::ProviderSpecific; the length includes the head.
typedef struct {
    ULONG ObjectType;
    ULONG ObjectLength;
} QOS_OBJECT_HDR, *LPQOS_OBJECT_HDR;

/// Decides about an incoming connection: CF_ACCEPT, CF_REJECT or CF_DEFER. Runs in the thread that called
/// WSAAccept. Caller and callee identifiers are socket addresses. Winsock: WSAAccept page.
typedef int (*LPCONDITIONPROC)(LPWSABUF lpCallerId, LPWSABUF lpCallerData, LPQOS lpSQOS, LPQOS lpGQOS,
                               LPWSABUF lpCalleeId, LPWSABUF lpCalleeData, GROUP* g,
                               DWORD_PTR dwCallbackData);

// ---- start-up and catalogue ----

/// What WSAStartup found. The three middle fields are relics of version 1.1.
typedef struct WSAData {
    WORD wVersion;
    WORD wHighVersion;
    USHORT iMaxSockets;
    USHORT iMaxUdpDg;
    CHAR* lpVendorInfo;
    CHAR szDescription[WSADESCRIPTION_LEN + 1];
    CHAR szSystemStatus[WSASYS_STATUS_LEN + 1];
} WSADATA, *LPWSADATA;

/// Layers of a protocol, top first; length 1 for a base protocol.
typedef struct _WSAPROTOCOLCHAIN {
    INT ChainLen;
    DWORD ChainEntries[MAX_PROTOCOL_CHAIN];
} WSAPROTOCOLCHAIN, *LPWSAPROTOCOLCHAIN;

/// One catalogue entry: what a provider offers. `dwCatalogEntryId` names the host and protocol for WSASocket.
typedef struct _WSAPROTOCOL_INFOA {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    INT iVersion;
    INT iAddressFamily;
    INT iMaxSockAddr;
    INT iMinSockAddr;
    INT iSocketType;
    INT iProtocol;
    INT iProtocolMaxOffset;
    INT iNetworkByteOrder;
    INT iSecurityScheme;
    DWORD dwMessageSize;
    DWORD dwProviderReserved;
    CHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOA, *LPWSAPROTOCOL_INFOA;

/// The same with a UTF-16 name.
typedef struct _WSAPROTOCOL_INFOW {
    DWORD dwServiceFlags1;
    DWORD dwServiceFlags2;
    DWORD dwServiceFlags3;
    DWORD dwServiceFlags4;
    DWORD dwProviderFlags;
    GUID ProviderId;
    DWORD dwCatalogEntryId;
    WSAPROTOCOLCHAIN ProtocolChain;
    INT iVersion;
    INT iAddressFamily;
    INT iMaxSockAddr;
    INT iMinSockAddr;
    INT iSocketType;
    INT iProtocol;
    INT iProtocolMaxOffset;
    INT iNetworkByteOrder;
    INT iSecurityScheme;
    DWORD dwMessageSize;
    DWORD dwProviderReserved;
    WCHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOW, *LPWSAPROTOCOL_INFOW;

// ---- names ----

/// Host by name or address; storage belongs to the calling thread until its next such call.
typedef struct WS2_TAG(hostent) {
    CHAR* h_name;
    CHAR** h_aliases;
    SHORT h_addrtype;
    SHORT h_length;
    CHAR** h_addr_list;
} ws2_hostent, HOSTENT, *PHOSTENT, *LPHOSTENT;

/// Service by name or port (network byte order); storage as for ws2_hostent.
typedef struct WS2_TAG(servent) {
    CHAR* s_name;
    CHAR** s_aliases;
    CHAR* s_proto;
    SHORT s_port;
} ws2_servent, SERVENT, *PSERVENT, *LPSERVENT;

/// Protocol by name or number; storage as for ws2_hostent.
typedef struct WS2_TAG(protoent) {
    CHAR* p_name;
    CHAR** p_aliases;
    SHORT p_proto;
} ws2_protoent, PROTOENT, *PPROTOENT, *LPPROTOENT;

/// Network by name. No call of Ringsock returns one.
typedef struct WS2_TAG(netent) {
    CHAR* n_name;
    CHAR** n_aliases;
    SHORT n_addrtype;
    ULONG n_net;
} ws2_netent;

/// One result of ws2_getaddrinfo. Mind the order: the canonical name comes before the address.
typedef struct WS2_TAG(addrinfo) {
    INT ai_flags;
    INT ai_family;
    INT ai_socktype;
    INT ai_protocol;
    SIZE_T ai_addrlen;
    CHAR* ai_canonname;
    struct sockaddr* ai_addr;
    struct WS2_TAG(addrinfo) * ai_next;
} ws2_addrinfo, ADDRINFOA, *PADDRINFOA, *LPADDRINFO;

/// One result of GetAddrInfoW.
typedef struct addrinfoW {
    INT ai_flags;
    INT ai_family;
    INT ai_socktype;
    INT ai_protocol;
    SIZE_T ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr* ai_addr;
    struct addrinfoW* ai_next;
} ADDRINFOW, *PADDRINFOW;

/// Hints and results of GetAddrInfoExA.
typedef struct addrinfoexA {
    INT ai_flags;
    INT ai_family;
    INT ai_socktype;
    INT ai_protocol;
    SIZE_T ai_addrlen;
    CHAR* ai_canonname;
    struct sockaddr* ai_addr;
    void* ai_blob;
    SIZE_T ai_bloblen;
    LPGUID ai_provider;
    struct addrinfoexA* ai_next;
} ADDRINFOEXA, *PADDRINFOEXA, *LPADDRINFOEXA;

/// Hints and results of GetAddrInfoExW.
typedef struct addrinfoexW {
    INT ai_flags;
    INT ai_family;
    INT ai_socktype;
    INT ai_protocol;
    SIZE_T ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr* ai_addr;
    void* ai_blob;
    SIZE_T ai_bloblen;
    LPGUID ai_provider;
    struct addrinfoexW* ai_next;
} ADDRINFOEXW, *PADDRINFOEXW, *LPADDRINFOEXW;

RINGSOCK_EXTERN_C_END

#include <ringsock/layout.h>

#endif
