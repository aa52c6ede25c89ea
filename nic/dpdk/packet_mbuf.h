// SPDX-License-Identifier: BSD-3-Clause
// The single cast between DPDK's buffer and ours: a Packet lies in the private area that follows the
// rte_mbuf, so both are one object and the way from one to the other is a constant (house.md, section 5.1).
// True only of pools made by BufferPool with a packet area (mempool.h); frames of other pools have no Packet.
#pragma once

#include <rte_mbuf.h>

#include "packet/packet.h"

namespace ringsock::dpdk {

static_assert(sizeof(rte_mbuf) % alignof(Packet) == 0, "the private area must be aligned for a Packet");
static_assert(sizeof(Packet) % RTE_MBUF_PRIV_ALIGN == 0, "DPDK rounds private areas to RTE_MBUF_PRIV_ALIGN");

[[nodiscard]] inline Packet* packet_of(rte_mbuf* mbuf) noexcept {
    return reinterpret_cast<Packet*>(mbuf + 1);
}
[[nodiscard]] inline rte_mbuf* mbuf_of(Packet* packet) noexcept {
    return reinterpret_cast<rte_mbuf*>(packet) - 1;
}
[[nodiscard]] inline rte_mbuf* mbuf_of(const Packet* packet) noexcept {
    return mbuf_of(const_cast<Packet*>(packet));
}

}  // namespace ringsock::dpdk
