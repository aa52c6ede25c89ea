// SPDX-License-Identifier: BSD-3-Clause
// Which host a thread works with.
#include "sync/thread_host.h"

#include <cstring>

namespace ringsock::sync {

constinit thread_local ThreadHost t_thread_host __attribute__((tls_model("initial-exec")));
constinit std::atomic<std::uint32_t> g_host_epoch{0};

namespace {

HostPort* adopt(std::size_t number) noexcept {
    const std::span<HostPort> hosts = runtime().hosts();
    const std::uint32_t epoch = g_host_epoch.load(std::memory_order_acquire);
    if (t_thread_host.epoch != epoch) t_thread_host = ThreadHost{.epoch = epoch};
    t_thread_host.host = &hosts[number];
    t_thread_host.used |= std::uint64_t{1} << (number % kMaxHostBits);
    return t_thread_host.host;
}

}  // namespace

void hosts_changed() noexcept {
    g_host_epoch.fetch_add(1, std::memory_order_acq_rel);
}

HostPort* refresh_current_host() noexcept {
    if (!runtime().running() || runtime().hosts().empty()) return nullptr;
    return adopt(0);
}

bool set_current_host(const char* name) noexcept {
    if (!runtime().running()) return false;
    const std::span<HostPort> hosts = runtime().hosts();
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        if (name != nullptr && (hosts[i].name == nullptr || std::strcmp(name, hosts[i].name) != 0)) continue;
        adopt(i);
        return true;
    }
    return false;
}

}  // namespace ringsock::sync
