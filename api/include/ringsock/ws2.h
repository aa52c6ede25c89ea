// SPDX-License-Identifier: BSD-3-Clause
// The native socket interface: Winsock semantics and Windows values, in names that mix with POSIX headers.
// WSA* calls keep their names; Berkeley calls are spelled ws2_*. C11 and C++20.
//
// Common to all calls, so not repeated below:
//   * Any thread may call any function at any time, on the same socket too; the pages' exceptions are noted.
//   * A failing call returns SOCKET_ERROR, INVALID_SOCKET, FALSE or null and stores its code in the thread's
//     last error (WSAGetLastError, which equals GetLastError). Calls fail with WSANOTINITIALISED before
//     WSAStartup and with WSAENOTSOCK for a handle that is not a socket.
//   * Buffers stay the caller's. Lengths are bytes. Time-outs are milliseconds unless a timeval is taken.
//   * A null overlapped pointer makes a call synchronous: it waits on a blocking socket, and fails with
//     WSAEWOULDBLOCK on a non-blocking one. An overlapped call returns SOCKET_ERROR with WSA_IO_PENDING when
//     it will complete later through its event, completion port or routine.
//   * "Winsock: X" names the page of the Windows Sockets reference that the function follows.
#ifndef RINGSOCK_WS2_H
#define RINGSOCK_WS2_H

#include <ringsock/types.h>

RINGSOCK_EXTERN_C_BEGIN

// ---- start-up ----

/// Starts the runtime for this process, or counts one more user. Negotiates down to version 2.2; fills
/// lpWSAData. The first call reads the configuration (RINGSOCK_CONFIG or ringsock_configure) and starts hosts
/// and engines. Returns the error itself: WSASYSNOTREADY (see ringsock_last_error_text), WSAVERNOTSUPPORTED,
/// WSAEFAULT, WSAEPROCLIM. Winsock: WSAStartup.
RINGSOCK_API int WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData);
/// Undoes one WSAStartup. The last one cancels blocking calls, closes every socket and stops the engines.
/// Winsock: WSACleanup.
RINGSOCK_API int WSACleanup(void);
/// Code of the calling thread's last failure; 0 after a success. Needs no start-up. Winsock: WSAGetLastError.
RINGSOCK_API int WSAGetLastError(void);
/// Sets that code. Winsock: WSASetLastError.
RINGSOCK_API void WSASetLastError(int iError);

/// 1.1: cancels the blocking call that the calling thread's hook interrupted; it fails with WSAEINTR. Only
/// for version 1.1 users, else WSAEOPNOTSUPP; WSAEINVAL when nothing blocks. Winsock: WSACancelBlockingCall.
RINGSOCK_API int WSACancelBlockingCall(void);
/// 1.1: whether the calling thread is inside a blocking call.
RINGSOCK_API BOOL WSAIsBlocking(void);
/// 1.1: installs the calling thread's blocking hook; returns the former one, null on error.
RINGSOCK_API FARPROC WSASetBlockingHook(FARPROC lpBlockFunc);
/// 1.1: restores the default hook of the calling thread.
RINGSOCK_API int WSAUnhookBlockingHook(void);

// ---- sockets ----

/// Makes an overlapped-capable, blocking socket on the calling thread's current host. The caller closes it.
/// WSAEAFNOSUPPORT, WSAESOCKTNOSUPPORT, WSAEPROTONOSUPPORT, WSAEPROTOTYPE, WSAEMFILE, WSAENOBUFS. Winsock:
/// socket.
RINGSOCK_API SOCKET ws2_socket(int af, int type, int protocol);
/// The same with a catalogue entry (its host and protocol win over the first three where they are
/// FROM_PROTOCOL_INFO) and WSA_FLAG_* bits. `g` must be 0. Also WSAEINVAL, WSAEFAULT. Winsock: WSASocketA.
RINGSOCK_API SOCKET WSASocketA(int af, int type, int protocol, LPWSAPROTOCOL_INFOA lpProtocolInfo, GROUP g,
                               DWORD dwFlags);
/// The same with a UTF-16 entry. Winsock: WSASocketW.
RINGSOCK_API SOCKET WSASocketW(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                               DWORD dwFlags);
/// Gives the socket up. Calls in progress on it in other threads fail with WSAEINTR, overlapped operations
/// with WSA_OPERATION_ABORTED. Blocks only with a non-zero linger time on a blocking socket; WSAEWOULDBLOCK
/// with one on a non-blocking socket. Winsock: closesocket.
RINGSOCK_API int ws2_closesocket(SOCKET s);
/// Describes the socket for another process. WSAEOPNOTSUPP unless the process is this one. Winsock:
/// WSADuplicateSocketA.
RINGSOCK_API int WSADuplicateSocketA(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOA lpProtocolInfo);
/// The same in UTF-16. Winsock: WSADuplicateSocketW.
RINGSOCK_API int WSADuplicateSocketW(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo);
/// Lists catalogue entries, all or those of a zero-terminated protocol list. Returns their count;
/// SOCKET_ERROR with WSAENOBUFS stores the bytes needed. Winsock: WSAEnumProtocolsA.
RINGSOCK_API int WSAEnumProtocolsA(LPINT lpiProtocols, LPWSAPROTOCOL_INFOA lpProtocolBuffer,
                                   LPDWORD lpdwBufferLength);
/// The same in UTF-16. Winsock: WSAEnumProtocolsW.
RINGSOCK_API int WSAEnumProtocolsW(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer,
                                   LPDWORD lpdwBufferLength);

/// Gives the socket a local address of its host; port 0 chooses one. WSAEADDRINUSE, WSAEADDRNOTAVAIL,
/// WSAEACCES, WSAEFAULT (short or bad address), WSAEINVAL (already bound), WSAEAFNOSUPPORT. Winsock: bind.
RINGSOCK_API int ws2_bind(SOCKET s, const struct sockaddr* name, int namelen);
/// Starts listening on a bound stream socket. WS_SOMAXCONN asks for the host's limit; WS_SOMAXCONN_HINT(n)
/// for n. WSAEINVAL (not bound), WSAEISCONN, WSAEOPNOTSUPP (datagram), WSAENOBUFS. Winsock: listen.
RINGSOCK_API int ws2_listen(SOCKET s, int backlog);
/// Local address; WSAEINVAL before bind or connect, WSAEFAULT if *namelen is too small. Winsock: getsockname.
RINGSOCK_API int ws2_getsockname(SOCKET s, struct sockaddr* name, int* namelen);
/// Peer's address; WSAENOTCONN without one. Winsock: getpeername.
RINGSOCK_API int ws2_getpeername(SOCKET s, struct sockaddr* name, int* namelen);
/// Ends receiving, sending or both (SD_*); the handle stays open. WSAEINVAL, WSAENOTCONN. Winsock: shutdown.
RINGSOCK_API int ws2_shutdown(SOCKET s, int how);
/// WS_FIONBIO, WS_FIONREAD, WS_SIOCATMARK. The argument is 32 bits. WSAEINVAL when WS_FIONBIO 0 meets an
/// active WSAEventSelect. Winsock: ioctlsocket.
RINGSOCK_API int ws2_ioctlsocket(SOCKET s, LONG cmd, ULONG* argp);
/// Control operations SIO_*; buffers in bytes; may be overlapped. WSAEOPNOTSUPP for an unknown code,
/// WSAEFAULT for a short buffer, WSAEINVAL. Winsock: WSAIoctl.
RINGSOCK_API int WSAIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer,
                          LPVOID lpvOutBuffer, DWORD cbOutBuffer, LPDWORD lpcbBytesReturned,
                          LPWSAOVERLAPPED lpOverlapped,
                          LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Reads an option (WS_SOL_SOCKET / WS_SO_*, WS_IPPROTO_TCP / WS_TCP_*, ...); *optlen in and out.
/// WSAENOPROTOOPT for an unknown option, WSAEFAULT for a short buffer. Winsock: getsockopt.
RINGSOCK_API int ws2_getsockopt(SOCKET s, int level, int optname, char* optval, int* optlen);
/// Writes an option. WSAENOPROTOOPT, WSAEFAULT, WSAEINVAL (value), WSAENOTCONN. Winsock: setsockopt.
RINGSOCK_API int ws2_setsockopt(SOCKET s, int level, int optname, const char* optval, int optlen);

// ---- connect ----

/// WSAConnect without connect data and flow specifications: the same checks, errors and events. Winsock:
/// connect.
RINGSOCK_API int ws2_connect(SOCKET s, const struct sockaddr* name, int namelen);
/// Connects a stream, or sets (AF_INET/6 any-address: dissolves) the peer of a datagram socket. A blocking
/// socket waits, alertably; a non-blocking stream always fails with WSAEWOULDBLOCK first and reports the end
/// through FD_CONNECT, select or WSAPoll. After WSAECONNREFUSED, WSAENETUNREACH and WSAETIMEDOUT the call may
/// be repeated. The reserved lpGQOS must be null. WSAEALREADY, WSAEISCONN, WSAEADDRINUSE, WSAEADDRNOTAVAIL,
/// WSAEAFNOSUPPORT, WSAECONNREFUSED, WSAEFAULT, WSAEINVAL (listening), WSAEINTR (closed or cancelled),
/// WSAENETUNREACH, WSAEHOSTUNREACH, WSAENOBUFS, WSAEOPNOTSUPP (flow specification), WSAEPROTONOSUPPORT
/// (caller data), WSAETIMEDOUT, WSAEACCES (broadcast), WSAENETDOWN. Winsock: WSAConnect.
RINGSOCK_API int WSAConnect(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                            LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS);
/// Resolves and tries each address in turn until one connects or the time is up (null: no limit). Blocks.
/// Lengths in and out; Reserved must be null. Also WSAHOST_NOT_FOUND and its kin. Winsock: WSAConnectByNameA.
RINGSOCK_API BOOL WSAConnectByNameA(SOCKET s, LPCSTR nodename, LPCSTR servicename, LPDWORD LocalAddressLength,
                                    LPSOCKADDR LocalAddress, LPDWORD RemoteAddressLength,
                                    LPSOCKADDR RemoteAddress, const struct timeval* timeout,
                                    LPWSAOVERLAPPED Reserved);
/// The same in UTF-16. Winsock: WSAConnectByNameW.
RINGSOCK_API BOOL WSAConnectByNameW(SOCKET s, LPWSTR nodename, LPWSTR servicename, LPDWORD LocalAddressLength,
                                    LPSOCKADDR LocalAddress, LPDWORD RemoteAddressLength,
                                    LPSOCKADDR RemoteAddress, const struct timeval* timeout,
                                    LPWSAOVERLAPPED Reserved);
/// Tries the given addresses in turn. Winsock: WSAConnectByList.
RINGSOCK_API BOOL WSAConnectByList(SOCKET s, PSOCKET_ADDRESS_LIST SocketAddressList,
                                   LPDWORD LocalAddressLength, LPSOCKADDR LocalAddress,
                                   LPDWORD RemoteAddressLength, LPSOCKADDR RemoteAddress,
                                   const struct timeval* timeout, LPWSAOVERLAPPED Reserved);
/// Joins a multicast group (JL_* bits): returns the same socket. WSAEOPNOTSUPP, WSAEADDRNOTAVAIL. Winsock:
/// WSAJoinLeaf.
RINGSOCK_API SOCKET WSAJoinLeaf(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags);
/// Ends sending like SD_SEND; disconnect data must be null (WSAENOPROTOOPT). Winsock: WSASendDisconnect.
RINGSOCK_API int WSASendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData);
/// Ends receiving like SD_RECEIVE; disconnect data must be null (WSAENOPROTOOPT). Winsock: WSARecvDisconnect.
RINGSOCK_API int WSARecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData);

// ---- accept ----

/// Takes the oldest queued connection; the new socket has the listener's properties and event selection and
/// is the caller's to close. WSAEWOULDBLOCK, WSAEINVAL (not listening), WSAEFAULT, WSAEMFILE, WSAECONNRESET,
/// WSAEINTR. Winsock: accept.
RINGSOCK_API SOCKET ws2_accept(SOCKET s, struct sockaddr* addr, int* addrlen);
/// The same after asking a condition function, which runs in this thread. WSAECONNREFUSED (CF_REJECT),
/// WSATRY_AGAIN (CF_DEFER), WSAEINVAL (another verdict), WSAEACCES (request withdrawn). Winsock: WSAAccept.
RINGSOCK_API SOCKET WSAAccept(SOCKET s, struct sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                              DWORD_PTR dwCallbackData);

// ---- data ----

/// Sends to the peer; returns bytes taken, all of them on a blocking stream. WS_MSG_OOB, WS_MSG_DONTROUTE.
/// WSAENOTCONN, WSAESHUTDOWN, WSAECONNRESET, WSAECONNABORTED, WSAETIMEDOUT, WSAEMSGSIZE. Winsock: send.
RINGSOCK_API int ws2_send(SOCKET s, const char* buf, int len, int flags);
/// Sends one datagram to an address, binding first if need be; on a stream the address is ignored. Also
/// WSAEDESTADDRREQ, WSAEACCES (broadcast), WSAEADDRNOTAVAIL. Winsock: sendto.
RINGSOCK_API int ws2_sendto(SOCKET s, const char* buf, int len, int flags, const struct sockaddr* to,
                            int tolen);
/// Receives; 0 means the peer ended the stream. WS_MSG_PEEK, WS_MSG_OOB, WS_MSG_WAITALL. WSAEMSGSIZE: the
/// datagram was longer than the buffer and is cut. WSAENOTCONN, WSAESHUTDOWN, WSAECONNRESET. Winsock: recv.
RINGSOCK_API int ws2_recv(SOCKET s, char* buf, int len, int flags);
/// Receives and reports the sender; *fromlen in and out. Winsock: recvfrom.
RINGSOCK_API int ws2_recvfrom(SOCKET s, char* buf, int len, int flags, struct sockaddr* from, int* fromlen);
/// Sends a gather list, overlapped if asked; the bytes must stay until completion. Winsock: WSASend.
RINGSOCK_API int WSASend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                         DWORD dwFlags, LPWSAOVERLAPPED lpOverlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Sends a gather list to an address. Winsock: WSASendTo.
RINGSOCK_API int WSASendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                           DWORD dwFlags, const struct sockaddr* lpTo, int iTolen,
                           LPWSAOVERLAPPED lpOverlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Receives into a scatter list; *lpFlags in and out (WS_MSG_PARTIAL). Winsock: WSARecv.
RINGSOCK_API int WSARecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                         LPDWORD lpFlags, LPWSAOVERLAPPED lpOverlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Receives and reports the sender; lpFrom and lpFromlen must stay until completion. Winsock: WSARecvFrom.
RINGSOCK_API int WSARecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                             LPDWORD lpFlags, struct sockaddr* lpFrom, LPINT lpFromlen,
                             LPWSAOVERLAPPED lpOverlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Sends a datagram with control data. WSAEINVAL on a stream. Winsock: WSASendMsg.
RINGSOCK_API int WSASendMsg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                            LPWSAOVERLAPPED lpOverlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
/// Result of an overlapped operation: TRUE, or FALSE with WSA_IO_INCOMPLETE (still running, fWait FALSE) or
/// the operation's own error. fWait waits for its event. Winsock: WSAGetOverlappedResult.
RINGSOCK_API BOOL WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer,
                                         BOOL fWait, LPDWORD lpdwFlags);

// ---- events ----

/// Makes a manual-reset, non-signalled event; the caller closes it. Null with WSA_NOT_ENOUGH_MEMORY. Winsock:
/// WSACreateEvent.
RINGSOCK_API WSAEVENT WSACreateEvent(void);
/// Closes an event. WSA_INVALID_HANDLE. Winsock: WSACloseEvent.
RINGSOCK_API BOOL WSACloseEvent(WSAEVENT hEvent);
/// Signals an event. Winsock: WSASetEvent.
RINGSOCK_API BOOL WSASetEvent(WSAEVENT hEvent);
/// Clears an event. Winsock: WSAResetEvent.
RINGSOCK_API BOOL WSAResetEvent(WSAEVENT hEvent);
/// Associates an event with FD_* bits and makes the socket non-blocking; replaces the former selection; 0
/// cancels it. Conditions that already hold are recorded at once. WSAEINVAL (bits, or null event with bits).
/// Winsock: WSAEventSelect.
RINGSOCK_API int WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents);
/// Takes and clears the recorded events, and resets hEventObject if given, as one step; on failure nothing
/// changes. Only the iErrorCode entries of reported bits are written. Winsock: WSAEnumNetworkEvents.
RINGSOCK_API int WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents);
/// Waits for one or all of 1..64 objects: WSA_WAIT_EVENT_0 + index, WSA_WAIT_TIMEOUT, WSA_WAIT_IO_COMPLETION
/// (alertable only) or WSA_WAIT_FAILED with WSA_INVALID_HANDLE, WSA_INVALID_PARAMETER. Winsock:
/// WSAWaitForMultipleEvents.
RINGSOCK_API DWORD WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT* lphEvents, BOOL fWaitAll,
                                            DWORD dwTimeout, BOOL fAlertable);
/// Window messages instead of events. There are no windows: WSAEOPNOTSUPP. Winsock: WSAAsyncSelect.
RINGSOCK_API int WSAAsyncSelect(SOCKET s, HWND hWnd, UINT wMsg, LONG lEvent);

// ---- select and poll ----

/// Waits until a socket of a set is ready; nfds is ignored, the timeout (null: for ever) is not changed.
/// Returns the number of ready sockets, left in the sets; 0 at the time-out. Sets are unchanged on error.
/// WSAEINVAL when no set has a member, WSAENOTSOCK, WSAEINTR. Winsock: select.
RINGSOCK_API int ws2_select(int nfds, ws2_fd_set* readfds, ws2_fd_set* writefds, ws2_fd_set* exceptfds,
                            const struct timeval* timeout);
/// Whether the set holds the socket; reads fd_count entries. Winsock: FD_ISSET.
RINGSOCK_API int __WSAFDIsSet(SOCKET s, ws2_fd_set* set);
/// Waits for WS_POLL* conditions; timeout in ms, negative for ever. Returns the entries with revents, 0 at
/// the time-out. WSAEINVAL (no entry, or a bit that cannot be asked for), WSAEFAULT. Winsock: WSAPoll.
RINGSOCK_API int WSAPoll(WSAPOLLFD* fdArray, ULONG fds, INT timeout);

/// Readiness of many sockets through a completion port, at a cost that does not grow with their number:
/// applies the registrations, then takes up to completionCount records. Returns 0, ERROR_TIMEOUT,
/// ERROR_INVALID_PARAMETER, ERROR_INVALID_HANDLE. With no record wanted, completionCount and timeoutMs are 0
/// and the pointers null. Winsock: ProcessSocketNotifications.
RINGSOCK_API DWORD ProcessSocketNotifications(HANDLE completionPort, UINT32 registrationCount,
                                              SOCK_NOTIFY_REGISTRATION* registrationInfos, UINT32 timeoutMs,
                                              ULONG completionCount, OVERLAPPED_ENTRY* completionPortEntries,
                                              UINT32* receivedEntryCount);
/// SOCK_NOTIFY_EVENT_* bits of such a record.
static inline UINT32 SocketNotificationRetrieveEvents(const OVERLAPPED_ENTRY* notification) {
    return notification->dwNumberOfBytesTransferred;
}

/// Adds a socket to a set, once; a full set stays as it is. Winsock: FD_SET.
static inline void ws2_fd_set_add(SOCKET s, ws2_fd_set* set) {
    UINT index = 0;
    while (index < set->fd_count && set->fd_array[index] != s) ++index;
    if (index == set->fd_count && index < (WS2_FD_SETSIZE)) {
        set->fd_array[index] = s;
        set->fd_count = index + 1;
    }
}
/// Takes a socket out of a set, keeping the order of the others. Winsock: FD_CLR.
static inline void ws2_fd_set_remove(SOCKET s, ws2_fd_set* set) {
    UINT index = 0;
    while (index < set->fd_count && set->fd_array[index] != s) ++index;
    if (index == set->fd_count) return;
    for (set->fd_count -= 1; index < set->fd_count; ++index) set->fd_array[index] = set->fd_array[index + 1];
}
#define WS2_FD_SET(socket, set) ws2_fd_set_add((SOCKET)(socket), (ws2_fd_set*)(set))
#define WS2_FD_CLR(socket, set) ws2_fd_set_remove((SOCKET)(socket), (ws2_fd_set*)(set))
#define WS2_FD_ISSET(socket, set) __WSAFDIsSet((SOCKET)(socket), (ws2_fd_set*)(set))
#define WS2_FD_ZERO(set) ((void)(((ws2_fd_set*)(set))->fd_count = 0))

// ---- names ----

/// Resolves a name and a service into a list that ws2_freeaddrinfo releases. Returns 0 or the code itself
/// (WS_EAI_*), which is also the last error. Numeric names never block. Winsock: getaddrinfo.
RINGSOCK_API INT ws2_getaddrinfo(const char* nodename, const char* servname, const ws2_addrinfo* hints,
                                 ws2_addrinfo** res);
/// Releases a list; null is allowed. Winsock: freeaddrinfo.
RINGSOCK_API void ws2_freeaddrinfo(ws2_addrinfo* ai);
/// Address to host and service text (WS_NI_* flags). Returns 0 or the code itself. Winsock: getnameinfo.
RINGSOCK_API INT ws2_getnameinfo(const struct sockaddr* sa, int salen, char* host, DWORD hostlen, char* serv,
                                 DWORD servlen, INT flags);
RINGSOCK_API INT GetAddrInfoA(PCSTR pNodeName, PCSTR pServiceName, const ADDRINFOA* pHints,
                              PADDRINFOA* ppResult) RINGSOCK_ALIAS(ws2_getaddrinfo);
RINGSOCK_API void FreeAddrInfoA(PADDRINFOA pAddrInfo) RINGSOCK_ALIAS(ws2_freeaddrinfo);
RINGSOCK_API INT GetNameInfoA(const SOCKADDR* pSockaddr, int SockaddrLength, PCHAR pNodeBuffer,
                              DWORD NodeBufferSize, PCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags)
    RINGSOCK_ALIAS(ws2_getnameinfo);
/// The same three in UTF-16. Winsock: GetAddrInfoW, FreeAddrInfoW, GetNameInfoW.
RINGSOCK_API INT GetAddrInfoW(PCWSTR pNodeName, PCWSTR pServiceName, const ADDRINFOW* pHints,
                              PADDRINFOW* ppResult);
RINGSOCK_API void FreeAddrInfoW(PADDRINFOW pAddrInfo);
RINGSOCK_API INT GetNameInfoW(const SOCKADDR* pSockaddr, int SockaddrLength, PWCHAR pNodeBuffer,
                              DWORD NodeBufferSize, PWCHAR pServiceBuffer, DWORD ServiceBufferSize,
                              INT Flags);

typedef void (*LPLOOKUPSERVICE_COMPLETION_ROUTINE)(DWORD dwError, DWORD dwBytes,
                                                   LPWSAOVERLAPPED lpOverlapped);
/// Resolution by name space; overlapped use fails with WSAEOPNOTSUPP. Winsock: GetAddrInfoExA/W.
RINGSOCK_API INT GetAddrInfoExA(PCSTR pName, PCSTR pServiceName, DWORD dwNameSpace, LPGUID lpNspId,
                                const ADDRINFOEXA* pHints, PADDRINFOEXA* ppResult, struct timeval* timeout,
                                LPOVERLAPPED lpOverlapped,
                                LPLOOKUPSERVICE_COMPLETION_ROUTINE lpCompletionRoutine,
                                LPHANDLE lpNameHandle);
RINGSOCK_API INT GetAddrInfoExW(PCWSTR pName, PCWSTR pServiceName, DWORD dwNameSpace, LPGUID lpNspId,
                                const ADDRINFOEXW* pHints, PADDRINFOEXW* ppResult, struct timeval* timeout,
                                LPOVERLAPPED lpOverlapped,
                                LPLOOKUPSERVICE_COMPLETION_ROUTINE lpCompletionRoutine,
                                LPHANDLE lpNameHandle);
RINGSOCK_API void FreeAddrInfoEx(PADDRINFOEXA pAddrInfoEx);
RINGSOCK_API void FreeAddrInfoExA(PADDRINFOEXA pAddrInfoEx) RINGSOCK_ALIAS(FreeAddrInfoEx);
RINGSOCK_API void FreeAddrInfoExW(PADDRINFOEXW pAddrInfoEx);

/// Name of the calling thread's host. WSAEFAULT if it does not fit. Winsock: gethostname.
RINGSOCK_API int ws2_gethostname(char* name, int namelen);
/// The same in UTF-16; the length is in characters. Winsock: GetHostNameW.
RINGSOCK_API int GetHostNameW(PWSTR name, int namelen);
/// IPv4 host by name. The result belongs to the calling thread until its next such call. WSAHOST_NOT_FOUND,
/// WSATRY_AGAIN, WSANO_RECOVERY, WSANO_DATA. Winsock: gethostbyname.
RINGSOCK_API ws2_hostent* ws2_gethostbyname(const char* name);
/// Host by binary address. Winsock: gethostbyaddr.
RINGSOCK_API ws2_hostent* ws2_gethostbyaddr(const char* addr, int len, int type);
/// Service by name, protocol or null. WSANO_DATA. Winsock: getservbyname.
RINGSOCK_API ws2_servent* ws2_getservbyname(const char* name, const char* proto);
/// Service by port in network byte order. Winsock: getservbyport.
RINGSOCK_API ws2_servent* ws2_getservbyport(int port, const char* proto);
/// Protocol by name. Winsock: getprotobyname.
RINGSOCK_API ws2_protoent* ws2_getprotobyname(const char* name);
/// Protocol by number. Winsock: getprotobynumber.
RINGSOCK_API ws2_protoent* ws2_getprotobynumber(int number);

// ---- byte order and text; these need no start-up and, apart from the WSA forms, cannot fail ----

RINGSOCK_API ULONG ws2_htonl(ULONG hostlong);
RINGSOCK_API USHORT ws2_htons(USHORT hostshort);
RINGSOCK_API ULONG ws2_ntohl(ULONG netlong);
RINGSOCK_API USHORT ws2_ntohs(USHORT netshort);
/// The same with the socket's byte order; WSAEFAULT for a null result. Winsock: WSAHtonl and its kin.
RINGSOCK_API int WSAHtonl(SOCKET s, ULONG hostlong, ULONG* lpnetlong);
RINGSOCK_API int WSAHtons(SOCKET s, USHORT hostshort, USHORT* lpnetshort);
RINGSOCK_API int WSANtohl(SOCKET s, ULONG netlong, ULONG* lphostlong);
RINGSOCK_API int WSANtohs(SOCKET s, USHORT netshort, USHORT* lphostshort);
/// Dotted IPv4 text, one to four parts; WS_INADDR_NONE if malformed. Winsock: inet_addr.
RINGSOCK_API ULONG ws2_inet_addr(const char* cp);
/// IPv4 text in the thread's own buffer, valid until its next call. Winsock: inet_ntoa.
RINGSOCK_API char* ws2_inet_ntoa(ws2_in_addr in);
/// Text to address: 1, 0 if malformed, -1 with WSAEAFNOSUPPORT or WSAEFAULT. Winsock: InetPton.
RINGSOCK_API INT ws2_inet_pton(INT family, const char* text, void* address);
/// Address to text: the buffer, or null with WSAEAFNOSUPPORT or WSA_INVALID_PARAMETER (short). Winsock:
/// InetNtop.
RINGSOCK_API const char* ws2_inet_ntop(INT family, const void* address, char* text, size_t size);
RINGSOCK_API INT InetPtonA(INT Family, LPCSTR pStringBuf, PVOID pAddr) RINGSOCK_ALIAS(ws2_inet_pton);
RINGSOCK_API LPCSTR InetNtopA(INT Family, LPCVOID pAddr, LPSTR pStringBuf, size_t StringBufSize)
    RINGSOCK_ALIAS(ws2_inet_ntop);
RINGSOCK_API INT InetPtonW(INT Family, LPCWSTR pStringBuf, PVOID pAddr);
RINGSOCK_API LPCWSTR InetNtopW(INT Family, LPCVOID pAddr, LPWSTR pStringBuf, size_t StringBufSize);
/// Address to "host:port" text; the length counts characters with the NUL, in and out. WSAEFAULT if too
/// short. Winsock: WSAAddressToStringA/W.
RINGSOCK_API INT WSAAddressToStringA(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                     LPWSAPROTOCOL_INFOA lpProtocolInfo, LPSTR lpszAddressString,
                                     LPDWORD lpdwAddressStringLength);
RINGSOCK_API INT WSAAddressToStringW(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                     LPWSAPROTOCOL_INFOW lpProtocolInfo, LPWSTR lpszAddressString,
                                     LPDWORD lpdwAddressStringLength);
/// The inverse; WSAEINVAL for text that is not an address, WSAEFAULT. Winsock: WSAStringToAddressA/W.
RINGSOCK_API INT WSAStringToAddressA(LPSTR AddressString, INT AddressFamily,
                                     LPWSAPROTOCOL_INFOA lpProtocolInfo, LPSOCKADDR lpAddress,
                                     LPINT lpAddressLength);
RINGSOCK_API INT WSAStringToAddressW(LPWSTR AddressString, INT AddressFamily,
                                     LPWSAPROTOCOL_INFOW lpProtocolInfo, LPSOCKADDR lpAddress,
                                     LPINT lpAddressLength);
/// English text of a WS_EAI_* code, in the thread's own buffer. Winsock: gai_strerror.
RINGSOCK_API char* gai_strerrorA(int ecode);
RINGSOCK_API WCHAR* gai_strerrorW(int ecode);

// ---- declared for completeness; fail with WSAEOPNOTSUPP ----

RINGSOCK_API BOOL WSAGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS);
RINGSOCK_API INT WSAProviderConfigChange(LPHANDLE lpNotificationHandle, LPWSAOVERLAPPED lpOverlapped,
                                         LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
RINGSOCK_API HANDLE WSAAsyncGetHostByName(HWND hWnd, UINT wMsg, const char* name, char* buf, int buflen);
RINGSOCK_API int WSACancelAsyncRequest(HANDLE hAsyncTaskHandle);

// ---- Ringsock's own ----

/// Configures this process, before its first WSAStartup; replaces RINGSOCK_CONFIG. Give TOML text, or the
/// path of a TOML file, or neither (embedded default); `overrides` holds `override_count` strings "key=value"
/// applied last. Everything is copied. Returns 0, or SOCKET_ERROR with WSAEINVAL (a mistake, explained by
/// ringsock_last_error_text), WSAEALREADY (already started) or WSAEFAULT.
RINGSOCK_API int ringsock_configure(const char* toml_text_or_null, const char* path_or_null,
                                    const char* const* overrides, int override_count);
/// Makes the named host the current one of the calling thread: its sockets are born there. Null returns to
/// the first host. Returns 0, or SOCKET_ERROR with WSAEINVAL (no such host) or WSANOTINITIALISED.
RINGSOCK_API int ringsock_use_host(const char* name);
/// One human sentence about the calling thread's last failing WSAStartup or configuration call; "" if none.
/// Never null; valid until that thread's next such call.
RINGSOCK_API const char* ringsock_last_error_text(void);
/// Writes the counters of a host (null: the current one) as one JSON object with a NUL. *length is the room
/// in bytes, and becomes the length needed. Counters may be slightly stale, never torn. SOCKET_ERROR with
/// WSAEFAULT (too short), WSAEINVAL (no such host) or WSANOTINITIALISED.
RINGSOCK_API int ringsock_stats(const char* host, char* json, int* length);
/// Writes every frame that interface number `iface` (from 0, as in the configuration) of a host (null: the
/// current one) sends and receives to a pcapng file, until it is called with a null path or the last
/// WSACleanup; the configuration's `capture` does the same from the start. Interfaces may share a file. At
/// most `snap_bytes` of a frame are kept: 64 to 65535, 0 for all. Engines never wait for the file: frames
/// that come too fast are left out and counted (ringsock_stats "captures", and the file's statistics block).
/// Returns 0 once the engines record, or no longer do and the file is closed. SOCKET_ERROR, explained by
/// ringsock_last_error_text, with WSAEACCES (the file cannot be made, or is not whole: permission, full
/// disk), WSAEINVAL (no such host, interface or size), WSAEALREADY (captured already), WSAENOTCONN (null
/// path, and no capture) or WSANOTINITIALISED. Any thread; takes milliseconds.
RINGSOCK_API int ringsock_capture(const char* host, int iface, const char* path_or_null,
                                  unsigned int snap_bytes);

RINGSOCK_EXTERN_C_END

#endif
