// SPDX-License-Identifier: BSD-3-Clause
// Network events through event objects. Winsock: WSAEventSelect, WSAEnumNetworkEvents, WSAAsyncSelect.
#include <ringsock/ws2.h>

#include "sync/event.h"
#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// The plain event behind a second name of one; other handles as they are.
WSAEVENT plain(WSAEVENT event) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(event);
    if (bits == 0 || (bits & sync::kEventHandleMark) != 0) [[likely]]
        return event;
    ws2::HandleEntry entry;
    if (!ws2::find_handle(bits, entry) || entry.kind != ws2::HandleKind::event_name) return event;
    return reinterpret_cast<WSAEVENT>(entry.context);
}

}  // namespace

int WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPEventSelect(s, plain(hEventObject), lNetworkEvents, call.error()));
}

int WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(
        call.table().lpWSPEnumNetworkEvents(s, plain(hEventObject), lpNetworkEvents, call.error()));
}

int WSAAsyncSelect(SOCKET s, HWND hWnd, UINT wMsg, LONG lEvent) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPAsyncSelect(s, hWnd, wMsg, lEvent, call.error()));
}
