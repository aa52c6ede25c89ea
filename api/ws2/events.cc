// SPDX-License-Identifier: BSD-3-Clause
// Event objects and waits for them. A WSAEVENT is a Win32 event, and WSAWaitForMultipleEvents is
// WaitForMultipleObjectsEx; what is here is the short way for waits that name events only.
// Winsock: WSACreateEvent, WSACloseEvent, WSASetEvent, WSAResetEvent, WSAWaitForMultipleEvents.
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include "sync/event.h"
#include "sync/multi_wait.h"
#include "ws2/prolog.h"
#include "ws2/wait_slices.h"

using namespace ringsock;

namespace {

BOOL event_result(bool done) noexcept {
    ws2::set_last_error(done ? 0 : WSA_INVALID_HANDLE);
    return done ? TRUE : FALSE;
}

}  // namespace

WSAEVENT WSACreateEvent() {
    if (!ws2::Presence::is_started()) return ws2::fail_with<WSAEVENT>(WSANOTINITIALISED, nullptr);
    const WSAEVENT event = sync::create_event(false, false);
    ws2::set_last_error(event != nullptr ? 0 : WSA_NOT_ENOUGH_MEMORY);
    return event;
}

BOOL WSACloseEvent(WSAEVENT hEvent) {
    if (!ws2::Presence::is_started()) return ws2::fail_with(WSANOTINITIALISED, FALSE);
    return event_result(CloseHandle(hEvent) != FALSE);
}

BOOL WSASetEvent(WSAEVENT hEvent) {
    if (!ws2::Presence::is_started()) return ws2::fail_with(WSANOTINITIALISED, FALSE);
    return event_result(sync::set_event(hEvent) || SetEvent(hEvent) != FALSE);
}

BOOL WSAResetEvent(WSAEVENT hEvent) {
    if (!ws2::Presence::is_started()) return ws2::fail_with(WSANOTINITIALISED, FALSE);
    return event_result(sync::reset_event(hEvent) || ResetEvent(hEvent) != FALSE);
}

DWORD WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT* lphEvents, BOOL fWaitAll, DWORD dwTimeout,
                               BOOL fAlertable) {
    ws2::WaitSlices time(dwTimeout);
    do {
        ws2::ApiCall call;
        if (!call) return call.fail(), WSA_WAIT_FAILED;
        if (fAlertable != FALSE) break;
        const DWORD slice_ms = dwTimeout == 0 ? 0 : ws2::covering_millis(time.begin());
        const sync::WaitOutcome outcome =
            sync::wait_for_events(cEvents, lphEvents, fWaitAll != FALSE, slice_ms);
        if (outcome.error == WSA_INVALID_HANDLE) break;  // Not all are plain events: the general wait knows.
        if (outcome.result != WSA_WAIT_TIMEOUT || dwTimeout == 0) {
            ws2::set_last_error(outcome.error);
            return outcome.result;
        }
        time.end();
        if (time.is_over()) return ws2::fail_with(0, DWORD{WSA_WAIT_TIMEOUT});
    } while (true);  // Bounded by the time-out.
    const DWORD result = WaitForMultipleObjectsEx(cEvents, lphEvents, fWaitAll, dwTimeout, fAlertable);
    if (result != WSA_WAIT_FAILED) ws2::set_last_error(0);
    return result;
}
