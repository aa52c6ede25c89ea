// SPDX-License-Identifier: BSD-3-Clause
// ringsock-echo: sends back whatever arrives, over TCP until the peer ends its stream, and over UDP (RFC
// 862).
//
// One thread serves up to 3904 connections the Winsock way: WSAEventSelect ties each socket to an event
// object, up to 64 sockets share one event, WSAWaitForMultipleEvents waits for up to 64 events at once, and
// WSAEnumNetworkEvents tells what happened to a socket. Three rules of Winsock carry the whole program:
//
//   * WSAEventSelect makes a socket non-blocking, and an accepted socket inherits that (and the listener's
//     selection too, so it must be given one of its own).
//   * FD_READ and FD_ACCEPT are recorded once; calling recv or accept re-enables them, and they are recorded
//     again if there still is something to get. So it is right to receive once per FD_READ and return.
//   * FD_WRITE is recorded when a connection is up, and after that only when a send failed with
//   WSAEWOULDBLOCK
//     and there is room again. So a program sends until it is refused, and keeps the rest until FD_WRITE.
#include <ringsock/ws2.h>

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;

struct Options {
    Configuration configuration;
    std::string bind_address = "0.0.0.0";
    unsigned short port = WS_IPPORT_ECHO;
    bool udp = true;
    bool quiet = false;
    unsigned long connections = 0;  ///< Exit after so many; 0: when told to.
};

constexpr ULONG kBufferBytes = 65536;  ///< One receive; a datagram of any size fits.
constexpr int kRounds = 16;            ///< Receives for one connection before the others have their turn.

/// Lets SIGINT and SIGTERM set an event that the program waits for like any other. As a console handler on
/// Windows, the handler is a thread: it may call what it likes, which a POSIX signal handler may not.
class StopSignal {
  public:
    /// Blocks the signals in this thread and in those it makes from now on, the library's own included.
    StopSignal() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    ~StopSignal() {
        if (event_ == WSA_INVALID_EVENT) return;
        pthread_kill(thread_.native_handle(), SIGTERM);  // Lets sigwait return, if it has not.
        thread_.join();
        WSACloseEvent(event_);
    }
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// The event that is set when it is time to end; WSA_INVALID_EVENT on failure.
    [[nodiscard]] WSAEVENT start() {
        event_ = WSACreateEvent();
        if (event_ == WSA_INVALID_EVENT) return event_;
        thread_ = std::thread([this] {
            int signal = 0;
            sigwait(&signals_, &signal);
            WSASetEvent(event_);
        });
        return event_;
    }

  private:
    sigset_t signals_;
    WSAEVENT event_ = WSA_INVALID_EVENT;
    std::thread thread_;
};

/// One accepted connection and the bytes that it is owed.
class Connection {
  public:
    Connection(SOCKET socket, const SOCKADDR_IN& peer) : socket_(socket), peer_(peer) {}
    ~Connection() { ws2_closesocket(socket_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Does what the recorded events allow. False: the connection is over.
    [[nodiscard]] bool serve(std::vector<char>& buffer) {
        WSANETWORKEVENTS happened;
        // No event is named here: it belongs to the whole group, which reset it before looking at its
        // sockets.
        if (WSAEnumNetworkEvents(socket_, nullptr, &happened) != 0) return fail();
        if (happened.lNetworkEvents == 0) return true;  // It was for another socket of the group.
        if ((happened.lNetworkEvents & FD_CLOSE) != 0) peer_ended_ = true;
        return echo(buffer);
    }

    [[nodiscard]] std::string summary() const {
        return to_text(peer_) + ": " + std::to_string(echoed_) + " bytes echoed" +
               (error_ == 0 ? "" : ", then " + error_name(error_));
    }

  private:
    // Which event it was does not matter: whatever is owed goes first, then more is received. FD_CLOSE is
    // recorded once and perhaps with bytes still unread, so after it the loop goes on to the end of the
    // stream.
    bool echo(std::vector<char>& buffer) {
        for (int round = 0; round < kRounds || peer_ended_; ++round) {
            if (!send_owed()) return error_ == 0;  // FD_WRITE will bring us back; until then nothing is read.
            const int received = ws2_recv(socket_, buffer.data(), static_cast<int>(buffer.size()), 0);
            if (received == 0) return end();
            if (received < 0) return WSAGetLastError() == WSAEWOULDBLOCK || fail();
            const int sent = send_some(buffer.data(), received);
            if (sent < 0) return false;
            owed_.assign(buffer.data() + sent, buffer.data() + received);
            owed_from_ = 0;
        }
        return true;  // recv has re-enabled FD_READ.
    }

    // True when nothing is owed any more. False: no room, or an error.
    bool send_owed() {
        if (owed_.empty()) return true;
        const int left = static_cast<int>(owed_.size() - owed_from_);
        const int sent = send_some(owed_.data() + owed_from_, left);
        if (sent < 0) return false;
        owed_from_ += static_cast<std::size_t>(sent);
        if (sent < left) return false;
        std::vector<char>().swap(owed_);  // An idle connection keeps no memory.
        return true;
    }

    // Sends until everything is taken or WSAEWOULDBLOCK says that FD_WRITE will come. Returns the bytes
    // taken, or -1.
    int send_some(const char* bytes, int count) {
        int sent = 0;
        while (sent < count) {
            const int taken = ws2_send(socket_, bytes + sent, count - sent, 0);
            if (taken < 0 && WSAGetLastError() == WSAEWOULDBLOCK) break;
            if (taken < 0) {
                fail();
                return -1;
            }
            sent += taken;
        }
        echoed_ += static_cast<unsigned>(sent);
        return sent;
    }

    // The peer has said everything and has everything back. Our own end of stream goes out behind the last
    // byte; closesocket, which follows, does not take back what is still on its way.
    bool end() {
        if (ws2_shutdown(socket_, SD_SEND) != 0) return fail();
        return false;
    }

    bool fail() {
        error_ = WSAGetLastError();
        return false;
    }

    const SOCKET socket_;
    const SOCKADDR_IN peer_;
    std::vector<char> owed_;  ///< Received and not yet sent, from owed_from_ on.
    std::size_t owed_from_ = 0;
    unsigned long long echoed_ = 0;
    bool peer_ended_ = false;
    int error_ = 0;
};

/// Connections that share one event.
struct Group {
    std::vector<std::unique_ptr<Connection>> connections;
};

/// The UDP side: a datagram at a time, kept while the socket has no room for the answer.
class DatagramEcho {
  public:
    DatagramEcho() : buffer_(kBufferBytes) {}
    ~DatagramEcho() {
        if (socket_ != INVALID_SOCKET) ws2_closesocket(socket_);
    }
    DatagramEcho(const DatagramEcho&) = delete;
    DatagramEcho& operator=(const DatagramEcho&) = delete;

    /// False: the last error tells why.
    [[nodiscard]] bool open(const SOCKADDR_IN& address, WSAEVENT event) {
        socket_ = WSASocketW(WS_AF_INET, WS_SOCK_DGRAM, WS_IPPROTO_UDP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        return socket_ != INVALID_SOCKET && ws2_bind(socket_, as_sockaddr(&address), sizeof address) == 0 &&
               WSAEventSelect(socket_, event, FD_READ | FD_WRITE) == 0;
    }

    void serve(WSAEVENT event) {
        WSANETWORKEVENTS happened;
        if (WSAEnumNetworkEvents(socket_, event, &happened) != 0) return;
        for (int round = 0; round < kRounds; ++round) {
            if (has_answer_ && !answer()) return;
            int peer_length = sizeof peer_;
            length_ = ws2_recvfrom(socket_, buffer_.data(), static_cast<int>(buffer_.size()), 0,
                                   as_sockaddr(&peer_), &peer_length);
            // WSAECONNRESET: an earlier answer found nobody (an ICMP message said so). There is no connection
            // to lose; the next datagram is as good as any.
            if (length_ < 0 && WSAGetLastError() == WSAECONNRESET) continue;
            if (length_ < 0) return;  // WSAEWOULDBLOCK: FD_READ will come.
            has_answer_ = true;       // Of no bytes at all, perhaps: that is a datagram too.
        }
        if (has_answer_) (void)answer();
    }

  private:
    // False: no room; FD_WRITE will come. Any other error loses this datagram, as the network might have.
    bool answer() {
        const int sent = ws2_sendto(socket_, buffer_.data(), length_, 0, as_sockaddr(&peer_), sizeof peer_);
        has_answer_ = sent < 0 && WSAGetLastError() == WSAEWOULDBLOCK;
        return !has_answer_;
    }

    SOCKET socket_ = INVALID_SOCKET;
    std::vector<char> buffer_;
    SOCKADDR_IN peer_{};
    int length_ = 0;
    bool has_answer_ = false;
};

/// The server: events, what hangs on each, and the loop that waits for them.
class EchoServer {
  public:
    explicit EchoServer(const Options& options) : options_(options), buffer_(kBufferBytes) {}
    ~EchoServer() {
        for (Group& group : groups_) group.connections.clear();
        if (listener_ != INVALID_SOCKET) ws2_closesocket(listener_);
        // Closing a socket ends its selection, but the event is ours.
        for (WSAEVENT event : own_events())
            if (event != WSA_INVALID_EVENT) WSACloseEvent(event);
    }
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    /// Listens. False: the reason is printed.
    [[nodiscard]] bool open(WSAEVENT stop) {
        events_[kStop] = stop;
        for (WSAEVENT& event : own_events()) {
            event = WSACreateEvent();
            if (event == WSA_INVALID_EVENT) return refuse("WSACreateEvent");
        }
        SOCKADDR_IN address;
        if (!make_address(options_.bind_address, options_.port, address)) {
            complain("--bind wants an address like 10.0.0.1, not " + options_.bind_address);
            return false;
        }
        listener_ = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (listener_ == INVALID_SOCKET) return refuse("WSASocket");
        if (ws2_bind(listener_, as_sockaddr(&address), sizeof address) != 0) return refuse("bind");
        if (WSAEventSelect(listener_, events_[kAccept], FD_ACCEPT) != 0) return refuse("WSAEventSelect");
        if (ws2_listen(listener_, WS_SOMAXCONN) != 0) return refuse("listen");
        int length = sizeof address;  // Port 0 had one chosen.
        if (ws2_getsockname(listener_, as_sockaddr(&address), &length) != 0) return refuse("getsockname");
        if (options_.udp && !datagrams_.open(address, events_[kDatagram])) return refuse("UDP");
        std::printf("listening on %s\n", to_text(address).c_str());
        std::fflush(stdout);
        return true;
    }

    /// Serves until told to stop, or until the last of --once has ended. False: the reason is printed.
    [[nodiscard]] bool run() {
        while (options_.connections == 0 || ended_ < options_.connections) {
            const DWORD first = WSAWaitForMultipleEvents(kEvents, events_.data(), FALSE, WSA_INFINITE, FALSE);
            if (first == WSA_WAIT_FAILED) return refuse("WSAWaitForMultipleEvents");
            if (first == kStop) return true;
            // The wait names the lowest event only. To be fair to the others, each is looked at in turn.
            for (DWORD index = first; index < kEvents; ++index) {
                if (index == first || is_set(index)) dispatch(index);
            }
        }
        return true;
    }

  private:
    /// Places in the array of events.
    enum Index : DWORD { kStop, kAccept, kDatagram, kFirstGroup, kEvents = WSA_MAXIMUM_WAIT_EVENTS };

    [[nodiscard]] std::span<WSAEVENT> own_events() { return std::span(events_).subspan(kAccept); }

    [[nodiscard]] bool is_set(DWORD index) const {
        return WSAWaitForMultipleEvents(1, &events_[index], FALSE, 0, FALSE) == WSA_WAIT_EVENT_0;
    }

    void dispatch(DWORD index) {
        if (index == kAccept) {
            WSANETWORKEVENTS happened;
            (void)WSAEnumNetworkEvents(listener_, events_[kAccept], &happened);
            accept_some();
        } else if (index == kDatagram) {
            datagrams_.serve(events_[kDatagram]);
        } else if (index >= kFirstGroup) {
            serve_group(index - kFirstGroup);
        }
    }

    // Accepts until nobody waits or every place is taken. In that case peers wait in the listen queue, and
    // since FD_ACCEPT is not re-enabled without a call of accept, the next place that becomes free calls
    // here.
    void accept_some() {
        while (may_accept()) {
            SOCKADDR_IN peer{};
            int length = sizeof peer;
            const SOCKET socket = ws2_accept(listener_, as_sockaddr(&peer), &length);
            if (socket == INVALID_SOCKET) {
                const int code = WSAGetLastError();
                if (code == WSAECONNRESET) continue;  // That peer gave up while it waited.
                if (code != WSAEWOULDBLOCK) complain("accept", code);
                return;
            }
            adopt(std::make_unique<Connection>(socket, peer), socket);
        }
    }

    [[nodiscard]] bool may_accept() const {
        return open_ < kMaxOpen && (options_.connections == 0 || accepted_ < options_.connections);
    }

    // A new connection joins the smallest group. Selecting its events records what has already happened, so
    // bytes that came before are not missed.
    void adopt(std::unique_ptr<Connection> connection, SOCKET socket) {
        ++accepted_;
        const auto group = std::min_element(
            groups_.begin(), groups_.end(),
            [](const Group& a, const Group& b) { return a.connections.size() < b.connections.size(); });
        const WSAEVENT event = events_[kFirstGroup + static_cast<std::size_t>(group - groups_.begin())];
        if (WSAEventSelect(socket, event, FD_READ | FD_WRITE | FD_CLOSE) != 0) {
            complain_of_last_error("WSAEventSelect");
            ++ended_;
            return;
        }
        ++open_;
        group->connections.push_back(std::move(connection));
    }

    // The event is reset before its sockets are looked at: what happens meanwhile sets it again.
    void serve_group(std::size_t number) {
        WSAResetEvent(events_[kFirstGroup + number]);
        auto& connections = groups_[number].connections;
        const std::size_t before = connections.size();
        for (std::size_t i = 0; i < connections.size();) {
            if (connections[i]->serve(buffer_)) {
                ++i;
                continue;
            }
            if (!options_.quiet) std::printf("%s\n", connections[i]->summary().c_str());
            connections[i] = std::move(connections.back());
            connections.pop_back();
        }
        const std::size_t gone = before - connections.size();
        if (gone == 0) return;
        if (!options_.quiet) std::fflush(stdout);
        const bool was_full = open_ == kMaxOpen;
        open_ -= gone;
        ended_ += gone;
        if (was_full) accept_some();
    }

    // The last error must be read before anything else fails.
    [[nodiscard]] static bool refuse(const char* what) {
        complain_of_last_error(what);
        return false;
    }

    static constexpr std::size_t kGroups = kEvents - kFirstGroup;
    static constexpr std::size_t kMaxOpen = kGroups * WSA_MAXIMUM_WAIT_EVENTS;

    const Options& options_;
    std::array<WSAEVENT, kEvents> events_{};
    std::array<Group, kGroups> groups_;
    SOCKET listener_ = INVALID_SOCKET;
    DatagramEcho datagrams_;
    std::vector<char> buffer_;  ///< Shared: what a connection cannot send at once it copies.
    std::size_t open_ = 0;
    unsigned long accepted_ = 0;
    unsigned long ended_ = 0;
};

int serve(const Options& options, StopSignal& stop_signal) {
    const WSAEVENT stop = stop_signal.start();
    if (stop == WSA_INVALID_EVENT) {
        complain_of_last_error("WSACreateEvent");
        return 1;
    }
    EchoServer server(options);
    return server.open(stop) && server.run() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Echo server for TCP and UDP (RFC 862) over Ringsock. Ends on SIGINT or SIGTERM.");
    app.footer("Exit codes: 0 ended as told, 1 network error (its WSA name is printed), 2 wrong usage.");
    add_configuration_flags(app, options.configuration);
    app.add_option("--port", options.port, "TCP and UDP port; 0 chooses one")->capture_default_str();
    app.add_option("--bind", options.bind_address, "Local IPv4 address")->capture_default_str();
    app.add_flag("--udp,!--no-udp", options.udp, "Echo datagrams on the same port (default: yes)");
    app.add_option("--once", options.connections, "Exit when so many TCP connections have ended")
        ->check(CLI::PositiveNumber);
    app.add_flag("--quiet", options.quiet, "No line for each connection that ends");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    StopSignal stop_signal;  // Before start-up, so that the library's threads leave the signals to it.
    if (!start_up(options.configuration)) return 1;
    const int exit_code = serve(options, stop_signal);
    WSACleanup();
    return exit_code;
}
