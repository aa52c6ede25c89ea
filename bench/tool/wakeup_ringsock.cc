// SPDX-License-Identifier: BSD-3-Clause
// The wake-up on Ringsock: a blocking recv, engines that may sleep.
#include "tool/ringsock_session.h"
#include "tool/wakeup_run.h"

namespace ringsock::bench {
namespace {

constexpr std::uint16_t kPort = 7002;
constexpr const char* kIdleSleep = "engine.idle_sleep_us=100000";

class RingsockWake final : public WakeSide {
  public:
    explicit RingsockWake(const Options& options) : options_(options) {}
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }

    [[nodiscard]] std::optional<std::string> open(const WakePlan& plan) override {
        std::vector<std::string> settings = drive_settings(plan.mode, plan.cpus);
        settings.emplace_back(kIdleSleep);
        if (auto reason = session_.open(options_, std::move(settings))) return reason;
        const auto to = address_of(options_.server_address, kPort);
        if (!to) return "not an IPv4 address: " + options_.server_address;
        std::string reason;
        listener_ = listen_on(*to, 4, reason);
        if (listener_ == INVALID_SOCKET) return reason;
        ringsock_use_host(kClientHost);
        client_ = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (client_ == INVALID_SOCKET) return last_error_line("WSASocket");
        if (WSAConnect(client_, pointer_to(*to), sizeof *to, nullptr, nullptr, nullptr, nullptr) != 0)
            return last_error_line("WSAConnect");
        ringsock_use_host(kServerHost);
        ULONG off = 0;
        ws2_ioctlsocket(listener_, static_cast<LONG>(WS_FIONBIO), &off);
        server_ = ws2_accept(listener_, nullptr, nullptr);
        if (server_ == INVALID_SOCKET) return last_error_line("accept");
        const int on = 1;
        ws2_setsockopt(client_, WS_IPPROTO_TCP, WS_TCP_NODELAY, reinterpret_cast<const char*>(&on),
                       sizeof on);
        return std::nullopt;
    }
    [[nodiscard]] bool send(std::span<const char> bytes) override {
        const int size = static_cast<int>(bytes.size());
        return ws2_send(client_, bytes.data(), size, 0) == size;
    }
    [[nodiscard]] bool receive(std::span<char> bytes) override {
        if (!receiver_is_placed_) ringsock_use_host(kServerHost);
        receiver_is_placed_ = true;
        for (std::size_t got = 0; got < bytes.size();) {
            const int part = ws2_recv(server_, bytes.data() + got, static_cast<int>(bytes.size() - got), 0);
            if (part <= 0) return false;
            got += static_cast<std::size_t>(part);
        }
        return true;
    }
    void end_sending() override { ws2_shutdown(client_, WS_SD_SEND); }
    void close() override {
        for (SOCKET* socket : {&client_, &server_, &listener_}) {
            if (*socket != INVALID_SOCKET) ws2_closesocket(*socket);
            *socket = INVALID_SOCKET;
        }
        session_.close();
        receiver_is_placed_ = false;
    }

  private:
    const Options& options_;
    RingsockSession session_;
    bool receiver_is_placed_ = false;
    SOCKET listener_ = INVALID_SOCKET, client_ = INVALID_SOCKET, server_ = INVALID_SOCKET;
};

}  // namespace

std::unique_ptr<WakeSide> make_ringsock_wakeup(const Options& options) {
    return std::make_unique<RingsockWake>(options);
}

}  // namespace ringsock::bench
