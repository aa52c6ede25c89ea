// SPDX-License-Identifier: BSD-3-Clause
// Random: the seeded generator of simulations (SplitMix64). Same seed, same numbers, on every machine.
#pragma once

#include <cstdint>

namespace ringsock::sim {

class Random {
  public:
    explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}
    constexpr std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, bound); 0 for bound 0.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
    /// True in `parts` of a million cases.
    constexpr bool chance_ppm(std::uint32_t parts) noexcept { return parts != 0 && below(1'000'000) < parts; }

  private:
    std::uint64_t state_;
};

}  // namespace ringsock::sim
