// SPDX-License-Identifier: BSD-3-Clause
// Readiness of several sockets. One provider owns them all, so its entry does the waiting; the shell checks
// the sets (section 4.3: WSAEINVAL before WSAENOTSOCK, sets unchanged). Winsock: select, WSAPoll, FD_ISSET.
#include <ringsock/mswsock.h>
#include <ringsock/ws2.h>

#include "spi/provider.h"
#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// WSAEINVAL when no set has a member, WSAENOTSOCK when one is no socket. Windows takes an empty set beside
/// one with members.
int check_sets(const ws2_fd_set* readfds, const ws2_fd_set* writefds, const ws2_fd_set* exceptfds) noexcept {
    int code = WSAEINVAL;
    for (const ws2_fd_set* set : {readfds, writefds, exceptfds}) {
        for (UINT i = 0; set != nullptr && i < set->fd_count; ++i) {
            if (!ws2::is_socket(set->fd_array[i])) return WSAENOTSOCK;
            code = 0;
        }
    }
    return code;
}

/// The provider's poll, looked up once: any of its sockets can be asked. Null when it has none.
spi::PollFunction find_poll(const WSPPROC_TABLE& table, const WSAPOLLFD* entries, ULONG count) noexcept {
    static std::atomic<spi::PollFunction> known{nullptr};
    if (const spi::PollFunction poll = known.load(std::memory_order_relaxed); poll != nullptr) return poll;
    for (ULONG i = 0; i < count; ++i) {
        if (!ws2::is_socket(entries[i].fd)) continue;
        GUID id = spi::kPollExtension;
        spi::PollFunction poll = nullptr;
        DWORD returned = 0;
        int error = 0;
        if (table.lpWSPIoctl(entries[i].fd, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &poll,
                             sizeof poll, &returned, nullptr, nullptr, nullptr, &error) == 0) {
            known.store(poll, std::memory_order_relaxed);
            return poll;
        }
    }
    return nullptr;
}

}  // namespace

int ws2_select(int nfds, ws2_fd_set* readfds, ws2_fd_set* writefds, ws2_fd_set* exceptfds,
               const timeval* timeout) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    if (const int code = check_sets(readfds, writefds, exceptfds); code != 0) return call.fail(code);
    return call.done(call.table().lpWSPSelect(nfds, readfds, writefds, exceptfds, timeout, call.error()));
}

int __WSAFDIsSet(SOCKET s, ws2_fd_set* set) {
    if (set == nullptr) return 0;
    for (UINT i = 0; i < set->fd_count; ++i)
        if (set->fd_array[i] == s) return 1;
    return 0;
}

int WSAPoll(WSAPOLLFD* fdArray, ULONG fds, INT timeout) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    if (fds == 0) return call.fail(WSAEINVAL);
    if (fdArray == nullptr) return call.fail(WSAEFAULT);
    const spi::PollFunction poll = find_poll(call.table(), fdArray, fds);
    if (poll != nullptr) return call.done(poll(fdArray, fds, timeout, call.error()));
    // Not one entry is a socket. Windows says so in each, counts none, and fails: there is nothing to wait
    // for.
    for (ULONG i = 0; i < fds; ++i) fdArray[i].revents = WS_POLLNVAL;
    return call.fail(WSAENOTSOCK);
}
