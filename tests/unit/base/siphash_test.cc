// SPDX-License-Identifier: BSD-3-Clause
#include "base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

namespace ringsock {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Rule: the authors' reference vectors for 2-4 (key 00..0f, message 00..n-1).
TEST(SipHash24, ReferenceVectors_AreMet) {
    constexpr SipKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    constexpr std::array<std::uint64_t, 17> expected = {
        0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du,
        0xcf2794e0277187b7u, 0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u,
        0x93f5f5799a932462u, 0x9e0082df0ba9e4b0u, 0x7a5dbbc594ddb9f3u, 0xf4b32f46226bada7u,
        0x751e8fbc860ee5fbu, 0x14ea5627c0843d90u, 0xf723ca908e7af2eeu, 0xa129ca6149be45e5u,
        0x3f2acc7f57c29bdbu};
    std::array<std::byte, 17> message;
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = std::byte(i);
    for (std::size_t length = 0; length < expected.size(); ++length)
        EXPECT_EQ(siphash_2_4(key, std::span(message).first(length)), expected[length]) << length;
}

// Rule: 1-3 agrees with an independent implementation (CPython's hash of bytes with the zero key).
TEST(SipHash13, IndependentValues_AreMet) {
    EXPECT_EQ(siphash_1_3({}, bytes_of("a")), 0x407448d2b89b1813u);
    EXPECT_EQ(siphash_1_3({}, bytes_of("abcdefgh")), 0x3f7b849c0b8e35eau);
    EXPECT_EQ(siphash_1_3({}, bytes_of("abcdefghijklm")), 0x954aa964997ae4e6u);
}

// Rule: the inline path for flows is the same function of the same 13 bytes.
TEST(SipHashFlow, InlinePath_EqualsHashOfBytes) {
    const SipKey key{0x1122334455667788u, 0x99aabbccddeeff00u};
    for (std::uint32_t i = 0; i < 100; ++i) {
        const FlowKey flow{0x0a000001u * (i + 1), 0xc0000200u ^ (i * 77777u),
                           Port{static_cast<std::uint16_t>(i * 651)},
                           Port{static_cast<std::uint16_t>(65535 - i)}};
        const Family family = i % 2 == 0 ? Family::ipv4 : Family::ipv6;
        std::array<std::byte, 13> message;
        std::memcpy(message.data(), &flow.local, 4);
        std::memcpy(message.data() + 4, &flow.remote, 4);
        std::memcpy(message.data() + 8, &flow.local_port.value, 2);
        std::memcpy(message.data() + 10, &flow.remote_port.value, 2);
        message[12] = std::byte(family);
        EXPECT_EQ(siphash_1_3(key, flow, family), siphash_1_3(key, message));
        EXPECT_EQ(siphash_2_4(key, flow, family), siphash_2_4(key, message));
    }
}

// Rule: one flipped input or key bit changes about half of the output bits (house.md, section 8: nobody can
// aim).
TEST(SipHashFlow, EveryInputBit_ChangesAboutHalfOfTheOutput) {
    const SipKey key{1, 2};
    const FlowKey flow{0x0a000001u, 0x0a000002u, Port{10000}, Port{80}};
    const std::uint64_t plain = siphash_1_3(key, flow, Family::ipv4);
    int total = 0;
    for (int bit = 0; bit < 96; ++bit) {
        std::array<std::uint32_t, 3> words;
        std::memcpy(words.data(), &flow, sizeof flow);
        words[static_cast<std::size_t>(bit / 32)] ^= 1u << (bit % 32);
        FlowKey changed;
        std::memcpy(static_cast<void*>(&changed), words.data(), sizeof changed);
        const int distance = __builtin_popcountll(plain ^ siphash_1_3(key, changed, Family::ipv4));
        EXPECT_GT(distance, 12);
        EXPECT_LT(distance, 52);
        total += distance;
    }
    EXPECT_NEAR(total / 96.0, 32.0, 2.0);
    EXPECT_NE(plain, siphash_1_3(SipKey{1, 3}, flow, Family::ipv4));
    EXPECT_NE(plain, siphash_1_3(key, flow, Family::ipv6));
}

}  // namespace
}  // namespace ringsock
