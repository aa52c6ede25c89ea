// SPDX-License-Identifier: BSD-3-Clause
// WSPStartup and WSPCleanup, the table, the catalogue, and which host a socket is born on. Rules: WSPStartup,
// WSPCleanup, WSPSocket pages; house decision D12.
#include <gtest/gtest.h>

#include <cstring>

#include "fake_engine.h"
#include "host/config.h"
#include "spi/provider.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

int start(WORD version, WSPDATA* data, WSPPROC_TABLE* table, WSPUPCALLTABLE upcalls = FakeShell::upcalls()) {
    WSAPROTOCOL_INFOW info{};
    return WSPStartup(version, data, &info, upcalls, table);
}

class Startup : public ::testing::Test {
  protected:
    ~Startup() override {
        fake_runtime().fails_to_start = false;
        while (started_-- > 0) {
            int error = 0;
            EXPECT_EQ(table.lpWSPCleanup(&error), 0);
        }
    }
    int start_one(WORD version = MAKEWORD(2, 2)) {
        const int result = start(version, &data, &table);
        if (result == 0) ++started_;
        return result;
    }
    WSPDATA data{};
    WSPPROC_TABLE table{};

  private:
    int started_ = 0;
};

// All thirty, none null.
TEST_F(Startup, FillsAllThirtyEntries) {
    ASSERT_EQ(start_one(), 0);
    void* entries[30];
    static_assert(sizeof entries == sizeof table);
    std::memcpy(entries, &table, sizeof table);
    for (int i = 0; i < 30; ++i) {
        EXPECT_NE(entries[i], nullptr) << i;
        for (int j = 0; j < i; ++j) EXPECT_NE(entries[i], entries[j]) << i << " and " << j;
    }
}

// Versions: the highest both know; below 2 there is no such interface.
TEST_F(Startup, NegotiatesTheVersion) {
    EXPECT_EQ(start_one(MAKEWORD(1, 1)), WSAVERNOTSUPPORTED);
    ASSERT_EQ(start_one(MAKEWORD(2, 2)), 0);
    EXPECT_EQ(data.wVersion, MAKEWORD(2, 2));
    EXPECT_EQ(data.wHighVersion, MAKEWORD(2, 2));
    ASSERT_EQ(start_one(MAKEWORD(2, 0)), 0);
    EXPECT_EQ(data.wVersion, MAKEWORD(2, 0));
    ASSERT_EQ(start_one(MAKEWORD(3, 1)), 0);
    EXPECT_EQ(data.wVersion, MAKEWORD(2, 2));
}

TEST_F(Startup, WithBadArguments_Fails) {
    EXPECT_EQ(start(MAKEWORD(2, 2), nullptr, &table), WSAEFAULT);
    EXPECT_EQ(start(MAKEWORD(2, 2), &data, nullptr), WSAEFAULT);
    WSPUPCALLTABLE upcalls = FakeShell::upcalls();
    upcalls.lpWPUCreateSocketHandle = nullptr;
    EXPECT_EQ(start(MAKEWORD(2, 2), &data, &table, upcalls), WSAEINVALIDPROCTABLE);
    EXPECT_FALSE(fake_runtime().running());
}

// Counted: the runtime starts with the first and stops with the last; then it starts again.
TEST_F(Startup, IsCounted) {
    const int starts = fake_runtime().starts;
    const int stops = fake_runtime().stops;
    int error = 0;
    ASSERT_EQ(start(MAKEWORD(2, 2), &data, &table), 0);
    ASSERT_EQ(start(MAKEWORD(2, 2), &data, &table), 0);
    EXPECT_EQ(fake_runtime().starts, starts + 1);
    EXPECT_EQ(table.lpWSPCleanup(&error), 0);
    EXPECT_TRUE(fake_runtime().running());
    EXPECT_EQ(table.lpWSPCleanup(&error), 0);
    EXPECT_FALSE(fake_runtime().running());
    EXPECT_EQ(fake_runtime().stops, stops + 1);
    EXPECT_EQ(table.lpWSPCleanup(&error), SOCKET_ERROR);
    EXPECT_EQ(error, WSANOTINITIALISED);
    ASSERT_EQ(start_one(), 0);
    EXPECT_EQ(fake_runtime().starts, starts + 2);
}

// A runtime that does not start: the code, and a sentence that says why.
TEST_F(Startup, OfARuntimeThatFails_SaysWhy) {
    fake_runtime().fails_to_start = true;
    EXPECT_EQ(start_one(), WSASYSNOTREADY);
    EXPECT_NE(spi::start_error_text().find("told to fail"), std::string::npos);
    fake_runtime().fails_to_start = false;
    EXPECT_EQ(start_one(), 0);
    EXPECT_EQ(spi::start_error_text(), "");
}

// What was configured is what the runtime is started with.
TEST_F(Startup, PassesTheConfigurationOn) {
    StartOptions options;
    options.config_path = "/etc/some.toml";
    spi::set_start_options(options);
    ASSERT_EQ(start_one(), 0);
    EXPECT_EQ(fake_runtime().seen_config_path, "/etc/some.toml");
    spi::set_start_options({});
}

// The last cleanup closes what programs left open, and the next start has all cells again.
TEST_F(Startup, LastCleanup_ClosesTheSockets) {
    int error = 0;
    ASSERT_EQ(start(MAKEWORD(2, 2), &data, &table), 0);
    fake_shell() = FakeShell{};
    std::vector<SOCKET> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.push_back(table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error));
    }
    EXPECT_EQ(fake_shell().contexts.size(), 20u);
    EXPECT_EQ(table.lpWSPCleanup(&error), 0);
    EXPECT_EQ(fake_shell().contexts.size(), 0u);
    EXPECT_EQ(table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error), INVALID_SOCKET);
    EXPECT_EQ(error, WSANOTINITIALISED);
    EXPECT_EQ(table.lpWSPCloseSocket(sockets[0], &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
}

// ---- what WSASocket asks for ----

TEST_F(Startup, Socket_JudgesItsArguments) {
    ASSERT_EQ(start_one(), 0);
    const auto code = [&](int af, int type, int protocol, GROUP g = 0, DWORD flags = 0) {
        int error = 0;
        const SOCKET s = table.lpWSPSocket(af, type, protocol, nullptr, g, flags, &error);
        if (s == INVALID_SOCKET) return error;
        int ignored = 0;
        EXPECT_EQ(table.lpWSPCloseSocket(s, &ignored), 0);
        return 0;
    };
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP), 0);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_DGRAM, WS_IPPROTO_UDP), 0);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 0), 0);
    EXPECT_EQ(code(WS_AF_INET, 0, WS_IPPROTO_UDP), 0);
    EXPECT_EQ(code(WS_AF_UNSPEC, WS_SOCK_STREAM, 0), 0);
    EXPECT_EQ(code(WS_AF_UNSPEC, 0, 0), WSAEINVAL);
    EXPECT_EQ(code(WS_AF_INET6, WS_SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    EXPECT_EQ(code(0xdead, WS_SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    EXPECT_EQ(code(WS_AF_INET, 77, 0), WSAESOCKTNOSUPPORT);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_UDP), WSAEPROTOTYPE);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 77), WSAEPROTONOSUPPORT);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 0, 1), WSAEINVAL);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 0, 0, WSA_FLAG_OVERLAPPED), 0);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 0, 0, 0x80000000u), WSAEINVAL);
    EXPECT_EQ(code(WS_AF_INET, WS_SOCK_STREAM, 0, 0, WSA_FLAG_MULTIPOINT_C_LEAF), WSAEINVAL);
}

// No handle: the cell goes back.
TEST_F(Startup, SocketWithoutAHandle_GivesTheCellBack) {
    ASSERT_EQ(start_one(), 0);
    fake_shell().refuses_handles = true;
    for (std::uint32_t i = 0; i < 2 * kFakeCells; ++i) {
        int error = 0;
        ASSERT_EQ(table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error), INVALID_SOCKET);
        ASSERT_EQ(error, WSAEMFILE);
    }
    fake_shell().refuses_handles = false;
}

// The catalogue: two offers for each host; a socket made from an entry lives on the entry's host.
TEST_F(Startup, Catalogue_NamesHosts) {
    EXPECT_EQ(spi::catalog_size(), 2u);  // Before the start: as if there were one host.
    ASSERT_EQ(start_one(), 0);
    ASSERT_EQ(spi::catalog_size(), 4u);
    for (std::uint32_t i = 0; i < 4; ++i) {
        WSAPROTOCOL_INFOW entry;
        spi::fill_catalog_entry(i, entry);
        EXPECT_EQ(entry.dwCatalogEntryId, spi::kFirstCatalogEntry + i);
        int error = 0;
        const SOCKET s = table.lpWSPSocket(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &entry,
                                           0, 0, &error);
        ASSERT_NE(s, INVALID_SOCKET);
        const auto& cell = *reinterpret_cast<SocketCell*>(fake_shell().contexts.at(s));
        EXPECT_EQ(cell.fixed.engine, i / 2);
        EXPECT_EQ(cell.fixed.protocol, i % 2 == 0 ? Protocol::tcp : Protocol::udp);
        EXPECT_EQ(spi::catalog_entry_of(cell), spi::kFirstCatalogEntry + i);
    }
    WSAPROTOCOL_INFOW wrong{};
    for (const DWORD id : {0u, spi::kFirstCatalogEntry - 1, spi::kFirstCatalogEntry + 4}) {
        wrong.dwCatalogEntryId = id;
        int error = 0;
        EXPECT_EQ(table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, &wrong, 0, 0, &error), INVALID_SOCKET);
        EXPECT_EQ(error, WSAEINVALIDPROVIDER) << id;
    }
}

// The thread's current host is where its sockets are born.
TEST_F(Startup, CurrentHost_IsTheThreads) {
    EXPECT_FALSE(spi::set_current_host("server"));
    EXPECT_EQ(spi::current_host_name(), nullptr);
    ASSERT_EQ(start_one(), 0);
    EXPECT_STREQ(spi::current_host_name(), "client");
    EXPECT_FALSE(spi::set_current_host("nobody"));
    ASSERT_TRUE(spi::set_current_host("server"));
    int error = 0;
    const SOCKET s = table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error);
    EXPECT_EQ(reinterpret_cast<SocketCell*>(fake_shell().contexts.at(s))->fixed.engine, 1);
    ASSERT_TRUE(spi::set_current_host(nullptr));
    EXPECT_STREQ(spi::current_host_name(), "client");
}

// Entries that this provider does not offer say so; a bad socket still comes first.
TEST_F(Startup, UnofferedEntries_SaySo) {
    ASSERT_EQ(start_one(), 0);
    int error = 0;
    const SOCKET s = table.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error);
    EXPECT_EQ(table.lpWSPAsyncSelect(s, nullptr, 0, 0, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
    EXPECT_EQ(table.lpWSPAsyncSelect(INVALID_SOCKET, nullptr, 0, 0, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAENOTSOCK);
    EXPECT_EQ(table.lpWSPDuplicateSocket(s, 1, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    WSAOVERLAPPED overlapped{};
    DWORD value = 0;
    EXPECT_EQ(table.lpWSPGetOverlappedResult(s, &overlapped, &value, FALSE, &value, &error), FALSE);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
    EXPECT_EQ(table.lpWSPGetQOSByName(s, nullptr, nullptr, &error), FALSE);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
    EXPECT_EQ(table.lpWSPJoinLeaf(s, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0, &error),
              INVALID_SOCKET);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
}

// ---- addresses as text ----

TEST_F(Startup, Addresses_TravelAsText) {
    ASSERT_EQ(start_one(), 0);
    ws2_sockaddr_in in{};
    int length = sizeof in;
    int error = 0;
    char16_t text[] = u"10.1.2.3:80";
    ASSERT_EQ(table.lpWSPStringToAddress(reinterpret_cast<LPWSTR>(text), WS_AF_INET, nullptr,
                                         reinterpret_cast<LPSOCKADDR>(&in), &length, &error),
              0)
        << error;
    EXPECT_EQ(in.sin_addr.S_un.S_addr, __builtin_bswap32(0x0a010203));
    EXPECT_EQ(in.sin_port, __builtin_bswap16(80));
    WCHAR back[32];
    DWORD room = 32;
    ASSERT_EQ(table.lpWSPAddressToString(reinterpret_cast<LPSOCKADDR>(&in), sizeof in, nullptr, back, &room,
                                         &error),
              0);
    for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(static_cast<char16_t>(back[i]), text[i]);
    room = 5;
    EXPECT_EQ(table.lpWSPAddressToString(reinterpret_cast<LPSOCKADDR>(&in), sizeof in, nullptr, back, &room,
                                         &error),
              SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    for (const char16_t* wrong : {u"10.1.2", u"10.1.2.256", u"10.1.2.3:99999", u"name", u""}) {
        char16_t copy[32] = {};
        for (std::size_t i = 0; wrong[i] != 0; ++i) copy[i] = wrong[i];
        length = sizeof in;
        EXPECT_EQ(table.lpWSPStringToAddress(reinterpret_cast<LPWSTR>(copy), WS_AF_INET, nullptr,
                                             reinterpret_cast<LPSOCKADDR>(&in), &length, &error),
                  SOCKET_ERROR);
        EXPECT_EQ(error, WSAEINVAL);
    }
}

}  // namespace
}  // namespace ringsock::test
