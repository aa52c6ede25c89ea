// SPDX-License-Identifier: BSD-3-Clause
// Overlapped operations and completion ports under their Win32 names. Sockets do not offer overlapped
// operations yet, so none is ever pending: a port cannot be made, and there is nothing to cancel. Win32:
// CreateIoCompletionPort and its kin, GetOverlappedResult, CancelIo[Ex], SetFileCompletionNotificationModes.
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include "win32/objects.h"
#include "ws2/last_error.h"

using namespace ringsock;

namespace {

bool is_handle(HANDLE handle) noexcept {
    ws2::HandleEntry entry;
    return ws2::find_handle(win32::bits_of(handle), entry);
}

/// FALSE with the code that fits a call on a handle which no port can be tied to.
BOOL refuse(HANDLE handle) noexcept {
    return ws2::fail_with(is_handle(handle) ? ERROR_NOT_SUPPORTED : ERROR_INVALID_HANDLE, FALSE);
}

}  // namespace

HANDLE CreateIoCompletionPort(HANDLE FileHandle, HANDLE ExistingCompletionPort, ULONG_PTR, DWORD) {
    if (FileHandle == INVALID_HANDLE_VALUE && ExistingCompletionPort != nullptr)
        return ws2::fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
    const bool is_known = FileHandle == INVALID_HANDLE_VALUE || is_handle(FileHandle);
    return ws2::fail_with<HANDLE>(is_known ? ERROR_NOT_SUPPORTED : ERROR_INVALID_HANDLE, nullptr);
}

BOOL GetQueuedCompletionStatus(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED* lpOverlapped, DWORD) {
    if (lpOverlapped != nullptr) *lpOverlapped = nullptr;
    return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);  // No handle is a port.
}

BOOL GetQueuedCompletionStatusEx(HANDLE, LPOVERLAPPED_ENTRY, ULONG, PULONG ulNumEntriesRemoved, DWORD, BOOL) {
    if (ulNumEntriesRemoved != nullptr) *ulNumEntriesRemoved = 0;
    return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
}

BOOL PostQueuedCompletionStatus(HANDLE, DWORD, ULONG_PTR, LPOVERLAPPED) {
    return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
}

BOOL SetFileCompletionNotificationModes(HANDLE FileHandle, UCHAR) {
    return refuse(FileHandle);
}

// On a socket it is WSAGetOverlappedResult; a file's operation has ended before its call returned.
BOOL GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                         BOOL bWait) {
    if (lpOverlapped == nullptr || lpNumberOfBytesTransferred == nullptr)
        return ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
    if (ws2::is_socket(win32::bits_of(hFile))) {
        DWORD flags = 0;
        return WSAGetOverlappedResult(win32::bits_of(hFile), lpOverlapped, lpNumberOfBytesTransferred, bWait,
                                      &flags);
    }
    if (!is_handle(hFile)) return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
    *lpNumberOfBytesTransferred = static_cast<DWORD>(lpOverlapped->InternalHigh);
    return TRUE;
}

BOOL CancelIo(HANDLE hFile) {
    return is_handle(hFile) ? TRUE : ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);  // Nothing pending: done.
}

BOOL CancelIoEx(HANDLE hFile, LPOVERLAPPED) {
    return ws2::fail_with(is_handle(hFile) ? ERROR_NOT_FOUND : ERROR_INVALID_HANDLE, FALSE);
}
