// SPDX-License-Identifier: BSD-3-Clause
#include "script_runner.h"

#include <ringsock/sim.h>
#include <ringsock/ws2.h>

#include <algorithm>
#include <cstdio>

#include "script_calls.h"
#include "script_wire.h"

namespace ringsock::script {

namespace {

constexpr std::uint64_t kSeed = 7;
/// How finely time is moved while the script waits: the times of what is seen are known that well.
constexpr std::uint64_t kStepMicros = 250;

std::string at_time(std::uint64_t micros) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f s", static_cast<double>(micros) / 1e6);
    return text;
}

class Play {
  public:
    explicit Play(const Script& script)
        : script_(script), wire_(script.shows_arp), start_(ringsock_sim_now()), base_(start_) {}

    std::string run() {
        wire_.poll();
        for (const Line& line : script_.lines) {
            const std::string wrong = is_outbound(line.event) ? hear(line) : act(line);
            if (!wrong.empty()) return where(line) + wrong;
        }
        return {};
    }

  private:
    static bool is_outbound(const Event& event) {
        return std::visit(
            [](const auto& e) {
                if constexpr (requires { e.is_outbound; })
                    return e.is_outbound;
                else
                    return false;
            },
            event);
    }
    [[nodiscard]] std::string where(const Line& line) const {
        return script_.path + ":" + std::to_string(line.number) + ": " + line.text + "\n    ";
    }
    [[nodiscard]] std::string unexpected() const {
        return "the host sent this " + at_time(wire_.front().at - base_) +
               " after the line before, unasked: " + wire_.describe(wire_.front());
    }
    /// Moves time on to `until`, or to the first frame.
    void wait(std::uint64_t until) {
        wire_.poll();
        while (!wire_.has_frame() && ringsock_sim_now() < until) {
            (void)ringsock_sim_advance(std::min(kStepMicros, until - ringsock_sim_now()));
            wire_.poll();
        }
    }

    /// A line of the host's: the next frame must come at its time and be what it says.
    std::string hear(const Line& line) {
        const std::uint64_t due = base_ + static_cast<std::uint64_t>(line.delta_us);
        const auto tolerance = static_cast<std::uint64_t>(script_.tolerance_us);
        wait(due + tolerance);
        if (!wire_.has_frame()) return "nothing was sent by then";
        const Sent& sent = wire_.front();
        if (sent.at + tolerance < due || sent.at > due + tolerance)
            return "it came " + at_time(sent.at - base_) + " after the line before: " + wire_.describe(sent);
        const std::string wrong = wire_.compare(line.event, sent);
        if (!wrong.empty()) return wrong + "; the host sent " + wire_.describe(sent);
        base_ = sent.at;
        wire_.pop();
        return {};
    }

    /// A line of ours: nothing may have been sent before its time.
    std::string act(const Line& line) {
        const std::uint64_t due = base_ + static_cast<std::uint64_t>(line.delta_us);
        wait(due);
        if (wire_.has_frame() && wire_.front().at < due) return unexpected();
        if (wire_.has_frame() && (line.delta_us != 0 || std::holds_alternative<Silence>(line.event)))
            return unexpected();
        base_ = std::max(due, ringsock_sim_now());
        std::string wrong;
        if (const auto* call = std::get_if<Call>(&line.event))
            wrong = calls_.make(*call);
        else if (!std::holds_alternative<Silence>(line.event))
            wrong = wire_.say(line.event);
        (void)ringsock_sim_settle();
        wire_.poll();
        return wrong;
    }

    const Script& script_;
    Wire wire_;
    Calls calls_;
    const std::uint64_t start_;
    std::uint64_t base_;  ///< Time of the line before.
};

}  // namespace

std::string play(const Script& script) {
    if (ringsock_sim_reset(kSeed) != 0) return script.path + ":1: the last play is still on";
    if (ringsock_sim_add_host(kHost, "10.0.0.1/24",
                              script.gateway.empty() ? nullptr : script.gateway.c_str()) != 0)
        return script.path + ":1: " + ringsock_last_error_text();
    WSADATA data;
    if (WSAStartup(0x0202, &data) != 0) return script.path + ":1: WSAStartup: " + ringsock_last_error_text();
    std::string wrong = Play(script).run();
    if (WSACleanup() != 0 && wrong.empty()) wrong = script.path + ":1: WSACleanup failed";
    return wrong;
}

}  // namespace ringsock::script
