// SPDX-License-Identifier: BSD-3-Clause
// Scalar vocabulary of the Win32 data model on an LP64 machine. LONG, ULONG and DWORD are 32 bits wide, as on
// Windows; pointers and handles are 64. C11 and C++20. Clashes with no POSIX header. Owns no storage.
#ifndef RINGSOCK_BASE_TYPES_H
#define RINGSOCK_BASE_TYPES_H

#include <stddef.h>
#include <stdint.h>

// A unit that has `api/compat` on its include path is an overlay unit: it speaks the unprefixed Winsock
// names, and the headers there keep POSIX socket declarations out. Every other unit is native and may mix
// with POSIX.
#ifdef __has_include
#if __has_include(<ringsock_overlay.h>)
#include <ringsock_overlay.h>
#endif
#endif

// The tag of a structure whose Winsock name is also a POSIX name: `ws2_addrinfo` natively, `addrinfo` in the
// overlay. One definition serves both, so the two layers cannot drift apart.
#ifdef RINGSOCK_OVERLAY
#define WS2_TAG(name) name
#else
#define WS2_TAG(name) ws2_##name
#endif

#ifdef __cplusplus
#define RINGSOCK_EXTERN_C_BEGIN extern "C" {
#define RINGSOCK_EXTERN_C_END }
#define RINGSOCK_LAYOUT(condition) static_assert(condition, "Winsock ABI layout: " #condition)
#else
#define RINGSOCK_EXTERN_C_BEGIN
#define RINGSOCK_EXTERN_C_END
#define RINGSOCK_LAYOUT(condition) _Static_assert(condition, "Winsock ABI layout: " #condition)
#endif

// Marks a symbol that libringsock.so exports; everything else in the library is hidden.
#define RINGSOCK_API __attribute__((visibility("default")))
// A second spelling of an exported function: no symbol of its own.
#define RINGSOCK_ALIAS(symbol) __asm__(#symbol)

// Calling conventions: the x86-64 and arm64 System V ABIs know only one, so the Windows spellings are empty.
#ifndef WSAAPI
#define WSAAPI
#endif
#ifndef WSPAPI
#define WSPAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef WINAPI
#define WINAPI
#endif

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

// clang-format off
typedef void               VOID;
typedef char               CHAR;
typedef signed char        INT8;
typedef unsigned char      UCHAR, BYTE, UINT8, BOOLEAN;
typedef short              SHORT, INT16;
typedef unsigned short     USHORT, WORD, UINT16;
typedef int                INT, BOOL, LONG, INT32, LONG32;
typedef unsigned int       UINT, DWORD, ULONG, UINT32, DWORD32, ULONG32;
typedef long long          LONGLONG, LONG64, INT64;
typedef unsigned long long ULONGLONG, DWORDLONG, ULONG64, DWORD64, UINT64;
typedef intptr_t           INT_PTR, LONG_PTR, SSIZE_T;
typedef uintptr_t          UINT_PTR, ULONG_PTR, DWORD_PTR;
typedef size_t             SIZE_T;
typedef float              FLOAT;
// clang-format on

// UTF-16 code unit. With -fshort-wchar it is wchar_t, so that L"..." literals fit; otherwise write u"...".
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif

// clang-format off
typedef void         *PVOID, *LPVOID, *HANDLE;
typedef const void   *LPCVOID, *PCVOID;
typedef CHAR         *PCHAR, *LPCH, *PCH, *LPSTR, *PSTR;
typedef const CHAR   *LPCSTR, *PCSTR, *PCCH, *LPCCH;
typedef WCHAR        *PWCHAR, *LPWCH, *PWCH, *LPWSTR, *PWSTR;
typedef const WCHAR  *LPCWSTR, *PCWSTR, *LPCWCH, *PCWCH;
typedef BYTE         *PBYTE, *LPBYTE;
typedef UCHAR        *PUCHAR;
typedef SHORT        *PSHORT;
typedef USHORT       *PUSHORT;
typedef WORD         *PWORD, *LPWORD;
typedef INT          *PINT, *LPINT;
typedef UINT         *PUINT, *LPUINT;
typedef BOOL         *PBOOL, *LPBOOL;
typedef LONG         *PLONG, *LPLONG;
typedef ULONG        *PULONG, *LPULONG;
typedef DWORD        *PDWORD, *LPDWORD;
typedef LONGLONG     *PLONGLONG;
typedef ULONGLONG    *PULONGLONG;
typedef ULONG64      *PULONG64;
typedef DWORD64      *PDWORD64;
typedef DWORD_PTR    *PDWORD_PTR;
typedef ULONG_PTR    *PULONG_PTR;
typedef UINT_PTR     *PUINT_PTR;
typedef SIZE_T       *PSIZE_T;
typedef HANDLE       *PHANDLE, *LPHANDLE;
// clang-format on

// Opaque Windows objects. Ringsock never looks inside; they only keep prototypes type-safe.
typedef struct HWND__* HWND;
typedef struct HINSTANCE__ *HINSTANCE, *HMODULE;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM, LRESULT;
typedef INT_PTR (*FARPROC)(void);

/// A socket. One name space with HANDLE: a SOCKET may be cast to HANDLE for the Win32 calls that accept one.
/// Values are multiples of 4, fit in 31 bits and never equal an open Linux descriptor.
typedef UINT_PTR SOCKET;
typedef SOCKET* PSOCKET;
/// A group of sockets; only 0 (no group) is supported.
typedef UINT GROUP;
/// An event object; the same thing as a Win32 event HANDLE.
typedef HANDLE WSAEVENT, *LPWSAEVENT;

#define INVALID_SOCKET ((SOCKET)(~(SOCKET)0))
#define SOCKET_ERROR (-1)
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

#ifndef GUID_DEFINED
#define GUID_DEFINED
/// 128-bit identifier of a provider or of an extension function.
typedef struct _GUID {
    UINT Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID, *LPGUID;
typedef const GUID* LPCGUID;
#endif

/// 64-bit integer with access to its halves. Winsock: LARGE_INTEGER.
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/// Unsigned sibling of LARGE_INTEGER.
typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

RINGSOCK_LAYOUT(sizeof(SOCKET) == 8 && sizeof(HANDLE) == 8 && sizeof(WSAEVENT) == 8);
RINGSOCK_LAYOUT(sizeof(LONG) == 4 && sizeof(ULONG) == 4 && sizeof(DWORD) == 4 && sizeof(BOOL) == 4);
RINGSOCK_LAYOUT(sizeof(WCHAR) == 2 && sizeof(WORD) == 2 && sizeof(GROUP) == 4);
RINGSOCK_LAYOUT(sizeof(GUID) == 16 && sizeof(DWORD_PTR) == 8 && sizeof(ULONGLONG) == 8);
RINGSOCK_LAYOUT(sizeof(LARGE_INTEGER) == 8);

#endif
