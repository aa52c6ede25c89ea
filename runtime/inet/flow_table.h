// SPDX-License-Identifier: BSD-3-Clause
// FlowTable: which connection a segment belongs to (RFC 9293 §3.10.7: "the segment's connection"). Tuple
// hash -> index of a record the owner keeps. Bucketed cuckoo table: a probe is one cache line of eight tags
// and eight indices, at most two lines a lookup (house.md, section 8). One table per engine; engine role.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/address.h"
#include "base/cache_line.h"
#include "base/reserved_memory.h"
#include "base/siphash.h"

namespace ringsock {

/// The keyed hash of a flow; computed once per segment or connect and passed along. The low half chooses the
/// bucket, the high half is the tag. Plain value.
struct FlowHash {
    std::uint64_t value = 0;
    /// Never zero: a zero tag marks a free slot.
    [[nodiscard]] constexpr std::uint32_t tag() const noexcept {
        const auto high = static_cast<std::uint32_t>(value >> 32);
        return high != 0 ? high : 1;
    }
    friend constexpr bool operator==(FlowHash, FlowHash) noexcept = default;
};

/// One line: slot i is free when tag[i] is zero.
struct alignas(kCacheLine) FlowBucket {
    static constexpr std::size_t kSlots = 8;
    std::uint32_t tag[kSlots];
    std::uint32_t index[kSlots];
};
static_assert(sizeof(FlowBucket) == kCacheLine);

class FlowTable {
  public:
    /// "No such flow", and never a legal index.
    static constexpr std::uint32_t kNone = UINT32_MAX;
    /// Entries that may wait outside their buckets; looked at only while there are any.
    static constexpr std::size_t kStashSlots = 16;
    /// Buckets one insertion may look at before it falls back on the stash.
    static constexpr std::size_t kMaxBucketsExamined = 128;

    /// Room for `capacity` entries at no more than 85 % load; buckets are rounded up to a power of two, at
    /// least two. Address space only: a bucket's page becomes resident when it is first used. `key` is a
    /// secret of this boot and engine: without it nobody can aim two flows at one bucket.
    FlowTable(std::size_t capacity, SipKey key, PageHint hint = PageHint::small) noexcept;
    FlowTable(const FlowTable&) = delete;
    FlowTable& operator=(const FlowTable&) = delete;

    /// False when the address space was refused; nothing else may be called then.
    [[nodiscard]] bool ok() const noexcept { return buckets_.ok(); }

    /// SipHash-1-3 over the full tuple: unpredictable like 2-4 to whoever sees no outputs, and they see none.
    [[nodiscard]] FlowHash hash_of(const FlowKey& flow, Family family = Family::ipv4) const noexcept {
        return FlowHash{siphash_1_3(key_, flow, family)};
    }

    /// Loads both candidate lines; they are independent, so the second costs no latency of its own.
    void prefetch(FlowHash hash) const noexcept {
        const std::uint32_t home = home_of(hash);
        prefetch_read(&buckets_[home]);
        prefetch_read(&buckets_[alternate(home, hash.tag())]);
    }

    /// The index for which `match(index)` confirms the key in the owner's memory; kNone when there is none.
    /// `match` is asked only where 32 tag bits agree, so nearly always once on a hit and never on a miss.
    template <typename Match>
    [[nodiscard]] std::uint32_t find(FlowHash hash, Match&& match) const noexcept {
        const std::uint32_t tag = hash.tag();
        const std::uint32_t home = home_of(hash);
        std::uint32_t found = find_in(buckets_[home], tag, match);
        if (found != kNone) return found;
        found = find_in(buckets_[alternate(home, tag)], tag, match);
        if (found != kNone || stash_count_ == 0) [[likely]]
            return found;
        for (std::size_t i = 0; i < stash_count_; ++i)
            if (stash_[i].tag == tag && match(stash_[i].index)) return stash_[i].index;
        return kNone;
    }

    /// Adds an entry; the caller knows that the key is not in the table. False when neither a displacement
    /// within the bound nor the stash has room: nothing was changed (caller reports WSAENOBUFS).
    [[nodiscard]] bool insert(FlowHash hash, std::uint32_t index) noexcept;

    /// Removes the entry with this hash and index; false when there is none.
    bool erase(FlowHash hash, std::uint32_t index) noexcept;

    /// Entries in the table, the stash included.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Slots of all buckets; load is size() / slots().
    [[nodiscard]] std::size_t slots() const noexcept {
        return (std::size_t{bucket_mask_} + 1) * FlowBucket::kSlots;
    }
    /// Entries in the stash at this moment (a figure for statistics and tests).
    [[nodiscard]] std::size_t stashed() const noexcept { return stash_count_; }
    /// Entries ever moved by displacement (a figure for statistics and tests).
    [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }

  private:
    struct Stashed {
        std::uint32_t tag = 0;
        std::uint32_t bucket = 0;  ///< One of the two candidates; the other follows from the tag.
        std::uint32_t index = 0;
    };
    struct Step;

    [[nodiscard]] std::uint32_t home_of(FlowHash hash) const noexcept {
        return static_cast<std::uint32_t>(hash.value) & bucket_mask_;
    }
    /// The other candidate. An involution that needs only bucket and tag, so that an entry can be displaced
    /// without a look at its owner's memory (partial-key cuckoo hashing). The odd xor value keeps the two
    /// apart.
    [[nodiscard]] std::uint32_t alternate(std::uint32_t bucket, std::uint32_t tag) const noexcept {
        return bucket ^ (((tag * 0x9e3779b1u) >> 3 | 1u) & bucket_mask_);
    }

    /// Bit i is set when tag[i] equals `tag`.
    [[nodiscard]] static unsigned matches(const FlowBucket& bucket, std::uint32_t tag) noexcept {
#if defined(__SSE2__)
        const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
        const auto* const tags = reinterpret_cast<const __m128i*>(bucket.tag);
        const int low = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128(tags), wanted)));
        const int high = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128(tags + 1), wanted)));
        return static_cast<unsigned>(low | (high << 4));
#else
        unsigned mask = 0;
        for (unsigned i = 0; i < FlowBucket::kSlots; ++i) mask |= unsigned{bucket.tag[i] == tag} << i;
        return mask;
#endif
    }
    template <typename Match>
    [[nodiscard]] static std::uint32_t find_in(const FlowBucket& bucket, std::uint32_t tag,
                                               Match&& match) noexcept {
        for (unsigned mask = matches(bucket, tag); mask != 0; mask &= mask - 1) {
            const std::uint32_t index = bucket.index[__builtin_ctz(mask)];
            if (match(index)) return index;
        }
        return kNone;
    }
    [[nodiscard]] static bool put(FlowBucket& bucket, std::uint32_t tag, std::uint32_t index) noexcept;
    [[nodiscard]] static bool take(FlowBucket& bucket, std::uint32_t tag, std::uint32_t index) noexcept;
    [[nodiscard]] bool displace(std::uint32_t home, std::uint32_t tag, std::uint32_t index) noexcept;
    void shift_along(const Step* steps, std::size_t last, unsigned free_slot, std::uint32_t tag,
                     std::uint32_t index) noexcept;
    void rehome_stash(std::uint32_t bucket) noexcept;

    ReservedArray<FlowBucket> buckets_;
    std::uint32_t bucket_mask_ = 0;
    std::uint32_t stash_count_ = 0;
    SipKey key_;
    std::size_t size_ = 0;
    std::uint64_t displacements_ = 0;
    Stashed stash_[kStashSlots];
};

}  // namespace ringsock
