// SPDX-License-Identifier: BSD-3-Clause
// PortSteering: the tables, from the linear parts of the hash.
#include "inet/port_steering.h"

#include "base/assert.h"

namespace ringsock {

PortSteering::PortSteering(const ToeplitzKey& rss_key, std::span<const std::uint16_t> redirection,
                           std::uint16_t queue) noexcept
    : toeplitz_(rss_key), index_mask_(static_cast<std::uint32_t>(redirection.size() - 1)) {
    const std::size_t entries = redirection.size();
    RS_ASSERT(entries != 0 && entries <= kMaxRedirectionEntries && (entries & (entries - 1)) == 0);
    for (std::size_t v6 = 0; v6 < 2; ++v6) {
        const Family family = v6 != 0 ? Family::ipv6 : Family::ipv4;
        const auto part_of = [&](std::size_t port) {
            return toeplitz_.destination_port_part(family, Port{static_cast<std::uint16_t>(port)}) &
                   index_mask_;
        };
        for (std::size_t word = 0; word < word_part_[v6].size(); ++word)
            word_part_[v6][word] = static_cast<std::uint16_t>(part_of(word * 64));
        for (std::size_t bit = 0; bit < 64; ++bit) {
            const std::size_t part = part_of(bit);
            for (std::size_t rest = 0; rest < entries; ++rest)
                if (redirection[rest ^ part] == queue) masks_[v6][rest] |= std::uint64_t{1} << bit;
        }
    }
}

}  // namespace ringsock
