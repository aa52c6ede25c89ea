// SPDX-License-Identifier: BSD-3-Clause
// Millions of mutated frames against two engines in the middle of living: listeners, connections that open,
// talk and close in both directions, datagrams, waiting ARP. The engines must stand, keep tcp's invariants,
// and be whole at the end.
//
//   engine_frames COUNT [SEED]        COUNT mutated frames; the same SEED gives the same run on every machine
//
// A crash names seed and frame, so that COUNT can be cut down to it.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "frame_mutator.h"
#include "fuzz_check.h"
#include "raw_socket.h"
#include "sim/sim_world.h"

namespace ringsock::testing {
namespace {

constexpr Ipv4 kLeft = Ipv4::of(10, 0, 0, 1), kRight = Ipv4::of(10, 0, 0, 2);
constexpr std::size_t kConnections = 24;  ///< Kept alive on each side.
constexpr std::size_t kBatch = 48;        ///< Mutated frames between two looks at the sockets.
constexpr int kMaxExchanges = 200;        ///< Rounds of frames to and fro at one instant.
constexpr std::uint16_t kPorts[] = {80, 81};

std::uint64_t running_seed = 0, running_frame = 0;

void say_where(int signal_number) {
    std::fprintf(stderr, "seed %llu, mutated frame %llu: signal %d\n",
                 static_cast<unsigned long long>(running_seed),
                 static_cast<unsigned long long>(running_frame), signal_number);
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
}

/// One host, its listeners, and the sockets it keeps busy.
struct Side {
    sim::SimHost& host;
    Ipv4 other;
    FrameMutator towards;  ///< Makes frames for this host out of what its peer really sends.
    RawSocket listeners[std::size(kPorts)];
    RawSocket datagrams;
    std::vector<RawSocket> opened, accepted;
    std::uint64_t bytes_read = 0;
};

class Storm {
  public:
    explicit Storm(std::uint64_t seed)
        : random_(seed), world_(seed), sides_{side(kLeft, kRight, "left"), side(kRight, kLeft, "right")} {
        for (Side& s : sides_) {
            for (std::size_t i = 0; i < std::size(kPorts); ++i) {
                s.listeners[i] = RawSocket(s.host, Protocol::tcp);
                FUZZ_CHECK(s.listeners[i].bind(Ipv4{}, Port{kPorts[i]}) == ConnError::none);
                FUZZ_CHECK(s.listeners[i].listen(64) == ConnError::none);
            }
            s.datagrams = RawSocket(s.host, Protocol::udp);
            FUZZ_CHECK(s.datagrams.bind(Ipv4{}, Port{53}) == ConnError::none);
        }
    }

    void run(std::uint64_t frames) {
        for (std::uint64_t made = 0; made < frames;) {
            live();
            exchange();
            for (std::size_t i = 0; i < kBatch && made < frames; ++i, ++made) {
                running_frame = made;
                Side& victim = sides_[random_.below(2)];
                if (!victim.towards.has_patterns()) break;
                victim.host.io->deliver(victim.towards.make());
            }
            exchange();
            for (Side& s : sides_) s.host.engine->check_invariants();
            pass_time();
        }
    }

    /// Everything closes over good wires; what is left after the last time-out is a leak.
    void end() {
        for (Side& s : sides_) {
            for (RawSocket& l : s.listeners) l = RawSocket();
            s.datagrams = RawSocket();
            s.opened.clear();
            s.accepted.clear();
        }
        for (int second = 0; second < 1500; ++second) {
            exchange();
            world_.advance(Micros::from_seconds(1));
        }
        for (Side& s : sides_) {
            return_empty_packets(s.host);
            const Engine::Holdings h = s.host.engine->holdings();
            const bool whole = h == Engine::Holdings{} && s.host.io->pool().in_use() == 0;
            if (!whole)
                std::fprintf(
                    stderr,
                    "%s: %u packets, %u connections, %u half-open, %u TIME-WAIT, %u bindings, %u cells, "
                    "%u timers, %llu flows left\n",
                    s.host.name.c_str(), s.host.io->pool().in_use(), h.connections, h.half_open, h.time_waits,
                    h.bindings, h.cells, h.timers, static_cast<unsigned long long>(h.flows));
            FUZZ_CHECK(whole);
        }
    }

    void report(std::uint64_t frames) const {
        std::uint64_t dropped = 0, opens = 0, resets = 0, bytes = 0, received = 0;
        for (const Side& s : sides_) {
            const EngineStats& stats = s.host.engine->stats();
            for (const std::uint64_t d : stats.dropped) dropped += d;
            opens += stats.established;
            resets += stats.resets_received;
            received += stats.rx_frames;
            bytes += s.bytes_read;
        }
        std::printf(
            "%llu mutated frames of %llu received, %llu dropped by the parser; %llu handshakes completed, "
            "%llu resets obeyed or ignored, %llu bytes read, %llu exchanges cut short\n",
            static_cast<unsigned long long>(frames), static_cast<unsigned long long>(received),
            static_cast<unsigned long long>(dropped), static_cast<unsigned long long>(opens),
            static_cast<unsigned long long>(resets), static_cast<unsigned long long>(bytes),
            static_cast<unsigned long long>(storms_));
        // A storm that the parser keeps out, or that finds nobody at home, proves nothing.
        FUZZ_CHECK(storms_ == 0);
        FUZZ_CHECK(dropped < frames / 2);
        FUZZ_CHECK(opens > frames / 2000);
        FUZZ_CHECK(bytes > frames / 10);
    }

  private:
    Side side(Ipv4 own, Ipv4 other, const char* name) {
        sim::SimHostConfig config;
        config.name = name;
        config.address = own;
        config.cells = 1024;
        config.packets = 8192;
        config.limits.connections = 512;
        config.limits.half_open = 128;
        config.limits.time_wait_records = 256;
        config.limits.neighbors = 16;
        return Side{world_.add_host(config), other, FrameMutator(random_.next()), {}, {}, {}, {}, 0};
    }

    /// What applications do: open, accept, read, write, end, all at random.
    void live() {
        for (Side& s : sides_) {
            for (RawSocket& l : s.listeners) {
                for (RawSocket got = l.accept(); got.is_open(); got = l.accept())
                    s.accepted.push_back(std::move(got));
            }
            while (s.opened.size() < kConnections) {
                s.opened.emplace_back(s.host, Protocol::tcp);
                s.opened.back().options().max_rt_seconds = 2;
                s.opened.back().connect(s.other, Port{kPorts[random_.below(std::size(kPorts))]});
            }
            talk(s, s.opened);
            talk(s, s.accepted);
            s.datagrams.send_to(stream_of(random_.below(1400)), s.other,
                                Port{random_.below(2) ? std::uint16_t{53} : std::uint16_t{54}});
            while (s.datagrams.receive_datagram()) {
            }
        }
    }
    void talk(Side& s, std::vector<RawSocket>& sockets) {
        for (std::size_t i = 0; i < sockets.size();) {
            RawSocket& socket = sockets[i];
            const bool dead = socket.has(kReadyReset | kReadyFailed | kReadyDone);
            const auto dice = random_.below(100);
            if (!dead && socket.has(kReadyConnected)) {
                if (dice < 40 && !socket.has(kReadySendShut)) socket.send(stream_of(random_.below(4000)));
                if (dice % 3 != 0) s.bytes_read += socket.receive().size();
                if (dice == 99 && !socket.has(kReadySendShut)) socket.shutdown_send();
            }
            if (dead || dice == 98 || (dice == 97 && socket.has(kReadyConnected)) ||
                (socket.has(kReadyPeerClosed) && dice < 20)) {
                socket.close(dice % 2 == 0);
                socket = std::move(sockets.back());
                sockets.pop_back();
                continue;
            }
            ++i;
        }
    }
    Bytes stream_of(std::size_t length) { return Bytes(length, static_cast<std::byte>(random_.next())); }

    /// Carries frames to and fro until there is silence. Endless talk at one instant would be a fault of its
    /// own; it is cut as a wire that drops, and counted.
    void exchange() {
        for (int round = 0; round < kMaxExchanges; ++round) {
            world_.settle();
            std::vector<sim::Frame> from_left = std::move(sides_[0].host.sent);
            std::vector<sim::Frame> from_right = std::move(sides_[1].host.sent);
            sides_[0].host.sent.clear();
            sides_[1].host.sent.clear();
            if (from_left.empty() && from_right.empty()) return;
            if (round == kMaxExchanges - 1) ++storms_;
            carry(from_left, sides_[1]);
            carry(from_right, sides_[0]);
        }
    }
    void carry(const std::vector<sim::Frame>& frames, Side& to) {
        for (const sim::Frame& frame : frames) {
            if (random_.below(4) == 0) to.towards.learn(frame);
            if (random_.below(50) != 0) to.host.io->deliver(frame);  // The wire loses some by itself.
        }
    }
    void pass_time() {
        const auto dice = random_.below(100);
        const std::int64_t micros = dice < 60   ? static_cast<std::int64_t>(random_.below(2'000))
                                    : dice < 95 ? static_cast<std::int64_t>(random_.below(300'000))
                                                : static_cast<std::int64_t>(random_.below(5'000'000));
        world_.advance(Micros{micros});
    }

    sim::Random random_;
    sim::SimWorld world_;
    Side sides_[2];
    std::uint64_t storms_ = 0;
};

}  // namespace
}  // namespace ringsock::testing

int main(int count, char** arguments) {
    using namespace ringsock::testing;
    if (count < 2) {
        std::fprintf(stderr, "usage: %s COUNT [SEED]\n", arguments[0]);
        return 2;
    }
    const std::uint64_t frames = std::strtoull(arguments[1], nullptr, 10);
    running_seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
    for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal_number, say_where);
    Storm storm(running_seed);
    storm.run(frames);
    storm.end();
    storm.report(frames);
    return 0;
}
