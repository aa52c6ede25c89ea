// SPDX-License-Identifier: BSD-3-Clause
// PcapWriter: frames with virtual times as a classic pcap file (microseconds, Ethernet). One thread.
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "base/instant.h"

namespace ringsock::sim {

class PcapWriter {
  public:
    PcapWriter();
    /// Appends one frame to the capture in memory.
    void add(Instant at, std::span<const std::byte> frame);
    /// The whole file so far.
    [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
    /// Writes the file; false when that fails (errno says why).
    [[nodiscard]] bool save(const std::string& path) const;

  private:
    void append(const void* from, std::size_t count);
    void word(std::uint32_t v);
    void half(std::uint16_t v);
    std::vector<std::byte> bytes_;
};

}  // namespace ringsock::sim
