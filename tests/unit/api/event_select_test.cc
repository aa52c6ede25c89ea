// SPDX-License-Identifier: BSD-3-Clause
// WSPEventSelect and WSPEnumNetworkEvents: what is recorded, when it is recorded again, and what a selection
// does to the socket. Rules: the WSAEventSelect and WSAEnumNetworkEvents pages (re-enabling functions), and
// where real Windows differs from them the behaviour of Windows.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/wsp_socket.h"
#include "sync/event.h"

namespace ringsock::test {
namespace {

constexpr Ipv4 kPeer = Ipv4::of(10, 0, 0, 2);

class EventSelect : public ::testing::Test, public ProviderFixture {
  protected:
    EventSelect() : event(sync::create_event(false, false)), other(sync::create_event(false, false)) {}
    ~EventSelect() override {
        sync::close_event(event);
        sync::close_event(other);
    }
    int select(SOCKET s, long mask, WSAEVENT on = nullptr) {
        return wsp.lpWSPEventSelect(s, on != nullptr ? on : event, static_cast<LONG>(mask), &error);
    }
    static bool is_set(WSAEVENT e) { return sync::find_event(e)->state.load() != 0; }
    SOCKET connecting() {
        const SOCKET s = stream();
        nonblocking(s);
        (void)connect(s, "10.0.0.2", 80);
        return s;
    }
    SOCKET accept(SOCKET from) { return wsp.lpWSPAccept(from, nullptr, nullptr, nullptr, 0, &error); }

    const WSAEVENT event;
    const WSAEVENT other;
    std::string text;
};

// 4.3: the socket is non-blocking from then on, whatever the mask, and until the selection is cancelled.
TEST_F(EventSelect, MakesTheSocketNonBlocking) {
    for (const long mask : {0L, long{FD_CONNECT}}) {
        const SOCKET s = stream();
        ASSERT_EQ(select(s, mask), 0);
        EXPECT_EQ(connect(s, "10.0.0.2", 80), SOCKET_ERROR);
        EXPECT_EQ(error, WSAEWOULDBLOCK);
    }
}

TEST_F(EventSelect, InForce_ForbidsBlockingMode) {
    const SOCKET s = stream();
    ULONG off = 0;
    DWORD returned = 0;
    const auto make_blocking = [&] {
        return wsp.lpWSPIoctl(s, WS_FIONBIO, &off, sizeof off, nullptr, 0, &returned, nullptr, nullptr,
                              nullptr, &error);
    };
    ASSERT_EQ(select(s, FD_READ), 0);
    EXPECT_EQ(make_blocking(), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    ASSERT_EQ(wsp.lpWSPEventSelect(s, nullptr, 0, &error), 0);
    EXPECT_EQ(make_blocking(), 0);
}

// The event must exist while there is something to select; bits that are no events are invalid.
TEST_F(EventSelect, WithBadArguments_IsInvalid) {
    const SOCKET s = stream();
    EXPECT_EQ(wsp.lpWSPEventSelect(s, nullptr, FD_READ, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(wsp.lpWSPEventSelect(s, reinterpret_cast<HANDLE>(0x1234), FD_READ, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(select(s, 1 << 20), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(wsp.lpWSPEventSelect(INVALID_SOCKET, event, FD_READ, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
    EXPECT_EQ(select(s, FD_ALL_EVENTS), 0);
}

TEST_F(EventSelect, Enumerate_WithBadArguments_LeavesTheRecordAlone) {
    const SOCKET s = connecting();
    ASSERT_EQ(select(s, FD_CONNECT), 0);
    engine().finish_connect(cell(s), ConnError::none);
    ASSERT_TRUE(is_set(event));
    EXPECT_EQ(wsp.lpWSPEnumNetworkEvents(s, event, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    EXPECT_EQ(wsp.lpWSPEnumNetworkEvents(s, reinterpret_cast<HANDLE>(0x1234), &events, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(wsp.lpWSPEnumNetworkEvents(INVALID_SOCKET, event, &events, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
    EXPECT_TRUE(is_set(event));  // 4.2-12: on SOCKET_ERROR nothing is reset.
    EXPECT_EQ(enumerate(s, event), FD_CONNECT);
    EXPECT_FALSE(is_set(event));
}

// Clause 13 and 37: told at the end, successful or not, with the code.
TEST_F(EventSelect, ConnectEnded_IsRecordedOnceWithItsCode) {
    for (const ConnError outcome : {ConnError::none, ConnError::refused, ConnError::net_unreachable,
                                    ConnError::timed_out, ConnError::no_buffers}) {
        const SOCKET s = stream();
        ASSERT_EQ(select(s, FD_CONNECT), 0);
        (void)connect(s, "10.0.0.2", 80);
        EXPECT_EQ(enumerate(s), 0);
        EXPECT_FALSE(is_set(event));
        engine().finish_connect(cell(s), outcome);
        EXPECT_TRUE(is_set(event));
        EXPECT_EQ(enumerate(s, event), FD_CONNECT);
        EXPECT_EQ(events.iErrorCode[FD_CONNECT_BIT], outcome == ConnError::none              ? 0
                                                     : outcome == ConnError::refused         ? WSAECONNREFUSED
                                                     : outcome == ConnError::net_unreachable ? WSAENETUNREACH
                                                     : outcome == ConnError::timed_out       ? WSAETIMEDOUT
                                                                                             : WSAENOBUFS);
        EXPECT_FALSE(is_set(event));
        EXPECT_EQ(enumerate(s), 0);
    }
}

// 4.1: FD_WRITE is recorded when the connect completes, with FD_CONNECT; a failure records no FD_WRITE.
TEST_F(EventSelect, ConnectSucceeded_RecordsWriteToo) {
    const SOCKET good = connecting();
    ASSERT_EQ(select(good, FD_CONNECT | FD_WRITE), 0);
    engine().finish_connect(cell(good), ConnError::none);
    EXPECT_EQ(enumerate(good), FD_CONNECT | FD_WRITE);
    const SOCKET bad = connecting();
    ASSERT_EQ(select(bad, FD_CONNECT | FD_WRITE), 0);
    engine().finish_connect(cell(bad), ConnError::refused);
    EXPECT_EQ(enumerate(bad), FD_CONNECT);
}

// 4.2-12: only the codes of reported events are written.
TEST_F(EventSelect, Enumerate_WritesNoOtherCodes) {
    const SOCKET s = connecting();
    ASSERT_EQ(select(s, FD_CONNECT), 0);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(enumerate(s), FD_CONNECT);
    for (int bit = 0; bit < FD_MAX_EVENTS; ++bit) {
        EXPECT_EQ(events.iErrorCode[bit], bit == FD_CONNECT_BIT ? 0 : -1) << bit;
    }
}

// 4.1: what happened before the selection is recorded at once. 4.2-3: FD_CONNECT and FD_WRITE of a connection
// that exists.
TEST_F(EventSelect, AfterTheFact_ReportsIt) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "text");
    ASSERT_EQ(select(s, FD_CONNECT | FD_WRITE | FD_READ), 0);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s), FD_CONNECT | FD_WRITE | FD_READ);
}

// 4.2-1 and 4.2-2: selecting again repeats nothing that was enumerated.
TEST_F(EventSelect, Again_RepeatsNothing) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "text");
    const long all = FD_CONNECT | FD_WRITE | FD_READ;
    ASSERT_EQ(select(s, all), 0);
    ASSERT_EQ(enumerate(s, event), all);
    ASSERT_EQ(select(s, all), 0);
    EXPECT_EQ(enumerate(s), 0);
    ASSERT_EQ(select(s, 0), 0);
    ASSERT_EQ(select(s, all), 0);
    EXPECT_EQ(enumerate(s), 0);
    EXPECT_FALSE(is_set(event));
}

// 4.2-4: events that are not selected stay recorded, and enumerating others does not clear them.
TEST_F(EventSelect, OfOtherEvents_KeepsWhatIsNotSelected) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_CLOSE), 0);
    engine().deliver(cell(s), "text");
    EXPECT_FALSE(is_set(event));
    EXPECT_EQ(enumerate(s), 0);
    ASSERT_EQ(select(s, FD_READ), 0);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s), FD_READ);
}

// 4.3: one event object per socket; the new one replaces the old. 4.2-8: a signalled event stays signalled.
TEST_F(EventSelect, WithAnotherEvent_MovesThere) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    engine().deliver(cell(s), "a");
    ASSERT_TRUE(is_set(event));
    ASSERT_EQ(select(s, FD_READ, other), 0);
    EXPECT_TRUE(is_set(event));
    EXPECT_TRUE(is_set(other));
    EXPECT_EQ(enumerate(s, other), FD_READ);
    engine().deliver(cell(s), "b");
    EXPECT_TRUE(is_set(other));
}

// 4.3: a cancelled selection signals nothing.
TEST_F(EventSelect, Cancelled_IsSilent) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    ASSERT_EQ(select(s, 0), 0);
    engine().deliver(cell(s), "a");
    EXPECT_FALSE(is_set(event));
    EXPECT_EQ(enumerate(s), 0);
}

// 4.1: FD_READ is recorded again by a receive that leaves text behind, and not by one that takes all.
TEST_F(EventSelect, Read_IsReenabledByAReceive) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    engine().deliver(cell(s), "abcdef");
    ASSERT_EQ(enumerate(s, event), FD_READ);
    EXPECT_EQ(enumerate(s), 0);
    ASSERT_EQ(recv(s, text, 3), 3);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s, event), FD_READ);
    ASSERT_EQ(recv(s, text, 3), 3);
    EXPECT_FALSE(is_set(event));
    EXPECT_EQ(enumerate(s), 0);
}

// A look at the text is a receive, too.
TEST_F(EventSelect, Read_IsReenabledByAPeek) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    engine().deliver(cell(s), "ab");
    ASSERT_EQ(enumerate(s, event), FD_READ);
    ASSERT_EQ(recv(s, text, 2, WS_MSG_PEEK), 2);
    EXPECT_EQ(enumerate(s, event), FD_READ);
}

// 4.2-5: new text records it again although no receive was made.
TEST_F(EventSelect, Read_IsRecordedAgainByNewText) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    engine().deliver(cell(s), "a");
    ASSERT_EQ(enumerate(s, event), FD_READ);
    engine().deliver(cell(s), "b");
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s), FD_READ);
}

// A receive that takes the text before the event is enumerated takes the event with it: no false alarm.
TEST_F(EventSelect, Read_TakenBeforeEnumerating_IsGone) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ), 0);
    engine().deliver(cell(s), "ab");
    ASSERT_EQ(recv(s, text, 10), 2);
    EXPECT_EQ(enumerate(s, event), 0);
}

// 4.2-5 and 4.1: accept re-enables FD_ACCEPT while connections wait; a new one records it anyway.
TEST_F(EventSelect, Accept_IsReenabledByAccept) {
    const SOCKET l = listener();
    ASSERT_EQ(select(l, FD_ACCEPT), 0);
    engine().arrive(cell(l), kPeer, Port{1000});
    engine().arrive(cell(l), kPeer, Port{1001});
    ASSERT_EQ(enumerate(l, event), FD_ACCEPT);
    EXPECT_EQ(enumerate(l), 0);
    engine().arrive(cell(l), kPeer, Port{1002});
    EXPECT_EQ(enumerate(l, event), FD_ACCEPT);
    ASSERT_NE(accept(l), INVALID_SOCKET);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(l, event), FD_ACCEPT);
    ASSERT_NE(accept(l), INVALID_SOCKET);
    EXPECT_EQ(enumerate(l, event), FD_ACCEPT);
    ASSERT_NE(accept(l), INVALID_SOCKET);
    EXPECT_EQ(enumerate(l), 0);
    EXPECT_EQ(accept(l), INVALID_SOCKET);
    EXPECT_EQ(error, WSAEWOULDBLOCK);
    EXPECT_EQ(enumerate(l), 0);
}

// 4.2-10: an accepted socket has the listener's event and mask, and FD_WRITE fires on it; FD_CONNECT does
// not.
TEST_F(EventSelect, OfAListener_IsInherited) {
    const SOCKET l = listener();
    ASSERT_EQ(select(l, FD_ACCEPT | FD_WRITE | FD_CONNECT | FD_READ), 0);
    engine().arrive(cell(l), kPeer, Port{1000});
    ASSERT_EQ(enumerate(l, event), FD_ACCEPT);
    const SOCKET s = accept(l);
    ASSERT_NE(s, INVALID_SOCKET);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s, event), FD_WRITE);
    engine().deliver(cell(s), "x");
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s, event), FD_READ);
}

// What came before the connection had an owner is recorded for it.
TEST_F(EventSelect, OfAnAcceptedSocket_KnowsTextThatCameBefore) {
    const SOCKET l = listener();
    ASSERT_EQ(select(l, FD_ACCEPT), 0);
    SocketCell* const child = engine().arrive(cell(l), kPeer, Port{1000});
    engine().deliver(*child, "early");
    engine().close_by_peer(*child);
    const SOCKET s = accept(l);
    EXPECT_EQ(enumerate(s), 0);  // The listener's mask: FD_ACCEPT alone.
    ASSERT_EQ(select(s, FD_READ | FD_CLOSE | FD_WRITE | FD_CONNECT, other), 0);
    EXPECT_TRUE(is_set(other));
    EXPECT_EQ(enumerate(s, other), FD_READ | FD_CLOSE | FD_WRITE);
}

// A listener without a selection hands none on; the accepted socket is blocking like it.
TEST_F(EventSelect, OfNoListener_IsNotInherited) {
    const SOCKET l = listener();
    engine().arrive(cell(l), kPeer, Port{1000});
    const SOCKET s = accept(l);
    ASSERT_NE(s, INVALID_SOCKET);
    engine().deliver(cell(s), "x");
    EXPECT_EQ(enumerate(s), 0);
}

// 4.1: a graceful end is FD_CLOSE with code 0; 4.2-9: recorded even with text unread, and not repeated.
TEST_F(EventSelect, CloseByPeer_IsRecordedOnce) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ | FD_CLOSE), 0);
    engine().deliver(cell(s), "last");
    engine().close_by_peer(cell(s));
    EXPECT_EQ(enumerate(s, event), FD_READ | FD_CLOSE);
    EXPECT_EQ(events.iErrorCode[FD_CLOSE_BIT], 0);
    ASSERT_EQ(recv(s, text, 10), 4);
    ASSERT_EQ(recv(s, text, 10), 0);
    EXPECT_EQ(enumerate(s), 0);
    EXPECT_FALSE(is_set(event));
}

// 4.2-9: after a reset FD_CLOSE carries WSAECONNABORTED, while receives say WSAECONNRESET.
TEST_F(EventSelect, CloseByReset_IsAborted) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_CLOSE), 0);
    engine().break_connection(cell(s), ConnError::reset);
    EXPECT_EQ(enumerate(s), FD_CLOSE);
    EXPECT_EQ(events.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
    EXPECT_EQ(recv(s, text, 10), SOCKET_ERROR);
    EXPECT_EQ(error, WSAECONNRESET);
}

// Clause 19: the interface is gone.
TEST_F(EventSelect, CloseByALostLink_IsNetDown) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_CLOSE), 0);
    engine().lose_link(cell(s));
    EXPECT_EQ(enumerate(s), FD_CLOSE);
    EXPECT_EQ(events.iErrorCode[FD_CLOSE_BIT], WSAENETDOWN);
}

// 4.2-11: our own shutdown is no event.
TEST_F(EventSelect, OwnShutdown_IsSilent) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ | FD_CLOSE), 0);
    ASSERT_EQ(wsp.lpWSPShutdown(s, SD_BOTH, &error), 0);
    EXPECT_EQ(enumerate(s), 0);
    EXPECT_FALSE(is_set(event));
}

// 4.1: a datagram socket is writable from the start.
TEST_F(EventSelect, OfADatagramSocket_RecordsWriteAtOnce) {
    const SOCKET s = datagram();
    ASSERT_EQ(select(s, FD_WRITE | FD_READ), 0);
    EXPECT_TRUE(is_set(event));
    EXPECT_EQ(enumerate(s, event), FD_WRITE);
    EXPECT_EQ(enumerate(s), 0);
}

// A new attempt forgets what nobody read of the old one.
TEST_F(EventSelect, ConnectAgain_ForgetsTheOldFailure) {
    const SOCKET s = connecting();
    ASSERT_EQ(select(s, FD_CONNECT), 0);
    engine().finish_connect(cell(s), ConnError::refused);
    EXPECT_EQ(connect(s, "10.0.0.2", 80), SOCKET_ERROR);
    ASSERT_EQ(error, WSAEWOULDBLOCK);
    EXPECT_EQ(enumerate(s), 0);
    engine().finish_connect(cell(s), ConnError::none);
    EXPECT_EQ(enumerate(s), FD_CONNECT);
    EXPECT_EQ(events.iErrorCode[FD_CONNECT_BIT], 0);
}

// Enumerating through one socket of several that share the event resets the event for all.
TEST_F(EventSelect, SharedByTwoSockets_EachKeepsItsRecord) {
    const SOCKET a = connected();
    const SOCKET b = connected();
    ASSERT_EQ(select(a, FD_READ), 0);
    ASSERT_EQ(select(b, FD_READ), 0);
    engine().deliver(cell(a), "a");
    engine().deliver(cell(b), "b");
    EXPECT_EQ(enumerate(a, event), FD_READ);
    EXPECT_FALSE(is_set(event));
    EXPECT_EQ(enumerate(b), FD_READ);
}

// A closed socket's event is left alone afterwards.
TEST_F(EventSelect, OfAClosedSocket_IsOver) {
    const SOCKET s = connected();
    ASSERT_EQ(select(s, FD_READ | FD_CLOSE), 0);
    ASSERT_EQ(wsp.lpWSPCloseSocket(s, &error), 0);
    EXPECT_FALSE(is_set(event));
    EXPECT_EQ(wsp.lpWSPEnumNetworkEvents(s, nullptr, &events, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
}

}  // namespace
}  // namespace ringsock::test
