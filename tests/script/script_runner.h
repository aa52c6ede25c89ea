// SPDX-License-Identifier: BSD-3-Clause
// Plays a script against libringsock-sim: one host at 10.0.0.1/24 whose wire ends in the script. Each line's
// time is relative to the line before; what the host sends without being asked for, or at another time, ends
// the play.
#pragma once

#include <string>

#include "script.h"

namespace ringsock::script {

/// What went wrong, with file and line, or empty.
[[nodiscard]] std::string play(const Script& script);

}  // namespace ringsock::script
