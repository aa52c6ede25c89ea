// SPDX-License-Identifier: BSD-3-Clause
// What the tests of the TCP room share: a packet pool that counts, one end of a connection driven segment by
// segment (Side), and two ends joined by a pipe with delay, loss, duplication and reordering (Wire). After
// every step the invariants and the legality of the state move are checked.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tcp/connection.h"
#include "tcp/describe.h"
#include "tcp/invariants.h"
#include "tcp/time_wait.h"

namespace ringsock::tcp::testing {

inline constexpr Instant kStart{1'000'000'000};
constexpr Micros ms(std::int64_t n) {
    return Micros::from_millis(n);
}
constexpr Micros seconds(std::int64_t n) {
    return Micros::from_seconds(n);
}
constexpr FlowKey kKey{0x0a000001, 0x0a000002, Port{40000}, Port{80}};

/// Packets with buffers; fails the test that lets one go astray.
class Pool {
  public:
    ~Pool() { EXPECT_EQ(outstanding_, 0) << "packets leaked"; }
    Packet* make(std::string_view text) {
        auto slot = std::make_unique<Slot>();
        slot->bytes.assign(text.begin(), text.end());
        slot->packet.data = reinterpret_cast<std::byte*>(slot->bytes.data());
        slot->packet.length = slot->packet.capacity = static_cast<std::uint32_t>(text.size());
        slots_.push_back(std::move(slot));
        ++outstanding_;
        return &slots_.back()->packet;
    }
    void release(Packet* p) {
        for (auto it = slots_.begin(); it != slots_.end(); ++it) {
            if (&(*it)->packet != p) continue;
            slots_.erase(it);
            --outstanding_;
            return;
        }
        ADD_FAILURE() << "released a packet that is not out";
    }
    void release_all(PacketList& list) {
        while (Packet* p = list.take_front()) release(p);
    }
    [[nodiscard]] int outstanding() const { return outstanding_; }

  private:
    struct Slot {
        Packet packet;
        std::vector<char> bytes;
    };
    std::deque<std::unique_ptr<Slot>> slots_;
    int outstanding_ = 0;
};

/// A segment with its text by value.
struct Segment {
    TcpFields fields;
    std::string text;

    [[nodiscard]] bool is(unsigned flags) const { return (fields.flags & ~TcpFlag::psh) == flags; }
    [[nodiscard]] std::uint32_t seq() const { return fields.seq.value; }
    [[nodiscard]] std::uint32_t ack() const { return fields.ack.value; }
    /// Sequence numbers it takes.
    [[nodiscard]] std::uint32_t length() const {
        return static_cast<std::uint32_t>(text.size()) + (fields.has(TcpFlag::syn) ? 1 : 0) +
               (fields.has(TcpFlag::fin) ? 1 : 0);
    }
    [[nodiscard]] std::string str() const {
        char room[kDescriptionBytes];
        return std::string(describe(fields, static_cast<std::uint32_t>(text.size()), room));
    }
};

inline Segment segment(unsigned flags, std::uint32_t seq, std::uint32_t ack, std::uint16_t window = 65535,
                       std::string text = {}) {
    Segment s;
    s.fields.source = kKey.remote_port;
    s.fields.destination = kKey.local_port;
    s.fields.flags = static_cast<std::uint8_t>(flags);
    s.fields.seq = SeqNum{seq};
    s.fields.ack = SeqNum{ack};
    s.fields.window = window;
    s.text = std::move(text);
    return s;
}
inline Segment with_mss(Segment s, std::uint16_t mss) {
    s.fields.options |= kOptMss;
    s.fields.mss = mss;
    return s;
}
inline Segment with_ts(Segment s, std::uint32_t value, std::uint32_t echo = 0) {
    s.fields.options |= kOptTimestamps;
    s.fields.ts_value = value;
    s.fields.ts_echo = echo;
    return s;
}
inline Segment with_scale(Segment s, std::uint8_t shift) {
    s.fields.options |= kOptWindowScale;
    s.fields.window_scale = shift;
    return s;
}
inline Segment with_sack(Segment s) {
    s.fields.options |= kOptSackPermitted;
    return s;
}

/// Parameters without options, so that numbers in tests are plain.
inline OpenParams plain(std::uint32_t iss = 1000) {
    OpenParams p;
    p.key = kKey;
    p.iss = SeqNum{iss};
    p.flags = kOpenNagleOff;
    p.receive_buffer = 65535;
    return p;
}

/// One end: a Tcb and the duties of its owner.
class Side {
  public:
    Tcb tcb{};
    Instant now = kStart;
    std::uint32_t seen = 0;  ///< All EffectBits so far.
    ConnError error = ConnError::none;
    std::string received;
    bool reads = true;  ///< Consumes text as it comes.
    bool freed = false;
    std::optional<TimeWaitRecord> time_wait;
    Pool pool;
    PacketList unread;

    ~Side() { discard(); }
    void discard() {
        PacketList rest;
        take_packets(tcb, rest);
        pool.release_all(rest);
        pool.release_all(unread);
    }

    Effects open(const OpenParams& p) {
        return step([&] { return open_active(tcb, p, now); });
    }
    Effects accept(const OpenParams& p, const Segment& syn) {
        return step([&] { return open_passive(tcb, p, syn.fields, now); });
    }
    Effects in(const Segment& s) {
        Packet* text = s.text.empty() ? nullptr : pool.make(s.text);
        return in(s, text);
    }
    /// `text` may be nullptr although the segment has text: the pool was empty.
    Effects in(const Segment& s, Packet* text) {
        TextOut out;
        const SegmentIn arrived{s.fields, static_cast<std::uint32_t>(s.text.size()), text, false};
        const Effects e = step([&] { return arrive(tcb, arrived, now, out); });
        deliver(out);
        return e;
    }
    Effects write(std::string_view text, std::size_t packet_size = 1 << 20) {
        PacketList list;
        for (std::size_t at = 0; at < text.size(); at += packet_size)
            list.push_back(pool.make(text.substr(at, packet_size)));
        const Effects e = step([&] { return send(tcb, list, static_cast<std::uint32_t>(text.size()), now); });
        pool.release_all(list);
        return e;
    }
    Effects read(std::uint32_t bytes) {
        PacketList rest;
        std::uint32_t left = bytes;
        while (left > 0) {
            Packet* p = unread.take_front();
            if (p == nullptr) break;
            const std::uint32_t n = std::min(left, p->length);
            received.append(reinterpret_cast<const char*>(p->data), n);
            left -= n;
            p->data += n;
            p->length -= n;
            if (p->length == 0)
                pool.release(p);
            else
                rest.push_back(p);
        }
        rest.take_all(unread);
        unread = std::move(rest);
        return step([&] { return receive(tcb, bytes - left, now); });
    }
    Effects shut() {
        return step([&] { return shutdown_send(tcb, now); });
    }
    Effects end(bool abortive = false) {
        return step([&] { return close(tcb, abortive, false, now); });
    }
    Effects give_up() {
        return step([&] { return tcp::abort(tcb, now); });
    }
    Effects tick() {
        TextOut out;
        const Effects e = step([&] { return expire(tcb, now, out); });
        deliver(out);
        return e;
    }
    /// Advances to the next deadline and expires there.
    Effects fire() {
        const Instant at = next_deadline(tcb);
        EXPECT_FALSE(at.is_never()) << "no timer runs";
        if (at.is_never()) return Effects::none();
        if (at > now) now = at;
        return tick();
    }
    /// The next due segment, or nothing.
    std::optional<Segment> out() {
        if (freed) return std::nullopt;
        SegmentOut o;
        bool spoke = false;
        step([&] {
            spoke = next_segment(tcb, now, {cut_bytes, cut_pieces}, o);
            return o.effects;
        });
        if (!spoke) return std::nullopt;
        Segment s{o.fields, {}};
        s.text = gather(o);
        segment_bytes = o.segment_bytes;
        return s;
    }
    /// All due segments.
    std::vector<Segment> all() {
        std::vector<Segment> segments;
        while (auto s = out()) {
            segments.push_back(std::move(*s));
            EXPECT_LT(segments.size(), 5000u) << "next_segment() does not end";
            if (segments.size() >= 5000u) break;
        }
        return segments;
    }
    /// A carrier that cuts text into segments, and what the last one out() gave is to be cut into.
    std::uint32_t cut_bytes = 0, cut_pieces = 0, segment_bytes = 0;
    [[nodiscard]] bool saw(std::uint32_t bits) const { return (seen & bits) == bits; }
    [[nodiscard]] std::uint32_t flight() const { return distance(tcb.arrive.snd_una, tcb.arrive.snd_nxt); }
    [[nodiscard]] State state() const { return tcb.arrive.state; }
    [[nodiscard]] std::string str() const {
        char room[kDescriptionBytes];
        return std::string(describe(tcb, room));
    }

    /// Client in ESTABLISHED: our ISS `iss`, the peer's 5000.
    void establish(OpenParams p = plain(), std::uint16_t peer_mss = 1460, std::uint16_t window = 65535) {
        (void)open(p);
        (void)out();
        (void)in(with_mss(segment(TcpFlag::syn | TcpFlag::ack, 5000, p.iss.value + 1, window), peer_mss));
        const auto ack = out();
        ASSERT_TRUE(ack.has_value());
        ASSERT_EQ(state(), State::established);
    }

    Effects step(const std::function<Effects()>& call) {
        EXPECT_FALSE(freed) << "a freed Tcb is used";
        const State from = tcb.arrive.state;
        const Effects e = call();
        EXPECT_TRUE(is_legal_transition(from, tcb.arrive.state))
            << name_of(from) << " -> " << name_of(tcb.arrive.state);
        const char* broken = check(tcb);
        EXPECT_EQ(broken, nullptr) << broken << "\n  " << str();
        seen |= e.bits;
        if (e.error != ConnError::none) error = e.error;
        if (e.has(kEffectTimeWait)) {
            EXPECT_EQ(tcb.arrive.state, State::time_wait);
            time_wait = make_record(tcb, now);
        }
        if (e.has(kEffectTimeWait | kEffectClosed)) {
            freed = true;
            PacketList rest;
            take_packets(tcb, rest);
            pool.release_all(rest);
        }
        return e;
    }

  private:
    void deliver(TextOut& out) {
        pool.release_all(out.released);
        std::uint32_t bytes = 0;
        for (Packet* p = out.delivered.front(); p != nullptr; p = p->next) bytes += p->length;
        unread.take_all(out.delivered);
        if (reads && bytes != 0 && !freed) (void)read(bytes);
    }
    static std::string gather(const SegmentOut& o) {
        std::string text;
        const Packet* p = o.payload;
        std::uint32_t offset = o.payload_offset;
        while (text.size() < o.payload_length) {
            if (p == nullptr) {
                ADD_FAILURE() << "payload runs past the chain";
                break;
            }
            const auto left = o.payload_length - static_cast<std::uint32_t>(text.size());
            EXPECT_LT(offset, p->length);
            const std::uint32_t n = std::min(left, p->length - offset);
            text.append(reinterpret_cast<const char*>(p->data) + offset, n);
            offset = 0;
            p = p->next;
        }
        return text;
    }
};

/// Two Sides and the wire between them.
class Wire {
  public:
    Side a, b;  ///< `a` opens, `b` listens.
    Instant now = kStart;
    Micros delay{500};
    double loss = 0, duplicate = 0, reorder = 0;
    std::mt19937 random{1};
    OpenParams b_params = plain(700'000);
    bool b_listening = true;
    std::deque<std::string> log;                            ///< The last segments, for failures.
    std::function<bool(const Segment&, bool from_a)> drop;  ///< Asked for every segment; true: lost.
    std::uint64_t segments = 0;

    Wire() { b_params.key = FlowKey{kKey.remote, kKey.local, kKey.remote_port, kKey.local_port}; }

    /// Runs until nothing is in flight and no timer is due before `until`.
    void run(Micros span) {
        const Instant until = now + span;
        for (int guard = 0; guard < 2'000'000; ++guard) {
            pull(a, true);
            pull(b, false);
            Instant next = until;
            if (!flying_.empty()) next = std::min(next, flying_.front().at);
            next = std::min({next, deadline(a), deadline(b)});
            if (next >= until) break;
            set_now(std::max(next, now));
            expire_if_due(a);
            expire_if_due(b);
            while (!flying_.empty() && flying_.front().at <= now) {
                Flying f = std::move(flying_.front());
                flying_.pop_front();
                deliver(f);
                if (::testing::Test::HasFailure()) return;
            }
        }
        set_now(until);
    }
    void connect(const OpenParams& p) { (void)a.open(p); }

    [[nodiscard]] std::string story() const {
        std::string s;
        for (const std::string& line : log) s += line + "\n";
        return s;
    }

  private:
    struct Flying {
        Instant at;
        bool to_b;
        Segment segment;
    };
    void set_now(Instant t) { now = a.now = b.now = t; }
    static Instant deadline(const Side& s) { return s.freed ? Instant::never() : next_deadline(s.tcb); }
    static void expire_if_due(Side& s) {
        if (!s.freed && next_deadline(s.tcb) <= s.now) (void)s.tick();
    }
    bool chance(double p) { return p > 0 && std::uniform_real_distribution<>(0, 1)(random) < p; }
    void launch(const Segment& s, bool to_b) {
        Micros d = delay;
        if (chance(reorder)) d = d + Micros{static_cast<std::int64_t>(random() % 3000)};
        const Instant at = now + d;
        auto it = flying_.end();
        while (it != flying_.begin() && (it - 1)->at > at) --it;
        flying_.insert(it, Flying{at, to_b, s});
    }
    void pull(Side& s, bool from_a) {
        for (Segment& segment : s.all()) {
            ++segments;
            const bool lost = (drop && drop(segment, from_a)) || chance(loss);
            if (log.size() == 60) log.pop_front();
            log.push_back(std::to_string((now - kStart).count) + (from_a ? " a " : " b ") + segment.str() +
                          (lost ? "  LOST" : ""));
            if (lost) continue;
            launch(segment, from_a);
            if (chance(duplicate)) launch(segment, from_a);
        }
    }
    void deliver(const Flying& f) {
        Side& s = f.to_b ? b : a;
        const auto length = static_cast<std::uint32_t>(f.segment.text.size());
        TcpFields answer;
        if (s.state() == State::closed && !s.freed && f.to_b && b_listening) {
            switch (judge_listen(f.segment.fields, length, answer)) {
                case ListenVerdict::open:
                    (void)s.accept(b_params, f.segment);
                    return;
                case ListenVerdict::reset:
                    launch(Segment{answer, {}}, !f.to_b);
                    return;
                case ListenVerdict::drop:
                    return;
            }
        }
        if (s.time_wait.has_value()) {
            const auto verdict = arrive(*s.time_wait, f.segment.fields, length, now, answer);
            if (verdict == TimeWaitVerdict::acknowledge || verdict == TimeWaitVerdict::restart)
                launch(Segment{answer, {}}, !f.to_b);
            return;
        }
        if (s.freed || s.state() == State::closed) {
            if (reset_for(f.segment.fields, length, answer)) launch(Segment{answer, {}}, !f.to_b);
            return;
        }
        (void)s.in(f.segment);
    }
    std::deque<Flying> flying_;
};

/// Seeded 32-bit random numbers.
class Dice {
  public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t any() { return static_cast<std::uint32_t>(engine_()); }
    std::uint32_t below(std::uint32_t n) { return any() % n; }
    bool heads() { return below(2) == 0; }

  private:
    std::mt19937 engine_;
};

/// Equality of long texts that says where they part instead of printing them.
inline ::testing::AssertionResult same_text(const std::string& got, const std::string& wanted) {
    if (got == wanted) return ::testing::AssertionSuccess();
    std::size_t at = 0;
    while (at < got.size() && at < wanted.size() && got[at] == wanted[at]) ++at;
    return ::testing::AssertionFailure()
           << got.size() << " bytes instead of " << wanted.size() << ", different from " << at << " on";
}

/// Text whose every position can be recognised.
inline std::string pattern(std::size_t bytes) {
    std::string s(bytes, 0);
    for (std::size_t i = 0; i < bytes; ++i) s[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
    return s;
}

}  // namespace ringsock::tcp::testing
