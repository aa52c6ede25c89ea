// SPDX-License-Identifier: BSD-3-Clause
// Datagram sockets: connect that only names a peer (clauses 40 to 49 of the WSAConnect and LPWSPConnect
// pages), sending with and without an address, and receiving whole datagrams. Rules: WSPSendTo, WSPRecvFrom
// pages.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/wsp_socket.h"
#include "sync/event.h"

namespace ringsock::test {
namespace {

constexpr Ipv4 kPeer = Ipv4::of(10, 0, 0, 2);
constexpr Ipv4 kOther = Ipv4::of(10, 0, 0, 3);

class Datagram : public ::testing::Test, public ProviderFixture {
  protected:
    SOCKET bound() {
        const SOCKET s = datagram();
        nonblocking(s);
        EXPECT_EQ(bind(s, "0.0.0.0", 5000), 0);
        return s;
    }
    int send_code(SOCKET s, const std::string& what = "x") {
        return send(s, what) == SOCKET_ERROR ? error : 0;
    }
    int recv_code(SOCKET s) { return recv(s, text, 16) == SOCKET_ERROR ? error : 0; }
    int send_to(SOCKET s, const std::string& what, const char* address, std::uint16_t port) {
        const ws2_sockaddr_in in = name_of(address, port);
        WSABUF buffer{static_cast<ULONG>(what.size()), const_cast<char*>(what.data())};
        DWORD sent = 0;
        return wsp.lpWSPSendTo(s, &buffer, 1, &sent, 0, as_name(in), sizeof in, nullptr, nullptr, nullptr,
                               &error) == 0
                   ? 0
                   : error;
    }
    ULONG unread(SOCKET s) {
        ULONG bytes = 0;
        DWORD returned = 0;
        EXPECT_EQ(wsp.lpWSPIoctl(s, WS_FIONREAD, nullptr, 0, &bytes, sizeof bytes, &returned, nullptr,
                                 nullptr, nullptr, &error),
                  0);
        return bytes;
    }
    std::string text;
};

// Clause 40: complete at once, on a non-blocking socket too; FD_CONNECT and FD_WRITE are recorded.
TEST_F(Datagram, Connect_CompletesAtOnce) {
    const SOCKET s = datagram();
    nonblocking(s);
    const WSAEVENT event = sync::create_event(false, false);
    ASSERT_EQ(wsp.lpWSPEventSelect(s, event, FD_CONNECT | FD_WRITE, &error), 0);
    ASSERT_EQ(enumerate(s, event), FD_WRITE);
    EXPECT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_TRUE(sync::find_event(event)->state.load() != 0);
    EXPECT_EQ(enumerate(s, event), FD_CONNECT | FD_WRITE);
    EXPECT_EQ(events.iErrorCode[FD_CONNECT_BIT], 0);
    EXPECT_EQ(enumerate(s), 0);
    EXPECT_EQ(engine().count(RequestOp::connect), 0u);
    EXPECT_EQ(engine().count(RequestOp::connect_datagram), 1u);
    sync::close_event(event);
}

// What the engine says is what the call says; the peer stays as it was.
TEST_F(Datagram, ConnectRefusedByTheEngine_ChangesNothing) {
    const SOCKET s = datagram();
    for (const auto& [answer, expected] :
         {std::pair{ConnError::access, WSAEACCES}, std::pair{ConnError::net_unreachable, WSAENETUNREACH},
          std::pair{ConnError::no_buffers, WSAENOBUFS}}) {
        engine().connect_datagram_answer = answer;
        EXPECT_EQ(connect(s, "10.0.0.2", 80), SOCKET_ERROR);
        EXPECT_EQ(error, expected);
        EXPECT_EQ(send_code(s), WSAENOTCONN);
    }
}

// Clauses 41, 46: sends need no address, and the peer can be changed.
TEST_F(Datagram, Connected_SendsToThePeer) {
    const SOCKET s = datagram();
    EXPECT_EQ(send_code(s), WSAENOTCONN);
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_EQ(send_code(s, "one"), 0);
    EXPECT_EQ(engine().last(RequestOp::send_to).text, "one");
    EXPECT_EQ(engine().last(RequestOp::send_to).send_to.family, Family::none);
    ASSERT_EQ(connect(s, "10.0.0.3", 81), 0);
    EXPECT_EQ(engine().last(RequestOp::connect_datagram).endpoint.remote[3], 3);
    EXPECT_EQ(send_code(s, "two"), 0);
}

// Clauses 42 and 47: what is queued from others goes when the peer changes, wherever it stands in the queue.
TEST_F(Datagram, Connect_DropsWhatOthersSent) {
    const SOCKET s = bound();
    const auto deliver = [&](const char* what, Ipv4 from, std::uint16_t port) {
        engine().deliver(cell(s), what, from, Port{port});
    };
    deliver("stray", kOther, 80);
    deliver("stray port", kPeer, 81);
    deliver("good", kPeer, 80);
    deliver("stray again", kOther, 80);
    deliver("better", kPeer, 80);
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_EQ(unread(s), 4u);
    EXPECT_EQ(recv(s, text, 32), 4);
    EXPECT_EQ(text, "good");
    EXPECT_EQ(recv(s, text, 32), 6);
    EXPECT_EQ(text, "better");
    EXPECT_EQ(recv_code(s), WSAEWOULDBLOCK);
    EXPECT_EQ(cell(s).names.rx_first, nullptr);
}

// Clause 47: the same name again keeps the queue.
TEST_F(Datagram, ConnectToTheSamePeer_KeepsTheQueue) {
    const SOCKET s = bound();
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    engine().deliver(cell(s), "kept", kPeer, Port{80});
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_EQ(recv(s, text, 16), 4);
    engine().deliver(cell(s), "gone", kPeer, Port{80});
    ASSERT_EQ(connect(s, "10.0.0.2", 81), 0);
    EXPECT_EQ(unread(s), 0u);
    EXPECT_EQ(recv_code(s), WSAEWOULDBLOCK);
}

// The sweep waits for an engine that is behind with consumptions.
TEST_F(Datagram, ConnectWithAnEngineThatIsBehind_DropsAll) {
    const SOCKET s = bound();
    engine().deliver(cell(s), "a", kOther, Port{80});
    engine().takes_requests = false;
    ASSERT_EQ(recv(s, text, 16), 1);
    engine().deliver(cell(s), "b", kOther, Port{80});
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] { engine().takes_requests = engine().steps >= before + 20; };
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_EQ(unread(s), 0u);
    EXPECT_EQ(recv_code(s), WSAEWOULDBLOCK);
}

// Clauses 43 and 44: disconnected sockets need an address again, and receive only with WSPRecvFrom (45).
TEST_F(Datagram, Disconnected_NeedsAddresses) {
    for (const bool unspecified : {false, true}) {
        const SOCKET s = bound();
        ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
        ws2_sockaddr_in zeros{};
        zeros.sin_family = unspecified ? WS_AF_UNSPEC : WS_AF_INET;
        EXPECT_EQ(
            wsp.lpWSPConnect(s, as_name(zeros), sizeof zeros, nullptr, nullptr, nullptr, nullptr, &error), 0);
        EXPECT_EQ(engine().last(RequestOp::connect_datagram).endpoint.family, Family::none);
        ws2_sockaddr_in name{};
        int length = sizeof name;
        EXPECT_EQ(wsp.lpWSPGetPeerName(s, reinterpret_cast<sockaddr*>(&name), &length, &error), SOCKET_ERROR);
        EXPECT_EQ(error, WSAENOTCONN);
        EXPECT_EQ(send_code(s), WSAENOTCONN);
        engine().deliver(cell(s), "x", kOther, Port{9});
        EXPECT_EQ(recv_code(s), WSAENOTCONN);
        EXPECT_EQ(send_to(s, "y", "10.0.0.3", 9), 0);
        char bytes[16];
        WSABUF list{sizeof bytes, bytes};
        DWORD got = 0;
        DWORD flags = 0;
        length = sizeof name;
        EXPECT_EQ(wsp.lpWSPRecvFrom(s, &list, 1, &got, &flags, reinterpret_cast<sockaddr*>(&name), &length,
                                    nullptr, nullptr, nullptr, &error),
                  0);
        EXPECT_EQ(got, 1u);
        EXPECT_EQ(name.sin_port, __builtin_bswap16(9));
        EXPECT_EQ(name.sin_addr.S_un.S_addr, __builtin_bswap32(kOther.value));
        ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
        EXPECT_EQ(send_code(s), 0);
        ASSERT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
    }
}

// Clause 44's neighbours: never connected.
TEST_F(Datagram, NeverConnected_ReceivesOnceBound) {
    EXPECT_EQ(recv_code(datagram()), WSAEINVAL);
    const SOCKET s = bound();
    EXPECT_EQ(recv_code(s), WSAEWOULDBLOCK);
    engine().deliver(cell(s), "x", kOther, Port{9});
    EXPECT_EQ(recv(s, text, 16), 1);
}

// Clause 49: connect data is ignored; none comes back.
TEST_F(Datagram, ConnectWithData_IgnoresIt) {
    const SOCKET s = datagram();
    char bytes[4];
    WSABUF out{sizeof bytes, bytes};
    WSABUF in{sizeof bytes, bytes};
    const ws2_sockaddr_in name = name_of("10.0.0.2", 80);
    EXPECT_EQ(wsp.lpWSPConnect(s, as_name(name), sizeof name, &out, &in, nullptr, nullptr, &error), 0);
    EXPECT_EQ(in.len, 0u);
}

// WSPSendTo binds an unbound socket, and goes to the given address while connected.
TEST_F(Datagram, SendTo_BindsAndCarriesTheAddress) {
    const SOCKET s = datagram();
    EXPECT_EQ(send_to(s, "hello", "10.0.0.3", 9), 0);
    EXPECT_EQ(engine().count(RequestOp::bind), 1u);
    EXPECT_EQ(engine().last(RequestOp::send_to).text, "hello");
    EXPECT_EQ(engine().last(RequestOp::send_to).send_to.remote_port, 9);
    EXPECT_EQ(engine().last(RequestOp::send_to).send_to.remote[3], 3);
    EXPECT_EQ(send_to(s, "again", "10.0.0.3", 9), 0);
    EXPECT_EQ(engine().count(RequestOp::bind), 1u);
    ASSERT_EQ(connect(s, "10.0.0.2", 80), 0);
    EXPECT_EQ(send_to(s, "while", "10.0.0.3", 9), 0);
    EXPECT_EQ(engine().last(RequestOp::send_to).send_to.family, Family::ipv4);
}

TEST_F(Datagram, SendTo_WithBadArguments_Fails) {
    const SOCKET s = datagram();
    EXPECT_EQ(send_to(s, "x", "0.0.0.0", 9), WSAEADDRNOTAVAIL);
    EXPECT_EQ(send_to(s, "x", "255.255.255.255", 9), WSAEACCES);
    ASSERT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_BROADCAST, 1), 0);
    EXPECT_EQ(send_to(s, "x", "255.255.255.255", 9), 0);
    EXPECT_EQ(send_to(s, std::string(engine().port.max_datagram_bytes, 'x'), "10.0.0.2", 9), 0);
    EXPECT_EQ(send_to(s, std::string(engine().port.max_datagram_bytes + 1, 'x'), "10.0.0.2", 9), WSAEMSGSIZE);
    EXPECT_EQ(send_to(s, "", "10.0.0.2", 9), 0);
    engine().bind_answer = ConnError::address_in_use;
    EXPECT_EQ(send_to(datagram(), "x", "10.0.0.2", 9), WSAEADDRINUSE);
    ASSERT_EQ(wsp.lpWSPShutdown(s, SD_SEND, &error), 0);
    EXPECT_EQ(send_to(s, "x", "10.0.0.2", 9), WSAESHUTDOWN);
}

// On a stream the address of WSPSendTo is ignored.
TEST_F(Datagram, SendToOnAStream_IsASend) {
    const SOCKET s = connected();
    EXPECT_EQ(send_to(s, "text", "10.9.9.9", 9), 0);
    EXPECT_EQ(engine().last(RequestOp::send_small).text, "text");
}

// A datagram longer than the buffer is cut: WSAEMSGSIZE, WS_MSG_PARTIAL, and the rest is lost.
TEST_F(Datagram, LongerThanTheBuffer_IsCut) {
    const SOCKET s = bound();
    engine().deliver(cell(s), "abcdef", kOther, Port{9});
    engine().deliver(cell(s), "next", kOther, Port{9});
    char bytes[3];
    WSABUF list{sizeof bytes, bytes};
    DWORD got = 0;
    DWORD flags = WS_MSG_PEEK;
    EXPECT_EQ(wsp.lpWSPRecv(s, &list, 1, &got, &flags, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEMSGSIZE);
    flags = 0;
    EXPECT_EQ(wsp.lpWSPRecv(s, &list, 1, &got, &flags, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEMSGSIZE);
    EXPECT_EQ(got, 3u);
    EXPECT_EQ(flags, static_cast<DWORD>(WS_MSG_PARTIAL));
    EXPECT_EQ(unread(s), 4u);
    EXPECT_EQ(recv(s, text, 16), 4);
    EXPECT_EQ(text, "next");
}

// A datagram of no bytes is one.
TEST_F(Datagram, OfNoBytes_IsReceived) {
    const SOCKET s = bound();
    engine().deliver(cell(s), "", kOther, Port{9});
    EXPECT_EQ(recv(s, text, 16), 0);
    EXPECT_EQ(recv_code(s), WSAEWOULDBLOCK);
}

// Without empty packets: a non-blocking send would block and FD_WRITE is recorded; a blocking one gives up
// with WSAENOBUFS after its patience, or in time with SO_SNDTIMEO.
TEST_F(Datagram, SendWithoutPackets_WaitsOrWouldBlock) {
    const SOCKET s = bound();
    engine().empty_packets = 0;
    EXPECT_EQ(send_to(s, "x", "10.0.0.2", 9), WSAEWOULDBLOCK);
    EXPECT_NE(cell(s).app.rerecord.load() & edge_bit(Edge::write), 0);
    const SOCKET blocking = datagram();
    EXPECT_EQ(send_to(blocking, "x", "10.0.0.2", 9), WSAENOBUFS);
    ASSERT_EQ(set_option(blocking, WS_SOL_SOCKET, WS_SO_SNDTIMEO, 50), 0);
    EXPECT_EQ(send_to(blocking, "x", "10.0.0.2", 9), WSAETIMEDOUT);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 30) engine().empty_packets = 1;
    };
    EXPECT_EQ(send_to(blocking, "x", "10.0.0.2", 9), 0);
}

// SO_MAX_MSG_SIZE tells what fits.
TEST_F(Datagram, Options_TellTheLimit) {
    const SOCKET s = datagram();
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_MAX_MSG_SIZE),
              static_cast<int>(engine().port.max_datagram_bytes));
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_TYPE), WS_SOCK_DGRAM);
}

}  // namespace
}  // namespace ringsock::test
