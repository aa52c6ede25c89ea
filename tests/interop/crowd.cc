// SPDX-License-Identifier: BSD-3-Clause
// Many connections in both directions at once, on several engines: opens COUNT to the peer, each with bytes
// of its own that must come back, and answers as many from there; all stay open until the last one is served.
// Says which engine had how much of it, and that no stream was met on two. Prints TAP lines without numbers.
//
//     crowd [--config FILE] [--set key=value]... [--engines N] [--hashes] LISTEN-PORT ADDRESS PORT COUNT
//     BYTES
//
// A peer of its kind (or peers.py crowd) is needed: each waits for the other.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{90};

bool all_right = true;

void say(bool ok, const std::string& claim) {
    std::printf("%s - %s\n", ok ? "ok" : "not ok", claim.c_str());
    std::fflush(stdout);
    all_right &= ok;
}

std::string statistics() {
    std::string json(256 * 1024, '\0');
    int length = static_cast<int>(json.size());
    if (ringsock_stats(nullptr, json.data(), &length) != 0) return {};
    json.resize(static_cast<std::size_t>(length));
    return json;
}

/// The first figure of that name from `at` on.
unsigned long long figure(const std::string& json, const char* name, std::size_t at = 0) {
    const std::string quoted = '"' + std::string(name) + "\":";
    const std::size_t found = json.find(quoted, at);
    if (found == std::string::npos) {
        complain(std::string("no figure ") + name + " in ringsock_stats");
        std::exit(1);
    }
    return std::strtoull(json.c_str() + found + quoted.size(), nullptr, 10);
}

bool would_block() {
    return WSAGetLastError() == WSAEWOULDBLOCK;
}

struct Connection {
    SOCKET socket = INVALID_SOCKET;
    bool is_ours = false;  ///< We opened it: we send first, and check what comes back.
    unsigned number = 0;
    unsigned long long sent = 0, received = 0;
    std::vector<char> owed;  ///< Of the peer's: read and still to be sent back.
    bool is_half_closed = false, is_over = false;

    [[nodiscard]] char byte_at(unsigned long long position) const {
        return static_cast<char>((position * 2654435761u + number * 40503u) >> 7);
    }
};

class Crowd {
  public:
    Crowd(SOCKET listener, unsigned count, unsigned long long bytes)
        : listener_(listener), count_(count), bytes_(bytes) {}

    /// False: something is wrong, and has been said.
    bool open_all(const SOCKADDR_IN& peer) {
        for (unsigned i = 0; i < count_; ++i) {
            Connection one;
            one.socket = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
            one.is_ours = true;
            one.number = i;
            ULONG yes = 1;
            if (one.socket == INVALID_SOCKET || ws2_ioctlsocket(one.socket, WS_FIONBIO, &yes) != 0)
                return fail("socket");
            if (WSAConnect(one.socket, as_sockaddr(&peer), sizeof peer, nullptr, nullptr, nullptr, nullptr) !=
                    0 &&
                !would_block())
                return fail("WSAConnect");
            connections_.push_back(one);
        }
        return true;
    }

    bool serve_all() {
        const Clock::time_point give_up = Clock::now() + kPatience;
        while (ours_ended_ < count_ || theirs_ended_ < count_) {
            if (Clock::now() > give_up) {
                std::printf("# %u of ours served, %u ended; %u of theirs came, %u ended\n", ours_served_,
                            ours_ended_, theirs_came_, theirs_ended_);
                return false;
            }
            if (!one_round()) return false;
        }
        return true;
    }

    /// Each of theirs has its number from us: nothing of the kind comes twice.
    [[nodiscard]] unsigned theirs_came() const { return theirs_came_; }

  private:
    static bool fail(const char* what) {
        complain_of_last_error(what);
        return false;
    }

    bool one_round() {
        entries_.assign(1, WSAPOLLFD{listener_, WS_POLLRDNORM, 0});
        for (const Connection& one : connections_) {
            const bool has_to_send = one.is_ours ? one.sent < bytes_ : !one.owed.empty();
            const auto wanted = static_cast<SHORT>(WS_POLLRDNORM | (has_to_send ? WS_POLLWRNORM : 0));
            entries_.push_back({one.is_over ? INVALID_SOCKET : one.socket, wanted, 0});
        }
        if (WSAPoll(entries_.data(), static_cast<ULONG>(entries_.size()), 1000) == SOCKET_ERROR)
            return fail("WSAPoll");
        for (std::size_t i = 1; i < entries_.size(); ++i)
            if (!connections_[i - 1].is_over && !serve(connections_[i - 1], entries_[i].revents))
                return false;
        if (entries_[0].revents != 0 && !take_in()) return false;
        return true;
    }

    bool take_in() {
        for (;;) {
            Connection one;
            one.socket = ws2_accept(listener_, nullptr, nullptr);
            if (one.socket == INVALID_SOCKET) return would_block() || fail("accept");
            connections_.push_back(one);
        }
    }

    bool serve(Connection& one, SHORT events) {
        if ((events & WS_POLLRDNORM) != 0 || (events & (WS_POLLERR | WS_POLLHUP)) != 0) {
            if (!receive(one)) return false;
            if (one.is_over) return true;
        }
        if ((events & WS_POLLWRNORM) != 0 && !send(one)) return false;
        // All stay until everybody is served: COUNT connections a direction, at once.
        if (one.is_ours && !one.is_half_closed && one.received == bytes_ && ours_served_ == count_ &&
            theirs_came_ == count_) {
            one.is_half_closed = true;
            if (ws2_shutdown(one.socket, WS_SD_SEND) != 0) return fail("shutdown");
        }
        return true;
    }

    bool receive(Connection& one) {
        const int got = ws2_recv(one.socket, buffer_.data(), static_cast<int>(buffer_.size()), 0);
        if (got < 0) return would_block() || fail(one.is_ours ? "recv of our own" : "recv of the peer's");
        if (got == 0) {
            one.is_over = true;
            ws2_closesocket(one.socket);
            // A peer's connection without a byte only looked whether we are there.
            if (one.is_ours || one.received > 0) ++(one.is_ours ? ours_ended_ : theirs_ended_);
            if (!one.is_ours || one.received == bytes_) return true;
            complain("a connection ended after " + std::to_string(one.received) + " bytes");
            return false;
        }
        if (!one.is_ours) {
            if (one.received == 0) ++theirs_came_;
            one.received += static_cast<unsigned>(got);
            one.owed.insert(one.owed.end(), buffer_.data(), buffer_.data() + got);
            return send(one);
        }
        for (int i = 0; i < got; ++i) {
            if (buffer_[static_cast<std::size_t>(i)] == one.byte_at(one.received++)) continue;
            complain("connection " + std::to_string(one.number) + ": byte " +
                     std::to_string(one.received - 1) + " is another");
            return false;
        }
        if (one.received == bytes_) ++ours_served_;
        return true;
    }

    bool send(Connection& one) {
        if (one.is_ours) {
            one.owed.clear();
            for (auto at = one.sent; at < bytes_ && one.owed.size() < 16384; ++at)
                one.owed.push_back(one.byte_at(at));
        }
        if (one.owed.empty()) return true;
        const int taken = ws2_send(one.socket, one.owed.data(), static_cast<int>(one.owed.size()), 0);
        if (taken < 0) return would_block() || fail(one.is_ours ? "send on our own" : "send on the peer's");
        one.sent += static_cast<unsigned>(taken);
        if (!one.is_ours) one.owed.erase(one.owed.begin(), one.owed.begin() + taken);
        return true;
    }

    SOCKET listener_;
    unsigned count_;
    unsigned long long bytes_;
    unsigned ours_served_ = 0, ours_ended_ = 0, theirs_came_ = 0, theirs_ended_ = 0;
    std::vector<Connection> connections_;
    std::vector<WSAPOLLFD> entries_;
    std::vector<char> buffer_ = std::vector<char>(65536);
};

/// Until somebody listens there.
bool wait_for(const SOCKADDR_IN& peer) {
    const Clock::time_point give_up = Clock::now() + std::chrono::seconds(30);
    while (Clock::now() < give_up) {
        const SOCKET probe = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
        const int result =
            WSAConnect(probe, as_sockaddr(&peer), sizeof peer, nullptr, nullptr, nullptr, nullptr);
        const int code = result == 0 ? 0 : WSAGetLastError();
        ws2_closesocket(probe);
        if (code == 0) return true;
        if (code != WSAENETDOWN && code != WSAECONNREFUSED && code != WSAETIMEDOUT &&
            code != WSAEHOSTUNREACH) {
            complain("connect", code);
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    complain("nobody listens there");
    return false;
}

void check_counters(unsigned engines, bool hashes, unsigned long long earlier_resets) {
    std::string json;
    unsigned long long out = 1, in = 0;
    const Clock::time_point give_up = Clock::now() + std::chrono::seconds(5);
    for (; out != in && Clock::now() < give_up; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
        json = statistics();  // engines run on: a frame may be between two of them
        out = figure(json, "frames_handed_out"), in = figure(json, "frames_handed_in");
    }
    std::printf("# %llu frames handed over, %llu came, %llu found a full ring; %llu sent by another engine\n",
                out, in, figure(json, "frames_lost_in_hand_off"), figure(json, "frames_sent_by_other"));
    say(figure(json, "engines") == engines, std::to_string(engines) + " engines");
    say(out == in, "every frame handed over has arrived");
    const auto resets = figure(json, "resets_sent") - earlier_resets;
    if (resets != 0) std::printf("# %llu resets\n", resets);
    say(resets == 0, "no stream was met by an engine that does not know it");
    if (hashes || engines == 1) say(out == 0, "no frame came to a foreign engine");
    std::size_t at = json.find("\"each_engine\"");
    bool has_work = true;
    for (unsigned i = 0; i < engines; ++i) {
        const auto active = figure(json, "active_opens", at), passive = figure(json, "passive_opens", at);
        std::printf("# engine %u: %llu opened, %llu accepted, %llu frames received\n", i, active, passive,
                    figure(json, "rx_frames", at));
        has_work &= active > 0 && passive > 0;
        at = json.find('}', at) + 1;
    }
    say(has_work, "each engine opened and accepted");
}

}  // namespace

int main(int argc, char** argv) {
    Configuration configuration;
    std::string address;
    unsigned short port = 0, listen_port = 0;
    unsigned count = 0, engines = 1;
    unsigned long long bytes = 0;
    bool hashes = false;
    CLI::App app("Many connections in both directions at once.");
    add_configuration_flags(app, configuration);
    app.add_option("--engines", engines, "How many the host has");
    app.add_flag("--hashes", hashes, "The device spreads flows as it is asked to");
    app.add_option("listen-port", listen_port)->required();
    app.add_option("address", address)->required();
    app.add_option("port", port)->required();
    app.add_option("count", count)->required()->check(CLI::Range(1, 20000));
    app.add_option("bytes", bytes)->required()->check(CLI::Range(1, 1 << 30));
    CLI11_PARSE(app, argc, argv);
    configuration.settings.push_back("engine.count=" + std::to_string(engines));
    SOCKADDR_IN peer, any;
    if (!make_address(address, port, peer) || !make_address("0.0.0.0", listen_port, any)) return 2;
    if (!start_up(configuration)) return 1;
    const SOCKET listener = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    ULONG yes = 1;
    if (ws2_bind(listener, as_sockaddr(&any), sizeof any) != 0 || ws2_listen(listener, WS_SOMAXCONN) != 0 ||
        ws2_ioctlsocket(listener, WS_FIONBIO, &yes) != 0) {
        complain_of_last_error("listen");
        return 1;
    }
    // A peer that came before we listened was refused.
    const auto earlier_resets = figure(statistics(), "resets_sent");
    std::printf("# listening\n");
    std::fflush(stdout);
    if (!wait_for(peer)) return 1;
    Crowd crowd(listener, count, bytes);
    const bool served = crowd.open_all(peer) && crowd.serve_all();
    say(served, std::to_string(count) + " connections each way, all open at once, " + std::to_string(bytes) +
                    " bytes there and back on each");
    if (served) check_counters(engines, hashes, earlier_resets);
    ws2_closesocket(listener);
    WSACleanup();
    return all_right ? 0 : 1;
}
