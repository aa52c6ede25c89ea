// SPDX-License-Identifier: BSD-3-Clause
// WireModel: one direction of a link with seeded faults: delay, jitter, loss, duplication, reordering,
// corruption, truncation, and a rate with a bounded queue. Pure but for its own memory; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/instant.h"
#include "sim/random.h"
#include "sim/sim_io.h"

namespace ringsock::sim {

/// Faults in parts per million of frames.
struct WireFaults {
    Micros delay{10};
    Micros jitter{0};  ///< Added uniformly, order kept.
    std::uint32_t loss_ppm = 0;
    std::uint32_t duplicate_ppm = 0;
    std::uint32_t reorder_ppm = 0;  ///< Held back by `reorder_by`.
    Micros reorder_by{1000};
    std::uint32_t corrupt_ppm = 0;           ///< One random bit flipped.
    std::uint32_t truncate_ppm = 0;          ///< Cut at a random length.
    std::uint64_t bits_per_second = 0;       ///< 0: no limit.
    std::uint32_t queue_bytes = 256 * 1024;  ///< With a rate: what waits at most; more is lost.
    bool is_cut = false;                     ///< Everything is lost.
};

class WireModel {
  public:
    WireModel(std::uint64_t seed, const WireFaults& faults) noexcept : random_(seed), faults_(faults) {}

    [[nodiscard]] WireFaults& faults() noexcept { return faults_; }
    /// One frame enters at `now`.
    void send(Frame&& frame, Instant now);
    /// When the next frame comes out; never() when none is under way.
    [[nodiscard]] Instant next_arrival() const noexcept {
        return in_flight_.empty() ? Instant::never() : Instant{in_flight_.begin()->first.at};
    }
    /// The next frame that is out by `now`, if any.
    [[nodiscard]] std::optional<Frame> receive(Instant now);
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

  private:
    struct Key {
        std::int64_t at;
        std::uint64_t order;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    void enqueue(Frame&& frame, Instant at);

    Random random_;
    WireFaults faults_;
    std::map<Key, Frame> in_flight_;
    std::uint64_t order_ = 0;
    std::uint64_t lost_ = 0;
    Instant last_out_;
    Instant busy_until_;
};

}  // namespace ringsock::sim
