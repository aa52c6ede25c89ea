// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.2: SEGMENT ARRIVES in LISTEN. A listener has no Tcb; the SYN that opens one goes to
// open_passive().
#include "tcp/connection.h"

namespace ringsock::tcp {

ListenVerdict judge_listen(const TcpFields& segment, std::uint32_t text_length, TcpFields& reset) {
    if (segment.has(TcpFlag::rst)) return ListenVerdict::drop;  // First: nothing here can be reset.
    if (segment.has(TcpFlag::ack))  // Second: nothing was sent that could be acknowledged.
        return reset_for(segment, text_length, reset) ? ListenVerdict::reset : ListenVerdict::drop;
    return segment.has(TcpFlag::syn) ? ListenVerdict::open : ListenVerdict::drop;  // Third, fourth.
}

}  // namespace ringsock::tcp
