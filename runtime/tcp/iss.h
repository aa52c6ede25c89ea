// SPDX-License-Identifier: BSD-3-Clause
// Initial sequence numbers (RFC 9293 §3.4.1, MUST-8, MUST-9; RFC 6528) and timestamp offsets (RFC 7323 §5.4)
// from tuple, secret and time. Pure; any thread.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/instant.h"
#include "base/seq.h"
#include "base/siphash.h"

namespace ringsock::tcp {

/// What an OPEN starts its numbers from.
struct InitialNumbers {
    SeqNum iss;  ///< Clock of 4 us per number plus F(tuple, secret): grows per tuple, unknown outside.
    std::uint32_t
        ts_offset;  ///< F(tuple, secret): fixed per tuple, so that reuse of a tuple never goes back in time.
};

/// One SipHash-2-4 for both. `secret` is drawn once per start and never leaves the process.
[[nodiscard]] InitialNumbers initial_numbers(SipKey secret, const FlowKey& key, Family family,
                                             Instant now) noexcept;

}  // namespace ringsock::tcp
