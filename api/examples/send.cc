// SPDX-License-Identifier: BSD-3-Clause
// ringsock-send: sends a file over TCP, ends its own stream, and writes whatever comes back: the other half
// of ringsock-echo, and netcat's everyday use.
//
// Sending and receiving go on at once, or two sides that both insist on being heard out would stop each
// other:
//
//   FD_WRITE    send until WSAEWOULDBLOCK; after the last byte, shutdown(SD_SEND) ends our stream only
//   FD_READ     receive; a peer that echoes answers long before everything is sent
//   FD_CLOSE    the peer ended its stream (then recv returns 0), or iErrorCode says how the connection broke
#include <ringsock/ws2.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;

enum ExitCode { kOk = 0, kNetworkError = 1, kWrongUsage = 2, kFileError = 4 };

struct Options {
    Configuration configuration;
    std::string address;
    unsigned short port = 0;
    std::string input;
    std::string output = "-";
    DWORD timeout_s = 30;
    unsigned retry_s = 0;
};

/// One connection: everything out, everything in.
class Transfer {
  public:
    Transfer(const SOCKADDR_IN& to, const std::vector<char>& data, std::FILE* output, DWORD timeout_s)
        : to_(to), data_(data), output_(output), timeout_s_(timeout_s) {}
    ~Transfer() {
        if (socket_ != INVALID_SOCKET) ws2_closesocket(socket_);
        if (event_ != WSA_INVALID_EVENT) WSACloseEvent(event_);
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] ExitCode run() {
        if (!begin()) return kNetworkError;
        while (!is_over_) {
            switch (WSAWaitForMultipleEvents(1, &event_, FALSE, timeout_s_ * 1000, FALSE)) {
                case WSA_WAIT_EVENT_0:
                    break;
                case WSA_WAIT_TIMEOUT:
                    error_ = WSAETIMEDOUT;
                    complain(is_connected_ ? "receive" : "connect", error_);
                    return kNetworkError;
                default:
                    complain_of_last_error("WSAWaitForMultipleEvents");
                    return kNetworkError;
            }
            if (const ExitCode code = look(); code != kOk) return code;
        }
        return kOk;
    }

    [[nodiscard]] bool was_connected() const { return is_connected_; }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] unsigned long long received() const { return received_; }

  private:
    bool begin() {
        socket_ = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (socket_ == INVALID_SOCKET) return refuse("WSASocket");
        event_ = WSACreateEvent();
        if (event_ == WSA_INVALID_EVENT) return refuse("WSACreateEvent");
        if (ws2_setsockopt(socket_, WS_IPPROTO_TCP, WS_TCP_MAXRT, reinterpret_cast<const char*>(&timeout_s_),
                           sizeof timeout_s_) != 0)
            return refuse("TCP_MAXRT");
        if (WSAEventSelect(socket_, event_, FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE) != 0)
            return refuse("WSAEventSelect");
        if (WSAConnect(socket_, as_sockaddr(&to_), sizeof to_, nullptr, nullptr, nullptr, nullptr) != 0 &&
            WSAGetLastError() != WSAEWOULDBLOCK)
            return refuse("connect");
        return true;
    }

    ExitCode look() {
        WSANETWORKEVENTS happened;
        if (WSAEnumNetworkEvents(socket_, event_, &happened) != 0) {
            refuse("WSAEnumNetworkEvents");
            return kNetworkError;
        }
        if ((happened.lNetworkEvents & FD_CONNECT) != 0) {
            if (!went_well("connect", happened.iErrorCode[FD_CONNECT_BIT])) return kNetworkError;
            is_connected_ = true;
        }
        const bool is_closed = (happened.lNetworkEvents & FD_CLOSE) != 0;
        if (is_closed && !went_well("connection", happened.iErrorCode[FD_CLOSE_BIT])) return kNetworkError;
        if ((happened.lNetworkEvents & FD_WRITE) != 0 && !send_some()) return kNetworkError;
        return (happened.lNetworkEvents & FD_READ) != 0 || is_closed ? receive(is_closed) : kOk;
    }

    bool send_some() {
        while (sent_ < data_.size()) {
            const auto most = std::min<std::size_t>(data_.size() - sent_, 1 << 20);
            const int taken = ws2_send(socket_, data_.data() + sent_, static_cast<int>(most), 0);
            if (taken < 0 && WSAGetLastError() == WSAEWOULDBLOCK) return true;  // FD_WRITE will come
            if (taken < 0) return refuse("send");
            sent_ += static_cast<std::size_t>(taken);
        }
        if (has_ended_) return true;
        has_ended_ = true;
        return ws2_shutdown(socket_, SD_SEND) == 0 || refuse("shutdown");
    }

    // FD_CLOSE is recorded once, perhaps with bytes unread: then to the end of the stream, here.
    ExitCode receive(bool is_closed) {
        for (;;) {
            const int count = ws2_recv(socket_, buffer_.data(), static_cast<int>(buffer_.size()), 0);
            if (count < 0) {
                if (WSAGetLastError() == WSAEWOULDBLOCK && !is_closed) return kOk;
                refuse("recv");
                return kNetworkError;
            }
            if (count == 0) {
                is_over_ = true;
                return kOk;
            }
            const auto bytes = static_cast<std::size_t>(count);
            if (std::fwrite(buffer_.data(), 1, bytes, output_) != bytes) {
                complain("cannot write the output");
                return kFileError;
            }
            received_ += bytes;
        }
    }

    bool went_well(const char* what, int code) {
        if (code == 0) return true;
        error_ = code;
        complain(what, code);
        return false;
    }
    bool refuse(const char* what) { return went_well(what, WSAGetLastError()); }

    const SOCKADDR_IN to_;
    const std::vector<char>& data_;
    std::FILE* const output_;
    const DWORD timeout_s_;
    SOCKET socket_ = INVALID_SOCKET;
    WSAEVENT event_ = WSA_INVALID_EVENT;
    std::vector<char> buffer_ = std::vector<char>(262144);
    std::size_t sent_ = 0;
    unsigned long long received_ = 0;
    int error_ = 0;
    bool is_connected_ = false;
    bool has_ended_ = false;
    bool is_over_ = false;
};

// Tries again while nobody is there; a connection that was made is not made twice.
ExitCode transfer(const SOCKADDR_IN& to, const std::vector<char>& data, std::FILE* output,
                  const Options& options) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point give_up = Clock::now() + std::chrono::seconds(options.retry_s);
    for (;;) {
        const Clock::time_point began = Clock::now();
        Transfer one(to, data, output, options.timeout_s);
        const ExitCode code = one.run();
        if (code == kOk) {
            const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
            std::fprintf(stderr, "%zu bytes sent, %llu received in %.3f s\n", data.size(), one.received(),
                         seconds);
        }
        if (code != kNetworkError || one.was_connected() || Clock::now() >= give_up) return code;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

bool read_file(const std::string& name, std::vector<char>& data) {
    std::ifstream file(name, std::ios::binary);
    data.assign(std::istreambuf_iterator<char>(file), {});
    return file.good() || file.eof();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Sends a file over TCP with Ringsock and writes what comes back.");
    app.footer(
        "Exit codes: 0 sent, and the peer ended its stream well, 1 network error (its WSA name is printed),\n"
        "2 wrong usage, 4 a file cannot be read or written.");
    app.add_option("address", options.address, "IPv4 address, a.b.c.d")->required();
    app.add_option("port", options.port, "TCP port")->required();
    app.add_option("file", options.input, "File to send")->required();
    app.add_option("--output", options.output, "File for what comes back; - is standard output")
        ->capture_default_str();
    app.add_option("--timeout", options.timeout_s, "Seconds of silence after which to give up")
        ->check(CLI::Range(1U, 3600U))
        ->capture_default_str();
    app.add_option("--retry", options.retry_s, "Seconds during which a connect that fails is tried again")
        ->check(CLI::Range(0U, 3600U))
        ->capture_default_str();
    add_configuration_flags(app, options.configuration);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kOk : kWrongUsage;
    }
    SOCKADDR_IN to;
    if (!make_address(options.address, options.port, to)) {
        complain("not an address of the form a.b.c.d: " + options.address);
        return kWrongUsage;
    }
    std::vector<char> data;
    if (!read_file(options.input, data)) {
        complain("cannot read " + options.input);
        return kFileError;
    }
    std::FILE* const output = options.output == "-" ? stdout : std::fopen(options.output.c_str(), "wb");
    if (output == nullptr) {
        complain("cannot write " + options.output);
        return kFileError;
    }
    ExitCode code = kNetworkError;
    if (start_up(options.configuration)) {
        code = transfer(to, data, output, options);
        WSACleanup();
    }
    if (std::fclose(output) != 0 && code == kOk) {
        complain("cannot write " + options.output);
        return kFileError;
    }
    return code;
}
