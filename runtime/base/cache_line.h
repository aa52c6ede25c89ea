// SPDX-License-Identifier: BSD-3-Clause
// The cache line as a unit of layout and of prefetching. Any thread.
#pragma once

#include <cstddef>

namespace ringsock {

/// Bytes of one cache line on every machine we support.
inline constexpr std::size_t kCacheLine = 64;

/// Asks the core to load the line that holds `address` for reading. Never faults.
inline void prefetch_read(const void* address) noexcept { __builtin_prefetch(address, 0, 3); }
/// Asks the core to load the line that holds `address` for writing. Never faults.
inline void prefetch_write(const void* address) noexcept { __builtin_prefetch(address, 1, 3); }

/// Tells the core that this is a spin-wait iteration.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#endif
}

/// A `T` alone on its cache lines, so that two writers do not share one.
template <typename T>
struct alignas(kCacheLine) CacheAligned {
    T value{};
};

}  // namespace ringsock
