// SPDX-License-Identifier: BSD-3-Clause
// A server for peers of another stack: echoes one connection with blocking calls while a listener stays open.
// When the peer has sent the letter I and the echo is on its way, it measures how much of a processor this
// process takes while nobody speaks, prints it, and answers the letter once more.
//
//     idle_echo --config FILE [--set key=value]...       exit code 0: under one percent
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "waiting.h"

namespace {

using namespace ringsock::test;

constexpr std::uint16_t kPort = 7;
constexpr double kQuietSeconds = 2.5;
constexpr double kLimitPercent = 1.0;

int fail(const char* call) {
    std::fprintf(stderr, "idle_echo: %s: %d %s\n", call, WSAGetLastError(), ringsock_last_error_text());
    return 2;
}

/// Measures beside the thread that waits in recv, and answers the letter.
void measure(SOCKET peer, std::atomic<bool>& good) {
    pause_for(0.3);
    const double percent = idle_percent(kQuietSeconds);
    std::printf("idle: %.3f %% of a processor\n", percent);
    std::fflush(stdout);
    good.store(percent < kLimitPercent);
    (void)ws2_send(peer, "I", 1, 0);
}

int serve(SOCKET listener) {
    const SOCKET peer = ws2_accept(listener, nullptr, nullptr);
    if (peer == INVALID_SOCKET) return fail("accept");
    without_delay(peer);
    std::atomic<bool> good{false};
    std::thread measuring;
    char bytes[256];
    int got = 0;
    while ((got = ws2_recv(peer, bytes, sizeof bytes, 0)) > 0) {
        if (ws2_send(peer, bytes, got, 0) != got) return fail("send");
        if (bytes[got - 1] == 'I' && !measuring.joinable())
            measuring = std::thread([&] { measure(peer, good); });
    }
    if (measuring.joinable()) measuring.join();
    ws2_closesocket(peer);
    return got < 0 ? fail("recv") : good.load() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const char* config = nullptr;
    std::vector<const char*> settings;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--config") == 0)
            config = argv[i + 1];
        else
            settings.push_back(argv[i + 1]);
    }
    if (ringsock_configure(nullptr, config, settings.data(), static_cast<int>(settings.size())) != 0)
        return fail("configuration");
    WSADATA data{};
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return fail("WSAStartup");
    const SOCKET listener = stream_socket();
    const ws2_sockaddr_in place = address_of("0.0.0.0", kPort);
    if (ws2_bind(listener, pointer_to(place), sizeof place) != 0) return fail("bind");
    if (ws2_listen(listener, 4) != 0) return fail("listen");
    std::printf("listening\n");
    std::fflush(stdout);
    const int code = serve(listener);
    ws2_closesocket(listener);
    WSACleanup();
    return code;
}
