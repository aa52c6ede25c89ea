// SPDX-License-Identifier: BSD-3-Clause
// Question: what does a frame cost between two hosts of one process, without any protocol? The way is the one
// of every segment on a ring pair: TxFrame -> tx_burst -> ring -> rx_burst -> read -> release_frames.
// Unit: cycles of the time stamp counter per frame, median of rounds with minimum and maximum, one line per
// case; two-core cases pin the receiver to the second core this process may use.
// Machine: any x86-64; print yours beside the figures (nic/README.md).
#include <pthread.h>
#include <sched.h>
#include <x86intrin.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "nic/nic.h"

namespace {

using namespace ringsock;

// Many short rounds rather than few long ones: a round that was preempted then spoils only itself.
constexpr unsigned kRounds = 61;

struct Case {
    const char* name;
    std::size_t burst;
    std::uint32_t header_bytes;
    std::uint32_t payload_bytes;
    bool keep;  // receiver takes the payload as a Packet and releases it, instead of releasing the frame
};

struct Spread {
    double median, least, most;
};

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values[values.size() / 2], values.front(), values.back()};
}

void print_line(const char* cores, const Case& c, const Spread& s) {
    std::printf("%-12s %-22s burst %2zu  %7.1f cycles/frame (%.1f-%.1f)\n", cores, c.name, c.burst, s.median,
                s.least, s.most);
}

std::vector<int> allowed_cores() {
    cpu_set_t set;
    std::vector<int> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &set)) cores.push_back(core);
    return cores;
}

void pin_to(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

// A burst as a sender has it: every frame with text of its own.
std::vector<TxFrame> make_frames(const Case& c, const std::vector<Packet*>& payloads) {
    std::vector<TxFrame> frames(c.burst);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        TxFrame& frame = frames[i];
        frame.header.fill(std::byte{0x5a});
        frame.header_length = static_cast<std::uint16_t>(c.header_bytes);
        frame.payload = c.payload_bytes != 0 ? payloads[i] : nullptr;
        frame.payload_length = c.payload_bytes;
    }
    return frames;
}

// What a receiver does at least: look at the header, then let the frame go or keep its text for a while.
std::uint64_t consume(PacketIo& io, std::span<RxFrame> frames, const Case& c) {
    std::uint64_t sum = 0;
    for (const RxFrame& frame : frames) sum += static_cast<std::uint64_t>(frame.data[40]);
    if (!c.keep) {
        io.release_frames(frames);
        return sum;
    }
    for (const RxFrame& frame : frames)
        if (Packet* p = io.keep(frame, c.header_bytes, frame.length - c.header_bytes)) {
            sum += p->length;
            io.release(p);
        }
    return sum;
}

std::uint64_t sink = 0;

std::vector<Packet*> make_payloads(PacketIo& io, const Case& c) {
    std::vector<Packet*> payloads(c.burst);
    for (Packet*& payload : payloads) {
        payload = io.allocate();
        if (payload == nullptr) std::abort();
        std::memset(payload->data, 0x33, c.payload_bytes);
        payload->length = c.payload_bytes;
    }
    return payloads;
}

double one_core_round(PacketIo& a, PacketIo& b, const Case& c, const std::vector<TxFrame>& frames) {
    const unsigned passes = static_cast<unsigned>((c.payload_bytes > 256 ? 4000 : 20000) / c.burst);
    RxFrame in[kBurst];
    std::uint64_t done = 0;
    const std::uint64_t before = __rdtsc();
    for (unsigned pass = 0; pass < passes; ++pass) {
        if (a.tx_burst(frames) != c.burst) std::abort();
        const std::size_t got = b.rx_burst(in);
        sink += consume(b, {in, got}, c);
        done += got;
    }
    const std::uint64_t after = __rdtsc();
    return static_cast<double>(after - before) / static_cast<double>(done);
}

// One way, as fast as the slower side can: one side always has a full or an empty ring to look at.
double two_core_round(PacketIo& a, PacketIo& b, const Case& c, const std::vector<TxFrame>& frames,
                      int receiver_core) {
    const std::uint64_t total = c.payload_bytes > 256 ? 10000 : 50000;
    std::atomic<bool> ready{false};
    std::thread receiver([&] {
        pin_to(receiver_core);
        RxFrame in[kBurst];
        ready.store(true, std::memory_order_release);
        std::uint64_t seen = 0;
        std::uint64_t local = 0;
        while (seen < total) {
            const std::size_t got = b.rx_burst(in);
            if (got == 0) continue;
            local += consume(b, {in, got}, c);
            seen += got;
        }
        sink += local;
    });
    while (!ready.load(std::memory_order_acquire)) {
    }
    const std::uint64_t before = __rdtsc();
    for (std::uint64_t sent = 0; sent < total;)
        sent += a.tx_burst(std::span(frames).first(std::min<std::uint64_t>(c.burst, total - sent)));
    receiver.join();
    return static_cast<double>(__rdtsc() - before) / static_cast<double>(total);
}

// There and back: each side answers what it got, `burst` frames in flight; as handshakes do.
double two_core_echo_round(PacketIo& a, PacketIo& b, const Case& c, const std::vector<TxFrame>& frames,
                           int receiver_core) {
    const std::uint64_t total = 30000 / c.burst * c.burst;
    std::atomic<bool> ready{false};
    const auto answer = [&](PacketIo& io, std::span<RxFrame> in, std::size_t got) {
        sink += consume(io, in.first(got), c);
        std::size_t sent = 0;
        while (sent < got) sent += io.tx_burst(std::span(frames).subspan(0, got - sent));
    };
    std::thread peer([&] {
        pin_to(receiver_core);
        RxFrame in[kBurst];
        ready.store(true, std::memory_order_release);
        for (std::uint64_t seen = 0; seen < total;) {
            const std::size_t got = b.rx_burst(in);
            if (got != 0) answer(b, in, got);
            seen += got;
        }
    });
    while (!ready.load(std::memory_order_acquire)) {
    }
    RxFrame in[kBurst];
    const std::uint64_t before = __rdtsc();
    std::uint64_t sent = a.tx_burst(frames);
    for (std::uint64_t seen = 0; seen < total;) {
        const std::size_t got = a.rx_burst(in);
        if (got == 0) continue;
        seen += got;
        const std::size_t more = std::min<std::uint64_t>(got, total - sent);
        sink += consume(a, std::span(in).first(got), c);
        for (std::size_t k = 0; k < more;) k += a.tx_burst(std::span(frames).first(more - k));
        sent += more;
    }
    const std::uint64_t after = __rdtsc();
    peer.join();
    return static_cast<double>(after - before) / static_cast<double>(2 * total);
}

}  // namespace

int main() {
    NicConfig a_config;
    a_config.name = "bench/a";
    NicConfig b_config;
    b_config.name = "bench/b";
    auto opened = open_ring_pair(a_config, b_config);
    if (!opened.ok()) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    NicPair& pair = opened.value();
    std::printf("%s", pair.a->describe().c_str());
    PacketIo& a = pair.a->queue(0);
    PacketIo& b = pair.b->queue(0);
    const std::vector<int> cores = allowed_cores();
    if (cores.empty()) return 1;
    const Case cases[] = {
        {"66 B header", 1, 66, 0, false},           {"66 B header", 32, 66, 0, false},
        {"66 B + 64 B copied", 32, 66, 64, false},  {"66 B + 64 B kept", 32, 66, 64, true},
        {"66 B + 1448 B", 1, 66, 1448, false},      {"66 B + 1448 B", 32, 66, 1448, false},
        {"66 B + 1448 B kept", 32, 66, 1448, true},
    };
    pin_to(cores[0]);
    for (const Case& c : cases) {
        const std::vector<Packet*> payloads = make_payloads(a, c);
        const std::vector<TxFrame> frames = make_frames(c, payloads);
        std::vector<double> one, two, echo;
        static_cast<void>(one_core_round(a, b, c, frames));
        for (unsigned round = 0; round < kRounds; ++round) {
            one.push_back(one_core_round(a, b, c, frames));
            if (cores.size() < 2) continue;
            two.push_back(two_core_round(a, b, c, frames, cores[1]));
            if (c.payload_bytes == 0) echo.push_back(two_core_echo_round(a, b, c, frames, cores[1]));
        }
        print_line("one core", c, spread_of(one));
        if (!two.empty()) print_line("two, one way", c, spread_of(two));
        if (!echo.empty()) print_line("two, echo", c, spread_of(echo));
        for (Packet* payload : payloads) a.release(payload);
    }
    std::printf("checksum of what was read: %llu\n", static_cast<unsigned long long>(sink));
    return 0;
}
