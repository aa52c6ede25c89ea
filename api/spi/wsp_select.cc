// SPDX-License-Identifier: BSD-3-Clause
// WSPSelect and the poll extension behind WSAPoll: look at every socket, and if none is ready wait for one.
// Both sets and entries may be of any length; neither allocates. Winsock: WSPSelect, select, WSAPoll pages.
#include <algorithm>
#include <cstdint>

#include "spi/blocking.h"
#include "spi/provider.h"
#include "spi/readiness.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/thread_state.h"
#include "sync/multi_wait.h"
#include "sync/thread_host.h"

namespace ringsock::spi {

namespace {

/// Sockets that a wait sleeps on at once; with more it sleeps in short naps.
constexpr std::uint32_t kMaxWatched = sync::kMaxSleepWords;
constexpr Micros kShortNap{1000};

/// The cells a poller waits on: held against recycling, and told that somebody sleeps.
class Watched {
  public:
    Watched() noexcept : thread_(this_thread()), outer_(thread_.parked.load(std::memory_order_relaxed)) {
        if (outer_ == nullptr) thread_.cancelled.store(0, std::memory_order_relaxed);
    }
    ~Watched() {
        thread_.parked.store(outer_, std::memory_order_release);
        for (std::uint32_t i = 0; i < count_; ++i) {
            if (is_declared_) cells_[i]->app.sleepers.fetch_sub(1, std::memory_order_relaxed);
            std::atomic_ref(cells_[i]->app.holds).fetch_sub(1, std::memory_order_release);
        }
    }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    /// Under the cell's lock.
    void add(SocketCell& cell) noexcept {
        add_one(cell);
        for_each_sibling(cell, [this](EnginePort&, SocketCell& sibling) { add_one(sibling); });
    }
    void add_one(SocketCell& cell) noexcept {
        if (count_ == kMaxWatched) {
            is_cut_ = true;
            return;
        }
        std::atomic_ref(cell.app.holds).fetch_add(1, std::memory_order_relaxed);
        cells_[count_] = &cell;
        words_[count_++] = &cell.names.wake_sequence;
        if (count_ == 1) thread_.parked.store(&cell, std::memory_order_release);
    }
    /// Whether WSPCancelBlockingCall ended this wait.
    [[nodiscard]] bool is_cancelled() const noexcept {
        return thread_.cancelled.load(std::memory_order_acquire) != 0;
    }
    void declare() noexcept {
        if (is_declared_) return;
        is_declared_ = true;
        for (std::uint32_t i = 0; i < count_; ++i)
            cells_[i]->app.sleepers.fetch_add(1, std::memory_order_seq_cst);
    }
    void observe() noexcept {
        for (std::uint32_t i = 0; i < count_; ++i) seen_[i] = words_[i]->load(std::memory_order_acquire);
    }
    void step(Instant deadline, sync::WaitProgress& progress) noexcept {
        if (is_cut_) deadline = std::min(deadline, sync::wait_clock_now() + kShortNap);
        sync::multi_wait_step(count_, words_, seen_, deadline, progress);
    }

  private:
    ThreadState& thread_;
    SocketCell* const outer_;
    SocketCell* cells_[kMaxWatched];
    std::atomic<std::uint32_t>* words_[kMaxWatched];
    std::uint32_t seen_[kMaxWatched];
    std::uint32_t count_ = 0;
    bool is_declared_ = false;
    bool is_cut_ = false;
};

void help_own_engines() noexcept {
    sync::for_each_own_engine([](EnginePort& port) { port.drive->help(port); });
}

/// Ends of a look that finds no number of sockets.
constexpr int kNotSocket = -1;
constexpr int kCancelled = -2;

/// Waits until `look()` finds something (positive), fails (kNotSocket), the wait is cancelled, or time is up
/// (0). `watch_all(Watched&)` adds the sockets. `timeout_us` negative: for ever.
template <typename Look, typename WatchAll>
int wait_for_level(std::int64_t timeout_us, Look&& look, WatchAll&& watch_all) noexcept {
    help_own_engines();
    if (const int found = look(); found != 0 || timeout_us == 0) return found;
    const Instant deadline = timeout_us < 0 ? Instant::never() : sync::wait_clock_now() + Micros{timeout_us};
    Watched watched;
    watch_all(watched);
    watched.declare();
    for (sync::WaitProgress progress;;) {  // Bounded by the deadline, or by a socket.
        watched.observe();
        if (const int found = look(); found != 0) return found;
        if (watched.is_cancelled()) return kCancelled;
        if (!deadline.is_never() && sync::wait_clock_now() >= deadline) return 0;
        watched.step(deadline, progress);
    }
}

// ---- select ----

using Pick = bool Level::*;

/// Looks at one set: counts what is ready, and with `keep` leaves only that in the set. kNotSocket: a member
/// is none.
int look_at_set(ws2_fd_set* set, Pick pick, bool keep) noexcept {
    if (set == nullptr) return 0;
    UINT kept = 0;
    int ready = 0;
    for (UINT i = 0; i < set->fd_count; ++i) {
        int ignored = 0;
        SocketCall call(set->fd_array[i], &ignored);
        // Closed by another thread between the looks: not ready. At the first look it is the caller's
        // mistake.
        if (!call && !keep) return kNotSocket;
        if (!call || !(level_of(call.port(), call.cell()).*pick)) continue;
        ++ready;
        if (keep) set->fd_array[kept++] = set->fd_array[i];
    }
    if (keep) set->fd_count = kept;
    return ready;
}

void watch_set(const ws2_fd_set* set, Watched& watched) noexcept {
    if (set == nullptr) return;
    for (UINT i = 0; i < set->fd_count; ++i) {
        int ignored = 0;
        SocketCall call(set->fd_array[i], &ignored);
        if (call) watched.add(call.cell());
    }
}

struct Sets {
    ws2_fd_set* read;
    ws2_fd_set* write;
    ws2_fd_set* except;

    [[nodiscard]] int look(bool keep) const noexcept {
        const int readable = look_at_set(read, &Level::read, keep);
        const int writable = look_at_set(write, &Level::write, keep);
        const int excepted = look_at_set(except, &Level::except, keep);
        if (readable < 0 || writable < 0 || excepted < 0) return kNotSocket;
        return readable + writable + excepted;
    }
    [[nodiscard]] std::uint64_t members() const noexcept {
        std::uint64_t count = 0;
        for (const ws2_fd_set* set : {read, write, except}) count += set != nullptr ? set->fd_count : 0;
        return count;
    }
};

}  // namespace

int wsp_select(int, ws2_fd_set* read, ws2_fd_set* write, ws2_fd_set* except, const timeval* timeout,
               LPINT error) noexcept {
    const Sets sets{read, write, except};
    std::int64_t timeout_us = -1;
    if (timeout != nullptr) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
            *error = WSAEINVAL;
            return SOCKET_ERROR;
        }
        timeout_us = std::min<std::int64_t>(timeout->tv_sec, INT32_MAX) * 1'000'000 + timeout->tv_usec;
    }
    if (sets.members() == 0) {
        *error = WSAEINVAL;
        return SOCKET_ERROR;
    }
    const int found = wait_for_level(
        timeout_us, [&] { return sets.look(false); },
        [&](Watched& watched) {
            watch_set(read, watched);
            watch_set(write, watched);
            watch_set(except, watched);
        });
    if (found < 0) {
        *error = found == kCancelled ? WSAEINTR : WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    return sets.look(true);
}

// ---- poll ----

namespace {

constexpr SHORT kPollable = WS_POLLRDNORM | WS_POLLRDBAND | WS_POLLWRNORM;

SHORT conditions_of(const Level& level, SHORT wanted) noexcept {
    // Windows 10 2004 and later: a failed connect is all three of these.
    if (level.except) return static_cast<SHORT>(WS_POLLHUP | WS_POLLERR | (wanted & WS_POLLWRNORM));
    int found = 0;
    if (level.read) found |= wanted & WS_POLLRDNORM;
    if (level.write) found |= wanted & WS_POLLWRNORM;
    if (level.is_over) found |= WS_POLLHUP;
    if (level.is_broken) found |= WS_POLLERR;
    return static_cast<SHORT>(found);
}

/// Fills revents; returns how many entries have a condition, WS_POLLNVAL not counted. kNotSocket: no entry is
/// one.
int look_at_entries(WSAPOLLFD* entries, ULONG count) noexcept {
    int ready = 0;
    bool any_socket = false;
    for (ULONG i = 0; i < count; ++i) {
        int ignored = 0;
        SocketCall call(entries[i].fd, &ignored);
        if (!call) {
            entries[i].revents = WS_POLLNVAL;
            continue;
        }
        any_socket = true;
        entries[i].revents = conditions_of(level_of(call.port(), call.cell()), entries[i].events);
        if (entries[i].revents != 0) ++ready;
    }
    return any_socket ? ready : kNotSocket;
}

}  // namespace

int poll_sockets(WSAPOLLFD* entries, ULONG count, INT timeout_ms, LPINT error) noexcept {
    int code = entries == nullptr ? WSAEFAULT : count == 0 ? WSAEINVAL : 0;
    for (ULONG i = 0; code == 0 && i < count; ++i)
        if ((entries[i].events & ~kPollable) != 0) code = WSAEINVAL;
    if (code != 0) {
        *error = code;
        return SOCKET_ERROR;
    }
    const std::int64_t timeout_us = timeout_ms < 0 ? -1 : std::int64_t{timeout_ms} * 1000;
    const int found = wait_for_level(
        timeout_us, [&] { return look_at_entries(entries, count); },
        [&](Watched& watched) {
            for (ULONG i = 0; i < count; ++i) {
                int ignored = 0;
                SocketCall call(entries[i].fd, &ignored);
                if (call) watched.add(call.cell());
            }
        });
    if (found == kCancelled) {
        *error = WSAEINTR;
        return SOCKET_ERROR;
    }
    return std::max(found, 0);  // Nothing but invalid entries: nothing to wait for.
}

}  // namespace ringsock::spi
