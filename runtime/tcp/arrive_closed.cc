// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.1: SEGMENT ARRIVES when there is no Tcb; the reset of §3.5.2 group 1.
#include "tcp/connection.h"

namespace ringsock::tcp {

bool reset_for(const TcpFields& segment, std::uint32_t text_length, TcpFields& out) {
    if (segment.has(TcpFlag::rst)) return false;
    out = TcpFields{};
    out.source = segment.destination;
    out.destination = segment.source;
    if (segment.has(TcpFlag::ack)) {
        out.seq = segment.ack;
        out.flags = TcpFlag::rst;
        return true;
    }
    const std::uint32_t controls =
        (segment.has(TcpFlag::syn) ? 1u : 0u) + (segment.has(TcpFlag::fin) ? 1u : 0u);
    out.seq = SeqNum{0};
    out.ack = segment.seq + (text_length + controls);
    out.flags = TcpFlag::rst | TcpFlag::ack;
    return true;
}

}  // namespace ringsock::tcp
