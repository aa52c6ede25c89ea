// SPDX-License-Identifier: BSD-3-Clause
// ringsock-get: fetches one file with HTTP/1.0 (RFC 1945), written with WSAConnect and WSAEventSelect.
//
// The shape is that of every event-driven Winsock client: one event object, one non-blocking socket, and a
// loop that waits, asks WSAEnumNetworkEvents what happened, and acts on it:
//
//   FD_CONNECT  the connection is up, or iErrorCode says why not
//   FD_WRITE    there is room to send: after FD_CONNECT, and after a send that failed with WSAEWOULDBLOCK
//   FD_READ     there is something to receive; recv re-enables it
//   FD_CLOSE    the peer has ended its stream, perhaps with bytes still unread
#include <ringsock/ws2.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "examples/program.h"

namespace {

using namespace examples;

/// What the program tells its caller.
enum ExitCode { kOk = 0, kNetworkError = 1, kWrongUsage = 2, kHttpError = 3, kOutputError = 4 };

struct Options {
    Configuration configuration;
    std::string url;
    std::string output = "-";
    DWORD timeout_s = 30;
};

struct Url {
    std::string host;  ///< As it stood in the URL, with its port.
    std::string path;
    SOCKADDR_IN address{};
};

/// http://a.b.c.d[:port][/path]. False: it is not that.
bool parse_url(std::string_view text, Url& url) {
    constexpr std::string_view kScheme = "http://";
    if (!text.starts_with(kScheme)) return false;
    text.remove_prefix(kScheme.size());
    const std::size_t slash = text.find('/');
    url.host = text.substr(0, slash);
    url.path = slash == text.npos ? "/" : text.substr(slash);
    // A space or a line break would end the request line early.
    for (const char byte : url.path)
        if (static_cast<unsigned char>(byte) <= ' ' || byte == 0x7f) return false;
    unsigned short port = 80;
    const std::size_t colon = url.host.find(':');
    if (colon != url.host.npos) {
        const char* const end = url.host.data() + url.host.size();
        const auto [stop, problem] = std::from_chars(url.host.data() + colon + 1, end, port);
        if (problem != std::errc{} || stop != end || port == 0) return false;
    }
    return make_address(url.host.substr(0, colon), port, url.address);
}

/// The answer as it comes in: status line and headers first, then the body into the output.
class Response {
  public:
    explicit Response(const std::string& output) : output_(output) {}
    ~Response() {
        if (file_ != nullptr && file_ != stdout) std::fclose(file_);
    }
    Response(const Response&) = delete;
    Response& operator=(const Response&) = delete;

    /// Takes what was received. kOk, or why to give up (already printed).
    [[nodiscard]] ExitCode take(std::string_view bytes) {
        if (has_head_) return take_body(bytes);
        head_.append(bytes);
        const std::size_t end = head_.find("\r\n\r\n");
        if (end == head_.npos) {
            return head_.size() <= kMaxHeadBytes ? kOk : refuse("the headers are too long");
        }
        has_head_ = true;
        const std::string body = head_.substr(end + 4);
        head_.resize(end + 2);  // Every line keeps its end.
        if (const ExitCode code = read_head(); code != kOk) return code;
        if (!open_output()) return refuse_output();
        return take_body(body);
    }

    /// Whether everything announced is there. Without Content-Length only the end of the stream tells.
    [[nodiscard]] bool is_complete() const { return has_head_ && has_length_ && body_bytes_ == length_; }

    /// The stream is over.
    [[nodiscard]] ExitCode finish() {
        if (!has_head_) return refuse("the stream ended before the headers did");
        if (has_length_ && body_bytes_ != length_) {
            return refuse("the stream ended after " + std::to_string(body_bytes_) + " of " +
                          std::to_string(length_) + " bytes");
        }
        const bool is_file = file_ != stdout;
        const int flushed = is_file ? std::fclose(file_) : std::fflush(file_);
        file_ = nullptr;
        return flushed == 0 ? kOk : refuse_output();
    }

    [[nodiscard]] unsigned long long body_bytes() const { return body_bytes_; }

  private:
    static constexpr std::size_t kMaxHeadBytes = 65536;

    // "HTTP/1.1 200 OK", then lines "Name: value" whose names know no case.
    ExitCode read_head() {
        const std::string status = head_.substr(0, head_.find("\r\n"));
        if (!status.starts_with("HTTP/1.") || status.size() < 12) return refuse("this is no HTTP server");
        if (status.substr(9, 3) != "200") return refuse(status.substr(9));
        for (std::size_t at = status.size() + 2; at < head_.size();) {
            const std::size_t end = head_.find("\r\n", at);
            if (!read_header(std::string_view(head_).substr(at, end - at))) {
                return refuse("Content-Length is not a number");
            }
            at = end + 2;
        }
        return kOk;
    }

    bool read_header(std::string_view line) {
        constexpr std::string_view kName = "content-length:";
        if (line.size() < kName.size()) return true;
        for (std::size_t i = 0; i < kName.size(); ++i) {
            const char byte = line[i];
            if ((byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte) != kName[i]) return true;
        }
        line.remove_prefix(kName.size());
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
        const auto [stop, problem] = std::from_chars(line.data(), line.data() + line.size(), length_);
        has_length_ = problem == std::errc{} && stop == line.data() + line.size();
        return has_length_;
    }

    bool open_output() {
        file_ = output_ == "-" ? stdout : std::fopen(output_.c_str(), "wb");
        return file_ != nullptr;
    }

    ExitCode take_body(std::string_view bytes) {
        if (has_length_ && bytes.size() > length_ - body_bytes_) return refuse("more bytes than announced");
        if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return refuse_output();
        body_bytes_ += bytes.size();
        return kOk;
    }

    static ExitCode refuse(const std::string& why) {
        complain("HTTP: " + why);
        return kHttpError;
    }
    ExitCode refuse_output() const {
        complain("cannot write " + (output_ == "-" ? "standard output" : output_));
        return kOutputError;
    }

    const std::string output_;
    std::string head_;
    std::FILE* file_ = nullptr;
    unsigned long long length_ = 0;
    unsigned long long body_bytes_ = 0;
    bool has_head_ = false;
    bool has_length_ = false;
};

/// One request and its answer over one socket.
class Fetch {
  public:
    Fetch(const Url& url, const Options& options)
        : url_(url), timeout_s_(options.timeout_s), response_(options.output) {
        request_ = "GET " + url.path + " HTTP/1.0\r\nHost: " + url.host +
                   "\r\nUser-Agent: ringsock-get\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    }
    ~Fetch() {
        if (socket_ != INVALID_SOCKET) ws2_closesocket(socket_);
        if (event_ != WSA_INVALID_EVENT) WSACloseEvent(event_);
    }
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;

    [[nodiscard]] ExitCode run() {
        if (!begin()) return kNetworkError;
        while (!is_over_) {
            // The time-out is for silence: every event starts it anew.
            switch (WSAWaitForMultipleEvents(1, &event_, FALSE, timeout_s_ * 1000, FALSE)) {
                case WSA_WAIT_EVENT_0:
                    break;
                case WSA_WAIT_TIMEOUT:
                    complain(is_connected_ ? "receive" : "connect", WSAETIMEDOUT);
                    return kNetworkError;
                default:
                    complain_of_last_error("WSAWaitForMultipleEvents");
                    return kNetworkError;
            }
            if (const ExitCode code = look(); code != kOk) return code;
        }
        return response_.finish();
    }

    [[nodiscard]] unsigned long long body_bytes() const { return response_.body_bytes(); }

  private:
    // The socket, its event, and a connect that goes on while this returns.
    bool begin() {
        socket_ = WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
        if (socket_ == INVALID_SOCKET) return refuse("WSASocket");
        event_ = WSACreateEvent();
        if (event_ == WSA_INVALID_EVENT) return refuse("WSACreateEvent");
        // Left alone, TCP tries for three minutes.
        if (ws2_setsockopt(socket_, WS_IPPROTO_TCP, WS_TCP_MAXRT, reinterpret_cast<const char*>(&timeout_s_),
                           sizeof timeout_s_) != 0) {
            return refuse("TCP_MAXRT");
        }
        if (WSAEventSelect(socket_, event_, FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE) != 0) {
            return refuse("WSAEventSelect");
        }
        // WSAEWOULDBLOCK is the good news here: the attempt is under way, and FD_CONNECT tells how it ended.
        // Every other error is final.
        if (WSAConnect(socket_, as_sockaddr(&url_.address), sizeof url_.address, nullptr, nullptr, nullptr,
                       nullptr) != 0 &&
            WSAGetLastError() != WSAEWOULDBLOCK) {
            return refuse("connect");
        }
        return true;
    }

    // Takes the recorded events, resets the event object in the same step, and acts on all of them:
    // FD_CONNECT and FD_WRITE often come together, and so do FD_READ and FD_CLOSE.
    ExitCode look() {
        WSANETWORKEVENTS happened;
        if (WSAEnumNetworkEvents(socket_, event_, &happened) != 0) {
            complain_of_last_error("WSAEnumNetworkEvents");
            return kNetworkError;
        }
        if ((happened.lNetworkEvents & FD_CONNECT) != 0) {
            if (const int code = happened.iErrorCode[FD_CONNECT_BIT]; code != 0) {
                complain("connect", code);
                return kNetworkError;
            }
            is_connected_ = true;
        }
        if ((happened.lNetworkEvents & FD_WRITE) != 0 && !send_request()) return kNetworkError;
        if ((happened.lNetworkEvents & (FD_READ | FD_CLOSE)) == 0) return kOk;
        return receive((happened.lNetworkEvents & FD_CLOSE) != 0);
    }

    // Sends what is left of the request. A send may take less than it was given; WSAEWOULDBLOCK promises
    // another FD_WRITE.
    bool send_request() {
        while (sent_ < request_.size()) {
            const int taken =
                ws2_send(socket_, request_.data() + sent_, static_cast<int>(request_.size() - sent_), 0);
            if (taken < 0 && WSAGetLastError() == WSAEWOULDBLOCK) return true;
            if (taken < 0) return refuse("send");
            sent_ += static_cast<std::size_t>(taken);
        }
        return true;
    }

    // Receives until there is nothing left to receive now. A stream that ended is read to its end here, for
    // FD_CLOSE is recorded once and FD_READ never tells of an end.
    ExitCode receive(bool is_closed) {
        for (;;) {  // Ends with the announced length, the end of the stream, or WSAEWOULDBLOCK.
            const int received = ws2_recv(socket_, buffer_.data(), static_cast<int>(buffer_.size()), 0);
            if (received < 0) {
                if (WSAGetLastError() == WSAEWOULDBLOCK && !is_closed) return kOk;
                complain_of_last_error("recv");
                return kNetworkError;
            }
            if (received == 0) {
                is_over_ = true;
                return kOk;
            }
            const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(received));
            if (const ExitCode code = response_.take(bytes); code != kOk) return code;
            if (response_.is_complete()) {
                is_over_ = true;
                return kOk;
            }
        }
    }

    [[nodiscard]] static bool refuse(const char* what) {
        complain_of_last_error(what);
        return false;
    }

    const Url& url_;
    const DWORD timeout_s_;
    SOCKET socket_ = INVALID_SOCKET;
    WSAEVENT event_ = WSA_INVALID_EVENT;
    std::string request_;
    std::size_t sent_ = 0;
    std::vector<char> buffer_ = std::vector<char>(262144);
    Response response_;
    bool is_connected_ = false;
    bool is_over_ = false;
};

ExitCode fetch(const Url& url, const Options& options) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point began = Clock::now();
    Fetch transfer(url, options);
    if (const ExitCode code = transfer.run(); code != kOk) return code;
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const auto bytes = static_cast<double>(transfer.body_bytes());
    std::fprintf(stderr, "%llu bytes in %.3f s, %.1f MB/s\n", transfer.body_bytes(), seconds,
                 bytes / seconds / 1e6);
    return kOk;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Fetches one file over HTTP/1.0 with Ringsock.");
    app.footer(
        "Exit codes: 0 fetched, 1 network error (its WSA name is printed), 2 wrong usage,\n"
        "3 the server answered, but not with the whole file, 4 the output cannot be written.");
    app.add_option("url", options.url, "http://a.b.c.d[:port]/path")->required();
    app.add_option("--output", options.output, "File to write; - is standard output")->capture_default_str();
    app.add_option("--timeout", options.timeout_s, "Seconds of silence after which to give up")
        ->check(CLI::Range(1U, 3600U))
        ->capture_default_str();
    add_configuration_flags(app, options.configuration);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kOk : kWrongUsage;
    }
    Url url;
    if (!parse_url(options.url, url)) {
        complain("not a URL of the form http://a.b.c.d[:port]/path: " + options.url);
        return kWrongUsage;
    }

    if (!start_up(options.configuration)) return kNetworkError;
    const ExitCode code = fetch(url, options);
    WSACleanup();
    return code;
}
