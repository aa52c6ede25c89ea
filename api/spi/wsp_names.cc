// SPDX-License-Identifier: BSD-3-Clause
// WSPGetSockName and WSPGetPeerName. Winsock: pages of these names.
#include "spi/blocking.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

/// How long getsockname waits for the pass that chooses a connecting socket's port.
constexpr std::uint32_t kPortPatienceMs = 200;

/// The engine writes the key while we may look: the port last.
FlowKey observe_key(SocketCell& cell) noexcept {
    FlowKey key;
    key.local_port.value = std::atomic_ref(cell.names.key.local_port.value).load(std::memory_order_acquire);
    key.local = std::atomic_ref(cell.names.key.local).load(std::memory_order_relaxed);
    key.remote = std::atomic_ref(cell.names.key.remote).load(std::memory_order_relaxed);
    key.remote_port.value = std::atomic_ref(cell.names.key.remote_port.value).load(std::memory_order_relaxed);
    return key;
}

int store(SocketCall& call, std::uint32_t address, Port port, sockaddr* name, LPINT length) noexcept {
    return store_name(Ipv4{address}, port, name, length) ? 0 : call.fail(WSAEFAULT);
}

}  // namespace

int wsp_get_sock_name(SOCKET s, sockaddr* name, LPINT namelen, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    if (name == nullptr || namelen == nullptr) return call.fail(WSAEFAULT);
    settle(cell);
    if (phase_of(cell) == Phase::connecting) {
        const Instant deadline = deadline_after(call.port(), kPortPatienceMs);
        const WaitEnd end = wait_until(call, deadline, [&] {
            settle(cell);
            return phase_of(cell) != Phase::connecting || observe_key(cell).local_port.value != 0;
        });
        if (end == WaitEnd::closed || end == WaitEnd::canceled) return call.fail(WSAEINTR);
    }
    const FlowKey key = observe_key(cell);
    const bool is_named =
        phase_of(cell) != Phase::open || has_flag(cell, kFlagBound) || key.local_port.value != 0;
    if (!is_named) return call.fail(WSAEINVAL);
    return store(call, key.local, key.local_port, name, namelen);
}

int wsp_get_peer_name(SOCKET s, sockaddr* name, LPINT namelen, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    settle(cell);
    if (phase_of(cell) != Phase::connected) return call.fail(WSAENOTCONN);
    if (name == nullptr || namelen == nullptr) return call.fail(WSAEFAULT);
    const FlowKey key = observe_key(cell);
    return store(call, key.remote, key.remote_port, name, namelen);
}

}  // namespace ringsock::spi
