// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/tap_thread.h"

#include <poll.h>
#include <pthread.h>

#include <cstring>

namespace ringsock {
namespace {

/// Longest sleep: how late the kernel learns that the port's link went.
constexpr int kRestMs = 100;
/// While the ring to the engine is full: nobody says when it has room.
constexpr int kFullNapMs = 1;
/// Ethernet header and a tag, and a second one.
constexpr std::uint32_t kLinkBytes = 14 + 4 + 4;

// Never destroyed: the next start rings the same ones.
constinit Doorbell g_bells[TapThread::kMax];

}  // namespace

TapThread::TapThread(std::size_t number, std::unique_ptr<TapDevice> tap, std::size_t engines,
                     std::uint32_t mtu)
    : tap_(std::move(tap)),
      room_(new std::byte[mtu + kLinkBytes]),
      room_bytes_(mtu + kLinkBytes),
      bell_(g_bells[number]) {
    for (std::size_t n = 0; n < engines; ++n) rings_.push_back(std::make_unique<KernelRings>(bell_));
}

bool TapThread::start() {
    if (!bell_.open()) return false;
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this] { run(); });
    return true;
}

void TapThread::stop() noexcept {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_release);
    bell_.ring_if_asleep();
    thread_.join();
}

bool TapThread::move_to_kernel() noexcept {
    bool any = false;
    for (auto& rings : rings_) {
        for (int n = 0; n < kBatch; ++n) {
            const std::span<const std::byte> frame = rings->to_kernel.front();
            if (frame.empty()) break;
            if (!tap_->send(frame)) KernelRings::add_one(rings->refused);
            rings->to_kernel.pop();
            any = true;
        }
    }
    return any;
}

// A frame that finds the ring full is kept, and the kernel's own queue fills behind it: it drops there, where
// `ip -s link` counts it and its TCP notices.
bool TapThread::move_from_kernel() noexcept {
    ByteRing& ring = rings_[0]->from_kernel;
    bool any = false;
    for (int n = 0; n < kBatch; ++n) {
        if (held_bytes_ == 0)
            held_bytes_ = static_cast<std::uint32_t>(tap_->receive({room_.get(), room_bytes_}));
        if (held_bytes_ == 0) break;
        std::byte* const at = ring.reserve(held_bytes_);
        if (at == nullptr) break;
        std::memcpy(at, room_.get(), held_bytes_);
        ring.commit();
        held_bytes_ = 0;
        any = true;
    }
    Doorbell* const engine = any ? rings_[0]->engine_bell.load(std::memory_order_acquire) : nullptr;
    if (engine != nullptr) engine->ring_if_asleep();
    return any;
}

bool TapThread::has_frames() noexcept {
    for (auto& rings : rings_)
        if (!rings->to_kernel.front().empty()) return true;
    return false;
}

void TapThread::follow_link() noexcept {
    const bool is_up = rings_[0]->link_is_up.load(std::memory_order_relaxed);
    if (is_up == link_was_up_) return;
    link_was_up_ = is_up;
    tap_->set_carrier(is_up);
}

void TapThread::run() noexcept {
    pthread_setname_np(pthread_self(), "ringsock-kernel");
    while (!stop_.load(std::memory_order_acquire)) {
        follow_link();
        const bool moved = move_to_kernel();
        if (move_from_kernel() || moved) continue;
        bell_.declare();
        heavy_sleep_fence();
        if (has_frames() || stop_.load(std::memory_order_acquire)) {
            bell_.withdraw(false);
            continue;
        }
        const bool is_full = held_bytes_ != 0;
        pollfd polled[2] = {{bell_.descriptor(), POLLIN, 0}, {tap_->descriptor(), POLLIN, 0}};
        (void)poll(polled, is_full || is_gone_ ? 1 : 2, is_full ? kFullNapMs : kRestMs);
        is_gone_ |= (polled[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        bell_.withdraw((polled[0].revents & POLLIN) != 0);
    }
}

TapCounters TapThread::counters() const noexcept {
    TapCounters out;
    for (const auto& rings : rings_) {
        const std::uint64_t refused = rings->refused.load(std::memory_order_relaxed);
        out.to_kernel += rings->given.load(std::memory_order_relaxed) - refused;
        out.refused += refused;
        out.lost_to_kernel += rings->lost_to_kernel.load(std::memory_order_relaxed);
        out.from_kernel += rings->sent.load(std::memory_order_relaxed);
        out.lost_from_kernel += rings->lost_from_kernel.load(std::memory_order_relaxed);
    }
    return out;
}

}  // namespace ringsock
