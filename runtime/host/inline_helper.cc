// SPDX-License-Identifier: BSD-3-Clause
#include "host/inline_helper.h"

#include <pthread.h>

#include <algorithm>

namespace ringsock {

namespace {
/// Never destroyed, like the engines' bells: callers on their way out of a call may ring late.
constinit Doorbell g_helper_bell;
}  // namespace

void InlineHelper::add(InlineDrive& drive) {
    drives_.push_back(&drive);
    period_ = drives_.size() == 1 ? drive.pace_.period : std::min(period_, drive.pace_.period);
    drive.helper_ = this;
}

void InlineHelper::start() {
    bell_ = &g_helper_bell;
    (void)bell_->open();
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this] { run(); });
}

void InlineHelper::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_release);
    bell_->ring_if_asleep();
    thread_.join();
}

void InlineHelper::relieve(const std::atomic<std::uint32_t>& followers) noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (followers.load(std::memory_order_relaxed) == 0 && is_deep_.load(std::memory_order_relaxed) == 0)
        return;
    bell_->ring_if_asleep();
}

// True: the engine needs no look before `length` is over, unless somebody rings or a frame comes.
bool InlineHelper::examine(InlineDrive& drive, Micros& length) noexcept {
    if (drive.watch_.load(std::memory_order_acquire) != InlineDrive::kNobody) return true;  // A caller's.
    if (!drive.try_take()) return false;
    bool calm = false;
    bool at_rest = false;
    {
        RoleScope role(engine_role);
        const std::uint64_t passes = drive.engine_.stats().passes;
        const bool is_driven = passes != drive.passes_seen_;
        drive.passes_seen_ = passes;
        std::uint32_t nobody = InlineDrive::kNobody;
        // Out of the way of callers that drive, but for the sake of those that sleep.
        calm = !is_driven || drive.followers_.load(std::memory_order_relaxed) != 0;
        if (calm &&
            drive.watch_.compare_exchange_strong(nobody, InlineDrive::kHelper, std::memory_order_acq_rel)) {
            watched_.push_back(&drive);
            Micros rest{};
            at_rest = drive.last_look(rest);
            drive.passes_seen_ = drive.engine_.stats().passes;
            length = at_rest ? std::min(length, rest) : Micros{0};
        }
    }
    drive.let_go();
    drive.drive_requests(drive.engine_.port());  // Rings our watch where that leaves something to do.
    return calm;
}

// The bell is its watcher's, and a caller may have become that.
void InlineHelper::take_back(InlineDrive& drive, bool was_rung) noexcept {
    std::uint32_t mine = InlineDrive::kHelper;
    if (!drive.watch_.compare_exchange_strong(mine, InlineDrive::kHelperBusy, std::memory_order_acq_rel))
        return;
    drive.sleeper_.withdraw(was_rung);
    drive.watch_.store(InlineDrive::kNobody, std::memory_order_release);
}

void InlineHelper::run() noexcept {
    pthread_setname_np(pthread_self(), "ringsock-helper");
    while (!stop_.load(std::memory_order_acquire)) {
        watched_.clear();
        polled_.assign(1, {bell_->descriptor(), POLLIN, 0});
        is_deep_.store(linger_ == 0 ? 1 : 0, std::memory_order_relaxed);
        bell_->declare();
        heavy_sleep_fence();  // Then the watches: who leaves one from here on sees that we sleep.
        bool calm = linger_ == 0;
        Micros length = Engine::kRestingPass * 8;
        for (InlineDrive* drive : drives_) calm &= examine(*drive, length);
        if (!calm) length = std::min(length, period_);
        for (InlineDrive* drive : watched_) {
            const std::vector<pollfd>& more = drive->sleeper_.polled();
            polled_.insert(polled_.end(), more.begin(), more.end());
        }
        if (length.count > 0 && !stop_.load(std::memory_order_acquire)) (void)sleep_on(polled_, length);
        is_deep_.store(0, std::memory_order_relaxed);
        const bool was_rung = (polled_[0].revents & POLLIN) != 0;
        bell_->withdraw(was_rung);
        linger_ = was_rung ? kLingerPeriods : linger_ - (linger_ != 0 ? 1 : 0);
        std::size_t at = 1;
        for (InlineDrive* drive : watched_) {
            take_back(*drive, (polled_[at].revents & POLLIN) != 0);
            at += drive->sleeper_.polled().size();
        }
    }
}

}  // namespace ringsock
