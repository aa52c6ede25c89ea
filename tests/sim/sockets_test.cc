// SPDX-License-Identifier: BSD-3-Clause
// <ringsock/sim.h> as a user's own test has it: the ordinary socket calls on two simulated hosts (house.md,
// D6).
#include <gtest/gtest.h>
#include <ringsock/sim.h>
#include <ringsock/ws2.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

ws2_sockaddr_in address(const char* text, unsigned short port) {
    ws2_sockaddr_in a{};
    a.sin_family = WS_AF_INET;
    a.sin_port = ws2_htons(port);
    EXPECT_EQ(ws2_inet_pton(WS_AF_INET, text, &a.sin_addr), 1);
    return a;
}
const sockaddr* pointer_to(const ws2_sockaddr_in& a) {
    return reinterpret_cast<const sockaddr*>(&a);
}

/// Two hosts, started; cleaned up at the end.
class SimSockets : public ::testing::Test {
  protected:
    void build(std::uint64_t seed, const ringsock_sim_wire* wire) {
        ASSERT_EQ(ringsock_sim_reset(seed), 0);
        ASSERT_EQ(ringsock_sim_add_host("client", "10.0.0.1/24", nullptr), 0);
        ASSERT_EQ(ringsock_sim_add_host("server", "10.0.0.2/24", nullptr), 0);
        ASSERT_EQ(ringsock_sim_join("client", "server", wire), 0);
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
        is_started_ = true;
    }
    void TearDown() override {
        if (is_started_) {
            EXPECT_EQ(WSACleanup(), 0);
        }
    }
    SOCKET listen_on(unsigned short port) {
        EXPECT_EQ(ringsock_use_host("server"), 0);
        const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
        const ws2_sockaddr_in here = address("10.0.0.2", port);
        EXPECT_EQ(ws2_bind(s, pointer_to(here), sizeof here), 0);
        EXPECT_EQ(ws2_listen(s, 8), 0);
        return s;
    }
    SOCKET client_socket() {
        EXPECT_EQ(ringsock_use_host("client"), 0);
        return ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    }

  private:
    bool is_started_ = false;
};

// A blocking connect advances the virtual time by the way there and back, and no more.
TEST_F(SimSockets, BlockingConnect_TakesVirtualTimeOnly) {
    ringsock_sim_wire wire{};
    wire.delay_us = 50'000;
    wire.queue_bytes = 0;
    build(1, &wire);
    const SOCKET listener = listen_on(80);
    const SOCKET s = client_socket();
    const std::uint64_t before = ringsock_sim_now();
    const ws2_sockaddr_in to = address("10.0.0.2", 80);
    ASSERT_EQ(WSAConnect(s, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr), 0)
        << WSAGetLastError();
    const std::uint64_t took = ringsock_sim_now() - before;
    // ARP there and back, from which the server learns too, SYN and SYN,ACK: four ways of 50 ms.
    EXPECT_GE(took, 200'000u);
    EXPECT_LT(took, 201'000u);
    const SOCKET accepted = ws2_accept(listener, nullptr, nullptr);
    ASSERT_NE(accepted, INVALID_SOCKET);
    EXPECT_EQ(ws2_closesocket(accepted), 0);
    EXPECT_EQ(ws2_closesocket(s), 0);
    EXPECT_EQ(ws2_closesocket(listener), 0);
}

// R2 for a SYN is three minutes (RFC 9293 MUST-23); in virtual time nobody waits for it.
TEST_F(SimSockets, SilentPeer_TimesOutAfterThreeVirtualMinutes) {
    build(2, nullptr);
    const SOCKET listener = listen_on(80);
    SOCKET s = client_socket();
    const ws2_sockaddr_in to = address("10.0.0.2", 80);
    ASSERT_EQ(WSAConnect(s, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr),
              0);  // ARP is known now.
    ringsock_sim_wire cut{};
    cut.delay_us = 10;
    cut.is_cut = 1;
    ASSERT_EQ(ringsock_sim_set_wire("client", "server", &cut), 0);
    const SOCKET other = client_socket();
    const std::uint64_t before = ringsock_sim_now();
    EXPECT_EQ(WSAConnect(other, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr), SOCKET_ERROR);
    EXPECT_TRUE(WSAGetLastError() == WSAETIMEDOUT || WSAGetLastError() == WSAEHOSTUNREACH)
        << WSAGetLastError();
    EXPECT_GE(ringsock_sim_now() - before, 3'000'000u);
    for (const SOCKET each : {s, other, listener}) EXPECT_EQ(ws2_closesocket(each), 0);
}

// The stream survives a bad wire byte for byte.
TEST_F(SimSockets, StreamOverLossyWire_IsByteExact) {
    ringsock_sim_wire wire{};
    wire.delay_us = 1000;
    wire.loss_ppm = 30'000;
    wire.duplicate_ppm = 10'000;
    wire.reorder_ppm = 20'000;
    wire.reorder_us = 500;
    build(3, &wire);
    const SOCKET listener = listen_on(80);
    const SOCKET s = client_socket();
    const ws2_sockaddr_in to = address("10.0.0.2", 80);
    ASSERT_EQ(WSAConnect(s, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr), 0)
        << WSAGetLastError();
    const SOCKET accepted = ws2_accept(listener, nullptr, nullptr);
    ASSERT_NE(accepted, INVALID_SOCKET);
    std::string sent(100'000, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + (i >> 8));
    ASSERT_EQ(ws2_send(s, sent.data(), static_cast<int>(sent.size()), 0), static_cast<int>(sent.size()));
    ASSERT_EQ(ws2_shutdown(s, SD_SEND), 0);
    std::string got;
    char room[4096];
    for (int n; (n = ws2_recv(accepted, room, sizeof room, 0)) != 0;) {
        ASSERT_GT(n, 0) << WSAGetLastError();
        got.append(room, static_cast<std::size_t>(n));
    }
    EXPECT_EQ(got, sent);
    for (const SOCKET each : {accepted, s, listener}) EXPECT_EQ(ws2_closesocket(each), 0);
}

// A host without a wire: what it sends can be taken, and a frame can be handed in.
TEST_F(SimSockets, FrameOut_IsTheArpRequestOfAConnect) {
    ASSERT_EQ(ringsock_sim_reset(4), 0);
    ASSERT_EQ(ringsock_sim_add_host("alone", "10.0.0.1/24", nullptr), 0);
    WSADATA data;
    ASSERT_EQ(WSAStartup(0x0202, &data), 0);
    const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    ULONG on = 1;
    ASSERT_EQ(ws2_ioctlsocket(s, static_cast<LONG>(WS_FIONBIO), &on), 0);
    const ws2_sockaddr_in to = address("10.0.0.9", 80);
    EXPECT_EQ(WSAConnect(s, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    unsigned char frame[2000];
    std::size_t length = 1;
    EXPECT_EQ(ringsock_sim_frame_out("alone", frame, &length), SOCKET_ERROR)
        << "too little room loses nothing";
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    length = sizeof frame;
    ASSERT_EQ(ringsock_sim_frame_out("alone", frame, &length), 0);
    ASSERT_EQ(length, 42u);
    EXPECT_EQ(frame[12] << 8 | frame[13], 0x0806);
    EXPECT_EQ(ringsock_sim_frame_in("alone", frame, length), 0);
    EXPECT_EQ(ringsock_sim_frame_in("nobody", frame, length), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ws2_closesocket(s), 0);
    EXPECT_EQ(WSACleanup(), 0);
}

// Same seed and calls: the same capture, byte for byte.
TEST_F(SimSockets, SameSeed_SameCapture) {
    std::vector<std::string> captures;
    for (int round = 0; round < 2; ++round) {
        ringsock_sim_wire wire{};
        wire.delay_us = 100;
        wire.loss_ppm = 100'000;
        ASSERT_EQ(ringsock_sim_reset(5), 0);
        ASSERT_EQ(ringsock_sim_add_host("client", "10.0.0.1/24", nullptr), 0);
        ASSERT_EQ(ringsock_sim_add_host("server", "10.0.0.2/24", nullptr), 0);
        ASSERT_EQ(ringsock_sim_join("client", "server", &wire), 0);
        ASSERT_EQ(ringsock_sim_capture(), 0);
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0);
        const SOCKET listener = listen_on(80);
        const SOCKET s = client_socket();
        const ws2_sockaddr_in to = address("10.0.0.2", 80);
        ASSERT_EQ(WSAConnect(s, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr), 0);
        EXPECT_EQ(ws2_closesocket(s), 0);
        EXPECT_EQ(ws2_closesocket(listener), 0);
        ringsock_sim_advance(5'000'000);
        const std::string path = ::testing::TempDir() + "ringsock-sim-capture.pcap";
        ASSERT_EQ(ringsock_sim_save_capture(path.c_str()), 0);
        std::FILE* f = std::fopen(path.c_str(), "rb");
        ASSERT_NE(f, nullptr);
        std::string bytes;
        char room[4096];
        for (std::size_t n; (n = std::fread(room, 1, sizeof room, f)) != 0;) bytes.append(room, n);
        std::fclose(f);
        std::remove(path.c_str());
        captures.push_back(bytes);
        EXPECT_EQ(WSACleanup(), 0);
    }
    EXPECT_GT(captures[0].size(), 300u);
    EXPECT_EQ(captures[0], captures[1]);
}

}  // namespace
