// SPDX-License-Identifier: BSD-3-Clause
// "key=value" on top of a TOML document. Only config_file.cc uses it. Control role.
#pragma once

#include <optional>
#include <string>

#include "host/config_reader.h"

namespace ringsock {

/// Sets one key of `root`. The key is a path of names and, below host, interface and route, indices; the
/// value is TOML ("3", "true", "[0, 1]", "\"text\"") or, when it is not, text as it stands.
[[nodiscard]] std::optional<ConfigError> apply_override(toml::table& root, const std::string& key_and_value);

}  // namespace ringsock
