// SPDX-License-Identifier: BSD-3-Clause
// FrameMutator: frames made to hurt. It takes valid frames of a live conversation, changes what an attacker
// or a broken device would change, and mends the checksums of most, so that they reach the protocols. Seeded;
// one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/random.h"
#include "sim/sim_io.h"

namespace ringsock::testing {

class FrameMutator {
  public:
    explicit FrameMutator(std::uint64_t seed) : random_(seed) {}

    /// Remembers a valid frame as a pattern; old ones are forgotten.
    void learn(const sim::Frame& frame);
    [[nodiscard]] bool has_patterns() const noexcept { return count_ != 0; }
    /// A new frame: a mutated pattern, a crossing of two, an ICMP error about one, or noise.
    [[nodiscard]] sim::Frame make();

  private:
    static constexpr std::size_t kPatterns = 512;

    [[nodiscard]] const sim::Frame& pattern() { return patterns_[random_.below(count_)]; }
    void mutate_link(sim::Frame& frame);
    void mutate_ipv4(sim::Frame& frame);
    void mutate_tcp(sim::Frame& frame);
    void mutate_tcp_options(sim::Frame& frame);
    void mutate_payload(sim::Frame& frame);
    void mutate_bytes(sim::Frame& frame);
    void cross(sim::Frame& frame);
    [[nodiscard]] sim::Frame icmp_error_about(const sim::Frame& reverse);
    [[nodiscard]] sim::Frame noise();
    void mend(sim::Frame& frame);
    void step(sim::Frame& frame, std::size_t at, unsigned bytes);

    sim::Random random_;
    sim::Frame patterns_[kPatterns];
    std::size_t count_ = 0, next_ = 0;
};

}  // namespace ringsock::testing
