// SPDX-License-Identifier: BSD-3-Clause
// SpscRing: bounded one-to-one ring with a cached far index on each side, so that a push or pop touches the
// other side's line only when its own copy says full or empty.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/cache_line.h"

namespace ringsock {

/// try_push by the one producer, try_pop by the one consumer; count() by either. Values are copied.
template <typename T>
class SpscRing {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    /// Takes `capacity` slots, rounded up to a power of two. Allocates; control role.
    explicit SpscRing(std::uint32_t capacity)
        : mask_(std::bit_ceil(capacity < 1 ? 1u : capacity) - 1), slots_(new T[mask_ + 1]()) {}
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    [[nodiscard]] std::uint32_t capacity() const noexcept { return mask_ + 1; }

    /// False when the ring is full. Producer only.
    [[nodiscard]] bool try_push(const T& value) noexcept {
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ > mask_) return false;
        }
        slots_[tail & mask_] = value;
        tail_.store(tail + 1, std::memory_order_release);  // (writer: producer; pairs with try_pop)
        return true;
    }

    /// False when the ring is empty. Consumer only.
    [[nodiscard]] bool try_pop(T& out) noexcept {
        const std::uint32_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head == tail_seen_) return false;
        }
        out = slots_[head & mask_];
        head_.store(head + 1, std::memory_order_release);  // (writer: consumer; pairs with try_push)
        return true;
    }

    /// Items in the ring as either end sees it: exact for what that end itself did, a bound for the rest.
    [[nodiscard]] std::uint32_t count() const noexcept {
        return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire);
    }

  private:
    const std::uint32_t mask_;
    const std::unique_ptr<T[]> slots_;
    alignas(kCacheLine) std::atomic<std::uint32_t> tail_{0};
    std::uint32_t head_seen_ = 0;
    alignas(kCacheLine) std::atomic<std::uint32_t> head_{0};
    std::uint32_t tail_seen_ = 0;
};

}  // namespace ringsock
