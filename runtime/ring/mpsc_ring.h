// SPDX-License-Identifier: BSD-3-Clause
// MpscRing: the bounded many-producer, one-consumer ring of requests. Turn numbers after Vyukov: a slot whose
// turn equals a position is free for it, one more means full. One ring per engine, because that keeps
// causality: what happens before in the application arrives before in the engine (house.md, section 8).
// Honest limit: a producer that is preempted between claim and publish hides later slots from the consumer
// until it resumes; the consumer takes such a slot for an empty ring and never waits.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/assert.h"
#include "base/cache_line.h"
#include "base/roles.h"

namespace ringsock {

/// `T` must be trivially copyable and start with `std::atomic<uint32_t> turn` (the ring's own word).
template <typename T>
class MpscRing {
  public:
    /// Takes `capacity` slots, rounded up to a power of two (at least 2). Allocates; control role.
    explicit MpscRing(std::uint32_t capacity)
        : mask_(std::bit_ceil(capacity < 2 ? 2u : capacity) - 1), slots_(new T[mask_ + 1]) {
        for (std::uint32_t i = 0; i <= mask_; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
    }
    MpscRing(const MpscRing&) = delete;
    MpscRing& operator=(const MpscRing&) = delete;

    [[nodiscard]] std::uint32_t capacity() const noexcept { return mask_ + 1; }

    /// The end that application threads hold. Any number of threads.
    class Producer {
      public:
        /// Claims a slot, lets `fill(T&)` write all but `turn`, publishes it; ordered after every push that
        /// happened before. False when all slots are taken. `fill` must neither block nor call out: a
        /// claimed slot holds the consumer up.
        template <typename Fill>
        [[nodiscard]] bool try_push(Fill&& fill) noexcept {
            std::uint32_t position = ring_->tail_.load(std::memory_order_relaxed);
            for (;;) {  // Bounded: every failed exchange means that another producer went ahead.
                T& slot = ring_->slots_[position & ring_->mask_];
                const std::uint32_t turn = slot.turn.load(std::memory_order_acquire);
                const auto lead = static_cast<std::int32_t>(turn - position);
                if (lead < 0) return false;
                if (lead > 0) {
                    position = ring_->tail_.load(std::memory_order_relaxed);
                    continue;
                }
                if (ring_->tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
                    fill(slot);
                    // (writer: this producer; pairs with the acquire in Consumer::front)
                    slot.turn.store(position + 1, std::memory_order_release);
                    return true;
                }
            }
        }

      private:
        friend class MpscRing;
        explicit Producer(MpscRing& ring) noexcept : ring_(&ring) {}
        MpscRing* ring_;
    };

    /// The end that the engine holds. One thread at a time.
    class Consumer {
      public:
        /// The oldest published item, or nullptr when there is none. Valid until pop().
        [[nodiscard]] T* front() noexcept {
            const std::uint32_t head = ring_->head_.load(std::memory_order_relaxed);
            T& slot = ring_->slots_[head & ring_->mask_];
            if (slot.turn.load(std::memory_order_acquire) != head + 1) return nullptr;
            return &slot;
        }
        /// Frees the item that front() returned.
        void pop() noexcept {
            const std::uint32_t head = ring_->head_.load(std::memory_order_relaxed);
            T& slot = ring_->slots_[head & ring_->mask_];
            // (writer: the consumer; pairs with the acquire in Producer::try_push)
            slot.turn.store(head + ring_->mask_ + 1, std::memory_order_release);
            ring_->head_.store(head + 1, std::memory_order_relaxed);
        }

      private:
        friend class MpscRing;
        explicit Consumer(MpscRing& ring) noexcept : ring_(&ring) {}
        MpscRing* ring_;
    };

    [[nodiscard]] Producer producer() noexcept { return Producer{*this}; }
    /// There may be one consumer only; the owner of the engine sees to that.
    [[nodiscard]] Consumer consumer() noexcept { return Consumer{*this}; }

    /// Whether something is published; for the inline driver's second look. Any thread, a hint.
    [[nodiscard]] bool looks_nonempty() const noexcept {
        const std::uint32_t head = head_.load(std::memory_order_relaxed);
        return slots_[head & mask_].turn.load(std::memory_order_acquire) == head + 1;
    }

    /// Whether a slot is claimed that was not consumed, published or not: unlike front(), it is not deceived
    /// by a producer that was preempted in between. Consumer; true for sure of every push that happened
    /// before.
    [[nodiscard]] bool has_claims() const noexcept {
        return tail_.load(std::memory_order_acquire) != head_.load(std::memory_order_relaxed);
    }

  private:
    static_assert(std::is_same_v<decltype(T::turn), std::atomic<std::uint32_t>>);
    const std::uint32_t mask_;
    const std::unique_ptr<T[]> slots_;
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> tail_{0};
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> head_{0};  // (writer: the consumer)
};

}  // namespace ringsock
