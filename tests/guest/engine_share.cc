// SPDX-License-Identifier: BSD-3-Clause
// Connections opened both ways on a host of several engines, each with an echo of its own, and then how many
// frames came to an engine that was not theirs. Prints TAP lines without numbers.
//
//     engine_share [--config FILE] [--set key=value]... --hand-offs none|some ADDRESS PORT LISTEN-PORT
//
// The word for the script: "# accepting" (open kIncoming connections to LISTEN-PORT, each an echo). With
// "none" the device brings every frame to the engine whose connection it is; with "some" it does not, and
// what it brings elsewhere must be handed over, all of it, and be counted.
#include <CLI/CLI.hpp>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;

constexpr int kThreads = 6;
constexpr int kOutgoing = 30;  // a thread
constexpr int kIncoming = 60;
constexpr int kBytes = 4000;  // several segments

std::atomic<int> failures{0};

bool say(bool ok, const std::string& claim) {
    std::printf("%s - %s\n", ok ? "ok" : "not ok", claim.c_str());
    std::fflush(stdout);
    return ok;
}

void fail(const char* what) {
    std::printf("# %s: %s\n", what, error_name(WSAGetLastError()).c_str());
    failures.fetch_add(1);
}

SOCKET new_stream() {
    return WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
}

/// Sends its bytes and wants them back.
void echo_once(const SOCKADDR_IN& peer, int seed) {
    const SOCKET socket = new_stream();
    if (WSAConnect(socket, as_sockaddr(&peer), sizeof peer, nullptr, nullptr, nullptr, nullptr) != 0) {
        fail("connect");
        ws2_closesocket(socket);
        return;
    }
    std::vector<char> bytes(kBytes), back(kBytes);
    for (int i = 0; i < kBytes; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<char>(seed + i * 7 + i / 256);
    int got = 0;
    if (ws2_send(socket, bytes.data(), kBytes, 0) != kBytes) {
        fail("send");
    } else {
        while (got < kBytes) {
            const int more = ws2_recv(socket, back.data() + got, kBytes - got, 0);
            if (more <= 0) break;
            got += more;
        }
        if (bytes != back) fail("the echo");
    }
    ws2_closesocket(socket);
}

void serve(SOCKET socket) {
    std::vector<char> buffer(65536);
    int got = 0;
    while ((got = ws2_recv(socket, buffer.data(), static_cast<int>(buffer.size()), 0)) > 0)
        if (ws2_send(socket, buffer.data(), got, 0) != got) break;
    if (got != 0) fail("serving");
    (void)ws2_shutdown(socket, SD_SEND);
    ws2_closesocket(socket);
}

void open_both_ways(const SOCKADDR_IN& peer, SOCKET listener) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&peer, t] {
            for (int i = 0; i < kOutgoing; ++i) echo_once(peer, t * kOutgoing + i);
        });
    for (std::thread& thread : threads) thread.join();
    say(failures == 0, std::to_string(kThreads * kOutgoing) + " connections out, each an exact echo");
    std::printf("# accepting\n");
    std::fflush(stdout);
    threads.clear();
    const int before = failures;
    for (int i = 0; i < kIncoming; ++i) {
        const SOCKET accepted = ws2_accept(listener, nullptr, nullptr);
        if (accepted == INVALID_SOCKET) {
            fail("accept");
            break;
        }
        threads.emplace_back(serve, accepted);
    }
    for (std::thread& thread : threads) thread.join();
    say(failures == before, std::to_string(kIncoming) + " connections in");
}

/// The number behind "name": in the JSON; -1 when it is not there.
long long number_of(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":");
    long long value = -1;
    if (at != std::string::npos) {
        const char* const from = json.c_str() + at + name.size() + 3;
        std::from_chars(from, json.c_str() + json.size(), value);
    }
    return value;
}

struct HandOffs {
    long long engines = 0, frames = 0, out = 0, in = 0, lost = 0;
    [[nodiscard]] bool all_arrived() const { return in == out && lost == 0; }
};

HandOffs read_hand_offs() {
    std::string json(1 << 18, '\0');
    int length = static_cast<int>(json.size());
    if (ringsock_stats(nullptr, json.data(), &length) != 0) return {};
    return {number_of(json, "engines"), number_of(json, "rx_frames"), number_of(json, "frames_handed_out"),
            number_of(json, "frames_handed_in"), number_of(json, "frames_lost_in_hand_off")};
}

void check_hand_offs(bool wants_some) {
    HandOffs seen = read_hand_offs();
    // The last frames of the last connections are still on their way between engines.
    for (int look = 0; look < 50 && !seen.all_arrived(); ++look) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        seen = read_hand_offs();
    }
    std::printf("# %lld engines, %lld frames received, %lld handed out, %lld taken, %lld lost\n",
                seen.engines, seen.frames, seen.out, seen.in, seen.lost);
    if (wants_some)
        say(seen.out > 0 && seen.all_arrived(),
            "what came to another engine was handed over, every frame of it, and counted");
    else
        say(seen.engines > 1 && seen.out == 0 && seen.all_arrived(),
            "no frame came to another engine than its connection's");
}

}  // namespace

int main(int argc, char** argv) {
    Configuration configuration;
    std::string address, hand_offs;
    unsigned short port = 0, listen_port = 0;
    CLI::App app("Connections both ways on several engines.");
    add_configuration_flags(app, configuration);
    app.add_option("--hand-offs", hand_offs)->required()->check(CLI::IsMember({"none", "some"}));
    app.add_option("address", address)->required();
    app.add_option("port", port)->required();
    app.add_option("listen-port", listen_port)->required();
    CLI11_PARSE(app, argc, argv);
    SOCKADDR_IN peer, any;
    if (!make_address(address, port, peer) || !make_address("0.0.0.0", listen_port, any)) return 2;
    // The same device a second time in one process life.
    if (!say(start_up(configuration) && WSACleanup() == 0, "started and ended once")) return 1;
    if (!say(start_up(configuration), "started again")) return 1;
    const SOCKET listener = new_stream();
    if (ws2_bind(listener, as_sockaddr(&any), sizeof any) != 0 || ws2_listen(listener, WS_SOMAXCONN) != 0) {
        complain_of_last_error("listen");
        return 1;
    }
    open_both_ways(peer, listener);
    check_hand_offs(hand_offs == "some");
    ws2_closesocket(listener);
    WSACleanup();
    return failures == 0 ? 0 : 1;
}
