// SPDX-License-Identifier: BSD-3-Clause
// The pinned order of argument checks (validate.h): every row alone, and every pair of rows, of which the
// stronger wins. Rules: the error tables of LPWSPConnect and WSAConnect, clauses 18 to 31g.
#include "spi/validate.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "fake_engine.h"

namespace ringsock::spi {
namespace {

using test::as_name;
using test::name_of;

/// What a connect is called with; starts as one that succeeds.
struct Attempt {
    SocketCell cell;
    ws2_sockaddr_in in = name_of("10.0.0.2", 80);
    bool has_name = true;
    int length = sizeof(ws2_sockaddr_in);
    char bytes[4] = {};
    WSABUF data{sizeof bytes, bytes};
    QOS sqos{};
    QOS gqos{};
    ConnectExtras extras{};
    Name out;

    explicit Attempt(Protocol protocol) {
        cell.fixed.protocol = protocol;
        set_phase(cell, Phase::open);
    }
    int judge() { return validate_connect(cell, has_name ? as_name(in) : nullptr, length, extras, out); }
};

/// One row of the table: how to break a call so, and what it is told.
struct Row {
    const char* what;
    int code;
    std::function<void(Attempt&)> apply;
    /// Rows that write the same thing: of two of a group only one can be in force.
    int group;
};

enum Group { kArgument, kFamily, kPhase, kGroupQos, kData, kQos, kAddress };

const std::vector<Row>& stream_rows() {
    static const std::vector<Row> rows = {
        {"no name", WSAEFAULT, [](Attempt& a) { a.has_name = false; }, kArgument},
        {"short name", WSAEFAULT, [](Attempt& a) { a.length = sizeof(ws2_sockaddr_in) - 1; }, kArgument},
        {"length 0", WSAEFAULT, [](Attempt& a) { a.length = 0; }, kArgument},
        {"other family", WSAEAFNOSUPPORT, [](Attempt& a) { a.in.sin_family = WS_AF_INET6; }, kFamily},
        {"no family", WSAEAFNOSUPPORT, [](Attempt& a) { a.in.sin_family = WS_AF_UNSPEC; }, kFamily},
        {"listening", WSAEINVAL, [](Attempt& a) { set_phase(a.cell, Phase::listening); }, kPhase},
        {"connecting", WSAEALREADY, [](Attempt& a) { set_phase(a.cell, Phase::connecting); }, kPhase},
        {"connected", WSAEISCONN, [](Attempt& a) { set_phase(a.cell, Phase::connected); }, kPhase},
        {"group flows", WSAEINVAL, [](Attempt& a) { a.extras.gqos = &a.gqos; }, kGroupQos},
        {"caller data", WSAEPROTONOSUPPORT, [](Attempt& a) { a.extras.caller_data = &a.data; }, kData},
        {"guaranteed flow", WSAEOPNOTSUPP,
         [](Attempt& a) {
             a.sqos.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED;
             a.extras.sqos = &a.sqos;
         },
         kQos},
        {"guaranteed flow back", WSAEOPNOTSUPP,
         [](Attempt& a) {
             a.sqos.ReceivingFlowspec.ServiceType = SERVICETYPE_CONTROLLEDLOAD;
             a.extras.sqos = &a.sqos;
         },
         kQos},
        {"any address", WSAEADDRNOTAVAIL, [](Attempt& a) { a.in.sin_addr.S_un.S_addr = 0; }, kAddress},
        {"port 0", WSAEADDRNOTAVAIL, [](Attempt& a) { a.in.sin_port = 0; }, kAddress},
        {"broadcast", WSAEADDRNOTAVAIL, [](Attempt& a) { a.in = name_of("255.255.255.255", 80); }, kAddress},
        {"multicast", WSAEADDRNOTAVAIL, [](Attempt& a) { a.in = name_of("224.0.0.1", 80); }, kAddress},
    };
    return rows;
}

const std::vector<Row>& datagram_rows() {
    static const std::vector<Row> rows = {
        {"no name", WSAEFAULT, [](Attempt& a) { a.has_name = false; }, kArgument},
        {"short name", WSAEFAULT, [](Attempt& a) { a.length = sizeof(ws2_sockaddr_in) - 1; }, kArgument},
        {"other family", WSAEAFNOSUPPORT, [](Attempt& a) { a.in.sin_family = WS_AF_INET6; }, kFamily},
        {"group flows", WSAEINVAL, [](Attempt& a) { a.extras.gqos = &a.gqos; }, kGroupQos},
        {"guaranteed flow", WSAEOPNOTSUPP,
         [](Attempt& a) {
             a.sqos.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED;
             a.extras.sqos = &a.sqos;
         },
         kQos},
        {"port 0", WSAEADDRNOTAVAIL, [](Attempt& a) { a.in.sin_port = 0; }, kAddress},
        {"broadcast", WSAEACCES, [](Attempt& a) { a.in = name_of("255.255.255.255", 80); }, kAddress},
    };
    return rows;
}

void try_rows(Protocol protocol, const std::vector<Row>& rows) {
    ASSERT_EQ(Attempt(protocol).judge(), 0);
    for (const Row& row : rows) {
        Attempt attempt(protocol);
        row.apply(attempt);
        EXPECT_EQ(attempt.judge(), row.code) << row.what;
    }
}

void try_pairs(Protocol protocol, const std::vector<Row>& rows) {
    for (std::size_t strong = 0; strong < rows.size(); ++strong) {
        for (std::size_t weak = strong + 1; weak < rows.size(); ++weak) {
            if (rows[strong].group == rows[weak].group) continue;
            Attempt attempt(protocol);
            rows[weak].apply(attempt);  // Then the family over an address that replaces the name.
            rows[strong].apply(attempt);
            EXPECT_EQ(attempt.judge(), rows[strong].code) << rows[strong].what << " and " << rows[weak].what;
        }
    }
}

// Each row of the table, alone.
TEST(ValidateConnect, EachStreamRow_HasItsCode) {
    try_rows(Protocol::tcp, stream_rows());
}
TEST(ValidateConnect, EachDatagramRow_HasItsCode) {
    try_rows(Protocol::udp, datagram_rows());
}
// Which error wins is not in the pages; ours is pinned.
TEST(ValidateConnect, OfTwoStreamRows_TheStrongerWins) {
    try_pairs(Protocol::tcp, stream_rows());
}
TEST(ValidateConnect, OfTwoDatagramRows_TheStrongerWins) {
    try_pairs(Protocol::udp, datagram_rows());
}

// A bound socket connects like an open one.
TEST(ValidateConnect, OfABoundSocket_IsFine) {
    Attempt attempt(Protocol::tcp);
    set_phase(attempt.cell, Phase::bound);
    EXPECT_EQ(attempt.judge(), 0);
    EXPECT_EQ(attempt.out.address, Ipv4::of(10, 0, 0, 2));
    EXPECT_EQ(attempt.out.port.value, 80);
}

// Clause 57: flow specifications that ask for nothing more than best effort can always be satisfied.
TEST(ValidateConnect, WithABestEffortFlow_IsFine) {
    for (const SERVICETYPE type : {SERVICETYPE_NOTRAFFIC, SERVICETYPE_BESTEFFORT, SERVICETYPE_NOCHANGE,
                                   SERVICETYPE_GENERAL_INFORMATION}) {
        Attempt attempt(Protocol::tcp);
        attempt.sqos.SendingFlowspec.ServiceType = type;
        attempt.sqos.ReceivingFlowspec.ServiceType = type;
        attempt.extras.sqos = &attempt.sqos;
        EXPECT_EQ(attempt.judge(), 0) << type;
    }
}

// Clause 49: a datagram's connect data is ignored, even together with a connected socket (clause 46).
TEST(ValidateConnect, OfAConnectedDatagramWithData_IsFine) {
    Attempt attempt(Protocol::udp);
    set_phase(attempt.cell, Phase::connected);
    attempt.extras.caller_data = &attempt.data;
    EXPECT_EQ(attempt.judge(), 0);
}

// Clause 43: all three forms of taking the peer away.
TEST(ValidateConnect, OfADatagramToZeros_Disconnects) {
    Attempt unspecified(Protocol::udp);
    unspecified.in = ws2_sockaddr_in{};
    EXPECT_EQ(unspecified.judge(), 0);
    EXPECT_TRUE(unspecified.out.is_unspecified);
    Attempt any(Protocol::udp);
    any.in = name_of("0.0.0.0", 0);
    EXPECT_EQ(any.judge(), 0);
    EXPECT_TRUE(any.out.address.is_any());
    Attempt any_with_port(Protocol::udp);
    any_with_port.in = name_of("0.0.0.0", 80);
    EXPECT_EQ(any_with_port.judge(), 0);
    EXPECT_TRUE(any_with_port.out.address.is_any());
}

// Clause 48: with SO_BROADCAST a broadcast address is a good default peer.
TEST(ValidateConnect, OfADatagramToBroadcast_NeedsTheOption) {
    Attempt attempt(Protocol::udp);
    attempt.in = name_of("255.255.255.255", 80);
    attempt.cell.names.options.broadcast = 1;
    EXPECT_EQ(attempt.judge(), 0);
}

// The name may stand at any address: programs build it in byte buffers.
TEST(ValidateConnect, WithAnUnalignedName_ReadsIt) {
    Attempt attempt(Protocol::tcp);
    alignas(8) char bytes[sizeof(ws2_sockaddr_in) + 1];
    std::memcpy(bytes + 1, &attempt.in, sizeof attempt.in);
    Name out;
    EXPECT_EQ(validate_connect(attempt.cell, reinterpret_cast<const sockaddr*>(bytes + 1),
                               sizeof attempt.in + 100, attempt.extras, out),
              0);
    EXPECT_EQ(out.address, Ipv4::of(10, 0, 0, 2));
}

// WSPBind's table.
TEST(ValidateBind, EachRow_HasItsCode) {
    const ws2_sockaddr_in good = name_of("10.0.0.1", 80);
    Name out;
    SocketCell cell;
    cell.fixed.protocol = Protocol::tcp;
    set_phase(cell, Phase::open);
    EXPECT_EQ(validate_bind(cell, as_name(good), sizeof good, out), 0);
    EXPECT_EQ(validate_bind(cell, nullptr, sizeof good, out), WSAEFAULT);
    EXPECT_EQ(validate_bind(cell, as_name(good), sizeof good - 1, out), WSAEFAULT);
    ws2_sockaddr_in other = good;
    other.sin_family = 0xdead;
    EXPECT_EQ(validate_bind(cell, as_name(other), sizeof other, out), WSAEAFNOSUPPORT);
    for (const char* address : {"255.255.255.255", "224.0.0.1"}) {
        const ws2_sockaddr_in group = name_of(address, 80);
        EXPECT_EQ(validate_bind(cell, as_name(group), sizeof group, out), WSAEADDRNOTAVAIL) << address;
    }
    for (const Phase phase : {Phase::bound, Phase::listening, Phase::connecting, Phase::connected}) {
        set_phase(cell, phase);
        EXPECT_EQ(validate_bind(cell, as_name(good), sizeof good, out), WSAEINVAL);
        EXPECT_EQ(validate_bind(cell, as_name(other), sizeof other, out), WSAEAFNOSUPPORT);
        EXPECT_EQ(validate_bind(cell, nullptr, 0, out), WSAEFAULT);
    }
}

// WSPListen's table; listening again changes nothing.
TEST(ValidateListen, EachPhase_HasItsCode) {
    SocketCell cell;
    cell.fixed.protocol = Protocol::udp;
    set_phase(cell, Phase::connected);
    EXPECT_EQ(validate_listen(cell), WSAEOPNOTSUPP);
    cell.fixed.protocol = Protocol::tcp;
    EXPECT_EQ(validate_listen(cell), WSAEISCONN);
    set_phase(cell, Phase::connecting);
    EXPECT_EQ(validate_listen(cell), WSAEINVAL);
    set_phase(cell, Phase::open);
    EXPECT_EQ(validate_listen(cell), WSAEINVAL);
    set_phase(cell, Phase::bound);
    EXPECT_EQ(validate_listen(cell), 0);
    set_phase(cell, Phase::listening);
    EXPECT_EQ(validate_listen(cell), 0);
}

// lpTo of WSPSendTo.
TEST(ValidateDestination, EachRow_HasItsCode) {
    SocketCell cell;
    cell.fixed.protocol = Protocol::udp;
    const auto judge = [&](const ws2_sockaddr_in& in, int length = sizeof(ws2_sockaddr_in)) {
        Name out;
        return validate_destination(cell, as_name(in), length, out);
    };
    EXPECT_EQ(judge(name_of("10.0.0.2", 80)), 0);
    EXPECT_EQ(judge(name_of("10.0.0.2", 80), 15), WSAEFAULT);
    ws2_sockaddr_in other = name_of("10.0.0.2", 80);
    other.sin_family = WS_AF_INET6;
    EXPECT_EQ(judge(other), WSAEAFNOSUPPORT);
    EXPECT_EQ(judge(name_of("0.0.0.0", 80)), WSAEADDRNOTAVAIL);
    EXPECT_EQ(judge(name_of("10.0.0.2", 0)), WSAEADDRNOTAVAIL);
    EXPECT_EQ(judge(name_of("255.255.255.255", 80)), WSAEACCES);
    EXPECT_EQ(judge(name_of("255.255.255.255", 0)), WSAEADDRNOTAVAIL);
    cell.names.options.broadcast = 1;
    EXPECT_EQ(judge(name_of("255.255.255.255", 80)), 0);
}

// Buffer lists.
TEST(ValidateBuffers, EachRow_HasItsCode) {
    char byte = 0;
    std::size_t total = 0;
    WSABUF good[] = {{1, &byte}, {0, nullptr}, {1, &byte}};
    EXPECT_EQ(validate_buffers(good, 3, total), 0);
    EXPECT_EQ(total, 2u);
    EXPECT_EQ(validate_buffers(nullptr, 1, total), WSAEFAULT);
    EXPECT_EQ(validate_buffers(good, 0, total), WSAEINVAL);
    WSABUF null_buffer[] = {{1, &byte}, {1, nullptr}};
    EXPECT_EQ(validate_buffers(null_buffer, 2, total), WSAEFAULT);
    WSABUF huge[] = {{0x7fffffff, &byte}, {1, &byte}};
    EXPECT_EQ(validate_buffers(huge, 1, total), 0);
    EXPECT_EQ(validate_buffers(huge, 2, total), WSAEINVAL);
}

// A name that does not fit tells how long it is, and stores nothing.
TEST(StoreName, IntoAShortBuffer_TellsTheLength) {
    ws2_sockaddr_in in{};
    INT length = sizeof in - 1;
    EXPECT_FALSE(store_name(Ipv4::of(1, 2, 3, 4), Port{5}, reinterpret_cast<sockaddr*>(&in), &length));
    EXPECT_EQ(length, static_cast<INT>(sizeof in));
    EXPECT_EQ(in.sin_family, 0);
    EXPECT_TRUE(store_name(Ipv4::of(1, 2, 3, 4), Port{5}, reinterpret_cast<sockaddr*>(&in), &length));
    EXPECT_EQ(in.sin_family, WS_AF_INET);
    EXPECT_EQ(in.sin_port, __builtin_bswap16(5));
    EXPECT_EQ(in.sin_addr.S_un.S_addr, __builtin_bswap32(0x01020304));
}

}  // namespace
}  // namespace ringsock::spi
