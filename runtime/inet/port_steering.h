// SPDX-License-Identifier: BSD-3-Clause
// PortSteering: which source ports make the NIC's receive-side hash bring the answer to this engine
// (house.md, D2). The Toeplitz hash is linear, so hash(flow) = hash(addresses, remote port) ^ part(local
// port), and the ports of one engine are found 64 at a time by a table look-up instead of a search. Pure
// tables; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "wire/toeplitz.h"

namespace ringsock {

/// Largest redirection table (RETA) we know.
inline constexpr std::size_t kMaxRedirectionEntries = 512;

/// Built once per engine from the NIC's key and redirection table; about 17 KiB.
class PortSteering {
  public:
    /// `redirection` has a power-of-two number of entries, at most kMaxRedirectionEntries, each the queue for
    /// that value of the low hash bits; `queue` is this engine's queue.
    PortSteering(const ToeplitzKey& rss_key, std::span<const std::uint16_t> redirection,
                 std::uint16_t queue) noexcept;

    /// What addresses and remote port contribute to the redirection index. Compute once per connect.
    [[nodiscard]] std::uint32_t residue(Ipv4 local, Ipv4 remote, Port remote_port) const noexcept {
        return toeplitz_.ipv4(remote, local, remote_port, Port{0}) & index_mask_;
    }
    [[nodiscard]] std::uint32_t residue(const Ipv6& local, const Ipv6& remote,
                                        Port remote_port) const noexcept {
        return toeplitz_.ipv6(remote, local, remote_port, Port{0}) & index_mask_;
    }

    /// Bit b is set when local port `word * 64 + b` of a flow with this residue hashes to our queue.
    [[nodiscard]] std::uint64_t mine(Family family, std::uint32_t residue,
                                     std::uint32_t word) const noexcept {
        const std::size_t v6 = family == Family::ipv6 ? 1 : 0;
        return masks_[v6][residue ^ word_part_[v6][word]];
    }
    /// Whether one local port is ours.
    [[nodiscard]] bool is_mine(Family family, std::uint32_t residue, Port port) const noexcept {
        return (mine(family, residue, port.value >> 6) >> (port.value & 63) & 1) != 0;
    }

  private:
    Toeplitz toeplitz_;
    std::uint32_t index_mask_;
    /// word_part_[v6][w]: what port w * 64 contributes to the redirection index.
    std::array<std::array<std::uint16_t, 1024>, 2> word_part_{};
    /// masks_[v6][r]: which of the 64 ports of a word are ours, given all the rest contributes r.
    std::array<std::array<std::uint64_t, kMaxRedirectionEntries>, 2> masks_{};
};

}  // namespace ringsock
