// SPDX-License-Identifier: BSD-3-Clause
// TimerWheel: where a timer stands, and what happens when its tick comes.
//
// A timer stands on the level of the highest 6-bit digit in which its tick differs from the current one, in
// the slot of its own digit there. So on every level only slots past the current digit are occupied, no level
// wraps, and the next event is the first occupied slot of the lowest occupied level.
#include "time/timer_wheel.h"

#include "base/assert.h"

namespace ringsock {

TimerWheel::TimerWheel(std::uint32_t capacity, Instant now) noexcept
    : TimerWheel(nullptr, sizeof(TimerNode), capacity, now) {
    own_nodes_ = ReservedArray<TimerNode>(capacity);
    first_ = reinterpret_cast<std::byte*>(own_nodes_.data());
}

TimerWheel::TimerWheel(TimerNode* first, std::size_t stride_bytes, std::uint32_t capacity,
                       Instant now) noexcept
    : first_(reinterpret_cast<std::byte*>(first)),
      stride_bytes_(stride_bytes),
      current_(static_cast<std::uint64_t>(now.micros > 0 ? now.micros : 0) / kTickMicros),
      capacity_(capacity) {
    RS_ASSERT(stride_bytes >= sizeof(TimerNode) && stride_bytes % alignof(TimerNode) == 0);
    heads_.fill(kNoIndex);
}

void TimerWheel::schedule(std::uint32_t index, Instant at) noexcept {
    if (node(index).key != 0) unlink(index);
    if (at.is_never()) return;
    const std::uint64_t tick = deadline_tick(at);
    // The current tick's slot may be in the middle of firing: what is due already comes with the next tick.
    insert(index, tick > current_ ? tick : current_ + 1);
}

/// Puts an unarmed timer where `tick` (not before the current one) belongs.
void TimerWheel::insert(std::uint32_t index, std::uint64_t tick) noexcept {
    const std::uint64_t differs = tick ^ current_;
    unsigned slot;
    if ((differs >> kSpanBits) == 0) [[likely]] {
        const unsigned level =
            differs == 0 ? 0 : (63u - static_cast<unsigned>(__builtin_clzll(differs))) / kDigitBits;
        const unsigned in_level = static_cast<unsigned>(tick >> (kDigitBits * level)) & (kSlots - 1);
        occupied_[level] |= std::uint64_t{1} << in_level;
        slot = level * kSlots + in_level;
        const std::uint64_t begins = tick >> (kDigitBits * level) << (kDigitBits * level);
        if (begins < quiet_until_) quiet_until_ = begins;
    } else {
        slot = beyond_slot_;
        if (tick < beyond_min_) beyond_min_ = tick;
        const std::uint64_t begins = tick >> kSpanBits << kSpanBits;
        if (begins < quiet_until_) quiet_until_ = begins;
    }
    const std::uint32_t head = heads_[slot];
    node(index) = {head, kNoIndex, tick << kSlotBits | (slot + 1)};
    if (head != kNoIndex) node(head).previous = index;
    heads_[slot] = index;
    ++armed_;
}

void TimerWheel::unlink(std::uint32_t index) noexcept {
    TimerNode& timer = node(index);
    const unsigned slot = static_cast<unsigned>(timer.key & ((1u << kSlotBits) - 1)) - 1;
    if (timer.next != kNoIndex) node(timer.next).previous = timer.previous;
    if (timer.previous != kNoIndex) {
        node(timer.previous).next = timer.next;
    } else {
        heads_[slot] = timer.next;
        if (timer.next == kNoIndex) mark_empty(slot);
    }
    timer.key = 0;
    --armed_;
}

void TimerWheel::mark_empty(unsigned slot) noexcept {
    if (slot < kBeyondSlot)
        occupied_[slot / kSlots] &= ~(std::uint64_t{1} << (slot % kSlots));
    else if (slot == beyond_slot_)
        beyond_min_ = UINT64_MAX;
}

/// The tick of the next thing to do after the current tick; UINT64_MAX when there is nothing.
std::uint64_t TimerWheel::next_event() const noexcept {
    for (unsigned level = 0; level < kLevels; ++level) {
        if (occupied_[level] == 0) continue;
        const unsigned shift = kDigitBits * level;
        const std::uint64_t window = current_ >> (shift + kDigitBits) << (shift + kDigitBits);
        return window | std::uint64_t{static_cast<unsigned>(__builtin_ctzll(occupied_[level]))} << shift;
    }
    return heads_[beyond_slot_] != kNoIndex ? beyond_min_ >> kSpanBits << kSpanBits : UINT64_MAX;
}

Instant TimerWheel::next_expiry() const noexcept {
    const bool is_due = draining_slot_ != kHeads || (occupied_[0] >> digit(0) & 1) != 0;
    const std::uint64_t tick = is_due ? current_ : next_event();
    return tick == UINT64_MAX ? Instant::never() : Instant{static_cast<std::int64_t>(tick) * kTickMicros};
}

/// Moves the time to an event. On a level above the lowest, the slot that begins now is to be sorted in.
void TimerWheel::start_event(std::uint64_t tick) noexcept {
    const bool within_span = (tick ^ current_) >> kSpanBits == 0;
    current_ = tick;
    for (unsigned level = 0; level < kLevels; ++level) {
        if (occupied_[level] == 0) continue;
        // Only the lowest occupied level can have an event: its slots come before all of the higher ones.
        if (level > 0) draining_slot_ = static_cast<std::uint16_t>(level * kSlots + digit(level));
        return;
    }
    RS_DCHECK(!within_span);
    (void)within_span;
    draining_slot_ = beyond_slot_;
    beyond_slot_ = static_cast<std::uint16_t>(beyond_slot_ == kBeyondSlot ? kBeyondSlot + 1 : kBeyondSlot);
    beyond_min_ = UINT64_MAX;
}

/// Sorts the timers of the draining slot in, as far as the budget goes; true when it is empty.
bool TimerWheel::cascade(std::uint32_t& budget) noexcept {
    while (heads_[draining_slot_] != kNoIndex) {
        if (budget == 0) return false;
        --budget;
        const std::uint32_t index = heads_[draining_slot_];
        const std::uint64_t tick = node(index).key >> kSlotBits;
        unlink(index);
        insert(index, tick);
    }
    draining_slot_ = kHeads;
    return true;
}

/// Disarms and returns the next timer due at `target`; kNoIndex when there is none or the budget is spent.
std::uint32_t TimerWheel::take_due(std::uint64_t target, std::uint32_t& budget) noexcept {
    while (true) {
        if (draining_slot_ != kHeads && !cascade(budget)) break;
        const std::uint32_t due = heads_[digit(0)];
        if (due != kNoIndex) {
            if (budget == 0) break;
            --budget;
            unlink(due);
            return due;
        }
        const std::uint64_t event = next_event();
        if (event > target) {
            if (target > current_) current_ = target;
            quiet_until_ = event;
            return kNoIndex;
        }
        start_event(event);
    }
    quiet_until_ = current_;
    return kNoIndex;
}

}  // namespace ringsock
