// SPDX-License-Identifier: BSD-3-Clause
// ByteRing: bounded one-to-one ring of records of any length, each contiguous and aligned to eight bytes. For
// what is too long or too uneven for SpscRing: frames on their way to a file.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "base/cache_line.h"

namespace ringsock {

/// reserve() and commit() by the one producer, front() and pop() by the one consumer.
class ByteRing {
  public:
    /// Takes `capacity` bytes, rounded up to a power of two, 4 KiB to 1 GiB. Allocates; control role.
    explicit ByteRing(std::uint32_t capacity)
        : mask_(std::bit_ceil(capacity < 4096 ? 4096u : capacity) - 1),
          words_(new std::uint64_t[(mask_ + 1) / sizeof(std::uint64_t)]) {}
    ByteRing(const ByteRing&) = delete;
    ByteRing& operator=(const ByteRing&) = delete;

    [[nodiscard]] std::uint32_t capacity() const noexcept { return mask_ + 1; }

    /// Room for a record of `length` bytes, or nullptr when the ring has none (for ever, when it is longer
    /// than half the ring). Published by commit(). Producer only.
    [[nodiscard]] std::byte* reserve(std::uint32_t length) noexcept {
        const std::uint32_t need = footprint(length);
        if (length > mask_ / 2) return nullptr;
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        const std::uint32_t to_end = mask_ + 1 - (tail & mask_);
        const std::uint32_t skip = to_end < need ? to_end : 0;
        if (mask_ + 1 - (tail - head_seen_) < skip + need) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (mask_ + 1 - (tail - head_seen_) < skip + need) return nullptr;
        }
        if (skip != 0) put_length(tail, kSkip);
        reserved_ = tail + skip;
        put_length(reserved_, length);
        next_ = reserved_ + need;
        return at(reserved_) + kHeader;
    }
    /// Publishes what reserve() gave. Producer only.
    void commit() noexcept {
        tail_.store(next_, std::memory_order_release);  // (writer: producer; pairs with front)
    }

    /// The oldest record, or an empty span without data when there is none. Valid until pop(). Consumer only.
    [[nodiscard]] std::span<const std::byte> front() noexcept {
        std::uint32_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head == tail_seen_) return {};
        }
        std::uint32_t length = length_at(head);
        if (length == kSkip) {  // A record follows for sure: both are published by one commit.
            head += mask_ + 1 - (head & mask_);
            length = length_at(head);
        }
        taken_ = head + footprint(length);
        return {at(head) + kHeader, length};
    }
    /// Frees what front() returned. Consumer only.
    void pop() noexcept {
        head_.store(taken_, std::memory_order_release);  // (writer: consumer; pairs with reserve)
    }

  private:
    static constexpr std::uint32_t kHeader = 8;
    static constexpr std::uint32_t kSkip = UINT32_MAX;
    [[nodiscard]] static constexpr std::uint32_t footprint(std::uint32_t length) noexcept {
        return kHeader + ((length + 7) & ~std::uint32_t{7});
    }
    [[nodiscard]] std::byte* at(std::uint32_t position) noexcept {
        return reinterpret_cast<std::byte*>(words_.get()) + (position & mask_);
    }
    void put_length(std::uint32_t position, std::uint32_t length) noexcept {
        std::memcpy(at(position), &length, sizeof length);
    }
    [[nodiscard]] std::uint32_t length_at(std::uint32_t position) noexcept {
        std::uint32_t length = 0;
        std::memcpy(&length, at(position), sizeof length);
        return length;
    }

    const std::uint32_t mask_;
    const std::unique_ptr<std::uint64_t[]> words_;
    alignas(kCacheLine) std::atomic<std::uint32_t> tail_{0};
    std::uint32_t head_seen_ = 0;
    std::uint32_t reserved_ = 0;
    std::uint32_t next_ = 0;
    alignas(kCacheLine) std::atomic<std::uint32_t> head_{0};
    std::uint32_t tail_seen_ = 0;
    std::uint32_t taken_ = 0;
};

}  // namespace ringsock
