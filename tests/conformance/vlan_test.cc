// SPDX-License-Identifier: BSD-3-Clause
// Rule: IEEE 802.1Q as a program sees it: hosts of one VLAN find each other, hosts of different VLANs, or
// with and without one, do not, and the frames that did not pass are counted by the reason.
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
  [[host.interface]]
  device = "ring"
  peer_host = "server"
  addresses = ["10.78.0.1/24"]

[[host]]
name = "server"
  [[host.interface]]
  device = "ring"
  peer_host = "client"
  addresses = ["10.78.0.2/24"]
)";

std::uint64_t counter(const char* host, const char* name) {
    std::string json(64 * 1024, '\0');
    int length = static_cast<int>(json.size());
    EXPECT_EQ(ringsock_stats(host, json.data(), &length), 0);
    const std::string quoted = '"' + std::string(name) + "\":";
    const std::size_t at = json.find(quoted);
    EXPECT_NE(at, std::string::npos) << name;
    return at == std::string::npos ? 0 : std::strtoull(json.c_str() + at + quoted.size(), nullptr, 10);
}

class Vlan : public testing::Test {
  protected:
    /// Hosts in these VLANs, with this MTU.
    void start(int client, int server, int mtu = 1500) {
        const std::string texts[] = {"host.0.interface.0.vlan=" + std::to_string(client),
                                     "host.1.interface.0.vlan=" + std::to_string(server),
                                     "host.0.interface.0.mtu=" + std::to_string(mtu),
                                     "host.1.interface.0.mtu=" + std::to_string(mtu)};
        const char* settings[] = {texts[0].c_str(), texts[1].c_str(), texts[2].c_str(), texts[3].c_str()};
        ASSERT_EQ(ringsock_configure(kHosts, nullptr, settings, 4), 0) << ringsock_last_error_text();
        WSADATA data;
        ASSERT_EQ(WSAStartup(0x0202, &data), 0) << ringsock_last_error_text();
        started_ = true;
        name_.sin_family = WS_AF_INET;
        name_.sin_port = ws2_htons(7);
        name_.sin_addr.s_addr = ws2_inet_addr("10.78.0.2");
        ASSERT_EQ(ringsock_use_host("server"), 0);
        listener_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
        ASSERT_EQ(ws2_bind(listener_, raw(), sizeof name_), 0) << WSAGetLastError();
        ASSERT_EQ(ws2_listen(listener_, 5), 0) << WSAGetLastError();
        ASSERT_EQ(ringsock_use_host("client"), 0);
        client_ = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
        ASSERT_NE(client_, INVALID_SOCKET);
    }
    void TearDown() override {
        if (started_) {
            EXPECT_EQ(WSACleanup(), 0);
        }
    }
    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&name_); }
    void expect_no_connection() {
        EXPECT_EQ(ws2_connect(client_, raw(), sizeof name_), SOCKET_ERROR);
        EXPECT_EQ(WSAGetLastError(), WSAEHOSTUNREACH) << "nobody answers the ARP requests";
    }
    /// A megabyte there and back.
    void expect_conversation() {
        std::thread serving([this] {
            ringsock_use_host("server");
            const SOCKET s = ws2_accept(listener_, nullptr, nullptr);
            ASSERT_NE(s, INVALID_SOCKET) << WSAGetLastError();
            std::vector<char> some(20000);
            for (int got; (got = ws2_recv(s, some.data(), static_cast<int>(some.size()), 0)) > 0;)
                ASSERT_EQ(ws2_send(s, some.data(), got, 0), got);
            EXPECT_EQ(ws2_closesocket(s), 0);
        });
        ASSERT_EQ(ws2_connect(client_, raw(), sizeof name_), 0) << WSAGetLastError();
        std::vector<char> text(1 << 20);
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 + i / 251);
        std::vector<char> back;
        std::thread sending([&] {
            EXPECT_EQ(ws2_send(client_, text.data(), static_cast<int>(text.size()), 0),
                      static_cast<int>(text.size()));
            EXPECT_EQ(ws2_shutdown(client_, WS_SD_SEND), 0);
        });
        std::vector<char> some(20000);
        for (int got; (got = ws2_recv(client_, some.data(), static_cast<int>(some.size()), 0)) > 0;)
            back.insert(back.end(), some.begin(), some.begin() + got);
        sending.join();
        serving.join();
        EXPECT_TRUE(back == text) << back.size() << " bytes came back";
    }
    ws2_sockaddr_in name_{};
    SOCKET listener_ = INVALID_SOCKET, client_ = INVALID_SOCKET;
    bool started_ = false;
};

TEST_F(Vlan, HostsOfOneVlan_Converse) {
    start(100, 100);
    expect_conversation();
    for (const char* host : {"client", "server"}) {
        EXPECT_EQ(counter(host, "dropped_vlan_other"), 0u);
        EXPECT_EQ(counter(host, "dropped_vlan_missing"), 0u);
        EXPECT_EQ(counter(host, "dropped"), 0u);
    }
}

TEST_F(Vlan, OneVlanAndJumboFrames_Converse) {
    start(4094, 4094, 9000);
    expect_conversation();
    EXPECT_LT(counter("client", "tx_frames"), 600u) << "segments of 8948 bytes, and their ACKs";
}

TEST_F(Vlan, HostsOfDifferentVlans_DoNotMeet) {
    start(100, 200);
    expect_no_connection();
    EXPECT_GE(counter("server", "dropped_vlan_other"), 1u);
    EXPECT_EQ(counter("server", "dropped_vlan_missing"), 0u);
    EXPECT_EQ(counter("server", "arp_in"), 0u);
}

TEST_F(Vlan, UntaggedClient_DoesNotMeetAVlan) {
    start(0, 200);
    expect_no_connection();
    EXPECT_GE(counter("server", "dropped_vlan_missing"), 1u);
    EXPECT_EQ(counter("server", "dropped_vlan_other"), 0u);
}

TEST_F(Vlan, TaggedClient_DoesNotMeetAHostWithoutVlan) {
    start(100, 0);
    expect_no_connection();
    EXPECT_GE(counter("server", "dropped_vlan_other"), 1u);
    EXPECT_EQ(counter("server", "dropped"), counter("server", "dropped_vlan_other"));
}

}  // namespace
