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
    explicit Sleeper(Doorbell& bell) : bell_(bell), polled_{{bell.descriptor(), POLLIN, 0}}, own_(polled_) {}
    ~Sleeper();
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    /// Its carriers ring the bell from now on, or bring descriptors. Control role, before the engine runs.
    void add(Engine& engine);

    /// What is published from here on ends the sleep. Engine role: devices are told.
    void declare() noexcept;
    /// At most `limit`, or until somebody rings or a device has frames.
    void sleep(Micros limit) noexcept { (void)sleep_on(own_, limit); }
    /// Awake again, slept or not.
    void withdraw() noexcept;
    /// The same for whoever polled by itself.
    void withdraw(bool was_rung) noexcept;

    /// Whether every frame wakes; otherwise the engine must nap and look.
    [[nodiscard]] bool is_certain() const noexcept { return is_certain_; }
    /// Bell first, then devices; does not change once the engine runs. For whoever polls by itself.
    [[nodiscard]] const std::vector<pollfd>& polled() const noexcept { return polled_; }

  private:
    Doorbell& bell_;
    std::vector<pollfd> polled_;
    std::vector<pollfd> own_;  ///< The same, for sleep(): poll writes to it.
    std::vector<PacketIo*> carriers_;
    std::vector<PacketIo*> interrupting_;  ///< Of them: those that want to be told.
    bool is_certain_ = true;
};

}  // namespace ringsock
