// SPDX-License-Identifier: BSD-3-Clause
// wire/toeplitz: Microsoft's "Verifying the RSS Hash Calculation" vectors, and linearity.
#include "wire/toeplitz.h"

#include <gtest/gtest.h>

#include "frames.h"

namespace ringsock {
namespace {

constexpr ToeplitzKey kSuiteKey = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                   0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                   0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                   0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

Ipv6 ipv6(const char* digits) {
    const auto bytes = test::hex(digits);
    Ipv6 address;
    std::memcpy(address.octets.data(), bytes.data(), 16);
    return address;
}

// The suite's IPv4 rows: destination, source, hash of addresses, hash with ports.
TEST(Toeplitz, Ipv4RowsOfVerificationSuite_Match) {
    struct Row {
        Ipv4 destination;
        Port destination_port;
        Ipv4 source;
        Port source_port;
        std::uint32_t addresses, with_ports;
    };
    const Row rows[] = {
        {Ipv4::of(161, 142, 100, 80), {1766}, Ipv4::of(66, 9, 149, 187), {2794}, 0x323e8fc2, 0x51ccc178},
        {Ipv4::of(65, 69, 140, 83), {4739}, Ipv4::of(199, 92, 111, 2), {14230}, 0xd718262a, 0xc626b0ea},
        {Ipv4::of(12, 22, 207, 184), {38024}, Ipv4::of(24, 19, 198, 95), {12898}, 0xd2d0a5de, 0x5c2b394a},
        {Ipv4::of(209, 142, 163, 6), {2217}, Ipv4::of(38, 27, 205, 30), {48228}, 0x82989176, 0xafc7327f},
        {Ipv4::of(202, 188, 127, 2), {1303}, Ipv4::of(153, 39, 163, 191), {44251}, 0x5d1809c5, 0x10e828a2},
    };
    const Toeplitz toeplitz{kSuiteKey};
    for (const Row& row : rows) {
        EXPECT_EQ(toeplitz.ipv4(row.source, row.destination), row.addresses);
        EXPECT_EQ(toeplitz.ipv4(row.source, row.destination, row.source_port, row.destination_port),
                  row.with_ports);
    }
}

// The suite's IPv6 rows.
TEST(Toeplitz, Ipv6RowsOfVerificationSuite_Match) {
    struct Row {
        Ipv6 destination;
        Port destination_port;
        Ipv6 source;
        Port source_port;
        std::uint32_t addresses, with_ports;
    };
    const Row rows[] = {
        {ipv6("3ffe2501020000030000000000000001"),
         {1766},
         ipv6("3ffe250102001fff0000000000000007"),
         {2794},
         0x2cc18cd5,
         0x40207d3d},
        {ipv6("ff020000000000000000000000000001"),
         {4739},
         ipv6("3ffe050100080000026097fffe40efab"),
         {14230},
         0x0f0c461c,
         0xdde51bbf},
        {ipv6("fe800000000000000200f8fffe2167cf"),
         {38024},
         ipv6("3ffe1900454500030200f8fffe2167cf"),
         {44251},
         0x4b61e985,
         0x02d1feef},
    };
    const Toeplitz toeplitz{kSuiteKey};
    for (const Row& row : rows) {
        EXPECT_EQ(toeplitz.ipv6(row.source, row.destination), row.addresses);
        EXPECT_EQ(toeplitz.ipv6(row.source, row.destination, row.source_port, row.destination_port),
                  row.with_ports);
    }
}

// The tables and the definition agree for random keys and tuples of both families.
TEST(Toeplitz, TablesAgainstDefinition_AreEqual) {
    test::Random random{5};
    for (int round = 0; round < 500; ++round) {
        ToeplitzKey key;
        for (auto& octet : key) octet = static_cast<std::uint8_t>(random.next());
        const Toeplitz toeplitz{key};
        const test::Bytes v4 = random.bytes(12), v6 = random.bytes(36);
        const auto port = [](const test::Bytes& b, std::size_t at) {
            return Port{load_be<std::uint16_t>(&b[at])};
        };
        ASSERT_EQ(toeplitz.ipv4(Ipv4{load_be<std::uint32_t>(&v4[0])}, Ipv4{load_be<std::uint32_t>(&v4[4])},
                                port(v4, 8), port(v4, 10)),
                  toeplitz_hash(key, v4));
        Ipv6 source, destination;
        std::memcpy(source.octets.data(), v6.data(), 16);
        std::memcpy(destination.octets.data(), v6.data() + 16, 16);
        ASSERT_EQ(toeplitz.ipv6(source, destination, port(v6, 32), port(v6, 34)), toeplitz_hash(key, v6));
    }
}

// House D2: the hash is linear in the port bits, so a port can be chosen by solving, not by searching.
TEST(Toeplitz, PortParts_AreLinear) {
    const Toeplitz toeplitz{kSuiteKey};
    const Ipv4 a = Ipv4::of(10, 0, 0, 1), b = Ipv4::of(10, 0, 0, 2);
    const std::uint32_t base = toeplitz.ipv4(a, b, Port{443}, Port{0});
    const auto bits = toeplitz.destination_port_bits(Family::ipv4);
    test::Random random{6};
    for (int round = 0; round < 2000; ++round) {
        const auto port = static_cast<std::uint16_t>(random.next());
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < 16; ++i)
            if ((port >> i & 1) != 0) sum ^= bits[i];
        ASSERT_EQ(toeplitz.destination_port_part(Family::ipv4, Port{port}), sum);
        ASSERT_EQ(toeplitz.ipv4(a, b, Port{443}, Port{port}), base ^ sum);
        ASSERT_EQ(
            toeplitz.ipv4(a, b, Port{port}, Port{443}),
            toeplitz.ipv4(a, b, Port{0}, Port{443}) ^ toeplitz.source_port_part(Family::ipv4, Port{port}));
    }
    const Ipv6 c = ipv6("20010db8000000000000000000000001"), d = ipv6("20010db8000000000000000000000002");
    EXPECT_EQ(
        toeplitz.ipv6(c, d, Port{443}, Port{0xbeef}),
        toeplitz.ipv6(c, d, Port{443}, Port{0}) ^ toeplitz.destination_port_part(Family::ipv6, Port{0xbeef}));
}

// Total: bytes the key can not reach are not read and do not count.
TEST(Toeplitz, InputBeyondTheKeysReach_IsIgnored) {
    test::Random random{7};
    const test::Bytes input = random.bytes(100);
    EXPECT_EQ(toeplitz_hash(kSuiteKey, input), toeplitz_hash(kSuiteKey, std::span{input}.first(36)));
    EXPECT_EQ(toeplitz_hash(kSuiteKey, {}), 0u);
}

}  // namespace
}  // namespace ringsock
