// SPDX-License-Identifier: BSD-3-Clause
// What instruction_gate.py runs under callgrind: COUNT operations through the Winsock calls, client and
// server in one thread, over the real shell, provider, engines and protocols, without device and without a
// real clock.
//
//   gate_program connect COUNT    WSASocket, WSAEventSelect, WSAConnect, FD_CONNECT read, closesocket; the
//   server
//                                 accepts, reads the end, closes. 16 in flight, counted when both are closed.
//   gate_program echo COUNT       64 bytes there and back over one connection.
//
// Prints the frames an operation cost; ends with 1 on any error, so that a broken path is never a cheap one.
#include <ringsock/ws2.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "gate_runtime.h"

namespace {

constexpr unsigned short kPort = 7000;
constexpr int kInFlight = 16;
constexpr int kEchoBytes = 64;
constexpr int kMaxPasses = 10'000;  ///< Of one round; more means that nothing goes on.

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "%s: error %d %s\n", what, WSAGetLastError(), ringsock_last_error_text());
    std::exit(1);
}
void check(bool good, const char* what) {
    if (!good) fail(what);
}

ws2_sockaddr_in address(const char* text) {
    ws2_sockaddr_in out{};
    out.sin_family = WS_AF_INET;
    out.sin_port = ws2_htons(kPort);
    check(ws2_inet_pton(WS_AF_INET, text, &out.sin_addr) == 1, "inet_pton");
    return out;
}
const sockaddr* pointer_to(const ws2_sockaddr_in& a) {
    return reinterpret_cast<const sockaddr*>(&a);
}

/// Whether the event is set, after a pass of the current host's engine.
bool is_set(WSAEVENT event) {
    return WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE) == WSA_WAIT_EVENT_0;
}

SOCKET stream_socket() {
    const SOCKET s = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
    check(s != INVALID_SOCKET, "WSASocket");
    return s;
}

long events_of(SOCKET s, int bit, const char* what) {
    WSANETWORKEVENTS happened;
    check(WSAEnumNetworkEvents(s, nullptr, &happened) == 0, "WSAEnumNetworkEvents");
    if ((happened.lNetworkEvents & (1 << bit)) != 0) check(happened.iErrorCode[bit] == 0, what);
    return happened.lNetworkEvents;
}

class Server {
  public:
    Server() : accepts_(WSACreateEvent()), ends_(WSACreateEvent()) {
        ringsock_use_host(ringsock::gate::kServerHost);
        listener_ = stream_socket();
        const ws2_sockaddr_in here = address("10.0.0.2");
        check(ws2_bind(listener_, pointer_to(here), sizeof here) == 0, "bind");
        check(ws2_listen(listener_, 64) == 0, "listen");
        check(WSAEventSelect(listener_, accepts_, FD_ACCEPT) == 0, "WSAEventSelect");
    }
    /// One look: accepts what came, closes what ended. Returns how many were closed.
    int pass() {
        ringsock_use_host(ringsock::gate::kServerHost);
        if (is_set(accepts_)) take_new();
        return is_set(ends_) ? close_ended() : 0;
    }
    /// The next connection, for echo; with events for reading.
    SOCKET accept_one(WSAEVENT reads) {
        ringsock_use_host(ringsock::gate::kServerHost);
        check(WSAWaitForMultipleEvents(1, &accepts_, FALSE, 1000, FALSE) == WSA_WAIT_EVENT_0,
              "wait for accept");
        check((events_of(listener_, FD_ACCEPT_BIT, "FD_ACCEPT") & FD_ACCEPT) != 0, "FD_ACCEPT");
        const SOCKET s = ws2_accept(listener_, nullptr, nullptr);
        check(s != INVALID_SOCKET, "accept");
        check(WSAEventSelect(s, reads, FD_READ | FD_CLOSE) == 0, "WSAEventSelect");
        return s;
    }

  private:
    void take_new() {
        WSAResetEvent(accepts_);
        (void)events_of(listener_, FD_ACCEPT_BIT, "FD_ACCEPT");
        for (;;) {  // Bounded by the backlog.
            const SOCKET s = ws2_accept(listener_, nullptr, nullptr);
            if (s == INVALID_SOCKET) {
                check(WSAGetLastError() == WSAEWOULDBLOCK, "accept");
                return;
            }
            check(WSAEventSelect(s, ends_, FD_READ | FD_CLOSE) == 0, "WSAEventSelect");
            check(count_ < kInFlight * 4, "too many connections");
            open_[count_++] = s;
        }
    }
    int close_ended() {
        WSAResetEvent(ends_);
        int closed = 0;
        for (int i = 0; i < count_;) {
            if ((events_of(open_[i], FD_CLOSE_BIT, "FD_CLOSE") & FD_CLOSE) == 0) {
                ++i;
                continue;
            }
            char byte;
            check(ws2_recv(open_[i], &byte, 1, 0) == 0, "recv");
            check(ws2_closesocket(open_[i]) == 0, "closesocket");
            open_[i] = open_[--count_];
            ++closed;
        }
        return closed;
    }

    WSAEVENT accepts_, ends_;
    SOCKET listener_ = INVALID_SOCKET;
    SOCKET open_[kInFlight * 4];
    int count_ = 0;
};

void run_connects(long count) {
    Server server;
    ringsock_use_host(ringsock::gate::kClientHost);
    const WSAEVENT connects = WSACreateEvent();
    const ws2_sockaddr_in to = address("10.0.0.2");
    while (count > 0) {
        const int round = count < kInFlight ? static_cast<int>(count) : kInFlight;
        SOCKET sockets[kInFlight];
        ringsock_use_host(ringsock::gate::kClientHost);
        for (int i = 0; i < round; ++i) {
            sockets[i] = stream_socket();
            check(WSAEventSelect(sockets[i], connects, FD_CONNECT) == 0, "WSAEventSelect");
            const int result =
                WSAConnect(sockets[i], pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr);
            check(result == 0 || WSAGetLastError() == WSAEWOULDBLOCK, "WSAConnect");
        }
        int opening = round, serving = round;
        for (int pass = 0; opening + serving != 0; ++pass) {
            check(pass < kMaxPasses, "a round does not end");
            ringsock_use_host(ringsock::gate::kClientHost);
            if (is_set(connects)) {
                WSAResetEvent(connects);
                for (int i = 0; i < opening;) {
                    if ((events_of(sockets[i], FD_CONNECT_BIT, "FD_CONNECT") & FD_CONNECT) == 0) {
                        ++i;
                        continue;
                    }
                    check(ws2_closesocket(sockets[i]) == 0, "closesocket");
                    sockets[i] = sockets[--opening];
                }
            }
            serving -= server.pass();
        }
        count -= round;
    }
}

/// Waits for FD_READ and reads the whole message.
void receive_message(const char* host, SOCKET s, WSAEVENT reads) {
    ringsock_use_host(host);
    char message[kEchoBytes];
    for (int have = 0; have < kEchoBytes;) {
        check(WSAWaitForMultipleEvents(1, const_cast<WSAEVENT*>(&reads), FALSE, 1000, FALSE) ==
                  WSA_WAIT_EVENT_0,
              "wait");
        WSAResetEvent(reads);
        if ((events_of(s, FD_READ_BIT, "FD_READ") & FD_READ) == 0) continue;
        const int got = ws2_recv(s, message + have, kEchoBytes - have, 0);
        check(got > 0, "recv");
        have += got;
    }
    check(message[0] == 'm' && message[kEchoBytes - 1] == 'm', "a wrong message");
}

void run_echoes(long count) {
    Server server;
    ringsock_use_host(ringsock::gate::kClientHost);
    const WSAEVENT near_reads = WSACreateEvent(), far_reads = WSACreateEvent();
    const ws2_sockaddr_in to = address("10.0.0.2");
    const SOCKET near = stream_socket();
    check(ws2_connect(near, pointer_to(to), sizeof to) == 0, "connect");
    check(WSAEventSelect(near, near_reads, FD_READ | FD_CLOSE) == 0, "WSAEventSelect");
    const SOCKET far = server.accept_one(far_reads);
    const int on = 1;
    for (const SOCKET s : {near, far})
        check(ws2_setsockopt(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, reinterpret_cast<const char*>(&on),
                             sizeof on) == 0,
              "TCP_NODELAY");
    char message[kEchoBytes];
    std::memset(message, 'm', sizeof message);
    for (; count > 0; --count) {
        check(ws2_send(near, message, kEchoBytes, 0) == kEchoBytes, "send");
        receive_message(ringsock::gate::kServerHost, far, far_reads);
        check(ws2_send(far, message, kEchoBytes, 0) == kEchoBytes, "send");
        receive_message(ringsock::gate::kClientHost, near, near_reads);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const long count = argc == 3 ? std::strtol(argv[2], nullptr, 10) : 0;
    const std::string_view operation = argc == 3 ? argv[1] : "";
    if (count <= 0 || (operation != "connect" && operation != "echo")) {
        std::fprintf(stderr, "usage: %s connect|echo COUNT\n", argv[0]);
        return 2;
    }
    WSADATA data;
    check(WSAStartup(0x0202, &data) == 0, "WSAStartup");
    if (operation == "connect")
        run_connects(count);
    else
        run_echoes(count);
    std::printf("%ld operations, %.2f frames each\n", count,
                static_cast<double>(ringsock::gate::frames_sent()) / static_cast<double>(count));
    return 0;
}
