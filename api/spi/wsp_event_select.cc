// SPDX-License-Identifier: BSD-3-Clause
// WSPEventSelect and WSPEnumNetworkEvents. The engine counts edges; the application keeps its last-seen
// copies, so a recorded event is "the counts differ", and no bit is ever cleared by two sides. Events that
// occur while they are not selected stay recorded until they are, and selecting again repeats nothing (both
// as Windows does). Winsock: WSPEventSelect, WSPEnumNetworkEvents pages.
#include <atomic>

#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"
#include "sync/event.h"

namespace ringsock::spi {

namespace {

constexpr std::uint8_t kAllEdges = (1u << kEdgeCount) - 1;
// FD_* bits and edge bits are the same numbers, so that neither call translates.
static_assert(FD_READ == 1 << static_cast<int>(Edge::read) && FD_WRITE == 1 << static_cast<int>(Edge::write));
static_assert(FD_OOB == 1 << static_cast<int>(Edge::oob) && FD_ACCEPT == 1 << static_cast<int>(Edge::accept));
static_assert(FD_CONNECT == 1 << static_cast<int>(Edge::connect) &&
              FD_CLOSE == 1 << static_cast<int>(Edge::close));

/// Recorded events among `edges`, as edge bits.
std::uint8_t recorded(const SocketCell& cell, std::uint8_t edges) noexcept {
    unsigned found = cell.app.rerecord.load(std::memory_order_relaxed) & edges;
    for (unsigned left = edges; left != 0; left &= left - 1) {
        const auto i = static_cast<unsigned>(__builtin_ctz(left));
        const bool is_new = cell.engine.edges[i].load(std::memory_order_acquire) !=
                            cell.fixed.seen_edges[i].load(std::memory_order_relaxed);
        found |= is_new ? 1u << i : 0u;
    }
    return static_cast<std::uint8_t>(found);
}

/// Whether the engine never heard of the socket, so that it records nothing at this moment.
bool is_unknown_to_engine(const SocketCell& cell) noexcept {
    return phase_of(cell) == Phase::open && cell.app.attempt.load(std::memory_order_relaxed) == 0;
}

/// The usual answer to a program whose sockets share an event: nothing happened to this one. Looked at
/// without the lock, as if the call had come a moment earlier.
bool is_quiet(const SocketCell& cell, SOCKET s) noexcept {
    return cell.fixed.handle.load(std::memory_order_relaxed) == s && cell.fixed.siblings == nullptr &&
           recorded(cell, cell.app.armed.load(std::memory_order_relaxed)) == 0;
}

/// Error code that goes with a recorded event.
int code_of(const SocketCell& cell, Edge edge) noexcept {
    if (edge == Edge::connect) {
        // A datagram's connect is recorded by the application itself, and only when it succeeded.
        if (!is_stream(cell)) return 0;
        return wsa_of(outcome_error(cell.engine.outcome.load(std::memory_order_acquire)));
    }
    const std::uint32_t readiness = cell.engine.readiness.load(std::memory_order_acquire);
    if ((readiness & kReadyNetDown) != 0) return WSAENETDOWN;
    if (edge == Edge::close && (readiness & kReadyReset) != 0) {
        return wsa_of_close_event(
            static_cast<ConnError>(cell.names.broken_error.load(std::memory_order_acquire)));
    }
    return 0;
}

}  // namespace

void select_events(SocketCell& cell, EventCell* event, std::uint8_t edges, bool engine_may_record) noexcept {
    set_flag(cell, kFlagAssociated);
    cell.app.blocking = 0;
    if (cell.app.event.load(std::memory_order_relaxed) != event) {
        cell.app.armed.store(0, std::memory_order_relaxed);
        cell.app.event.store(event, std::memory_order_release);
    }
    // (writer: application; pairs with the engine's fence between its edge and its look at the mask)
    cell.app.armed.store(edges, std::memory_order_release);
    if (engine_may_record) std::atomic_thread_fence(std::memory_order_seq_cst);
    if (recorded(cell, edges) != 0) event->set();
}

int wsp_event_select(SOCKET s, WSAEVENT event, LONG events, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    SocketCell& cell = call.cell();
    if ((events & ~FD_ALL_EVENTS) != 0) return call.fail(WSAEINVAL);
    if (events == 0) {  // Cancels; the event is ignored. The socket stays non-blocking.
        cell.app.armed.store(0, std::memory_order_relaxed);
        cell.app.event.store(nullptr, std::memory_order_relaxed);
        clear_flag(cell, kFlagAssociated);
        cell.app.blocking = 0;
        share_selection(cell);
        return 0;
    }
    EventCell* const target = sync::find_event(event);
    if (target == nullptr) return call.fail(WSAEINVAL);
    select_events(cell, target, static_cast<std::uint8_t>(events & kAllEdges), !is_unknown_to_engine(cell));
    share_selection(cell);
    return 0;
}

namespace {

/// Copies what is recorded to `events`, and takes notice of it. Under the lock.
void report(SocketCell& cell, WSANETWORKEVENTS& events) noexcept {
    const std::uint8_t edges = cell.app.armed.load(std::memory_order_relaxed);
    const std::uint8_t again = cell.app.rerecord.load(std::memory_order_relaxed);
    unsigned reported = 0;
    for (unsigned left = edges; left != 0; left &= left - 1) {
        const auto i = static_cast<unsigned>(__builtin_ctz(left));
        const std::uint32_t count = cell.engine.edges[i].load(std::memory_order_acquire);
        if (count == cell.fixed.seen_edges[i].load(std::memory_order_relaxed) && (again >> i & 1) == 0)
            continue;
        cell.fixed.seen_edges[i].store(count, std::memory_order_relaxed);
        reported |= 1u << i;
        events.iErrorCode[i] = code_of(cell, static_cast<Edge>(i));
    }
    for_each_sibling(cell, [&](EnginePort&, SocketCell& sibling) {
        for (unsigned left = recorded(sibling, edges); left != 0; left &= left - 1) {
            const auto i = static_cast<unsigned>(__builtin_ctz(left));
            see_edge(sibling, static_cast<Edge>(i));
            if ((reported >> i & 1) == 0) events.iErrorCode[i] = code_of(sibling, static_cast<Edge>(i));
            reported |= 1u << i;
        }
        forget_rerecorded(sibling, edges);
    });
    forget_rerecorded(cell, reported);
    if ((reported & FD_WRITE) != 0) cell.app.want_write.store(0, std::memory_order_relaxed);
    settle(cell);
    events.lNetworkEvents = static_cast<LONG>(reported);
}

/// The call when something is recorded, or the event is to be reset: with the lock, and out of line so that
/// the usual answer saves no registers.
[[gnu::noinline]] int enumerate_locked(SOCKET s, SocketCell* found, WSAEVENT event, LPWSANETWORKEVENTS events,
                                       LPINT error) noexcept {
    SocketCall call(s, found, error);
    if (!call) return SOCKET_ERROR;
    if (events == nullptr) return call.fail(WSAEFAULT);
    if (event != nullptr) {
        EventCell* const target = sync::find_event(event);
        if (target == nullptr) return call.fail(WSAEINVAL);
        // Reset first: whatever the engine records after the fence below signals the event again.
        target->state.store(0, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    report(call.cell(), *events);
    return 0;
}

}  // namespace

int wsp_enum_network_events(SOCKET s, WSAEVENT event, LPWSANETWORKEVENTS events, LPINT error) noexcept {
    SocketCell* const found = find_cell(s);
    if (found == nullptr || event != nullptr || events == nullptr || !is_quiet(*found, s)) {
        return enumerate_locked(s, found, event, events, error);
    }
    events->lNetworkEvents = 0;
    return 0;
}

}  // namespace ringsock::spi
