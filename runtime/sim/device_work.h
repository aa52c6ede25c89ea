// SPDX-License-Identifier: BSD-3-Clause
// What a NIC does for a stack that leaves it checksums and segmentation (TxOffload), byte by byte and with
// the stack's part checked: fields it leaves to the device must be as TxFrame says. TCP over IPv4. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ringsock::sim {

/// Bytes of each header of a frame.
struct FrameLayers {
    std::size_t l2 = 0, l3 = 0, l4 = 0;
};

/// Completes the TCP checksum of a frame.
void complete_tcp(std::vector<std::byte>& frame, const FrameLayers& layers);

/// Cuts the text of a frame into segments of `segment_bytes`, the last may be shorter, and gives each with
/// its headers to `sink`; returns how many. FIN and PSH go with the last, CWR with the first; IPv4
/// identifications count on, as NICs do it.
std::uint64_t cut_tcp(const std::vector<std::byte>& frame, const FrameLayers& layers,
                      std::size_t segment_bytes, const std::function<void(std::vector<std::byte>&&)>& sink);

}  // namespace ringsock::sim
