// SPDX-License-Identifier: BSD-3-Clause
// A test double for everything on the other side of the rings: the runtime, one engine per host that answers
// requests as the test tells it, and a shell with handles and upcalls. The clock is virtual: waiting moves
// it.
#pragma once

#include <ringsock/spi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/host.h"
#include "ring/accept_queue.h"
#include "ring/engine_port.h"

namespace ringsock::test {

/// Cells of a fake engine: a small number, so that running out is easy to try.
inline constexpr std::uint32_t kFakeCells = 256;
inline constexpr std::uint32_t kFakeRequestSlots = 64;

/// One request as the engine saw it, without the packets (those are released or kept as text).
struct SeenRequest {
    RequestOp op;
    std::uint16_t attempt;
    SocketId socket;
    EndpointArgs endpoint;  ///< bind, connect, connect_datagram
    ListenArgs listen;      ///< listen
    SendToArgs send_to;     ///< send_to; `packet` is gone
    std::string text;       ///< send, send_small, send_to: the bytes
};

class FakeEngine final : public Drive {
  public:
    explicit FakeEngine(std::uint16_t index);
    ~FakeEngine() override;

    // ---- Drive ----
    void kick(EnginePort& port) noexcept override;
    void help(EnginePort& port) noexcept override;
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override { return clock; }

    // ---- what the test decides ----
    bool takes_requests = true;  ///< False: the ring fills up.
    bool answers = true;         ///< False: synchronous operations get no reply.
    ConnError bind_answer = ConnError::none;
    ConnError listen_answer = ConnError::none;
    ConnError connect_datagram_answer = ConnError::none;
    std::uint32_t empty_packets = 1024;  ///< Packets left to give out.
    std::uint32_t packet_bytes = 1500;
    /// Runs at every step of a wait, before the clock moves: the place to let something happen.
    std::function<void()> on_wait;
    std::function<void()> on_help;
    Micros step{1000};  ///< How far a wait step moves the clock.

    // ---- what the network does ----
    /// Ends the latest connect attempt of the cell.
    void finish_connect(SocketCell& cell, ConnError error);
    /// Appends text to the receive list, as one packet.
    void deliver(SocketCell& cell, const std::string& text, Ipv4 from = {}, Port from_port = {});
    void close_by_peer(SocketCell& cell);
    void break_connection(SocketCell& cell, ConnError error);
    /// Acknowledges everything sent so far.
    void acknowledge_all(SocketCell& cell);
    void acknowledge(SocketCell& cell, std::uint32_t bytes);
    /// A connection arrives at a listener; returns its cell, or nullptr when the backlog is full.
    SocketCell* arrive(SocketCell& listener, Ipv4 from, Port from_port);
    void lose_link(SocketCell& cell);

    // ---- what the test looks at ----
    std::vector<SeenRequest> seen;
    [[nodiscard]] std::size_t count(RequestOp op) const;
    [[nodiscard]] const SeenRequest& last(RequestOp op) const;
    [[nodiscard]] std::uint32_t cells_in_use() const { return cells_in_use_; }
    [[nodiscard]] std::uint32_t packets_out() const { return packets_out_; }

    EnginePort port;
    Instant clock{1'000'000'000};
    std::uint32_t passes = 0;
    std::uint32_t steps = 0;
    Port next_port{49152};

  private:
    void pass() noexcept;
    void take(const Request& request);
    void take_endpoint(const Request& request, SocketCell& cell);
    void give_credit(PacketExchange& exchange);
    void issue_cells();
    void close(SocketCell& cell);
    void retry_retired();
    void reply(SocketCell& cell, std::uint16_t attempt, ConnError error);
    void bump(SocketCell& cell, Edge edge);
    void wake(SocketCell& cell);
    Packet* new_packet(std::uint32_t capacity);
    void release(Packet* packet);
    void give_back_consumed(SocketCell& cell);

    std::uint32_t fresh_ = 0;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> retired_;
    std::map<SocketCell*, AcceptQueue*> queues_;
    std::uint32_t cells_in_use_ = 0;
    std::uint32_t packets_out_ = 0;
    bool is_inside_ = false;
};

/// Two hosts, "client" and "server", each with one fake engine; the runtime() that the provider sees.
class FakeRuntime final : public Runtime {
  public:
    Result<Done, StartError> start(const StartOptions& options) override;
    void stop() noexcept override;
    [[nodiscard]] bool running() const noexcept override { return is_running_; }
    [[nodiscard]] std::span<HostPort> hosts() noexcept override;
    [[nodiscard]] std::string stats_json(const char*) override { return "{}"; }

    bool fails_to_start = false;
    std::string seen_config_path;
    int starts = 0;
    int stops = 0;
    std::unique_ptr<FakeEngine> engines[2];

  private:
    bool is_running_ = false;
    HostPort hosts_[2];
};
FakeRuntime& fake_runtime();

/// The shell's part: handles as multiples of 4, contexts, an optional blocking hook.
struct FakeShell {
    static WSPUPCALLTABLE upcalls();
    std::map<SOCKET, DWORD_PTR> contexts;
    SOCKET next = 0x00100000;
    bool refuses_handles = false;
    LPBLOCKINGCALLBACK hook = nullptr;
    DWORD_PTR hook_context = 0;
};
FakeShell& fake_shell();

/// Starts the provider over the doubles; stops it at the end of the test. `wsp` is its table.
class ProviderFixture {
  public:
    ProviderFixture();
    ~ProviderFixture();
    ProviderFixture(const ProviderFixture&) = delete;
    ProviderFixture& operator=(const ProviderFixture&) = delete;

    WSPPROC_TABLE wsp{};
    int error = 0;

    FakeEngine& engine() { return *fake_runtime().engines[0]; }
    SOCKET stream();
    SOCKET datagram();
    SocketCell& cell(SOCKET s);
    /// Makes it non-blocking.
    void nonblocking(SOCKET s);
    int connect(SOCKET s, const char* address, std::uint16_t port);
    int bind(SOCKET s, const char* address, std::uint16_t port);
    /// A non-blocking stream, established.
    SOCKET connected();
    /// A non-blocking listener on port 80.
    SOCKET listener(int backlog = 16);
    int send(SOCKET s, const std::string& text, DWORD flags = 0);              ///< Bytes sent, or -1.
    int recv(SOCKET s, std::string& text, std::size_t room, DWORD flags = 0);  ///< Bytes, or -1.
    long enumerate(SOCKET s, WSAEVENT event = nullptr);  ///< lNetworkEvents; codes in `events`.
    WSANETWORKEVENTS events{};
    int option(SOCKET s, int level, int name);  ///< Value of an int option; -999 and `error` on failure.
    int set_option(SOCKET s, int level, int name, int value);
};

ws2_sockaddr_in name_of(const char* address, std::uint16_t port);
inline const sockaddr* as_name(const ws2_sockaddr_in& in) {
    return reinterpret_cast<const sockaddr*>(&in);
}

}  // namespace ringsock::test
