// SPDX-License-Identifier: BSD-3-Clause
// WSPSelect and the poll extension behind WSAPoll. Rules: WSPSelect, select and WSAPoll pages.
#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/spi_table.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

class Select : public ::testing::Test, public ProviderFixture {
  protected:
    int select(ws2_fd_set* read, ws2_fd_set* write, ws2_fd_set* except, const timeval* timeout) {
        return wsp.lpWSPSelect(0, read, write, except, timeout, &error);
    }
    int poll(std::vector<WSAPOLLFD>& entries, INT timeout_ms = 0) {
        return spi::poll_sockets(entries.data(), static_cast<ULONG>(entries.size()), timeout_ms, &error);
    }
    const timeval now{0, 0};
};

// Nothing to look at, or a time before now.
TEST_F(Select, WithoutSockets_IsInvalid) {
    EXPECT_EQ(select(nullptr, nullptr, nullptr, &now), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    ws2_fd_set empty{};
    EXPECT_EQ(select(&empty, nullptr, nullptr, &now), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    ws2_fd_set set{1, {connected()}};
    const timeval before{-1, 0};
    EXPECT_EQ(select(&set, nullptr, nullptr, &before), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
}

// A member that is no socket: nothing is changed.
TEST_F(Select, WithSomethingElse_IsNotSock) {
    const SOCKET s = connected();
    ws2_fd_set set{2, {s, 0xdead}};
    EXPECT_EQ(select(nullptr, &set, nullptr, &now), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
    EXPECT_EQ(set.fd_count, 2u);
    EXPECT_EQ(set.fd_array[0], s);
}

// Levels: text, the end, a waiting connection, room to send.
TEST_F(Select, FindsWhatIsReady) {
    const SOCKET quiet = connected();
    const SOCKET text = connected();
    const SOCKET ended = connected();
    const SOCKET l = listener();
    engine().deliver(cell(text), "x");
    engine().close_by_peer(cell(ended));
    engine().arrive(cell(l), Ipv4::of(10, 0, 0, 2), Port{1000});
    ws2_fd_set read{4, {quiet, text, ended, l}};
    ws2_fd_set write{2, {quiet, l}};
    ws2_fd_set except{4, {quiet, text, ended, l}};
    EXPECT_EQ(select(&read, &write, &except, &now), 4);
    ASSERT_EQ(read.fd_count, 3u);
    EXPECT_EQ(read.fd_array[0], text);
    EXPECT_EQ(read.fd_array[1], ended);
    EXPECT_EQ(read.fd_array[2], l);
    ASSERT_EQ(write.fd_count, 1u);
    EXPECT_EQ(write.fd_array[0], quiet);
    EXPECT_EQ(except.fd_count, 0u);
}

// A full send buffer is not writable.
TEST_F(Select, WithAFullSendBuffer_IsNotWritable) {
    const SOCKET s = connected();
    ASSERT_EQ(send(s, std::string(8192, 'x')), 8192);
    ws2_fd_set write{1, {s}};
    EXPECT_EQ(select(nullptr, &write, nullptr, &now), 0);
    EXPECT_EQ(write.fd_count, 0u);
    engine().acknowledge(cell(s), 1);
    write = {1, {s}};
    EXPECT_EQ(select(nullptr, &write, nullptr, &now), 1);
}

// Time-outs: the sets are emptied, the time is not touched; what comes in time ends the wait.
TEST_F(Select, WithATimeout_Waits) {
    const SOCKET s = connected();
    ws2_fd_set read{1, {s}};
    const timeval half{0, 500'000};
    const Instant before = engine().clock;
    EXPECT_EQ(select(&read, nullptr, nullptr, &half), 0);
    EXPECT_EQ(read.fd_count, 0u);
    EXPECT_GE(engine().clock, before + Micros{500'000});
    const std::uint32_t steps = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == steps + 50) engine().deliver(cell(s), "x");
    };
    read = {1, {s}};
    EXPECT_EQ(select(&read, nullptr, nullptr, nullptr), 1);
    EXPECT_EQ(cell(s).app.holds, 0);
    EXPECT_EQ(cell(s).app.sleepers.load(), 0u);
}

// More sockets than a wait can sleep on at once: it naps, and still finds the last.
TEST_F(Select, OfManySockets_FindsTheLast) {
    std::vector<std::byte> memory(sizeof(ws2_fd_set) + 256 * sizeof(SOCKET));
    auto* const read = reinterpret_cast<ws2_fd_set*>(memory.data());
    for (UINT i = 0; i < 200; ++i) {
        const SOCKET s = connected();
        ASSERT_NE(s, INVALID_SOCKET);
        std::memcpy(memory.data() + offsetof(ws2_fd_set, fd_array) + i * sizeof s, &s, sizeof s);
        read->fd_count = i + 1;
    }
    SOCKET last = 0;
    std::memcpy(&last, memory.data() + offsetof(ws2_fd_set, fd_array) + 199 * sizeof last, sizeof last);
    const std::uint32_t steps = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == steps + 20) engine().deliver(cell(last), "x");
    };
    EXPECT_EQ(select(read, nullptr, nullptr, nullptr), 1);
    EXPECT_EQ(read->fd_array[0], last);
}

// WSAPoll: each condition in its bits, as Windows reports them.
TEST_F(Select, Poll_TellsConditions) {
    const SOCKET text = connected();
    engine().deliver(cell(text), "x");
    const SOCKET ended = connected();
    engine().close_by_peer(cell(ended));
    const SOCKET broken = connected();
    engine().break_connection(cell(broken), ConnError::reset);
    const SOCKET refused = stream();
    nonblocking(refused);
    (void)connect(refused, "10.0.0.2", 80);
    engine().finish_connect(cell(refused), ConnError::refused);
    const SOCKET fresh = stream();
    const SHORT all = WS_POLLRDNORM | WS_POLLWRNORM;
    std::vector<WSAPOLLFD> entries = {{text, all, 0},    {text, WS_POLLWRNORM, 0}, {ended, all, 0},
                                      {broken, all, 0},  {refused, all, 0},        {fresh, all, 0},
                                      {0xdead, all, 0x7}};
    EXPECT_EQ(poll(entries), 5);
    EXPECT_EQ(entries[0].revents, WS_POLLRDNORM | WS_POLLWRNORM);
    EXPECT_EQ(entries[1].revents, WS_POLLWRNORM);
    EXPECT_EQ(entries[2].revents, WS_POLLRDNORM | WS_POLLWRNORM | WS_POLLHUP);
    EXPECT_EQ(entries[3].revents, WS_POLLRDNORM | WS_POLLWRNORM | WS_POLLHUP | WS_POLLERR);
    EXPECT_EQ(entries[4].revents, WS_POLLWRNORM | WS_POLLHUP | WS_POLLERR);
    EXPECT_EQ(entries[5].revents, 0);
    EXPECT_EQ(entries[6].revents, WS_POLLNVAL);
}

TEST_F(Select, Poll_WithBadArguments_Fails) {
    EXPECT_EQ(spi::poll_sockets(nullptr, 1, 0, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    std::vector<WSAPOLLFD> entries = {{connected(), WS_POLLPRI, 0}};
    EXPECT_EQ(poll(entries), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    EXPECT_EQ(spi::poll_sockets(entries.data(), 0, 0, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
    entries = {{0xdead, WS_POLLRDNORM, 0}};
    EXPECT_EQ(poll(entries, -1), 0);
    EXPECT_EQ(entries[0].revents, WS_POLLNVAL);
}

TEST_F(Select, Poll_Waits) {
    const SOCKET s = connected();
    std::vector<WSAPOLLFD> entries = {{s, WS_POLLRDNORM, 0}};
    const Instant before = engine().clock;
    EXPECT_EQ(poll(entries, 20), 0);
    EXPECT_GE(engine().clock, before + Micros::from_millis(20));
    const std::uint32_t steps = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == steps + 7) engine().close_by_peer(cell(s));
    };
    EXPECT_EQ(poll(entries, -1), 1);
    EXPECT_EQ(entries[0].revents, WS_POLLRDNORM | WS_POLLHUP);
}

}  // namespace
}  // namespace ringsock::test
