// SPDX-License-Identifier: BSD-3-Clause
// InlineHelper: the thread that looks after inline engines while no application thread does. It sleeps over
// all of them at once, and stands back from engines that callers drive or watch themselves.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/doorbell.h"
#include "host/drive.h"

namespace ringsock {

class InlineHelper {
  public:
    InlineHelper() = default;
    ~InlineHelper() { stop(); }
    InlineHelper(const InlineHelper&) = delete;
    InlineHelper& operator=(const InlineHelper&) = delete;

    /// Control role, before start().
    void add(InlineDrive& drive);
    void start();
    /// Ends the thread; no drive is watched by it afterwards. Control role.
    void stop() noexcept;

    /// From a caller that has left its watch: wakes the helper if it sleeps deeply, that is, relied on this
    /// watch, or if `followers` must not wait for the helper's next look.
    void relieve(const std::atomic<std::uint32_t>& followers) noexcept;

  private:
    /// Looks after a wake so many periods before it sleeps deeply again: callers that come and go shall not
    /// pay for a wake each time.
    static constexpr std::uint32_t kLingerPeriods = 8;

    void run() noexcept;
    [[nodiscard]] bool examine(InlineDrive& drive, Micros& length) noexcept;
    void take_back(InlineDrive& drive, bool was_rung) noexcept;

    std::vector<InlineDrive*> drives_;
    std::vector<InlineDrive*> watched_;
    std::vector<pollfd> polled_;
    Micros period_{1000};
    std::uint32_t linger_ = 0;
    Doorbell* bell_ = nullptr;
    std::atomic<std::uint32_t> is_deep_{0};  ///< The helper means to sleep until something happens.
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace ringsock
