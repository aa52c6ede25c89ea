// SPDX-License-Identifier: BSD-3-Clause
// SipHash (Aumasson, Bernstein 2012): a keyed hash whose outputs nobody can predict without the key. 2-4 is
// for secrets that outlive a table (ISS, cookies: the RFC 6528 idea), 1-3 for tables, where an attacker sees
// collisions at best through timing. Pure functions of key and input; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"

namespace ringsock {

/// 128 bits of secret. Plain value; whoever makes it draws it from a good source.
struct SipKey {
    std::uint64_t k0 = 0;
    std::uint64_t k1 = 0;
    friend constexpr bool operator==(const SipKey&, const SipKey&) noexcept = default;
};

/// The four words of SipHash, for callers that feed whole 64-bit words and know their length.
class SipState {
  public:
    constexpr explicit SipState(SipKey key) noexcept
        : v0_(key.k0 ^ 0x736f6d6570736575u),
          v1_(key.k1 ^ 0x646f72616e646f6du),
          v2_(key.k0 ^ 0x6c7967656e657261u),
          v3_(key.k1 ^ 0x7465646279746573u) {}

    /// Takes eight message bytes (little-endian word) with `kRounds` compression rounds.
    template <int kRounds>
    constexpr void compress(std::uint64_t word) noexcept {
        v3_ ^= word;
        for (int i = 0; i < kRounds; ++i) round();
        v0_ ^= word;
    }
    /// Ends the message with `kRounds` finalization rounds; the 64-bit hash.
    template <int kRounds>
    [[nodiscard]] constexpr std::uint64_t finish() noexcept {
        v2_ ^= 0xff;
        for (int i = 0; i < kRounds; ++i) round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

  private:
    static constexpr std::uint64_t rotate(std::uint64_t v, int bits) noexcept {
        return (v << bits) | (v >> (64 - bits));
    }
    constexpr void round() noexcept {
        v0_ += v1_;
        v2_ += v3_;
        v1_ = rotate(v1_, 13) ^ v0_;
        v3_ = rotate(v3_, 16) ^ v2_;
        v0_ = rotate(v0_, 32);
        v2_ += v1_;
        v0_ += v3_;
        v1_ = rotate(v1_, 17) ^ v2_;
        v3_ = rotate(v3_, 21) ^ v0_;
        v2_ = rotate(v2_, 32);
    }
    std::uint64_t v0_, v1_, v2_, v3_;
};

/// SipHash-2-4 of any bytes.
[[nodiscard]] std::uint64_t siphash_2_4(SipKey key, std::span<const std::byte> bytes) noexcept;
/// SipHash-1-3 of any bytes.
[[nodiscard]] std::uint64_t siphash_1_3(SipKey key, std::span<const std::byte> bytes) noexcept;

/// The second of the two words a flow is hashed as: ports, family, and the message length 13 in the top byte.
/// Equal to hashing the 13 little-endian bytes local(4) remote(4) local_port(2) remote_port(2) family(1).
[[nodiscard]] constexpr std::uint64_t flow_tail_word(const FlowKey& key, Family family) noexcept {
    return std::uint64_t{key.local_port.value} | (std::uint64_t{key.remote_port.value} << 16) |
           (std::uint64_t{static_cast<std::uint8_t>(family)} << 32) | (std::uint64_t{13} << 56);
}
[[nodiscard]] constexpr std::uint64_t flow_head_word(const FlowKey& key) noexcept {
    return std::uint64_t{key.local} | (std::uint64_t{key.remote} << 32);
}

/// SipHash-1-3 of a flow and its family, inline: the hash of flow tables.
[[nodiscard]] constexpr std::uint64_t siphash_1_3(SipKey key, const FlowKey& flow, Family family) noexcept {
    SipState state(key);
    state.compress<1>(flow_head_word(flow));
    state.compress<1>(flow_tail_word(flow, family));
    return state.finish<3>();
}
/// SipHash-2-4 of a flow and its family, inline: the hash of initial sequence numbers.
[[nodiscard]] constexpr std::uint64_t siphash_2_4(SipKey key, const FlowKey& flow, Family family) noexcept {
    SipState state(key);
    state.compress<2>(flow_head_word(flow));
    state.compress<2>(flow_tail_word(flow, family));
    return state.finish<4>();
}

}  // namespace ringsock
