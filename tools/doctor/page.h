// SPDX-License-Identifier: BSD-3-Clause
// The findings as a page for a person, and as JSON for a program.
#pragma once

#include <string>

#include "tools/doctor/finding.h"

namespace ringsock::doctor {

/// A line a finding: verdict, topic, fact, and why it matters; the cure on a line of its own behind "cure:".
[[nodiscard]] std::string as_page(const Findings& findings);
/// {"problems":N,"notes":N,"findings":[{"chapter","verdict","topic","what","why","cure"},...]}
[[nodiscard]] std::string as_json(const Findings& findings);

}  // namespace ringsock::doctor
