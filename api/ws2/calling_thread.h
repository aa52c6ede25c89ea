// SPDX-License-Identifier: BSD-3-Clause
// Who is to run the completion routine of an overlapped operation.
#pragma once

#include <ringsock/spi.h>

#include "ws2/apc.h"

namespace ringsock::ws2 {

/// lpThreadId for the provider: the calling thread if there is a routine to run in it, else null.
class CallingThread {
  public:
    explicit CallingThread(LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) noexcept
        : is_needed_(routine != nullptr) {
        if (!is_needed_ || apc_event() == nullptr) return;
        id_.Reserved = reinterpret_cast<DWORD_PTR>(&this_thread_record());
    }
    [[nodiscard]] LPWSATHREADID get() noexcept { return is_needed_ ? &id_ : nullptr; }

  private:
    bool is_needed_;
    WSATHREADID id_{};
};

}  // namespace ringsock::ws2
