// SPDX-License-Identifier: BSD-3-Clause
// The current host of a thread (house.md, D12): where its sockets are born, and whose engines its waits help
// to drive. Any application thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "ring/engine_port.h"

namespace ringsock::sync {

/// Hosts a thread can have worked with, as bits.
inline constexpr std::uint32_t kMaxHostBits = 64;

/// What a thread knows about hosts; stale when `epoch` is not the process's.
struct ThreadHost {
    std::uint32_t epoch = 0;
    std::uint32_t next_engine = 0;  ///< Round robin over the engines of `host`.
    HostPort* host = nullptr;
    std::uint64_t used = 0;  ///< Bit i: host i was current here since the start.
};

extern constinit thread_local ThreadHost t_thread_host __attribute__((tls_model("initial-exec")));
/// Counts starts and stops of the runtime. Writer: hosts_changed(). 0 before the first.
extern std::atomic<std::uint32_t> g_host_epoch;

/// Control role: after the runtime started or stopped; every thread returns to the first host.
void hosts_changed() noexcept;

/// Looks the default host up anew. Slow path of current_host().
HostPort* refresh_current_host() noexcept;

/// The calling thread's host, or nullptr while nothing runs.
[[nodiscard]] inline HostPort* current_host() noexcept {
    // By name, not through a reference: the linker's relaxed TLS address breaks UBSan's null check of one.
    if (t_thread_host.epoch == g_host_epoch.load(std::memory_order_acquire) && t_thread_host.host != nullptr)
        return t_thread_host.host;
    return refresh_current_host();
}

/// Makes the host of that name (null: the first) the calling thread's. False when there is none.
bool set_current_host(const char* name) noexcept;

/// Calls visit(EnginePort&) for every engine of the current host, then of the other hosts this thread has
/// used.
template <typename Visit>
void for_each_own_engine(Visit&& visit) noexcept;

}  // namespace ringsock::sync

#include "host/host.h"

namespace ringsock::sync {

template <typename Visit>
void for_each_own_engine(Visit&& visit) noexcept {
    HostPort* const current = current_host();
    if (current == nullptr) return;
    for (std::uint32_t i = 0; i < current->engine_count; ++i) visit(*current->engines[i]);
    const std::span<HostPort> hosts = runtime().hosts();
    if (hosts.size() < 2) return;
    for (std::size_t h = 0; h < hosts.size() && h < kMaxHostBits; ++h) {
        if (&hosts[h] == current || (t_thread_host.used >> h & 1) == 0) continue;
        for (std::uint32_t i = 0; i < hosts[h].engine_count; ++i) visit(*hosts[h].engines[i]);
    }
}

}  // namespace ringsock::sync
