// SPDX-License-Identifier: BSD-3-Clause
#include "script_calls.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "script_wire.h"

namespace ringsock::script {

namespace {

/// Thrown by what reads arguments, caught by make().
struct Misuse {
    std::string what;
};

template <typename Value>
struct Named {
    const char* name;
    Value value;
};

constexpr Named<int> kErrors[] = {{"WSAEINTR", WSAEINTR},
                                  {"WSAEACCES", WSAEACCES},
                                  {"WSAEFAULT", WSAEFAULT},
                                  {"WSAEINVAL", WSAEINVAL},
                                  {"WSAEMFILE", WSAEMFILE},
                                  {"WSAEWOULDBLOCK", WSAEWOULDBLOCK},
                                  {"WSAEINPROGRESS", WSAEINPROGRESS},
                                  {"WSAEALREADY", WSAEALREADY},
                                  {"WSAENOTSOCK", WSAENOTSOCK},
                                  {"WSAEDESTADDRREQ", WSAEDESTADDRREQ},
                                  {"WSAEMSGSIZE", WSAEMSGSIZE},
                                  {"WSAENOPROTOOPT", WSAENOPROTOOPT},
                                  {"WSAEOPNOTSUPP", WSAEOPNOTSUPP},
                                  {"WSAEAFNOSUPPORT", WSAEAFNOSUPPORT},
                                  {"WSAEADDRINUSE", WSAEADDRINUSE},
                                  {"WSAEADDRNOTAVAIL", WSAEADDRNOTAVAIL},
                                  {"WSAENETDOWN", WSAENETDOWN},
                                  {"WSAENETUNREACH", WSAENETUNREACH},
                                  {"WSAENETRESET", WSAENETRESET},
                                  {"WSAECONNABORTED", WSAECONNABORTED},
                                  {"WSAECONNRESET", WSAECONNRESET},
                                  {"WSAENOBUFS", WSAENOBUFS},
                                  {"WSAEISCONN", WSAEISCONN},
                                  {"WSAENOTCONN", WSAENOTCONN},
                                  {"WSAESHUTDOWN", WSAESHUTDOWN},
                                  {"WSAETIMEDOUT", WSAETIMEDOUT},
                                  {"WSAECONNREFUSED", WSAECONNREFUSED},
                                  {"WSAEHOSTUNREACH", WSAEHOSTUNREACH},
                                  {"WSAEHOSTDOWN", WSAEHOSTDOWN}};
constexpr Named<LONG> kNetworkEvents[] = {{"FD_READ", FD_READ},       {"FD_WRITE", FD_WRITE},
                                          {"FD_OOB", FD_OOB},         {"FD_ACCEPT", FD_ACCEPT},
                                          {"FD_CONNECT", FD_CONNECT}, {"FD_CLOSE", FD_CLOSE}};
constexpr Named<std::pair<int, int>> kOptions[] = {
    {"SO_LINGER", {WS_SOL_SOCKET, WS_SO_LINGER}},
    {"SO_RCVBUF", {WS_SOL_SOCKET, WS_SO_RCVBUF}},
    {"SO_SNDBUF", {WS_SOL_SOCKET, WS_SO_SNDBUF}},
    {"SO_REUSEADDR", {WS_SOL_SOCKET, WS_SO_REUSEADDR}},
    {"SO_KEEPALIVE", {WS_SOL_SOCKET, WS_SO_KEEPALIVE}},
    {"SO_ERROR", {WS_SOL_SOCKET, WS_SO_ERROR}},
    {"SO_BROADCAST", {WS_SOL_SOCKET, WS_SO_BROADCAST}},
    {"TCP_NODELAY", {WS_IPPROTO_TCP, WS_TCP_NODELAY}},
    {"TCP_MAXRT", {WS_IPPROTO_TCP, WS_TCP_MAXRT}},
    {"TCP_KEEPIDLE", {WS_IPPROTO_TCP, WS_TCP_KEEPIDLE}},
    {"TCP_KEEPINTVL", {WS_IPPROTO_TCP, WS_TCP_KEEPINTVL}},
    {"TCP_KEEPCNT", {WS_IPPROTO_TCP, WS_TCP_KEEPCNT}},
    {"TCP_FAIL_CONNECT_ON_ICMP_ERROR", {WS_IPPROTO_TCP, WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR}}};

template <typename Value, std::size_t kCount>
const Value* find_name(const Named<Value> (&table)[kCount], std::string_view name) {
    for (const auto& entry : table)
        if (name == entry.name) return &entry.value;
    return nullptr;
}

std::string error_name(int code) {
    for (const auto& entry : kErrors)
        if (entry.value == code) return entry.name;
    return std::to_string(code);
}

std::string argument(const Call& call, std::size_t index, const char* what) {
    if (index >= call.arguments.size()) throw Misuse{std::string("argument ") + what + " is missing"};
    return call.arguments[index];
}

std::int64_t integer(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw Misuse{"\"" + text + "\" is no number"};
    return value;
}

/// 10.0.0.2:80
ws2_sockaddr_in endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    ws2_sockaddr_in out{};
    out.sin_family = WS_AF_INET;
    if (colon == std::string::npos ||
        ws2_inet_pton(WS_AF_INET, text.substr(0, colon).c_str(), &out.sin_addr) != 1)
        throw Misuse{"\"" + text + "\" is no address:port"};
    out.sin_port = ws2_htons(static_cast<unsigned short>(integer(text.substr(colon + 1))));
    return out;
}
std::string endpoint_text(const ws2_sockaddr_in& from) {
    char text[64] = "?";
    (void)ws2_inet_ntop(WS_AF_INET, &from.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ws2_ntohs(from.sin_port));
}
const sockaddr* pointer_to(const ws2_sockaddr_in& a) {
    return reinterpret_cast<const sockaddr*>(&a);
}

/// Compares a call's result: a number, or the name of an error behind SOCKET_ERROR.
std::string judge(const Call& call, std::int64_t result, std::size_t words = 1) {
    const int code = result == SOCKET_ERROR ? WSAGetLastError() : 0;
    const std::string is = result == SOCKET_ERROR ? error_name(code) : std::to_string(result);
    const std::string wanted = call.expected.empty() ? "0" : call.expected[0];
    if (call.expected.size() > words) throw Misuse{"too many words behind \"=\""};
    if (wanted.starts_with("WSA") && find_name(kErrors, wanted) == nullptr)
        throw Misuse{"\"" + wanted + "\" is no error this dialect knows"};
    return is == wanted ? std::string() : "it gave " + is;
}

std::vector<char> text(std::uint64_t from, std::size_t length) {
    std::vector<char> out(length);
    for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<char>(text_byte(from + i));
    return out;
}

/// Words as a set: the order of names behind "=" does not matter.
std::string compare_words(std::vector<std::string> is, std::vector<std::string> wanted) {
    std::string shown;
    for (const std::string& word : is) shown += " " + word;
    std::sort(is.begin(), is.end());
    std::sort(wanted.begin(), wanted.end());
    return is == wanted ? std::string() : "it gave" + (shown.empty() ? " none" : shown);
}

}  // namespace

Calls::~Calls() {
    for (auto& [name, socket] : sockets_)
        if (socket.handle != INVALID_SOCKET) (void)ws2_closesocket(socket.handle);
    for (auto& [name, event] : events_) (void)WSACloseEvent(event);
}

Calls::Function Calls::find(const std::string& name) {
    static const std::map<std::string, Function> kFunctions = {
        {"WSASocket", &Calls::make_socket},
        {"socket", &Calls::make_socket},
        {"accept", &Calls::make_accept},
        {"bind", &Calls::make_bind},
        {"listen", &Calls::make_listen},
        {"WSAConnect", &Calls::make_connect},
        {"connect", &Calls::make_connect},
        {"send", &Calls::make_send},
        {"recv", &Calls::make_recv},
        {"sendto", &Calls::make_sendto},
        {"recvfrom", &Calls::make_recvfrom},
        {"shutdown", &Calls::make_shutdown},
        {"closesocket", &Calls::make_closesocket},
        {"setsockopt", &Calls::make_setsockopt},
        {"getsockopt", &Calls::make_getsockopt},
        {"ioctlsocket", &Calls::make_ioctlsocket},
        {"WSAEventSelect", &Calls::make_event_select},
        {"WSAEnumNetworkEvents", &Calls::make_enum_events},
        {"signaled", &Calls::make_signaled},
        {"unsignaled", &Calls::make_signaled},
        {"select", &Calls::make_select},
        {"WSAPoll", &Calls::make_poll},
    };
    const auto found = kFunctions.find(name);
    return found != kFunctions.end() ? found->second : nullptr;
}

std::string Calls::make(const Call& call) {
    const Function function = find(call.name);
    if (function == nullptr) return "\"" + call.name + "\" is no call this dialect knows";
    try {
        return (this->*function)(call);
    } catch (const Misuse& misuse) {
        return misuse.what;
    }
}

Calls::Socket& Calls::socket_of(const Call& call) {
    const std::string name = argument(call, 0, "socket");
    const auto found = sockets_.find(name);
    if (found == sockets_.end()) throw Misuse{"no socket is called \"" + name + "\""};
    return found->second;
}

WSAEVENT Calls::event_of(const std::string& name) {
    auto [at, is_new] = events_.try_emplace(name, nullptr);
    if (is_new) at->second = WSACreateEvent();
    return at->second;
}

std::string Calls::make_socket(const Call& call) {
    if (call.result.empty()) throw Misuse{"a socket wants a name, as in s = WSASocket(AF_INET, SOCK_STREAM)"};
    const bool is_datagram = argument(call, 1, "type") == "SOCK_DGRAM";
    Socket socket;
    socket.is_datagram = is_datagram;
    socket.handle =
        is_datagram ? WSASocketW(WS_AF_INET, WS_SOCK_DGRAM, WS_IPPROTO_UDP, nullptr, 0, WSA_FLAG_OVERLAPPED)
                    : WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
    if (socket.handle == INVALID_SOCKET) return "it gave " + error_name(WSAGetLastError());
    for (const std::string& word : call.modifiers) {
        if (word != "nonblocking") throw Misuse{"\"" + word + "\" is not understood: nonblocking"};
        ULONG on = 1;
        if (ws2_ioctlsocket(socket.handle, static_cast<LONG>(WS_FIONBIO), &on) != 0)
            return "FIONBIO gave " + error_name(WSAGetLastError());
    }
    if (!sockets_.emplace(call.result, socket).second)
        throw Misuse{"the name \"" + call.result + "\" is taken"};
    return {};
}

std::string Calls::make_accept(const Call& call) {
    const SOCKET handle = ws2_accept(socket_of(call).handle, nullptr, nullptr);
    if (handle == INVALID_SOCKET) return judge(call, SOCKET_ERROR);
    if (call.result.empty() || !call.expected.empty()) {
        (void)ws2_closesocket(handle);
        return "there was a connection to accept";
    }
    sockets_[call.result] = Socket{.handle = handle};
    return {};
}

std::string Calls::make_bind(const Call& call) {
    const ws2_sockaddr_in at = endpoint(argument(call, 1, "address"));
    return judge(call, ws2_bind(socket_of(call).handle, pointer_to(at), sizeof at));
}

std::string Calls::make_listen(const Call& call) {
    return judge(call,
                 ws2_listen(socket_of(call).handle, static_cast<int>(integer(argument(call, 1, "backlog")))));
}

std::string Calls::make_connect(const Call& call) {
    Socket& socket = socket_of(call);
    socket.sent = socket.received = 0;
    const ws2_sockaddr_in to = endpoint(argument(call, 1, "address"));
    return judge(call,
                 WSAConnect(socket.handle, pointer_to(to), sizeof to, nullptr, nullptr, nullptr, nullptr));
}

std::string Calls::make_send(const Call& call) {
    Socket& socket = socket_of(call);
    const auto bytes = text(socket.is_datagram ? 0 : 1 + socket.sent,
                            static_cast<std::size_t>(integer(argument(call, 1, "length"))));
    const int sent = ws2_send(socket.handle, bytes.data(), static_cast<int>(bytes.size()), 0);
    if (sent > 0) socket.sent += static_cast<std::uint64_t>(sent);
    return judge(call, sent);
}

std::string Calls::make_recv(const Call& call) {
    Socket& socket = socket_of(call);
    std::vector<char> room(static_cast<std::size_t>(integer(argument(call, 1, "length"))));
    const int got = ws2_recv(socket.handle, room.data(), static_cast<int>(room.size()), 0);
    if (got > 0) {
        const auto right = text(socket.is_datagram ? 0 : 1 + socket.received, static_cast<std::size_t>(got));
        socket.received += static_cast<std::uint64_t>(got);
        if (!std::equal(right.begin(), right.end(), room.begin())) return "the bytes are wrong";
    }
    return judge(call, got);
}

std::string Calls::make_sendto(const Call& call) {
    const auto bytes = text(0, static_cast<std::size_t>(integer(argument(call, 1, "length"))));
    const ws2_sockaddr_in to = endpoint(argument(call, 2, "address"));
    return judge(call, ws2_sendto(socket_of(call).handle, bytes.data(), static_cast<int>(bytes.size()), 0,
                                  pointer_to(to), sizeof to));
}

std::string Calls::make_recvfrom(const Call& call) {
    std::vector<char> room(static_cast<std::size_t>(integer(argument(call, 1, "length"))));
    ws2_sockaddr_in from{};
    int length = sizeof from;
    const int got = ws2_recvfrom(socket_of(call).handle, room.data(), static_cast<int>(room.size()), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
    if (const std::string wrong = judge(call, got, 3); !wrong.empty()) return wrong;
    if (got < 0) return {};
    const auto right = text(0, static_cast<std::size_t>(got));
    if (!std::equal(right.begin(), right.end(), room.begin())) return "the bytes are wrong";
    if (call.expected.size() == 3 && (call.expected[1] != "from" || call.expected[2] != endpoint_text(from)))
        return "it came from " + endpoint_text(from);
    return {};
}

std::string Calls::make_shutdown(const Call& call) {
    static constexpr Named<int> kHow[] = {
        {"SD_RECEIVE", WS_SD_RECEIVE}, {"SD_SEND", WS_SD_SEND}, {"SD_BOTH", WS_SD_BOTH}};
    const int* const how = find_name(kHow, argument(call, 1, "how"));
    if (how == nullptr) throw Misuse{"how is SD_RECEIVE, SD_SEND or SD_BOTH"};
    return judge(call, ws2_shutdown(socket_of(call).handle, *how));
}

std::string Calls::make_closesocket(const Call& call) {
    Socket& socket = socket_of(call);
    const std::string wrong = judge(call, ws2_closesocket(socket.handle));
    if (wrong.empty() && (call.expected.empty() || call.expected[0] == "0"))
        sockets_.erase(call.arguments[0]);
    return wrong;
}

std::string Calls::make_setsockopt(const Call& call) {
    const auto* const option = find_name(kOptions, argument(call, 1, "option"));
    if (option == nullptr) throw Misuse{"an option this dialect does not know"};
    const auto [level, name] = *option;
    if (name == WS_SO_LINGER && level == WS_SOL_SOCKET) {
        ws2_linger linger{};
        linger.l_onoff = static_cast<unsigned short>(integer(argument(call, 2, "on")));
        linger.l_linger = static_cast<unsigned short>(integer(argument(call, 3, "seconds")));
        return judge(call, ws2_setsockopt(socket_of(call).handle, level, name,
                                          reinterpret_cast<char*>(&linger), sizeof linger));
    }
    const int value = static_cast<int>(integer(argument(call, 2, "value")));
    return judge(call, ws2_setsockopt(socket_of(call).handle, level, name,
                                      reinterpret_cast<const char*>(&value), sizeof value));
}

std::string Calls::make_getsockopt(const Call& call) {
    const auto* const option = find_name(kOptions, argument(call, 1, "option"));
    if (option == nullptr) throw Misuse{"an option this dialect does not know"};
    int value = 0;
    int length = sizeof value;
    if (ws2_getsockopt(socket_of(call).handle, option->first, option->second, reinterpret_cast<char*>(&value),
                       &length) != 0)
        return judge(call, SOCKET_ERROR);
    const std::string is = value >= WSABASEERR ? error_name(value) : std::to_string(value);
    return !call.expected.empty() && is == call.expected[0] ? std::string() : "it gave " + is;
}

std::string Calls::make_ioctlsocket(const Call& call) {
    if (argument(call, 1, "command") != "FIONREAD") throw Misuse{"only FIONREAD is in the dialect"};
    ULONG value = 0;
    if (ws2_ioctlsocket(socket_of(call).handle, static_cast<LONG>(WS_FIONREAD), &value) != 0)
        return judge(call, SOCKET_ERROR);
    return judge(call, static_cast<std::int64_t>(value));
}

std::string Calls::make_event_select(const Call& call) {
    LONG mask = 0;
    std::istringstream names(argument(call, 2, "events"));
    for (std::string name; std::getline(names, name, '|');) {
        const LONG* const bit = find_name(kNetworkEvents, name);
        if (bit == nullptr && name != "0") throw Misuse{"\"" + name + "\" is no network event"};
        if (bit != nullptr) mask |= *bit;
    }
    return judge(call, WSAEventSelect(socket_of(call).handle, event_of(argument(call, 1, "event")), mask));
}

// "= FD_READ FD_CLOSE WSAECONNABORTED": an error stands behind its event; "= none".
std::string Calls::make_enum_events(const Call& call) {
    WSANETWORKEVENTS happened{};
    const WSAEVENT reset = call.arguments.size() > 1 ? event_of(call.arguments[1]) : nullptr;
    if (WSAEnumNetworkEvents(socket_of(call).handle, reset, &happened) != 0) return judge(call, SOCKET_ERROR);
    std::vector<std::string> is, wanted;
    for (const auto& [name, bit] : kNetworkEvents) {
        if ((happened.lNetworkEvents & bit) == 0) continue;
        const int code = happened.iErrorCode[__builtin_ctz(static_cast<unsigned>(bit))];
        is.push_back(code == 0 ? name : std::string(name) + " " + error_name(code));
    }
    for (const std::string& word : call.expected) {
        if (word == "none") continue;
        if (word.starts_with("WSA") && !wanted.empty())
            wanted.back() += " " + word;
        else
            wanted.push_back(word);
    }
    return compare_words(std::move(is), std::move(wanted));
}

std::string Calls::make_signaled(const Call& call) {
    WSAEVENT event = event_of(argument(call, 0, "event"));
    const bool is_set = WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE) == WSA_WAIT_EVENT_0;
    if (is_set == (call.name == "signaled")) return {};
    return is_set ? "it is signaled" : "it is not signaled";
}

// "= write", "= read except", "= none"
std::string Calls::make_select(const Call& call) {
    const SOCKET s = socket_of(call).handle;
    ws2_fd_set read{.fd_count = 1, .fd_array = {s}}, write = read, except = read;
    timeval none{};
    const int count = ws2_select(0, &read, &write, &except, &none);
    if (count < 0) return judge(call, SOCKET_ERROR);
    std::vector<std::string> is, wanted;
    if (read.fd_count != 0) is.emplace_back("read");
    if (write.fd_count != 0) is.emplace_back("write");
    if (except.fd_count != 0) is.emplace_back("except");
    for (const std::string& word : call.expected)
        if (word != "none") wanted.push_back(word);
    return compare_words(std::move(is), std::move(wanted));
}

// "= POLLWRNORM", "= POLLHUP POLLERR", "= none"
std::string Calls::make_poll(const Call& call) {
    static constexpr Named<short> kBits[] = {{"POLLRDNORM", WS_POLLRDNORM}, {"POLLRDBAND", WS_POLLRDBAND},
                                             {"POLLWRNORM", WS_POLLWRNORM}, {"POLLERR", WS_POLLERR},
                                             {"POLLHUP", WS_POLLHUP},       {"POLLNVAL", WS_POLLNVAL}};
    WSAPOLLFD one{};
    one.fd = socket_of(call).handle;
    one.events = WS_POLLRDNORM | WS_POLLWRNORM;
    if (WSAPoll(&one, 1, 0) < 0) return judge(call, SOCKET_ERROR);
    std::vector<std::string> is, wanted;
    for (const auto& [name, bit] : kBits)
        if ((one.revents & bit) != 0) is.emplace_back(name);
    for (const std::string& word : call.expected)
        if (word != "none") wanted.push_back(word);
    return compare_words(std::move(is), std::move(wanted));
}

}  // namespace ringsock::script
