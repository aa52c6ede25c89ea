// SPDX-License-Identifier: BSD-3-Clause
#include "host/drive.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>

#include "base/cache_line.h"
#include "ring/parker.h"

namespace ringsock {

namespace {
/// Longest nap of a blocking call: engines are asked at least this often.
constexpr std::int64_t kMaxNapMicros = 1000;
}  // namespace

Instant monotonic_now() noexcept {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return Instant{std::int64_t{ts.tv_sec} * 1'000'000 + ts.tv_nsec / 1000};
}

// After letting go, a driver fences and looks at the ring again: a request that was pushed while it still
// held the engine found the lock taken and relies on it (D1).
void InlineDrive::drive_requests(EnginePort& port) noexcept {
    for (int look = 0; look < kSecondLooks; ++look) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!port.requests.looks_nonempty() || !try_take()) return;
        {
            RoleScope role(engine_role);
            engine_.run_short();
        }
        let_go();
    }
}

void InlineDrive::kick(EnginePort& port) noexcept {
    if (!try_take()) {
        drive_requests(port);
        return;
    }
    {
        RoleScope role(engine_role);
        engine_.run_short();
    }
    let_go();
    drive_requests(port);
}

void InlineDrive::help(EnginePort& port) noexcept {
    if (!try_take()) return;
    {
        RoleScope role(engine_role);
        engine_.run_once();
    }
    let_go();
    drive_requests(port);
}

void InlineDrive::wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen,
                            Instant deadline, std::uint32_t iteration) noexcept {
    help(port);
    if (iteration < kSpinSteps) {
        cpu_relax();
        return;
    }
    std::int64_t nap = std::min<std::int64_t>(20 * (std::int64_t{iteration} - kSpinSteps + 1), kMaxNapMicros);
    if (!deadline.is_never()) nap = std::min(nap, std::max<std::int64_t>((deadline - now()).count, 1));
    futex_wait(word, seen, nap);
}

void InlineDrive::tend() noexcept {
    if (!try_take()) return;
    const std::uint64_t passes = engine_.stats().passes;
    if (passes == passes_seen_ && engine_.has_work()) {
        RoleScope role(engine_role);
        engine_.run_once();
    }
    passes_seen_ = engine_.stats().passes;
    let_go();
}

void InlineDrive::close_for_good() noexcept {
    while (!try_take()) sched_yield();
}

void DedicatedDrive::start(int core) {
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this, core] { run(core); });
}

void DedicatedDrive::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_release);
    thread_.join();
}

void DedicatedDrive::run(int core) noexcept {
    if (core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<unsigned>(core), &set);
        pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    pthread_setname_np(pthread_self(), "ringsock-engine");
    RoleScope role(engine_role);
    while (!stop_.load(std::memory_order_relaxed)) {
        for (Engine* engine : engines_) engine->run_once();
    }
}

void DedicatedDrive::wait_step(EnginePort&, std::atomic<std::uint32_t>& word, std::uint32_t seen,
                               Instant deadline, std::uint32_t iteration) noexcept {
    if (iteration < kSpinSteps) {
        cpu_relax();
        return;
    }
    std::int64_t nap = -1;
    if (!deadline.is_never()) nap = std::max<std::int64_t>((deadline - now()).count, 1);
    futex_wait(word, seen, nap);
}

}  // namespace ringsock
