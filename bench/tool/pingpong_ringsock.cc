// SPDX-License-Identifier: BSD-3-Clause
// The ping-pong on Ringsock: both ends spin on non-blocking recv, WS_TCP_NODELAY set, exactly as the kernel's
// side.
#include "tool/commands.h"
#include "tool/ringsock_session.h"

namespace ringsock::bench {
namespace {

constexpr std::uint16_t kPort = 7001;
constexpr DWORD kOpenMilliseconds = 5000;

class RingsockPing final : public PingSide {
  public:
    explicit RingsockPing(const Options& options) : options_(options) {}
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }

    [[nodiscard]] std::optional<std::string> open(const PingPlan& plan) override {
        if (auto reason = session_.open(options_, drive_settings(plan.mode, plan.cpus))) return reason;
        const auto to = address_of(options_.server_address, kPort);
        if (!to) return "not an IPv4 address: " + options_.server_address;
        std::string reason;
        listener_ = listen_on(*to, 4, reason);
        if (listener_ == INVALID_SOCKET) return reason;
        ringsock_use_host(kClientHost);
        client_ = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (client_ == INVALID_SOCKET) return last_error_line("WSASocket");
        if (!connect_to(*to, reason)) return reason;
        set_options(client_, plan.close);
        set_options(server_, CloseKind::fin);
        return std::nullopt;
    }

    [[nodiscard]] long client_send(std::span<const char> bytes) override { return give(client_, bytes); }
    [[nodiscard]] long client_receive(std::span<char> bytes) override { return take(client_, bytes); }
    [[nodiscard]] long server_send(std::span<const char> bytes) override { return give(server_, bytes); }
    [[nodiscard]] long server_receive(std::span<char> bytes) override { return take(server_, bytes); }

    void close() override {
        for (SOCKET* socket : {&client_, &server_, &listener_}) {
            if (*socket != INVALID_SOCKET) ws2_closesocket(*socket);
            *socket = INVALID_SOCKET;
        }
        session_.close();
    }
    [[nodiscard]] bool one_application_thread(const PingPlan& plan) const override {
        return plan.cores == 1 || plan.mode == DriveMode::dedicated;
    }

  private:
    // One thread opens both ends, so neither call may block.
    bool connect_to(const ws2_sockaddr_in& to, std::string& reason) {
        const WSAEVENT event = WSACreateEvent();
        WSAEventSelect(client_, event, FD_CONNECT);
        if (WSAConnect(client_, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr) != 0 &&
            WSAGetLastError() != WSAEWOULDBLOCK) {
            reason = last_error_line("WSAConnect");
        }
        const std::uint64_t since = read_cycles();
        bool connected = false;
        while (reason.empty() && !(connected && server_ != INVALID_SOCKET)) {
            WSANETWORKEVENTS happened{};
            WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE);
            WSAEnumNetworkEvents(client_, event, &happened);
            if ((happened.lNetworkEvents & FD_CONNECT) != 0) {
                connected = happened.iErrorCode[FD_CONNECT_BIT] == 0;
                if (!connected) reason = error_line("FD_CONNECT", happened.iErrorCode[FD_CONNECT_BIT]);
            }
            if (server_ == INVALID_SOCKET) server_ = ws2_accept(listener_, nullptr, nullptr);
            if (CycleClock::instance().to_seconds(read_cycles() - since) * 1e3 > kOpenMilliseconds) {
                reason = "the connection did not open within 5 seconds";
            }
        }
        WSAEventSelect(client_, nullptr, 0);
        WSACloseEvent(event);
        return reason.empty();
    }

    static void set_options(SOCKET socket, CloseKind close) {
        ULONG on = 1;
        const int no_delay = 1;
        ws2_ioctlsocket(socket, static_cast<LONG>(WS_FIONBIO), &on);
        ws2_setsockopt(socket, WS_IPPROTO_TCP, WS_TCP_NODELAY, reinterpret_cast<const char*>(&no_delay),
                       sizeof no_delay);
        if (close != CloseKind::rst) return;
        const ws2_linger now{1, 0};
        ws2_setsockopt(socket, WS_SOL_SOCKET, WS_SO_LINGER, reinterpret_cast<const char*>(&now), sizeof now);
    }

    long give(SOCKET socket, std::span<const char> bytes) {
        const int sent = ws2_send(socket, bytes.data(), static_cast<int>(bytes.size()), 0);
        return sent >= 0 ? sent : broken("send");
    }
    long take(SOCKET socket, std::span<char> bytes) {
        const int got = ws2_recv(socket, bytes.data(), static_cast<int>(bytes.size()), 0);
        if (got > 0) return got;
        if (got < 0) return broken("recv");
        error_ = "recv: the peer ended";
        return kBroken;
    }
    long broken(const char* call) {
        if (WSAGetLastError() == WSAEWOULDBLOCK) return kNothingYet;
        error_ = last_error_line(call);
        return kBroken;
    }

    const Options& options_;
    RingsockSession session_;
    SOCKET listener_ = INVALID_SOCKET, client_ = INVALID_SOCKET, server_ = INVALID_SOCKET;
};

}  // namespace

std::unique_ptr<PingSide> make_ringsock_pingpong(const Options& options) {
    return std::make_unique<RingsockPing>(options);
}

}  // namespace ringsock::bench
