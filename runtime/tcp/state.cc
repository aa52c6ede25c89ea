// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.3.2, Figure 5 as a table.
#include "tcp/state.h"

namespace ringsock::tcp {
namespace {

constexpr std::uint16_t to(State s) noexcept {
    return static_cast<std::uint16_t>(1u << static_cast<unsigned>(s));
}

/// Row: from; bits: where to. CLOSED can follow every state (reset, abort, time-out).
constexpr std::uint16_t kMoves[kStateCount] = {
    /* closed       */ to(State::listen) | to(State::syn_sent) | to(State::syn_received),
    /* listen       */ to(State::closed) | to(State::syn_sent) | to(State::syn_received),
    // A SYN,ACK or ACK may complete a connection whose user has already closed (§3.10.4): FIN-WAIT-1 at once;
    // and one segment may complete it and carry the peer's FIN.
    /* syn_sent     */ to(State::closed) | to(State::syn_received) | to(State::established) |
        to(State::fin_wait_1) | to(State::close_wait) | to(State::closing),
    /* syn_received */ to(State::closed) | to(State::listen) | to(State::established) |
        to(State::fin_wait_1) | to(State::close_wait) | to(State::closing),
    /* established  */ to(State::closed) | to(State::fin_wait_1) | to(State::close_wait),
    /* close_wait   */ to(State::closed) | to(State::last_ack),
    // FIN and ACK of FIN in one segment lead straight to TIME-WAIT (§3.10.7.4, eighth step).
    /* fin_wait_1   */ to(State::closed) | to(State::fin_wait_2) | to(State::closing) | to(State::time_wait),
    /* fin_wait_2   */ to(State::closed) | to(State::time_wait),
    /* closing      */ to(State::closed) | to(State::time_wait),
    /* last_ack     */ to(State::closed),
    /* time_wait    */ to(State::closed),
};

constexpr std::string_view kNames[kStateCount] = {"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                  "ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "FIN-WAIT-2",
                                                  "CLOSING",     "LAST-ACK",   "TIME-WAIT"};

}  // namespace

std::string_view name_view(State state) noexcept {
    const auto i = static_cast<unsigned>(state);
    return i < kStateCount ? kNames[i] : "?";
}

const char* name_of(State state) noexcept {
    return name_view(state).data();  // Literals: they end in zero.
}

bool is_legal_transition(State from, State next) noexcept {
    return from == next || (kMoves[static_cast<unsigned>(from)] & to(next)) != 0;
}

}  // namespace ringsock::tcp
