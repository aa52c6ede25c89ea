// SPDX-License-Identifier: BSD-3-Clause
// Win32: GetLastError, SetLastError. The slot is Winsock's.
#include "ws2/last_error.h"

#include <ringsock/win32.h>

DWORD GetLastError() {
    return static_cast<DWORD>(ringsock::ws2::last_error());
}
void SetLastError(DWORD dwErrCode) {
    ringsock::ws2::set_last_error(static_cast<int>(dwErrCode));
}
