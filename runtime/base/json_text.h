// SPDX-License-Identifier: BSD-3-Clause
// A text as a JSON string (RFC 8259 §7). Control role.
#pragma once

#include <string>

namespace ringsock {

/// In quotation marks. Bytes outside ASCII become escapes: names of files need not be UTF-8.
[[nodiscard]] std::string json_text(const std::string& text);

}  // namespace ringsock
