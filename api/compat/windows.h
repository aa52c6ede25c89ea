// SPDX-License-Identifier: BSD-3-Clause
// The part of Windows' umbrella header that Winsock programs lean on: scalar types, the Win32 calls of
// <ringsock/win32.h>, interlocked operations and the spellings of Microsoft compilers. It never defines min
// and max (they would break the C++ library), so NOMINMAX changes nothing, nor _WIN32: that is the build
// line's to say.
#ifndef RINGSOCK_COMPAT_WINDOWS_H
#define RINGSOCK_COMPAT_WINDOWS_H

#define _WINDOWS_

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ringsock/win32.h>

// `#pragma comment(lib, "ws2_32.lib")` stands in most Winsock programs; the build line links here.
#pragma GCC diagnostic ignored "-Wunknown-pragmas"

// ---- spellings of Microsoft compilers and of old memory models ----

#define RINGSOCK_DECLSPEC_dllexport __attribute__((visibility("default")))
#define RINGSOCK_DECLSPEC_dllimport
#define RINGSOCK_DECLSPEC_noreturn __attribute__((noreturn))
#define RINGSOCK_DECLSPEC_noinline __attribute__((noinline))
#define RINGSOCK_DECLSPEC_nothrow __attribute__((nothrow))
#define RINGSOCK_DECLSPEC_novtable
#define RINGSOCK_DECLSPEC_selectany __attribute__((weak))
#define RINGSOCK_DECLSPEC_thread __thread
#define RINGSOCK_DECLSPEC_align(bytes) __attribute__((aligned(bytes)))
#define RINGSOCK_DECLSPEC_deprecated __attribute__((deprecated))
#ifndef __declspec
#define __declspec(what) RINGSOCK_DECLSPEC_##what
#endif
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef _cdecl
#define _cdecl
#endif
#ifndef _stdcall
#define _stdcall
#endif
#ifndef __int64
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif
#ifndef _int64
#define _int64 long long
#endif
#ifndef __forceinline
#define __forceinline inline __attribute__((always_inline))
#endif
#ifndef _inline
#define _inline inline
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef PASCAL
#define PASCAL
#endif
#ifndef APIENTRY
#define APIENTRY
#endif
#ifndef WINAPIV
#define WINAPIV
#endif
#ifndef APIPRIVATE
#define APIPRIVATE
#endif
#ifndef WINBASEAPI
#define WINBASEAPI
#endif
#ifndef STDMETHODCALLTYPE
#define STDMETHODCALLTYPE
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef DECLSPEC_NORETURN
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_CACHEALIGN __attribute__((aligned(64)))
#define DECLSPEC_IMPORT
#endif
#define UNREFERENCED_PARAMETER(name) ((void)(name))
#define DBG_UNREFERENCED_PARAMETER(name) ((void)(name))
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#ifndef _countof
#define _countof(array) ARRAYSIZE(array)
#endif
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) ((type*)(void*)((char*)(address)-offsetof(type, field)))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#endif
#define DECLARE_HANDLE(name) typedef struct name##__* name

// Structured exception handling, as far as one block that is left early: no exception is ever caught, and a
// `__leave` inside a nested loop would leave only the loop. In C++ the standard library owns the word __try,
// so a program asks with RINGSOCK_SEH, after its last standard header.
// clang-format off
#if !defined(__cplusplus) || defined(RINGSOCK_SEH)
#undef __try
#define __try            do
#define __leave          break
#define __finally        while (0);
#define __except(filter) while (0); if (0)
#endif
// clang-format on
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0

// ---- types that only Windows source uses ----

typedef LONG HRESULT, NTSTATUS;
typedef DWORD COLORREF, LCID;
typedef WORD ATOM, LANGID;
typedef HANDLE HGLOBAL;
typedef struct HICON__* HICON;
typedef struct HBRUSH__* HBRUSH;
typedef HICON HCURSOR;
typedef GUID UUID, IID, CLSID;
typedef const GUID *REFGUID, *REFIID;
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;
/// The machine, as far as programs size their thread pools by it.
typedef struct _SYSTEM_INFO {
    DWORD dwOemId;
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity;
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;
static inline void GetSystemInfo(LPSYSTEM_INFO info) {
    memset(info, 0, sizeof(*info));
    info->dwPageSize = (DWORD)sysconf(_SC_PAGESIZE);
    info->dwAllocationGranularity = info->dwPageSize;
    info->dwNumberOfProcessors = (DWORD)sysconf(_SC_NPROCESSORS_ONLN);
}
#ifdef UNICODE
typedef WCHAR TCHAR, TBYTE;
typedef LPWSTR LPTSTR, PTSTR;
typedef LPCWSTR LPCTSTR, PCTSTR;
#define RINGSOCK_TEXT(literal) L##literal
#else
typedef char TCHAR;
typedef unsigned char TBYTE;
typedef LPSTR LPTSTR, PTSTR;
typedef LPCSTR LPCTSTR, PCTSTR;
#define RINGSOCK_TEXT(literal) literal
#endif
typedef TCHAR _TCHAR, *PTCHAR;
#define TEXT(literal) RINGSOCK_TEXT(literal)
#define __TEXT(literal) RINGSOCK_TEXT(literal)

#define MAXDWORD 0xFFFFFFFFU
#define MAXULONG 0xFFFFFFFFU
#define MAXLONG 0x7FFFFFFF
#define MAXWORD 0xFFFF
#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_FAIL ((HRESULT)0x80004005)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result) ((HRESULT)(result) < 0)
#define HRESULT_FROM_WIN32(code) \
    ((HRESULT)(code) <= 0 ? (HRESULT)(code) : (HRESULT)(((DWORD)(code)&0xFFFFU) | 0x80070000U))

#define ZeroMemory(destination, length) memset((destination), 0, (length))
#define SecureZeroMemory(destination, length) explicit_bzero((destination), (length))
#define FillMemory(destination, length, value) memset((destination), (value), (length))
#define CopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define MoveMemory(destination, source, length) memmove((destination), (source), (length))
#define RtlZeroMemory ZeroMemory
#define RtlCopyMemory CopyMemory

// ---- interlocked operations: full barriers; any integer type of the caller's, since LONG and long differ
// here ----

#define InterlockedIncrement(target) __atomic_add_fetch((target), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(target) __atomic_sub_fetch((target), 1, __ATOMIC_SEQ_CST)
#define InterlockedExchange(target, value) __atomic_exchange_n((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(target, value) __atomic_fetch_add((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedAnd(target, value) __atomic_fetch_and((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedOr(target, value) __atomic_fetch_or((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedXor(target, value) __atomic_fetch_xor((target), (value), __ATOMIC_SEQ_CST)
#define InterlockedCompareExchange(target, desired, expected) \
    __sync_val_compare_and_swap((target), (expected), (desired))
#define InterlockedExchangePointer InterlockedExchange
#define InterlockedCompareExchangePointer InterlockedCompareExchange
#define InterlockedIncrement64 InterlockedIncrement
#define InterlockedDecrement64 InterlockedDecrement
#define InterlockedExchange64 InterlockedExchange
#define InterlockedExchangeAdd64 InterlockedExchangeAdd
#define InterlockedCompareExchange64 InterlockedCompareExchange
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#if defined(__x86_64__)
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

// ---- names that follow UNICODE ----

#ifdef UNICODE
#define CreateEvent CreateEventW
#define CreateMutex CreateMutexW
#else
#define CreateEvent CreateEventA
#define CreateMutex CreateMutexA
#endif
// Only the 8-bit form of these exists.
#define CreateFile CreateFileA
#define LoadLibrary LoadLibraryA
#define GetModuleHandle GetModuleHandleA
#define FormatMessage FormatMessageA
#define CreateWindowEx CreateWindowExA
#define PeekMessage PeekMessageA
#define GetSystemWindowsDirectory GetSystemWindowsDirectoryA

// ---- the Microsoft run-time library's spellings of standard functions ----

#ifndef _snprintf
#define _snprintf snprintf
#define _vsnprintf vsnprintf
#define _stricmp strcasecmp
#define _strnicmp strncasecmp
#define stricmp strcasecmp
#define strnicmp strncasecmp
#define _strdup strdup
#endif

// Without WIN32_LEAN_AND_MEAN Windows brings the sockets along.
#ifndef WIN32_LEAN_AND_MEAN
#include <winsock.h>
#endif

#endif
