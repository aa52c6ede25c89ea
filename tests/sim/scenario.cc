// SPDX-License-Identifier: BSD-3-Clause
#include "scenario.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>

#include "raw_socket.h"
#include "sim/random.h"
#include "two_hosts.h"

namespace ringsock::testing {

namespace {

constexpr Micros kDayLimit = Micros::from_seconds(4 * 3600);
constexpr std::uint16_t kPort = 80;
constexpr int kMaxAttempts = 40;

/// How one side ends its stream.
enum class Ending { close, half_close, abort };

/// One connection's plan and progress: the client sends `up` bytes, the server `down` bytes.
class Session {
  public:
    Session(sim::SimHost& client, std::uint64_t up, std::uint64_t down, Ending ending, std::uint8_t number)
        : client_(client),
          up_(up),
          down_(down),
          ending_(ending),
          number_(number),
          near_(client, Protocol::tcp) {
        start();
    }
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] bool wants(Port remote) const {
        return near_.is_open() && !far_.is_open() && remote == port_;
    }
    void take(RawSocket&& far) { far_ = std::move(far); }
    [[nodiscard]] std::uint64_t delivered() const { return got_up_ + got_down_; }
    /// Empty, or what is wrong.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    void step() {
        if (is_over_) return;
        if (!is_connected_) return connecting();
        if (port_ != near_.local_port()) port_ = near_.local_port();
        talk();
        if (failure_.empty()) finish();
    }

  private:
    void start() {
        near_.connect(kServerAddress, Port{kPort});
        port_ = near_.local_port();
        ++attempts_;
    }
    void connecting() {
        port_ = near_.local_port();
        if (!near_.finished()) return;
        if (near_.outcome() == ConnError::none) {
            is_connected_ = true;
            return talk();
        }
        // A damaged ARP packet or a very bad wire can end an attempt; a refusal can not, for the port is
        // open.
        if (near_.outcome() == ConnError::refused) return fail("refused by an open port");
        if (attempts_ == kMaxAttempts)
            return fail(std::string("never connected: ") + name_of(near_.outcome()));
        start();
    }
    void talk() {
        if (sent_up_ < up_) sent_up_ += near_.send(stream(sent_up_, part(up_ - sent_up_), number_));
        check(near_.receive(), got_down_, static_cast<std::uint8_t>(number_ + 100));
        if (!far_.is_open()) return;
        if (sent_down_ < down_)
            sent_down_ += far_.send(
                stream(sent_down_, part(down_ - sent_down_), static_cast<std::uint8_t>(number_ + 100)));
        check(far_.receive(), got_up_, number_);
        if (got_up_ > up_ || got_down_ > down_) fail("more bytes than were sent");
        if (near_.has(kReadyReset) || (far_.has(kReadyReset) && !aborted_)) fail("reset without an abort");
    }
    void check(const Bytes& bytes, std::uint64_t& position, std::uint8_t which) {
        for (const std::byte b : bytes) {
            if (b != stream_byte(position, which)) return fail("wrong byte at " + std::to_string(position));
            ++position;
        }
    }
    void finish() {
        if (!far_.is_open()) return;
        if (sent_up_ == up_ && !shut_near_ && ending_ == Ending::half_close) {
            near_.shutdown_send();
            shut_near_ = true;
        }
        if (sent_down_ == down_ && !shut_far_ && ending_ != Ending::abort) {
            far_.shutdown_send();
            shut_far_ = true;
        }
        if (got_up_ != up_ || got_down_ != down_) return;
        switch (ending_) {
            case Ending::close:
                if (!near_.has(kReadyPeerClosed)) return;
                if (!shut_near_) near_.shutdown_send();
                shut_near_ = true;
                if (!far_.has(kReadyPeerClosed)) return;
                break;
            case Ending::half_close:
                if (!far_.has(kReadyPeerClosed) || !near_.has(kReadyPeerClosed)) return;
                break;
            case Ending::abort:
                aborted_ = true;
                near_.close(true);
                break;
        }
        if (near_.is_open()) near_.close();
        far_.close();
        is_over_ = true;
    }
    void fail(std::string what) {
        failure_ = "connection " + std::to_string(number_) + ": " + std::move(what) + " (up " +
                   std::to_string(got_up_) + "/" + std::to_string(up_) + ", down " +
                   std::to_string(got_down_) + "/" + std::to_string(down_) + ")";
        is_over_ = true;
    }
    static std::size_t part(std::uint64_t left) {
        return static_cast<std::size_t>(std::min<std::uint64_t>(left, 32 * 1024));
    }

    sim::SimHost& client_;
    std::uint64_t up_, down_;
    Ending ending_;
    std::uint8_t number_;
    RawSocket near_, far_;
    Port port_;
    int attempts_ = 0;
    std::uint64_t sent_up_ = 0, sent_down_ = 0, got_up_ = 0, got_down_ = 0;
    bool is_connected_ = false, shut_near_ = false, shut_far_ = false, aborted_ = false, is_over_ = false;
    std::string failure_;
};

std::string holdings_of(sim::SimHost& host) {
    return_empty_packets(host);
    const Engine::Holdings h = host.engine->holdings();
    if (h == Engine::Holdings{} && host.io->pool().in_use() == 0) return {};
    std::ostringstream out;
    out << host.name << " still holds " << host.io->pool().in_use() << " packets, " << h.connections
        << " connections, " << h.time_waits << " TIME-WAIT records, " << h.half_open << " half-open, "
        << h.bindings << " bindings, " << h.cells << " cells, " << h.timers << " timers, " << h.flows
        << " flows; ";
    return out.str();
}

}  // namespace

sim::WireFaults faults_of(std::uint64_t seed) {
    sim::Random random(sim::Random(seed ^ 0x77697265).next());
    const auto some = [&](std::uint32_t most_ppm) {
        return random.below(3) == 0 ? static_cast<std::uint32_t>(random.below(most_ppm)) : 0u;
    };
    sim::WireFaults f;
    static constexpr std::int64_t kDelays[] = {1, 10, 200, 5'000, 50'000, 300'000};
    f.delay = Micros{kDelays[random.below(std::size(kDelays))]};
    f.jitter =
        Micros{random.below(3) == 0
                   ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(f.delay.count) + 1))
                   : 0};
    f.loss_ppm = random.below(4) == 0 ? 0 : static_cast<std::uint32_t>(random.below(150'000));
    f.duplicate_ppm = some(100'000);
    f.reorder_ppm = some(100'000);
    f.reorder_by = Micros{1 + static_cast<std::int64_t>(random.below(20'000))};
    f.corrupt_ppm = some(50'000);
    f.truncate_ppm = some(50'000);
    static constexpr std::uint64_t kRates[] = {0, 0, 1'000'000, 10'000'000, 100'000'000};
    f.bits_per_second = kRates[random.below(std::size(kRates))];
    f.queue_bytes = 8'000u << random.below(6);
    return f;
}

std::string to_string(const sim::WireFaults& f) {
    std::ostringstream out;
    out << "delay " << f.delay.count << " us, jitter " << f.jitter.count << " us, loss " << f.loss_ppm
        << " ppm, duplicates " << f.duplicate_ppm << ", reordered " << f.reorder_ppm << " by "
        << f.reorder_by.count << " us, corrupt " << f.corrupt_ppm << ", truncated " << f.truncate_ppm
        << ", rate " << f.bits_per_second << " bit/s, queue " << f.queue_bytes << " bytes";
    return out.str();
}

DayResult live_through(std::uint64_t seed, bool captures) {
    DayResult result;
    sim::Random random(seed);
    TwoHostsOptions options;
    options.seed = random.next();
    options.faults = faults_of(seed);
    options.client.tcp.nagle = random.below(2) == 0;
    options.client.tcp.timestamps = random.below(4) != 0;
    options.server.tcp.sack = random.below(4) != 0;
    options.server.tcp.window_scale = random.below(4) != 0;
    options.client.segmentation = seed % 2 == 0;
    options.server.segmentation = seed % 3 == 0;
    // Nobody gives up here: on the worst wires five time-outs in a row are nothing rare.
    options.client.tcp.user_timeout = options.server.tcp.user_timeout = kDayLimit;
    TwoHosts net(options);
    if (captures) net.world.start_capture();
    const Instant start = net.world.now();

    RawSocket listener = net.listener(kPort, 16);
    std::vector<std::unique_ptr<Session>> sessions;
    const std::uint64_t most = options.faults.bits_per_second == 1'000'000 ? 60'000 : 600'000;
    const auto count = static_cast<std::uint8_t>(1 + random.below(6));
    for (std::uint8_t i = 0; i < count; ++i) {
        sessions.push_back(std::make_unique<Session>(net.client, random.below(most), random.below(most),
                                                     static_cast<Ending>(random.below(3)), i));
    }
    std::vector<RawSocket> unclaimed;
    const bool done = net.world.run_until(
        [&] {
            for (RawSocket s = listener.accept(); s.is_open(); s = listener.accept())
                unclaimed.push_back(std::move(s));
            for (auto& s : sessions) {
                const auto found = std::find_if(unclaimed.begin(), unclaimed.end(), [&](const RawSocket& u) {
                    return s->wants(u.cell().names.key.remote_port);
                });
                if (found == unclaimed.end()) continue;
                s->take(std::move(*found));
                unclaimed.erase(found);
            }
            bool all = true;
            for (auto& s : sessions) {
                s->step();
                if (!s->failure().empty()) return true;
                all &= s->is_over();
            }
            return all;
        },
        start + kDayLimit);
    if (!done) result.failure = "the day does not end";
    for (auto& s : sessions) {
        if (result.failure.empty()) result.failure = s->failure();
        result.bytes_delivered += s->delivered();
    }
    result.virtual_seconds = (net.world.now() - start).count / 1'000'000;
    sessions.clear();
    unclaimed.clear();
    listener = RawSocket();
    // The night: good wires, so that what is left can come to its end.
    net.world.wire(net.client, net.server)->faults() = net.world.wire(net.server, net.client)->faults() = {};
    net.world.advance(Micros::from_seconds(1200));
    result.failure += holdings_of(net.client) + holdings_of(net.server);
    result.frames = net.client.engine->stats().tx_frames + net.server.engine->stats().tx_frames;
    if (captures) result.capture = net.world.capture()->bytes();
    return result;
}

std::uint64_t seeds_of_level(std::uint64_t by_default, std::uint64_t full, std::uint64_t nightly) {
    const char* const level = std::getenv("RINGSOCK_TEST_LEVEL");
    if (level == nullptr) return by_default;
    const std::string_view name(level);
    return name == "nightly" ? nightly : name == "full" ? full : by_default;
}

}  // namespace ringsock::testing
