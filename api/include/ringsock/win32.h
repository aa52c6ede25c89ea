// SPDX-License-Identifier: BSD-3-Clause
// The Win32 calls that Winsock programs lean on: last error, events and waits, threads, APCs, completion
// ports, clocks, locks, a little memory, loader and file. None has a POSIX twin of the same name. C11 and
// C++20.
//
// Common to all calls: any thread may call; a failing call returns FALSE, null or its own sentinel and sets
// the thread's last error, which is also what WSAGetLastError reads. Times are milliseconds. Handles and
// sockets share one name space. Nothing here needs WSAStartup. "Win32: X" names the page of the Windows
// reference that is followed.
#ifndef RINGSOCK_WIN32_H
#define RINGSOCK_WIN32_H

#include <ringsock/base_types.h>
#include <ringsock/types.h>

RINGSOCK_EXTERN_C_BEGIN

// ---- last error: one slot a thread, shared with Winsock ----

/// Win32: GetLastError.
RINGSOCK_API DWORD GetLastError(void);
/// Win32: SetLastError.
RINGSOCK_API void SetLastError(DWORD dwErrCode);

// ---- objects and waits ----

// clang-format off
#define INFINITE                    0xFFFFFFFFU
#define WAIT_OBJECT_0               0U
#define WAIT_ABANDONED              0x80U
#define WAIT_ABANDONED_0            0x80U
#define WAIT_IO_COMPLETION          0xC0U
#define WAIT_TIMEOUT                258U
#define WAIT_FAILED                 0xFFFFFFFFU
#define MAXIMUM_WAIT_OBJECTS        64
#define STATUS_WAIT_0               0U
#define STATUS_PENDING              0x103U
#define STILL_ACTIVE                STATUS_PENDING
#define HANDLE_FLAG_INHERIT         0x1
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x2
#define DUPLICATE_CLOSE_SOURCE      0x1
#define DUPLICATE_SAME_ACCESS       0x2
#define SYNCHRONIZE                 0x00100000U
#define EVENT_MODIFY_STATE          0x0002
#define EVENT_ALL_ACCESS            0x001F0003U
// clang-format on

/// Accepted wherever Win32 takes one, and ignored: there is no inheritance and no access control.
typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/// Makes an event; a name is shared inside the process (ERROR_ALREADY_EXISTS when it existed). The caller
/// closes it. Win32: CreateEventA/W.
RINGSOCK_API HANDLE CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset,
                                 BOOL bInitialState, LPCSTR lpName);
RINGSOCK_API HANDLE CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset,
                                 BOOL bInitialState, LPCWSTR lpName);
/// Signals: all waiters of a manual-reset event, one of an auto-reset one. ERROR_INVALID_HANDLE. Win32:
/// SetEvent.
RINGSOCK_API BOOL SetEvent(HANDLE hEvent);
/// Win32: ResetEvent.
RINGSOCK_API BOOL ResetEvent(HANDLE hEvent);
/// Closes any handle: event, mutex, thread, port, file, socket. ERROR_INVALID_HANDLE. Win32: CloseHandle.
RINGSOCK_API BOOL CloseHandle(HANDLE hObject);
/// Makes a mutex that its thread may take again; a thread's end abandons it (WAIT_ABANDONED). Win32:
/// CreateMutexA/W.
RINGSOCK_API HANDLE CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCSTR lpName);
RINGSOCK_API HANDLE CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCWSTR lpName);
/// ERROR_NOT_OWNER in a thread that does not hold it. Win32: ReleaseMutex.
RINGSOCK_API BOOL ReleaseMutex(HANDLE hMutex);
/// Waits for one object. WAIT_OBJECT_0, WAIT_ABANDONED, WAIT_TIMEOUT, WAIT_FAILED with ERROR_INVALID_HANDLE.
/// Win32: WaitForSingleObject.
RINGSOCK_API DWORD WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds);
/// The same, alertable if asked: WAIT_IO_COMPLETION after an APC ran. Win32: WaitForSingleObjectEx.
RINGSOCK_API DWORD WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable);
/// Waits for one or all of 1..64 different objects; the lowest signalled index wins; taking all is one step.
/// ERROR_INVALID_PARAMETER. Win32: WaitForMultipleObjects.
RINGSOCK_API DWORD WaitForMultipleObjects(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll,
                                          DWORD dwMilliseconds);
/// Win32: WaitForMultipleObjectsEx.
RINGSOCK_API DWORD WaitForMultipleObjectsEx(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll,
                                            DWORD dwMilliseconds, BOOL bAlertable);
/// Win32: Sleep.
RINGSOCK_API void Sleep(DWORD dwMilliseconds);
/// 0 after the time, WAIT_IO_COMPLETION after an APC. Win32: SleepEx.
RINGSOCK_API DWORD SleepEx(DWORD dwMilliseconds, BOOL bAlertable);
/// A second handle to the same object, inside this process. Win32: DuplicateHandle.
RINGSOCK_API BOOL DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle,
                                  HANDLE hTargetProcessHandle, LPHANDLE lpTargetHandle, DWORD dwDesiredAccess,
                                  BOOL bInheritHandle, DWORD dwOptions);
/// Checks the handle; the flags have no effect. Win32: SetHandleInformation.
RINGSOCK_API BOOL SetHandleInformation(HANDLE hObject, DWORD dwMask, DWORD dwFlags);

// ---- threads ----

typedef DWORD (*PTHREAD_START_ROUTINE)(LPVOID lpThreadParameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;
typedef void (*PAPCFUNC)(ULONG_PTR Parameter);
#define CREATE_SUSPENDED 0x4
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x10000
#define TLS_OUT_OF_INDEXES 0xFFFFFFFFU

/// Starts a thread; stack size in bytes, 0 for the default. The handle is signalled when it ends; closing it
/// does not stop the thread. CREATE_SUSPENDED: ERROR_NOT_SUPPORTED. Win32: CreateThread.
RINGSOCK_API HANDLE CreateThread(LPSECURITY_ATTRIBUTES lpThreadAttributes, SIZE_T dwStackSize,
                                 LPTHREAD_START_ROUTINE lpStartAddress, LPVOID lpParameter,
                                 DWORD dwCreationFlags, LPDWORD lpThreadId);
/// Ends the calling thread. Win32: ExitThread.
RINGSOCK_API void ExitThread(DWORD dwExitCode) __attribute__((noreturn));
/// Exit code, STILL_ACTIVE before the end. Win32: GetExitCodeThread.
RINGSOCK_API BOOL GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode);
/// Pseudo handles of the calling thread and of the process; need no closing. Win32: GetCurrentThread,
/// GetCurrentProcess.
RINGSOCK_API HANDLE GetCurrentThread(void);
RINGSOCK_API HANDLE GetCurrentProcess(void);
/// Win32: GetCurrentThreadId, GetCurrentProcessId.
RINGSOCK_API DWORD GetCurrentThreadId(void);
RINGSOCK_API DWORD GetCurrentProcessId(void);
/// Runtime-library threads: 0 on failure. Win32: _beginthreadex, _endthreadex.
typedef unsigned (*_beginthreadex_proc_type)(void*);
RINGSOCK_API uintptr_t _beginthreadex(void* security, unsigned stack_size, _beginthreadex_proc_type start,
                                      void* argument, unsigned flags, unsigned* thread_id);
RINGSOCK_API void _endthreadex(unsigned exit_code) __attribute__((noreturn));
/// The older form: its handle closes itself when the thread ends; -1 on failure. Win32: _beginthread,
/// _endthread.
RINGSOCK_API uintptr_t _beginthread(void (*start)(void*), unsigned stack_size, void* argument);
RINGSOCK_API void _endthread(void) __attribute__((noreturn));
/// Queues a function to run in that thread's next alertable wait; its argument is not looked at. FALSE for a
/// thread that has ended. Win32: QueueUserAPC.
RINGSOCK_API DWORD QueueUserAPC(PAPCFUNC pfnAPC, HANDLE hThread, ULONG_PTR dwData);
/// Thread-local slots, null at first. TLS_OUT_OF_INDEXES, ERROR_INVALID_PARAMETER. TlsGetValue clears the
/// last error on success. Win32: TlsAlloc and its kin.
RINGSOCK_API DWORD TlsAlloc(void);
RINGSOCK_API BOOL TlsFree(DWORD dwTlsIndex);
RINGSOCK_API LPVOID TlsGetValue(DWORD dwTlsIndex);
RINGSOCK_API BOOL TlsSetValue(DWORD dwTlsIndex, LPVOID lpTlsValue);

// ---- overlapped operations and completion ports ----

#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 0x1
#define FILE_SKIP_SET_EVENT_ON_HANDLE 0x2

/// Makes a port (INVALID_HANDLE_VALUE), or ties a socket to one with a key; a socket may be tied once. The
/// number of threads is a hint. ERROR_INVALID_PARAMETER, ERROR_INVALID_HANDLE. Win32: CreateIoCompletionPort.
RINGSOCK_API HANDLE CreateIoCompletionPort(HANDLE FileHandle, HANDLE ExistingCompletionPort,
                                           ULONG_PTR CompletionKey, DWORD NumberOfConcurrentThreads);
/// Takes one record. FALSE with a null *lpOverlapped: WAIT_TIMEOUT or ERROR_ABANDONED_WAIT_0 (port closed);
/// with one: the operation failed with the last error. Win32: GetQueuedCompletionStatus.
RINGSOCK_API BOOL GetQueuedCompletionStatus(HANDLE CompletionPort, LPDWORD lpNumberOfBytesTransferred,
                                            PULONG_PTR lpCompletionKey, LPOVERLAPPED* lpOverlapped,
                                            DWORD dwMilliseconds);
/// Takes up to ulCount records; optionally alertable. Win32: GetQueuedCompletionStatusEx.
RINGSOCK_API BOOL GetQueuedCompletionStatusEx(HANDLE CompletionPort,
                                              LPOVERLAPPED_ENTRY lpCompletionPortEntries, ULONG ulCount,
                                              PULONG ulNumEntriesRemoved, DWORD dwMilliseconds,
                                              BOOL fAlertable);
/// Adds a record of the caller's own; the pointer is not looked at. Win32: PostQueuedCompletionStatus.
RINGSOCK_API BOOL PostQueuedCompletionStatus(HANDLE CompletionPort, DWORD dwNumberOfBytesTransferred,
                                             ULONG_PTR dwCompletionKey, LPOVERLAPPED lpOverlapped);
/// FILE_SKIP_*: no record (no event) for an operation that succeeds at once. Win32:
/// SetFileCompletionNotificationModes.
RINGSOCK_API BOOL SetFileCompletionNotificationModes(HANDLE FileHandle, UCHAR Flags);
/// Result of an overlapped operation; errors as Win32 codes. ERROR_IO_INCOMPLETE. Win32: GetOverlappedResult.
RINGSOCK_API BOOL GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped,
                                      LPDWORD lpNumberOfBytesTransferred, BOOL bWait);
/// Cancels this thread's operations on the handle; they end with ERROR_OPERATION_ABORTED. Win32: CancelIo.
RINGSOCK_API BOOL CancelIo(HANDLE hFile);
/// Cancels one operation (null: all) of any thread. ERROR_NOT_FOUND. Win32: CancelIoEx.
RINGSOCK_API BOOL CancelIoEx(HANDLE hFile, LPOVERLAPPED lpOverlapped);
/// Whether an operation has ended, from its own memory alone.
#define HasOverlappedIoCompleted(overlapped) \
    (__atomic_load_n(&(overlapped)->Internal, __ATOMIC_ACQUIRE) != (ULONG_PTR)STATUS_PENDING)

// ---- time ----

/// Milliseconds since an arbitrary start, monotonic; the first wraps after 49.7 days. Win32: GetTickCount,
/// GetTickCount64, timeGetTime.
RINGSOCK_API DWORD GetTickCount(void);
RINGSOCK_API ULONGLONG GetTickCount64(void);
RINGSOCK_API DWORD timeGetTime(void);
/// Ask for a finer timer; always granted, no effect: 0. Win32: timeBeginPeriod, timeEndPeriod.
RINGSOCK_API UINT timeBeginPeriod(UINT uPeriod);
RINGSOCK_API UINT timeEndPeriod(UINT uPeriod);
/// Monotonic counter and its ticks per second. Win32: QueryPerformanceCounter, QueryPerformanceFrequency.
RINGSOCK_API BOOL QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount);
RINGSOCK_API BOOL QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency);

// ---- critical sections ----

/// A recursive lock; opaque, must not be copied or moved. Win32: CRITICAL_SECTION.
typedef struct _RTL_CRITICAL_SECTION {
    PVOID DebugInfo;
    LONG LockCount;
    LONG RecursionCount;
    HANDLE OwningThread;
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} CRITICAL_SECTION, RTL_CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;
RINGSOCK_LAYOUT(sizeof(CRITICAL_SECTION) == 40);

/// Win32: InitializeCriticalSection.
RINGSOCK_API void InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
/// The spin count is a hint; always TRUE. Win32: InitializeCriticalSectionAndSpinCount.
RINGSOCK_API BOOL InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection,
                                                        DWORD dwSpinCount);
/// Win32: EnterCriticalSection, TryEnterCriticalSection, LeaveCriticalSection, DeleteCriticalSection.
RINGSOCK_API void EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
RINGSOCK_API BOOL TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
RINGSOCK_API void LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
RINGSOCK_API void DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

// ---- memory ----

// clang-format off
#define MEM_COMMIT              0x1000
#define MEM_RESERVE             0x2000
#define MEM_DECOMMIT            0x4000
#define MEM_RELEASE             0x8000
#define MEM_LARGE_PAGES         0x20000000
#define PAGE_NOACCESS           0x01
#define PAGE_READONLY           0x02
#define PAGE_READWRITE          0x04
#define PAGE_EXECUTE            0x10
#define PAGE_EXECUTE_READ       0x20
#define PAGE_EXECUTE_READWRITE  0x40
#define PAGE_GUARD              0x100
#define HEAP_NO_SERIALIZE       0x1
#define HEAP_ZERO_MEMORY        0x8
#define LMEM_FIXED              0x0
#define LMEM_ZEROINIT           0x40
#define LPTR                    (LMEM_FIXED | LMEM_ZEROINIT)
// clang-format on
typedef HANDLE HLOCAL;

/// Pages, in bytes rounded up. ERROR_INVALID_ADDRESS, ERROR_NOT_ENOUGH_MEMORY. Win32: VirtualAlloc,
/// VirtualFree, VirtualProtect.
RINGSOCK_API LPVOID VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect);
RINGSOCK_API BOOL VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);
RINGSOCK_API BOOL VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect, PDWORD lpflOldProtect);
/// The process heap; other heaps do not exist. Win32: HeapAlloc and its kin.
RINGSOCK_API HANDLE GetProcessHeap(void);
RINGSOCK_API LPVOID HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes);
RINGSOCK_API LPVOID HeapReAlloc(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes);
RINGSOCK_API BOOL HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem);
/// LocalFree returns null on success. Win32: LocalAlloc, LocalFree.
RINGSOCK_API HLOCAL LocalAlloc(UINT uFlags, SIZE_T uBytes);
RINGSOCK_API HLOCAL LocalFree(HLOCAL hMem);

// ---- loader: ws2_32, mswsock and kernel32 are names for this library ----

/// Any of the library's module names, or a shared object. ERROR_MOD_NOT_FOUND. Win32: LoadLibraryA,
/// GetModuleHandleA, FreeLibrary.
RINGSOCK_API HMODULE LoadLibraryA(LPCSTR lpLibFileName);
RINGSOCK_API HMODULE GetModuleHandleA(LPCSTR lpModuleName);
RINGSOCK_API BOOL FreeLibrary(HMODULE hLibModule);
/// A function by its Windows name ("connect" gives ws2_connect). ERROR_PROC_NOT_FOUND. Win32: GetProcAddress.
RINGSOCK_API FARPROC GetProcAddress(HMODULE hModule, LPCSTR lpProcName);

// ---- files, as far as TransmitFile needs them ----

// clang-format off
#define GENERIC_READ              0x80000000U
#define GENERIC_WRITE             0x40000000U
#define FILE_SHARE_READ           0x1
#define FILE_SHARE_WRITE          0x2
#define CREATE_NEW                1
#define CREATE_ALWAYS             2
#define OPEN_EXISTING             3
#define OPEN_ALWAYS               4
#define FILE_ATTRIBUTE_NORMAL     0x80
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000U
#define FILE_FLAG_OVERLAPPED      0x40000000U
#define FILE_BEGIN                0
#define FILE_CURRENT              1
#define FILE_END                  2
#define INVALID_FILE_SIZE         0xFFFFFFFFU
#define INVALID_SET_FILE_POINTER  0xFFFFFFFFU
#define MAX_PATH                  260
// clang-format on

/// INVALID_HANDLE_VALUE with ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED. Win32: CreateFileA.
RINGSOCK_API HANDLE CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                                LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                                DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
/// On files, and on sockets as recv and send, overlapped too. Win32: ReadFile, WriteFile.
RINGSOCK_API BOOL ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead,
                           LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped);
RINGSOCK_API BOOL WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite,
                            LPDWORD lpNumberOfBytesWritten, LPOVERLAPPED lpOverlapped);
/// Win32: GetFileSize, SetFilePointer.
RINGSOCK_API DWORD GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh);
RINGSOCK_API DWORD SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh,
                                  DWORD dwMoveMethod);
/// "/etc": where hosts, services and protocols are found. Win32: GetSystemWindowsDirectoryA.
RINGSOCK_API UINT GetSystemWindowsDirectoryA(LPSTR lpBuffer, UINT uSize);

// ---- text and errors ----

// clang-format off
#define CP_ACP                          0
#define CP_UTF8                         65001
#define MB_ERR_INVALID_CHARS            0x8
#define WC_ERR_INVALID_CHARS            0x80
#define FORMAT_MESSAGE_ALLOCATE_BUFFER  0x100
#define FORMAT_MESSAGE_IGNORE_INSERTS   0x200
#define FORMAT_MESSAGE_FROM_STRING      0x400
#define FORMAT_MESSAGE_FROM_HMODULE     0x800
#define FORMAT_MESSAGE_FROM_SYSTEM      0x1000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY   0x2000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK   0xFF
#define LANG_NEUTRAL                    0
#define SUBLANG_DEFAULT                 1
#define MAKELANGID(primary, sublanguage) ((WORD)(((WORD)(sublanguage) << 10) | (WORD)(primary)))
#define EXCEPTION_NONCONTINUABLE        0x1
// clang-format on

/// UTF-8 (both code pages mean it) to UTF-16 and back; -1 means up to the NUL; a size of 0 asks for the size
/// needed, in units. 0 with ERROR_INSUFFICIENT_BUFFER, ERROR_NO_UNICODE_TRANSLATION. Win32:
/// MultiByteToWideChar, WideCharToMultiByte.
RINGSOCK_API int MultiByteToWideChar(UINT CodePage, DWORD dwFlags, LPCSTR lpMultiByteStr, int cbMultiByte,
                                     LPWSTR lpWideCharStr, int cchWideChar);
RINGSOCK_API int WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar,
                                     LPSTR lpMultiByteStr, int cbMultiByte, LPCSTR lpDefaultChar,
                                     LPBOOL lpUsedDefaultChar);
/// English text of an error code; FORMAT_MESSAGE_ALLOCATE_BUFFER's result goes to LocalFree. Inserts are not
/// expanded; the last parameter, a va_list on Windows, is ignored. Returns characters, 0 on error. Win32:
/// FormatMessageA.
RINGSOCK_API DWORD FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                  LPSTR lpBuffer, DWORD nSize, void* Arguments);
/// Ends the process with SIGABRT: there is no structured exception handling. Win32: RaiseException.
RINGSOCK_API void RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags, DWORD nNumberOfArguments,
                                 const ULONG_PTR* lpArguments);
/// Status of a finished overlapped operation (OVERLAPPED::Internal) as an error code. Win32:
/// RtlNtStatusToDosErrorNoTeb.
RINGSOCK_API ULONG RtlNtStatusToDosErrorNoTeb(LONG Status);

// ---- windows: declared so that programs compile; every call fails with ERROR_CALL_NOT_IMPLEMENTED ----

typedef struct HMENU__* HMENU;
typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *LPPOINT;
typedef struct tagMSG {
    HWND hwnd;
    UINT message;
    WPARAM wParam;
    LPARAM lParam;
    DWORD time;
    POINT pt;
} MSG, *PMSG, *LPMSG;
#define WM_USER 0x0400
#define PM_NOREMOVE 0x0
#define PM_REMOVE 0x1
#define QS_ALLINPUT 0x04FF

RINGSOCK_API HWND CreateWindowExA(DWORD dwExStyle, LPCSTR lpClassName, LPCSTR lpWindowName, DWORD dwStyle,
                                  int X, int Y, int nWidth, int nHeight, HWND hWndParent, HMENU hMenu,
                                  HINSTANCE hInstance, LPVOID lpParam);
RINGSOCK_API BOOL DestroyWindow(HWND hWnd);
RINGSOCK_API BOOL PeekMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax,
                               UINT wRemoveMsg);
/// Waits for the objects; no message ever comes. Win32: MsgWaitForMultipleObjects.
RINGSOCK_API DWORD MsgWaitForMultipleObjects(DWORD nCount, const HANDLE* pHandles, BOOL fWaitAll,
                                             DWORD dwMilliseconds, DWORD dwWakeMask);

RINGSOCK_EXTERN_C_END

#endif
