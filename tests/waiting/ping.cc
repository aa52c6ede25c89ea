// SPDX-License-Identifier: BSD-3-Clause
// pinger.py for devices that have no kernel at their other end: a Ringsock client that plays ping-pong with
// pauses on both sides of the sleeper's threshold. Where nothing signals, a round trip takes as long as both
// sides' naps; one of STALL_MS means a sleeper who overslept. Then the letter I and silence: both sides
// measure their idleness, and the server says I again.
//
//     ping --config FILE [--set key=value]... ADDRESS ROUNDS STALL_MS      exit code 0: woken, and under 1 %
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "waiting.h"

namespace {

using namespace ringsock::test;
using Clock = std::chrono::steady_clock;

int fail(const char* call) {
    std::fprintf(stderr, "ping: %s: %d %s\n", call, WSAGetLastError(), ringsock_last_error_text());
    return 2;
}

SOCKET connect_to(const char* address) {
    const ws2_sockaddr_in place = address_of(address, 7);
    const Clock::time_point give_up = Clock::now() + std::chrono::seconds(20);
    for (;;) {
        const SOCKET peer = stream_socket();
        if (ws2_connect(peer, pointer_to(place), sizeof place) == 0) return peer;
        const bool is_early = WSAGetLastError() == WSAENETDOWN || WSAGetLastError() == WSAECONNREFUSED;
        if (!is_early || Clock::now() > give_up) return INVALID_SOCKET;
        ws2_closesocket(peer);
        pause_for(0.05);
    }
}

int play(SOCKET peer, int rounds, double stall_ms) {
    std::mt19937 random(1);
    std::vector<double> trips;
    for (int i = 0; i < rounds; ++i) {
        constexpr double kPauses[] = {0.0001, 0.0005, 0.003};
        pause_for(kPauses[random() % 3] * static_cast<double>(random() % 1000) / 1000);
        const Clock::time_point sent = Clock::now();
        char byte = 'x';
        if (ws2_send(peer, &byte, 1, 0) != 1 || ws2_recv(peer, &byte, 1, 0) != 1) return fail("round trip");
        trips.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
    }
    std::ranges::sort(trips);
    const std::size_t count = trips.size();
    std::printf("%zu round trips: p50 %.0f us, p99 %.0f us, worst %.0f us\n", count, trips[count / 2],
                trips[count * 99 / 100], trips.back());
    return trips.back() < 1000 * stall_ms ? 0 : 1;
}

int be_idle(SOCKET peer) {
    double percent = 100;
    std::thread measuring([&] {
        pause_for(0.5);
        percent = idle_percent(2);
    });
    char answers[2];
    int got = ws2_send(peer, "I", 1, 0) == 1 ? 0 : -1;
    for (int total = 0; got >= 0 && total < 2; total += got)
        if ((got = ws2_recv(peer, answers, 2 - total, 0)) <= 0) got = -1;
    measuring.join();
    if (got < 0) return fail("idle");
    std::printf("idle: %.3f %% of a processor\n", percent);
    return percent < 1 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const char* config = nullptr;
    std::vector<const char*> settings, words;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            config = argv[++i];
        else if (std::strcmp(argv[i], "--set") == 0 && i + 1 < argc)
            settings.push_back(argv[++i]);
        else
            words.push_back(argv[i]);
    }
    if (words.size() != 3) {
        std::fprintf(stderr,
                     "ping: usage: ping --config FILE [--set key=value]... ADDRESS ROUNDS STALL_MS\n");
        return 2;
    }
    if (ringsock_configure(nullptr, config, settings.data(), static_cast<int>(settings.size())) != 0)
        return fail("configuration");
    WSADATA data{};
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return fail("WSAStartup");
    const SOCKET peer = connect_to(words[0]);
    if (peer == INVALID_SOCKET) return fail("connect");
    without_delay(peer);
    const int played = play(peer, std::atoi(words[1]), std::atof(words[2]));
    const int idle = be_idle(peer);
    ws2_closesocket(peer);
    WSACleanup();
    return std::max(played, idle);
}
