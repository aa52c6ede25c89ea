// SPDX-License-Identifier: BSD-3-Clause
// Patience: waiting for an engine to take or to give something, where no cell's word changes when it does: a
// slot of the request ring, a fresh cell, an empty packet. Whoever drives an inline engine may be descheduled
// in the middle of a pass; giving up after a number of tries would turn that into an error of the caller.
#pragma once

#include <cstdint>

#include "base/instant.h"
#include "ring/engine_port.h"

namespace ringsock::spi {

/// An engine that gives nothing for so long is considered gone.
inline constexpr Micros kEnginePatience = Micros::from_seconds(1);
/// How long a non-blocking call waits for a supply that an engine in good health gives at once: longer than a
/// descheduled driver is away.
inline constexpr Micros kBriefPatience = Micros::from_millis(5);
/// Nobody wakes such a waiter, so its naps are short.
inline constexpr Micros kUnwokenNap{200};

class Patience {
  public:
    explicit Patience(EnginePort& port, Micros limit = kEnginePatience) noexcept
        : port_(port), limit_(limit), pace_(port.drive) {}
    /// One step: drives an inline engine, spins, or naps. False once `limit` is over. Application thread; a
    /// cell's lock may be held, for the answer is one pass of the engine away.
    [[nodiscard]] bool step() noexcept;

  private:
    EnginePort& port_;
    const Micros limit_;
    Instant deadline_ = Instant::never();
    WaitPace pace_;
    bool has_begun_ = false;
};

}  // namespace ringsock::spi
