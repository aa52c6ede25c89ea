// SPDX-License-Identifier: BSD-3-Clause
// The link goes down under load and comes back, twice, in one process life: what connections, connects,
// datagrams and listeners are told. Then the whole device goes, and another of its name is there for the next
// WSAStartup. link_test.sh pulls the link and removes the device when this program says so. Prints TAP lines
// without numbers.
//
//     link_flap [--config FILE] [--set key=value]... [--keep-device] ADDRESS PORT LISTEN-PORT
//
// The words for the script, a line each: "# loaded" (pull it), "# down" (mend it), "# accepting" (connect
// here), "# remove" (the device, under load), "# gone" (make another).
#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kConnections = 8;
constexpr unsigned long long kEnoughBytes = 2'000'000;  // echoed on each connection: the load has begun
// Not yet echoed, of each: together less than a device's ring takes, or the slowest starves among losses.
constexpr unsigned long long kUnderWay = 65536;
constexpr seconds kPatience{15};

bool all_right = true;

void say(bool ok, const std::string& claim, int code = 0) {
    if (!ok) std::printf("# it was %s\n", error_name(code).c_str());
    std::printf("%s - %s\n", ok ? "ok" : "not ok", claim.c_str());
    std::fflush(stdout);
    all_right &= ok;
}

void tell_script(const char* word) {
    std::printf("# %s\n", word);
    std::fflush(stdout);
}

SOCKET new_stream() {
    return WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
}

int error_of(int result) {
    return result == SOCKET_ERROR ? WSAGetLastError() : 0;
}

/// A connection that sends and receives as much as it can.
struct Loaded {
    SOCKET socket = INVALID_SOCKET;
    WSAEVENT event = WSA_INVALID_EVENT;
    unsigned long long sent = 0, received = 0;
    bool is_connected = false;
    bool is_closed = false;
    int close_code = 0;

    void begin(const SOCKADDR_IN& to) {
        socket = new_stream();
        event = WSACreateEvent();
        (void)WSAEventSelect(socket, event, FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE);
        (void)WSAConnect(socket, as_sockaddr(&to), sizeof to, nullptr, nullptr, nullptr, nullptr);
    }
    void serve(std::vector<char>& buffer) {
        WSANETWORKEVENTS happened;
        if (WSAEnumNetworkEvents(socket, event, &happened) != 0) return;
        if ((happened.lNetworkEvents & FD_CONNECT) != 0)
            is_connected = happened.iErrorCode[FD_CONNECT_BIT] == 0;
        if ((happened.lNetworkEvents & FD_CLOSE) != 0) {
            is_closed = true;
            close_code = happened.iErrorCode[FD_CLOSE_BIT];
            return;
        }
        // A turn for each connection: a fast engine would keep one busy for ever.
        const int size = static_cast<int>(buffer.size());
        for (int turn = 0; turn < 8; ++turn) {
            const int got = ws2_recv(socket, buffer.data(), size, 0);
            if (got > 0) received += static_cast<unsigned>(got);
            const auto room = static_cast<int>(kUnderWay - (sent - received));
            const int taken = is_connected && room > 0 ? ws2_send(socket, buffer.data(), room, 0) : -1;
            if (taken > 0) sent += static_cast<unsigned>(taken);
            if (got < 0 && taken < 0) return;
        }
        WSASetEvent(event);  // There was more: another turn.
    }
    void end() const {
        ws2_closesocket(socket);
        WSACloseEvent(event);
    }
};

/// Serves all of them until `done` says so or patience ends.
template <typename Done>
bool serve_until(std::array<Loaded, kConnections>& all, Done done) {
    std::vector<char> buffer(65536, 'x');
    std::array<WSAEVENT, kConnections> events;
    for (std::size_t i = 0; i < all.size(); ++i) events[i] = all[i].event;
    const Clock::time_point give_up = Clock::now() + kPatience;
    while (Clock::now() < give_up) {
        bool finished = true;
        for (const Loaded& one : all) finished &= done(one);
        if (finished) return true;
        (void)WSAWaitForMultipleEvents(kConnections, events.data(), FALSE, 100, FALSE);
        for (Loaded& one : all)
            if (!one.is_closed) one.serve(buffer);
    }
    return false;
}

int connect_blocking(const SOCKADDR_IN& to) {
    const SOCKET socket = new_stream();
    const int code =
        error_of(WSAConnect(socket, as_sockaddr(&to), sizeof to, nullptr, nullptr, nullptr, nullptr));
    ws2_closesocket(socket);
    return code;
}

/// The code that FD_CONNECT brings (or WSAConnect itself).
int connect_by_event(const SOCKADDR_IN& to) {
    Loaded one;
    one.begin(to);
    WSANETWORKEVENTS happened{};
    int code = WSAETIMEDOUT;
    if (WSAWaitForMultipleEvents(1, &one.event, FALSE, 5000, FALSE) == WSA_WAIT_EVENT_0 &&
        WSAEnumNetworkEvents(one.socket, one.event, &happened) == 0 &&
        (happened.lNetworkEvents & FD_CONNECT) != 0)
        code = happened.iErrorCode[FD_CONNECT_BIT];
    one.end();
    return code;
}

void check_while_down(std::array<Loaded, kConnections>& all, const SOCKADDR_IN& peer) {
    int wrong_close = WSAENETDOWN, wrong_recv = WSAENETDOWN, wrong_send = WSAENETDOWN;
    char byte = 0;
    for (const Loaded& one : all) {
        if (one.close_code != WSAENETDOWN) wrong_close = one.close_code;
        // What arrived before may be read first.
        int got = 1;
        while ((got = ws2_recv(one.socket, &byte, 1, 0)) > 0) {
        }
        if (const int code = error_of(got); code != WSAENETDOWN) wrong_recv = code;
        if (const int code = error_of(ws2_send(one.socket, "x", 1, 0)); code != WSAENETDOWN)
            wrong_send = code;
        one.end();
    }
    say(wrong_close == WSAENETDOWN, "FD_CLOSE of each connection says WSAENETDOWN", wrong_close);
    say(wrong_recv == WSAENETDOWN, "recv says WSAENETDOWN", wrong_recv);
    say(wrong_send == WSAENETDOWN, "send says WSAENETDOWN", wrong_send);
    int code = connect_blocking(peer);
    say(code == WSAENETDOWN, "a blocking connect fails with WSAENETDOWN", code);
    code = connect_by_event(peer);
    say(code == WSAENETDOWN, "FD_CONNECT of another brings WSAENETDOWN", code);
}

/// Connects again and again; only WSAENETDOWN may come before success.
void check_recovery(const SOCKADDR_IN& peer) {
    const Clock::time_point give_up = Clock::now() + kPatience;
    int code = WSAENETDOWN;
    while (code == WSAENETDOWN && Clock::now() < give_up) {
        code = connect_blocking(peer);
        if (code != 0) std::this_thread::sleep_for(milliseconds(20));
    }
    say(code == 0, "with the link back a connect works", code);
}

void check_listener(SOCKET listener, WSAEVENT event) {
    tell_script("accepting");
    const bool came = WSAWaitForMultipleEvents(1, &event, FALSE, 15000, FALSE) == WSA_WAIT_EVENT_0;
    WSANETWORKEVENTS happened{};
    (void)WSAEnumNetworkEvents(listener, event, &happened);
    const SOCKET accepted = ws2_accept(listener, nullptr, nullptr);
    say(came && accepted != INVALID_SOCKET, "the listener lived through it", WSAGetLastError());
    if (accepted != INVALID_SOCKET) ws2_closesocket(accepted);
}

void load(std::array<Loaded, kConnections>& all, const SOCKADDR_IN& peer) {
    for (Loaded& one : all) one.begin(peer);
    const bool loaded = serve_until(all, [](const Loaded& one) { return one.received > kEnoughBytes; });
    if (!loaded)
        for (const Loaded& one : all)
            std::printf("# %s, %llu bytes received, closed %d with %s\n",
                        one.is_connected ? "connected" : "not connected", one.received, one.is_closed,
                        error_name(one.close_code).c_str());
    say(loaded, "8 connections carry 2 MB each");
}

void round_trip(const SOCKADDR_IN& peer, SOCKET listener, WSAEVENT event) {
    std::array<Loaded, kConnections> all;
    load(all, peer);
    tell_script("loaded");
    const bool closed = serve_until(all, [](const Loaded& one) { return one.is_closed; });
    say(closed, "the link is pulled, and each of them is told so");
    check_while_down(all, peer);
    tell_script("down");
    check_recovery(peer);
    check_listener(listener, event);
}

/// The runtime is up, and is down afterwards.
void lose_device(const SOCKADDR_IN& peer) {
    std::array<Loaded, kConnections> all;
    load(all, peer);
    tell_script("remove");
    const bool closed = serve_until(all, [](const Loaded& one) { return one.is_closed; });
    say(closed, "the device is removed, and each connection is told so");
    check_while_down(all, peer);
    say(WSACleanup() == 0, "WSACleanup parts with a device that is gone", WSAGetLastError());
    tell_script("gone");
}

void find_another(const SOCKADDR_IN& peer) {
    WSADATA data;
    const Clock::time_point give_up = Clock::now() + kPatience;
    int code = WSAENETDOWN;
    while (code != 0 && Clock::now() < give_up) {
        code = WSAStartup(MAKEWORD(2, 2), &data);
        if (code != 0) std::this_thread::sleep_for(milliseconds(50));
    }
    say(code == 0, "WSAStartup takes the next device of its name", code);
    if (code == 0) check_recovery(peer);
}

}  // namespace

int main(int argc, char** argv) {
    Configuration configuration;
    std::string address;
    unsigned short port = 0, listen_port = 0;
    bool keeps_device = false;
    CLI::App app("A link that goes down and up under load.");
    add_configuration_flags(app, configuration);
    app.add_flag("--keep-device", keeps_device, "Do not ask for the device's removal at the end");
    app.add_option("address", address)->required();
    app.add_option("port", port)->required();
    app.add_option("listen-port", listen_port)->required();
    CLI11_PARSE(app, argc, argv);
    SOCKADDR_IN peer, any;
    if (!make_address(address, port, peer) || !make_address("0.0.0.0", listen_port, any)) return 2;
    if (!start_up(configuration)) return 1;
    const SOCKET listener = new_stream();
    const WSAEVENT event = WSACreateEvent();
    if (ws2_bind(listener, as_sockaddr(&any), sizeof any) != 0 ||
        WSAEventSelect(listener, event, FD_ACCEPT) != 0 || ws2_listen(listener, WS_SOMAXCONN) != 0) {
        complain_of_last_error("listen");
        return 1;
    }
    for (int round = 0; round < 2; ++round) round_trip(peer, listener, event);
    ws2_closesocket(listener);
    WSACloseEvent(event);
    if (!keeps_device) {
        lose_device(peer);
        find_another(peer);
    }
    WSACleanup();
    return all_right ? 0 : 1;
}
