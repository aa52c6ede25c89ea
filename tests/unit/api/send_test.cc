// SPDX-License-Identifier: BSD-3-Clause
// Sending on a stream: how much of the send buffer is taken, what a full one means to blocking and
// non-blocking callers, and FD_WRITE. Rules: WSPSend page; FD_WRITE rows of the WSAEventSelect page.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/wsp_socket.h"
#include "sync/event.h"

namespace ringsock::test {
namespace {

constexpr int kBuffer = 8192;  // Default send buffer of the fake engine.

class Send : public ::testing::Test, public ProviderFixture {
  protected:
    int code(SOCKET s, const std::string& text, DWORD flags = 0) {
        return send(s, text, flags) == SOCKET_ERROR ? error : 0;
    }
    void make_blocking(SOCKET s) {
        ULONG off = 0;
        DWORD returned = 0;
        ASSERT_EQ(wsp.lpWSPIoctl(s, WS_FIONBIO, &off, sizeof off, nullptr, 0, &returned, nullptr, nullptr,
                                 nullptr, &error),
                  0);
    }
    /// What the engine got for sending, in order.
    std::string sent() {
        std::string all;
        for (const SeenRequest& request : engine().seen) {
            if (request.op == RequestOp::send || request.op == RequestOp::send_small) all += request.text;
        }
        return all;
    }
    static std::string pattern(std::size_t length) {
        std::string text(length, '\0');
        for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i % 23);
        return text;
    }
};

// Small texts travel in the request, larger ones in packets.
TEST_F(Send, OfAnySize_ArrivesWhole) {
    const SOCKET s = connected();
    std::string all;
    for (const std::size_t length : {1u, 37u, 38u, 39u, 1500u, 1501u, 3000u}) {
        const std::string text = pattern(length);
        EXPECT_EQ(send(s, text), static_cast<int>(length));
        all += text;
    }
    EXPECT_EQ(sent(), all);
    EXPECT_EQ(engine().count(RequestOp::send_small), 3u);
    EXPECT_EQ(cell(s).app.tx_queued, all.size());
}

TEST_F(Send, OfSeveralBuffers_GathersThem) {
    const SOCKET s = connected();
    std::string a = pattern(1000), b = pattern(2000), c = "end";
    WSABUF list[] = {{1000, a.data()}, {0, nullptr}, {2000, b.data()}, {3, c.data()}};
    DWORD done = 0;
    ASSERT_EQ(wsp.lpWSPSend(s, list, 4, &done, 0, nullptr, nullptr, nullptr, &error), 0);
    EXPECT_EQ(done, 3003u);
    EXPECT_EQ(sent(), a + b + c);
}

TEST_F(Send, OfNothing_Succeeds) {
    const SOCKET s = connected();
    EXPECT_EQ(send(s, ""), 0);
    EXPECT_EQ(sent(), "");
}

// A non-blocking send takes what there is room for, then nothing until the peer acknowledged.
TEST_F(Send, BeyondTheBuffer_TakesAPartThenWouldBlock) {
    const SOCKET s = connected();
    EXPECT_EQ(send(s, pattern(kBuffer + 1000)), kBuffer);
    EXPECT_EQ(code(s, "x"), WSAEWOULDBLOCK);
    engine().acknowledge(cell(s), 100);
    EXPECT_EQ(send(s, pattern(1000)), 100);
    EXPECT_EQ(code(s, "x"), WSAEWOULDBLOCK);
    engine().acknowledge_all(cell(s));
    EXPECT_EQ(send(s, "x"), 1);
    EXPECT_EQ(cell(s).app.tx_queued, static_cast<std::uint32_t>(kBuffer + 101));
}

// FD_WRITE: after a send that would block, when space returns; once; and not for space nobody asked for.
TEST_F(Send, ThatWouldBlock_IsToldOfSpace) {
    const SOCKET s = connected();
    const WSAEVENT event = sync::create_event(false, false);
    ASSERT_EQ(wsp.lpWSPEventSelect(s, event, FD_WRITE, &error), 0);
    ASSERT_EQ(enumerate(s, event), FD_WRITE);
    ASSERT_EQ(send(s, pattern(kBuffer)), kBuffer);
    engine().acknowledge(cell(s), 10);
    EXPECT_EQ(enumerate(s), 0);
    ASSERT_EQ(send(s, pattern(10)), 10);
    ASSERT_EQ(code(s, "x"), WSAEWOULDBLOCK);
    EXPECT_EQ(enumerate(s), 0);
    engine().acknowledge(cell(s), 10);
    EXPECT_TRUE(sync::find_event(event)->state.load() != 0);
    EXPECT_EQ(enumerate(s, event), FD_WRITE);
    engine().acknowledge(cell(s), 10);
    EXPECT_EQ(enumerate(s), 0);
    sync::close_event(event);
}

// Space that comes back between the refusal and the note of it is not lost: the send goes on.
TEST_F(Send, WithSpaceAtTheLastMoment_TakesIt) {
    const SOCKET s = connected();
    ASSERT_EQ(send(s, pattern(kBuffer)), kBuffer);
    engine().on_help = [&] { engine().acknowledge_all(cell(s)); };
    EXPECT_EQ(send(s, "x"), 1);
    EXPECT_EQ(cell(s).app.want_write.load(), 0);
}

// A blocking send takes all, as the peer acknowledges.
TEST_F(Send, OnABlockingSocket_TakesAll) {
    const SOCKET s = connected();
    make_blocking(s);
    engine().on_wait = [&] {
        if (cell(s).app.tx_queued != cell(s).engine.tx_acked.load()) engine().acknowledge(cell(s), 1);
    };
    const std::string text = pattern(kBuffer + 300);
    EXPECT_EQ(send(s, text), static_cast<int>(text.size()));
    EXPECT_EQ(sent(), text);
}

TEST_F(Send, OnABlockingSocketWithATimeout_SaysWhatWasTaken) {
    const SOCKET s = connected();
    make_blocking(s);
    ASSERT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_SNDTIMEO, 100), 0);
    EXPECT_EQ(send(s, pattern(kBuffer + 1)), kBuffer);
    const Instant before = engine().clock;
    EXPECT_EQ(code(s, "x"), WSAETIMEDOUT);
    EXPECT_GE(engine().clock, before + Micros::from_millis(100));
}

// Without empty packets a blocking send waits for them, a non-blocking one tells to try again.
TEST_F(Send, WithoutPackets_WaitsOrWouldBlock) {
    const SOCKET s = connected();
    engine().empty_packets = 0;
    const WSAEVENT event = sync::create_event(false, false);
    ASSERT_EQ(wsp.lpWSPEventSelect(s, event, FD_WRITE, &error), 0);
    ASSERT_EQ(enumerate(s, event), FD_WRITE);
    EXPECT_EQ(code(s, pattern(100)), WSAEWOULDBLOCK);
    EXPECT_EQ(enumerate(s, event), FD_WRITE);  // Nobody else would say when to try again.
    ASSERT_EQ(wsp.lpWSPEventSelect(s, nullptr, 0, &error), 0);
    make_blocking(s);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 1000) engine().empty_packets = 1;
    };
    EXPECT_EQ(send(s, pattern(100)), 100);
    EXPECT_GE(engine().steps, before + 1000);
    sync::close_event(event);
}

// A full ring is a shortage, too: small texts need no packet but a slot.
TEST_F(Send, WithAFullRing_WaitsOrWouldBlock) {
    const SOCKET s = connected();
    engine().takes_requests = false;
    for (std::uint32_t i = 0; i < kFakeRequestSlots; ++i) ASSERT_EQ(send(s, "x"), 1);
    EXPECT_EQ(code(s, "y"), WSAEWOULDBLOCK);
    EXPECT_EQ(cell(s).app.tx_queued, kFakeRequestSlots);
    make_blocking(s);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] { engine().takes_requests = engine().steps > before + 300; };
    EXPECT_EQ(send(s, "z"), 1);
    EXPECT_EQ(sent(), std::string(kFakeRequestSlots, 'x') + "z");
}

// States in which nothing can be sent; what a broken connection says.
TEST_F(Send, InTheWrongState_Fails) {
    const SOCKET fresh = stream();
    EXPECT_EQ(code(fresh, "x"), WSAENOTCONN);
    nonblocking(fresh);
    (void)connect(fresh, "10.0.0.2", 80);
    EXPECT_EQ(code(fresh, "x"), WSAENOTCONN);
    const SOCKET shut = connected();
    ASSERT_EQ(wsp.lpWSPShutdown(shut, SD_SEND, &error), 0);
    EXPECT_EQ(engine().count(RequestOp::shutdown_send), 1u);
    EXPECT_EQ(code(shut, "x"), WSAESHUTDOWN);
    ASSERT_EQ(wsp.lpWSPShutdown(shut, SD_BOTH, &error), 0);
    EXPECT_EQ(engine().count(RequestOp::shutdown_send), 1u);
    const SOCKET broken = connected();
    engine().break_connection(cell(broken), ConnError::reset);
    EXPECT_EQ(code(broken, "x"), WSAECONNRESET);
    EXPECT_EQ(code(connected(), "x", WS_MSG_OOB), WSAEOPNOTSUPP);
    EXPECT_EQ(code(connected(), "x", WS_MSG_DONTROUTE), 0);
    EXPECT_EQ(wsp.lpWSPShutdown(fresh, SD_SEND, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTCONN);
    EXPECT_EQ(wsp.lpWSPShutdown(connected(), 3, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
}

// A connection that breaks in the middle of a blocking send: what was taken counts; the next call tells.
TEST_F(Send, OnAStreamThatBreaks_CountsWhatWasTaken) {
    const SOCKET s = connected();
    ASSERT_EQ(send(s, pattern(100)), 100);  // Now the thread has packets.
    make_blocking(s);
    engine().on_wait = [&] { engine().break_connection(cell(s), ConnError::reset); };
    EXPECT_EQ(send(s, pattern(kBuffer + 1)), kBuffer - 100);
    EXPECT_EQ(code(s, "x"), WSAECONNRESET);
}

// SO_SNDBUF moves the limit; cumulative counters wrap.
TEST_F(Send, WithABufferOfItsOwn_KeepsToIt) {
    const SOCKET s = connected();
    ASSERT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_SNDBUF, 4096), 0);
    cell(s).app.tx_queued = 0xfffffff0u;
    cell(s).engine.tx_acked.store(0xfffffff0u);
    EXPECT_EQ(send(s, pattern(5000)), 4096);
    EXPECT_EQ(code(s, "x"), WSAEWOULDBLOCK);
    engine().acknowledge_all(cell(s));
    EXPECT_EQ(send(s, "x"), 1);
}

// Packets come from the thread's exchange and none is lost: what the engine gave out it got back.
TEST_F(Send, Often_LosesNoPacket) {
    const SOCKET s = connected();
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(send(s, pattern(2000)), 2000);
        engine().acknowledge_all(cell(s));
    }
    EXPECT_LE(engine().packets_out(), kExchangeDepth);
}

}  // namespace
}  // namespace ringsock::test
