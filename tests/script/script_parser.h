// SPDX-License-Identifier: BSD-3-Clause
// Text of a .pkt file -> Script, or one message that names file and line. Total on any text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "script.h"

namespace ringsock::script {

struct ParseError {
    std::string message;  ///< "file:line: what is wrong"
};

[[nodiscard]] Result<Script, ParseError> parse_script(const std::string& path, std::string_view text);
[[nodiscard]] Result<Script, ParseError> read_script(const std::string& path);

}  // namespace ringsock::script
