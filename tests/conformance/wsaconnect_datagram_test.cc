// SPDX-License-Identifier: BSD-3-Clause
// WSAConnect on datagram sockets: it names the peer, sends nothing, and can be taken back. Rules: clauses 31g
// and 40 to 49 of the WSAConnect and LPWSPConnect pages with their refinements. Over the loopback of the
// embedded default. "Never arrives" is shown by what was sent later and did arrive.
#include <cstring>

#include "fixture.h"

namespace ringsock::test {
namespace {

class DatagramConnect : public Started {};

/// A datagram socket bound to a loopback port.
struct Peer {
    Peer() : name(bind_anywhere(socket)) {}

    [[nodiscard]] int send(const char* text, const SOCKADDR_IN& to) const {
        return ws2_sendto(socket, text, static_cast<int>(std::strlen(text)), 0, pointer(to), sizeof to);
    }
    /// The next datagram as text; "" when none comes in time.
    [[nodiscard]] std::string receive() const { return receive_on(socket); }

    static std::string receive_on(SOCKET s) {
        char bytes[64];
        if (!wait_readable(s)) return "";
        const int length = ws2_recv(s, bytes, sizeof bytes, 0);
        return length < 0 ? "error " + std::to_string(WSAGetLastError())
                          : std::string(bytes, static_cast<std::size_t>(length));
    }

    Socket socket{WS_SOCK_DGRAM};
    SOCKADDR_IN name;
};

int recv_code(SOCKET s) {
    char byte = 0;
    return code_of(ws2_recv(s, &byte, 1, 0));
}
int send_code(SOCKET s) {
    return code_of(ws2_send(s, "x", 1, 0));
}
ULONG waiting_bytes(SOCKET s) {
    ULONG bytes = 0;
    EXPECT_EQ(ws2_ioctlsocket(s, static_cast<LONG>(WS_FIONREAD), &bytes), 0) << WSAGetLastError();
    return bytes;
}

// Clause 40: returns 0 at once even on a non-blocking socket, and records FD_CONNECT with code 0.
TEST_F(DatagramConnect, OnANonBlockingSocket_SucceedsAtOnce) {
    Peer peer;
    Socket socket(WS_SOCK_DGRAM);
    WSAEVENT event = WSACreateEvent();
    ASSERT_EQ(WSAEventSelect(socket, event, FD_CONNECT), 0);
    EXPECT_EQ(connect_code(socket, peer.name), 0);
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 5000, FALSE), WSA_WAIT_EVENT_0);
    WSANETWORKEVENTS happened{};
    EXPECT_EQ(WSAEnumNetworkEvents(socket, event, &happened), 0);
    EXPECT_EQ(happened.lNetworkEvents, FD_CONNECT);
    EXPECT_EQ(happened.iErrorCode[FD_CONNECT_BIT], 0);
    SOCKADDR_IN name{};
    int length = sizeof name;
    EXPECT_EQ(ws2_getpeername(socket, reinterpret_cast<SOCKADDR*>(&name), &length), 0);
    EXPECT_EQ(name.sin_port, peer.name.sin_port);
    EXPECT_NE(local_name(socket).sin_port, 0);
    WSACloseEvent(event);
}

// Clause 40: nothing is sent, so nobody needs to be there.
TEST_F(DatagramConnect, ToNobody_Succeeds) {
    for (const char* host : {kSilent, kNoNeighbour, kLoopback}) {
        Socket socket(WS_SOCK_DGRAM);
        EXPECT_EQ(connect_code(socket, address(host, kClosedPort)), 0) << host;
    }
}

// Clause 41: all four calls without an address.
TEST_F(DatagramConnect, ThenSendAndReceive_NeedNoAddress) {
    Peer peer;
    Socket socket(WS_SOCK_DGRAM);
    ASSERT_EQ(connect_code(socket, peer.name), 0);
    EXPECT_EQ(ws2_send(socket, "one", 3, 0), 3);
    char text[] = "two";
    WSABUF out{.len = 3, .buf = text};
    DWORD moved = 0;
    EXPECT_EQ(WSASend(socket, &out, 1, &moved, 0, nullptr, nullptr), 0) << WSAGetLastError();
    EXPECT_EQ(moved, 3U);
    EXPECT_EQ(peer.receive(), "one");
    EXPECT_EQ(peer.receive(), "two");

    const SOCKADDR_IN back = local_name(socket);
    EXPECT_EQ(peer.send("three", back), 5);
    EXPECT_EQ(peer.send("four", back), 4);
    EXPECT_EQ(Peer::receive_on(socket), "three");
    char room[16];
    WSABUF in{.len = sizeof room, .buf = room};
    DWORD flags = 0;
    ASSERT_TRUE(wait_readable(socket));
    EXPECT_EQ(WSARecv(socket, &in, 1, &moved, &flags, nullptr, nullptr), 0) << WSAGetLastError();
    EXPECT_EQ(std::string(room, moved), "four");
}

// Clause 42: an address differs if its port does.
TEST_F(DatagramConnect, FromAnotherSender_IsDiscarded) {
    Peer peer, same_host, other_host;
    Socket socket(WS_SOCK_DGRAM);
    const SOCKADDR_IN here = bind_anywhere(socket);
    ASSERT_EQ(connect_code(socket, peer.name), 0);
    EXPECT_GT(same_host.send("stray", here), 0);
    EXPECT_EQ(peer.send("right", here), 5);
    EXPECT_EQ(Peer::receive_on(socket), "right");
    EXPECT_EQ(waiting_bytes(socket), 0U);
    make_non_blocking(socket);
    EXPECT_EQ(recv_code(socket), WSAEWOULDBLOCK);
}

// Clause 43, forms (i) and (ii), and clause 44: the default destination is gone and so are the calls that
// need it.
TEST_F(DatagramConnect, ToAllZeros_Disconnects) {
    Peer peer;
    for (const USHORT family : {USHORT{WS_AF_UNSPEC}, USHORT{WS_AF_INET}}) {
        Socket socket(WS_SOCK_DGRAM);
        ASSERT_EQ(connect_code(socket, peer.name), 0);
        SOCKADDR_IN zeros{};
        zeros.sin_family = family;
        EXPECT_EQ(connect_code(socket, zeros), 0) << family;
        SOCKADDR_IN name{};
        int length = sizeof name;
        EXPECT_EQ(code_of(ws2_getpeername(socket, reinterpret_cast<SOCKADDR*>(&name), &length)), WSAENOTCONN);
        EXPECT_EQ(send_code(socket), WSAENOTCONN);
        EXPECT_EQ(recv_code(socket), WSAENOTCONN);
    }
}

// Clause 43, form (iii), where the two pages differ: WSAConnect wants the entire structure zero, connect the
// address alone.
TEST_F(DatagramConnect, ToAZeroAddressWithAPort_DependsOnTheCall) {
    Peer peer;
    Socket socket(WS_SOCK_DGRAM);
    ASSERT_EQ(connect_code(socket, peer.name), 0);
    const SOCKADDR_IN half = address("0.0.0.0", 80);
    EXPECT_EQ(connect_code(socket, half), WSAEADDRNOTAVAIL);
    EXPECT_EQ(send_code(socket), 0);
    EXPECT_EQ(ws2_connect(socket, pointer(half), sizeof half), 0) << WSAGetLastError();
    EXPECT_EQ(send_code(socket), WSAENOTCONN);
}

// Clause 44's neighbours: a socket that never was connected may receive once it is bound.
TEST_F(DatagramConnect, NeverDone_LeavesReceivingToBoundSockets) {
    Socket unbound(WS_SOCK_DGRAM);
    EXPECT_EQ(send_code(unbound), WSAENOTCONN);
    EXPECT_EQ(recv_code(unbound), WSAEINVAL);
    Socket bound(WS_SOCK_DGRAM);
    bind_anywhere(bound);
    make_non_blocking(bound);
    EXPECT_EQ(recv_code(bound), WSAEWOULDBLOCK);
}

// Clause 45: calls that carry an address do not care, connected or not.
TEST_F(DatagramConnect, SendToAndReceiveFrom_WorkBeforeAndAfter) {
    Peer peer, other;
    Socket socket(WS_SOCK_DGRAM);
    const SOCKADDR_IN here = bind_anywhere(socket);
    ASSERT_EQ(connect_code(socket, peer.name), 0);
    EXPECT_EQ(ws2_sendto(socket, "while", 5, 0, pointer(other.name), sizeof other.name), 5);
    EXPECT_EQ(other.receive(), "while");
    ASSERT_EQ(connect_code(socket, SOCKADDR_IN{}), 0);
    EXPECT_EQ(ws2_sendto(socket, "after", 5, 0, pointer(other.name), sizeof other.name), 5);
    EXPECT_EQ(other.receive(), "after");
    EXPECT_EQ(other.send("back", here), 4);
    ASSERT_TRUE(wait_readable(socket));
    char bytes[16];
    SOCKADDR_IN from{};
    int length = sizeof from;
    EXPECT_EQ(ws2_recvfrom(socket, bytes, sizeof bytes, 0, reinterpret_cast<SOCKADDR*>(&from), &length), 4);
    EXPECT_EQ(from.sin_port, other.name.sin_port);
}

// Clause 46.
TEST_F(DatagramConnect, Again_ChangesThePeer) {
    Peer first, second;
    Socket socket(WS_SOCK_DGRAM);
    ASSERT_EQ(connect_code(socket, first.name), 0);
    ASSERT_EQ(connect_code(socket, second.name), 0);
    EXPECT_EQ(ws2_send(socket, "x", 1, 0), 1);
    EXPECT_EQ(second.receive(), "x");
    EXPECT_EQ(waiting_bytes(first.socket), 0U);
}

// Clause 47: what waits from the old peer goes when the peer changes, and stays when it does not.
TEST_F(DatagramConnect, ToAnotherPeer_DropsWhatWaits) {
    Peer first, second;
    Socket socket(WS_SOCK_DGRAM);
    const SOCKADDR_IN here = bind_anywhere(socket);
    ASSERT_EQ(connect_code(socket, first.name), 0);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(first.send("old", here), 3);
    ASSERT_TRUE(wait_readable(socket));
    ASSERT_EQ(connect_code(socket, first.name), 0);
    EXPECT_EQ(Peer::receive_on(socket), "old");
    ASSERT_EQ(connect_code(socket, second.name), 0);
    EXPECT_EQ(waiting_bytes(socket), 0U);
    EXPECT_EQ(second.send("new", here), 3);
    EXPECT_EQ(Peer::receive_on(socket), "new");
}

// Clauses 31g and 48: broadcast addresses, the network's own too, need the option.
TEST_F(DatagramConnect, ToABroadcastAddress_NeedsTheOption) {
    for (const char* host : {"255.255.255.255", kSubnetBroadcast}) {
        Socket socket(WS_SOCK_DGRAM);
        EXPECT_EQ(connect_code(socket, address(host, 80)), WSAEACCES) << host;
        ASSERT_EQ(set_option(socket, WS_SOL_SOCKET, WS_SO_BROADCAST, BOOL{TRUE}), 0);
        EXPECT_EQ(connect_code(socket, address(host, 80)), 0) << host;
    }
}

// Clause 49: connect data has no meaning here and is ignored, not refused; none comes back.
TEST_F(DatagramConnect, WithConnectData_IgnoresIt) {
    Peer peer;
    Socket socket(WS_SOCK_DGRAM);
    char out[] = "data", in[16];
    WSABUF caller_data{.len = 4, .buf = out}, callee_data{.len = sizeof in, .buf = in};
    EXPECT_EQ(WSAConnect(socket, pointer(peer.name), sizeof peer.name, &caller_data, &callee_data, nullptr,
                         nullptr),
              0);
    EXPECT_EQ(callee_data.len, 0U);
    make_non_blocking(peer.socket);
    EXPECT_EQ(recv_code(peer.socket), WSAEWOULDBLOCK);
}

}  // namespace
}  // namespace ringsock::test
