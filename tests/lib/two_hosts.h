// SPDX-License-Identifier: BSD-3-Clause
// TwoHosts: a client and a server joined by one simulated wire, with tcp's invariants checked at every step.
// At the end of its life everything must be given back: that is part of every test that uses it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "raw_peer.h"
#include "raw_socket.h"
#include "sim/sim_world.h"

namespace ringsock::testing {

inline constexpr Ipv4 kClientAddress = Ipv4::of(10, 0, 0, 1);
inline constexpr Ipv4 kServerAddress = Ipv4::of(10, 0, 0, 2);

/// Fails the test when the host still holds packets, connections, bindings, cells or timers.
inline void expect_whole(sim::SimHost& host) {
    return_empty_packets(host);
    const Engine::Holdings holds = host.engine->holdings();
    EXPECT_EQ(host.io->pool().in_use(), 0u) << host.name << ": packets";
    EXPECT_EQ(holds.packets_unread, 0u) << host.name << ": packets in receive lists";
    EXPECT_EQ(holds.connections, 0u) << host.name << ": connections";
    EXPECT_EQ(holds.half_open, 0u) << host.name << ": half-open connections";
    EXPECT_EQ(holds.time_waits, 0u) << host.name << ": TIME-WAIT records";
    EXPECT_EQ(holds.flows, 0u) << host.name << ": flow table entries";
    EXPECT_EQ(holds.bindings, 0u) << host.name << ": bindings";
    EXPECT_EQ(holds.local_ports, 0u) << host.name << ": local ports";
    EXPECT_EQ(holds.cells, 0u) << host.name << ": cells";
    EXPECT_EQ(holds.timers, 0u) << host.name << ": timers";
}

/// What may differ from test to test.
struct TwoHostsOptions {
    std::uint64_t seed = 1;
    sim::WireFaults faults;
    sim::SimHostConfig client, server;  ///< Names and addresses are filled in.
    bool is_joined = true;
};

class TwoHosts {
  public:
    explicit TwoHosts(TwoHostsOptions options = {})
        : world(options.seed),
          client(add(options.client, "client", kClientAddress)),
          server(add(options.server, "server", kServerAddress)) {
        if (options.is_joined) world.join(client, server, options.faults);
        world.check_always(true);
    }
    ~TwoHosts() {
        // Longer than any orphan, half-open connection or TIME-WAIT lives by its defaults.
        world.advance(Micros::from_seconds(1200));
        expect_whole(client);
        expect_whole(server);
    }

    /// Steps until `done()` or `seconds` of virtual time passed; whether `done()` came true.
    bool run_until(const std::function<bool()>& done, std::int64_t seconds = 60) {
        return world.run_until(done, world.now() + Micros::from_seconds(seconds));
    }
    void advance_ms(std::int64_t milliseconds) { world.advance(Micros::from_millis(milliseconds)); }

    /// A listener of the server on `port`.
    RawSocket listener(std::uint16_t port = 80, std::uint32_t backlog = 16) {
        RawSocket socket(server, Protocol::tcp);
        EXPECT_EQ(socket.bind(Ipv4{}, Port{port}), ConnError::none);
        EXPECT_EQ(socket.listen(backlog), ConnError::none);
        return socket;
    }
    /// Starts a connect of the client's and runs until it ended or `seconds` passed.
    ConnError connect(RawSocket& socket, std::uint16_t port = 80, Ipv4 to = kServerAddress,
                      std::int64_t seconds = 60) {
        socket.connect(to, Port{port});
        EXPECT_TRUE(run_until([&] { return socket.finished(); }, seconds)) << "the connect does not end";
        return socket.outcome();
    }
    /// Both ends of a new connection.
    std::pair<RawSocket, RawSocket> connection(RawSocket& from_listener, std::uint16_t port = 80) {
        RawSocket near(client, Protocol::tcp), far;
        EXPECT_EQ(connect(near, port), ConnError::none);
        EXPECT_TRUE(run_until([&] {
            if (!far.is_open()) far = from_listener.accept();
            return far.is_open();
        })) << "nothing to accept";
        return {std::move(near), std::move(far)};
    }

    sim::SimWorld world;
    sim::SimHost& client;
    sim::SimHost& server;

  private:
    sim::SimHost& add(sim::SimHostConfig config, const char* name, Ipv4 address) {
        config.name = name;
        config.address = address;
        return world.add_host(config);
    }
};

/// OneHost: a host without a wire, and the test as its peer.
class OneHost {
  public:
    explicit OneHost(std::uint64_t seed = 1, sim::SimHostConfig config = {})
        : world(seed), host(add(config)), peer(world, host, kClientAddress, kServerAddress) {
        world.check_always(true);
    }
    ~OneHost() {
        world.advance(Micros::from_seconds(1200));
        expect_whole(host);
    }
    void advance_ms(std::int64_t milliseconds) { world.advance(Micros::from_millis(milliseconds)); }

    sim::SimWorld world;
    sim::SimHost& host;
    RawPeer peer;

  private:
    sim::SimHost& add(sim::SimHostConfig config) {
        config.name = "host";
        config.address = kClientAddress;
        return world.add_host(config);
    }
};

/// A byte of a test's stream: differs from its neighbours, and between streams.
[[nodiscard]] inline std::byte stream_byte(std::uint64_t position, std::uint8_t stream) {
    return static_cast<std::byte>((position * 2654435761u >> 13) + position + stream);
}
[[nodiscard]] inline Bytes stream(std::uint64_t from, std::size_t length, std::uint8_t which) {
    Bytes out(length);
    for (std::size_t i = 0; i < length; ++i) out[i] = stream_byte(from + i, which);
    return out;
}

/// One direction of a bulk transfer: `total` bytes of stream `which`, pushed and checked as far as they come.
class Transfer {
  public:
    Transfer(RawSocket& from, RawSocket& to, std::uint64_t total, std::uint8_t which)
        : from_(from), to_(to), total_(total), which_(which) {}
    /// Moves what can be moved now. False after a wrong byte.
    bool pump() {
        if (sent_ < total_) {
            const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(total_ - sent_, 64 * 1024));
            sent_ += from_.send(stream(sent_, part, which_));
        }
        for (const std::byte b : to_.receive()) {
            if (b != stream_byte(received_, which_)) is_good_ = false;
            ++received_;
        }
        return is_good_;
    }
    [[nodiscard]] bool is_done() const { return received_ == total_ && from_.unacknowledged() == 0; }
    [[nodiscard]] bool is_good() const { return is_good_ && received_ <= total_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }

  private:
    RawSocket& from_;
    RawSocket& to_;
    std::uint64_t total_;
    std::uint8_t which_;
    std::uint64_t sent_ = 0, received_ = 0;
    bool is_good_ = true;
};

}  // namespace ringsock::testing
