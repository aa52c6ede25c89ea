// SPDX-License-Identifier: BSD-3-Clause
// The four ways of waiting for a connect, each with everything that it must and must not show: clauses 7, 11,
// 13, 36 and 37 of the WSAConnect page (a finished connect in writefds alone, a failed one in exceptfds
// alone).
#include "connect_attempt.h"

#include <cstring>

namespace ringsock::test {
namespace {

constexpr LONG kMask = FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE;

int connect_to(SOCKET socket, SOCKADDR_IN to) {
    const int result = WSAConnect(socket, reinterpret_cast<const SOCKADDR*>(&to), sizeof to, nullptr, nullptr,
                                  nullptr, nullptr);
    const int code = result == 0 ? 0 : WSAGetLastError();
    // Clause 6: the runtime has its own copy by now.
    std::memset(&to, 0x5a, sizeof to);
    return code;
}

timeval as_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

}  // namespace

const char* name_of(Way way) {
    switch (way) {
        case Way::blocking:
            return "blocking";
        case Way::select:
            return "select";
        case Way::poll:
            return "WSAPoll";
        case Way::event:
            return "FD_CONNECT";
    }
    return "?";
}

ConnectAttempt::ConnectAttempt(SOCKET socket, Way way) : socket_(socket), way_(way) {
    expect(socket_ != INVALID_SOCKET, "no socket");
    if (way_ == Way::event) {
        event_ = WSACreateEvent();
        expect(event_ != WSA_INVALID_EVENT && WSAEventSelect(socket_, event_, kMask) == 0,
               "WSAEventSelect failed");
    } else if (way_ != Way::blocking) {
        ULONG on = 1;
        expect(ws2_ioctlsocket(socket_, static_cast<LONG>(WS_FIONBIO), &on) == 0, "FIONBIO failed");
    }
}

ConnectAttempt::~ConnectAttempt() {
    ws2_closesocket(socket_);  // Ends a blocking connect that is still under way.
    if (blocking_result_.valid()) blocking_result_.wait();
    if (event_ != WSA_INVALID_EVENT) WSACloseEvent(event_);
}

void ConnectAttempt::give_up_after(DWORD seconds) {
    expect(ws2_setsockopt(socket_, WS_IPPROTO_TCP, WS_TCP_MAXRT, reinterpret_cast<const char*>(&seconds),
                          sizeof seconds) == 0,
           "TCP_MAXRT failed");
}

void ConnectAttempt::begin(const SOCKADDR_IN& to) {
    began_ = Clock::now();
    if (way_ == Way::blocking) {
        blocking_result_ = std::async(std::launch::async, [this, to] { return connect_to(socket_, to); });
        return;
    }
    const int code = connect_to(socket_, to);
    expect(code == WSAEWOULDBLOCK, "a non-blocking connect returned " + std::to_string(code));
}

int ConnectAttempt::finish(std::chrono::milliseconds patience) {
    int code = SOCKET_ERROR;
    switch (way_) {
        case Way::blocking:
            code = finish_blocking(patience);
            break;
        case Way::select:
            code = finish_select(patience);
            break;
        case Way::poll:
            code = finish_poll(patience);
            break;
        case Way::event:
            code = finish_event(patience);
            break;
    }
    lasted_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    return code;
}

int ConnectAttempt::finish_blocking(std::chrono::milliseconds patience) {
    if (blocking_result_.wait_for(patience) != std::future_status::ready) return SOCKET_ERROR;
    return blocking_result_.get();
}

int ConnectAttempt::finish_select(std::chrono::milliseconds patience) {
    timeval timeout = as_timeval(patience);
    // A second look must show the same: select reports a state, it does not take anything away.
    for (int look = 0; look < 2; ++look) {
        ws2_fd_set readable, writable, excepted;
        for (ws2_fd_set* set : {&readable, &writable, &excepted}) {
            WS2_FD_ZERO(set);
            WS2_FD_SET(socket_, set);
        }
        const int ready = ws2_select(0, &readable, &writable, &excepted, &timeout);
        if (ready == 0) return SOCKET_ERROR;
        expect(ready == 1, "select counted " + std::to_string(ready));
        const bool failed = socket_error() != 0;
        expect(!WS2_FD_ISSET(socket_, &readable), "it is in readfds");
        expect(!WS2_FD_ISSET(socket_, &writable) == failed,
               failed ? "it is in writefds" : "it is not in writefds");
        expect(!WS2_FD_ISSET(socket_, &excepted) != failed,
               failed ? "it is not in exceptfds" : "it is in exceptfds");
        timeout = {};
    }
    return socket_error();
}

int ConnectAttempt::finish_poll(std::chrono::milliseconds patience) {
    WSAPOLLFD entry{.fd = socket_, .events = WS_POLLRDNORM | WS_POLLWRNORM, .revents = 0};
    const int ready = WSAPoll(&entry, 1, static_cast<INT>(patience.count()));
    if (ready == 0) return SOCKET_ERROR;
    expect(ready == 1, "WSAPoll returned " + std::to_string(ready));
    const int code = socket_error();
    const std::string shown = "revents are " + std::to_string(entry.revents);
    if (code == 0)
        expect(entry.revents == WS_POLLWRNORM, shown);
    else  // Windows adds POLLWRNORM since version 2004 of Windows 10, and did not before.
        expect((entry.revents & ~WS_POLLWRNORM) == (WS_POLLERR | WS_POLLHUP), shown);
    return code;
}

int ConnectAttempt::finish_event(std::chrono::milliseconds patience) {
    WSANETWORKEVENTS happened{};
    const DWORD woken =
        WSAWaitForMultipleEvents(1, &event_, FALSE, static_cast<DWORD>(patience.count()), FALSE);
    if (woken == WSA_WAIT_TIMEOUT) return SOCKET_ERROR;
    expect(woken == WSA_WAIT_EVENT_0, "the wait returned " + std::to_string(woken));
    expect(WSAEnumNetworkEvents(socket_, event_, &happened) == 0, "WSAEnumNetworkEvents failed");
    check_connect_events(happened);
    const int code = happened.iErrorCode[FD_CONNECT_BIT];
    expect(socket_error() == code, "SO_ERROR is " + std::to_string(socket_error()));
    return code;
}

// FD_WRITE comes with or right behind a connect that succeeded, and never with one that failed.
void ConnectAttempt::check_connect_events(const WSANETWORKEVENTS& happened) {
    const std::string shown = "the events are " + std::to_string(happened.lNetworkEvents);
    if (happened.iErrorCode[FD_CONNECT_BIT] != 0) {
        expect(happened.lNetworkEvents == FD_CONNECT, shown);
        return;
    }
    expect((happened.lNetworkEvents & ~FD_WRITE) == FD_CONNECT, shown);
    if ((happened.lNetworkEvents & FD_WRITE) != 0) return;
    WSANETWORKEVENTS later{};
    expect(WSAWaitForMultipleEvents(1, &event_, FALSE, 5000, FALSE) == WSA_WAIT_EVENT_0 &&
               WSAEnumNetworkEvents(socket_, event_, &later) == 0 && later.lNetworkEvents == FD_WRITE,
           "no FD_WRITE followed");
}

int ConnectAttempt::socket_error() {
    int code = 0;
    int length = sizeof code;
    expect(ws2_getsockopt(socket_, WS_SOL_SOCKET, WS_SO_ERROR, reinterpret_cast<char*>(&code), &length) == 0,
           "SO_ERROR failed");
    return code;
}

void ConnectAttempt::expect(bool claim, const std::string& otherwise) {
    if (claim) return;
    if (!trouble_.empty()) trouble_ += "; ";
    trouble_ += otherwise + " (last error " + std::to_string(WSAGetLastError()) + ")";
}

}  // namespace ringsock::test
