// SPDX-License-Identifier: BSD-3-Clause
// Codes in words, and statuses as codes. Win32: FormatMessageA, RtlNtStatusToDosErrorNoTeb.
#include <ringsock/win32.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ws2/last_error.h"

using namespace ringsock;

namespace {

/// ERROR_MR_MID_NOT_FOUND: no text, or no code, is known for it.
constexpr int kNoMessage = 317;

struct Message {
    DWORD code;
    const char* text;
};
constexpr Message kMessages[] = {
    {ERROR_SUCCESS, "The operation completed."},
    {ERROR_INVALID_FUNCTION, "The function does not exist."},
    {ERROR_FILE_NOT_FOUND, "There is no such file."},
    {ERROR_PATH_NOT_FOUND, "There is no such directory."},
    {ERROR_TOO_MANY_OPEN_FILES, "Too many files are open."},
    {ERROR_ACCESS_DENIED, "Access is denied."},
    {ERROR_INVALID_HANDLE, "The handle names no such object."},
    {ERROR_NOT_ENOUGH_MEMORY, "There is not enough memory."},
    {ERROR_OUTOFMEMORY, "There is not enough memory."},
    {ERROR_HANDLE_EOF, "The end of the file was reached."},
    {ERROR_NOT_SUPPORTED, "The request is not supported."},
    {ERROR_NETNAME_DELETED, "The connection is gone."},
    {ERROR_INVALID_PARAMETER, "A parameter is not valid."},
    {ERROR_BROKEN_PIPE, "The other end of the pipe was closed."},
    {ERROR_CALL_NOT_IMPLEMENTED, "The function is not implemented here."},
    {ERROR_SEM_TIMEOUT, "The time is over."},
    {ERROR_INSUFFICIENT_BUFFER, "The buffer is too small."},
    {ERROR_INVALID_NAME, "The name is not valid."},
    {ERROR_MOD_NOT_FOUND, "There is no such module."},
    {ERROR_PROC_NOT_FOUND, "The module has no such function."},
    {ERROR_NOT_LOCKED, "It is not locked."},
    {ERROR_BUSY, "The resource is in use."},
    {ERROR_ALREADY_EXISTS, "It exists already."},
    {ERROR_MORE_DATA, "There is more data."},
    {WAIT_TIMEOUT, "The wait timed out."},
    {ERROR_NO_MORE_ITEMS, "There are no more items."},
    {ERROR_NOT_OWNER, "The mutex belongs to another thread."},
    {ERROR_TOO_MANY_POSTS, "Too many posts."},
    {ERROR_INVALID_ADDRESS, "The address is not valid."},
    {ERROR_ABANDONED_WAIT_0, "The port was closed during the wait."},
    {ERROR_OPERATION_ABORTED, "The operation was cancelled."},
    {ERROR_IO_INCOMPLETE, "The operation still runs."},
    {ERROR_IO_PENDING, "The operation will complete later."},
    {ERROR_NOACCESS, "The memory cannot be accessed."},
    {ERROR_NO_UNICODE_TRANSLATION, "The text holds what is no character."},
    {ERROR_NOT_FOUND, "It was not found."},
    {ERROR_CONNECTION_REFUSED, "The peer refused the connection."},
    {ERROR_GRACEFUL_DISCONNECT, "The connection was closed in order."},
    {ERROR_ADDRESS_ALREADY_ASSOCIATED, "The end already has an address."},
    {ERROR_NETWORK_UNREACHABLE, "The network cannot be reached."},
    {ERROR_HOST_UNREACHABLE, "The host cannot be reached."},
    {ERROR_PROTOCOL_UNREACHABLE, "The host does not speak the protocol."},
    {ERROR_PORT_UNREACHABLE, "Nothing listens at the port."},
    {ERROR_REQUEST_ABORTED, "The request was given up."},
    {ERROR_CONNECTION_ABORTED, "The connection was aborted here."},
    {ERROR_NO_SYSTEM_RESOURCES, "The system lacks resources."},
    {ERROR_TIMEOUT, "The time is over."},
    {WSAEINTR, "The blocking call was interrupted."},
    {WSAEBADF, "The file handle is not valid."},
    {WSAEACCES, "Access to the address is not permitted."},
    {WSAEFAULT, "A pointer or a length is not valid."},
    {WSAEINVAL, "An argument is not valid, or not in this state."},
    {WSAEMFILE, "Too many sockets are open."},
    {WSAEWOULDBLOCK, "The operation cannot complete at once."},
    {WSAEINPROGRESS, "A blocking call is in progress."},
    {WSAEALREADY, "The operation is under way already."},
    {WSAENOTSOCK, "The handle is not a socket."},
    {WSAEDESTADDRREQ, "A destination address is needed."},
    {WSAEMSGSIZE, "The message is longer than what can be sent, or than the buffer."},
    {WSAEPROTOTYPE, "The protocol does not fit the socket type."},
    {WSAENOPROTOOPT, "The option is unknown at this level."},
    {WSAEPROTONOSUPPORT, "The protocol is not supported."},
    {WSAESOCKTNOSUPPORT, "The socket type is not supported."},
    {WSAEOPNOTSUPP, "The operation is not supported on this socket."},
    {WSAEPFNOSUPPORT, "The protocol family is not supported."},
    {WSAEAFNOSUPPORT, "The address family does not fit."},
    {WSAEADDRINUSE, "The address is in use."},
    {WSAEADDRNOTAVAIL, "The address is not valid here."},
    {WSAENETDOWN, "The network is down."},
    {WSAENETUNREACH, "The network cannot be reached."},
    {WSAENETRESET, "The connection broke while it was kept alive."},
    {WSAECONNABORTED, "The connection was aborted here."},
    {WSAECONNRESET, "The peer reset the connection."},
    {WSAENOBUFS, "A queue is full, or there is no buffer space."},
    {WSAEISCONN, "The socket is connected already."},
    {WSAENOTCONN, "The socket is not connected."},
    {WSAESHUTDOWN, "The socket was shut down for this direction."},
    {WSAETOOMANYREFS, "There are too many references."},
    {WSAETIMEDOUT, "The peer did not answer in time."},
    {WSAECONNREFUSED, "The peer refused the connection."},
    {WSAELOOP, "The name leads back to itself."},
    {WSAENAMETOOLONG, "The name is too long."},
    {WSAEHOSTDOWN, "The host is down."},
    {WSAEHOSTUNREACH, "The host cannot be reached."},
    {WSAEPROCLIM, "Too many users of the library."},
    {WSASYSNOTREADY, "The network could not be started."},
    {WSAVERNOTSUPPORTED, "The version is not supported."},
    {WSANOTINITIALISED, "WSAStartup was not called."},
    {WSAEDISCON, "The peer began to close in order."},
    {WSAENOMORE, "There are no more results."},
    {WSAECANCELLED, "The call was cancelled."},
    {WSAEINVALIDPROCTABLE, "The provider's table of functions is not valid."},
    {WSAEINVALIDPROVIDER, "The provider is not valid."},
    {WSAEPROVIDERFAILEDINIT, "The provider could not be started."},
    {WSASYSCALLFAILURE, "A system call failed that never should."},
    {WSASERVICE_NOT_FOUND, "There is no such service."},
    {WSATYPE_NOT_FOUND, "There is no such class."},
    {WSAEREFUSED, "The query was refused."},
    {WSAHOST_NOT_FOUND, "There is no such host."},
    {WSATRY_AGAIN, "The name server did not answer; try again."},
    {WSANO_RECOVERY, "The lookup failed for good."},
    {WSANO_DATA, "The name is valid but has no such data."},
};

struct Status {
    std::uint32_t status;
    ULONG code;
};
constexpr Status kStatuses[] = {
    {0x00000000, ERROR_SUCCESS},
    {0x00000102, ERROR_TIMEOUT},
    {0x00000103, ERROR_IO_PENDING},
    {0x80000005, ERROR_MORE_DATA},
    {0xc0000005, ERROR_NOACCESS},
    {0xc0000008, ERROR_INVALID_HANDLE},
    {0xc000000d, ERROR_INVALID_PARAMETER},
    {0xc0000011, ERROR_HANDLE_EOF},
    {0xc0000017, ERROR_NOT_ENOUGH_MEMORY},
    {0xc0000022, ERROR_ACCESS_DENIED},
    {0xc0000023, ERROR_INSUFFICIENT_BUFFER},
    {0xc000009a, ERROR_NO_SYSTEM_RESOURCES},
    {0xc00000b5, ERROR_SEM_TIMEOUT},
    {0xc00000bb, ERROR_NOT_SUPPORTED},
    {0xc0000120, ERROR_OPERATION_ABORTED},
    {0xc000013b, ERROR_NETNAME_DELETED},
    {0xc000013c, ERROR_NETNAME_DELETED},
    {0xc000014b, ERROR_BROKEN_PIPE},
    {0xc000020d, ERROR_NETNAME_DELETED},
    {0xc0000225, ERROR_NOT_FOUND},
    {0xc0000236, ERROR_CONNECTION_REFUSED},
    {0xc0000237, ERROR_GRACEFUL_DISCONNECT},
    {0xc0000238, ERROR_ADDRESS_ALREADY_ASSOCIATED},
    {0xc000023c, ERROR_NETWORK_UNREACHABLE},
    {0xc000023d, ERROR_HOST_UNREACHABLE},
    {0xc000023e, ERROR_PROTOCOL_UNREACHABLE},
    {0xc000023f, ERROR_PORT_UNREACHABLE},
    {0xc0000240, ERROR_REQUEST_ABORTED},
    {0xc0000241, ERROR_CONNECTION_ABORTED},
};

/// Longest text that a caller can have.
constexpr std::size_t kMaxText = 65535;

/// The text asked for; "" with the last error set when there is none.
std::string find_text(DWORD flags, LPCVOID source, DWORD code) {
    if ((flags & FORMAT_MESSAGE_FROM_STRING) != 0) {
        if (source != nullptr) return std::string(static_cast<const char*>(source)).substr(0, kMaxText);
        return ws2::fail_with(ERROR_INVALID_PARAMETER, std::string());
    }
    if ((flags & (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_HMODULE)) == 0)
        return ws2::fail_with(ERROR_INVALID_PARAMETER, std::string());
    for (const Message& message : kMessages) {
        if (message.code != code) continue;
        // With a width the line break becomes a blank, as on Windows.
        const bool has_width = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) != 0;
        return std::string(message.text).append(has_width ? " " : "\r\n");
    }
    return ws2::fail_with(kNoMessage, std::string());
}

}  // namespace

DWORD FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD, LPSTR lpBuffer, DWORD nSize,
                     void*) {
    if (lpBuffer == nullptr) return ws2::fail_with(ERROR_INVALID_PARAMETER, DWORD{0});
    const std::string text = find_text(dwFlags, lpSource, dwMessageId);
    if (text.empty()) return 0;
    char* out = lpBuffer;
    if ((dwFlags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        out = static_cast<char*>(LocalAlloc(LMEM_FIXED, std::max<std::size_t>(text.size() + 1, nSize)));
        if (out == nullptr) return 0;
        std::memcpy(lpBuffer, &out, sizeof out);  // The caller passed the address of a pointer.
    } else if (nSize <= text.size()) {
        return ws2::fail_with(ERROR_INSUFFICIENT_BUFFER, DWORD{0});
    }
    std::memcpy(out, text.c_str(), text.size() + 1);
    return static_cast<DWORD>(text.size());
}

ULONG RtlNtStatusToDosErrorNoTeb(LONG Status) {
    for (const auto& known : kStatuses)
        if (known.status == static_cast<std::uint32_t>(Status)) return known.code;
    return kNoMessage;
}
