// SPDX-License-Identifier: BSD-3-Clause
// Closing, lingering, and the two ways in which a blocking call ends with WSAEINTR (clause 21): the socket
// was closed, or the call was cancelled. Rules: WSPCloseSocket, WSPCancelBlockingCall pages, SO_LINGER.
#include <gtest/gtest.h>

#include <functional>

#include "fake_engine.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

class Close : public ::testing::Test, public ProviderFixture {
  protected:
    int close(SOCKET s) { return wsp.lpWSPCloseSocket(s, &error); }
    int linger(SOCKET s, USHORT on, USHORT seconds) {
        const ws2_linger value{on, seconds};
        return wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_LINGER, reinterpret_cast<const char*>(&value),
                                   sizeof value, &error);
    }
    void make_blocking(SOCKET s) {
        ULONG off = 0;
        DWORD returned = 0;
        ASSERT_EQ(wsp.lpWSPIoctl(s, WS_FIONBIO, &off, sizeof off, nullptr, 0, &returned, nullptr, nullptr,
                                 nullptr, &error),
                  0);
    }
    /// Whether the close left to the engine (which is told to keep its requests) is an abort.
    struct Left {
        bool abort, unread;
    };
    Left close_and_look(SOCKET s) {
        SocketCell& closed = cell(s);
        engine().takes_requests = false;
        EXPECT_EQ(close(s), 0);
        const Left left{closed.app.linger_abort != 0, closed.app.unread_at_close != 0};
        EXPECT_EQ(closed.app.closing.load(), 1);
        engine().takes_requests = true;
        engine().help(engine().port);
        return left;
    }
    std::string text;
};

// The handle is gone at once, and the cell comes back.
TEST_F(Close, GivesHandleAndCellBack) {
    engine().help(engine().port);
    const std::uint32_t before = engine().cells_in_use();
    for (int i = 0; i < 1000; ++i) {
        const SOCKET s = i % 2 == 0 ? stream() : datagram();
        ASSERT_NE(s, INVALID_SOCKET);
        ASSERT_EQ(close(s), 0);
        EXPECT_EQ(close(s), SOCKET_ERROR);
        EXPECT_EQ(error, WSAENOTSOCK);
    }
    engine().help(engine().port);
    EXPECT_EQ(engine().cells_in_use(), before);
}

// A cell that comes back is like new: nothing of the old socket shows.
TEST_F(Close, LeavesNothingBehind) {
    for (int i = 0; i < 40; ++i) {
        const SOCKET s = connected();
        ASSERT_NE(s, INVALID_SOCKET);
        EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_RCVTIMEO), 0);
        EXPECT_EQ(option(s, WS_IPPROTO_TCP, WS_TCP_NODELAY), 0);
        EXPECT_EQ(recv(s, text, 16), SOCKET_ERROR);
        EXPECT_EQ(error, WSAEWOULDBLOCK);
        ASSERT_EQ(set_option(s, WS_SOL_SOCKET, WS_SO_RCVTIMEO, 5), 0);
        ASSERT_EQ(set_option(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, 1), 0);
        engine().deliver(cell(s), "left unread");
        engine().close_by_peer(cell(s));
        ASSERT_EQ(close(s), 0);
    }
    EXPECT_EQ(engine().packets_out(), 0u);
}

// Graceful by default; abortive with {1, 0}, and where text was left unread (RFC 1122, section 4.2.2.13).
TEST_F(Close, IsGracefulUnlessToldOtherwise) {
    EXPECT_FALSE(close_and_look(connected()).abort);
    const SOCKET hard = connected();
    ASSERT_EQ(linger(hard, 1, 0), 0);
    EXPECT_TRUE(close_and_look(hard).abort);
    const SOCKET soft = connected();
    ASSERT_EQ(linger(soft, 0, 0), 0);
    EXPECT_FALSE(close_and_look(soft).abort);
    const SOCKET unread = connected();
    engine().deliver(cell(unread), "text");
    EXPECT_TRUE(close_and_look(unread).unread);
    const SOCKET half_read = connected();
    engine().deliver(cell(half_read), "text");
    ASSERT_EQ(recv(half_read, text, 2), 2);
    EXPECT_TRUE(close_and_look(half_read).unread);
    const SOCKET read = connected();
    engine().deliver(cell(read), "text");
    ASSERT_EQ(recv(read, text, 4), 4);
    EXPECT_FALSE(close_and_look(read).unread);
}

// A close is never refused: with a full ring it travels as a bit.
TEST_F(Close, WithAFullRing_TravelsAsABit) {
    const SOCKET s = connected();
    const SOCKET other = connected();
    engine().takes_requests = false;
    for (std::uint32_t i = 0; i < kFakeRequestSlots; ++i) ASSERT_EQ(send(other, "x"), 1);
    const std::uint32_t before = engine().cells_in_use();
    const Instant then = engine().clock;
    ASSERT_EQ(close(s), 0);
    EXPECT_EQ(engine().clock, then);
    EXPECT_EQ(engine().port.attention_any.load(), 1u);
    engine().takes_requests = true;
    engine().help(engine().port);
    EXPECT_EQ(engine().cells_in_use(), before - 1);
    EXPECT_EQ(engine().count(RequestOp::close), 0u);
}

// SO_LINGER {1, n} on a blocking socket: returns when the peer acknowledged everything.
TEST_F(Close, Lingering_WaitsForTheText) {
    const SOCKET s = connected();
    make_blocking(s);
    ASSERT_EQ(linger(s, 1, 5), 0);
    ASSERT_EQ(send(s, "text"), 4);
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 100) engine().acknowledge_all(cell(s));
    };
    EXPECT_EQ(close(s), 0);
    EXPECT_GE(engine().steps, before + 100);
    EXPECT_EQ(engine().count(RequestOp::shutdown_send), 1u);
}

// Time runs out: the connection is aborted, and closesocket still succeeds.
TEST_F(Close, LingeringTooLong_Aborts) {
    const SOCKET s = connected();
    make_blocking(s);
    ASSERT_EQ(linger(s, 1, 2), 0);
    ASSERT_EQ(send(s, "text"), 4);
    const Instant before = engine().clock;
    EXPECT_TRUE([&] {
        bool aborted = false;
        engine().on_wait = [&] {
            if (engine().clock < before + Micros::from_millis(1990)) return;
            engine().takes_requests = false;  // So that the cell can be looked at.
        };
        SocketCell& closed = cell(s);
        EXPECT_EQ(close(s), 0);
        aborted = closed.app.linger_abort != 0;
        engine().takes_requests = true;
        return aborted;
    }());
    EXPECT_GE(engine().clock, before + Micros::from_seconds(2));
}

// On a non-blocking socket the call would block; the handle stays valid until the text is through.
TEST_F(Close, LingeringNonBlocking_WouldBlock) {
    const SOCKET s = connected();
    ASSERT_EQ(linger(s, 1, 5), 0);
    ASSERT_EQ(send(s, "text"), 4);
    EXPECT_EQ(close(s), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEWOULDBLOCK);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_TYPE), WS_SOCK_STREAM);
    engine().acknowledge_all(cell(s));
    EXPECT_EQ(close(s), 0);
}

// A listener takes the connection in its hand with it.
TEST_F(Close, OfAListener_RefusesWhatWaits) {
    const SOCKET l = listener();
    engine().arrive(cell(l), Ipv4::of(10, 0, 0, 2), Port{1000});
    const auto defer = [](LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) -> int {
        return CF_DEFER;
    };
    EXPECT_EQ(wsp.lpWSPAccept(l, nullptr, nullptr, defer, 0, &error), INVALID_SOCKET);
    ASSERT_EQ(error, WSATRY_AGAIN);
    ASSERT_EQ(close(l), 0);
    EXPECT_EQ(engine().count(RequestOp::close), 2u);
}

// ---- WSAEINTR ----

/// Blocking calls, each on a socket of its own that makes it wait.
struct Blocker {
    const char* what;
    std::function<SOCKET(ProviderFixture&)> make;
    std::function<int(ProviderFixture&, SOCKET)> call;
};

int code_of(ProviderFixture& f, int result) {
    return result == SOCKET_ERROR ? f.error : 0;
}

const std::vector<Blocker>& blockers() {
    const auto blocking = [](ProviderFixture& f, SOCKET s) {
        ULONG off = 0;
        DWORD returned = 0;
        EXPECT_EQ(f.wsp.lpWSPIoctl(s, WS_FIONBIO, &off, sizeof off, nullptr, 0, &returned, nullptr, nullptr,
                                   nullptr, &f.error),
                  0);
        return s;
    };
    static const std::vector<Blocker> all = {
        {"connect", [](ProviderFixture& f) { return f.stream(); },
         [](ProviderFixture& f, SOCKET s) { return code_of(f, f.connect(s, "10.0.0.2", 80)); }},
        {"recv", [=](ProviderFixture& f) { return blocking(f, f.connected()); },
         [](ProviderFixture& f, SOCKET s) {
             std::string text;
             return code_of(f, f.recv(s, text, 16));
         }},
        {"send",
         [=](ProviderFixture& f) {
             const SOCKET s = f.connected();
             EXPECT_EQ(f.send(s, std::string(8192, 'x')), 8192);
             return blocking(f, s);
         },
         [](ProviderFixture& f, SOCKET s) { return code_of(f, f.send(s, "x")); }},
        {"accept", [=](ProviderFixture& f) { return blocking(f, f.listener()); },
         [](ProviderFixture& f, SOCKET s) {
             return f.wsp.lpWSPAccept(s, nullptr, nullptr, nullptr, 0, &f.error) == INVALID_SOCKET ? f.error
                                                                                                   : 0;
         }},
        {"datagram recv",
         [](ProviderFixture& f) {
             const SOCKET s = f.datagram();
             EXPECT_EQ(f.bind(s, "0.0.0.0", 5000), 0);
             return s;
         },
         [](ProviderFixture& f, SOCKET s) {
             std::string text;
             return code_of(f, f.recv(s, text, 16));
         }},
        {"datagram send",
         [=](ProviderFixture& f) {
             const SOCKET s = f.datagram();
             EXPECT_EQ(f.connect(s, "10.0.0.2", 80), 0);
             f.engine().empty_packets = 0;
             f.nonblocking(s);
             while (f.send(s, "x") == 1) {  // Until the thread's stock is used up.
             }
             return blocking(f, s);
         },
         [](ProviderFixture& f, SOCKET s) { return code_of(f, f.send(s, "x")); }},
    };
    return all;
}

// Clause 21, reading A: another thread closes the socket (the fake lets the hook of a wait do it). Nothing of
// the socket is left: no hold, no sleeper, and the cell comes back.
TEST_F(Close, WhileACallBlocks_InterruptsIt) {
    for (const Blocker& blocker : blockers()) {
        const SOCKET s = blocker.make(*this);
        SocketCell& waited = cell(s);
        const std::uint32_t generation = waited.fixed.generation.load();
        const std::uint32_t before = engine().steps;
        engine().on_wait = [&] {
            if (engine().steps == before + 20) {
                EXPECT_EQ(close(s), 0);
                EXPECT_EQ(waited.fixed.generation.load(), generation) << "recycled under a parked call";
            }
        };
        EXPECT_EQ(blocker.call(*this, s), WSAEINTR) << blocker.what;
        EXPECT_GE(engine().steps, before + 20) << blocker.what;
        engine().on_wait = nullptr;
        engine().help(engine().port);
        EXPECT_NE(waited.fixed.generation.load(), generation) << blocker.what;
        EXPECT_EQ(waited.app.holds, 0) << blocker.what;
        EXPECT_EQ(waited.app.sleepers.load(), 0u) << blocker.what;
        EXPECT_EQ(close(s), SOCKET_ERROR);
        engine().empty_packets = 100;
    }
}

// Clause 21, reading B: WSPCancelBlockingCall. The socket lives.
TEST_F(Close, CancelBlockingCall_InterruptsIt) {
    for (const Blocker& blocker : blockers()) {
        const SOCKET s = blocker.make(*this);
        const std::uint32_t before = engine().steps;
        engine().on_wait = [&] {
            if (engine().steps != before + 20) return;
            int code = 0;
            EXPECT_EQ(wsp.lpWSPCancelBlockingCall(&code), 0);
        };
        EXPECT_EQ(blocker.call(*this, s), WSAEINTR) << blocker.what;
        engine().on_wait = nullptr;
        EXPECT_EQ(cell(s).app.holds, 0) << blocker.what;
        EXPECT_EQ(cell(s).app.sleepers.load(), 0u) << blocker.what;
        EXPECT_EQ(close(s), 0) << blocker.what;
        engine().empty_packets = 100;
    }
}

// The blocking hook may say so, too.
TEST_F(Close, BlockingHookThatSaysFalse_InterruptsTheCall) {
    static int calls;
    calls = 0;
    fake_shell().hook = [](DWORD_PTR context) -> BOOL {
        return ++calls < static_cast<int>(context) ? TRUE : FALSE;
    };
    fake_shell().hook_context = 7;
    const SOCKET s = stream();
    EXPECT_EQ(connect(s, "10.0.0.2", 80), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINTR);
    EXPECT_EQ(calls, 7);
}

// Nothing blocks: there is nothing to cancel, and a later call is not affected.
TEST_F(Close, CancelBlockingCall_WithoutOne_IsInvalid) {
    EXPECT_EQ(wsp.lpWSPCancelBlockingCall(&error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    const SOCKET s = stream();
    engine().on_wait = [&] { engine().finish_connect(cell(s), ConnError::none); };
    EXPECT_EQ(connect(s, "10.0.0.2", 80), 0);
}

// select and poll are blocking calls, too.
TEST_F(Close, CancelBlockingCall_InterruptsSelect) {
    const SOCKET s = connected();
    ws2_fd_set set{1, {s}};
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps != before + 5) return;
        int code = 0;
        EXPECT_EQ(wsp.lpWSPCancelBlockingCall(&code), 0);
    };
    EXPECT_EQ(wsp.lpWSPSelect(0, &set, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINTR);
    EXPECT_EQ(cell(s).app.holds, 0);
}

}  // namespace
}  // namespace ringsock::test
