// SPDX-License-Identifier: BSD-3-Clause
// Engines that sleep while nothing happens, over a pair of rings. No wake-up is lost: the nap limit is a
// second, so a bell that nobody rang shows as a stall of a resting pass (250 ms) or more, far above any
// scheduler's doing. And sleep is sleep: processor time of the process while a listener and a connection are
// open.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "waiting.h"

namespace ringsock::test {
namespace {

constexpr const char* kRingPair = R"(
[[host]]
name = "client"
  [[host.interface]]
  device = "ring"
  peer_host = "server"
  addresses = ["10.77.0.1/24"]
[[host]]
name = "server"
  [[host.interface]]
  device = "ring"
  peer_host = "client"
  addresses = ["10.77.0.2/24"]
)";
constexpr std::uint16_t kPort = 7;
/// Above this a round trip waited for the end of a nap: 250 ms, or 100 ms in a wait for events, whose calls
/// look up so often.
constexpr double kStallMicros = 60'000;

enum class Wait { in_recv, on_event, in_select };

struct Case {
    const char* name;
    std::vector<const char*> settings;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

class RingPair : public ::testing::TestWithParam<Case> {
  protected:
    void SetUp() override {
        const auto& settings = GetParam().settings;
        ASSERT_EQ(ringsock_configure(kRingPair, nullptr, const_cast<const char**>(settings.data()),
                                     static_cast<int>(settings.size())),
                  0)
            << ringsock_last_error_text();
        WSADATA data{};
        ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0) << ringsock_last_error_text();
        ringsock_use_host("server");
        listener = stream_socket();
        const ws2_sockaddr_in place = address_of("10.77.0.2", kPort);
        ASSERT_EQ(ws2_bind(listener, pointer_to(place), sizeof place), 0) << WSAGetLastError();
        ASSERT_EQ(ws2_listen(listener, 8), 0) << WSAGetLastError();
        server = std::thread([this] { serve(); });
        ringsock_use_host("client");
        client = stream_socket();
        ASSERT_EQ(WSAConnect(client, pointer_to(place), sizeof place, nullptr, nullptr, nullptr, nullptr), 0)
            << WSAGetLastError();
        without_delay(client);
    }
    void TearDown() override {
        ws2_closesocket(client);
        if (server.joinable()) server.join();
        ws2_closesocket(listener);
        EXPECT_EQ(WSACleanup(), 0);
    }
    /// Echoes with blocking calls until the client ends.
    void serve() {
        ringsock_use_host("server");
        const SOCKET s = ws2_accept(listener, nullptr, nullptr);
        if (s == INVALID_SOCKET) return;
        without_delay(s);
        char bytes[64];
        for (int got; (got = ws2_recv(s, bytes, sizeof bytes, 0)) > 0;)
            if (ws2_send(s, bytes, got, 0) != got) break;
        ws2_closesocket(s);
    }
    bool await(Wait how, WSAEVENT event) {
        if (how == Wait::in_recv) return true;
        if (how == Wait::on_event) {
            WSANETWORKEVENTS happened{};
            return WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, FALSE) == WSA_WAIT_EVENT_0 &&
                   WSAEnumNetworkEvents(client, event, &happened) == 0;
        }
        ws2_fd_set set{};
        set.fd_count = 1;
        set.fd_array[0] = client;
        return ws2_select(0, &set, nullptr, nullptr, nullptr) == 1;
    }
    /// Round trips with pauses below `bound_us` before each; every one is timed.
    void ping(Wait how, int rounds, std::uint32_t bound_us, Delays& delays) {
        const WSAEVENT event = how == Wait::on_event ? WSACreateEvent() : nullptr;
        if (how == Wait::on_event) {
            ASSERT_EQ(WSAEventSelect(client, event, FD_READ), 0);
        }
        Pauses pauses;
        for (int i = 0; i < rounds; ++i) {
            const double until = wall_seconds() + pauses.next(bound_us) * 1e-6;
            if (i % 8 == 0) pause_for(bound_us * 1e-6);
            while (wall_seconds() < until) {
            }
            const char byte = static_cast<char>(i);
            char back = 0;
            const double sent = wall_seconds();
            ASSERT_EQ(ws2_send(client, &byte, 1, 0), 1) << WSAGetLastError();
            for (;;) {
                ASSERT_TRUE(await(how, event)) << WSAGetLastError();
                const int got = ws2_recv(client, &back, 1, 0);
                if (got == 1) break;
                ASSERT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
            }
            delays.add(wall_seconds() - sent);
            ASSERT_EQ(back, byte);
            ASSERT_LT(delays.micros.back(), kStallMicros) << "round " << i << " was not woken";
        }
        if (how != Wait::on_event) return;
        ASSERT_EQ(WSAEventSelect(client, nullptr, 0), 0);
        WSACloseEvent(event);
        ULONG off = 0;
        ASSERT_EQ(ws2_ioctlsocket(client, static_cast<LONG>(WS_FIONBIO), &off), 0);
    }
    /// As many as the level allows: thousands in seconds by default.
    static int rounds() {
        const char* const level = std::getenv("RINGSOCK_TEST_LEVEL");
        return level != nullptr && std::string(level) != "default" ? 60'000 : 4'000;
    }

    SOCKET listener = INVALID_SOCKET, client = INVALID_SOCKET;
    std::thread server;
};

// Pauses on both sides of the spin (20 us): some answers find the other end spinning, some asleep, and some
// in the middle of going to sleep, which is where a wake-up would get lost.
TEST_P(RingPair, EverySleeperIsWoken_WhateverThePause) {
    for (const Wait how : {Wait::in_recv, Wait::on_event, Wait::in_select}) {
        Delays delays;
        ping(how, rounds(), 60, delays);
        if (HasFatalFailure()) return;
        delays.print(how == Wait::in_recv ? "recv" : how == Wait::on_event ? "event" : "select");
    }
}

// Everybody is fast asleep each time.
TEST_P(RingPair, WakeUpsAfterLongPauses_AreFast) {
    Delays delays;
    ping(Wait::in_recv, 200, 3000, delays);
    if (HasFatalFailure()) return;
    delays.print("round trip of two sleepers");
    EXPECT_LT(delays.at(0.5), 1000) << "woken by something else than a bell";
}

// Two threads in calls of the same host: one watches, the other sleeps on its word and relies on it, and on
// whoever takes over when the first one leaves.
TEST_P(RingPair, TwoWaitingThreadsOfOneHost_AreBothWoken) {
    ringsock_use_host("server");
    SOCKET second_listener = stream_socket();
    const ws2_sockaddr_in place = address_of("10.77.0.2", kPort + 1);
    ASSERT_EQ(ws2_bind(second_listener, pointer_to(place), sizeof place), 0);
    ASSERT_EQ(ws2_listen(second_listener, 8), 0);
    std::thread second_server([&] {
        ringsock_use_host("server");
        const SOCKET s = ws2_accept(second_listener, nullptr, nullptr);
        char byte = 0;
        while (ws2_recv(s, &byte, 1, 0) == 1)
            if (ws2_send(s, &byte, 1, 0) != 1) break;
        ws2_closesocket(s);
    });
    ringsock_use_host("client");
    const SOCKET second = stream_socket();
    ASSERT_EQ(WSAConnect(second, pointer_to(place), sizeof place, nullptr, nullptr, nullptr, nullptr), 0);
    without_delay(second);
    std::atomic<double> worst{0};
    std::atomic<bool> failed{false};
    std::thread second_client([&] {
        ringsock_use_host("client");
        Pauses pauses;
        for (int i = 0; i < rounds() / 8 && !failed.load(); ++i) {
            pause_for(pauses.next(400) * 1e-6);
            char byte = 'b';
            const double sent = wall_seconds();
            if (ws2_send(second, &byte, 1, 0) != 1 || ws2_recv(second, &byte, 1, 0) != 1) failed.store(true);
            worst.store(std::max(worst.load(), (wall_seconds() - sent) * 1e6));
        }
        ws2_closesocket(second);
    });
    Delays delays;
    ping(Wait::in_recv, rounds() / 4, 300, delays);
    second_client.join();
    second_server.join();
    ws2_closesocket(second_listener);
    if (HasFatalFailure()) return;
    delays.print("first of two");
    EXPECT_FALSE(failed.load());
    EXPECT_LT(worst.load(), kStallMicros) << "the second thread was not woken";
}

// A thread that sleeps in a call is woken by what other threads of the program do, network or not.
TEST_P(RingPair, ClosingASocketWakesItsReader) {
    ringsock_use_host("client");
    for (int i = 0; i < 20; ++i) {
        const SOCKET s = stream_socket();
        const ws2_sockaddr_in nowhere = address_of("10.77.0.1", static_cast<std::uint16_t>(9000 + i));
        ASSERT_EQ(ws2_bind(s, pointer_to(nowhere), sizeof nowhere), 0);
        ASSERT_EQ(ws2_listen(s, 1), 0);
        std::atomic<bool> woken{false};
        std::thread reader([&] {
            ringsock_use_host("client");
            EXPECT_EQ(ws2_accept(s, nullptr, nullptr), INVALID_SOCKET);
            woken.store(true);
        });
        pause_for(0.002);
        const double closed = wall_seconds();
        ASSERT_EQ(ws2_closesocket(s), 0);
        reader.join();
        EXPECT_LT((wall_seconds() - closed) * 1e6, kStallMicros);
    }
}

TEST_P(RingPair, SettingAnEventWakesItsWaiter) {
    const WSAEVENT event = WSACreateEvent();
    std::atomic<double> set_at{0};
    for (int i = 0; i < 50; ++i) {
        std::thread waiter([&] {
            ringsock_use_host("client");
            EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, FALSE), WSA_WAIT_EVENT_0);
            EXPECT_LT((wall_seconds() - set_at.load()) * 1e6, kStallMicros);
        });
        pause_for(0.001 + i * 20e-6);
        set_at.store(wall_seconds());
        WSASetEvent(event);
        waiter.join();
        WSAResetEvent(event);
    }
    WSACloseEvent(event);
}

// Done when: under one percent.
TEST_P(RingPair, IdleCostsUnderOnePercent) {
    Delays delays;
    ping(Wait::in_recv, 50, 100, delays);  // Not idle from birth.
    pause_for(0.3);
    const double nobody_calls = idle_percent(2);
    std::thread waiting([&] {
        ringsock_use_host("client");
        char byte = 0;
        (void)ws2_recv(client, &byte, 1, 0);
    });
    pause_for(0.3);
    const double in_calls = idle_percent(2);
    ws2_shutdown(client, WS_SD_SEND);
    waiting.join();
    std::printf("idle: %.3f %% with one thread in a call, %.3f %% with one of each host\n", nobody_calls,
                in_calls);
    EXPECT_LT(nobody_calls, 1.0);
    EXPECT_LT(in_calls, 1.0);
}

INSTANTIATE_TEST_SUITE_P(
    Waiting, RingPair,
    ::testing::Values(Case{"inline_", {"engine.drive=inline", "engine.idle_sleep_us=1000000"}},
                      Case{"dedicated", {"engine.drive=dedicated", "engine.idle_sleep_us=1000000"}},
                      Case{"without_spin",
                           {"engine.drive=dedicated", "engine.idle_sleep_us=1000000", "engine.spin_us=0"}},
                      Case{"inline_without_spin",
                           {"engine.drive=inline", "engine.idle_sleep_us=1000000", "engine.spin_us=0"}}),
    [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace ringsock::test
