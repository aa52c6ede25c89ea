// SPDX-License-Identifier: BSD-3-Clause
#include "sim/wire_model.h"

#include <algorithm>

namespace ringsock::sim {

void WireModel::enqueue(Frame&& frame, Instant at) {
    in_flight_.emplace(Key{at.micros, order_++}, std::move(frame));
}

void WireModel::send(Frame&& frame, Instant now) {
    // Every draw is made for every frame, so that one setting does not change the outcome of another.
    const bool lose = random_.chance_ppm(faults_.loss_ppm);
    const bool duplicate = random_.chance_ppm(faults_.duplicate_ppm);
    const bool reorder = random_.chance_ppm(faults_.reorder_ppm);
    const bool corrupt = random_.chance_ppm(faults_.corrupt_ppm);
    const bool truncate = random_.chance_ppm(faults_.truncate_ppm);
    const std::uint64_t jitter = random_.below(static_cast<std::uint64_t>(faults_.jitter.count) + 1);
    const std::uint64_t where = random_.next();
    if (lose || faults_.is_cut) {
        ++lost_;
        return;
    }
    Instant out = now;
    if (faults_.bits_per_second != 0) {
        const std::int64_t takes =
            static_cast<std::int64_t>(frame.size() * 8 * 1'000'000 / faults_.bits_per_second);
        busy_until_ = std::max(busy_until_, now) + Micros{takes};
        const std::int64_t queue_micros = static_cast<std::int64_t>(std::uint64_t{faults_.queue_bytes} * 8 *
                                                                    1'000'000 / faults_.bits_per_second);
        if ((busy_until_ - now).count > queue_micros) {
            busy_until_ = busy_until_ - Micros{takes};
            ++lost_;
            return;
        }
        out = busy_until_;
    }
    out = out + faults_.delay + Micros{static_cast<std::int64_t>(jitter)};
    if (reorder) {
        out = out + faults_.reorder_by;
    } else {
        out = std::max(out, last_out_);
        last_out_ = out;
    }
    if (corrupt && !frame.empty()) frame[(where >> 3) % frame.size()] ^= std::byte{1} << (where & 7);
    if (truncate && !frame.empty()) frame.resize(where % frame.size());
    if (duplicate) enqueue(Frame(frame), out + Micros{1});
    enqueue(std::move(frame), out);
}

std::optional<Frame> WireModel::receive(Instant now) {
    if (in_flight_.empty() || in_flight_.begin()->first.at > now.micros) return std::nullopt;
    Frame frame = std::move(in_flight_.begin()->second);
    in_flight_.erase(in_flight_.begin());
    return frame;
}

}  // namespace ringsock::sim
