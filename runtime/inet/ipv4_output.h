// SPDX-License-Identifier: BSD-3-Clause
// The fields of an IPv4 header that IP itself decides: identification, don't-fragment and time to live (RFC
// 791 §3.1, RFC 6864, RFC 1122 §3.2.1.7, RFC 1191 §3). Pure; any thread, IdCounters its owner's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/siphash.h"

namespace ringsock {

/// RFC 1122 §3.2.1.7 and RFC 1700: the recommended default.
inline constexpr std::uint8_t kDefaultTtl = 64;
/// For multicast unless the application says otherwise (RFC 1112 §6.1).
inline constexpr std::uint8_t kDefaultMulticastTtl = 1;

/// Identification values for datagrams that may be fragmented underway. A counter per (source, destination,
/// protocol) bucket, started at secret places, so that one peer does not see how much we send to another.
class IdCounters {
  public:
    static constexpr std::size_t kCounters = 256;
    explicit IdCounters(SipKey key) noexcept : key_(key) {
        for (std::size_t i = 0; i < kCounters; ++i) {
            SipState state(key);
            state.compress<1>(i);
            counters_[i] = static_cast<std::uint16_t>(state.finish<3>());
        }
    }
    [[nodiscard]] std::uint16_t next(Ipv4 source, Ipv4 destination, std::uint8_t protocol) noexcept {
        SipState state(key_);
        state.compress<1>(std::uint64_t{source.value} << 32 | destination.value);
        state.compress<1>(protocol);
        return counters_[state.finish<3>() % kCounters]++;
    }

  private:
    SipKey key_;
    std::array<std::uint16_t, kCounters> counters_;
};

/// Identification and flags of one datagram.
struct Ipv4FragmentFields {
    std::uint16_t id = 0;
    bool dont_fragment = true;
};

/// An atomic datagram, never fragmented: DF and identification 0, which RFC 6864 §4.1 leaves free. All of TCP
/// (path MTU discovery, RFC 9293 §3.7.2), and UDP when the application asks for IP_DONTFRAGMENT.
[[nodiscard]] constexpr Ipv4FragmentFields atomic_datagram() noexcept {
    return {};
}

/// A datagram routers may fragment: a fresh identification, no DF (UDP's default, as Windows does).
[[nodiscard]] inline Ipv4FragmentFields fragmentable_datagram(IdCounters& counters, Ipv4 source,
                                                              Ipv4 destination,
                                                              std::uint8_t protocol) noexcept {
    return {counters.next(source, destination, protocol), false};
}

/// 0 is no legal TTL to send (RFC 1122 §3.2.1.7): it stands for the default.
[[nodiscard]] constexpr std::uint8_t ttl_or_default(std::uint8_t wanted) noexcept {
    return wanted != 0 ? wanted : kDefaultTtl;
}

}  // namespace ringsock
