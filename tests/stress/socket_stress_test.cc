// SPDX-License-Identifier: BSD-3-Clause
// Socket cells under real threads, through the provider and a real engine, inline and dedicated: no event is
// lost between an edge and its arming, the receive list hands every byte on, and a socket may be closed while
// others call. Rules: ring/socket_cell.h; house.md, sections 7 and 8. At the end of each test the engine must
// hold nothing and its pool be whole.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "real_host.h"
#include "sync/event.h"
#include "sync/multi_wait.h"

namespace ringsock::test {
namespace {

constexpr DWORD kPatienceMs = 20'000;  ///< A lost event or wake shows as this time-out.

class SocketStress : public ::testing::TestWithParam<DriveKind> {
  protected:
    SocketStress() : provider(GetParam()) {}
    /// Rounds of a test: a dedicated engine takes a core for itself, so that what needs threads to take turns
    /// is slower on few cores.
    [[nodiscard]] static int scaled(int rounds) {
        return GetParam() == DriveKind::dedicated ? rounds / 4 : rounds;
    }
    /// All sockets closed, all threads ended.
    static void expect_rest() { EXPECT_TRUE(real_host().comes_to_rest(Micros::from_seconds(10))); }
    int select(SOCKET s, WSAEVENT event, LONG mask) {
        int error = 0;
        return provider.wsp.lpWSPEventSelect(s, event, mask, &error) == 0 ? 0 : error;
    }
    LONG enumerate(SOCKET s, WSAEVENT event = nullptr) {
        WSANETWORKEVENTS happened{};
        int error = 0;
        return provider.wsp.lpWSPEnumNetworkEvents(s, event, &happened, &error) == 0 ? happened.lNetworkEvents
                                                                                     : -error;
    }
    static bool wait(WSAEVENT event) {
        return sync::wait_for_events(1, &event, false, kPatienceMs).result == WSA_WAIT_EVENT_0;
    }
    /// Reads one byte, waiting for FD_READ when there is none. False when an event was lost.
    bool read_byte(SOCKET s, WSAEVENT event, char& byte) {
        for (;;) {
            const int got = provider.recv(s, &byte, 1);
            if (got == 1) return true;
            if (got != -WSAEWOULDBLOCK) return false;
            if (!wait(event)) return false;
            (void)enumerate(s, event);
        }
    }
    Provider provider;
};
INSTANTIATE_TEST_SUITE_P(Drives, SocketStress, ::testing::Values(DriveKind::inline_, DriveKind::dedicated),
                         [](const auto& drive) { return std::string(name_of(drive.param)); });

// Edges against arming: both ends wait for FD_READ and answer. A lost event would stop the play.
TEST_P(SocketStress, PingPongByEvents_LosesNoEvent) {
    const int rounds = scaled(600);
    SOCKET near = 0, far = 0;
    provider.connect_pair(near, far);
    const std::array<WSAEVENT, 2> events = {sync::create_event(false, false),
                                            sync::create_event(false, false)};
    ASSERT_EQ(select(near, events[0], FD_READ | FD_CLOSE), 0);
    ASSERT_EQ(select(far, events[1], FD_READ | FD_CLOSE), 0);
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            char byte = 0;
            ASSERT_TRUE(read_byte(far, events[1], byte)) << i;
            ASSERT_EQ(provider.send(far, &byte, 1), 1);
        }
    });
    for (int i = 0; i < rounds; ++i) {
        const char out = static_cast<char>(i);
        ASSERT_EQ(provider.send(near, &out, 1), 1);
        char in = 0;
        ASSERT_TRUE(read_byte(near, events[0], in)) << i;
        ASSERT_EQ(in, out);
    }
    other.join();
    EXPECT_EQ(provider.close(near), 0);
    EXPECT_EQ(provider.close(far), 0);
    expect_rest();
    for (WSAEVENT event : events) sync::close_event(event);
}

// The selection is taken away and made anew, over and over, while text arrives: nothing that came in between
// may be missed.
TEST_P(SocketStress, SelectingAgainWhileTextArrives_LosesNoEvent) {
    const int rounds = scaled(400);
    SOCKET near = 0, far = 0;
    provider.connect_pair(near, far);
    std::atomic<int> wanted{0};
    std::thread sender([&] {
        for (int i = 0; i < rounds; ++i) {
            while (wanted.load(std::memory_order_acquire) < i) std::this_thread::yield();
            ASSERT_EQ(provider.send(far, "x", 1), 1);
        }
    });
    const std::array<WSAEVENT, 2> events = {sync::create_event(false, false),
                                            sync::create_event(false, false)};
    for (int i = 0; i < rounds; ++i) {
        const WSAEVENT event = events[static_cast<std::size_t>(i % 2)];
        sync::reset_event(event);
        ASSERT_EQ(select(near, event, FD_READ), 0);
        ASSERT_TRUE(wait(event)) << i;
        ASSERT_EQ(enumerate(near, event), FD_READ) << i;
        char byte = 0;
        ASSERT_EQ(provider.recv(near, &byte, 1), 1);
        ASSERT_EQ(select(near, event, i % 3 == 0 ? 0 : FD_CLOSE), 0);
        wanted.store(i + 1, std::memory_order_release);
    }
    sender.join();
    EXPECT_EQ(provider.close(near), 0);
    EXPECT_EQ(provider.close(far), 0);
    expect_rest();
    for (WSAEVENT event : events) sync::close_event(event);
}

/// Byte of a stream at a position.
char pattern(std::uint64_t position) {
    return static_cast<char>((position * 2654435761u >> 11) + position);
}

// The receive list: packets are linked while others are consumed, in pieces of every size.
TEST_P(SocketStress, ATransfer_ArrivesInOrder) {
    constexpr std::uint64_t kTotal = 1 << 20;
    SOCKET near = 0, far = 0;
    provider.connect_pair(near, far);
    std::thread sender([&] {
        std::vector<char> piece(40'000);
        for (std::uint64_t at = 0; at < kTotal;) {
            const auto n = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(kTotal - at, 1 + at * 7919 % piece.size()));
            for (std::uint32_t i = 0; i < n; ++i) piece[i] = pattern(at + i);
            ASSERT_EQ(provider.send(near, piece.data(), n), static_cast<int>(n));
            at += n;
        }
        int error = 0;
        EXPECT_EQ(provider.wsp.lpWSPShutdown(near, SD_SEND, &error), 0);
    });
    std::vector<char> room(30'000);
    std::uint64_t at = 0;
    for (;;) {
        const auto n = static_cast<std::uint32_t>(1 + at * 104729 % room.size());
        const int got = provider.recv(far, room.data(), n);
        ASSERT_GE(got, 0);
        if (got == 0) break;
        for (int i = 0; i < got; ++i)
            ASSERT_EQ(room[static_cast<std::size_t>(i)], pattern(at + static_cast<std::uint64_t>(i)));
        at += static_cast<std::uint64_t>(got);
    }
    EXPECT_EQ(at, kTotal);
    sender.join();
    EXPECT_EQ(provider.close(near), 0);
    EXPECT_EQ(provider.close(far), 0);
    expect_rest();
}

// Several threads receive from, and several send to, one socket: every byte arrives at exactly one of them.
TEST_P(SocketStress, SeveralThreadsOnOneSocket_ShareTheBytes) {
    constexpr int kSends = 400;
    constexpr std::uint32_t kLength = 100;
    SOCKET near = 0, far = 0;
    provider.connect_pair(near, far);
    std::atomic<std::uint64_t> counted[256] = {};
    std::vector<std::thread> receivers;
    for (int t = 0; t < 3; ++t) {
        receivers.emplace_back([&] {
            char room[333];
            for (;;) {
                const int got = provider.recv(far, room, sizeof room);
                ASSERT_GE(got, 0);
                if (got == 0) return;
                for (int i = 0; i < got; ++i)
                    counted[static_cast<unsigned char>(room[i])].fetch_add(1, std::memory_order_relaxed);
            }
        });
    }
    std::vector<std::thread> senders;
    for (int t = 0; t < 2; ++t) {
        senders.emplace_back([&, t] {
            char text[kLength];
            for (int i = 0; i < kSends; ++i) {
                std::fill(std::begin(text), std::end(text), static_cast<char>(t * 100 + i % 100));
                ASSERT_EQ(provider.send(near, text, kLength), static_cast<int>(kLength));
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    int error = 0;
    EXPECT_EQ(provider.wsp.lpWSPShutdown(near, SD_SEND, &error), 0);
    for (std::thread& receiver : receivers) receiver.join();
    for (std::size_t value = 0; value < 200; ++value)
        EXPECT_EQ(counted[value].load(), kSends / 100 * kLength) << value;
    EXPECT_EQ(provider.close(near), 0);
    EXPECT_EQ(provider.close(far), 0);
    expect_rest();
}

// Many short connections from several threads, blocking at both ends; in the end the listener is closed under
// those who wait at it.
TEST_P(SocketStress, ManyShortConnections_AllEnd) {
    const int connects = scaled(160);
    std::uint16_t port = 0;
    const SOCKET l = provider.listener(port);
    std::atomic<int> served{0};
    std::vector<std::thread> servers;
    for (int t = 0; t < 2; ++t) {
        servers.emplace_back([&] {
            for (;;) {
                int code = 0;
                const SOCKET s = provider.accept(l, &code);
                if (s == INVALID_SOCKET) {
                    EXPECT_TRUE(code == WSAEINTR || code == WSAENOTSOCK) << code;
                    return;
                }
                char byte = 0;
                EXPECT_EQ(provider.recv(s, &byte, 1), 1);
                EXPECT_EQ(provider.recv(s, &byte, 1), 0);
                EXPECT_EQ(provider.close(s), 0);
                served.fetch_add(1);
            }
        });
    }
    std::vector<std::thread> clients;
    for (int t = 0; t < 2; ++t) {
        clients.emplace_back([&] {
            for (int i = 0; i < connects; ++i) {
                const SOCKET s = provider.stream();
                ASSERT_EQ(provider.connect(s, port), 0);
                EXPECT_EQ(provider.send(s, "x", 1), 1);
                EXPECT_EQ(provider.close(s), 0);
            }
        });
    }
    for (std::thread& client : clients) client.join();
    while (served.load() < 2 * connects) std::this_thread::yield();
    EXPECT_EQ(provider.close(l), 0);
    for (std::thread& server : servers) server.join();
    expect_rest();
}

// A socket is closed while others call on it, and its cell becomes another socket's: calls succeed, or say
// that there is no such socket (any more); never anything else, and nothing of one socket reaches another.
TEST_P(SocketStress, ClosingWhileOthersCall_IsHarmless) {
    const int rounds = scaled(240);
    std::atomic<SOCKET> current{0};
    std::atomic<bool> over{false};
    const WSAEVENT event = sync::create_event(false, false);
    const auto is_expected = [](int code) {
        return code == 0 || code == WSAENOTSOCK || code == WSAEWOULDBLOCK || code == WSAEINTR ||
               code == WSAENOTCONN || code == WSAESHUTDOWN || code == WSAECONNRESET ||
               code == WSAECONNABORTED;
    };
    std::vector<std::thread> callers;
    for (unsigned t = 0; t < 3; ++t) {
        callers.emplace_back([&, t] {
            char room[16];
            for (unsigned i = t; !over.load(std::memory_order_relaxed); ++i) {
                const SOCKET s = current.load(std::memory_order_acquire);
                int code = 0;
                int value = 0;
                int length = sizeof value;
                ws2_fd_set set{1, {s}};
                const timeval now{0, 0};
                int result = 0;
                switch (i % 8) {
                    case 0:
                        code = -std::min(provider.send(s, "abc", 3), 0);
                        break;
                    case 1:
                        code = -std::min(provider.recv(s, room, sizeof room), 0);
                        break;
                    case 2:
                        code = select(s, event, FD_READ | FD_WRITE | FD_CLOSE);
                        break;
                    case 3:
                        result = static_cast<int>(enumerate(s));
                        code = result < 0 ? -result : 0;
                        break;
                    case 4:
                        result = provider.wsp.lpWSPGetSockOpt(
                            s, WS_SOL_SOCKET, WS_SO_ERROR, reinterpret_cast<char*>(&value), &length, &code);
                        if (result == 0) code = 0;
                        break;
                    case 5:
                        result = provider.wsp.lpWSPSelect(0, &set, nullptr, nullptr, &now, &code);
                        if (result >= 0) code = 0;
                        break;
                    case 6: {
                        ws2_sockaddr_in name{};
                        length = sizeof name;
                        result = provider.wsp.lpWSPGetPeerName(s, reinterpret_cast<sockaddr*>(&name), &length,
                                                               &code);
                        if (result == 0) code = 0;
                        break;
                    }
                    default:
                        if (i % 64 == 7) result = provider.wsp.lpWSPShutdown(s, SD_SEND, &code);
                        if (result == 0) code = 0;
                        break;
                }
                ASSERT_TRUE(is_expected(code)) << code << " of call " << i % 8;
            }
        });
    }
    std::uint16_t port = 0;
    const SOCKET l = provider.listener(port);
    for (int i = 0; i < rounds; ++i) {
        const SOCKET near = provider.stream();
        ASSERT_EQ(provider.connect(near, port), 0);
        const SOCKET far = provider.accept(l);
        ASSERT_NE(far, INVALID_SOCKET);
        provider.nonblocking(near);
        provider.nonblocking(far);
        current.store(i % 2 == 0 ? near : far, std::memory_order_release);
        for (int pause = 0; pause < i % 7; ++pause) std::this_thread::yield();
        EXPECT_EQ(provider.close(near), 0);
        EXPECT_EQ(provider.close(far), 0);
    }
    over.store(true);
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(provider.close(l), 0);
    expect_rest();
    sync::close_event(event);
}

// A thread that waits in a receive is interrupted by closesocket of another, again and again.
TEST_P(SocketStress, ClosingUnderABlockedReceive_InterruptsIt) {
    const int rounds = scaled(60);
    for (int i = 0; i < rounds; ++i) {
        SOCKET near = 0, far = 0;
        provider.connect_pair(near, far);
        int result = 0;
        std::thread receiver([&] {
            char byte = 0;
            result = provider.recv(near, &byte, 1);
        });
        for (int pause = 0; pause < i % 9 * 20; ++pause) std::this_thread::yield();
        EXPECT_EQ(provider.close(near), 0);
        receiver.join();
        // Before the call began the handle was gone already; afterwards it was interrupted.
        EXPECT_TRUE(result == -WSAEINTR || result == -WSAENOTSOCK) << result;
        EXPECT_EQ(provider.close(far), 0);
    }
    expect_rest();
}

// WSPCancelBlockingCall from another thread.
TEST_P(SocketStress, CancellingABlockedReceive_InterruptsIt) {
    const int rounds = scaled(40);
    SOCKET near = 0, far = 0;
    provider.connect_pair(near, far);
    for (int i = 0; i < rounds; ++i) {
        std::atomic<bool> is_over{false};
        int result = 0;
        std::thread receiver([&] {
            char byte = 0;
            result = provider.recv(near, &byte, 1);
            is_over.store(true);
        });
        while (!is_over.load()) {
            int error = 0;
            (void)provider.wsp.lpWSPCancelBlockingCall(&error);
            std::this_thread::yield();
        }
        receiver.join();
        EXPECT_EQ(result, -WSAEINTR);
    }
    EXPECT_EQ(provider.close(near), 0);
    EXPECT_EQ(provider.close(far), 0);
    expect_rest();
}

}  // namespace
}  // namespace ringsock::test
