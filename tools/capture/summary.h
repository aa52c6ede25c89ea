// SPDX-License-Identifier: BSD-3-Clause
// What a capture of Ringsock's holds, read back from the file.
#pragma once

#include <cstdint>
#include <string>

namespace ringsock::capture {

struct Summary {
    std::string problem;     ///< Why there is no capture; "" when there is one.
    std::string interfaces;  ///< "local/0, local/1".
    std::uint64_t frames = 0;
    std::uint64_t dropped = 0;    ///< As the statistics blocks say.
    bool has_statistics = false;  ///< False when the writing program did not come to its end.
};

/// Reads the blocks of a pcapng file in this machine's byte order.
[[nodiscard]] Summary read_summary(const std::string& path);

}  // namespace ringsock::capture
