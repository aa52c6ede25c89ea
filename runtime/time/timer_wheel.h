// SPDX-License-Identifier: BSD-3-Clause
// TimerWheel: 5 levels of 64 slots, ticks of 16 us, a span of 4.8 hours (house.md, section 8). Timers are
// indices; occupancy bitmaps find the next one in one instruction per level. A timer fires once, never early,
// and at most two ticks late plus what the caller's budget defers. One wheel per engine; engine role.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/index_list.h"
#include "base/instant.h"
#include "base/reserved_memory.h"

namespace ringsock {

/// One timer's place: 16 bytes. All zero: not armed. Only the wheel writes it.
struct TimerNode {
    std::uint32_t next = 0;
    std::uint32_t previous = 0;
    std::uint64_t key = 0;  ///< Expiry tick << 9 | slot + 1.
};
static_assert(sizeof(TimerNode) == 16);

class TimerWheel {
  public:
    static constexpr std::int64_t kTickMicros = 16;
    static constexpr unsigned kLevels = 5;
    static constexpr unsigned kSlots = 64;

    /// `capacity` timers in an array of the wheel's own: address space, touched as indices come into use.
    /// `now` need not be near the clock: an empty wheel jumps.
    explicit TimerWheel(std::uint32_t capacity, Instant now = Instant{}) noexcept;
    /// Nodes inside the caller's records: node i is `stride_bytes` * i after `first` (zeroed, outlives the
    /// wheel).
    TimerWheel(TimerNode* first, std::size_t stride_bytes, std::uint32_t capacity,
               Instant now = Instant{}) noexcept;
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    /// False when the address space was refused; nothing else may be called then.
    [[nodiscard]] bool ok() const noexcept { return own_nodes_.ok(); }

    /// Arms timer `index` for `at`, whether it was armed or not. What is past fires at the next tick; never()
    /// means cancel().
    void schedule(std::uint32_t index, Instant at) noexcept;

    /// Lazy re-arm: makes sure that the timer fires no later than just after `at`. One that is armed for `at`
    /// or before stays where it is; on firing its owner looks whether its deadline has come and schedules
    /// anew.
    void arm_by(std::uint32_t index, Instant at) noexcept {
        const TimerNode& timer = node(index);
        if (timer.key != 0 && timer.key >> kSlotBits <= deadline_tick(at)) [[likely]]
            return;
        schedule(index, at);
    }

    /// Disarms; nothing happens when the timer is not armed.
    void cancel(std::uint32_t index) noexcept {
        if (node(index).key != 0) unlink(index);
    }

    [[nodiscard]] bool is_armed(std::uint32_t index) const noexcept { return node(index).key != 0; }
    /// When an armed timer fires at the earliest: the instant asked for, rounded up to a tick.
    [[nodiscard]] Instant armed_for(std::uint32_t index) const noexcept {
        return Instant{static_cast<std::int64_t>(node(index).key >> kSlotBits) * kTickMicros};
    }

    /// Moves the time to `now` and calls `fire(index)` for each timer that is due; the timer is disarmed
    /// before. `fire` may schedule and cancel any timer; what it schedules for the past fires with the next
    /// tick, so in a later call unless this one lags behind. At most `budget` timers are fired or moved
    /// between levels; the rest waits for the next call. Returns how many fired. A `now` before the last one
    /// does nothing.
    template <typename Fire>
    std::uint32_t advance(Instant now, std::uint32_t budget, Fire&& fire) noexcept {
        const std::uint64_t target =
            static_cast<std::uint64_t>(now.micros > 0 ? now.micros : 0) / kTickMicros;
        std::uint32_t fired = 0;
        if (target < quiet_until_) {  // Nothing to do, which is what most passes find.
            if (target > current_) current_ = target;
            return 0;
        }
        for (std::uint32_t index; (index = take_due(target, budget)) != kNoIndex; ++fired) fire(index);
        return fired;
    }

    /// When advance() has something to do next, be it only to move timers down a level; not later than the
    /// earliest timer. never() when none is armed.
    [[nodiscard]] Instant next_expiry() const noexcept;

    /// Timers armed.
    [[nodiscard]] std::uint32_t armed() const noexcept { return armed_; }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

  private:
    static constexpr unsigned kSlotBits = 9;
    static constexpr unsigned kDigitBits = 6;
    /// Timers past the end of the present 4.8 hours, in two lists: while one is sorted in, the other
    /// collects.
    static constexpr unsigned kBeyondSlot = kLevels * kSlots;
    static constexpr unsigned kHeads = kBeyondSlot + 2;
    static constexpr std::uint64_t kMaxTick = (std::uint64_t{1} << (64 - kSlotBits)) - 1;
    static constexpr unsigned kSpanBits = kLevels * kDigitBits;

    [[nodiscard]] static std::uint64_t deadline_tick(Instant at) noexcept {
        if (at.micros <= 0) return 0;
        const std::uint64_t tick = (static_cast<std::uint64_t>(at.micros) + (kTickMicros - 1)) / kTickMicros;
        return tick < kMaxTick ? tick : kMaxTick;
    }
    [[nodiscard]] TimerNode& node(std::uint32_t index) const noexcept {
        RS_DCHECK(index < capacity_);
        return *reinterpret_cast<TimerNode*>(first_ + index * stride_bytes_);
    }
    /// Bits [6 * level, ...) of the current tick.
    [[nodiscard]] unsigned digit(unsigned level) const noexcept {
        return static_cast<unsigned>(current_ >> (kDigitBits * level)) & (kSlots - 1);
    }
    void insert(std::uint32_t index, std::uint64_t tick) noexcept;
    void unlink(std::uint32_t index) noexcept;
    void mark_empty(unsigned slot) noexcept;
    [[nodiscard]] std::uint64_t next_event() const noexcept;
    [[nodiscard]] std::uint32_t take_due(std::uint64_t target, std::uint32_t& budget) noexcept;
    void start_event(std::uint64_t tick) noexcept;
    [[nodiscard]] bool cascade(std::uint32_t& budget) noexcept;

    std::byte* first_;
    std::size_t stride_bytes_;
    std::uint64_t current_;  ///< Every timer with an earlier tick has fired or waits in the current slot.
    std::uint64_t quiet_until_ = 0;  ///< No event before this tick; a bound that may be early.
    std::array<std::uint64_t, kLevels> occupied_{};
    std::uint64_t beyond_min_ = UINT64_MAX;  ///< No timer of the collecting list is before this tick.
    std::uint32_t capacity_;
    std::uint32_t armed_ = 0;
    std::uint16_t draining_slot_ = kHeads;  ///< The slot being moved down; kHeads when none.
    std::uint16_t beyond_slot_ = kBeyondSlot;
    std::array<std::uint32_t, kHeads> heads_;
    ReservedArray<TimerNode> own_nodes_;
};

}  // namespace ringsock
