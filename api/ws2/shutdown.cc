// SPDX-License-Identifier: BSD-3-Clause
// Ending one or both directions. Winsock: shutdown, WSASendDisconnect, WSARecvDisconnect.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

int ws2_shutdown(SOCKET s, int how) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPShutdown(s, how, call.error()));
}

int WSASendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPSendDisconnect(s, lpOutboundDisconnectData, call.error()));
}

int WSARecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPRecvDisconnect(s, lpInboundDisconnectData, call.error()));
}
