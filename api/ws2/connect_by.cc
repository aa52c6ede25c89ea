// SPDX-License-Identifier: BSD-3-Clause
// Connecting to the first of several addresses that answers, one after the other.
// Winsock: WSAConnectByList, WSAConnectByName.
#include <ringsock/ws2.h>

#include <algorithm>
#include <vector>

#include "sync/multi_wait.h"
#include "ws2/address_info.h"
#include "ws2/prolog.h"
#include "ws2/sockaddr_build.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

/// One address to try.
struct Candidate {
    ws2_sockaddr_in6 bytes{};
    int length = 0;
};

/// Buffers for the names of both ends; each pair may be null.
struct NameBuffers {
    LPDWORD local_length;
    LPSOCKADDR local;
    LPDWORD remote_length;
    LPSOCKADDR remote;
};

constexpr INT kMaxCandidates = 256;
constexpr std::int64_t kNoLimit = -1;

/// Milliseconds of a timeval, rounded up; kNoLimit for null.
std::int64_t millis_of(const timeval* timeout) noexcept {
    if (timeout == nullptr) return kNoLimit;
    return std::max<std::int64_t>(std::int64_t{timeout->tv_sec} * 1000 + (timeout->tv_usec + 999) / 1000, 0);
}

/// A part of the time as the connect limit of one attempt, which counts whole seconds.
int share_in_seconds(std::int64_t milliseconds) noexcept {
    return static_cast<int>(std::clamp<std::int64_t>(milliseconds / 1000, 1, INT32_MAX));
}

/// Tries candidates over the entries of the provider.
class Attempt {
  public:
    Attempt(ws2::ApiCall& call, SOCKET s, std::int64_t limit_ms) noexcept
        : call_(call),
          socket_(s),
          deadline_(limit_ms == kNoLimit ? Instant::never()
                                         : sync::wait_clock_now() + Micros::from_millis(limit_ms)) {}

    /// 0, or the code of the last failure.
    int run(const std::vector<Candidate>& candidates) noexcept {
        int code = WSAEINVAL;
        const int former = connect_limit();
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const std::int64_t left = left_ms();
            if (left == 0) {
                code = WSAETIMEDOUT;
                break;
            }
            // What is left is shared out, so that one silent address does not use it all up.
            const auto others = static_cast<std::int64_t>(candidates.size() - i);
            if (left != kNoLimit) set_connect_limit(share_in_seconds(left / others));
            code = try_one(candidates[i]);
            if (code == 0 || code == WSAENOTSOCK || code == WSAEINTR || code == WSAEISCONN) break;
        }
        if (!deadline_.is_never()) set_connect_limit(former);
        return code;
    }

  private:
    [[nodiscard]] std::int64_t left_ms() const noexcept {
        if (deadline_.is_never()) return kNoLimit;
        return std::max<std::int64_t>((deadline_ - sync::wait_clock_now()).count / 1000, 0);
    }
    [[nodiscard]] int connect_limit() noexcept {
        int value = -1;
        int length = sizeof value;
        int ignored = 0;
        call_.table().lpWSPGetSockOpt(socket_, WS_IPPROTO_TCP, WS_TCP_MAXRT, reinterpret_cast<char*>(&value),
                                      &length, &ignored);
        return value;
    }
    void set_connect_limit(int seconds) noexcept {
        int ignored = 0;
        call_.table().lpWSPSetSockOpt(socket_, WS_IPPROTO_TCP, WS_TCP_MAXRT,
                                      reinterpret_cast<const char*>(&seconds), sizeof seconds, &ignored);
    }
    /// A blocking socket waits in the connect itself; on a non-blocking one its end is waited for here.
    int try_one(const Candidate& candidate) noexcept {
        const auto* const name = reinterpret_cast<const sockaddr*>(&candidate.bytes);
        int code = 0;
        if (call_.table().lpWSPConnect(socket_, name, candidate.length, nullptr, nullptr, nullptr, nullptr,
                                       &code) == 0)
            return 0;
        if (code != WSAEWOULDBLOCK) return code;
        ws2_fd_set good{.fd_count = 1, .fd_array = {socket_}};
        ws2_fd_set bad{.fd_count = 1, .fd_array = {socket_}};
        const std::int64_t left = left_ms();
        timeval limit{.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        const int ready =
            call_.table().lpWSPSelect(0, nullptr, &good, &bad, left == kNoLimit ? nullptr : &limit, &code);
        if (ready == SOCKET_ERROR) return code;
        if (ready == 0) return WSAETIMEDOUT;
        if (good.fd_count != 0) return 0;
        int error = WSAECONNREFUSED;
        int length = sizeof error;
        call_.table().lpWSPGetSockOpt(socket_, WS_SOL_SOCKET, WS_SO_ERROR, reinterpret_cast<char*>(&error),
                                      &length, &code);
        return error;
    }

    ws2::ApiCall& call_;
    const SOCKET socket_;
    const Instant deadline_;
};

using NameEntry = LPWSPGETSOCKNAME;

/// Stores one name where there is a buffer for it. 0 or the code.
int store_one(NameEntry entry, SOCKET s, LPDWORD length, LPSOCKADDR name) noexcept {
    if (length == nullptr || name == nullptr) return 0;
    INT room = static_cast<INT>(std::min<DWORD>(*length, INT32_MAX));
    int code = 0;
    if (entry(s, name, &room, &code) != 0) return code;
    *length = static_cast<DWORD>(room);
    return 0;
}

BOOL connect_to(SOCKET s, const std::vector<Candidate>& candidates, const NameBuffers& names,
                const timeval* timeout, LPWSAOVERLAPPED reserved) noexcept {
    ws2::ApiCall call{s};
    if (!call) return call.done_bool(FALSE);
    int code = reserved != nullptr ? WSAEINVAL : Attempt(call, s, millis_of(timeout)).run(candidates);
    if (code == 0) code = store_one(call.table().lpWSPGetSockName, s, names.local_length, names.local);
    if (code == 0) code = store_one(call.table().lpWSPGetPeerName, s, names.remote_length, names.remote);
    if (code != 0) *call.error() = code;
    return call.done_bool(code == 0 ? TRUE : FALSE);
}

BOOL connect_by_name(SOCKET s, const char* node, const char* service, const NameBuffers& names,
                     const timeval* timeout, LPWSAOVERLAPPED reserved) {
    if (node == nullptr || service == nullptr) return ws2::fail_with(WSAEINVAL, FALSE);
    ws2::AddressAnswer answer;
    const ws2::AddressHints hints{.type = WS_SOCK_STREAM, .protocol = WS_IPPROTO_TCP};
    if (const int code = ws2::find_addresses(node, service, hints, answer); code != 0)
        return ws2::fail_with(code, FALSE);
    std::vector<Candidate> candidates;
    for (const ws2::AddressEntry& entry : answer.entries) {
        Candidate& candidate = candidates.emplace_back();
        ws2::store_sockaddr(entry.address, entry.port, &candidate.bytes);
        candidate.length = static_cast<int>(ws2::sockaddr_bytes(entry.address.family));
    }
    return connect_to(s, candidates, names, timeout, reserved);
}

}  // namespace

BOOL WSAConnectByList(SOCKET s, PSOCKET_ADDRESS_LIST SocketAddressList, LPDWORD LocalAddressLength,
                      LPSOCKADDR LocalAddress, LPDWORD RemoteAddressLength, LPSOCKADDR RemoteAddress,
                      const timeval* timeout, LPWSAOVERLAPPED Reserved) {
    if (SocketAddressList == nullptr || SocketAddressList->iAddressCount <= 0 ||
        SocketAddressList->iAddressCount > kMaxCandidates) {
        return ws2::fail_with(WSAEINVAL, FALSE);
    }
    std::vector<Candidate> candidates;
    for (INT i = 0; i < SocketAddressList->iAddressCount; ++i) {
        const SOCKET_ADDRESS& address = SocketAddressList->Address[i];
        if (address.lpSockaddr == nullptr) return ws2::fail_with(WSAEFAULT, FALSE);
        Candidate& candidate = candidates.emplace_back();
        candidate.length = std::clamp<int>(address.iSockaddrLength, 0, sizeof candidate.bytes);
        std::memcpy(&candidate.bytes, address.lpSockaddr, static_cast<std::size_t>(candidate.length));
    }
    return connect_to(s, candidates, {LocalAddressLength, LocalAddress, RemoteAddressLength, RemoteAddress},
                      timeout, Reserved);
}

BOOL WSAConnectByNameA(SOCKET s, LPCSTR nodename, LPCSTR servicename, LPDWORD LocalAddressLength,
                       LPSOCKADDR LocalAddress, LPDWORD RemoteAddressLength, LPSOCKADDR RemoteAddress,
                       const timeval* timeout, LPWSAOVERLAPPED Reserved) {
    return connect_by_name(s, nodename, servicename,
                           {LocalAddressLength, LocalAddress, RemoteAddressLength, RemoteAddress}, timeout,
                           Reserved);
}

BOOL WSAConnectByNameW(SOCKET s, LPWSTR nodename, LPWSTR servicename, LPDWORD LocalAddressLength,
                       LPSOCKADDR LocalAddress, LPDWORD RemoteAddressLength, LPSOCKADDR RemoteAddress,
                       const timeval* timeout, LPWSAOVERLAPPED Reserved) {
    if (nodename == nullptr || servicename == nullptr) return ws2::fail_with(WSAEINVAL, FALSE);
    return WSAConnectByNameA(s, ws2::to_utf8(nodename).c_str(), ws2::to_utf8(servicename).c_str(),
                             LocalAddressLength, LocalAddress, RemoteAddressLength, RemoteAddress, timeout,
                             Reserved);
}
