// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.4.1: ISN = M + F(local address, local port, remote address, remote port, secret); RFC 6528 §3.
#include "tcp/iss.h"

namespace ringsock::tcp {

InitialNumbers initial_numbers(SipKey secret, const FlowKey& key, Family family, Instant now) noexcept {
    const std::uint64_t f = siphash_2_4(secret, key, family);
    const auto clock = static_cast<std::uint32_t>(static_cast<std::uint64_t>(now.micros) >> 2);  // M: 4 us.
    return {SeqNum{static_cast<std::uint32_t>(f) + clock}, static_cast<std::uint32_t>(f >> 32)};
}

}  // namespace ringsock::tcp
