// SPDX-License-Identifier: BSD-3-Clause
// PortSets: the table of destinations and the search for a free bit.
#include "inet/ports.h"

#include "base/assert.h"

namespace ringsock {
namespace {

constexpr std::uint32_t slots_for(std::uint32_t sets) noexcept {
    std::uint32_t slots = 4;
    while (slots < sets * 2) slots *= 2;
    return slots;
}

/// Bits [first, 63].
constexpr std::uint64_t bits_from(std::uint32_t first) noexcept {
    return ~std::uint64_t{0} << first;
}
/// Bits [0, last].
constexpr std::uint64_t bits_to(std::uint32_t last) noexcept {
    return ~std::uint64_t{0} >> (63 - last);
}

constexpr Port port_at(std::uint32_t word, std::uint64_t bits) noexcept {
    return Port{static_cast<std::uint16_t>(word * 64 + static_cast<std::uint32_t>(__builtin_ctzll(bits)))};
}

}  // namespace

PortSets::PortSets(const PortSetsConfig& config, const PortSteering* steering) noexcept
    : range_(config.range),
      steering_(steering),
      key_(config.key),
      max_sets_(config.max_sets),
      slot_mask_(slots_for(config.max_sets) - 1),
      sets_(config.max_sets),
      slots_(slots_for(config.max_sets)),
      words_(std::size_t{config.max_sets} * kWords),
      excluded_(65536) {
    RS_ASSERT(range_.low.value != 0 && range_.low <= range_.high);
    RS_ASSERT(max_sets_ >= 1 && max_sets_ <= 65536);
}

std::uint32_t PortSets::search_set(const Destination& destination) const noexcept {
    const std::uint32_t hash = hash_of(destination);
    // At most half of the slots are taken: the walk ends.
    for (std::uint32_t at = hash & slot_mask_;; at = (at + 1) & slot_mask_) {
        const Slot& slot = slots_[at];
        if (slot.set_plus_one == 0) return kNoIndex;
        if (slot.hash == hash && sets_[slot.set_plus_one - 1].destination == destination)
            return slot.set_plus_one - 1;
    }
}

/// A new destination gets a set that was never used, or else the one that has been idle longest. An idle set
/// has no bit set, so nothing is lost and nothing need be cleared but its summary.
std::uint32_t PortSets::find_or_make_set(const Destination& destination, std::uint32_t residue) noexcept {
    std::uint32_t set = find_set(destination);
    if (set != kNoIndex) {
        last_set_ = set;
        return set;
    }
    if (fresh_sets_ < max_sets_) {
        set = fresh_sets_++;
    } else {
        set = idle_.take_front(idle_links());
        if (set == kNoIndex) return kNoIndex;
        unlink_slot(sets_[set].destination);
    }
    Set& made = sets_[set];
    made = Set{};
    made.destination = destination;
    made.residue = residue;
    idle_.push_back(set, idle_links());
    const std::uint32_t hash = hash_of(destination);
    std::uint32_t at = hash & slot_mask_;
    while (slots_[at].set_plus_one != 0) at = (at + 1) & slot_mask_;
    slots_[at] = {hash, set + 1};
    last_set_ = set;
    return set;
}

/// Removes a destination's slot and closes the gap, so that linear probing needs no tombstones.
void PortSets::unlink_slot(const Destination& destination) noexcept {
    const std::uint32_t set = search_set(destination);
    std::uint32_t hole = hash_of(destination) & slot_mask_;
    while (slots_[hole].set_plus_one != set + 1) hole = (hole + 1) & slot_mask_;
    for (std::uint32_t at = (hole + 1) & slot_mask_; slots_[at].set_plus_one != 0;
         at = (at + 1) & slot_mask_) {
        // The entry at `at` may fill the hole unless its home lies cyclically in (hole, at].
        const std::uint32_t home = slots_[at].hash & slot_mask_;
        if (((at - home) & slot_mask_) < ((at - hole) & slot_mask_)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = Slot{};
    last_set_ = kNoIndex;
}

std::uint64_t PortSets::allowed(Family family, std::uint32_t residue, std::uint32_t word) const noexcept {
    std::uint64_t bits = ~std::uint64_t{0};
    if (word == range_.low.value >> 6) bits &= bits_from(range_.low.value & 63);
    if (word == range_.high.value >> 6) bits &= bits_to(range_.high.value & 63);
    if (steering_ != nullptr) bits &= steering_->mine(family, residue, word);
    if (excluded_count_ != 0 && (excluded_words_[word >> 6] >> (word & 63) & 1) != 0)
        for (std::uint32_t bit = 0; bit < 64; ++bit)
            if (excluded_[word * 64 + bit] != 0) bits &= ~(std::uint64_t{1} << bit);
    return bits;
}

Port PortSets::next_free(std::uint32_t set, Port start) noexcept {
    const Set& in = sets_[set];
    const std::uint32_t word = start.value >> 6;
    const std::uint64_t from = bits_from(start.value & 63);
    const std::uint64_t free = allowed(in.destination.family, in.residue, word) & ~words_of(set)[word];
    if ((free & from) != 0) [[likely]]
        return port_at(word, free & from);
    return search_words(set, word, free & ~from);
}

/// The slow part: whole words by the summary, cyclic from `word` + 1 on, and at last `below`, the free bits
/// of `word` before the place where the search began. Each summary bit is looked at once; a word that turns
/// out to have nothing is marked full, so that the next search does not look again.
Port PortSets::search_words(std::uint32_t set, std::uint32_t word, std::uint64_t below) noexcept {
    Set& in = sets_[set];
    const std::uint32_t first = range_.low.value >> 6;
    const std::uint32_t last = range_.high.value >> 6;
    const std::uint64_t* const used = words_of(set);
    const std::uint32_t starts[2] = {word + 1, first};
    const std::uint32_t ends[2] = {last, word};  // The second stretch ends before `word`.
    for (int stretch = 0; stretch < 2; ++stretch) {
        std::uint32_t at = starts[stretch];
        const std::uint32_t end = stretch == 0 ? ends[0] + 1 : ends[1];
        while (at < end) {
            std::uint64_t candidates = ~in.full[at >> 6] & bits_from(at & 63);
            if (candidates == 0) {
                at = ((at >> 6) + 1) << 6;
                continue;
            }
            at = (at & ~63u) + static_cast<std::uint32_t>(__builtin_ctzll(candidates));
            if (at >= end) break;
            const std::uint64_t free = allowed(in.destination.family, in.residue, at) & ~used[at];
            if (free != 0) return port_at(at, free);
            in.full[at >> 6] |= std::uint64_t{1} << (at & 63);
            ++at;
        }
    }
    if (below != 0) return port_at(word, below);
    return kNoPort;
}

Port PortSets::next_allowed(const Destination& destination, std::uint32_t residue,
                            Port start) const noexcept {
    const std::uint32_t first = range_.low.value >> 6;
    const std::uint32_t last = range_.high.value >> 6;
    std::uint32_t word = start.value >> 6;
    std::uint64_t bits = allowed(destination.family, residue, word) & bits_from(start.value & 63);
    // One step more than there are words, to come back to the bits before `start`.
    for (std::uint32_t step = 0; step <= last - first + 1; ++step) {
        if (bits != 0) return port_at(word, bits);
        word = word == last ? first : word + 1;
        bits = allowed(destination.family, residue, word);
    }
    return kNoPort;
}

Port PortSets::take_next_free(std::uint32_t set, Port start) noexcept {
    const Port port = next_free(set, start);
    if (port != kNoPort) take(set, port);
    return port;
}

void PortSets::take(std::uint32_t set, Port port) noexcept {
    Set& in = sets_[set];
    words_of(set)[port.value >> 6] |= std::uint64_t{1} << (port.value & 63);
    if (in.in_use++ == 0) idle_.remove(set, idle_links());
}

void PortSets::release(const Destination& destination, Port port) noexcept {
    const std::uint32_t set = find_set(destination);
    if (set == kNoIndex || !is_used(set, port)) {
        // It was taken while its destination had no set.
        RS_DCHECK(untracked_ > 0);
        if (untracked_ > 0) --untracked_;
        return;
    }
    Set& in = sets_[set];
    const std::uint32_t word = port.value >> 6;
    words_of(set)[word] &= ~(std::uint64_t{1} << (port.value & 63));
    in.full[word >> 6] &= ~(std::uint64_t{1} << (word & 63));
    if (--in.in_use == 0) idle_.push_back(set, idle_links());
}

void PortSets::exclude(Port port) noexcept {
    const std::uint32_t word = port.value >> 6;
    RS_ASSERT(excluded_[port.value] != UINT16_MAX);
    if (excluded_[port.value]++ != 0) return;
    ++excluded_count_;
    excluded_words_[word >> 6] |= std::uint64_t{1} << (word & 63);
}

void PortSets::admit(Port port) noexcept {
    const std::uint32_t word = port.value >> 6;
    if (excluded_[port.value] == 0 || --excluded_[port.value] != 0) return;
    --excluded_count_;
    bool others = false;
    for (std::uint32_t bit = 0; bit < 64; ++bit) others |= excluded_[word * 64 + bit] != 0;
    if (!others) excluded_words_[word >> 6] &= ~(std::uint64_t{1} << (word & 63));
    for (std::uint32_t set = 0; set < fresh_sets_; ++set)
        sets_[set].full[word >> 6] &= ~(std::uint64_t{1} << (word & 63));
}

bool PortSets::has_set(const Destination& destination) const noexcept {
    return find_set(destination) != kNoIndex;
}

std::uint32_t PortSets::in_use_count(const Destination& destination) const noexcept {
    const std::uint32_t set = find_set(destination);
    return set == kNoIndex ? 0 : sets_[set].in_use;
}

}  // namespace ringsock
