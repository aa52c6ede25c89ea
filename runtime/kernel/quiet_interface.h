// SPDX-License-Identifier: BSD-3-Clause
// QuietInterface: keeps the kernel from answering on an interface whose frames it sees anyway, because a
// packet socket only gets copies (net_af_packet). With an exception path the kernel is to see a frame once,
// on the tap; without this it would answer twice. Done with settings of the interface, undone at the end.
// Control role.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace ringsock {

class QuietInterface {
  public:
    /// The error is one line with the cure: an interface with an address is the kernel's own way to us, and
    /// settings need privileges.
    [[nodiscard]] static Result<std::unique_ptr<QuietInterface>, std::string> open(const std::string& name);
    ~QuietInterface();
    QuietInterface(const QuietInterface&) = delete;
    QuietInterface& operator=(const QuietInterface&) = delete;

  private:
    QuietInterface() = default;
    [[nodiscard]] bool set(const std::string& path, const std::string& value);

    struct Setting {
        std::string path, before;
    };
    std::vector<Setting> settings_;
};

}  // namespace ringsock
