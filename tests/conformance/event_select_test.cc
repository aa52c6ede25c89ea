// SPDX-License-Identifier: BSD-3-Clause
// WSAEventSelect and WSAEnumNetworkEvents: what is recorded when, what re-enables it, and that nothing else
// is recorded. Rules: the WSAEventSelect page's table of re-enabling functions, and the behaviour observed on
// Windows where it differs (repeated selections, inheritance, FD_CLOSE after a reset). Over the loopback of
// the embedded default. "Nothing" is asked for after something that was done later has been seen.
#include "fixture.h"

namespace ringsock::test {
namespace {

constexpr LONG kAll = FD_READ | FD_WRITE | FD_OOB | FD_ACCEPT | FD_CONNECT | FD_CLOSE;

/// An event with the questions one asks about it.
struct Event {
    ~Event() { WSACloseEvent(handle); }
    [[nodiscard]] bool is_set() const { return WSAWaitForMultipleEvents(1, &handle, FALSE, 0, FALSE) == 0; }
    [[nodiscard]] bool wait() const {
        return WSAWaitForMultipleEvents(1, &handle, FALSE, static_cast<DWORD>(kPatience.count()), FALSE) == 0;
    }

    WSAEVENT handle = WSACreateEvent();
};

/// Takes the record; -1 on failure.
LONG take(SOCKET s, const Event& event) {
    WSANETWORKEVENTS happened{};
    return WSAEnumNetworkEvents(s, event.handle, &happened) == 0 ? happened.lNetworkEvents : -1;
}

/// Takes records until all of `wanted` have been seen, and returns everything that was.
LONG collect(SOCKET s, const Event& event, LONG wanted) {
    LONG seen = 0;
    while ((seen & wanted) != wanted) {
        if (!event.wait()) return seen;
        seen |= take(s, event);
    }
    return seen;
}

/// Two connected streams; `near` with an event and everything so far taken from its record.
class Pair {
  public:
    Pair() {
        const SOCKADDR_IN place = listen_anywhere(listener);
        EXPECT_EQ(connect_code(near, place), 0);
        far = Socket(ws2_accept(listener, nullptr, nullptr));
        EXPECT_NE(SOCKET{far}, INVALID_SOCKET);
        EXPECT_EQ(WSAEventSelect(near, event.handle, kAll), 0);
        EXPECT_EQ(collect(near, event, FD_CONNECT | FD_WRITE), FD_CONNECT | FD_WRITE);
    }

    void say(const char* text) {
        const int length = static_cast<int>(std::string(text).size());
        EXPECT_EQ(ws2_send(far, text, length, 0), length) << WSAGetLastError();
    }
    int hear(int length) {
        std::string bytes(static_cast<std::size_t>(length), '\0');
        return ws2_recv(near, bytes.data(), length, 0);
    }

    Event event;
    Socket listener, near;
    Socket far{INVALID_SOCKET};
};

class EventSelect : public Started {};

// The page: FD_READ is recorded once and again after recv, if there is still something to receive.
TEST_F(EventSelect, Read_IsRecordedAgainAfterReceive) {
    Pair pair;
    pair.say("abc");
    EXPECT_EQ(collect(pair.near, pair.event, FD_READ), FD_READ);
    EXPECT_FALSE(pair.event.is_set());
    EXPECT_EQ(take(pair.near, pair.event), 0);
    EXPECT_EQ(pair.hear(1), 1);
    EXPECT_TRUE(pair.event.is_set());
    EXPECT_EQ(take(pair.near, pair.event), FD_READ);
    EXPECT_EQ(pair.hear(8), 2);
    EXPECT_FALSE(pair.event.is_set());
    EXPECT_EQ(pair.hear(8), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    EXPECT_EQ(take(pair.near, pair.event), 0);
}

// Windows: bytes that arrive after the record was taken are recorded even if recv was not called since.
TEST_F(EventSelect, Read_IsRecordedAgainForNewBytes) {
    Pair pair;
    pair.say("a");
    EXPECT_EQ(collect(pair.near, pair.event, FD_READ), FD_READ);
    pair.say("b");
    EXPECT_EQ(collect(pair.near, pair.event, FD_READ), FD_READ);
    EXPECT_EQ(pair.hear(8), 2);
}

// The page: FD_WRITE does not follow a send that succeeds, but one that failed for want of room.
TEST_F(EventSelect, Write_IsRecordedWhenThereIsRoomAgain) {
    Pair pair;
    EXPECT_EQ(ws2_send(pair.near, "x", 1, 0), 1);
    EXPECT_FALSE(pair.event.is_set());
    const std::string block(65536, 'x');
    std::uint64_t sent = 1;
    for (int taken = 0; sent < (1U << 28); sent += static_cast<unsigned>(taken)) {
        taken = ws2_send(pair.near, block.data(), static_cast<int>(block.size()), 0);
        if (taken < 0) break;
    }
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    std::string room(1U << 20, '\0');
    std::uint64_t received = 0;
    while (received < sent) {
        const int taken = ws2_recv(pair.far, room.data(), static_cast<int>(room.size()), 0);
        ASSERT_GT(taken, 0) << WSAGetLastError();
        received += static_cast<unsigned>(taken);
    }
    EXPECT_EQ(collect(pair.near, pair.event, FD_WRITE), FD_WRITE);
    EXPECT_EQ(ws2_send(pair.near, "x", 1, 0), 1);
}

// The page: FD_CLOSE comes once, with code 0 after a graceful end, and nothing re-enables it.
TEST_F(EventSelect, Close_IsRecordedOnceAfterTheLastByte) {
    Pair pair;
    pair.say("bye");
    EXPECT_EQ(ws2_shutdown(pair.far, SD_SEND), 0);
    WSANETWORKEVENTS happened{};
    LONG seen = 0;
    while ((seen & FD_CLOSE) == 0 && pair.event.wait()) {
        ASSERT_EQ(WSAEnumNetworkEvents(pair.near, pair.event.handle, &happened), 0);
        seen |= happened.lNetworkEvents;
    }
    EXPECT_EQ(seen, FD_READ | FD_CLOSE);
    EXPECT_EQ(happened.iErrorCode[FD_CLOSE_BIT], 0);
    EXPECT_EQ(pair.hear(8), 3);
    EXPECT_EQ(pair.hear(8), 0);
    EXPECT_EQ(pair.hear(8), 0);
    EXPECT_EQ(take(pair.near, pair.event) & FD_CLOSE, 0);
}

// Windows: a reset is FD_CLOSE with WSAECONNABORTED, and recv tells WSAECONNRESET.
TEST_F(EventSelect, Close_AfterAReset_TellsSo) {
    Pair pair;
    const ws2_linger now{1, 0};
    ASSERT_EQ(set_option(pair.far, WS_SOL_SOCKET, WS_SO_LINGER, now), 0);
    pair.far.close();
    ASSERT_TRUE(pair.event.wait());
    WSANETWORKEVENTS happened{};
    ASSERT_EQ(WSAEnumNetworkEvents(pair.near, pair.event.handle, &happened), 0);
    EXPECT_EQ(happened.lNetworkEvents & FD_CLOSE, FD_CLOSE);
    EXPECT_EQ(happened.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
    EXPECT_EQ(pair.hear(8), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAECONNRESET);
}

// Windows: one's own shutdown is no news.
TEST_F(EventSelect, OwnShutdown_IsNotRecorded) {
    Pair pair;
    EXPECT_EQ(ws2_shutdown(pair.near, SD_SEND), 0);
    char byte = 0;
    EXPECT_EQ(ws2_recv(pair.far, &byte, 1, 0), 0);
    pair.say("x");
    EXPECT_EQ(collect(pair.near, pair.event, FD_READ), FD_READ);
}

// The page: FD_ACCEPT is recorded again after accept while more wait. Windows: and for each new arrival.
TEST_F(EventSelect, Accept_IsRecordedWhileConnectionsWait) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Event event;
    ASSERT_EQ(WSAEventSelect(listener, event.handle, FD_ACCEPT), 0);
    Socket first, second, third;
    ASSERT_EQ(connect_code(first, place), 0);
    EXPECT_EQ(collect(listener, event, FD_ACCEPT), FD_ACCEPT);
    ASSERT_EQ(connect_code(second, place), 0);
    EXPECT_EQ(collect(listener, event, FD_ACCEPT), FD_ACCEPT);
    ASSERT_EQ(connect_code(third, place), 0);
    Socket one(ws2_accept(listener, nullptr, nullptr));
    EXPECT_EQ(collect(listener, event, FD_ACCEPT), FD_ACCEPT);
    Socket two(ws2_accept(listener, nullptr, nullptr));
    EXPECT_EQ(collect(listener, event, FD_ACCEPT), FD_ACCEPT);
    Socket three(ws2_accept(listener, nullptr, nullptr));
    EXPECT_NE(SOCKET{three}, INVALID_SOCKET);
    EXPECT_EQ(ws2_accept(listener, nullptr, nullptr), INVALID_SOCKET);
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    EXPECT_EQ(take(listener, event), 0);
}

// The page: an accepted socket has the listener's event and mask. Windows: FD_WRITE is recorded on it.
TEST_F(EventSelect, AcceptedSocket_InheritsTheSelection) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Event event;
    ASSERT_EQ(WSAEventSelect(listener, event.handle, FD_ACCEPT | FD_READ | FD_WRITE | FD_CLOSE), 0);
    Socket peer;
    ASSERT_EQ(connect_code(peer, place), 0);
    EXPECT_EQ(collect(listener, event, FD_ACCEPT), FD_ACCEPT);
    Socket accepted(ws2_accept(listener, nullptr, nullptr));
    ASSERT_NE(SOCKET{accepted}, INVALID_SOCKET);
    EXPECT_EQ(collect(accepted, event, FD_WRITE), FD_WRITE);
    char byte = 0;
    EXPECT_EQ(ws2_recv(accepted, &byte, 1, 0), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    EXPECT_EQ(ws2_send(peer, "x", 1, 0), 1);
    EXPECT_EQ(collect(accepted, event, FD_READ), FD_READ);
}

// The page: conditions that hold when the call is made are recorded at once. Windows: FD_CONNECT and FD_WRITE
// both.
TEST_F(EventSelect, OnAConnectedSocket_RecordsWhatIsTrue) {
    Socket listener;
    const SOCKADDR_IN place = listen_anywhere(listener);
    Socket socket;
    ASSERT_EQ(connect_code(socket, place), 0);
    Event event;
    ASSERT_EQ(WSAEventSelect(socket, event.handle, FD_CONNECT | FD_WRITE | FD_READ), 0);
    EXPECT_TRUE(event.is_set());
    EXPECT_EQ(take(socket, event), FD_CONNECT | FD_WRITE);
}

// Windows: what was taken is not told again by selecting again, with the same mask or after cancelling.
TEST_F(EventSelect, Again_RepeatsNothing) {
    Pair pair;
    EXPECT_EQ(WSAEventSelect(pair.near, pair.event.handle, kAll), 0);
    EXPECT_EQ(take(pair.near, pair.event), 0);
    EXPECT_EQ(WSAEventSelect(pair.near, nullptr, 0), 0);
    EXPECT_EQ(WSAEventSelect(pair.near, pair.event.handle, kAll), 0);
    EXPECT_EQ(take(pair.near, pair.event), 0);
}

// Windows: what happens while it is not selected stays pending until it is.
TEST_F(EventSelect, LaterForAnEventThatHappened_ReportsIt) {
    Pair pair;
    EXPECT_EQ(WSAEventSelect(pair.near, pair.event.handle, FD_CLOSE), 0);
    pair.say("x");
    EXPECT_EQ(ws2_shutdown(pair.far, SD_SEND), 0);
    EXPECT_EQ(collect(pair.near, pair.event, FD_CLOSE), FD_CLOSE);
    EXPECT_EQ(WSAEventSelect(pair.near, pair.event.handle, FD_READ | FD_CLOSE), 0);
    EXPECT_TRUE(pair.event.is_set());
    EXPECT_EQ(take(pair.near, pair.event), FD_READ);
}

// The page: 0 cancels, the event is not set any more, and the socket stays non-blocking.
TEST_F(EventSelect, WithNoEvents_Cancels) {
    Pair pair;
    EXPECT_EQ(WSAEventSelect(pair.near, pair.event.handle, 0), 0);
    pair.say("x");
    ASSERT_TRUE(wait_readable(pair.near));
    EXPECT_FALSE(pair.event.is_set());
    EXPECT_EQ(pair.hear(1), 1);
    EXPECT_EQ(pair.hear(1), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
}

// The page's errors; a call that fails changes nothing.
TEST_F(EventSelect, WithBadArguments_IsInvalid) {
    Pair pair;
    EXPECT_EQ(code_of(WSAEventSelect(pair.near, pair.event.handle, 1 << 20)), WSAEINVAL);
    EXPECT_EQ(code_of(WSAEventSelect(pair.near, nullptr, FD_READ)), WSAEINVAL);
    EXPECT_EQ(code_of(WSAEventSelect(INVALID_SOCKET, pair.event.handle, FD_READ)), WSAENOTSOCK);
    pair.say("x");
    ASSERT_TRUE(pair.event.wait());
    EXPECT_EQ(code_of(WSAEnumNetworkEvents(pair.near, pair.event.handle, nullptr)), WSAEFAULT);
    WSANETWORKEVENTS happened{};
    EXPECT_EQ(code_of(WSAEnumNetworkEvents(INVALID_SOCKET, pair.event.handle, &happened)), WSAENOTSOCK);
    EXPECT_TRUE(pair.event.is_set());
    EXPECT_EQ(take(pair.near, pair.event), FD_READ);
}

// Windows: only the codes of reported events are written.
TEST_F(EventSelect, Enumeration_WritesOnlyWhatItReports) {
    Pair pair;
    pair.say("x");
    ASSERT_TRUE(pair.event.wait());
    WSANETWORKEVENTS happened;
    for (int& code : happened.iErrorCode) code = 4711;
    ASSERT_EQ(WSAEnumNetworkEvents(pair.near, pair.event.handle, &happened), 0);
    ASSERT_EQ(happened.lNetworkEvents, FD_READ);
    for (int bit = 0; bit < FD_MAX_EVENTS; ++bit) {
        EXPECT_EQ(happened.iErrorCode[bit], bit == FD_READ_BIT ? 0 : 4711) << bit;
    }
    EXPECT_FALSE(pair.event.is_set());
}

// One event for many sockets: without naming it, enumerating leaves it as it is.
TEST_F(EventSelect, SharedEvent_IsResetByTheProgramOnly) {
    Pair first, second;
    Event shared;
    ASSERT_EQ(WSAEventSelect(first.near, shared.handle, FD_READ), 0);
    ASSERT_EQ(WSAEventSelect(second.near, shared.handle, FD_READ), 0);
    first.say("x");
    second.say("y");
    ASSERT_TRUE(wait_readable(first.near) && wait_readable(second.near));
    ASSERT_TRUE(shared.wait());
    EXPECT_EQ(WSAResetEvent(shared.handle), TRUE);
    for (Pair* pair : {&first, &second}) {
        WSANETWORKEVENTS happened{};
        EXPECT_EQ(WSAEnumNetworkEvents(pair->near, nullptr, &happened), 0);
        EXPECT_EQ(happened.lNetworkEvents, FD_READ);
    }
    EXPECT_FALSE(shared.is_set());
    second.say("z");
    EXPECT_TRUE(shared.wait());
}

// The page: a datagram socket is writable from the beginning, and readable by datagrams.
TEST_F(EventSelect, OnADatagramSocket_RecordsWriteAndRead) {
    Socket socket(WS_SOCK_DGRAM), peer(WS_SOCK_DGRAM);
    const SOCKADDR_IN here = bind_anywhere(socket);
    Event event;
    ASSERT_EQ(WSAEventSelect(socket, event.handle, FD_READ | FD_WRITE), 0);
    EXPECT_EQ(collect(socket, event, FD_WRITE), FD_WRITE);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(ws2_sendto(peer, "x", 1, 0, pointer(here), sizeof here), 1);
    EXPECT_EQ(collect(socket, event, FD_READ), FD_READ);
    char byte = 0;
    EXPECT_EQ(ws2_recv(socket, &byte, 1, 0), 1);
    EXPECT_EQ(collect(socket, event, FD_READ), FD_READ);
    EXPECT_EQ(ws2_recv(socket, &byte, 1, 0), 1);
    EXPECT_EQ(take(socket, event), 0);
}

}  // namespace
}  // namespace ringsock::test
