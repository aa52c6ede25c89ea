// SPDX-License-Identifier: BSD-3-Clause
#include "host/sleeper.h"

#include <time.h>

#include <algorithm>

#include "host/host.h"

namespace ringsock {

namespace {
/// A wake-up that is lost for a reason nobody thought of costs this and not the connection.
constexpr Micros kLongestSleep = Micros::from_seconds(2);
}  // namespace

Doorbell& bell_of_engine(std::uint16_t port_index) noexcept {
    static constinit Doorbell bells[kMaxEnginePorts];
    return bells[port_index];
}

bool sleep_on(std::vector<pollfd>& polled, Micros limit) noexcept {
    const std::int64_t micros = std::clamp<std::int64_t>(limit.count, 0, kLongestSleep.count);
    const timespec timeout{.tv_sec = static_cast<time_t>(micros / 1'000'000),
                           .tv_nsec = static_cast<long>(micros % 1'000'000 * 1000)};
    for (pollfd& one : polled) one.revents = 0;
    return ppoll(polled.data(), polled.size(), &timeout, nullptr) > 0;
}

Sleeper::~Sleeper() {
    for (PacketIo* carrier : carriers_) (void)carrier->wake_by(nullptr);
}

void Sleeper::add(Engine& engine) {
    for (std::size_t i = 0; i < engine.carriers(); ++i) {
        PacketIo& carrier = engine.carrier(i);
        const Wakeup wakeup = carrier.wake_by(&bell_);
        carriers_.push_back(&carrier);
        if (wakeup.by == Wakeup::By::nothing || wakeup.by == Wakeup::By::interrupt) is_certain_ = false;
        if (wakeup.by == Wakeup::By::interrupt) interrupting_.push_back(&carrier);
        if (wakeup.descriptor >= 0) polled_.push_back({wakeup.descriptor, POLLIN, 0});
    }
    own_ = polled_;
}

void Sleeper::declare() noexcept {
    bell_.declare();
    for (PacketIo* carrier : interrupting_) carrier->arm_wakeup();
    heavy_sleep_fence();
}

void Sleeper::withdraw() noexcept {
    withdraw((own_[0].revents & POLLIN) != 0);
    own_[0].revents = 0;
}

void Sleeper::withdraw(bool was_rung) noexcept {
    bell_.withdraw(was_rung);
    for (PacketIo* carrier : interrupting_) carrier->disarm_wakeup();
}

}  // namespace ringsock
