// SPDX-License-Identifier: BSD-3-Clause
// The eleven states of a connection and the moves between them (RFC 9293 §3.3.2, Figure 5). Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringsock::tcp {

/// The order matters: everything from `established` on is synchronized in the sense of §3.5.2 rule 3.
enum class State : std::uint8_t {
    closed = 0,
    listen,
    syn_sent,
    syn_received,
    established,
    close_wait,
    fin_wait_1,
    fin_wait_2,
    closing,
    last_ack,
    time_wait,
};
inline constexpr std::uint8_t kStateCount = 11;

/// The RFC's name of the state, for logs and test failures.
const char* name_of(State state) noexcept;
std::string_view name_view(State state) noexcept;

/// Whether Figure 5 (with its footnotes, and "any -> CLOSED" for resets, aborts and time-outs) has this move.
bool is_legal_transition(State from, State to) noexcept;

/// States in which the peer's SYN was acknowledged and ours too (§3.5.2).
constexpr bool is_synchronized(State s) noexcept {
    return s >= State::established;
}
/// States in which text of the user may still be sent (text queued before CLOSE included).
constexpr bool may_send_text(State s) noexcept {
    return s == State::established || s == State::close_wait || s == State::fin_wait_1 ||
           s == State::closing || s == State::last_ack;
}
/// States in which text of the peer is still expected (§3.10.7.4 step 7).
constexpr bool may_receive_text(State s) noexcept {
    return s == State::established || s == State::fin_wait_1 || s == State::fin_wait_2;
}

}  // namespace ringsock::tcp
