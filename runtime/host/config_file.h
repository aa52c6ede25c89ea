// SPDX-License-Identifier: BSD-3-Clause
// Config from TOML: a file, a text, overrides from the command line. Control role. Whatever is wrong is
// refused with one line that names the place and the cure; an unknown key also with the nearest key there is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/config.h"

namespace ringsock {

/// "ring.toml:12: unknown key 'adresses' in [[host.interface]]; the nearest key is 'addresses'".
struct ConfigError {
    std::string message;
};

/// Largest configuration that is read, in bytes.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;

/// Reads the configuration: `text` if not empty, else the file `path`, else the file that the environment
/// variable RINGSOCK_CONFIG names, else the embedded default. Then each of `overrides`
/// ("engine.drive=dedicated", "host.0.interface.0.device=net_tap") replaces or adds one key, in order; an
/// index one past the end of host, interface or route adds one. A file without [[host]] has the embedded
/// default's.
[[nodiscard]] Result<Config, ConfigError> load_config(const std::string& path, const std::string& text,
                                                      std::span<const std::string> overrides);

/// Parses `text`; `source` stands for its file name in messages.
[[nodiscard]] Result<Config, ConfigError> parse_config(const std::string& text, const std::string& source,
                                                       std::span<const std::string> overrides = {});

/// The embedded default as TOML; parse_config of it equals Config{}.
[[nodiscard]] const char* embedded_config_text() noexcept;

/// Every key there is as "section.key": "tcp.nagle", "host.interface.device". In the order of reference.toml.
[[nodiscard]] std::vector<std::string> config_keys();

}  // namespace ringsock
