// SPDX-License-Identifier: BSD-3-Clause
// What the network said, in Winsock's words.
#include "spi/wsa_errors.h"

#include <ringsock/error_codes.h>

namespace ringsock::spi {

int wsa_of(ConnError error) noexcept {
    switch (error) {
        case ConnError::none:
            return 0;
        case ConnError::refused:
            return WSAECONNREFUSED;
        case ConnError::reset:
            return WSAECONNRESET;
        case ConnError::aborted:
            return WSAECONNABORTED;
        case ConnError::timed_out:
            return WSAETIMEDOUT;
        case ConnError::net_unreachable:
            return WSAENETUNREACH;
        case ConnError::host_unreachable:
            return WSAEHOSTUNREACH;
        case ConnError::net_down:
            return WSAENETDOWN;
        case ConnError::address_in_use:
            return WSAEADDRINUSE;
        case ConnError::address_unavailable:
            return WSAEADDRNOTAVAIL;
        case ConnError::no_buffers:
            return WSAENOBUFS;
        case ConnError::invalid:
            return WSAEINVAL;
        case ConnError::access:
            return WSAEACCES;
        case ConnError::message_too_long:
            return WSAEMSGSIZE;
        case ConnError::canceled:
            return WSAEINTR;
        case ConnError::not_supported:
            return WSAEOPNOTSUPP;
        case ConnError::count_:
            break;
    }
    return WSAENETDOWN;
}

int wsa_of_broken(ConnError error) noexcept {
    // A peer's refusal after establishment is a reset, and a break without a stated reason our own giving up.
    if (error == ConnError::refused) return WSAECONNRESET;
    return error == ConnError::none ? WSAECONNABORTED : wsa_of(error);
}

int wsa_of_close_event(ConnError error) noexcept {
    const int code = wsa_of_broken(error);
    return code == WSAECONNRESET ? WSAECONNABORTED : code;
}

}  // namespace ringsock::spi
