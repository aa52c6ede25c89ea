// SPDX-License-Identifier: BSD-3-Clause
// FrameRing: whole frames from one engine to another, copied into slots that are taken once and used again,
// so that no buffer changes its owner. One producer, one consumer; no read-modify-write.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "base/cache_line.h"
#include "base/reserved_memory.h"

namespace ringsock {

class FrameRing {
  public:
    /// What precedes the bytes of a frame in its slot.
    struct Head {
        std::uint32_t length = 0;
        std::uint32_t rss_hash = 0;
        std::uint16_t verdict = 0;        ///< RxVerdict bits (received) of the frame.
        std::uint16_t header_length = 0;  ///< To be sent: bytes of headers, and what the device is asked for.
        std::uint8_t l2_length = 0, l3_length = 0, l4_length = 0, offloads = 0;
    };

    /// `slots` (a power of two) frames of `frame_bytes` at most. Address space only; ok() false: refused.
    FrameRing(std::uint32_t slots, std::uint32_t frame_bytes) noexcept
        : mask_(std::bit_ceil(slots) - 1),
          stride_((sizeof(Head) + frame_bytes + kCacheLine - 1) / kCacheLine * kCacheLine),
          frame_bytes_(frame_bytes),
          memory_(std::size_t{mask_ + 1} * stride_) {}
    FrameRing(const FrameRing&) = delete;
    FrameRing& operator=(const FrameRing&) = delete;
    [[nodiscard]] bool ok() const noexcept { return memory_.ok(); }
    [[nodiscard]] std::uint32_t frame_bytes() const noexcept { return frame_bytes_; }

    /// Producer: the slot to fill, or nullptr when the ring is full. publish() hands it over.
    [[nodiscard]] Head* reserve() noexcept {
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ > mask_) return nullptr;
        }
        return slot(tail);
    }
    /// Producer: the reserved slot is the consumer's now. (writer: producer; pairs with peek)
    void publish() noexcept {
        tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    /// Consumer: the frame `ahead` places behind the oldest, or nullptr. It stays until retire().
    [[nodiscard]] Head* peek(std::uint32_t ahead) noexcept {
        const std::uint32_t at = head_.load(std::memory_order_relaxed) + ahead;
        if (static_cast<std::int32_t>(tail_seen_ - at) <= 0) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (static_cast<std::int32_t>(tail_seen_ - at) <= 0) return nullptr;
        }
        return slot(at);
    }
    /// Consumer: gives the oldest `count` slots back. (writer: consumer; pairs with reserve)
    void retire(std::uint32_t count) noexcept {
        if (count != 0) head_.store(head_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
    [[nodiscard]] static std::byte* bytes_of(Head* head) noexcept {
        return reinterpret_cast<std::byte*>(head + 1);
    }

  private:
    [[nodiscard]] Head* slot(std::uint32_t number) noexcept {
        return reinterpret_cast<Head*>(static_cast<std::byte*>(memory_.data()) +
                                       std::size_t{number & mask_} * stride_);
    }

    const std::uint32_t mask_;
    const std::size_t stride_;
    const std::uint32_t frame_bytes_;
    ReservedMemory memory_;
    alignas(kCacheLine) std::atomic<std::uint32_t> tail_{0};
    std::uint32_t head_seen_ = 0;
    alignas(kCacheLine) std::atomic<std::uint32_t> head_{0};
    std::uint32_t tail_seen_ = 0;
};

}  // namespace ringsock
