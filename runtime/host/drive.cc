// SPDX-License-Identifier: BSD-3-Clause
#include "host/drive.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>

#include "base/cache_line.h"
#include "host/inline_helper.h"
#include "ring/parker.h"

namespace ringsock {

namespace {
/// A follower looks for itself so often, whatever its watcher does.
constexpr Micros kLongestFollow = Micros::from_millis(250);

bool has_changed(std::uint32_t count, std::atomic<std::uint32_t>* const* words,
                 const std::uint32_t* seen) noexcept {
    for (std::uint32_t i = 0; i < count; ++i)
        if (words[i]->load(std::memory_order_acquire) != seen[i]) return true;
    return false;
}

std::int64_t futex_limit(Instant deadline) noexcept {
    return deadline.is_never() ? -1 : std::max<std::int64_t>((deadline - monotonic_now()).count, 1);
}
}  // namespace

Instant monotonic_now() noexcept {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return Instant{std::int64_t{ts.tv_sec} * 1'000'000 + ts.tv_nsec / 1000};
}

InlineDrive::InlineDrive(Engine& engine, const DrivePace& pace)
    : engine_(engine), pace_(pace), bell_(bell_of_engine(engine.port().index)), sleeper_(bell_) {
    sleeper_.add(engine);
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
            rouse_watcher();
        }
        let_go();
    }
}

// With the engine taken. A watcher that sleeps has left the engine's time behind: then the pass is a full
// one.
void InlineDrive::drive(EnginePort& port, bool in_full) noexcept {
    {
        RoleScope role(engine_role);
        if (in_full || bell_.is_awaited())
            engine_.run_once();
        else
            engine_.run_short();
        rouse_watcher();
    }
    let_go();
    drive_requests(port);
}

// The pass may have started a timer that is due before the watcher means to look again, or may have left
// something undone. Both sides decide with the engine taken, so that neither misses the other.
void InlineDrive::rouse_watcher() noexcept {
    if (bell_.is_awaited() && engine_.next_pass_due() < sleep_until_) bell_.ring();
}

void InlineDrive::kick(EnginePort& port) noexcept {
    if (try_take())
        drive(port, false);
    else
        drive_requests(port);
}

void InlineDrive::help(EnginePort& port) noexcept {
    if (try_take()) drive(port, true);
}

bool InlineDrive::try_watch() noexcept {
    std::uint32_t expected = kNobody;
    if (watch_.compare_exchange_strong(expected, kCaller, std::memory_order_acq_rel)) return true;
    return expected == kHelper &&
           watch_.compare_exchange_strong(expected, kCaller, std::memory_order_acq_rel);
}

// Somebody has to look after the engine from here on: the helper, if it has gone to sleep over our watch or
// if threads rely on it right now. (pairs with follow(), and with InlineHelper::run)
void InlineDrive::leave_watch() noexcept {
    watch_.store(kNobody, std::memory_order_release);
    if (helper_ != nullptr) helper_->relieve(followers_);
}

Micros InlineDrive::longest_sleep() const noexcept {
    if (pace_.idle_sleep.count != 0) return pace_.idle_sleep;
    if (sleeper_.is_certain()) return Engine::kRestingPass;
    return naps_in_vain_ < kPatientNaps ? pace_.period : pace_.period * kLongNapPeriods;
}

bool InlineDrive::last_look(Micros& length) noexcept {
    sleeper_.declare();
    const std::uint64_t activity = engine_.activity();
    engine_.run_once();
    naps_in_vain_ = engine_.activity() == activity_seen_ ? naps_in_vain_ + 1 : 0;
    activity_seen_ = engine_.activity();
    length = std::min(engine_.next_pass_due() - engine_.last_pass(), longest_sleep());
    sleep_until_ = engine_.last_pass() + length;
    return engine_.activity() == activity && length.count > 0;
}

// Sleeps on bell and devices until a word changes. What the engine publishes in this thread's own passes
// changes them at once; what others do ends in futex_wake, which rings those who sleep on bells.
void InlineDrive::watch(std::uint32_t count, std::atomic<std::uint32_t>* const* words,
                        const std::uint32_t* seen, Instant deadline) noexcept {
    add_poll_sleeper(bell_);
    for (int sleeps = 0; sleeps < kSleepsPerWatch; ++sleeps) {
        if (!try_take()) {  // Somebody drives, and will be gone in a moment.
            sched_yield();
            if (has_changed(count, words, seen)) break;
            continue;
        }
        Micros length{};
        bool may_sleep = false;
        {
            RoleScope role(engine_role);
            may_sleep = last_look(length);
        }
        let_go();
        drive_requests(engine_.port());  // Rings us where that leaves something to do.
        const bool is_over = has_changed(count, words, seen);
        if (!deadline.is_never()) length = std::min(length, deadline - monotonic_now());
        if (may_sleep && !is_over && length.count > 0) sleeper_.sleep(length);
        sleeper_.withdraw();
        if (is_over || (!deadline.is_never() && monotonic_now() >= deadline)) break;
    }
    remove_poll_sleeper(bell_);
}

bool InlineDrive::sleep_on_words(EnginePort& port, std::uint32_t count,
                                 std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                                 Instant deadline) noexcept {
    help(port);
    if (has_changed(count, words, seen)) return true;
    if (!try_watch()) {
        follow(count, words, seen, deadline);
        return true;
    }
    watch(count, words, seen, deadline);
    leave_watch();
    return true;
}

void InlineDrive::follow(std::uint32_t count, std::atomic<std::uint32_t>* const* words,
                         const std::uint32_t* seen, Instant deadline) noexcept {
    followers_.fetch_add(1, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // A watcher that leaves from here on sees the follower and has the helper take over.
    if (watch_.load(std::memory_order_relaxed) != kNobody) {
        Micros limit = pace_.idle_sleep.count != 0 ? pace_.idle_sleep : kLongestFollow;
        if (!deadline.is_never()) limit = std::min(limit, deadline - monotonic_now());
        futex_wait_any(count, words, seen, std::max<std::int64_t>(limit.count, 1));
    }
    followers_.fetch_sub(1, std::memory_order_relaxed);
}

void InlineDrive::wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen,
                            Instant deadline, std::uint32_t iteration) noexcept {
    if (iteration < kNapSteps) {
        help(port);
        cpu_relax();
        return;
    }
    std::atomic<std::uint32_t>* const words[] = {&word};
    (void)sleep_on_words(port, 1, words, &seen, deadline);
}

void InlineDrive::close_for_good() noexcept {
    while (!try_take()) sched_yield();
}

void DedicatedDrive::add(Engine& engine, const DrivePace& pace) {
    if (engines_.empty()) {
        bell_ = &bell_of_engine(engine.port().index);
        sleeper_ = std::make_unique<Sleeper>(*bell_);
    }
    sleeper_->add(engine);
    engines_.push_back(&engine);
    spin_ = std::max(spin_, pace.spin);
    never_sleeps_ |= pace.idle_sleep.count == 0;
    idle_sleep_ = idle_sleep_.count == 0 ? pace.idle_sleep : std::min(idle_sleep_, pace.idle_sleep);
}

void DedicatedDrive::start(int core) {
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this, core] { run(core); });
}

void DedicatedDrive::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_release);
    bell_->ring_if_asleep();
    thread_.join();
}

void DedicatedDrive::pass() noexcept {
    for (Engine* engine : engines_) engine->run_once();
}

std::uint64_t DedicatedDrive::activity() const noexcept {
    std::uint64_t sum = 0;
    for (const Engine* engine : engines_) sum += engine->activity();
    return sum;
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
    Instant quiet_since = engines_[0]->last_pass();
    while (!stop_.load(std::memory_order_relaxed)) {
        pass();
        if (never_sleeps_) continue;
        const Instant now = engines_[0]->last_pass();
        if (const std::uint64_t seen = activity(); seen != activity_seen_) {
            activity_seen_ = seen;
            quiet_since = now;
        } else if (now - quiet_since >= spin_) {
            sleep();
        }
    }
}

void DedicatedDrive::sleep() noexcept {
    sleeper_->declare();
    pass();
    Micros length = idle_sleep_;
    for (const Engine* engine : engines_)
        length = std::min(length, engine->next_pass_due() - engine->last_pass());
    if (activity() == activity_seen_ && length.count > 0 && !stop_.load(std::memory_order_acquire))
        sleeper_->sleep(length);
    sleeper_->withdraw();
}

void DedicatedDrive::wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen,
                               Instant deadline, std::uint32_t iteration) noexcept {
    if (iteration < kNapSteps) {
        cpu_relax();
        return;
    }
    std::atomic<std::uint32_t>* const words[] = {&word};
    (void)sleep_on_words(port, 1, words, &seen, deadline);
}

bool DedicatedDrive::sleep_on_words(EnginePort&, std::uint32_t count,
                                    std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                                    Instant deadline) noexcept {
    futex_wait_any(count, words, seen, futex_limit(deadline));
    return true;
}

}  // namespace ringsock
