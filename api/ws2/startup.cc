// SPDX-License-Identifier: BSD-3-Clause
// WSAStartup and WSACleanup: counted, restartable, version negotiation. The first start loads the provider,
// the last cleanup waits until no thread is inside a call and unloads it, which closes every socket. Winsock:
// WSAStartup, WSACleanup; "Version negotiation in Winsock".
#include <ringsock/ws2.h>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <mutex>

#include "spi/provider.h"
#include "ws2/prolog.h"
#include "ws2/shell.h"

namespace ringsock::ws2 {

constinit Shell g_shell;

namespace {

/// Versions as WSAStartup has them: the major one in the low byte.
constexpr WORD kVersions[] = {0x0202, 0x0102, 0x0002, 0x0101, 0x0001};  // 2.2, 2.1, 2.0, 1.1, 1.0
constexpr WORD kHighest = 0x0202;
constexpr std::uint32_t kMaxUsers = 0x7fffffff;
/// What version 1.1 programs read as the number of sockets and the size of a datagram; later ones must ignore
/// both.
constexpr USHORT kVersion1Sockets = 32767;
constexpr USHORT kVersion1Datagram = 65467;
/// Longest wait of a cleanup for threads inside calls, and the nap between two looks.
constexpr int kLeaveNaps = 10'000;
constexpr long kLeaveNapNanos = 1'000'000;

/// Under `lock`.
struct Users {
    std::mutex lock;
    std::uint32_t count = 0;
};
constinit Users g_users;

/// A version as a number that grows with it.
constexpr int rank(WORD version) noexcept {
    return (version & 0xff) << 8 | version >> 8;
}

/// The highest version not above the requested one; 0 when there is none.
WORD negotiate(WORD requested) noexcept {
    for (const WORD version : kVersions)
        if (rank(version) <= rank(requested)) return version;
    return 0;
}

void describe(WORD version, WSADATA& data) noexcept {
    std::memset(&data, 0, sizeof data);
    data.wVersion = version == 0 ? kHighest : version;
    data.wHighVersion = kHighest;
    std::snprintf(data.szDescription, sizeof data.szDescription, "Ringsock, sockets over DPDK");
    std::snprintf(data.szSystemStatus, sizeof data.szSystemStatus, "Running");
    if ((version & 0xff) != 1) return;
    data.iMaxSockets = kVersion1Sockets;
    data.iMaxUdpDg = kVersion1Datagram;
}

/// Whether the provider filled every entry, as <ringsock/spi.h> asks.
bool is_complete(const WSPPROC_TABLE& table) noexcept {
    void* entries[sizeof table / sizeof(void*)];
    std::memcpy(entries, &table, sizeof table);
    for (const void* entry : entries)
        if (entry == nullptr) return false;
    return true;
}

/// Loads the provider. Under the lock, with nobody inside a call.
int load_provider() noexcept {
    if (!ensure_handle_table()) {
        set_error_text("no address space for the handle table (16 MiB): raise the limit of ulimit -v");
        return WSASYSNOTREADY;
    }
    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    apply_configuration();
    WSPDATA data{};
    WSAPROTOCOL_INFOW info{};
    spi::fill_catalog_entry(0, info);
    const int code = WSPStartup(kHighest, &data, &info, upcall_table(), &g_shell.table);
    if (code != 0) {
        set_error_text(spi::start_error_text());
        return code;
    }
    if (is_complete(g_shell.table)) return 0;
    set_error_text("the provider left an entry of WSPPROC_TABLE empty");
    int ignored = 0;
    if (g_shell.table.lpWSPCleanup != nullptr) g_shell.table.lpWSPCleanup(&ignored);
    return WSASYSNOTREADY;
}

/// Makes what every core stored before visible here, and what was stored here visible there (Presence).
void agree_with_all_cores() noexcept {
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0) return;
    // Kernels without it: a store buffer drains in far less than this.
    const timespec pause{.tv_sec = 0, .tv_nsec = 10 * kLeaveNapNanos};
    nanosleep(&pause, nullptr);
}

bool everybody_left() noexcept {
    for (const ThreadRecord* record = first_thread_record(); record != nullptr; record = record->next)
        if (record->depth.load(std::memory_order_acquire) != 0) return false;
    return true;
}

/// Ends blocking calls and waits for their threads to leave. False when one stays inside, in a function of
/// the application for example.
bool wait_for_callers() noexcept {
    agree_with_all_cores();
    for (int nap = 0; nap < kLeaveNaps; ++nap) {
        if (everybody_left()) return true;
        int ignored = 0;
        g_shell.table.lpWSPCancelBlockingCall(&ignored);
        const timespec pause{.tv_sec = 0, .tv_nsec = kLeaveNapNanos};
        nanosleep(&pause, nullptr);
    }
    return everybody_left();
}

/// Under the lock. 0 or WSAEINPROGRESS.
int unload_provider() noexcept {
    g_shell.started.store(0, std::memory_order_release);
    if (!wait_for_callers()) {
        g_shell.started.store(1, std::memory_order_release);
        return WSAEINPROGRESS;
    }
    int ignored = 0;
    g_shell.table.lpWSPCleanup(&ignored);  // Closes every socket.
    // What a provider failed to close must not come alive with the next start.
    for_each_handle(HandleKind::socket, [](SOCKET s) { (void)destroy_handle(s, HandleKind::socket); });
    g_shell.is_version_1.store(0, std::memory_order_relaxed);
    return 0;
}

}  // namespace

int version_1_code(int code) noexcept {
    return code == WSAEALREADY ? WSAEINVAL : code;
}

}  // namespace ringsock::ws2

using namespace ringsock;

int WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) {
    if (lpWSAData == nullptr) return WSAEFAULT;
    const WORD version = ws2::negotiate(wVersionRequested);
    ws2::describe(version, *lpWSAData);
    if (version == 0) return WSAVERNOTSUPPORTED;
    const std::lock_guard held(ws2::g_users.lock);
    if (ws2::g_users.count == ws2::kMaxUsers) return WSAEPROCLIM;
    const bool is_first = ws2::g_users.count == 0;
    if (is_first) {
        if (const int code = ws2::load_provider(); code != 0) return code;
    }
    ++ws2::g_users.count;
    // One user of version 2 is enough for the later rules: they are what a mixed process can live with.
    const bool is_version_1 =
        (version & 0xff) == 1 && (is_first || ws2::g_shell.is_version_1.load(std::memory_order_relaxed) != 0);
    ws2::g_shell.is_version_1.store(is_version_1 ? 1 : 0, std::memory_order_relaxed);
    // (writer: WSAStartup; pairs with the acquire in Presence::is_started, and makes the table visible)
    ws2::g_shell.started.store(1, std::memory_order_release);
    return 0;
}

int WSACleanup() {
    // From inside a hook or a condition function the caller itself would have to leave first.
    if (ws2::this_thread_record().depth.load(std::memory_order_relaxed) != 0)
        return ws2::fail_with(WSAEINPROGRESS, SOCKET_ERROR);
    const std::lock_guard held(ws2::g_users.lock);
    if (ws2::g_users.count == 0) return ws2::fail_with(WSANOTINITIALISED, SOCKET_ERROR);
    if (ws2::g_users.count == 1) {
        if (const int code = ws2::unload_provider(); code != 0) return ws2::fail_with(code, SOCKET_ERROR);
    }
    --ws2::g_users.count;
    ws2::set_last_error(0);
    return 0;
}
