// SPDX-License-Identifier: BSD-3-Clause
// WSPStartup and WSPCleanup, the catalogue, and the native calls that the shell passes on.
// Winsock: WSPStartup, WSPCleanup, WSPCancelBlockingCall pages.
#include "spi/provider.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "host/host.h"
#include "spi/listener.h"
#include "spi/spi_table.h"
#include "spi/thread_state.h"
#include "spi/wsp_socket.h"
#include "sync/thread_host.h"

namespace ringsock::spi {

namespace {

constexpr WORD kVersion = MAKEWORD(2, 2);
constexpr char16_t kDescription[] = u"Ringsock base provider: TCP and UDP over DPDK";

/// So many cells in a row that were never in use mean that none after them was.
constexpr std::uint32_t kUntouchedCells = 4096;

/// Serialises start and stop. Control role.
constinit std::mutex g_start_lock;

/// dwCatalogEntryId of the first offer of the host that an engine belongs to. Written at start.
constinit DWORD g_first_entry_of_engine[kMaxEnginePorts] = {};

void number_entries() noexcept {
    const std::span<HostPort> hosts = runtime().hosts();
    for (std::uint32_t h = 0; h < hosts.size(); ++h)
        for (std::uint32_t i = 0; i < hosts[h].engine_count; ++i)
            g_first_entry_of_engine[hosts[h].engines[i]->index] = kFirstCatalogEntry + h * kOffersPerHost;
}

/// What the runtime is to be started with.
struct StartWish {
    std::string config_path;
    std::string config_text;
    std::vector<std::string> overrides;
    std::string error_text;
    bool started_here = false;  ///< This room started the runtime, so it stops it.
};
StartWish& wish() noexcept {
    static StartWish the_wish;
    return the_wish;
}

template <std::size_t kSize, std::size_t kTextSize>
void copy_text(WCHAR (&out)[kSize], const char16_t (&text)[kTextSize]) noexcept {
    static_assert(kTextSize <= kSize);
    std::fill(std::begin(out), std::end(out), WCHAR{});
    for (std::size_t i = 0; i < kTextSize; ++i) out[i] = static_cast<WCHAR>(text[i]);
}

/// Starts the runtime for the first user. False with the reason in error_text.
bool start_runtime() noexcept {
    StartWish& wanted = wish();
    wanted.error_text.clear();
    if (runtime().running()) {
        number_entries();
        sync::hosts_changed();
        return true;
    }
    StartOptions options;
    options.config_path = wanted.config_path;
    options.config_text = wanted.config_text;
    options.overrides = wanted.overrides;
    if (const auto result = runtime().start(options); !result.ok()) {
        wanted.error_text = result.error().message;
        return false;
    }
    wanted.started_here = true;
    number_entries();
    sync::hosts_changed();
    return true;
}

/// Closes what is left, then lets the engines go.
void stop_runtime() noexcept {
    close_all_sockets();
    forget_exchanges();
    if (wish().started_here) runtime().stop();
    wish().started_here = false;
    sync::hosts_changed();
    free_retired_listeners();
}

void fill_table(WSPPROC_TABLE& table) noexcept {
    table.lpWSPAccept = wsp_accept;
    table.lpWSPAddressToString = wsp_address_to_string;
    table.lpWSPAsyncSelect = wsp_async_select;
    table.lpWSPBind = wsp_bind;
    table.lpWSPCancelBlockingCall = wsp_cancel_blocking_call;
    table.lpWSPCleanup = wsp_cleanup;
    table.lpWSPCloseSocket = wsp_close_socket;
    table.lpWSPConnect = wsp_connect;
    table.lpWSPDuplicateSocket = wsp_duplicate_socket;
    table.lpWSPEnumNetworkEvents = wsp_enum_network_events;
    table.lpWSPEventSelect = wsp_event_select;
    table.lpWSPGetOverlappedResult = wsp_get_overlapped_result;
    table.lpWSPGetPeerName = wsp_get_peer_name;
    table.lpWSPGetSockName = wsp_get_sock_name;
    table.lpWSPGetSockOpt = wsp_get_sock_opt;
    table.lpWSPGetQOSByName = wsp_get_qos_by_name;
    table.lpWSPIoctl = wsp_ioctl;
    table.lpWSPJoinLeaf = wsp_join_leaf;
    table.lpWSPListen = wsp_listen;
    table.lpWSPRecv = wsp_recv;
    table.lpWSPRecvDisconnect = wsp_recv_disconnect;
    table.lpWSPRecvFrom = wsp_recv_from;
    table.lpWSPSelect = wsp_select;
    table.lpWSPSend = wsp_send;
    table.lpWSPSendDisconnect = wsp_send_disconnect;
    table.lpWSPSendTo = wsp_send_to;
    table.lpWSPSetSockOpt = wsp_set_sock_opt;
    table.lpWSPShutdown = wsp_shutdown;
    table.lpWSPSocket = wsp_socket;
    table.lpWSPStringToAddress = wsp_string_to_address;
}

/// The upcalls this provider cannot do without.
bool has_needed_upcalls(const WSPUPCALLTABLE& upcalls) noexcept {
    return upcalls.lpWPUCreateSocketHandle != nullptr && upcalls.lpWPUCloseSocketHandle != nullptr &&
           upcalls.lpWPUQuerySocketHandleContext != nullptr;
}

}  // namespace

int wsp_cancel_blocking_call(LPINT error) noexcept {
    if (cancel_blocking_calls()) return 0;
    *error = WSAEINVAL;
    return SOCKET_ERROR;
}

int wsp_cleanup(LPINT error) noexcept {
    const std::lock_guard held(g_start_lock);
    const std::uint32_t users = g_provider.users.load(std::memory_order_relaxed);
    if (users == 0) {
        *error = WSANOTINITIALISED;
        return SOCKET_ERROR;
    }
    if (users == 1) stop_runtime();
    g_provider.users.store(users - 1, std::memory_order_release);
    return 0;
}

void set_start_options(const StartOptions& options) {
    const std::lock_guard held(g_start_lock);
    wish().config_path = options.config_path;
    wish().config_text = options.config_text;
    wish().overrides.assign(options.overrides.begin(), options.overrides.end());
}

const std::string& start_error_text() noexcept {
    return wish().error_text;
}

bool set_current_host(const char* name) noexcept {
    return sync::set_current_host(name);
}

const char* current_host_name() noexcept {
    const HostPort* host = sync::current_host();
    return host != nullptr ? host->name : nullptr;
}

std::uint32_t catalog_size() noexcept {
    const std::size_t hosts = runtime().running() ? runtime().hosts().size() : 0;
    return static_cast<std::uint32_t>(std::max<std::size_t>(hosts, 1)) * kOffersPerHost;
}

void fill_catalog_entry(std::uint32_t index, WSAPROTOCOL_INFOW& out) noexcept {
    const bool is_tcp = index % kOffersPerHost == static_cast<std::uint32_t>(Offer::tcp_v4);
    out = WSAPROTOCOL_INFOW{};
    out.dwServiceFlags1 = is_tcp ? XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE
                                 : XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST;
    out.dwProviderFlags = PFL_MATCHES_PROTOCOL_ZERO;
    out.ProviderId = kProviderId;
    out.dwCatalogEntryId = kFirstCatalogEntry + index;
    out.ProtocolChain.ChainLen = BASE_PROTOCOL;
    out.iVersion = 2;
    out.iAddressFamily = WS_AF_INET;
    out.iMaxSockAddr = sizeof(ws2_sockaddr_in);
    out.iMinSockAddr = sizeof(ws2_sockaddr_in);
    out.iSocketType = is_tcp ? WS_SOCK_STREAM : WS_SOCK_DGRAM;
    out.iProtocol = is_tcp ? WS_IPPROTO_TCP : WS_IPPROTO_UDP;
    out.iNetworkByteOrder = BIGENDIAN;
    out.iSecurityScheme = SECURITY_PROTOCOL_NONE;
    out.dwMessageSize = is_tcp ? 0 : 65507;  // 0: a stream knows no messages.
    if (is_tcp)
        copy_text(out.szProtocol, u"Ringsock TCP/IP");
    else
        copy_text(out.szProtocol, u"Ringsock UDP/IP");
}

DWORD catalog_entry_of(const SocketCell& cell) noexcept {
    const auto offer = cell.fixed.protocol == Protocol::udp ? Offer::udp_v4 : Offer::tcp_v4;
    return g_first_entry_of_engine[cell.fixed.engine] + static_cast<DWORD>(offer);
}

void close_all_sockets() noexcept {
    for (HostPort& host : runtime().hosts()) {
        for (std::uint32_t e = 0; e < host.engine_count; ++e) {
            EnginePort& port = *host.engines[e];
            // Cells come into use from low to high, some later than others that were issued with them.
            // Looking at all would touch their memory.
            std::uint32_t untouched = 0;
            for (std::uint32_t i = 0; i < port.cell_count && untouched < kUntouchedCells; ++i) {
                SocketCell& cell = port.cell(i);
                const bool was_used = cell.fixed.generation.load(std::memory_order_acquire) != 0;
                untouched = was_used ? 0 : untouched + 1;
                const SOCKET s = cell.fixed.handle.load(std::memory_order_relaxed);
                if (s == 0) continue;
                cell.names.options.linger_on = 0;
                int ignored = 0;
                (void)wsp_close_socket(s, &ignored);
            }
        }
    }
}

}  // namespace ringsock::spi

using namespace ringsock;

int WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
               LPWSPPROC_TABLE table) {
    if (data == nullptr || table == nullptr) return WSAEFAULT;
    if (LOBYTE(version) < 2) return WSAVERNOTSUPPORTED;
    if (!spi::has_needed_upcalls(upcalls)) return WSAEINVALIDPROCTABLE;
    const std::lock_guard held(spi::g_start_lock);
    const std::uint32_t users = spi::g_provider.users.load(std::memory_order_relaxed);
    if (users == UINT32_MAX) return WSAEPROCLIM;
    if (users == 0 && !spi::start_runtime()) return WSASYSNOTREADY;
    spi::g_provider.upcalls = upcalls;  // The latest table wins.
    spi::g_provider.users.store(users + 1, std::memory_order_release);
    const auto number = [](WORD v) {
        return LOBYTE(v) << 8 | HIBYTE(v);
    };  // The major number is the low byte.
    data->wVersion = number(version) < number(spi::kVersion) ? version : spi::kVersion;
    data->wHighVersion = spi::kVersion;
    spi::copy_text(data->szDescription, spi::kDescription);
    spi::fill_table(*table);
    return 0;
}
