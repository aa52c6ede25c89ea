// SPDX-License-Identifier: BSD-3-Clause
// Network events through event objects. Winsock: WSAEventSelect, WSAEnumNetworkEvents, WSAAsyncSelect.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

int WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPEventSelect(s, hEventObject, lNetworkEvents, call.error()));
}

int WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPEnumNetworkEvents(s, hEventObject, lpNetworkEvents, call.error()));
}

int WSAAsyncSelect(SOCKET s, HWND hWnd, UINT wMsg, LONG lEvent) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPAsyncSelect(s, hWnd, wMsg, lEvent, call.error()));
}
