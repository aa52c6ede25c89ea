// SPDX-License-Identifier: BSD-3-Clause
// Reading a configuration: TOML from a file or a text, and "key=value" overrides on top (house.md, D9). Control role.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "host/config.h"

namespace ringsock {

/// One line for a person: file and line (or which override), what is wrong, and what to do (an unknown key names
/// the nearest one).
struct ConfigError {
    std::string message;
};

/// The configuration to run: `text` when not empty, else the file `path` when not empty, else the file that the
/// environment variable RINGSOCK_CONFIG names, else the embedded default; then `overrides` in order
/// ("engine.drive=dedicated", "host.0.interface.0.device=net_tap"). Every value is checked against its bounds.
[[nodiscard]] Result<Config, ConfigError> load_config(const std::string& path, const std::string& text,
                                                      std::span<const std::string> overrides);

}  // namespace ringsock
