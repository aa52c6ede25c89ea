// SPDX-License-Identifier: BSD-3-Clause
// The service provider interface: what stands between the Winsock shell and a transport provider. A provider
// fills WSPPROC_TABLE in WSPStartup and may call back through WSPUPCALLTABLE. Every entry reports failure by
// its return value and stores the code in *lpErrno (never in the thread's last error: that is the shell's);
// lpErrno is required. Entries may be called from any application thread at once. C11 and C++20. Source:
// Winsock "Service provider" pages.
#ifndef RINGSOCK_SPI_H
#define RINGSOCK_SPI_H

#include <ringsock/types.h>

RINGSOCK_EXTERN_C_BEGIN

#define WSPDESCRIPTION_LEN 255
/// Status of an overlapped operation that is still running (OVERLAPPED::Internal).
#define WSS_OPERATION_IN_PROGRESS 0x00000103U

/// What a provider says about itself in WSPStartup.
typedef struct WSPData {
    WORD wVersion;
    WORD wHighVersion;
    WCHAR szDescription[WSPDESCRIPTION_LEN + 1];
} WSPDATA, *LPWSPDATA;

/// Names the thread that is to run a completion routine; filled by the shell, handed back to lpWPUQueueApc.
typedef struct _WSATHREADID {
    HANDLE ThreadHandle;
    DWORD_PTR Reserved;
} WSATHREADID, *LPWSATHREADID;

/// A 1.1 blocking hook as the provider sees it: FALSE cancels the wait.
typedef BOOL (*LPBLOCKINGCALLBACK)(DWORD_PTR dwContext);
/// A function queued to a thread; runs in that thread's next alertable wait.
typedef void (*LPWSAUSERAPC)(DWORD_PTR dwContext);

// ---- entries of the provider, in table order ----

/// Accepts the oldest queued connection that the condition function (may be null) lets through.
/// INVALID_SOCKET with WSAEWOULDBLOCK, WSAECONNREFUSED (CF_REJECT), WSATRY_AGAIN (CF_DEFER), WSAEINVAL,
/// WSAEINTR...
typedef SOCKET (*LPWSPACCEPT)(SOCKET s, struct sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                              DWORD_PTR dwCallbackData, LPINT lpErrno);
/// Address to text. The length counts characters with the NUL; WSAEFAULT and the needed length if too small.
typedef INT (*LPWSPADDRESSTOSTRING)(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                    LPWSAPROTOCOL_INFOW lpProtocolInfo, LPWSTR lpszAddressString,
                                    LPDWORD lpdwAddressStringLength, LPINT lpErrno);
/// Network events as window messages. Not supported: WSAEOPNOTSUPP.
typedef int (*LPWSPASYNCSELECT)(SOCKET s, HWND hWnd, UINT wMsg, LONG lEvent, LPINT lpErrno);
/// Gives the socket its local address. WSAEADDRINUSE, WSAEADDRNOTAVAIL, WSAEFAULT, WSAEINVAL (already bound).
typedef int (*LPWSPBIND)(SOCKET s, const struct sockaddr* name, int namelen, LPINT lpErrno);
/// Cancels the calling thread's pending blocking call, which then fails with WSAEINTR.
typedef int (*LPWSPCANCELBLOCKINGCALL)(LPINT lpErrno);
/// Undoes one WSPStartup; the last one closes every socket of the provider.
typedef int (*LPWSPCLEANUP)(LPINT lpErrno);
/// Closes; obeys linger; pending operations fail with WSAEINTR or WSA_OPERATION_ABORTED.
typedef int (*LPWSPCLOSESOCKET)(SOCKET s, LPINT lpErrno);
/// Connects (stream) or sets the peer (datagram). Non-blocking streams always report WSAEWOULDBLOCK first.
/// Errors and their conditions: Winsock "LPWSPConnect" page.
typedef int (*LPWSPCONNECT)(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                            LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, LPINT lpErrno);
/// Describes a socket for another process.
typedef int (*LPWSPDUPLICATESOCKET)(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                    LPINT lpErrno);
/// Takes the recorded events, clears them and resets the event (may be null) as one step.
typedef int (*LPWSPENUMNETWORKEVENTS)(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents,
                                      LPINT lpErrno);
/// Binds an event to a set of FD_* bits and makes the socket non-blocking; bits 0 cancels.
typedef int (*LPWSPEVENTSELECT)(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents, LPINT lpErrno);
/// Result of an overlapped operation; FALSE with WSA_IO_INCOMPLETE while it runs and fWait is FALSE.
typedef BOOL (*LPWSPGETOVERLAPPEDRESULT)(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer,
                                         BOOL fWait, LPDWORD lpdwFlags, LPINT lpErrno);
/// Address of the peer; WSAENOTCONN without one.
typedef int (*LPWSPGETPEERNAME)(SOCKET s, struct sockaddr* name, LPINT namelen, LPINT lpErrno);
/// Local address; WSAEINVAL before bind.
typedef int (*LPWSPGETSOCKNAME)(SOCKET s, struct sockaddr* name, LPINT namelen, LPINT lpErrno);
/// Reads an option; *optlen in bytes, in and out.
typedef int (*LPWSPGETSOCKOPT)(SOCKET s, int level, int optname, char* optval, LPINT optlen, LPINT lpErrno);
/// Fills a flow specification from a named template.
typedef BOOL (*LPWSPGETQOSBYNAME)(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS, LPINT lpErrno);
/// Control operation; also ioctlsocket. Buffers in bytes.
typedef int (*LPWSPIOCTL)(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer,
                          LPVOID lpvOutBuffer, DWORD cbOutBuffer, LPDWORD lpcbBytesReturned,
                          LPWSAOVERLAPPED lpOverlapped,
                          LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                          LPINT lpErrno);
/// Joins a multipoint session as a leaf.
typedef SOCKET (*LPWSPJOINLEAF)(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags,
                                LPINT lpErrno);
/// Starts listening; the backlog is clamped to what the host allows.
typedef int (*LPWSPLISTEN)(SOCKET s, int backlog, LPINT lpErrno);
/// Receives from the peer into a scatter list.
typedef int (*LPWSPRECV)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                         LPDWORD lpFlags, LPWSAOVERLAPPED lpOverlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                         LPINT lpErrno);
/// Waits for the end of the peer's data and takes its disconnect data.
typedef int (*LPWSPRECVDISCONNECT)(SOCKET s, LPWSABUF lpInboundDisconnectData, LPINT lpErrno);
/// Receives and reports the sender.
typedef int (*LPWSPRECVFROM)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                             LPDWORD lpFlags, struct sockaddr* lpFrom, LPINT lpFromlen,
                             LPWSAOVERLAPPED lpOverlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                             LPINT lpErrno);
/// Waits for readiness of this provider's sockets; sets are changed in place, on error not at all.
typedef int (*LPWSPSELECT)(int nfds, ws2_fd_set* readfds, ws2_fd_set* writefds, ws2_fd_set* exceptfds,
                           const struct timeval* timeout, LPINT lpErrno);
/// Sends a gather list to the peer.
typedef int (*LPWSPSEND)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                         DWORD dwFlags, LPWSAOVERLAPPED lpOverlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                         LPINT lpErrno);
/// Ends sending, with disconnect data where the protocol has it.
typedef int (*LPWSPSENDDISCONNECT)(SOCKET s, LPWSABUF lpOutboundDisconnectData, LPINT lpErrno);
/// Sends a gather list to an address.
typedef int (*LPWSPSENDTO)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                           DWORD dwFlags, const struct sockaddr* lpTo, int iTolen,
                           LPWSAOVERLAPPED lpOverlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                           LPINT lpErrno);
/// Writes an option.
typedef int (*LPWSPSETSOCKOPT)(SOCKET s, int level, int optname, const char* optval, int optlen,
                               LPINT lpErrno);
/// Ends receiving (SD_RECEIVE), sending (SD_SEND) or both.
typedef int (*LPWSPSHUTDOWN)(SOCKET s, int how, LPINT lpErrno);
/// Makes a socket from a catalogue entry or from family, type and protocol.
typedef SOCKET (*LPWSPSOCKET)(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                              DWORD dwFlags, LPINT lpErrno);
/// Text to address; the inverse of LPWSPADDRESSTOSTRING.
typedef INT (*LPWSPSTRINGTOADDRESS)(LPWSTR AddressString, INT AddressFamily,
                                    LPWSAPROTOCOL_INFOW lpProtocolInfo, LPSOCKADDR lpAddress,
                                    LPINT lpAddressLength, LPINT lpErrno);

/// The provider's thirty entries. None may be null after a successful WSPStartup; the shell checks.
typedef struct _WSPPROC_TABLE {
    LPWSPACCEPT lpWSPAccept;
    LPWSPADDRESSTOSTRING lpWSPAddressToString;
    LPWSPASYNCSELECT lpWSPAsyncSelect;
    LPWSPBIND lpWSPBind;
    LPWSPCANCELBLOCKINGCALL lpWSPCancelBlockingCall;
    LPWSPCLEANUP lpWSPCleanup;
    LPWSPCLOSESOCKET lpWSPCloseSocket;
    LPWSPCONNECT lpWSPConnect;
    LPWSPDUPLICATESOCKET lpWSPDuplicateSocket;
    LPWSPENUMNETWORKEVENTS lpWSPEnumNetworkEvents;
    LPWSPEVENTSELECT lpWSPEventSelect;
    LPWSPGETOVERLAPPEDRESULT lpWSPGetOverlappedResult;
    LPWSPGETPEERNAME lpWSPGetPeerName;
    LPWSPGETSOCKNAME lpWSPGetSockName;
    LPWSPGETSOCKOPT lpWSPGetSockOpt;
    LPWSPGETQOSBYNAME lpWSPGetQOSByName;
    LPWSPIOCTL lpWSPIoctl;
    LPWSPJOINLEAF lpWSPJoinLeaf;
    LPWSPLISTEN lpWSPListen;
    LPWSPRECV lpWSPRecv;
    LPWSPRECVDISCONNECT lpWSPRecvDisconnect;
    LPWSPRECVFROM lpWSPRecvFrom;
    LPWSPSELECT lpWSPSelect;
    LPWSPSEND lpWSPSend;
    LPWSPSENDDISCONNECT lpWSPSendDisconnect;
    LPWSPSENDTO lpWSPSendTo;
    LPWSPSETSOCKOPT lpWSPSetSockOpt;
    LPWSPSHUTDOWN lpWSPShutdown;
    LPWSPSOCKET lpWSPSocket;
    LPWSPSTRINGTOADDRESS lpWSPStringToAddress;
} WSPPROC_TABLE, *LPWSPPROC_TABLE;

// ---- upcalls, in table order ----

/// Event objects on behalf of a provider; FALSE or null with WSA_INVALID_HANDLE, WSA_NOT_ENOUGH_MEMORY.
typedef BOOL (*LPWPUCLOSEEVENT)(WSAEVENT hEvent, LPINT lpErrno);
/// Gives back a handle made by LPWPUCREATESOCKETHANDLE.
typedef int (*LPWPUCLOSESOCKETHANDLE)(SOCKET s, LPINT lpErrno);
typedef WSAEVENT (*LPWPUCREATEEVENT)(LPINT lpErrno);
/// Makes the SOCKET that applications will see; dwContext comes back from LPWPUQUERYSOCKETHANDLECONTEXT.
typedef SOCKET (*LPWPUCREATESOCKETHANDLE)(DWORD dwCatalogEntryId, DWORD_PTR dwContext, LPINT lpErrno);
/// Whether the set holds the socket.
typedef int (*LPWPUFDISSET)(SOCKET s, ws2_fd_set* fdset);
/// Path of the library that implements a provider; length in characters.
typedef int (*LPWPUGETPROVIDERPATH)(LPGUID lpProviderId, WCHAR* lpszProviderDllPath,
                                    LPINT lpProviderDllPathLen, LPINT lpErrno);
/// Registers a handle the provider made itself.
typedef SOCKET (*LPWPUMODIFYIFSHANDLE)(DWORD dwCatalogEntryId, SOCKET ProposedHandle, LPINT lpErrno);
/// Posts a window message. There are no windows here: FALSE.
typedef BOOL (*LPWPUPOSTMESSAGE)(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam);
/// The calling thread's blocking hook, null if none.
typedef int (*LPWPUQUERYBLOCKINGCALLBACK)(DWORD dwCatalogEntryId, LPBLOCKINGCALLBACK* lplpfnCallback,
                                          PDWORD_PTR lpdwContext, LPINT lpErrno);
/// The context given to LPWPUCREATESOCKETHANDLE.
typedef int (*LPWPUQUERYSOCKETHANDLECONTEXT)(SOCKET s, PDWORD_PTR lpContext, LPINT lpErrno);
/// Queues a function to a thread; may be called from an engine thread.
typedef int (*LPWPUQUEUEAPC)(LPWSATHREADID lpThreadId, LPWSAUSERAPC lpfnUserApc, DWORD_PTR dwContext,
                             LPINT lpErrno);
typedef BOOL (*LPWPURESETEVENT)(WSAEVENT hEvent, LPINT lpErrno);
typedef BOOL (*LPWPUSETEVENT)(WSAEVENT hEvent, LPINT lpErrno);
/// Names the calling thread for later LPWPUQUEUEAPC; pair with LPWPUCLOSETHREAD.
typedef int (*LPWPUOPENCURRENTTHREAD)(LPWSATHREADID lpThreadId, LPINT lpErrno);
typedef int (*LPWPUCLOSETHREAD)(LPWSATHREADID lpThreadId, LPINT lpErrno);
/// Completes an overlapped operation: fills it in, then signals its event, port or APC. Not in the table: the
/// interface exports it by name.
typedef int (*LPWPUCOMPLETEOVERLAPPEDREQUEST)(SOCKET s, LPWSAOVERLAPPED lpOverlapped, DWORD dwError,
                                              DWORD cbTransferred, LPINT lpErrno);

/// The fifteen calls a provider may make into the shell. Passed by value: the provider keeps its copy.
typedef struct _WSPUPCALLTABLE {
    LPWPUCLOSEEVENT lpWPUCloseEvent;
    LPWPUCLOSESOCKETHANDLE lpWPUCloseSocketHandle;
    LPWPUCREATEEVENT lpWPUCreateEvent;
    LPWPUCREATESOCKETHANDLE lpWPUCreateSocketHandle;
    LPWPUFDISSET lpWPUFDIsSet;
    LPWPUGETPROVIDERPATH lpWPUGetProviderPath;
    LPWPUMODIFYIFSHANDLE lpWPUModifyIFSHandle;
    LPWPUPOSTMESSAGE lpWPUPostMessage;
    LPWPUQUERYBLOCKINGCALLBACK lpWPUQueryBlockingCallback;
    LPWPUQUERYSOCKETHANDLECONTEXT lpWPUQuerySocketHandleContext;
    LPWPUQUEUEAPC lpWPUQueueApc;
    LPWPURESETEVENT lpWPUResetEvent;
    LPWPUSETEVENT lpWPUSetEvent;
    LPWPUOPENCURRENTTHREAD lpWPUOpenCurrentThread;
    LPWPUCLOSETHREAD lpWPUCloseThread;
} WSPUPCALLTABLE, *LPWSPUPCALLTABLE;

RINGSOCK_LAYOUT(sizeof(WSPDATA) == 516 && offsetof(WSPDATA, szDescription) == 4);
RINGSOCK_LAYOUT(sizeof(WSATHREADID) == 16);
RINGSOCK_LAYOUT(sizeof(WSPPROC_TABLE) == 30 * sizeof(void*));
RINGSOCK_LAYOUT(offsetof(WSPPROC_TABLE, lpWSPConnect) == 7 * sizeof(void*));
RINGSOCK_LAYOUT(offsetof(WSPPROC_TABLE, lpWSPIoctl) == 16 * sizeof(void*));
RINGSOCK_LAYOUT(offsetof(WSPPROC_TABLE, lpWSPSocket) == 28 * sizeof(void*));
RINGSOCK_LAYOUT(sizeof(WSPUPCALLTABLE) == 15 * sizeof(void*));
RINGSOCK_LAYOUT(offsetof(WSPUPCALLTABLE, lpWPUCreateSocketHandle) == 3 * sizeof(void*));
RINGSOCK_LAYOUT(offsetof(WSPUPCALLTABLE, lpWPUQueueApc) == 10 * sizeof(void*));

// ---- exported functions ----

/// The only entry of a provider: negotiates the version, keeps the upcalls and fills the table. Counted per
/// process; each success is undone by one lpWSPCleanup. Any thread. Returns 0, or WSASYSNOTREADY,
/// WSAVERNOTSUPPORTED, WSAEINPROGRESS, WSAEPROCLIM, WSAEFAULT directly. Winsock: WSPStartup page.
RINGSOCK_API int WSPStartup(WORD wVersionRequested, LPWSPDATA lpWSPData, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                            WSPUPCALLTABLE UpcallTable, LPWSPPROC_TABLE lpProcTable);
typedef int (*LPWSPSTARTUP)(WORD wVersionRequested, LPWSPDATA lpWSPData, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                            WSPUPCALLTABLE UpcallTable, LPWSPPROC_TABLE lpProcTable);

/// Lists the catalogue like WSAEnumProtocolsW, hidden entries included, without WSAStartup.
/// Returns the count, or SOCKET_ERROR with WSAENOBUFS (needed bytes stored), WSAEFAULT, WSAEINVAL.
RINGSOCK_API int WSCEnumProtocols(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer,
                                  LPDWORD lpdwBufferLength, LPINT lpErrno);
/// Path of a provider's library. SOCKET_ERROR with WSAEINVAL (unknown provider), WSAEFAULT (length stored).
RINGSOCK_API int WSCGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath,
                                    LPINT lpProviderDllPathLen, LPINT lpErrno);

// The upcalls by name, for providers that link against the library. Same contracts as the table entries.
RINGSOCK_API BOOL WPUCloseEvent(WSAEVENT hEvent, LPINT lpErrno);
RINGSOCK_API int WPUCloseSocketHandle(SOCKET s, LPINT lpErrno);
RINGSOCK_API WSAEVENT WPUCreateEvent(LPINT lpErrno);
RINGSOCK_API SOCKET WPUCreateSocketHandle(DWORD dwCatalogEntryId, DWORD_PTR dwContext, LPINT lpErrno);
RINGSOCK_API int WPUFDIsSet(SOCKET s, ws2_fd_set* fdset);
RINGSOCK_API int WPUGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath,
                                    LPINT lpProviderDllPathLen, LPINT lpErrno);
RINGSOCK_API SOCKET WPUModifyIFSHandle(DWORD dwCatalogEntryId, SOCKET ProposedHandle, LPINT lpErrno);
RINGSOCK_API BOOL WPUPostMessage(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam);
RINGSOCK_API int WPUQueryBlockingCallback(DWORD dwCatalogEntryId, LPBLOCKINGCALLBACK* lplpfnCallback,
                                          PDWORD_PTR lpdwContext, LPINT lpErrno);
RINGSOCK_API int WPUQuerySocketHandleContext(SOCKET s, PDWORD_PTR lpContext, LPINT lpErrno);
RINGSOCK_API int WPUQueueApc(LPWSATHREADID lpThreadId, LPWSAUSERAPC lpfnUserApc, DWORD_PTR dwContext,
                             LPINT lpErrno);
RINGSOCK_API BOOL WPUResetEvent(WSAEVENT hEvent, LPINT lpErrno);
RINGSOCK_API BOOL WPUSetEvent(WSAEVENT hEvent, LPINT lpErrno);
RINGSOCK_API int WPUOpenCurrentThread(LPWSATHREADID lpThreadId, LPINT lpErrno);
RINGSOCK_API int WPUCloseThread(LPWSATHREADID lpThreadId, LPINT lpErrno);
/// Completes an overlapped operation of this provider; may be called from an engine thread. The shell owns
/// the order: result fields first, then event, completion port or APC.
RINGSOCK_API int WPUCompleteOverlappedRequest(SOCKET s, LPWSAOVERLAPPED lpOverlapped, DWORD dwError,
                                              DWORD cbTransferred, LPINT lpErrno);

RINGSOCK_EXTERN_C_END

#endif
