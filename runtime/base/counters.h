// SPDX-License-Identifier: BSD-3-Clause
// Single-writer statistics cells: one thread adds, any thread reads. A reader may be stale, never torn.
// Plain loads and stores on the writer's side: no atomic read-modify-write.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringsock {

/// A 64-bit statistics cell. Writer: the one role that owns it. Readers: any thread; relaxed, since a number
/// orders nothing.
class Counter {
  public:
    /// Writer only.
    void add(std::uint64_t amount = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    /// Writer only: a gauge's new value.
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    /// Writer only: raises a high-water mark.
    void raise_to(std::uint64_t value) noexcept {
        if (value > value_.load(std::memory_order_relaxed)) set(value);
    }
    /// Any thread.
    [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};
static_assert(sizeof(Counter) == 8);

/// One counter per value of an enum whose last enumerator is `count_`: drop reasons, error kinds.
template <typename Enum>
class CounterSet {
  public:
    static constexpr std::size_t kCells = static_cast<std::size_t>(Enum::count_);
    /// Writer only.
    void add(Enum which, std::uint64_t amount = 1) noexcept {
        cells_[static_cast<std::size_t>(which)].add(amount);
    }
    /// Any thread.
    [[nodiscard]] std::uint64_t read(Enum which) const noexcept {
        return cells_[static_cast<std::size_t>(which)].read();
    }

  private:
    std::array<Counter, kCells> cells_{};
};

}  // namespace ringsock
