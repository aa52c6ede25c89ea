// SPDX-License-Identifier: BSD-3-Clause
// Rule: house D2: a host may have several engines, and no program notices. Listeners and bound datagram
// sockets exist on all of them, a connection lives on one; the client's host has two engines on the three
// queues' worth of the server's, so that one engine of the server has no queue of its own.
#include <gtest/gtest.h>
#include <ringsock/ws2.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr const char* kHosts = R"(
[[host]]
name = "client"
  [host.engine]
  count = 2
  [[host.interface]]
  device = "ring"
  peer_host = "server"
  addresses = ["10.77.0.1/24"]

[[host]]
name = "server"
  [host.engine]
  count = 3
  [[host.interface]]
  device = "ring"
  peer_host = "client"
  addresses = ["10.77.0.2/24"]
)";

ws2_sockaddr_in address(const char* text, USHORT port) {
    ws2_sockaddr_in name{};
    name.sin_family = WS_AF_INET;
    name.sin_port = ws2_htons(port);
    name.sin_addr.s_addr = ws2_inet_addr(text);
    return name;
}
sockaddr* raw(ws2_sockaddr_in& name) {
    return reinterpret_cast<sockaddr*>(&name);
}

std::uint64_t counter(const char* host, const char* name) {
    std::string json(64 * 1024, '\0');
    int length = static_cast<int>(json.size());
    EXPECT_EQ(ringsock_stats(host, json.data(), &length), 0);
    const std::string quoted = '"' + std::string(name) + "\":";
    const std::size_t at = json.find(quoted);
    EXPECT_NE(at, std::string::npos) << name;
    return at == std::string::npos ? 0 : std::strtoull(json.c_str() + at + quoted.size(), nullptr, 10);
}

class Engines : public testing::Test {
  protected:
    void SetUp() override {
        const char* drive = std::getenv("RINGSOCK_TEST_DRIVE");
        const std::string setting = std::string("engine.drive=") + (drive != nullptr ? drive : "inline");
        const char* settings[] = {setting.c_str(), "engine.idle_sleep_us=1000", "engine.cores=[0,1,0,1]",
                                  "host.1.engine.count=2"};
        ASSERT_EQ(ringsock_configure(kHosts, nullptr, settings, drive != nullptr ? 4 : 1), 0)
            << ringsock_last_error_text();
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
    }
    void TearDown() override {
        EXPECT_EQ(counter("client", "frames_lost_in_hand_off"), 0u);
        EXPECT_EQ(counter("server", "frames_lost_in_hand_off"), 0u);
        EXPECT_EQ(WSACleanup(), 0);
    }
    static SOCKET make(const char* host, int type) {
        EXPECT_EQ(ringsock_use_host(host), 0);
        const SOCKET s = ws2_socket(WS_AF_INET, type, 0);
        EXPECT_NE(s, INVALID_SOCKET) << WSAGetLastError();
        return s;
    }
    static void bind_to(SOCKET s, const char* text, USHORT port) {
        ws2_sockaddr_in name = address(text, port);
        ASSERT_EQ(ws2_bind(s, raw(name), sizeof name), 0) << WSAGetLastError();
    }
    static SOCKET listen_on(USHORT port) {
        const SOCKET s = make("server", WS_SOCK_STREAM);
        bind_to(s, "0.0.0.0", port);
        EXPECT_EQ(ws2_listen(s, 200), 0) << WSAGetLastError();
        return s;
    }
    static void connect_to(SOCKET s, USHORT port) {
        ws2_sockaddr_in to = address("10.77.0.2", port);
        ASSERT_EQ(ws2_connect(s, raw(to), sizeof to), 0) << WSAGetLastError();
    }
    /// One after the other, accepted and answered by the calling thread's other half.
    static void echo(SOCKET listener, int connections) {
        ringsock_use_host("server");
        for (int i = 0; i < connections; ++i) {
            const SOCKET s = ws2_accept(listener, nullptr, nullptr);
            ASSERT_NE(s, INVALID_SOCKET) << WSAGetLastError();
            char text[64];
            int got = 0;
            while ((got = ws2_recv(s, text, sizeof text, 0)) > 0) EXPECT_EQ(ws2_send(s, text, got, 0), got);
            EXPECT_EQ(got, 0) << WSAGetLastError();
            EXPECT_EQ(ws2_closesocket(s), 0);
        }
    }
    static void converse(SOCKET s, int number) {
        const std::string text = "connection " + std::to_string(number);
        ASSERT_EQ(ws2_send(s, text.data(), static_cast<int>(text.size()), 0), static_cast<int>(text.size()));
        ASSERT_EQ(ws2_shutdown(s, WS_SD_SEND), 0);
        std::string back;
        char some[64];
        for (int got; (got = ws2_recv(s, some, sizeof some, 0)) > 0;)
            back.append(some, static_cast<std::size_t>(got));
        EXPECT_EQ(back, text);
    }
};

TEST_F(Engines, Connections_ReachTheListenerWhereverTheyArrive) {
    constexpr int kCount = 200;
    const SOCKET listener = listen_on(7000);
    std::thread server([&] { echo(listener, kCount); });
    for (int i = 0; i < kCount; ++i) {
        const SOCKET s = make("client", WS_SOCK_STREAM);
        connect_to(s, 7000);
        converse(s, i);
        EXPECT_EQ(ws2_closesocket(s), 0);
    }
    server.join();
    EXPECT_EQ(ws2_closesocket(listener), 0);
    EXPECT_GT(counter("server", "frames_handed_in"), 0u)
        << "some hash to engines whose queue they did not come to";
    EXPECT_EQ(counter("server", "frames_sent_by_other") > 0, counter("server", "engines") == 3)
        << "the third engine has no queue";
}

// Rule: a port that the application chose may hash to another engine than the socket's.
TEST_F(Engines, BoundConnections_FindTheirEngine) {
    constexpr int kCount = 100;
    const SOCKET listener = listen_on(7001);
    std::thread server([&] { echo(listener, kCount); });
    for (int i = 0; i < kCount; ++i) {
        const SOCKET s = make("client", WS_SOCK_STREAM);
        bind_to(s, "10.77.0.1", static_cast<USHORT>(20000 + i));
        connect_to(s, 7001);
        converse(s, i);
        EXPECT_EQ(ws2_closesocket(s), 0);
    }
    server.join();
    EXPECT_EQ(ws2_closesocket(listener), 0);
}

// Rule: WSAEADDRINUSE: bind, whichever engines the two sockets live on; the port is free again after the
// close.
TEST_F(Engines, OnePort_HasOneOwner) {
    for (int round = 0; round < 20; ++round) {
        const SOCKET first = make("server", WS_SOCK_STREAM);
        const SOCKET second = make("server", WS_SOCK_STREAM);
        bind_to(first, "0.0.0.0", 7002);
        ws2_sockaddr_in name = address("0.0.0.0", 7002);
        EXPECT_EQ(ws2_bind(second, raw(name), sizeof name), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), WSAEADDRINUSE);
        EXPECT_EQ(ws2_closesocket(first), 0);
        bind_to(second, "0.0.0.0", 7002);
        EXPECT_EQ(ws2_closesocket(second), 0);
    }
}

// Rule: FD_ACCEPT, select and WSAPoll see connections of every engine.
TEST_F(Engines, WaitingConnections_AreAnnounced) {
    const SOCKET listener = listen_on(7003);
    const WSAEVENT event = WSACreateEvent();
    ASSERT_EQ(WSAEventSelect(listener, event, FD_ACCEPT), 0);
    for (int i = 0; i < 60; ++i) {
        const SOCKET s = make("client", WS_SOCK_STREAM);
        std::thread connecting([&] {
            ringsock_use_host("client");
            connect_to(s, 7003);
        });
        ringsock_use_host("server");
        ASSERT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 5000, FALSE), WSA_WAIT_EVENT_0) << i;
        WSANETWORKEVENTS happened;
        ASSERT_EQ(WSAEnumNetworkEvents(listener, event, &happened), 0);
        EXPECT_EQ(happened.lNetworkEvents, FD_ACCEPT);
        ws2_fd_set readable{};
        readable.fd_count = 1;
        readable.fd_array[0] = listener;
        const timeval now{};
        EXPECT_EQ(ws2_select(0, &readable, nullptr, nullptr, &now), 1);
        WSAPOLLFD entry{listener, WS_POLLRDNORM, 0};
        EXPECT_EQ(WSAPoll(&entry, 1, 0), 1);
        ws2_sockaddr_in from{};
        int length = sizeof from;
        const SOCKET accepted = ws2_accept(listener, raw(from), &length);
        ASSERT_NE(accepted, INVALID_SOCKET) << WSAGetLastError();
        EXPECT_EQ(from.sin_addr.s_addr, ws2_inet_addr("10.77.0.1"));
        EXPECT_EQ(ws2_accept(listener, nullptr, nullptr), INVALID_SOCKET);
        EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
        connecting.join();
        EXPECT_EQ(ws2_closesocket(accepted), 0);
        EXPECT_EQ(ws2_closesocket(s), 0);
    }
    EXPECT_EQ(ws2_closesocket(listener), 0);
    EXPECT_TRUE(WSACloseEvent(event));
}

// Rule: a bound datagram socket receives from every engine, blocking and with a default peer.
TEST_F(Engines, Datagrams_ReachTheirSocketWhereverTheyArrive) {
    const SOCKET server = make("server", WS_SOCK_DGRAM);
    bind_to(server, "0.0.0.0", 7004);
    std::thread answering([&] {
        ringsock_use_host("server");
        for (int i = 0; i < 100; ++i) {
            char text[64];
            ws2_sockaddr_in from{};
            int length = sizeof from;
            const int got = ws2_recvfrom(server, text, sizeof text, 0, raw(from), &length);
            ASSERT_GT(got, 0) << WSAGetLastError();
            EXPECT_EQ(ws2_sendto(server, text, got, 0, raw(from), sizeof from), got) << WSAGetLastError();
        }
    });
    for (int i = 0; i < 100; ++i) {
        const SOCKET s = make("client", WS_SOCK_DGRAM);
        ws2_sockaddr_in to = address("10.77.0.2", 7004);
        ASSERT_TRUE(i % 2 != 0 || ws2_connect(s, raw(to), sizeof to) == 0) << WSAGetLastError();
        const std::string text = "datagram " + std::to_string(i);
        const int length = static_cast<int>(text.size());
        EXPECT_EQ(i % 2 == 0 ? ws2_send(s, text.data(), length, 0)
                             : ws2_sendto(s, text.data(), length, 0, raw(to), sizeof to),
                  length)
            << WSAGetLastError();
        char back[64];
        const int got = ws2_recv(s, back, sizeof back, 0);
        ASSERT_EQ(got, length) << WSAGetLastError();
        EXPECT_EQ(std::string(back, static_cast<std::size_t>(got)), text);
        EXPECT_EQ(ws2_closesocket(s), 0);
    }
    answering.join();
    EXPECT_EQ(ws2_closesocket(server), 0);
}

// Rule: a refused connection is refused whatever engine the reset arrives at.
TEST_F(Engines, ClosedPort_IsRefused) {
    for (int i = 0; i < 30; ++i) {
        const SOCKET s = make("client", WS_SOCK_STREAM);
        ws2_sockaddr_in to = address("10.77.0.2", 9);
        EXPECT_EQ(ws2_connect(s, raw(to), sizeof to), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), WSAECONNREFUSED);
        EXPECT_EQ(ws2_closesocket(s), 0);
    }
}

}  // namespace
