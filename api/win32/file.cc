// SPDX-License-Identifier: BSD-3-Clause
// Files as far as a program that sends them needs them. ReadFile and WriteFile also take sockets, as recv and
// send. Win32: CreateFileA, ReadFile, WriteFile, GetFileSize, SetFilePointer, GetSystemWindowsDirectoryA.
#include <fcntl.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "win32/objects.h"
#include "ws2/last_error.h"

using namespace ringsock;

namespace {

using win32::HandleKind;

/// Nothing is written to a pipe or file that is gone by this; a short result is returned to the caller
/// instead.
constexpr DWORD kLongestTransfer = 0x7ffff000;

int code_of(int error) noexcept {
    switch (error) {
        case ENOENT:
            return ERROR_FILE_NOT_FOUND;
        case ENOTDIR:
            return ERROR_PATH_NOT_FOUND;
        case EACCES:
        case EPERM:
        case EROFS:
        case EISDIR:
            return ERROR_ACCESS_DENIED;
        case EEXIST:
            return ERROR_ALREADY_EXISTS;
        case EMFILE:
        case ENFILE:
            return ERROR_TOO_MANY_OPEN_FILES;
        case ENOMEM:
            return ERROR_NOT_ENOUGH_MEMORY;
        case EPIPE:
            return ERROR_BROKEN_PIPE;
        case EINVAL:
            return ERROR_INVALID_PARAMETER;
        default:
            return ERROR_NO_SYSTEM_RESOURCES;
    }
}

/// Linux open flags; -1 for a disposition that is not known.
int open_flags(DWORD access, DWORD disposition) noexcept {
    const bool reads = (access & GENERIC_READ) != 0;
    const bool writes = (access & GENERIC_WRITE) != 0;
    const int mode = (reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY) | O_CLOEXEC;
    switch (disposition) {
        case CREATE_NEW:
            return mode | O_CREAT | O_EXCL;
        case CREATE_ALWAYS:
            return mode | O_CREAT | O_TRUNC;
        case OPEN_EXISTING:
            return mode;
        case OPEN_ALWAYS:
            return mode | O_CREAT;
        default:
            return -1;
    }
}

/// The file of a handle: a descriptor of our own, so that another thread may close the handle meanwhile. -1:
/// none.
int descriptor_of(HANDLE handle) noexcept {
    const std::lock_guard held(win32::objects_lock());
    const win32::Object* const object = win32::find_object(handle, HandleKind::file);
    return object != nullptr ? fcntl(object->descriptor, F_DUPFD_CLOEXEC, 3) : -1;
}

/// Stores a transfer's result. An overlapped file operation completes before the call returns.
BOOL finish_transfer(ssize_t bytes, int error, LPDWORD out, LPOVERLAPPED overlapped) noexcept {
    if (bytes < 0) return ws2::fail_with(code_of(error), FALSE);
    if (out != nullptr) *out = static_cast<DWORD>(bytes);
    if (overlapped == nullptr) return TRUE;
    overlapped->InternalHigh = static_cast<ULONG_PTR>(bytes);
    __atomic_store_n(&overlapped->Internal, ULONG_PTR{0}, __ATOMIC_RELEASE);
    if (overlapped->hEvent != nullptr) SetEvent(overlapped->hEvent);
    return TRUE;
}

off_t offset_of(const OVERLAPPED& overlapped) noexcept {
    return static_cast<off_t>(overlapped.Offset) | static_cast<off_t>(overlapped.OffsetHigh) << 32;
}

template <typename Transfer, typename TransferAt>
BOOL run_transfer(HANDLE handle, LPDWORD out, LPOVERLAPPED overlapped, Transfer&& here,
                  TransferAt&& at) noexcept {
    const int descriptor = descriptor_of(handle);
    if (descriptor < 0) return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
    const ssize_t bytes = overlapped != nullptr ? at(descriptor, offset_of(*overlapped)) : here(descriptor);
    const int error = errno;
    close(descriptor);
    return finish_transfer(bytes, error, out, overlapped);
}

}  // namespace

HANDLE CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD, LPSECURITY_ATTRIBUTES,
                   DWORD dwCreationDisposition, DWORD, HANDLE) {
    const int flags = open_flags(dwDesiredAccess, dwCreationDisposition);
    if (lpFileName == nullptr || flags < 0)
        return ws2::fail_with(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE);
    auto* const object = new (std::nothrow) win32::Object;
    if (object == nullptr) return ws2::fail_with(ERROR_NOT_ENOUGH_MEMORY, INVALID_HANDLE_VALUE);
    object->kind = HandleKind::file;
    object->references = 1;
    object->descriptor = open(lpFileName, flags, 0666);
    const int error = object->descriptor < 0 ? code_of(errno) : 0;
    const std::lock_guard held(win32::objects_lock());
    const HANDLE handle = error == 0 ? win32::make_handle(*object) : nullptr;
    win32::release(*object);
    if (error != 0) return ws2::fail_with(error, INVALID_HANDLE_VALUE);
    return handle != nullptr ? handle : ws2::fail_with(ERROR_NOT_ENOUGH_MEMORY, INVALID_HANDLE_VALUE);
}

BOOL ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead,
              LPOVERLAPPED lpOverlapped) {
    if (ws2::is_socket(win32::bits_of(hFile))) {
        WSABUF list{nNumberOfBytesToRead, static_cast<CHAR*>(lpBuffer)};
        DWORD flags = 0;
        return WSARecv(win32::bits_of(hFile), &list, 1, lpNumberOfBytesRead, &flags, lpOverlapped, nullptr) ==
               0;
    }
    const std::size_t bytes = std::min(nNumberOfBytesToRead, kLongestTransfer);
    return run_transfer(
        hFile, lpNumberOfBytesRead, lpOverlapped, [&](int file) { return read(file, lpBuffer, bytes); },
        [&](int file, off_t at) { return pread(file, lpBuffer, bytes, at); });
}

BOOL WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPDWORD lpNumberOfBytesWritten,
               LPOVERLAPPED lpOverlapped) {
    if (ws2::is_socket(win32::bits_of(hFile))) {
        WSABUF list{nNumberOfBytesToWrite, static_cast<CHAR*>(const_cast<void*>(lpBuffer))};
        return WSASend(win32::bits_of(hFile), &list, 1, lpNumberOfBytesWritten, 0, lpOverlapped, nullptr) ==
               0;
    }
    const std::size_t bytes = std::min(nNumberOfBytesToWrite, kLongestTransfer);
    return run_transfer(
        hFile, lpNumberOfBytesWritten, lpOverlapped, [&](int file) { return write(file, lpBuffer, bytes); },
        [&](int file, off_t at) { return pwrite(file, lpBuffer, bytes, at); });
}

DWORD GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh) {
    const int descriptor = descriptor_of(hFile);
    if (descriptor < 0) return ws2::fail_with(ERROR_INVALID_HANDLE, INVALID_FILE_SIZE);
    struct stat status {};
    const bool known = fstat(descriptor, &status) == 0;
    close(descriptor);
    if (!known) return ws2::fail_with(ERROR_INVALID_HANDLE, INVALID_FILE_SIZE);
    if (lpFileSizeHigh != nullptr) *lpFileSizeHigh = static_cast<DWORD>(status.st_size >> 32);
    return ws2::fail_with(0, static_cast<DWORD>(status.st_size));
}

DWORD SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh, DWORD dwMoveMethod) {
    constexpr int kOrigins[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    if (dwMoveMethod > FILE_END) return ws2::fail_with(ERROR_INVALID_PARAMETER, INVALID_SET_FILE_POINTER);
    // Without a high part the distance is signed 32 bits; with one the low part is unsigned.
    const off_t distance = lpDistanceToMoveHigh == nullptr
                               ? off_t{lDistanceToMove}
                               : static_cast<off_t>(*lpDistanceToMoveHigh) * (off_t{1} << 32) +
                                     static_cast<off_t>(static_cast<DWORD>(lDistanceToMove));
    const int descriptor = descriptor_of(hFile);
    if (descriptor < 0) return ws2::fail_with(ERROR_INVALID_HANDLE, INVALID_SET_FILE_POINTER);
    const off_t position =
        lseek(descriptor, distance, kOrigins[dwMoveMethod]);  // The position is the file's.
    const int error = errno;
    close(descriptor);
    if (position < 0) return ws2::fail_with(code_of(error), INVALID_SET_FILE_POINTER);
    if (lpDistanceToMoveHigh != nullptr) *lpDistanceToMoveHigh = static_cast<LONG>(position >> 32);
    return ws2::fail_with(0, static_cast<DWORD>(position));
}

UINT GetSystemWindowsDirectoryA(LPSTR lpBuffer, UINT uSize) {
    constexpr char kDirectory[] = "/etc";
    if (lpBuffer == nullptr || uSize < sizeof kDirectory)
        return sizeof kDirectory;  // The room needed, as on Windows.
    std::memcpy(lpBuffer, kDirectory, sizeof kDirectory);
    return sizeof kDirectory - 1;
}
