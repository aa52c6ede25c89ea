// SPDX-License-Identifier: BSD-3-Clause
// Windows and messages: there are none. RaiseException: there is no structured exception handling.
// Win32: CreateWindowExA, DestroyWindow, PeekMessageA, RaiseException.
#include <ringsock/win32.h>

#include <cstdlib>

#include "ws2/last_error.h"

using namespace ringsock;

HWND CreateWindowExA(DWORD, LPCSTR, LPCSTR, DWORD, int, int, int, int, HWND, HMENU, HINSTANCE, LPVOID) {
    return ws2::fail_with<HWND>(ERROR_CALL_NOT_IMPLEMENTED, nullptr);
}
BOOL DestroyWindow(HWND) {
    return ws2::fail_with(ERROR_CALL_NOT_IMPLEMENTED, FALSE);
}
BOOL PeekMessageA(LPMSG, HWND, UINT, UINT, UINT) {
    return ws2::fail_with(ERROR_CALL_NOT_IMPLEMENTED, FALSE);
}

void RaiseException(DWORD, DWORD, DWORD, const ULONG_PTR*) {
    std::abort();
}
