// SPDX-License-Identifier: BSD-3-Clause
// Texts for people. Written by hand, because this room may not call the C library (house.md, section 3).
#include "tcp/describe.h"

#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

/// Appends to a span and forgets what does not fit.
class Writer {
  public:
    explicit Writer(std::span<char> into) noexcept : into_(into) {}
    Writer& operator<<(std::string_view text) noexcept {
        for (const char c : text)
            if (used_ < into_.size()) into_[used_++] = c;
        return *this;
    }
    Writer& operator<<(std::uint32_t value) noexcept {
        char digits[10];
        int n = 0;
        do digits[n++] = static_cast<char>('0' + value % 10);
        while ((value /= 10) != 0);
        while (n > 0) *this << std::string_view(&digits[--n], 1);
        return *this;
    }
    [[nodiscard]] std::string_view text() const noexcept { return {into_.data(), used_}; }

  private:
    std::span<char> into_;
    std::size_t used_ = 0;
};

void write_flags(Writer& w, std::uint8_t flags) noexcept {
    constexpr std::string_view kLetters = "FSRP.UEW";
    for (unsigned i = 0; i < 8; ++i)
        if ((flags & (1u << i)) != 0) w << kLetters.substr(i, 1);
}

void write_options(Writer& w, const TcpFields& f) noexcept {
    if (f.options == 0) return;
    w << " <";
    std::string_view comma;
    const auto next = [&w, &comma](std::string_view name) {
        w << comma << name;
        comma = ",";
    };
    if (f.has_option(kOptMss)) next("mss "), w << std::uint32_t{f.mss};
    if (f.has_option(kOptSackPermitted)) next("sackOK");
    if (f.has_option(kOptWindowScale)) next("wscale "), w << std::uint32_t{f.window_scale};
    if (f.has_option(kOptTimestamps)) next("TS val "), w << f.ts_value << " ecr " << f.ts_echo;
    if (f.has_option(kOptSack)) {
        next("sack");
        for (unsigned i = 0; i < f.sack_count && i < 4; ++i)
            w << " " << f.sack[i].left.value << ":" << f.sack[i].right.value;
    }
    w << ">";
}

}  // namespace

std::string_view describe(const Tcb& tcb, std::span<char> into) noexcept {
    const TcbArrive& a = tcb.arrive;
    Writer w(into);
    w << name_view(a.state) << " una " << a.snd_una.value << " nxt " << a.snd_nxt.value << " wnd "
      << a.snd_wnd << " rcv " << a.rcv_nxt.value << " window " << receive_window(tcb) << " mss "
      << std::uint32_t{tcb.time.snd_mss} << " unread " << unread_bytes(tcb) << " queued " << queued_bytes(tcb)
      << " due " << std::uint32_t{a.output_due} << " backoff " << std::uint32_t{a.backoff};
    if (has_trait(tcb, kTraitSendLine))
        w << " cwnd " << tcb.send.cwnd_bytes << " ssthresh " << tcb.send.ssthresh_bytes;
    if (has_trait(tcb, kTraitRecovery)) w << " recovery";
    if (has_trait(tcb, kTraitResend)) w << " resend";
    if (has_trait(tcb, kTraitPersist)) w << " persist";
    if (has_trait(tcb, kTraitGaps)) w << " gaps " << std::uint32_t{tcb.deliver.gap_packets};
    if (has_trait(tcb, kTraitOrphan)) w << " orphan";
    return w.text();
}

std::string_view describe(const TcpFields& segment, std::uint32_t text_length,
                          std::span<char> into) noexcept {
    Writer w(into);
    w << std::uint32_t{segment.source.value} << " > " << std::uint32_t{segment.destination.value} << " ";
    write_flags(w, segment.flags);
    w << " seq " << segment.seq.value;
    if (segment.has(TcpFlag::ack)) w << " ack " << segment.ack.value;
    w << " win " << std::uint32_t{segment.window} << " len " << text_length;
    write_options(w, segment);
    return w.text();
}

}  // namespace ringsock::tcp
