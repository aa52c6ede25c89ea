// SPDX-License-Identifier: BSD-3-Clause
// What a connection that does nothing costs: opens many, both ends in this process, and divides the growth of
// everything resident (hugepages too) by the endpoints. Counted from the moment the hosts run and listen, so
// nothing that a connection brings with it is left out; the tool's own arrays are touched before.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "tool/commands.h"
#include "tool/ringsock_session.h"

namespace ringsock::bench {
namespace {

constexpr std::uint16_t kFirstPort = 7100;
constexpr std::uint64_t kConnectionsPerPort = 30'000;  // well below the local ports of one destination
constexpr std::size_t kWindow = 128;                   // connects at once while opening
constexpr double kStallSeconds = 10;
constexpr double kSettleSeconds = 0.5;
constexpr std::uint64_t kSamples = 200;  // connections that must still carry a byte

struct Resident {
    double ordinary = 0, huge = 0;  // bytes
};

double kib_after(const std::string& text, const char* key) {
    const std::size_t at = text.find(key);
    return at == std::string::npos
               ? 0
               : 1024 * std::strtod(text.c_str() + at + std::char_traits<char>::length(key), nullptr);
}

Resident resident_now() {
    const std::string rollup = read_small_file("/proc/self/smaps_rollup").value_or("");
    return {kib_after(rollup, "\nRss:"),
            kib_after(rollup, "\nPrivate_Hugetlb:") + kib_after(rollup, "\nShared_Hugetlb:")};
}

class IdleRun {
  public:
    IdleRun(const Options& options, Progress& progress, IdleFigures& figures)
        : options_(options),
          progress_(progress),
          figures_(figures),
          wanted_(options.connections),
          clients_(wanted_, INVALID_SOCKET),
          servers_(wanted_, INVALID_SOCKET) {}

    void run() {
        if (auto reason = start()) {
            figures_.unavailable = *reason;
            return;
        }
        (void)resident_now();  // The first reading brings the C library's own buffers.
        const Resident before = resident_now();
        if (!open_all()) return;
        settle();
        const Resident after = resident_now();
        figures_.connections = wanted_;
        figures_.anonymous_growth = after.ordinary - before.ordinary;
        figures_.hugetlb_growth = after.huge - before.huge;
        figures_.bytes_per_endpoint =
            (figures_.anonymous_growth + figures_.hugetlb_growth) / (2 * static_cast<double>(wanted_));
        figures_.buffers_held = RingsockSession::counter("packets_held");
        exchange_samples();
    }

  private:
    std::optional<std::string> start() {
        // Room for every connection; the sockets and ports follow from it.
        const std::string room = std::to_string(std::max<std::uint64_t>(wanted_ + 1024, 65'536));
        std::vector<std::string> settings = drive_settings(DriveMode::inline_drive, {});
        settings.push_back("limits.connections=" + room);
        if (auto reason = session_.open(options_, std::move(settings))) return reason;
        const std::uint64_t ports = (wanted_ + kConnectionsPerPort - 1) / kConnectionsPerPort;
        for (std::uint64_t i = 0; i < ports; ++i) {
            const auto address =
                address_of(options_.server_address, static_cast<std::uint16_t>(kFirstPort + i));
            if (!address) return "not an IPv4 address: " + options_.server_address;
            std::string reason;
            const SOCKET listener = listen_on(*address, 2 * static_cast<int>(kWindow), reason);
            if (listener == INVALID_SOCKET) return reason;
            addresses_.push_back(*address);
            listeners_.push_back(listener);
        }
        ringsock_use_host(kClientHost);
        return std::nullopt;
    }

    // Keeps a window of connects in the air; a connect that has completed and its accepted end stay open.
    bool open_all() {
        std::uint64_t last_progress = read_cycles();
        while (connected_ < wanted_ || accepted_ < wanted_) {
            const std::uint64_t before = connected_ + accepted_;
            while (begun_ < wanted_ && begun_ - std::min(connected_, accepted_) < kWindow) {
                if (!begin()) return false;
            }
            if (!take_connected() || !take_accepted()) return false;
            if (connected_ + accepted_ != before) {
                last_progress = read_cycles();
                progress_.update(std::to_string(accepted_) + " open");
            } else if (CycleClock::instance().to_seconds(read_cycles() - last_progress) > kStallSeconds) {
                return fail("nothing moved for 10 seconds after " + std::to_string(accepted_) +
                            " connections");
            }
        }
        return true;
    }

    bool begin() {
        const SOCKET socket =
            WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (socket == INVALID_SOCKET) return fail(last_error_line("WSASocket"));
        ULONG on = 1;
        if (ws2_ioctlsocket(socket, static_cast<LONG>(WS_FIONBIO), &on) != 0)
            return fail(last_error_line("ioctlsocket"));
        const ws2_sockaddr_in& to = addresses_[begun_ % addresses_.size()];
        if (WSAConnect(socket, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr) != 0 &&
            WSAGetLastError() != WSAEWOULDBLOCK) {
            return fail(last_error_line("WSAConnect"));
        }
        clients_[begun_++] = socket;
        pending_.push_back(socket);
        return true;
    }

    bool take_connected() {
        if (pending_.empty()) return true;
        std::array<WSAPOLLFD, kWindow> poll{};
        for (std::size_t i = 0; i < pending_.size(); ++i) poll[i] = {pending_[i], WS_POLLOUT, 0};
        const int ready = WSAPoll(poll.data(), static_cast<ULONG>(pending_.size()), 0);
        if (ready < 0) return fail(last_error_line("WSAPoll"));
        std::size_t kept = 0;
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            if ((poll[i].revents & (WS_POLLERR | WS_POLLHUP | WS_POLLNVAL)) != 0)
                return fail("a connect failed");
            if ((poll[i].revents & WS_POLLOUT) != 0)
                ++connected_;
            else
                pending_[kept++] = pending_[i];
        }
        pending_.resize(kept);
        return true;
    }

    bool take_accepted() {
        for (const SOCKET listener : listeners_) {
            for (std::size_t i = 0; i < kWindow; ++i) {
                const SOCKET socket = ws2_accept(listener, nullptr, nullptr);
                if (socket == INVALID_SOCKET) {
                    if (WSAGetLastError() == WSAEWOULDBLOCK) break;
                    return fail(last_error_line("accept"));
                }
                if (accepted_ < wanted_) servers_[accepted_] = socket;
                ++accepted_;
            }
        }
        return true;
    }

    // Drives both hosts until delayed acknowledgements and the like are over.
    void settle() {
        const std::uint64_t since = read_cycles();
        while (CycleClock::instance().to_seconds(read_cycles() - since) < kSettleSeconds) {
            (void)ws2_accept(listeners_.front(), nullptr, nullptr);
            WSAPOLLFD one{clients_.front(), WS_POLLIN, 0};
            (void)WSAPoll(&one, 1, 1);
        }
    }

    // Some clients send a byte; so many accepted ends must have one. It shows that the connections live.
    void exchange_samples() {
        const std::uint64_t step = std::max<std::uint64_t>(1, wanted_ / kSamples);
        std::uint64_t sent = 0, received = 0;
        for (std::uint64_t i = 0; i < wanted_; i += step) {
            const char byte = 'x';
            if (ws2_send(clients_[i], &byte, 1, 0) == 1) ++sent;
        }
        settle();
        for (const SOCKET socket : servers_) {
            char byte = 0;
            ULONG waiting = 0;
            if (ws2_ioctlsocket(socket, static_cast<LONG>(WS_FIONREAD), &waiting) != 0 || waiting == 0)
                continue;
            if (ws2_recv(socket, &byte, 1, 0) == 1 && byte == 'x') ++received;
        }
        const std::uint64_t expected = (wanted_ + step - 1) / step;
        if (sent == expected && received == expected) return;
        fail(std::to_string(received) + " of " + std::to_string(expected) + " sample bytes arrived");
        figures_.errors = expected - received;
    }

    bool fail(std::string why) {
        ++figures_.errors;
        if (figures_.first_error.empty()) figures_.first_error = why;
        if (figures_.connections == 0) figures_.unavailable = std::move(why);
        return false;
    }

    const Options& options_;
    Progress& progress_;
    IdleFigures& figures_;
    const std::uint64_t wanted_;
    RingsockSession session_;
    std::vector<SOCKET> clients_, servers_, pending_, listeners_;
    std::vector<ws2_sockaddr_in> addresses_;
    std::uint64_t begun_ = 0, connected_ = 0, accepted_ = 0;
};

}  // namespace

IdleFigures measure_idle(const Options& options, Progress& progress) {
    IdleFigures figures;
    IdleRun(options, progress, figures).run();
    return figures;
}

}  // namespace ringsock::bench
