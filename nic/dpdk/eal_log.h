// SPDX-License-Identifier: BSD-3-Clause
// Keeps DPDK quiet and remembers what it said: its log goes into a bounded memory of lines, and an error that
// reaches the user quotes the line that explains it. Control role; the memory itself takes a lock, because
// DPDK's own threads log too.
#pragma once

#include <cstdint>
#include <string>

namespace ringsock::dpdk {

/// Redirects DPDK's log into memory. Idempotent; call before and after rte_eal_init (which may set its own).
void capture_log() noexcept;

/// A moment in the log, so that an error quotes only what was said after it.
[[nodiscard]] std::uint64_t log_mark() noexcept;

/// The most serious line since `mark` (the last one of the worst level, warnings at most), trimmed of prefix
/// noise and line end; "" when nothing of the kind was said.
[[nodiscard]] std::string worst_line_since(std::uint64_t mark);

}  // namespace ringsock::dpdk
