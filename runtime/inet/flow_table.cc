// SPDX-License-Identifier: BSD-3-Clause
// FlowTable: insertion with bounded displacement, removal, the stash.
#include "inet/flow_table.h"

#include "base/assert.h"

namespace ringsock {
namespace {

constexpr std::size_t kLoadPercent = 85;

std::size_t buckets_for(std::size_t capacity) noexcept {
    const std::size_t slots = capacity * 100 / kLoadPercent + 1;
    std::size_t buckets = 2;
    while (buckets * FlowBucket::kSlots < slots) buckets *= 2;
    return buckets;
}

}  // namespace

/// One bucket of the search tree: reached by moving slot `slot` of step `parent` to its alternate bucket.
struct FlowTable::Step {
    std::uint32_t bucket;
    std::uint8_t parent;
    std::uint8_t slot;
};

FlowTable::FlowTable(std::size_t capacity, SipKey key, PageHint hint) noexcept
    : buckets_(buckets_for(capacity), hint),
      bucket_mask_(static_cast<std::uint32_t>(buckets_for(capacity) - 1)),
      key_(key) {
    RS_ASSERT(buckets_for(capacity) <= std::size_t{1} << 31);
}

bool FlowTable::put(FlowBucket& bucket, std::uint32_t tag, std::uint32_t index) noexcept {
    const unsigned free = matches(bucket, 0);
    if (free == 0) return false;
    const int slot = __builtin_ctz(free);
    bucket.tag[slot] = tag;
    bucket.index[slot] = index;
    return true;
}

bool FlowTable::take(FlowBucket& bucket, std::uint32_t tag, std::uint32_t index) noexcept {
    for (unsigned mask = matches(bucket, tag); mask != 0; mask &= mask - 1) {
        const int slot = __builtin_ctz(mask);
        if (bucket.index[slot] != index) continue;
        bucket.tag[slot] = 0;
        return true;
    }
    return false;
}

bool FlowTable::insert(FlowHash hash, std::uint32_t index) noexcept {
    RS_DCHECK(index != kNone);
    const std::uint32_t tag = hash.tag();
    const std::uint32_t home = home_of(hash);
    // The home bucket first, not the emptier one: at moderate load a lookup then ends with its first line.
    if (!put(buckets_[home], tag, index) && !put(buckets_[alternate(home, tag)], tag, index) &&
        !displace(home, tag, index)) {
        if (stash_count_ == kStashSlots) return false;
        stash_[stash_count_++] = {tag, home, index};
    }
    ++size_;
    return true;
}

/// Breadth first, so that the fewest entries move: looks through the buckets to which the entries of the two
/// full candidates could go, then to which theirs could go, until one has a free slot or the bound is met.
bool FlowTable::displace(std::uint32_t home, std::uint32_t tag, std::uint32_t index) noexcept {
    static_assert(kMaxBucketsExamined <= 256, "Step::parent is a byte");
    Step steps[kMaxBucketsExamined];
    steps[0] = {home, 0, 0};
    steps[1] = {alternate(home, tag), 0, 0};
    std::size_t known = 2;
    for (std::size_t at = 0; at < known; ++at) {
        const FlowBucket& bucket = buckets_[steps[at].bucket];
        for (std::uint8_t slot = 0; slot < FlowBucket::kSlots; ++slot) {
            if (known == kMaxBucketsExamined) return false;
            const std::uint32_t next = alternate(steps[at].bucket, bucket.tag[slot]);
            const unsigned free = matches(buckets_[next], 0);
            steps[known] = {next, static_cast<std::uint8_t>(at), slot};
            if (free != 0) {
                shift_along(steps, known, static_cast<unsigned>(__builtin_ctz(free)), tag, index);
                return true;
            }
            ++known;
        }
    }
    return false;
}

/// Moves the entries along the path from `last` (whose slot `free_slot` is free) back to a candidate bucket,
/// then puts the new entry into the slot that became free there. A bucket can not be twice on one path with
/// the same slot, because the path is a shortest one.
void FlowTable::shift_along(const Step* steps, std::size_t last, unsigned free_slot, std::uint32_t tag,
                            std::uint32_t index) noexcept {
    std::size_t at = last;
    unsigned hole = free_slot;
    while (at >= 2) {
        const Step& step = steps[at];
        FlowBucket& to = buckets_[step.bucket];
        FlowBucket& from = buckets_[steps[step.parent].bucket];
        to.tag[hole] = from.tag[step.slot];
        to.index[hole] = from.index[step.slot];
        hole = step.slot;
        at = step.parent;
        ++displacements_;
    }
    FlowBucket& candidate = buckets_[steps[at].bucket];
    candidate.tag[hole] = tag;
    candidate.index[hole] = index;
}

bool FlowTable::erase(FlowHash hash, std::uint32_t index) noexcept {
    const std::uint32_t tag = hash.tag();
    const std::uint32_t home = home_of(hash);
    const std::uint32_t other = alternate(home, tag);
    for (const std::uint32_t bucket : {home, other}) {
        if (!take(buckets_[bucket], tag, index)) continue;
        --size_;
        if (stash_count_ != 0) rehome_stash(bucket);
        return true;
    }
    for (std::uint32_t i = 0; i < stash_count_; ++i) {
        if (stash_[i].tag != tag || stash_[i].index != index) continue;
        stash_[i] = stash_[--stash_count_];
        --size_;
        return true;
    }
    return false;
}

/// A slot of `bucket` became free: the first stashed entry that may live there moves in.
void FlowTable::rehome_stash(std::uint32_t bucket) noexcept {
    for (std::uint32_t i = 0; i < stash_count_; ++i) {
        const Stashed& waiting = stash_[i];
        if (waiting.bucket != bucket && alternate(waiting.bucket, waiting.tag) != bucket) continue;
        RS_ASSERT(put(buckets_[bucket], waiting.tag, waiting.index));
        stash_[i] = stash_[--stash_count_];
        return;
    }
}

}  // namespace ringsock
