// SPDX-License-Identifier: BSD-3-Clause
// WSPGetSockOpt and WSPSetSockOpt. Options live in the cell; the engine reads them at connect and listen, and
// is told when they change on a connection. Unknown options are WSAENOPROTOOPT, unknown levels WSAEINVAL.
// Winsock: WSPGetSockOpt, WSPSetSockOpt, "Socket options" pages.
#include <ringsock/mswsock.h>

#include <algorithm>
#include <cstring>

#include "spi/provider.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

constexpr std::uint32_t kMinBufferBytes = 2048;
constexpr std::uint32_t kMaxBufferBytes = 64u << 20;
constexpr DWORD kNeverConnected = 0xFFFFFFFFu;

// ---- reading ----

/// The caller's buffer of a read: one value is stored, shorter buffers are WSAEFAULT.
struct Out {
    char* value;
    LPINT length;

    int bytes(const void* from, int size) const noexcept {
        if (*length < size) return WSAEFAULT;
        std::memcpy(value, from, static_cast<std::size_t>(size));
        *length = size;
        return 0;
    }
    int number(std::int64_t n) const noexcept {
        const auto v = static_cast<std::uint32_t>(n);
        return bytes(&v, sizeof v);
    }
    /// A flag; programs also read it into one byte.
    int flag(bool on) const noexcept {
        const auto low = static_cast<char>(on);
        return *length >= 4 ? number(on ? 1 : 0) : bytes(&low, 1);
    }
};

int get_connect_time(SocketCall& call, const Out& out) noexcept {
    SocketCell& cell = call.cell();
    if (phase_of(cell) != Phase::connected || !is_stream(cell)) return out.number(kNeverConnected);
    const std::uint32_t since = cell.engine.connected_at.load(std::memory_order_acquire);
    const std::int64_t now = call.port().drive->now().micros / 1'000'000;
    return out.number(since == 0 ? 0 : std::max<std::int64_t>(now - since, 0));
}

/// SO_ERROR: the last asynchronous failure, kept until a connect succeeds; then what broke the connection.
int get_error(const SocketCell& cell, const Out& out) noexcept {
    if (phase_of(cell) != Phase::connected || !is_broken(cell)) return out.number(cell.app.error);
    return out.number(
        wsa_of_broken(static_cast<ConnError>(cell.names.broken_error.load(std::memory_order_acquire))));
}

int get_protocol_info(const SocketCell& cell, bool wide, const Out& out) noexcept {
    WSAPROTOCOL_INFOW info;
    fill_catalog_entry(catalog_entry_of(cell) - kFirstCatalogEntry, info);
    if (wide) return out.bytes(&info, sizeof info);
    WSAPROTOCOL_INFOA narrow{};
    static_assert(offsetof(WSAPROTOCOL_INFOA, szProtocol) == offsetof(WSAPROTOCOL_INFOW, szProtocol));
    std::memcpy(&narrow, &info, offsetof(WSAPROTOCOL_INFOA, szProtocol));
    for (int i = 0; i < WSAPROTOCOL_LEN; ++i) narrow.szProtocol[i] = static_cast<char>(info.szProtocol[i]);
    return out.bytes(&narrow, sizeof narrow);
}

int get_socket_option(SocketCall& call, int name, const Out& out) noexcept {
    SocketCell& cell = call.cell();
    const EnginePort& port = call.port();
    const SocketOptions& options = cell.names.options;
    switch (name) {
        case WS_SO_ERROR:
            return get_error(cell, out);
        case WS_SO_TYPE:
            return out.number(is_stream(cell) ? WS_SOCK_STREAM : WS_SOCK_DGRAM);
        case WS_SO_ACCEPTCONN:
            return is_stream(cell) ? out.flag(phase_of(cell) == Phase::listening) : WSAENOPROTOOPT;
        case WS_SO_REUSEADDR:
            return out.flag(options.reuse_address);
        case WS_SO_EXCLUSIVEADDRUSE:
            return out.flag(options.exclusive_address);
        case WS_SO_BROADCAST:
            return is_stream(cell) ? WSAENOPROTOOPT : out.flag(options.broadcast);
        case WS_SO_KEEPALIVE:
            return is_stream(cell) ? out.flag(options.keep_alive) : WSAENOPROTOOPT;
        case WS_SO_OOBINLINE:
            return is_stream(cell) ? out.flag(options.oob_inline) : WSAENOPROTOOPT;
        case WS_SO_DEBUG:
            return out.flag(false);
        case WS_SO_DONTROUTE:
            return out.flag(false);
        case WS_SO_LINGER: {
            if (!is_stream(cell)) return WSAENOPROTOOPT;
            const ws2_linger linger{options.linger_on, options.linger_seconds};
            return out.bytes(&linger, sizeof linger);
        }
        case WS_SO_DONTLINGER:
            return is_stream(cell) ? out.flag(options.linger_on == 0) : WSAENOPROTOOPT;
        case WS_SO_SNDBUF:
            return out.number(options.send_buffer_bytes != 0 ? options.send_buffer_bytes
                                                             : port.default_send_buffer_bytes);
        case WS_SO_RCVBUF:
            return out.number(options.receive_buffer_bytes != 0 ? options.receive_buffer_bytes
                                                                : port.default_receive_buffer_bytes);
        case WS_SO_SNDTIMEO:
            return out.number(cell.fixed.send_timeout_ms);
        case WS_SO_RCVTIMEO:
            return out.number(cell.fixed.receive_timeout_ms);
        case WS_SO_MAX_MSG_SIZE:
            return is_stream(cell) ? WSAENOPROTOOPT : out.number(port.max_datagram_bytes);
        case WS_SO_PROTOCOL_INFOA:
            return get_protocol_info(cell, false, out);
        case WS_SO_PROTOCOL_INFOW:
            return get_protocol_info(cell, true, out);
        case WS_SO_CONDITIONAL_ACCEPT:
            return out.flag(has_flag(cell, kFlagConditional));
        case WS_SO_CONNECT_TIME:
            return get_connect_time(call, out);
        default:
            return WSAENOPROTOOPT;
    }
}

int get_tcp_option(const SocketCell& cell, int name, const Out& out) noexcept {
    if (!is_stream(cell)) return WSAENOPROTOOPT;
    const SocketOptions& options = cell.names.options;
    switch (name) {
        case WS_TCP_NODELAY:
            return out.flag(options.no_delay);
        case WS_TCP_MAXRT:
            return out.number(options.max_rt_seconds);
        case WS_TCP_KEEPIDLE:
            return out.number(options.keep_idle_seconds);
        case WS_TCP_KEEPINTVL:
            return out.number(options.keep_interval_seconds);
        case WS_TCP_KEEPCNT:
            return out.number(options.keep_count);
        case WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR:
            return out.flag(options.fail_connect_on_icmp);
        default:
            return WSAENOPROTOOPT;
    }
}

int get_ip_option(const SocketCell& cell, int name, const Out& out) noexcept {
    const SocketOptions& options = cell.names.options;
    switch (name) {
        case WS_IP_TTL:
            return out.number(options.ttl);
        case WS_IP_TOS:
            return out.number(options.tos);
        case WS_IP_DONTFRAGMENT:
            return out.flag(options.dont_fragment);
        default:
            return WSAENOPROTOOPT;
    }
}

// ---- writing ----

/// The caller's value of a write.
struct In {
    const char* value;
    int length;

    /// Shorter than a DWORD is WSAEFAULT.
    int number(std::uint32_t& n) const noexcept {
        if (length < static_cast<int>(sizeof n)) return WSAEFAULT;
        std::memcpy(&n, value, sizeof n);
        return 0;
    }
    /// A flag of one byte or more.
    int flag(bool& on) const noexcept {
        if (length < 1) return WSAEFAULT;
        std::uint32_t n = 0;
        std::memcpy(&n, value, std::min<std::size_t>(static_cast<std::size_t>(length), sizeof n));
        on = n != 0;
        return 0;
    }
    /// A DWORD between bounds; outside is WSAEINVAL.
    int bounded(std::uint32_t low, std::uint32_t high, std::uint32_t& n) const noexcept {
        if (const int code = number(n); code != 0) return code;
        return n < low || n > high ? WSAEINVAL : 0;
    }
};

int set_reuse(SocketCell& cell, const In& in, bool exclusive) noexcept {
    bool on = false;
    if (const int code = in.flag(on); code != 0) return code;
    SocketOptions& options = cell.names.options;
    if (exclusive) {
        if (has_flag(cell, kFlagBound) || (on && options.reuse_address != 0)) return WSAEINVAL;
        options.exclusive_address = on;
    } else {
        if (on && options.exclusive_address != 0) return WSAEINVAL;
        options.reuse_address = on;
    }
    return 0;
}

int set_linger(SocketCell& cell, const In& in) noexcept {
    ws2_linger linger;
    if (in.length < static_cast<int>(sizeof linger)) return WSAEFAULT;
    std::memcpy(&linger, in.value, sizeof linger);
    cell.names.options.linger_on = linger.l_onoff != 0;
    cell.names.options.linger_seconds = linger.l_linger;
    return 0;
}

int set_buffer(const In& in, std::uint32_t& bytes) noexcept {
    std::uint32_t n = 0;
    if (const int code = in.number(n); code != 0) return code;
    if (n > INT32_MAX) return WSAEINVAL;
    bytes = std::clamp(n, kMinBufferBytes, kMaxBufferBytes);
    return 0;
}

/// SO_CONDITIONAL_ACCEPT: before listen only. The handshake is complete before the condition function runs,
/// which the page allows for a stack that guards itself against SYN floods.
int set_conditional(SocketCell& cell, const In& in) noexcept {
    bool on = false;
    if (const int code = in.flag(on); code != 0) return code;
    if (phase_of(cell) == Phase::listening) return WSAEINVAL;
    on ? set_flag(cell, kFlagConditional) : clear_flag(cell, kFlagConditional);
    return 0;
}

/// Stores a flag into a bit-field of the options.
template <typename Store>
int set_flag_option(const In& in, Store&& store) noexcept {
    bool on = false;
    const int code = in.flag(on);
    if (code == 0) store(on);
    return code;
}

int set_socket_option(SocketCell& cell, int name, const In& in) noexcept {
    SocketOptions& options = cell.names.options;
    const bool stream = is_stream(cell);
    switch (name) {
        case WS_SO_REUSEADDR:
            return set_reuse(cell, in, false);
        case WS_SO_EXCLUSIVEADDRUSE:
            return set_reuse(cell, in, true);
        case WS_SO_BROADCAST:
            if (stream) return WSAENOPROTOOPT;
            return set_flag_option(in, [&](bool on) { options.broadcast = on; });
        case WS_SO_KEEPALIVE:
            if (!stream) return WSAENOPROTOOPT;
            return set_flag_option(in, [&](bool on) { options.keep_alive = on; });
        case WS_SO_OOBINLINE:
            if (!stream) return WSAENOPROTOOPT;
            return set_flag_option(in, [&](bool on) { options.oob_inline = on; });
        case WS_SO_DEBUG:
        case WS_SO_DONTROUTE:
            return set_flag_option(in, [](bool) {});  // Accepted and without effect, as on Windows.
        case WS_SO_LINGER:
            return stream ? set_linger(cell, in) : WSAENOPROTOOPT;
        case WS_SO_DONTLINGER:
            if (!stream) return WSAENOPROTOOPT;
            return set_flag_option(in, [&](bool on) { options.linger_on = !on; });
        case WS_SO_SNDBUF:
            return set_buffer(in, options.send_buffer_bytes);
        case WS_SO_RCVBUF:
            return set_buffer(in, options.receive_buffer_bytes);
        case WS_SO_SNDTIMEO:
            return in.number(cell.fixed.send_timeout_ms);
        case WS_SO_RCVTIMEO:
            return in.number(cell.fixed.receive_timeout_ms);
        case WS_SO_CONDITIONAL_ACCEPT:
            return stream ? set_conditional(cell, in) : WSAENOPROTOOPT;
        // Our sockets are whole from the start: there is nothing to update.
        case WS_SO_UPDATE_CONNECT_CONTEXT:
            return phase_of(cell) == Phase::connected ? 0 : WSAENOTCONN;
        case WS_SO_UPDATE_ACCEPT_CONTEXT:
            return phase_of(cell) == Phase::connected ? 0 : WSAENOTCONN;
        default:
            return WSAENOPROTOOPT;
    }
}

int set_tcp_option(SocketCell& cell, int name, const In& in) noexcept {
    if (!is_stream(cell)) return WSAENOPROTOOPT;
    SocketOptions& options = cell.names.options;
    std::uint32_t n = 0;
    int code = 0;
    switch (name) {
        case WS_TCP_NODELAY:
            return set_flag_option(in, [&](bool on) { options.no_delay = on; });
        case WS_TCP_FAIL_CONNECT_ON_ICMP_ERROR:
            return set_flag_option(in, [&](bool on) { options.fail_connect_on_icmp = on; });
        case WS_TCP_MAXRT:
            if (code = in.number(n); code != 0) return code;
            if (static_cast<std::int32_t>(n) < -1) return WSAEINVAL;
            options.max_rt_seconds = static_cast<std::int32_t>(n);
            return 0;
        case WS_TCP_KEEPIDLE:
            if (code = in.bounded(1, UINT16_MAX, n); code == 0)
                options.keep_idle_seconds = static_cast<std::uint16_t>(n);
            return code;
        case WS_TCP_KEEPINTVL:
            if (code = in.bounded(1, UINT16_MAX, n); code == 0)
                options.keep_interval_seconds = static_cast<std::uint16_t>(n);
            return code;
        case WS_TCP_KEEPCNT:
            if (code = in.bounded(1, UINT8_MAX, n); code == 0)
                options.keep_count = static_cast<std::uint8_t>(n);
            return code;
        default:
            return WSAENOPROTOOPT;
    }
}

int set_ip_option(SocketCell& cell, int name, const In& in) noexcept {
    SocketOptions& options = cell.names.options;
    std::uint32_t n = 0;
    int code = 0;
    switch (name) {
        case WS_IP_TTL:
            if (code = in.bounded(1, UINT8_MAX, n); code == 0) options.ttl = static_cast<std::uint8_t>(n);
            return code;
        case WS_IP_TOS:
            if (code = in.bounded(0, UINT8_MAX, n); code == 0) options.tos = static_cast<std::uint8_t>(n);
            return code;
        case WS_IP_DONTFRAGMENT:
            return set_flag_option(in, [&](bool on) { options.dont_fragment = on; });
        default:
            return WSAENOPROTOOPT;
    }
}

/// Whether the engine holds something these options apply to.
bool is_known_to_engine(const SocketCell& cell) noexcept {
    const Phase phase = phase_of(cell);
    return phase == Phase::connected || phase == Phase::connecting || phase == Phase::listening ||
           has_flag(cell, kFlagBound);
}

}  // namespace

int wsp_get_sock_opt(SOCKET s, int level, int name, char* value, LPINT length, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    if (value == nullptr || length == nullptr || *length < 1) return call.fail(WSAEFAULT);
    settle(call.cell());
    const Out out{value, length};
    int code = WSAEINVAL;
    if (level == WS_SOL_SOCKET) code = get_socket_option(call, name, out);
    if (level == WS_IPPROTO_TCP) code = get_tcp_option(call.cell(), name, out);
    if (level == WS_IPPROTO_IP) code = get_ip_option(call.cell(), name, out);
    if (level == WS_IPPROTO_UDP || level == WS_IPPROTO_IPV6) code = WSAENOPROTOOPT;
    return code == 0 ? 0 : call.fail(code);
}

int wsp_set_sock_opt(SOCKET s, int level, int name, const char* value, int length, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    settle(cell);
    // SO_UPDATE_CONNECT_CONTEXT alone takes no value.
    const bool needs_value = !(level == WS_SOL_SOCKET && name == WS_SO_UPDATE_CONNECT_CONTEXT);
    if (needs_value && value == nullptr) return call.fail(WSAEFAULT);
    const In in{value, length};
    int code = WSAEINVAL;
    if (level == WS_SOL_SOCKET) code = set_socket_option(cell, name, in);
    if (level == WS_IPPROTO_TCP) code = set_tcp_option(cell, name, in);
    if (level == WS_IPPROTO_IP) code = set_ip_option(cell, name, in);
    if (level == WS_IPPROTO_UDP || level == WS_IPPROTO_IPV6) code = WSAENOPROTOOPT;
    if (code != 0) return call.fail(code);
    if (!is_known_to_engine(cell)) return 0;
    share_options(cell);
    if (!push_request(call.port(), cell, RequestOp::set_options, [](Request&) {}))
        return call.fail(WSAENOBUFS);
    call.kick();
    return 0;
}

}  // namespace ringsock::spi
