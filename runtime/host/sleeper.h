// SPDX-License-Identifier: BSD-3-Clause
// Sleeper: the sleep of whoever watches over engines that have nothing to do: one poll(2) on a bell, which
// requests and rings of this process ring, and on the descriptors of devices. One thread at a time.
#pragma once

#include <poll.h>

#include <cstdint>
#include <vector>

#include "base/doorbell.h"
#include "engine/engine.h"

namespace ringsock {

/// The bell of an engine, by EnginePort::index: it outlives drives, since late callers may still ring it.
[[nodiscard]] Doorbell& bell_of_engine(std::uint16_t port_index) noexcept;

/// Sleeps on `polled` at most `limit`; at most two seconds in any case. True: one is readable.
bool sleep_on(std::vector<pollfd>& polled, Micros limit) noexcept;

/// Use: declare(); let every engine pass once more; if none found anything, sleep(); withdraw().
class Sleeper {
  public:
    explicit Sleeper(Doorbell& bell) : bell_(bell), polled_{{bell.descriptor(), POLLIN, 0}} {}
    ~Sleeper();
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    /// Its carriers ring the bell from now on, or bring descriptors. Control role, before the engine runs.
    void add(Engine& engine);

    /// What is published from here on ends the sleep. Engine role: devices are told.
    void declare() noexcept;
    /// At most `limit`, or until somebody rings or a device has frames.
    void sleep(Micros limit) noexcept { (void)sleep_on(polled_, limit); }
    /// Awake again, slept or not.
    void withdraw() noexcept { withdraw((polled_[0].revents & POLLIN) != 0); }
    /// The same for whoever polled by itself.
    void withdraw(bool was_rung) noexcept;

    /// Whether every frame wakes; otherwise the engine must nap and look.
    [[nodiscard]] bool is_certain() const noexcept { return is_certain_; }
    /// Bell first, then devices.
    [[nodiscard]] std::vector<pollfd>& polled() noexcept { return polled_; }

  private:
    Doorbell& bell_;
    std::vector<pollfd> polled_;
    std::vector<PacketIo*> carriers_;
    std::vector<PacketIo*> interrupting_;  ///< Of them: those that want to be told.
    bool is_certain_ = true;
};

}  // namespace ringsock
