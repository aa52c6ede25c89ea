// SPDX-License-Identifier: BSD-3-Clause
// Receiving: the application's end of the receive list (told in ring/socket_cell.h), the end and the breaking
// of a stream, and the flags of WSPRecv. Rules: WSPRecv and WSPRecvFrom pages.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/receive_list.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

class Receive : public ::testing::Test, public ProviderFixture {
  protected:
    int code(SOCKET s, std::size_t room = 16, DWORD flags = 0) {
        return recv(s, text, room, flags) == SOCKET_ERROR ? error : 0;
    }
    ULONG unread(SOCKET s) {
        ULONG bytes = 0;
        DWORD returned = 0;
        EXPECT_EQ(wsp.lpWSPIoctl(s, WS_FIONREAD, nullptr, 0, &bytes, sizeof bytes, &returned, nullptr,
                                 nullptr, nullptr, &error),
                  0);
        return bytes;
    }
    void make_blocking(SOCKET s) {
        ULONG off = 0;
        DWORD returned = 0;
        ASSERT_EQ(wsp.lpWSPIoctl(s, WS_FIONBIO, &off, sizeof off, nullptr, 0, &returned, nullptr, nullptr,
                                 nullptr, &error),
                  0);
    }
    std::string text;
};

// One receive takes text of several packets, and leaves a packet in the middle.
TEST_F(Receive, AcrossPackets_KeepsTheOrder) {
    const SOCKET s = connected();
    for (const char* part : {"abc", "def", "ghi"}) engine().deliver(cell(s), part);
    EXPECT_EQ(unread(s), 9u);
    EXPECT_EQ(recv(s, text, 4), 4);
    EXPECT_EQ(text, "abcd");
    EXPECT_EQ(unread(s), 5u);
    EXPECT_EQ(recv(s, text, 16), 5);
    EXPECT_EQ(text, "efghi");
    EXPECT_EQ(unread(s), 0u);
    EXPECT_EQ(code(s), WSAEWOULDBLOCK);
}

// Scatter lists with empty members.
TEST_F(Receive, IntoSeveralBuffers_FillsThemInOrder) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "abcdef");
    char a[2], b[3], c[8];
    WSABUF list[] = {{sizeof a, a}, {0, nullptr}, {sizeof b, b}, {sizeof c, c}};
    DWORD got = 0;
    DWORD flags = 0;
    ASSERT_EQ(wsp.lpWSPRecv(s, list, 4, &got, &flags, nullptr, nullptr, nullptr, &error), 0);
    EXPECT_EQ(got, 6u);
    EXPECT_EQ(std::string(a, 2) + std::string(b, 3) + std::string(c, 1), "abcdef");
}

// A packet is consumed once its last byte was read, and the engine is told once per call.
TEST_F(Receive, TellsTheEngineOncePerCall) {
    const SOCKET s = connected();
    for (int i = 0; i < 3; ++i) engine().deliver(cell(s), "ab");
    EXPECT_EQ(recv(s, text, 1), 1);
    EXPECT_EQ(engine().count(RequestOp::consumed), 0u);
    EXPECT_EQ(recv(s, text, 16), 5);
    EXPECT_EQ(engine().count(RequestOp::consumed), 1u);
    EXPECT_EQ(cell(s).app.rx_consumed.load(), 3u);
    EXPECT_EQ(cell(s).app.rx_consumed_bytes.load(), 6u);
    EXPECT_EQ(cell(s).names.rx_first, nullptr);
}

// The race of the list: the last packet was consumed, and the engine linked the next one before it heard of
// it. The cursor lost the link, so the text is reached when the engine names its new head. A non-blocking
// receive waits for that, for it knows that the text is there.
TEST_F(Receive, OfAPacketLinkedBehindAConsumption_Waits) {
    for (const bool blocking : {false, true}) {
        const SOCKET s = connected();
        if (blocking) make_blocking(s);
        engine().deliver(cell(s), "one");
        engine().takes_requests = false;
        ASSERT_EQ(recv(s, text, 3), 3);
        engine().deliver(cell(s), "two");
        EXPECT_TRUE(spi::has_unread(cell(s)));
        EXPECT_EQ(spi::current_packet(cell(s)), nullptr);
        const std::uint32_t before = engine().steps;
        engine().on_wait = [&] { engine().takes_requests = engine().steps >= before + 300; };
        EXPECT_EQ(recv(s, text, 16), 3);
        EXPECT_EQ(text, "two");
        EXPECT_GE(engine().steps, before + 300);
        engine().on_wait = nullptr;
        engine().takes_requests = true;
    }
}

// An engine that never hears of it: the call gives up after its patience, and FD_READ is recorded again.
TEST_F(Receive, FromADeafEngine_GivesUpInTheEnd) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "one");
    engine().takes_requests = false;
    ASSERT_EQ(recv(s, text, 3), 3);
    engine().deliver(cell(s), "two");
    const Instant before = engine().clock;
    EXPECT_EQ(code(s), WSAEWOULDBLOCK);
    EXPECT_GE(engine().clock, before + spi::kEnginePatience);
    EXPECT_NE(cell(s).app.rerecord.load() & edge_bit(Edge::read), 0);
}

// A full ring does not lose a consumption: it travels as a bit, and nobody has to call again for it.
TEST_F(Receive, WithAFullRing_TellsTheEngineByABit) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "one");
    engine().takes_requests = false;
    for (std::uint32_t i = 0; i < kFakeRequestSlots; ++i) ASSERT_EQ(send(s, "x"), 1);
    EXPECT_EQ(recv(s, text, 3), 3);
    EXPECT_EQ(engine().port.attention_any.load(), 1u);
    engine().takes_requests = true;
    engine().help(engine().port);
    EXPECT_EQ(engine().count(RequestOp::consumed), 0u);
    EXPECT_EQ(cell(s).names.rx_first, nullptr);
    EXPECT_EQ(cell(s).app.closing.load(), kNotClosing);
    EXPECT_EQ(send(s, "y"), 1);
}

// A close that finds the ring full after such a bit closes, and not more than once.
TEST_F(Receive, WithAFullRing_ThenClosing_Closes) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "one");
    engine().takes_requests = false;
    for (std::uint32_t i = 0; i < kFakeRequestSlots; ++i) ASSERT_EQ(send(s, "x"), 1);
    ASSERT_EQ(recv(s, text, 3), 3);
    SocketCell& closed = cell(s);
    ASSERT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
    EXPECT_EQ(closed.app.closing.load(), kClosingByBit);
    engine().takes_requests = true;
    engine().help(engine().port);
    EXPECT_EQ(closed.fixed.generation.load() & 1, 0u);
    EXPECT_EQ(engine().port.attention_any.load(), 0u);
}

// MSG_PEEK shows text of several packets and takes nothing.
TEST_F(Receive, Peeking_TakesNothing) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "abc");
    engine().deliver(cell(s), "def");
    EXPECT_EQ(recv(s, text, 2), 2);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(recv(s, text, 16, WS_MSG_PEEK), 4);
        EXPECT_EQ(text, "cdef");
    }
    EXPECT_EQ(recv(s, text, 3, WS_MSG_PEEK), 3);
    EXPECT_EQ(text, "cde");
    EXPECT_EQ(engine().count(RequestOp::consumed), 0u);
    EXPECT_EQ(recv(s, text, 16), 4);
    EXPECT_EQ(text, "cdef");
}

// MSG_WAITALL waits for the whole buffer, and takes less at the end of the stream.
TEST_F(Receive, WaitingForAll_FillsTheBuffer) {
    const SOCKET s = connected();
    make_blocking(s);
    engine().deliver(cell(s), "ab");
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 10) engine().deliver(cell(s), "cd");
        if (engine().steps == before + 20) engine().deliver(cell(s), "efgh");
    };
    EXPECT_EQ(recv(s, text, 6, WS_MSG_WAITALL), 6);
    EXPECT_EQ(text, "abcdef");
    engine().on_wait = [&] { engine().close_by_peer(cell(s)); };
    EXPECT_EQ(recv(s, text, 6, WS_MSG_WAITALL), 2);
    EXPECT_EQ(text, "gh");
}

// The end of the stream comes after its text, and stays.
TEST_F(Receive, AtTheEnd_GivesZeroForEver) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "ab");
    engine().close_by_peer(cell(s));
    EXPECT_EQ(recv(s, text, 16), 2);
    EXPECT_EQ(recv(s, text, 16), 0);
    EXPECT_EQ(recv(s, text, 16), 0);
}

// Text that arrived before a reset can still be read; then the reason.
TEST_F(Receive, OfABrokenStream_GivesTheTextFirst) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "ab");
    engine().break_connection(cell(s), ConnError::reset);
    EXPECT_EQ(recv(s, text, 16), 2);
    EXPECT_EQ(code(s), WSAECONNRESET);
    EXPECT_EQ(code(s), WSAECONNRESET);
    const SOCKET timed_out = connected();
    engine().break_connection(cell(timed_out), ConnError::timed_out);
    EXPECT_EQ(code(timed_out), WSAETIMEDOUT);
    const SOCKET aborted = connected();
    engine().break_connection(cell(aborted), ConnError::aborted);
    EXPECT_EQ(code(aborted), WSAECONNABORTED);
}

// States in which nothing can be received.
TEST_F(Receive, InTheWrongState_Fails) {
    const SOCKET fresh = stream();
    EXPECT_EQ(code(fresh), WSAENOTCONN);
    nonblocking(fresh);
    (void)connect(fresh, "10.0.0.2", 80);
    EXPECT_EQ(code(fresh), WSAENOTCONN);
    EXPECT_EQ(code(listener()), WSAENOTCONN);
    const SOCKET s = connected();
    EXPECT_EQ(code(s, 16, WS_MSG_OOB), WSAEOPNOTSUPP);
    EXPECT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_OOBINLINE, 1), 0);
    EXPECT_EQ(code(s, 16, WS_MSG_OOB), WSAEINVAL);
    EXPECT_EQ(code(s, 16, 0x8000), WSAEOPNOTSUPP);
    ASSERT_EQ(wsp.lpWSPShutdown(s, SD_RECEIVE, &error), 0);
    EXPECT_EQ(code(s), WSAESHUTDOWN);
    WSABUF list{1, nullptr};
    DWORD got = 0;
    DWORD flags = 0;
    EXPECT_EQ(wsp.lpWSPRecv(s, &list, 1, &got, &flags, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
}

// SO_RCVTIMEO ends a blocking receive.
TEST_F(Receive, WithATimeout_EndsInTime) {
    const SOCKET s = connected();
    make_blocking(s);
    ASSERT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_RCVTIMEO, 250), 0);
    const Instant before = engine().clock;
    EXPECT_EQ(code(s), WSAETIMEDOUT);
    EXPECT_GE(engine().clock, before + Micros::from_millis(250));
    EXPECT_LE(engine().clock, before + Micros::from_millis(260));
}

// A blocking receive returns as soon as there is some text.
TEST_F(Receive, OnABlockingSocket_WaitsForText) {
    const SOCKET s = connected();
    make_blocking(s);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 400) engine().deliver(cell(s), "late");
    };
    EXPECT_EQ(recv(s, text, 16), 4);
    EXPECT_EQ(text, "late");
    EXPECT_EQ(cell(s).app.sleepers.load(), 0u);
    EXPECT_EQ(cell(s).app.holds, 0);
}

// Counters of bytes are modulo 2^32.
TEST_F(Receive, AcrossTheWrapOfByteCounters_CountsRight) {
    const SOCKET s = connected();
    cell(s).engine.rx_bytes.store(0xfffffffeu);
    cell(s).app.rx_consumed_bytes.store(0xfffffffeu);
    engine().deliver(cell(s), "abcdef");
    EXPECT_EQ(unread(s), 6u);
    EXPECT_EQ(recv(s, text, 4), 4);
    EXPECT_EQ(unread(s), 2u);
    EXPECT_EQ(recv(s, text, 4), 2);
    EXPECT_EQ(unread(s), 0u);
}

// Overlapped operations are not offered: they fail instead of pretending.
TEST_F(Receive, Overlapped_IsNotSupported) {
    const SOCKET s = connected();
    char byte = 0;
    WSABUF list{1, &byte};
    DWORD got = 0;
    DWORD flags = 0;
    WSAOVERLAPPED overlapped{};
    EXPECT_EQ(wsp.lpWSPRecv(s, &list, 1, &got, &flags, &overlapped, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
    EXPECT_EQ(
        wsp.lpWSPRecvFrom(s, &list, 1, &got, &flags, nullptr, nullptr, &overlapped, nullptr, nullptr, &error),
        SOCKET_ERROR);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
}

}  // namespace
}  // namespace ringsock::test
