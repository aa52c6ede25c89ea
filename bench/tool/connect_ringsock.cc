// SPDX-License-Identifier: BSD-3-Clause
// The connect workload on Ringsock, written as a Winsock programmer writes it who has many sockets: one event
// for up to 64 sockets, a wait that does not sleep, and WSAEnumNetworkEvents on the sockets of a group whose
// event is set. Client: WSASocket, WSAEventSelect, WSAConnect | FD_CONNECT with code 0 | closesocket, and the
// next in its place. Server: accept, WSAEventSelect | FD_READ or FD_CLOSE | recv returns 0 | closesocket.
#include <algorithm>
#include <array>
#include <vector>

#include "tool/commands.h"
#include "tool/ringsock_session.h"

namespace ringsock::bench {
namespace {

// Sockets that share one event: few enough that a signalled event does not send us past many idle sockets,
// many enough that one wait (64 events at most) covers a large part of all.
constexpr std::uint32_t kMaxGroupSize = WSA_MAXIMUM_WAIT_EVENTS;
constexpr std::uint32_t kGroupsWanted = 16;

std::uint32_t group_size_for(std::uint32_t in_flight) {
    return std::clamp(in_flight / kGroupsWanted, 1u, kMaxGroupSize);
}
constexpr std::uint16_t kPort = 7000;
constexpr int kAcceptBatch = 64;

// Events with a fixed order, waited for in slices of 64 because a wait takes no more.
class EventSet {
  public:
    ~EventSet() {
        for (const WSAEVENT event : events_) WSACloseEvent(event);
    }
    [[nodiscard]] bool create(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const WSAEVENT event = WSACreateEvent();
            if (event == WSA_INVALID_EVENT) return false;
            events_.push_back(event);
        }
        return true;
    }
    [[nodiscard]] WSAEVENT operator[](std::size_t index) const noexcept { return events_[index]; }

    // Calls `function` with the index of every event that is set. A wait names only the lowest, so it is
    // repeated behind each find until nothing is left.
    template <typename Function>
    void for_each_set(Function&& function) {
        std::size_t from = 0;
        while (from < events_.size()) {
            const std::size_t slice = std::min<std::size_t>(events_.size() - from, WSA_MAXIMUM_WAIT_EVENTS);
            const DWORD found =
                WSAWaitForMultipleEvents(static_cast<DWORD>(slice), &events_[from], FALSE, 0, FALSE);
            if (found >= WSA_WAIT_EVENT_0 + slice) {
                from += slice;
                continue;
            }
            from += found - WSA_WAIT_EVENT_0;
            function(from);
            ++from;
        }
    }

  private:
    std::vector<WSAEVENT> events_;
};

class RingsockClient final : public Worker {
  public:
    RingsockClient(const ConnectPlan& plan, RunControl& control, const ws2_sockaddr_in& to)
        : gate_(plan, control),
          to_(to),
          close_(plan.close),
          shares_thread_(plan.cores == 1 || plan.mode == DriveMode::dedicated),
          group_size_(group_size_for(plan.in_flight)),
          slots_(plan.in_flight) {
        for (std::uint32_t i = plan.in_flight; i != 0; --i) free_.push_back(i - 1);
    }
    [[nodiscard]] bool open() { return events_.create((slots_.size() + group_size_ - 1) / group_size_); }

    void enter() override { ringsock_use_host(kClientHost); }

    void pass() override {
        if (shares_thread_) ringsock_use_host(kClientHost);
        while (!free_.empty() && gate_.may_start()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            start(slot);
        }
        events_.for_each_set([&](std::size_t group) { look_at_group(static_cast<std::uint32_t>(group)); });
        gate_.publish(free_.size() == slots_.size());
    }

    void leave() override {
        for (Slot& slot : slots_) {
            if (slot.socket != INVALID_SOCKET) ws2_closesocket(slot.socket);
            slot.socket = INVALID_SOCKET;
        }
    }

  private:
    struct Slot {
        SOCKET socket = INVALID_SOCKET;
        std::uint64_t started_at = 0;
    };

    void start(std::uint32_t index) {
        Slot& slot = slots_[index];
        gate_.started();
        slot.socket = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (slot.socket == INVALID_SOCKET) return give_up(index, last_error_line("WSASocket"));
        if (WSAEventSelect(slot.socket, events_[index / group_size_], FD_CONNECT) != 0) {
            return give_up(index, last_error_line("WSAEventSelect"));
        }
        slot.started_at = read_cycles();
        const int result =
            WSAConnect(slot.socket, pointer_to(to_), sizeof to_, nullptr, nullptr, nullptr, nullptr);
        if (result == 0 || WSAGetLastError() == WSAEWOULDBLOCK) return;
        give_up(index, last_error_line("WSAConnect"));
    }

    // The event is reset before the sockets are looked at: what happens afterwards sets it again.
    void look_at_group(std::uint32_t group) {
        WSAResetEvent(events_[group]);
        const std::uint32_t first = group * group_size_;
        const std::uint32_t last = std::min(first + group_size_, static_cast<std::uint32_t>(slots_.size()));
        for (std::uint32_t index = first; index < last; ++index) {
            if (slots_[index].socket != INVALID_SOCKET) look_at(index);
        }
    }

    void look_at(std::uint32_t index) {
        WSANETWORKEVENTS happened;
        ++tally_.enumerations;
        if (WSAEnumNetworkEvents(slots_[index].socket, nullptr, &happened) != 0) {
            return give_up(index, last_error_line("WSAEnumNetworkEvents"));
        }
        if ((happened.lNetworkEvents & FD_CONNECT) == 0) {
            ++tally_.fruitless;
            return;
        }
        if (gate_.measuring()) tally_.latency.record(read_cycles() - slots_[index].started_at);
        const int code = happened.iErrorCode[FD_CONNECT_BIT];
        if (code != 0) return give_up(index, error_line("FD_CONNECT", code));
        finish(index);
    }

    void finish(std::uint32_t index) {
        const SOCKET socket = slots_[index].socket;
        if (close_ == CloseKind::rst) {
            const ws2_linger now{1, 0};
            ws2_setsockopt(socket, WS_SOL_SOCKET, WS_SO_LINGER, reinterpret_cast<const char*>(&now),
                           sizeof now);
        }
        if (ws2_closesocket(socket) != 0) {
            ++tally_.other_errors;
            tally_.fail(last_error_line("closesocket"));
        }
        slots_[index].socket = INVALID_SOCKET;
        if (gate_.may_start())
            start(index);
        else
            free_.push_back(index);
    }

    void give_up(std::uint32_t index, std::string why) {
        gate_.failed();
        tally_.fail(std::move(why));
        if (slots_[index].socket != INVALID_SOCKET) ws2_closesocket(slots_[index].socket);
        slots_[index].socket = INVALID_SOCKET;
        free_.push_back(index);
    }

    StartGate gate_;
    const ws2_sockaddr_in to_;
    const CloseKind close_;
    const bool shares_thread_;
    const std::uint32_t group_size_;
    EventSet events_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
};

class RingsockServer final : public Worker {
  public:
    RingsockServer(const ConnectPlan& plan, RunControl& control)
        : counter_(control),
          close_(plan.close),
          shares_thread_(plan.cores == 1 || plan.mode == DriveMode::dedicated),
          group_size_(group_size_for(plan.in_flight)),
          groups_(plan.outstanding() / group_size_ + 2) {}
    ~RingsockServer() override { stop_listening(); }

    [[nodiscard]] std::optional<std::string> open(const ws2_sockaddr_in& address, int backlog) {
        std::string reason;
        listener_ = listen_on(address, backlog, reason);
        if (listener_ == INVALID_SOCKET) return reason;
        // Event 0 is the listener's, event 1 + g that of group g.
        if (!events_.create(groups_.size() + 1)) return last_error_line("WSACreateEvent");
        if (WSAEventSelect(listener_, events_[0], FD_ACCEPT) != 0) return last_error_line("WSAEventSelect");
        return std::nullopt;
    }

    void enter() override { ringsock_use_host(kServerHost); }

    void pass() override {
        if (shares_thread_) ringsock_use_host(kServerHost);
        events_.for_each_set([&](std::size_t index) {
            if (index == 0)
                accept_some();
            else
                look_at_group(static_cast<std::uint32_t>(index - 1));
        });
        counter_.publish();
    }

    void leave() override {
        for (Group& group : groups_) {
            while (group.open != 0) ws2_closesocket(group.sockets[--group.open]);
        }
        stop_listening();
    }

  private:
    // Accepted sockets of one event, densely packed.
    struct Group {
        std::array<SOCKET, kMaxGroupSize> sockets{};
        std::uint32_t open = 0;
    };

    void stop_listening() {
        if (listener_ != INVALID_SOCKET) ws2_closesocket(listener_);
        listener_ = INVALID_SOCKET;
    }

    // FD_ACCEPT is recorded again after an accept when more wait, so stopping early loses nothing.
    void accept_some() {
        WSAResetEvent(events_[0]);
        WSANETWORKEVENTS happened;
        ++tally_.enumerations;
        if (WSAEnumNetworkEvents(listener_, nullptr, &happened) != 0) {
            return fail(last_error_line("WSAEnumNetworkEvents"));
        }
        if ((happened.lNetworkEvents & FD_ACCEPT) == 0) {
            ++tally_.fruitless;
            return;
        }
        for (int i = 0; i < kAcceptBatch; ++i) {
            const SOCKET accepted = ws2_accept(listener_, nullptr, nullptr);
            if (accepted != INVALID_SOCKET) {
                adopt(accepted);
                continue;
            }
            const int code = WSAGetLastError();
            if (code == WSAEWOULDBLOCK) return;
            // A connection that was reset in the queue is closed at both ends.
            if (code == WSAECONNRESET && close_ == CloseKind::rst)
                counter_.closed();
            else
                fail(error_line("accept", code));
        }
    }

    void adopt(SOCKET socket) {
        for (std::size_t i = 0; i < groups_.size() && groups_[filling_].open == group_size_; ++i) {
            filling_ = (filling_ + 1) % groups_.size();
        }
        if (groups_[filling_].open == group_size_) {
            fail("more accepted sockets than connects outstanding");
            ws2_closesocket(socket);
            return;
        }
        Group& group = groups_[filling_];
        if (WSAEventSelect(socket, events_[filling_ + 1], FD_READ | FD_CLOSE) != 0) {
            fail(last_error_line("WSAEventSelect"));
            ws2_closesocket(socket);
            return;
        }
        group.sockets[group.open++] = socket;
    }

    void look_at_group(std::uint32_t index) {
        WSAResetEvent(events_[index + 1]);
        Group& group = groups_[index];
        for (std::uint32_t i = 0; i < group.open;) {
            if (look_at(group.sockets[i]))
                group.sockets[i] = group.sockets[--group.open];
            else
                ++i;
        }
    }

    // True when the socket was closed.
    bool look_at(SOCKET socket) {
        WSANETWORKEVENTS happened;
        ++tally_.enumerations;
        if (WSAEnumNetworkEvents(socket, nullptr, &happened) != 0) {
            fail(last_error_line("WSAEnumNetworkEvents"));
            ws2_closesocket(socket);
            return true;
        }
        if ((happened.lNetworkEvents & (FD_READ | FD_CLOSE)) == 0) {
            ++tally_.fruitless;
            return false;
        }
        return read_end(socket);
    }

    bool read_end(SOCKET socket) {
        char byte;
        const int got = ws2_recv(socket, &byte, sizeof byte, 0);
        const int code = got < 0 ? WSAGetLastError() : 0;
        if (code == WSAEWOULDBLOCK) return false;
        if (ws2_closesocket(socket) != 0) {
            ++tally_.other_errors;
            tally_.fail(last_error_line("closesocket"));
        }
        const bool reset = code == WSAECONNRESET || code == WSAECONNABORTED;
        if (got == 0 || (reset && close_ == CloseKind::rst))
            counter_.closed();
        else
            fail(got > 0 ? "recv: unexpected data" : error_line("recv", code));
        return true;
    }

    void fail(std::string why) {
        counter_.failed();
        tally_.fail(std::move(why));
    }

    CloseCounter counter_;
    const CloseKind close_;
    const bool shares_thread_;
    const std::uint32_t group_size_;
    SOCKET listener_ = INVALID_SOCKET;
    EventSet events_;
    std::vector<Group> groups_;
    std::size_t filling_ = 0;
};

class RingsockConnect final : public ConnectSide {
  public:
    explicit RingsockConnect(const Options& options) : options_(options) {}
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }

    [[nodiscard]] std::optional<std::string> open(const ConnectPlan& plan, RunControl& control) override {
        if (auto reason = session_.open(options_, drive_settings(plan.mode, plan.cpus))) return reason;
        const auto to = address_of(options_.server_address, kPort);
        if (!to) return "not an IPv4 address: " + options_.server_address;
        server_ = std::make_unique<RingsockServer>(plan, control);
        client_ = std::make_unique<RingsockClient>(plan, control, *to);
        if (auto reason = server_->open(*to, static_cast<int>(plan.outstanding()))) return reason;
        if (!client_->open()) return last_error_line("WSACreateEvent");
        return std::nullopt;
    }

    [[nodiscard]] Worker& client() override { return *client_; }
    [[nodiscard]] Worker& server() override { return *server_; }
    void close() override {
        client_.reset();
        server_.reset();
        session_.close();
    }
    [[nodiscard]] bool one_application_thread(const ConnectPlan& plan) const override {
        return plan.cores == 1 || plan.mode == DriveMode::dedicated;
    }
    // What either host sent is what was on the wire.
    [[nodiscard]] std::optional<std::uint64_t> frames() override {
        return RingsockSession::counter("tx_frames");
    }

  private:
    const Options& options_;
    RingsockSession session_;
    std::unique_ptr<RingsockServer> server_;
    std::unique_ptr<RingsockClient> client_;
};

}  // namespace

std::unique_ptr<ConnectSide> make_ringsock_connect(const Options& options) {
    return std::make_unique<RingsockConnect>(options);
}

}  // namespace ringsock::bench
