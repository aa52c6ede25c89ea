// SPDX-License-Identifier: BSD-3-Clause
// Parking of blocking calls.
#include "spi/blocking.h"

#include <algorithm>

#include "spi/patience.h"
#include "spi/siblings.h"

namespace ringsock::spi {

ParkedCall::ParkedCall(SocketCall& call) noexcept
    : call_(call),
      cell_(call.cell()),
      port_(call.port()),
      thread_(this_thread()),
      outer_(thread_.parked.load(std::memory_order_relaxed)),
      spin_steps_(port_.drive->spin_steps()) {
    std::atomic_ref(cell_.app.holds).fetch_add(1, std::memory_order_relaxed);
    for_each_sibling(cell_, [this](EnginePort& port, SocketCell& sibling) {
        std::atomic_ref(sibling.app.holds).fetch_add(1, std::memory_order_relaxed);
        watched_[watched_count_] = {&port, &sibling};
        words_[++watched_count_] = &sibling.names.wake_sequence;
    });
    words_[0] = &cell_.names.wake_sequence;
    if (outer_ == nullptr) thread_.cancelled.store(0, std::memory_order_relaxed);
    thread_.parked.store(&cell_, std::memory_order_release);
    if (g_provider.upcalls.lpWPUQueryBlockingCallback != nullptr) {
        int ignored = 0;
        if (g_provider.upcalls.lpWPUQueryBlockingCallback(0, &hook_, &hook_context_, &ignored) != 0)
            hook_ = nullptr;
    }
}

ParkedCall::~ParkedCall() {
    thread_.parked.store(outer_, std::memory_order_release);
    for (std::uint32_t i = 0; i < watched_count_; ++i) {
        if (is_declared_) watched_[i].cell->app.sleepers.fetch_sub(1, std::memory_order_relaxed);
        std::atomic_ref(watched_[i].cell->app.holds).fetch_sub(1, std::memory_order_release);
    }
    if (is_declared_) cell_.app.sleepers.fetch_sub(1, std::memory_order_relaxed);
    // (writer: parked calls; pairs with the engine's acquire before it takes a closed cell back)
    std::atomic_ref(cell_.app.holds).fetch_sub(1, std::memory_order_release);
}

std::uint32_t ParkedCall::observe(std::uint32_t iteration) noexcept {
    if (iteration >= spin_steps_ && !is_declared_) {
        is_declared_ = true;
        for (std::uint32_t i = 0; i < watched_count_; ++i)
            watched_[i].cell->app.sleepers.fetch_add(1, std::memory_order_seq_cst);
        cell_.app.sleepers.fetch_add(1, std::memory_order_seq_cst);  // Then the condition: a Dekker pair.
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    for (std::uint32_t i = 0; i < watched_count_; ++i)
        seen_[i + 1] = words_[i + 1]->load(std::memory_order_acquire);
    return cell_.names.wake_sequence.load(std::memory_order_acquire);
}

WaitEnd ParkedCall::step(std::uint32_t seen, Instant deadline, std::uint32_t iteration) noexcept {
    call_.unlock();
    if (hook_ != nullptr && hook_(hook_context_) == FALSE) {
        thread_.cancelled.store(1, std::memory_order_relaxed);
    } else if (watched_count_ == 0) [[likely]] {
        port_.drive->wait_step(port_, cell_.names.wake_sequence, seen, deadline, iteration);
    } else {
        seen_[0] = seen;
        wait_for_all(deadline, iteration);
    }
    const bool is_late = !deadline.is_never() && port_.drive->now() >= deadline;
    if (!call_.lock()) return WaitEnd::closed;
    if (thread_.cancelled.load(std::memory_order_acquire) != 0) return WaitEnd::canceled;
    return is_late ? WaitEnd::timed_out : WaitEnd::ready;
}

void ParkedCall::wait_for_all(Instant deadline, std::uint32_t iteration) noexcept {
    for (std::uint32_t i = 0; i < watched_count_; ++i) watched_[i].port->drive->help(*watched_[i].port);
    Drive& drive = *port_.drive;
    const std::uint32_t words = watched_count_ + 1;
    if (iteration >= spin_steps_ && drive.sleep_on_words(port_, words, words_, seen_, deadline)) return;
    // A nap on the first word must not oversleep the others.
    drive.wait_step(port_, *words_[0], seen_[0], std::min(deadline, drive.now() + kUnwokenNap), iteration);
}

WaitEnd wait_for_supply(SocketCall& call, Instant deadline, std::uint32_t iteration) noexcept {
    ParkedCall parked(call);
    Drive& drive = *call.port().drive;
    const std::uint32_t seen = parked.observe(iteration);
    drive.kick(call.port());  // An engine that sleeps gives nothing.
    const WaitEnd end = parked.step(seen, std::min(deadline, drive.now() + kUnwokenNap), iteration);
    return end == WaitEnd::timed_out && drive.now() < deadline ? WaitEnd::ready : end;
}

}  // namespace ringsock::spi
