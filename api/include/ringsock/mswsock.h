// SPDX-License-Identifier: BSD-3-Clause
// Extensions beyond Winsock 2: ConnectEx, AcceptEx and their kin, TCP control operations, and registered I/O.
// Those given only as LPFN_* types are obtained through WSAIoctl(SIO_GET_EXTENSION_FUNCTION_POINTER) with
// their WSAID_*; the RIO table through SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER with WSAID_MULTIPLE_RIO.
// C11 and C++20. Any thread may call, except that RIO queues are the caller's to serialise.
#ifndef RINGSOCK_MSWSOCK_H
#define RINGSOCK_MSWSOCK_H

#include <ringsock/ws2.h>

RINGSOCK_EXTERN_C_BEGIN

// clang-format off
// ---- socket options of this header, level SOL_SOCKET ----
#define SO_CONNDATA                  0x7000
#define SO_CONNOPT                   0x7001
#define SO_DISCDATA                  0x7002
#define SO_DISCOPT                   0x7003
#define SO_CONNDATALEN               0x7004
#define SO_CONNOPTLEN                0x7005
#define SO_DISCDATALEN               0x7006
#define SO_DISCOPTLEN                0x7007
#define SO_OPENTYPE                  0x7008
#define SO_SYNCHRONOUS_ALERT         0x10
#define SO_SYNCHRONOUS_NONALERT      0x20
#define SO_MAXDG                     0x7009
#define SO_MAXPATHDG                 0x700A
#define SO_UPDATE_ACCEPT_CONTEXT     0x700B   // after AcceptEx; value: the listener's SOCKET
#define SO_CONNECT_TIME              0x700C   // DWORD seconds since connected, 0xFFFFFFFF if not
#define SO_UPDATE_CONNECT_CONTEXT    0x7010   // after ConnectEx; no value
#define WS_SO_UPDATE_ACCEPT_CONTEXT  SO_UPDATE_ACCEPT_CONTEXT
#define WS_SO_CONNECT_TIME           SO_CONNECT_TIME
#define WS_SO_UPDATE_CONNECT_CONTEXT SO_UPDATE_CONNECT_CONTEXT

// ---- control operations ----
#define SIO_RCVALL                   _WSAIOW(WS_IOC_VENDOR, 1)
#define SIO_RCVALL_MCAST             _WSAIOW(WS_IOC_VENDOR, 2)
#define SIO_RCVALL_IGMPMCAST         _WSAIOW(WS_IOC_VENDOR, 3)
#define SIO_KEEPALIVE_VALS           _WSAIOW(WS_IOC_VENDOR, 4)
#define SIO_ABSORB_RTRALERT          _WSAIOW(WS_IOC_VENDOR, 5)
#define SIO_UCAST_IF                 _WSAIOW(WS_IOC_VENDOR, 6)
#define SIO_LIMIT_BROADCASTS         _WSAIOW(WS_IOC_VENDOR, 7)
#define SIO_INDEX_BIND               _WSAIOW(WS_IOC_VENDOR, 8)
#define SIO_INDEX_MCASTIF            _WSAIOW(WS_IOC_VENDOR, 9)
#define SIO_INDEX_ADD_MCAST          _WSAIOW(WS_IOC_VENDOR, 10)
#define SIO_INDEX_DEL_MCAST          _WSAIOW(WS_IOC_VENDOR, 11)
#define SIO_UDP_CONNRESET            _WSAIOW(WS_IOC_VENDOR, 12)
#define SIO_SOCKET_CLOSE_NOTIFY      _WSAIOW(WS_IOC_VENDOR, 13)
#define SIO_UDP_NETRESET             _WSAIOW(WS_IOC_VENDOR, 15)
#define SIO_LOOPBACK_FAST_PATH       _WSAIOW(WS_IOC_VENDOR, 16)
#define SIO_TCP_INITIAL_RTO          _WSAIOW(WS_IOC_VENDOR, 17)
#define SIO_APPLY_TRANSPORT_SETTING  _WSAIOW(WS_IOC_VENDOR, 19)
#define SIO_QUERY_TRANSPORT_SETTING  _WSAIOW(WS_IOC_VENDOR, 20)
#define SIO_CPU_AFFINITY             _WSAIOW(WS_IOC_VENDOR, 21)
#define SIO_TCP_SET_ICW              _WSAIOW(WS_IOC_VENDOR, 22)
#define SIO_TCP_SET_ACK_FREQUENCY    _WSAIOW(WS_IOC_VENDOR, 23)
#define SIO_SET_PRIORITY_HINT        _WSAIOW(WS_IOC_VENDOR, 24)
#define SIO_PRIORITY_HINT            SIO_SET_PRIORITY_HINT
#define SIO_TCP_INFO                 _WSAIORW(WS_IOC_VENDOR, 39)
#define SIO_ACQUIRE_PORT_RESERVATION _WSAIOW(WS_IOC_VENDOR, 100)
#define SIO_RELEASE_PORT_RESERVATION _WSAIOW(WS_IOC_VENDOR, 101)
#define SIO_ASSOCIATE_PORT_RESERVATION _WSAIOW(WS_IOC_VENDOR, 102)
#define SIO_BSP_HANDLE               _WSAIOR(WS_IOC_WS2, 27)
#define SIO_BSP_HANDLE_SELECT        _WSAIOR(WS_IOC_WS2, 28)
#define SIO_BSP_HANDLE_POLL          _WSAIOR(WS_IOC_WS2, 29)
#define SIO_EXT_SELECT               _WSAIORW(WS_IOC_WS2, 30)
#define SIO_EXT_POLL                 _WSAIORW(WS_IOC_WS2, 31)
#define SIO_EXT_SENDMSG              _WSAIORW(WS_IOC_WS2, 32)
#define SIO_BASE_HANDLE              _WSAIOR(WS_IOC_WS2, 34)

// ---- flags ----
#define TF_DISCONNECT                0x01
#define TF_REUSE_SOCKET              0x02
#define TF_WRITE_BEHIND              0x04
#define TF_USE_DEFAULT_WORKER        0x00
#define TF_USE_SYSTEM_THREAD         0x10
#define TF_USE_KERNEL_APC            0x20
#define DE_REUSE_SOCKET              TF_REUSE_SOCKET
#define TP_ELEMENT_MEMORY            1
#define TP_ELEMENT_FILE              2
#define TP_ELEMENT_EOP               4
#define TP_DISCONNECT                TF_DISCONNECT
#define TP_REUSE_SOCKET              TF_REUSE_SOCKET
#define TP_USE_DEFAULT_WORKER        TF_USE_DEFAULT_WORKER
#define TP_USE_SYSTEM_THREAD         TF_USE_SYSTEM_THREAD
#define TP_USE_KERNEL_APC            TF_USE_KERNEL_APC

// ---- identifiers of extension functions ----
#define WSAID_CONNECTEX      {0x25a207b9, 0xddf3, 0x4660, {0x8e, 0xe9, 0x76, 0xe5, 0x8c, 0x74, 0x06, 0x3e}}
#define WSAID_DISCONNECTEX   {0x7fda2e11, 0x8630, 0x436f, {0xa0, 0x31, 0xf5, 0x36, 0xa6, 0xee, 0xc1, 0x57}}
#define WSAID_ACCEPTEX       {0xb5367df1, 0xcbac, 0x11cf, {0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}}
#define WSAID_GETACCEPTEXSOCKADDRS \
                             {0xb5367df2, 0xcbac, 0x11cf, {0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}}
#define WSAID_TRANSMITFILE   {0xb5367df0, 0xcbac, 0x11cf, {0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}}
#define WSAID_TRANSMITPACKETS {0xd9689da0, 0x1f90, 0x11d3, {0x99, 0x71, 0x00, 0xc0, 0x4f, 0x68, 0xc8, 0x76}}
#define WSAID_WSARECVMSG     {0xf689d7c8, 0x6f1f, 0x436b, {0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22}}
#define WSAID_WSASENDMSG     {0xa441e712, 0x754f, 0x43ca, {0x84, 0xa7, 0x0d, 0xee, 0x44, 0xcf, 0x60, 0x6d}}
#define WSAID_WSAPOLL        {0x18c76f85, 0xdc66, 0x4964, {0x97, 0x2e, 0x23, 0xc2, 0x72, 0x38, 0x31, 0x2b}}
#define WSAID_MULTIPLE_RIO   {0x8509e081, 0x96dd, 0x4005, {0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f}}
// clang-format on

// ---- connections ----

/// Connects a *bound* stream socket, always overlapped; the optional bytes follow the handshake and their
/// count is the operation's. FALSE with ERROR_IO_PENDING, or WSAEINVAL (not bound, listening), WSAEALREADY,
/// WSAEISCONN, ERROR_INVALID_PARAMETER (no overlapped) and the errors of WSAConnect. Winsock: LPFN_CONNECTEX.
typedef BOOL (*LPFN_CONNECTEX)(SOCKET s, const struct sockaddr* name, int namelen, PVOID lpSendBuffer,
                               DWORD dwSendDataLength, LPDWORD lpdwBytesSent, LPOVERLAPPED lpOverlapped);
/// Closes a connection; with TF_REUSE_SOCKET the socket stays bound and may be connected again. Winsock:
/// LPFN_DISCONNECTEX.
typedef BOOL (*LPFN_DISCONNECTEX)(SOCKET s, LPOVERLAPPED lpOverlapped, DWORD dwFlags, DWORD dwReserved);
/// Accepts into an unbound socket the caller made; first data, local and remote address land in the buffer,
/// each address needing its size plus 16 bytes. FALSE with ERROR_IO_PENDING, WSAECONNRESET, WSAEINVAL,
/// WSAEFAULT. Winsock: AcceptEx.
RINGSOCK_API BOOL AcceptEx(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                           DWORD dwReceiveDataLength, DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                           LPDWORD lpdwBytesReceived, LPOVERLAPPED lpOverlapped);
typedef BOOL (*LPFN_ACCEPTEX)(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                              DWORD dwReceiveDataLength, DWORD dwLocalAddressLength,
                              DWORD dwRemoteAddressLength, LPDWORD lpdwBytesReceived,
                              LPOVERLAPPED lpOverlapped);
/// Finds the two addresses inside AcceptEx's buffer, with the same three lengths. Cannot fail. Winsock:
/// GetAcceptExSockaddrs.
RINGSOCK_API void GetAcceptExSockaddrs(PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                                       DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                       struct sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                       struct sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength);
typedef void (*LPFN_GETACCEPTEXSOCKADDRS)(PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                                          DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                          struct sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                          struct sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength);

// ---- data ----

/// Receives like recv, with flags in and out (WS_MSG_PARTIAL). Winsock: WSARecvEx.
RINGSOCK_API int WSARecvEx(SOCKET s, char* buf, int len, int* flags);
/// Receives a datagram with control data (WS_IP_PKTINFO and so on). Winsock: LPFN_WSARECVMSG.
typedef INT (*LPFN_WSARECVMSG)(SOCKET s, LPWSAMSG lpMsg, LPDWORD lpdwNumberOfBytesRecvd,
                               LPWSAOVERLAPPED lpOverlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// WSASendMsg and WSAPoll through a pointer.
typedef INT (*LPFN_WSASENDMSG)(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                               LPWSAOVERLAPPED lpOverlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
typedef INT (*LPFN_WSAPOLL)(LPWSAPOLLFD fdArray, ULONG nfds, INT timeout);

/// Bytes before and after the file of TransmitFile.
typedef struct _TRANSMIT_FILE_BUFFERS {
    LPVOID Head;
    DWORD HeadLength;
    LPVOID Tail;
    DWORD TailLength;
} TRANSMIT_FILE_BUFFERS, *PTRANSMIT_FILE_BUFFERS, *LPTRANSMIT_FILE_BUFFERS;

/// One piece of TransmitPackets: memory or a file range.
typedef struct _TRANSMIT_PACKETS_ELEMENT {
    ULONG dwElFlags;
    ULONG cLength;
    __extension__ union {
        __extension__ struct {
            LARGE_INTEGER nFileOffset;
            HANDLE hFile;
        };
        PVOID pBuffer;
    };
} TRANSMIT_PACKETS_ELEMENT, *PTRANSMIT_PACKETS_ELEMENT, *LPTRANSMIT_PACKETS_ELEMENT;

/// Sends a file (CreateFileA handle; 0 bytes: all of it) between two buffers. WSAENOTCONN, WSAEOPNOTSUPP.
/// Winsock: TransmitFile.
RINGSOCK_API BOOL TransmitFile(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite,
                               DWORD nNumberOfBytesPerSend, LPOVERLAPPED lpOverlapped,
                               LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwReserved);
typedef BOOL (*LPFN_TRANSMITFILE)(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite,
                                  DWORD nNumberOfBytesPerSend, LPOVERLAPPED lpOverlapped,
                                  LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwReserved);
typedef BOOL (*LPFN_TRANSMITPACKETS)(SOCKET hSocket, LPTRANSMIT_PACKETS_ELEMENT lpPacketArray,
                                     DWORD nElementCount, DWORD nSendSize, LPOVERLAPPED lpOverlapped,
                                     DWORD dwFlags);

// Walking WSAMSG::Control. Records are aligned to 8.
#define WSA_CMSGHDR_ALIGN(length) (((SIZE_T)(length) + 7U) & ~(SIZE_T)7U)
#define WSA_CMSGDATA_ALIGN(length) WSA_CMSGHDR_ALIGN(length)
#define WSA_CMSG_FIRSTHDR(msg) \
    ((msg)->Control.len >= sizeof(WSACMSGHDR) ? (LPWSACMSGHDR)(void*)(msg)->Control.buf : (LPWSACMSGHDR)NULL)
#define WSA_CMSG_NXTHDR(msg, cmsg) ringsock_next_control_record((msg), (cmsg))
#define WSA_CMSG_DATA(cmsg) ((UCHAR*)(cmsg) + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)))
#define WSA_CMSG_SPACE(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + WSA_CMSGHDR_ALIGN(length))
#define WSA_CMSG_LEN(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + (SIZE_T)(length))

/// The record after `record` (null: the first), or null at the end. A length below the record head ends the
/// walk, so that hostile lengths cannot make it loop or leave the buffer.
static inline LPWSACMSGHDR ringsock_next_control_record(const WSAMSG* message, LPWSACMSGHDR record) {
    SIZE_T offset;
    SIZE_T step;
    if (!record) return WSA_CMSG_FIRSTHDR(message);
    offset = (SIZE_T)((CHAR*)record - message->Control.buf);
    if (record->cmsg_len < sizeof(WSACMSGHDR) || record->cmsg_len > message->Control.len - offset)
        return NULL;
    step = WSA_CMSGHDR_ALIGN(record->cmsg_len);
    if (step + sizeof(WSACMSGHDR) > message->Control.len - offset) return NULL;
    return (LPWSACMSGHDR)(void*)((CHAR*)record + step);
}

// ---- TCP control blocks ----

/// SIO_KEEPALIVE_VALS; times in milliseconds.
struct tcp_keepalive {
    ULONG onoff;
    ULONG keepalivetime;
    ULONG keepaliveinterval;
};

/// SIO_TCP_INITIAL_RTO, before connect: first time-out in milliseconds and number of SYN repetitions.
typedef struct _TCP_INITIAL_RTO_PARAMETERS {
    USHORT Rtt;
    UCHAR MaxSynRetransmissions;
} TCP_INITIAL_RTO_PARAMETERS, *PTCP_INITIAL_RTO_PARAMETERS;
#define TCP_INITIAL_RTO_UNSPECIFIED_RTT ((USHORT)0xFFFF)
#define TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS ((UCHAR)0xFF)
#define TCP_INITIAL_RTO_DEFAULT_RTT 0
#define TCP_INITIAL_RTO_DEFAULT_MAX_SYN_RETRANSMISSIONS 0
#define TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS ((UCHAR)0xFE)

/// SIO_TCP_SET_ICW.
typedef enum {
    TCP_ICW_LEVEL_DEFAULT = 0,
    TCP_ICW_LEVEL_HIGH = 1,
    TCP_ICW_LEVEL_VERY_HIGH = 2,
    TCP_ICW_LEVEL_AGGRESSIVE = 3,
    TCP_ICW_LEVEL_EXPERIMENTAL = 4,
    TCP_ICW_LEVEL_COMPAT = 254,
    TCP_ICW_LEVEL_MAX = 255
} TCP_ICW_LEVEL,
    *PTCP_ICW_LEVEL;
typedef struct _TCP_ICW_PARAMETERS {
    TCP_ICW_LEVEL Level;
} TCP_ICW_PARAMETERS, *PTCP_ICW_PARAMETERS;

/// SIO_TCP_SET_ACK_FREQUENCY: segments per delayed acknowledgment.
typedef struct _TCP_ACK_FREQUENCY_PARAMETERS {
    UCHAR TcpDelayedAckFrequency;
} TCP_ACK_FREQUENCY_PARAMETERS, *PTCP_ACK_FREQUENCY_PARAMETERS;

/// SIO_RCVALL.
typedef enum {
    RCVALL_OFF = 0,
    RCVALL_ON = 1,
    RCVALL_SOCKETLEVELONLY = 2,
    RCVALL_IPLEVEL = 3
} RCVALL_VALUE,
    *PRCVALL_VALUE;

/// State of a connection as SIO_TCP_INFO reports it.
typedef enum _TCPSTATE {
    TCPSTATE_CLOSED = 0,
    TCPSTATE_LISTEN = 1,
    TCPSTATE_SYN_SENT = 2,
    TCPSTATE_SYN_RCVD = 3,
    TCPSTATE_ESTABLISHED = 4,
    TCPSTATE_FIN_WAIT_1 = 5,
    TCPSTATE_FIN_WAIT_2 = 6,
    TCPSTATE_CLOSE_WAIT = 7,
    TCPSTATE_CLOSING = 8,
    TCPSTATE_LAST_ACK = 9,
    TCPSTATE_TIME_WAIT = 10,
    TCPSTATE_MAX = 11
} TCPSTATE;

/// SIO_TCP_INFO, input DWORD 0. Times in the unit of the name, windows and counts in bytes.
typedef struct _TCP_INFO_v0 {
    TCPSTATE State;
    ULONG Mss;
    ULONG64 ConnectionTimeMs;
    BOOLEAN TimestampsEnabled;
    ULONG RttUs;
    ULONG MinRttUs;
    ULONG BytesInFlight;
    ULONG Cwnd;
    ULONG SndWnd;
    ULONG RcvWnd;
    ULONG RcvBuf;
    ULONG64 BytesOut;
    ULONG64 BytesIn;
    ULONG BytesReordered;
    ULONG BytesRetrans;
    ULONG FastRetrans;
    ULONG DupAcksIn;
    ULONG TimeoutEpisodes;
    UCHAR SynRetrans;
} TCP_INFO_v0, *PTCP_INFO_v0;

/// SIO_TCP_INFO, input DWORD 1: also how long each limit held the sender back (milliseconds).
typedef struct _TCP_INFO_v1 {
    TCPSTATE State;
    ULONG Mss;
    ULONG64 ConnectionTimeMs;
    BOOLEAN TimestampsEnabled;
    ULONG RttUs;
    ULONG MinRttUs;
    ULONG BytesInFlight;
    ULONG Cwnd;
    ULONG SndWnd;
    ULONG RcvWnd;
    ULONG RcvBuf;
    ULONG64 BytesOut;
    ULONG64 BytesIn;
    ULONG BytesReordered;
    ULONG BytesRetrans;
    ULONG FastRetrans;
    ULONG DupAcksIn;
    ULONG TimeoutEpisodes;
    UCHAR SynRetrans;
    ULONG SndLimTransRwin;
    ULONG SndLimTimeRwin;
    ULONG64 SndLimBytesRwin;
    ULONG SndLimTransCwnd;
    ULONG SndLimTimeCwnd;
    ULONG64 SndLimBytesCwnd;
    ULONG SndLimTransSnd;
    ULONG SndLimTimeSnd;
    ULONG64 SndLimBytesSnd;
} TCP_INFO_v1, *PTCP_INFO_v1;

/// WS_TCP_ICMP_ERROR_INFO: who reported what about a failed connect.
typedef struct icmp_error_info {
    SOCKADDR_INET srcaddress;
    INT protocol;
    UCHAR type;
    UCHAR code;
} ICMP_ERROR_INFO, *PICMP_ERROR_INFO;

/// SIO_ACQUIRE_PORT_RESERVATION and its kin.
typedef struct _INET_PORT_RANGE {
    USHORT StartPort;
    USHORT NumberOfPorts;
} INET_PORT_RANGE, *PINET_PORT_RANGE, INET_PORT_RESERVATION, *PINET_PORT_RESERVATION;
typedef struct {
    ULONG64 Token;
} INET_PORT_RESERVATION_TOKEN, *PINET_PORT_RESERVATION_TOKEN;
typedef struct {
    INET_PORT_RESERVATION Reservation;
    INET_PORT_RESERVATION_TOKEN Token;
} INET_PORT_RESERVATION_INSTANCE, *PINET_PORT_RESERVATION_INSTANCE;

/// Address of SIO_GET_INTERFACE_LIST: room for the older, 24-byte IPv6 form.
struct sockaddr_in6_old {
    USHORT sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    ws2_in6_addr sin6_addr;
};
typedef union sockaddr_gen {
#ifdef RINGSOCK_OVERLAY
    struct sockaddr Address;
#else
    struct {
        USHORT sa_family;
        CHAR sa_data[14];
    } Address;
#endif
    ws2_sockaddr_in AddressIn;
    struct sockaddr_in6_old AddressIn6;
} sockaddr_gen;
/// One interface of SIO_GET_INTERFACE_LIST; WS_IFF_* flags.
typedef struct _INTERFACE_INFO {
    ULONG iiFlags;
    sockaddr_gen iiAddress;
    sockaddr_gen iiBroadcastAddress;
    sockaddr_gen iiNetmask;
} INTERFACE_INFO, *LPINTERFACE_INFO;

// ---- registered I/O: MSW "RIO" pages. A request queue and a completion queue belong to one thread at a time
// ----

typedef struct RIO_BUFFERID_t *RIO_BUFFERID, **PRIO_BUFFERID;
typedef struct RIO_CQ_t *RIO_CQ, **PRIO_CQ;
typedef struct RIO_RQ_t *RIO_RQ, **PRIO_RQ;

#define RIO_MSG_DONT_NOTIFY 1
#define RIO_MSG_DEFER 2
#define RIO_MSG_WAITALL 4
#define RIO_MSG_COMMIT_ONLY 8
#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)(ULONG_PTR)0xFFFFFFFF)
#define RIO_INVALID_CQ ((RIO_CQ)0)
#define RIO_INVALID_RQ ((RIO_RQ)0)
#define RIO_MAX_CQ_SIZE 0x8000000
#define RIO_CORRUPT_CQ 0xFFFFFFFFU

/// One finished request. Status is a WSAE* or Win32 code, 0 for success.
typedef struct _RIORESULT {
    LONG Status;
    ULONG BytesTransferred;
    ULONGLONG SocketContext;
    ULONGLONG RequestContext;
} RIORESULT, *PRIORESULT;

/// A slice of a registered buffer, in bytes.
typedef struct _RIO_BUF {
    RIO_BUFFERID BufferId;
    ULONG Offset;
    ULONG Length;
} RIO_BUF, *PRIO_BUF;

typedef enum _RIO_NOTIFICATION_COMPLETION_TYPE {
    RIO_EVENT_COMPLETION = 1,
    RIO_IOCP_COMPLETION = 2
} RIO_NOTIFICATION_COMPLETION_TYPE,
    *PRIO_NOTIFICATION_COMPLETION_TYPE;

/// How RIONotify tells that a completion queue is no longer empty.
typedef struct _RIO_NOTIFICATION_COMPLETION {
    RIO_NOTIFICATION_COMPLETION_TYPE Type;
    __extension__ union {
        struct {
            HANDLE EventHandle;
            BOOL NotifyReset;
        } Event;
        struct {
            HANDLE IocpHandle;
            PVOID CompletionKey;
            PVOID Overlapped;
        } Iocp;
    };
} RIO_NOTIFICATION_COMPLETION, *PRIO_NOTIFICATION_COMPLETION;

typedef BOOL (*LPFN_RIORECEIVE)(RIO_RQ SocketQueue, PRIO_BUF pData, ULONG DataBufferCount, DWORD Flags,
                                PVOID RequestContext);
typedef int (*LPFN_RIORECEIVEEX)(RIO_RQ SocketQueue, PRIO_BUF pData, ULONG DataBufferCount,
                                 PRIO_BUF pLocalAddress, PRIO_BUF pRemoteAddress, PRIO_BUF pControlContext,
                                 PRIO_BUF pFlags, DWORD Flags, PVOID RequestContext);
typedef BOOL (*LPFN_RIOSEND)(RIO_RQ SocketQueue, PRIO_BUF pData, ULONG DataBufferCount, DWORD Flags,
                             PVOID RequestContext);
typedef BOOL (*LPFN_RIOSENDEX)(RIO_RQ SocketQueue, PRIO_BUF pData, ULONG DataBufferCount,
                               PRIO_BUF pLocalAddress, PRIO_BUF pRemoteAddress, PRIO_BUF pControlContext,
                               PRIO_BUF pFlags, DWORD Flags, PVOID RequestContext);
typedef void (*LPFN_RIOCLOSECOMPLETIONQUEUE)(RIO_CQ CQ);
typedef RIO_CQ (*LPFN_RIOCREATECOMPLETIONQUEUE)(DWORD QueueSize,
                                                PRIO_NOTIFICATION_COMPLETION NotificationCompletion);
typedef RIO_RQ (*LPFN_RIOCREATEREQUESTQUEUE)(SOCKET Socket, ULONG MaxOutstandingReceive,
                                             ULONG MaxReceiveDataBuffers, ULONG MaxOutstandingSend,
                                             ULONG MaxSendDataBuffers, RIO_CQ ReceiveCQ, RIO_CQ SendCQ,
                                             PVOID SocketContext);
typedef ULONG (*LPFN_RIODEQUEUECOMPLETION)(RIO_CQ CQ, PRIORESULT Array, ULONG ArraySize);
typedef void (*LPFN_RIODEREGISTERBUFFER)(RIO_BUFFERID BufferId);
typedef INT (*LPFN_RIONOTIFY)(RIO_CQ CQ);
typedef RIO_BUFFERID (*LPFN_RIOREGISTERBUFFER)(PCHAR DataBuffer, DWORD DataLength);
typedef BOOL (*LPFN_RIORESIZECOMPLETIONQUEUE)(RIO_CQ CQ, DWORD QueueSize);
typedef BOOL (*LPFN_RIORESIZEREQUESTQUEUE)(RIO_RQ RQ, DWORD MaxOutstandingReceive, DWORD MaxOutstandingSend);

/// All of registered I/O; cbSize is the table's size in bytes.
typedef struct _RIO_EXTENSION_FUNCTION_TABLE {
    DWORD cbSize;
    LPFN_RIORECEIVE RIOReceive;
    LPFN_RIORECEIVEEX RIOReceiveEx;
    LPFN_RIOSEND RIOSend;
    LPFN_RIOSENDEX RIOSendEx;
    LPFN_RIOCLOSECOMPLETIONQUEUE RIOCloseCompletionQueue;
    LPFN_RIOCREATECOMPLETIONQUEUE RIOCreateCompletionQueue;
    LPFN_RIOCREATEREQUESTQUEUE RIOCreateRequestQueue;
    LPFN_RIODEQUEUECOMPLETION RIODequeueCompletion;
    LPFN_RIODEREGISTERBUFFER RIODeregisterBuffer;
    LPFN_RIONOTIFY RIONotify;
    LPFN_RIOREGISTERBUFFER RIORegisterBuffer;
    LPFN_RIORESIZECOMPLETIONQUEUE RIOResizeCompletionQueue;
    LPFN_RIORESIZEREQUESTQUEUE RIOResizeRequestQueue;
} RIO_EXTENSION_FUNCTION_TABLE, *PRIO_EXTENSION_FUNCTION_TABLE;

RINGSOCK_LAYOUT(sizeof(TRANSMIT_FILE_BUFFERS) == 32 && sizeof(TRANSMIT_PACKETS_ELEMENT) == 24);
RINGSOCK_LAYOUT(sizeof(struct tcp_keepalive) == 12 && sizeof(TCP_INITIAL_RTO_PARAMETERS) == 4);
RINGSOCK_LAYOUT(sizeof(TCP_INFO_v0) == 88 && sizeof(TCP_INFO_v1) == 136);
RINGSOCK_LAYOUT(sizeof(ICMP_ERROR_INFO) == 36 && sizeof(INET_PORT_RESERVATION_INSTANCE) == 16);
RINGSOCK_LAYOUT(sizeof(sockaddr_gen) == 24 && sizeof(INTERFACE_INFO) == 76);
RINGSOCK_LAYOUT(sizeof(RIORESULT) == 24 && sizeof(RIO_BUF) == 16);
RINGSOCK_LAYOUT(sizeof(RIO_NOTIFICATION_COMPLETION) == 32);
RINGSOCK_LAYOUT(sizeof(RIO_EXTENSION_FUNCTION_TABLE) == 112);

RINGSOCK_EXTERN_C_END

#endif
