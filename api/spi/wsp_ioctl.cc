// SPDX-License-Identifier: BSD-3-Clause
// WSPIoctl: FIONBIO, FIONREAD and SIOCATMARK of ioctlsocket, and the control codes this provider knows. Any
// other code is WSAEOPNOTSUPP. Winsock: WSPIoctl, WSAIoctl, ioctlsocket pages.
#include <ringsock/mswsock.h>

#include <algorithm>
#include <cstring>

#include "spi/provider.h"
#include "spi/receive_list.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

/// Buffers of one call.
struct Control {
    const void* in;
    DWORD in_bytes;
    void* out;
    DWORD out_bytes;
    LPDWORD returned;

    template <typename T>
    int take(T& value) const noexcept {
        if (in == nullptr || in_bytes < sizeof value) return WSAEFAULT;
        std::memcpy(&value, in, sizeof value);
        return 0;
    }
    template <typename T>
    int give(const T& value) const noexcept {
        if (out == nullptr || out_bytes < sizeof value) return WSAEFAULT;
        std::memcpy(out, &value, sizeof value);
        *returned = sizeof value;
        return 0;
    }
};

int set_blocking_mode(SocketCell& cell, const Control& control) noexcept {
    ULONG nonblocking = 0;
    if (const int code = control.take(nonblocking); code != 0) return code;
    // A socket with an event selection stays non-blocking until that is cancelled.
    if (nonblocking == 0 && has_flag(cell, kFlagAssociated)) return WSAEINVAL;
    cell.app.blocking = nonblocking == 0 ? 1 : 0;
    return 0;
}

/// FIONREAD: all text of a stream; of a datagram socket the bytes that a large enough receive would return.
int get_unread(SocketCall& call, const Control& control) noexcept {
    SocketCell& cell = call.cell();
    if (!has_unread(cell)) call.port().drive->help(call.port());
    ULONG bytes = 0;
    if (is_stream(cell)) {
        bytes = unread_bytes(cell);
    } else if (const Packet* packet = current_datagram(cell); packet != nullptr) {
        bytes = packet->length;
    } else {
        for_each_sibling(cell, [&](EnginePort& port, SocketCell& sibling) {
            port.drive->help(port);
            if (const Packet* other = current_datagram(sibling); other != nullptr && bytes == 0)
                bytes = other->length;
        });
    }
    return control.give(bytes);
}

int get_extension(const Control& control) noexcept {
    GUID wanted;
    if (const int code = control.take(wanted); code != 0) return code;
    if (std::memcmp(&wanted, &kPollExtension, sizeof wanted) != 0) return WSAEINVAL;
    const PollFunction function = poll_sockets;
    return control.give(function);
}

/// Times in milliseconds; a part of a second counts as a whole one.
int set_keep_alive(SocketCall& call, const Control& control) noexcept {
    SocketCell& cell = call.cell();
    if (!is_stream(cell)) return WSAENOPROTOOPT;
    struct tcp_keepalive wanted;
    if (const int code = control.take(wanted); code != 0) return code;
    const auto seconds = [](ULONG ms) {
        return static_cast<std::uint16_t>(
            std::clamp<ULONG>(ms / 1000 + (ms % 1000 != 0 ? 1 : 0), 1, UINT16_MAX));
    };
    SocketOptions& options = cell.names.options;
    options.keep_alive = wanted.onoff != 0;
    if (wanted.onoff != 0) {
        options.keep_idle_seconds = seconds(wanted.keepalivetime);
        options.keep_interval_seconds = seconds(wanted.keepaliveinterval);
    }
    if (phase_of(cell) != Phase::connected) return 0;
    if (!push_request(call.port(), cell, RequestOp::set_options, [](Request&) {})) return WSAENOBUFS;
    call.port().drive->kick(call.port());
    return 0;
}

int control_socket(SocketCall& call, DWORD code, const Control& control) noexcept {
    switch (code) {
        case WS_FIONBIO:
            return set_blocking_mode(call.cell(), control);
        case WS_FIONREAD:
            return get_unread(call, control);
        // No urgent data is kept apart from the text, so the next byte is never behind a mark.
        case WS_SIOCATMARK:
            return is_stream(call.cell()) ? control.give(ULONG{1}) : WSAEINVAL;
        case SIO_GET_EXTENSION_FUNCTION_POINTER:
            return get_extension(control);
        case SIO_KEEPALIVE_VALS:
            return set_keep_alive(call, control);
        case SIO_BASE_HANDLE:
        case SIO_BSP_HANDLE:
        case SIO_BSP_HANDLE_SELECT:
        case SIO_BSP_HANDLE_POLL:
            return control.give(call.handle());
        default:
            return WSAEOPNOTSUPP;
    }
}

}  // namespace

int wsp_ioctl(SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out, DWORD out_bytes, LPDWORD returned,
              LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID,
              LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    if (const int refused = validate_overlapped(overlapped, routine); refused != 0) return call.fail(refused);
    if (returned == nullptr) return call.fail(WSAEFAULT);
    settle(call.cell());
    DWORD bytes = 0;
    const int failure = control_socket(call, code, {in, in_bytes, out, out_bytes, &bytes});
    *returned = bytes;
    return failure == 0 ? 0 : call.fail(failure);
}

}  // namespace ringsock::spi
