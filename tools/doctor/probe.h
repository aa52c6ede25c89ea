// SPDX-License-Identifier: BSD-3-Clause
// Reading what the kernel tells in /proc and /sys, where either may be missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringsock::doctor {

/// The file without its last line break; nothing when it cannot be read. At most 256 KiB.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path);
/// The number a file begins with, or that stands behind `label` in it.
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path,
                                                       const std::string& label = "");
/// Names in a folder, sorted, without "." and ".."; empty when there is none.
[[nodiscard]] std::vector<std::string> list_folder(const std::string& path);
/// The last part of what a symbolic link points to; "" when there is none.
[[nodiscard]] std::string link_name(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);

/// "0-2,5" as the numbers in it; empty for "" and for what is no such list.
[[nodiscard]] std::vector<unsigned> parse_cpu_list(const std::string& text);
/// The other way round.
[[nodiscard]] std::string cpu_list(const std::vector<unsigned>& cpus);

/// "42 MiB", "3.2 GiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// "1 core", "2 cores".
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& thing);

}  // namespace ringsock::doctor
