// SPDX-License-Identifier: BSD-3-Clause
// Socket options and control codes: defaults, what is stored is what is read, bounds and lengths, and when
// the engine hears of a change. Rules: WSPGetSockOpt, WSPSetSockOpt, WSPIoctl pages.
#include <ringsock/mswsock.h>

#include <gtest/gtest.h>

#include "fake_engine.h"
#include "spi/provider.h"
#include "spi/wsp_socket.h"

namespace ringsock::test {
namespace {

class Options : public ::testing::Test, public ProviderFixture {
  protected:
    int get_code(SOCKET s, int level, int name, int length = sizeof(int)) {
        char value[512] = {};
        return wsp.lpWSPGetSockOpt(s, level, name, value, &length, &error) == 0 ? 0 : error;
    }
    int set_code(SOCKET s, int level, int name, int value) {
        return set_option(s, level, name, value) == 0 ? 0 : error;
    }
    int ioctl(SOCKET s, DWORD code, void* in, DWORD in_bytes, void* out, DWORD out_bytes) {
        return wsp.lpWSPIoctl(s, code, in, in_bytes, out, out_bytes, &returned, nullptr, nullptr, nullptr,
                              &error) == 0
                   ? 0
                   : error;
    }
    DWORD returned = 0;
};

struct Setting {
    int level;
    int name;
    bool stream;
    int initial;
    int value;
};

// Each option a program can set: its default, and that it keeps what it is given.
TEST_F(Options, KeepWhatTheyAreGiven) {
    const Setting settings[] = {
        {WS_SOL_SOCKET, WS_SO_REUSEADDR, true, 0, 1},
        {WS_SOL_SOCKET, WS_SO_EXCLUSIVEADDRUSE, true, 0, 1},
        {WS_SOL_SOCKET, WS_SO_BROADCAST, false, 0, 1},
        {WS_SOL_SOCKET, WS_SO_KEEPALIVE, true, 0, 1},
        {WS_SOL_SOCKET, WS_SO_OOBINLINE, true, 0, 1},
        {WS_SOL_SOCKET, WS_SO_DONTLINGER, true, 1, 0},
        {WS_SOL_SOCKET, WS_SO_SNDBUF, true, 8192, 65536},
        {WS_SOL_SOCKET, WS_SO_RCVBUF, true, 8192, 65536},
        {WS_SOL_SOCKET, WS_SO_SNDTIMEO, true, 0, 1234},
        {WS_SOL_SOCKET, WS_SO_RCVTIMEO, true, 0, 1234},
        {WS_SOL_SOCKET, WS_SO_CONDITIONAL_ACCEPT, true, 0, 1},
        {WS_IPPROTO_TCP, WS_TCP_NODELAY, true, 0, 1},
        {WS_IPPROTO_TCP, WS_TCP_MAXRT, true, 0, -1},
        {WS_IPPROTO_TCP, WS_TCP_KEEPIDLE, true, 7200, 60},
        {WS_IPPROTO_TCP, WS_TCP_KEEPINTVL, true, 1, 5},
        {WS_IPPROTO_TCP, WS_TCP_KEEPCNT, true, 10, 255},
        {WS_IPPROTO_TCP, WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR, true, 0, 1},
        {WS_IPPROTO_IP, WS_IP_TTL, true, 64, 255},
        {WS_IPPROTO_IP, WS_IP_TOS, true, 0, 0x10},
        {WS_IPPROTO_IP, WS_IP_DONTFRAGMENT, true, 1, 0},
    };
    for (const Setting& setting : settings) {
        const SOCKET s = setting.stream ? stream() : datagram();
        EXPECT_EQ(option(s, setting.level, setting.name), setting.initial) << std::hex << setting.name;
        EXPECT_EQ(set_code(s, setting.level, setting.name, setting.value), 0) << std::hex << setting.name;
        EXPECT_EQ(option(s, setting.level, setting.name), setting.value) << std::hex << setting.name;
    }
    EXPECT_EQ(engine().count(RequestOp::set_options), 0u);  // The engine knows none of these sockets.
}

// Values out of bounds, and the clamping of buffers.
TEST_F(Options, OutOfBounds_AreInvalid) {
    const SOCKET s = stream();
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_MAXRT, -2), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_KEEPIDLE, 0), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_KEEPIDLE, 65536), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_KEEPCNT, 256), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_IP, WS_IP_TTL, 0), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_IP, WS_IP_TTL, 256), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_IPPROTO_IP, WS_IP_TOS, 256), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_RCVBUF, -1), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_RCVBUF, 0), 0);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_RCVBUF), 2048);
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_SNDBUF, INT32_MAX), 0);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_SNDBUF), 64 << 20);
}

// Unknown names are WSAENOPROTOOPT, unknown levels WSAEINVAL; options of the other kind of socket are
// unknown.
TEST_F(Options, Unknown_AreRefused) {
    const SOCKET s = stream();
    const SOCKET d = datagram();
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, 0x7777, 1), WSAENOPROTOOPT);
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, 0x7777), WSAENOPROTOOPT);
    EXPECT_EQ(set_code(s, 0x7777, 1, 1), WSAEINVAL);
    EXPECT_EQ(get_code(s, 0x7777, 1), WSAEINVAL);
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_ERROR, 1), WSAENOPROTOOPT);
    EXPECT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_TYPE, 1), WSAENOPROTOOPT);
    for (const int name :
         {WS_SO_KEEPALIVE, WS_SO_OOBINLINE, WS_SO_LINGER, WS_SO_DONTLINGER, WS_SO_ACCEPTCONN}) {
        EXPECT_EQ(get_code(d, WS_SOL_SOCKET, name), WSAENOPROTOOPT) << name;
    }
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_BROADCAST), WSAENOPROTOOPT);
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_MAX_MSG_SIZE), WSAENOPROTOOPT);
    EXPECT_EQ(get_code(d, WS_IPPROTO_TCP, WS_TCP_NODELAY), WSAENOPROTOOPT);
    EXPECT_EQ(set_code(d, WS_IPPROTO_TCP, WS_TCP_NODELAY, 1), WSAENOPROTOOPT);
}

// Buffers: a flag fits into a byte, a number needs four, and nothing is read through null.
TEST_F(Options, WithShortBuffers_AreFaults) {
    const SOCKET s = stream();
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE, 1), 0);
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_RCVBUF, 3), WSAEFAULT);
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_LINGER, 3), WSAEFAULT);
    EXPECT_EQ(get_code(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE, 0), WSAEFAULT);
    EXPECT_EQ(wsp.lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_TYPE, nullptr, nullptr, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    EXPECT_EQ(wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE, nullptr, 4, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    const char on = 1;
    EXPECT_EQ(wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE, &on, 1, &error), 0);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE), 1);
    EXPECT_EQ(wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_RCVTIMEO, &on, 1, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
}

// SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other; exclusive use is decided before bind.
TEST_F(Options, ReuseAndExclusive_ExcludeEachOther) {
    const SOCKET reuse = stream();
    EXPECT_EQ(set_code(reuse, WS_SOL_SOCKET, WS_SO_REUSEADDR, 1), 0);
    EXPECT_EQ(set_code(reuse, WS_SOL_SOCKET, WS_SO_EXCLUSIVEADDRUSE, 1), WSAEINVAL);
    const SOCKET exclusive = stream();
    EXPECT_EQ(set_code(exclusive, WS_SOL_SOCKET, WS_SO_EXCLUSIVEADDRUSE, 1), 0);
    EXPECT_EQ(set_code(exclusive, WS_SOL_SOCKET, WS_SO_REUSEADDR, 1), WSAEINVAL);
    const SOCKET bound = stream();
    ASSERT_EQ(bind(bound, "0.0.0.0", 80), 0);
    EXPECT_EQ(set_code(bound, WS_SOL_SOCKET, WS_SO_EXCLUSIVEADDRUSE, 1), WSAEINVAL);
}

// SO_LINGER and SO_DONTLINGER are two views of one thing.
TEST_F(Options, Linger_IsOneThing) {
    const SOCKET s = stream();
    const ws2_linger on{1, 30};
    ASSERT_EQ(wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_LINGER, reinterpret_cast<const char*>(&on),
                                  sizeof on, &error),
              0);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_DONTLINGER), 0);
    ASSERT_EQ(set_code(s, WS_SOL_SOCKET, WS_SO_DONTLINGER, 1), 0);
    ws2_linger read{9, 9};
    int length = sizeof read;
    ASSERT_EQ(
        wsp.lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_LINGER, reinterpret_cast<char*>(&read), &length, &error),
        0);
    EXPECT_EQ(read.l_onoff, 0);
}

// A change on a socket that the engine holds is told to it.
TEST_F(Options, OnAConnection_AreToldToTheEngine) {
    const SOCKET s = connected();
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, 1), 0);
    EXPECT_EQ(engine().count(RequestOp::set_options), 1u);
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, 1 << 8), 0);  // Any byte of a flag counts.
    EXPECT_EQ(option(s, WS_IPPROTO_TCP, WS_TCP_NODELAY), 1);
    EXPECT_EQ(set_code(s, WS_IPPROTO_TCP, WS_TCP_KEEPCNT, 0), WSAEINVAL);
    EXPECT_EQ(engine().count(RequestOp::set_options), 2u);
}

// SO_CONNECT_TIME: seconds since the connection stands; all ones before.
TEST_F(Options, ConnectTime_CountsSeconds) {
    EXPECT_EQ(option(stream(), WS_SOL_SOCKET, WS_SO_CONNECT_TIME), -1);
    const SOCKET s = connected();
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_CONNECT_TIME), 0);
    engine().clock = engine().clock + Micros::from_seconds(42);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_CONNECT_TIME), 42);
}

// SO_UPDATE_CONNECT_CONTEXT takes no value and wants a connection.
TEST_F(Options, UpdateContext_WantsAConnection) {
    const auto update = [&](SOCKET s) {
        return wsp.lpWSPSetSockOpt(s, WS_SOL_SOCKET, WS_SO_UPDATE_CONNECT_CONTEXT, nullptr, 0, &error) == 0
                   ? 0
                   : error;
    };
    EXPECT_EQ(update(stream()), WSAENOTCONN);
    EXPECT_EQ(update(connected()), 0);
}

// SO_PROTOCOL_INFO in both alphabets.
TEST_F(Options, ProtocolInfo_NamesTheCatalogueEntry) {
    const SOCKET s = datagram();
    WSAPROTOCOL_INFOW wide{};
    int length = sizeof wide;
    ASSERT_EQ(wsp.lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&wide),
                                  &length, &error),
              0);
    EXPECT_EQ(wide.iSocketType, WS_SOCK_DGRAM);
    EXPECT_EQ(wide.iProtocol, WS_IPPROTO_UDP);
    EXPECT_EQ(wide.dwCatalogEntryId, spi::kFirstCatalogEntry + 1);
    WSAPROTOCOL_INFOA narrow{};
    length = sizeof narrow;
    ASSERT_EQ(wsp.lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_PROTOCOL_INFOA, reinterpret_cast<char*>(&narrow),
                                  &length, &error),
              0);
    EXPECT_EQ(narrow.iProtocol, WS_IPPROTO_UDP);
    EXPECT_STREQ(narrow.szProtocol, "Ringsock UDP/IP");
}

// ---- control codes ----

TEST_F(Options, FionBio_SwitchesTheMode) {
    const SOCKET s = stream();
    ULONG on = 1;
    EXPECT_EQ(ioctl(s, WS_FIONBIO, &on, sizeof on, nullptr, 0), 0);
    EXPECT_EQ(cell(s).app.blocking, 0);
    on = 0;
    EXPECT_EQ(ioctl(s, WS_FIONBIO, &on, sizeof on, nullptr, 0), 0);
    EXPECT_EQ(cell(s).app.blocking, 1);
    EXPECT_EQ(ioctl(s, WS_FIONBIO, nullptr, 0, nullptr, 0), WSAEFAULT);
    EXPECT_EQ(ioctl(s, WS_FIONBIO, &on, 2, nullptr, 0), WSAEFAULT);
}

TEST_F(Options, Ioctl_AnswersWhatItKnows) {
    const SOCKET s = connected();
    engine().deliver(cell(s), "abc");
    ULONG bytes = 9;
    EXPECT_EQ(ioctl(s, WS_FIONREAD, nullptr, 0, &bytes, sizeof bytes), 0);
    EXPECT_EQ(bytes, 3u);
    EXPECT_EQ(returned, sizeof bytes);
    EXPECT_EQ(ioctl(s, WS_FIONREAD, nullptr, 0, &bytes, 3), WSAEFAULT);
    EXPECT_EQ(returned, 0u);
    EXPECT_EQ(ioctl(s, WS_SIOCATMARK, nullptr, 0, &bytes, sizeof bytes), 0);
    EXPECT_EQ(bytes, 1u);
    SOCKET base = 0;
    for (const DWORD code : {DWORD{SIO_BASE_HANDLE}, DWORD{SIO_BSP_HANDLE}, DWORD{SIO_BSP_HANDLE_SELECT},
                             DWORD{SIO_BSP_HANDLE_POLL}}) {
        EXPECT_EQ(ioctl(s, code, nullptr, 0, &base, sizeof base), 0);
        EXPECT_EQ(base, s);
    }
    EXPECT_EQ(ioctl(s, 0x12345678, nullptr, 0, nullptr, 0), WSAEOPNOTSUPP);
    EXPECT_EQ(wsp.lpWSPIoctl(s, WS_FIONREAD, nullptr, 0, &bytes, sizeof bytes, nullptr, nullptr, nullptr,
                             nullptr, &error),
              SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    WSAOVERLAPPED overlapped{};
    EXPECT_EQ(wsp.lpWSPIoctl(s, WS_FIONREAD, nullptr, 0, &bytes, sizeof bytes, &returned, &overlapped,
                             nullptr, nullptr, &error),
              SOCKET_ERROR);
    EXPECT_EQ(error, WSAEOPNOTSUPP);
}

TEST_F(Options, ExtensionFunctions_AreFoundByGuid) {
    const SOCKET s = stream();
    GUID wanted = spi::kPollExtension;
    spi::PollFunction function = nullptr;
    EXPECT_EQ(
        ioctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &wanted, sizeof wanted, &function, sizeof function), 0);
    ASSERT_NE(function, nullptr);
    wanted.Data1 ^= 1;
    EXPECT_EQ(
        ioctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &wanted, sizeof wanted, &function, sizeof function),
        WSAEINVAL);
}

TEST_F(Options, KeepAliveValues_RoundUpToSeconds) {
    struct tcp_keepalive wanted {
        1, 1500, 20
    };
    EXPECT_EQ(ioctl(datagram(), SIO_KEEPALIVE_VALS, &wanted, sizeof wanted, nullptr, 0), WSAENOPROTOOPT);
    const SOCKET s = connected();
    EXPECT_EQ(ioctl(s, SIO_KEEPALIVE_VALS, &wanted, sizeof wanted, nullptr, 0), 0);
    EXPECT_EQ(engine().count(RequestOp::set_options), 1u);
    EXPECT_EQ(option(s, WS_SOL_SOCKET, WS_SO_KEEPALIVE), 1);
    EXPECT_EQ(option(s, WS_IPPROTO_TCP, WS_TCP_KEEPIDLE), 2);
    EXPECT_EQ(option(s, WS_IPPROTO_TCP, WS_TCP_KEEPINTVL), 1);
}

}  // namespace
}  // namespace ringsock::test
