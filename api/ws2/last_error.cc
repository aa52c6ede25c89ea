// SPDX-License-Identifier: BSD-3-Clause
// WSAGetLastError and WSASetLastError. They need no start-up.
#include "ws2/last_error.h"

#include <ringsock/ws2.h>

namespace ringsock::ws2 {
constinit thread_local int t_last_error __attribute__((tls_model("initial-exec"))) = 0;
}

int WSAGetLastError() {
    return ringsock::ws2::last_error();
}
void WSASetLastError(int iError) {
    ringsock::ws2::set_last_error(iError);
}
