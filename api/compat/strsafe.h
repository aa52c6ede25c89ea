// SPDX-License-Identifier: BSD-3-Clause
// Bounded 8-bit string functions, as Windows samples use them. Room is in characters (Cch) or bytes (Cb),
// which are the same here; the result always ends with a NUL, and STRSAFE_E_INSUFFICIENT_BUFFER tells that
// text was cut.
#ifndef RINGSOCK_COMPAT_STRSAFE_H
#define RINGSOCK_COMPAT_STRSAFE_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <windows.h>

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)

static inline HRESULT StringCchVPrintfA(LPSTR text, size_t room, LPCSTR format, va_list arguments) {
    int length;
    if (room == 0 || room > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    length = vsnprintf(text, room, format, arguments);
    return length >= 0 && (size_t)length < room ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;
}
__attribute__((format(printf, 3, 4))) static inline HRESULT StringCchPrintfA(LPSTR text, size_t room,
                                                                             LPCSTR format, ...) {
    HRESULT result;
    va_list arguments;
    va_start(arguments, format);
    result = StringCchVPrintfA(text, room, format, arguments);
    va_end(arguments);
    return result;
}
static inline HRESULT StringCchCopyA(LPSTR text, size_t room, LPCSTR source) {
    size_t length;
    if (room == 0 || room > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    length = strnlen(source, room);
    if (length < room) {
        memcpy(text, source, length + 1);
        return S_OK;
    }
    memcpy(text, source, room - 1);
    text[room - 1] = 0;
    return STRSAFE_E_INSUFFICIENT_BUFFER;
}
static inline HRESULT StringCchCatA(LPSTR text, size_t room, LPCSTR source) {
    const size_t used = strnlen(text, room);
    if (used == room) return STRSAFE_E_INVALID_PARAMETER;
    return StringCchCopyA(text + used, room - used, source);
}
static inline HRESULT StringCchLengthA(LPCSTR text, size_t room, size_t* length) {
    const size_t found = strnlen(text, room);
    if (length) *length = found < room ? found : 0;
    return found < room ? S_OK : STRSAFE_E_INVALID_PARAMETER;
}

// Only the 8-bit form exists.
#define StringCchPrintf StringCchPrintfA
#define StringCchVPrintf StringCchVPrintfA
#define StringCchCopy StringCchCopyA
#define StringCchCat StringCchCatA
#define StringCchLength StringCchLengthA
#define StringCbPrintfA StringCchPrintfA
#define StringCbVPrintfA StringCchVPrintfA
#define StringCbCopyA StringCchCopyA
#define StringCbCatA StringCchCatA
#define StringCbLengthA StringCchLengthA
#define StringCbPrintf StringCchPrintfA
#define StringCbVPrintf StringCchVPrintfA
#define StringCbCopy StringCchCopyA
#define StringCbCat StringCchCatA
#define StringCbLength StringCchLengthA

#endif
