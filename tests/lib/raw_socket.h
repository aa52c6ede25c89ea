// SPDX-License-Identifier: BSD-3-Clause
// RawSocket: a socket of a simulated host driven by requests and its cell alone, as api/spi drives one,
// without any Winsock rule in between. For tests of the engine: what the application side may and must do
// stands in ring/socket_cell.h and ring/request.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/conn_error.h"
#include "ring/accept_queue.h"
#include "sim/sim_world.h"

namespace ringsock::testing {

using Bytes = std::vector<std::byte>;

[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
    const auto* p = reinterpret_cast<const std::byte*>(text.data());
    return {p, p + text.size()};
}
[[nodiscard]] inline std::string text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One datagram as it was received.
struct Datagram {
    Bytes bytes;
    Ipv4 from;
    Port from_port;
};

/// Move-only. The destructor closes the socket; sockets go before their world does.
class RawSocket {
  public:
    /// No socket.
    RawSocket() = default;
    /// Takes a fresh cell of the host's engine. Asserts that there is one.
    RawSocket(sim::SimHost& host, Protocol protocol);
    ~RawSocket();
    RawSocket(RawSocket&& other) noexcept { *this = std::move(other); }
    RawSocket& operator=(RawSocket&& other) noexcept;

    [[nodiscard]] bool is_open() const noexcept { return host_ != nullptr; }
    [[nodiscard]] SocketCell& cell() const noexcept { return host_->port->cell(id_.index); }
    [[nodiscard]] SocketId id() const noexcept { return id_; }
    /// To be set before connect, listen, or set_options().
    [[nodiscard]] SocketOptions& options() const noexcept { return cell().names.options; }
    void set_options();

    // Synchronous operations: the engine has answered when they return.
    [[nodiscard]] ConnError bind(Ipv4 local, Port port);
    [[nodiscard]] ConnError listen(std::uint32_t backlog);
    [[nodiscard]] ConnError connect_datagram(Ipv4 remote, Port port);
    [[nodiscard]] ConnError disconnect_datagram();

    /// Starts an active open; see finished().
    void connect(Ipv4 remote, Port port);
    /// Whether the latest connect() came to an end, and how.
    [[nodiscard]] bool finished() const noexcept;
    [[nodiscard]] ConnError outcome() const noexcept;
    [[nodiscard]] bool connected() const noexcept { return finished() && outcome() == ConnError::none; }

    /// The next established connection of a listener; a RawSocket that is not open when none waits.
    [[nodiscard]] RawSocket accept();
    [[nodiscard]] std::uint32_t waiting() const noexcept { return queue_->count(); }

    /// Hands over as much of `bytes` as the send buffer and the stock of packets take; returns how much.
    std::size_t send(std::span<const std::byte> bytes);
    /// All of a short text, which must fit.
    void send(std::string_view text);
    /// One datagram; to the default peer without `remote`.
    void send_to(std::span<const std::byte> bytes, std::optional<Ipv4> remote = {}, Port port = {});
    /// Everything that is there to be read.
    Bytes receive();
    [[nodiscard]] std::optional<Datagram> receive_datagram();
    /// Bytes published and not read.
    [[nodiscard]] std::uint32_t unread() const noexcept;
    /// Bytes handed over that the peer has not acknowledged yet.
    [[nodiscard]] std::uint32_t unacknowledged() const noexcept;

    [[nodiscard]] bool has(std::uint32_t ready_bits) const noexcept {
        return (cell().engine.readiness.load() & ready_bits) != 0;
    }
    [[nodiscard]] bool at_end() const noexcept { return has(kReadyPeerClosed) && unread() == 0; }
    [[nodiscard]] ConnError broken_error() const noexcept {
        return static_cast<ConnError>(cell().names.broken_error.load());
    }
    [[nodiscard]] std::uint32_t edges(Edge edge) const noexcept {
        return cell().engine.edges[static_cast<unsigned>(edge)].load();
    }
    [[nodiscard]] Port local_port() const noexcept { return cell().names.key.local_port; }

    void shutdown_send();
    /// Gives the socket up, with what was read telling the engine whether text is left. The object is then no
    /// socket.
    void close(bool abortive = false);
    /// Drops the name without a word to the engine: the socket is closed already.
    void forget() noexcept { host_ = nullptr; }

  private:
    RawSocket(sim::SimHost& host, SocketId id) noexcept : host_(&host), id_(id) {}
    template <typename Fill>
    void push(RequestOp op, Fill&& fill);
    void number_operation() noexcept;
    [[nodiscard]] ConnError reply() const noexcept;
    [[nodiscard]] Packet* current_packet() noexcept;
    void consume(std::uint32_t bytes) noexcept;

    sim::SimHost* host_ = nullptr;
    SocketId id_{};
    std::unique_ptr<AcceptQueue> queue_;
};

/// An empty packet out of the host's stock for application threads; nullptr when the engine gives none.
[[nodiscard]] Packet* take_empty_packet(sim::SimHost& host);
/// Gives the stock back, so that a pool can be counted whole.
void return_empty_packets(sim::SimHost& host);

}  // namespace ringsock::testing
