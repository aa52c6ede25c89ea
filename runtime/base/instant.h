// SPDX-License-Identifier: BSD-3-Clause
// Time as a value. There is deliberately no now() here: whoever needs the time is given it (house rule:
// one clock read per engine pass, in runtime/time). Any thread.
#pragma once

#include <compare>
#include <cstdint>

namespace ringsock {

/// A span of time in microseconds; may be negative as a difference.
struct Micros {
    std::int64_t count = 0;

    constexpr Micros() noexcept = default;
    constexpr explicit Micros(std::int64_t microseconds) noexcept : count(microseconds) {}
    static constexpr Micros from_millis(std::int64_t ms) noexcept { return Micros{ms * 1000}; }
    static constexpr Micros from_seconds(std::int64_t s) noexcept { return Micros{s * 1'000'000}; }

    friend constexpr auto operator<=>(Micros, Micros) noexcept = default;
    friend constexpr Micros operator+(Micros a, Micros b) noexcept { return Micros{a.count + b.count}; }
    friend constexpr Micros operator-(Micros a, Micros b) noexcept { return Micros{a.count - b.count}; }
    friend constexpr Micros operator*(Micros a, std::int64_t k) noexcept { return Micros{a.count * k}; }
    friend constexpr Micros operator/(Micros a, std::int64_t k) noexcept { return Micros{a.count / k}; }
};

/// A point in time in microseconds since an origin that the clock of the engine chose (never zero in use).
/// `never()` lies after every real instant.
struct Instant {
    std::int64_t micros = 0;

    constexpr Instant() noexcept = default;
    constexpr explicit Instant(std::int64_t microseconds) noexcept : micros(microseconds) {}
    static constexpr Instant never() noexcept { return Instant{INT64_MAX}; }
    [[nodiscard]] constexpr bool is_never() const noexcept { return micros == INT64_MAX; }

    friend constexpr auto operator<=>(Instant, Instant) noexcept = default;
    friend constexpr Instant operator+(Instant t, Micros d) noexcept { return Instant{t.micros + d.count}; }
    friend constexpr Instant operator-(Instant t, Micros d) noexcept { return Instant{t.micros - d.count}; }
    friend constexpr Micros operator-(Instant a, Instant b) noexcept { return Micros{a.micros - b.micros}; }
};

}  // namespace ringsock
