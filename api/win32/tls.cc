// SPDX-License-Identifier: BSD-3-Clause
// Thread-local slots over POSIX keys. A key that is freed and made again starts null in every thread, as
// Win32 has it. Win32: TlsAlloc, TlsFree, TlsGetValue, TlsSetValue.
#include <pthread.h>
#include <ringsock/win32.h>

#include "ws2/last_error.h"

using namespace ringsock;

DWORD TlsAlloc() {
    pthread_key_t key{};
    if (pthread_key_create(&key, nullptr) != 0)
        return ws2::fail_with(ERROR_NO_SYSTEM_RESOURCES, TLS_OUT_OF_INDEXES);
    return key;
}

BOOL TlsFree(DWORD dwTlsIndex) {
    return pthread_key_delete(dwTlsIndex) == 0 ? TRUE : ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
}

// A null value and a bad index look alike, which is why success clears the last error.
LPVOID TlsGetValue(DWORD dwTlsIndex) {
    return ws2::fail_with(0, pthread_getspecific(dwTlsIndex));
}

BOOL TlsSetValue(DWORD dwTlsIndex, LPVOID lpTlsValue) {
    return pthread_setspecific(dwTlsIndex, lpTlsValue) == 0 ? TRUE
                                                            : ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
}
