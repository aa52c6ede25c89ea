// SPDX-License-Identifier: BSD-3-Clause
// EnginePort: everything of one engine that application threads may touch, and Drive: who runs the engine.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/address.h"
#include "base/instant.h"
#include "base/reserved_memory.h"
#include "ring/mpsc_ring.h"
#include "ring/packet_exchange.h"
#include "ring/request.h"
#include "ring/socket_cell.h"
#include "ring/spsc_ring.h"

namespace ringsock {

struct EnginePort;

/// How an engine is driven (D1). One object per engine, or one for several that share a thread.
class Drive {
  public:
    virtual ~Drive() = default;
    /// After a push: inline runs a short pass (requests and transmit) if nobody else drives; dedicated wakes
    /// the engine's thread if it sleeps. Any application thread, never while it holds a cell's
    /// lock that the pass could need (the engine takes none).
    virtual void kick(EnginePort& port) noexcept = 0;
    /// From a call that polls: inline runs one full pass if nobody else drives; dedicated does nothing.
    virtual void help(EnginePort& port) noexcept = 0;
    /// One step of waiting inside a blocking call: inline drives (or naps when somebody else does), dedicated
    /// spins, then sleeps at most until `word` changes from `seen` or `deadline` passes (Instant of now());
    /// in simulation virtual time of all hosts advances by one step. Returns after at most one nap: the
    /// caller loops over its condition. `iteration` counts its calls since the wait began (spin first, then
    /// nap). Before a nap the caller must have declared itself in the `sleepers` that belong to `word`.
    virtual void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen,
                           Instant deadline, std::uint32_t iteration) noexcept = 0;
    /// The clock that deadlines of blocking calls are in.
    [[nodiscard]] virtual Instant now() noexcept = 0;
    /// wait_step never naps while `iteration` is below this: so long a caller need not be a declared sleeper,
    /// and the engine pays for no wake of a thread that is awake. WaitPace gets there.
    [[nodiscard]] virtual std::uint32_t spin_steps() const noexcept { return 0; }
    /// How long a wait spins before it naps, where spin_steps() is not 0.
    [[nodiscard]] virtual Micros spin_span() const noexcept { return Micros{0}; }
    /// Sleeps until one of the words changes from what was seen of it or the deadline passes, and sees to the
    /// engine of `port` meanwhile; may return early. The caller has declared itself in all of them. False,
    /// at once: not a drive that can (simulation); then wait_step, with deadlines near enough for the words
    /// that it is not given.
    [[nodiscard]] virtual bool sleep_on_words(EnginePort& port, std::uint32_t count,
                                              std::atomic<std::uint32_t>* const* words,
                                              const std::uint32_t* seen, Instant deadline) noexcept {
        (void)port, (void)count, (void)words, (void)seen, (void)deadline;
        return false;
    }
};

/// Numbers the steps of one wait: those of the drive's spin span are below its spin_steps().
class WaitPace {
  public:
    explicit WaitPace(Drive* drive) noexcept : drive_(drive) {}
    /// The number of the step that comes now; every eighth call reads the clock while it spins.
    [[nodiscard]] std::uint32_t next() noexcept {
        if (step_ == 0) spin_steps_ = drive_->spin_steps();
        if (step_ < spin_steps_ && step_ % kStepsPerLook == 0 && is_over()) step_ = spin_steps_;
        return step_++;
    }
    /// The wait begins anew.
    void restart() noexcept { step_ = 0; }

  private:
    static constexpr std::uint32_t kStepsPerLook = 8;
    [[nodiscard]] bool is_over() noexcept {
        const Instant now = drive_->now();
        if (step_ == 0) end_ = now + drive_->spin_span();
        return now >= end_;
    }
    Drive* drive_;
    std::uint32_t spin_steps_ = 0;
    std::uint32_t step_ = 0;
    Instant end_;
};

/// Application threads that may send through one engine at the same time.
inline constexpr std::uint32_t kMaxExchanges = 128;

struct EnginePort {
    EnginePort(std::uint32_t request_slots, std::uint32_t cells_wanted)
        : requests(request_slots),
          cell_memory(std::size_t{cells_wanted} * sizeof(SocketCell)),
          cells(static_cast<SocketCell*>(cell_memory.data())),
          cell_count(cells_wanted),
          fresh_cells(1024),
          attention(std::make_unique<std::atomic<std::uint64_t>[]>((cells_wanted + 63) / 64)) {}

    MpscRing<Request> requests;
    ReservedMemory cell_memory;  ///< Zero pages, touched on use (D7).
    SocketCell* cells;           ///< `cell_count` cells; index = SocketId::index.
    const std::uint32_t cell_count;
    /// Free cells issued to the application (engine pushes; application pops under `fresh_lock`). An issued
    /// cell is zero but for generation (even).
    SpscRing<std::uint32_t> fresh_cells;
    std::atomic<std::uint8_t> fresh_lock{0};
    std::atomic<std::uint32_t> out_of_cells{
        0};  ///< 1: the last time the engine wanted to issue cells it had none.
    /// One bit per cell whose close (AppWritten::closing says so) or consumption found the request ring full;
    /// `attention_any` says that one is set.
    std::unique_ptr<std::atomic<std::uint64_t>[]> attention;
    std::atomic<std::uint32_t> attention_any{0};
    std::unique_ptr<PacketExchange> exchanges[kMaxExchanges];  ///< Created by the application on first use,
                                                               ///< before the credit request that names it.
    Drive* drive = nullptr;
    std::uint16_t index = 0;  ///< Of this port in the process: SocketCell::Fixed::engine.
    std::uint32_t default_send_buffer_bytes = 256 * 1024;
    std::uint32_t default_receive_buffer_bytes = 256 * 1024;
    SocketOptions default_options;  ///< Of new sockets.
    /// Largest UDP payload sent without fragmentation. (writer: engine)
    std::atomic<std::uint32_t> max_datagram_bytes{1472};

    /// Networks of ours: datagrams to their broadcast addresses need SO_BROADCAST. Mask above network, each
    /// whole; a change that is under way may show old and new ones together. (writer: engine)
    static constexpr std::uint32_t kMaxSubnets = 32;
    std::array<std::atomic<std::uint64_t>, kMaxSubnets> subnets{};
    std::atomic<std::uint32_t> subnet_count{0};
    void set_subnet(std::uint32_t at, std::uint32_t mask, std::uint32_t network) noexcept {
        if (at < kMaxSubnets)
            subnets[at].store(std::uint64_t{mask} << 32 | network, std::memory_order_relaxed);
    }
    void set_subnet_count(std::uint32_t count) noexcept {
        subnet_count.store(count < kMaxSubnets ? count : kMaxSubnets, std::memory_order_release);
    }
    [[nodiscard]] bool is_subnet_broadcast(Ipv4 address) const noexcept {
        const std::uint32_t count = subnet_count.load(std::memory_order_acquire);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint64_t subnet = subnets[i].load(std::memory_order_relaxed);
            const auto mask = static_cast<std::uint32_t>(subnet >> 32);
            const std::uint32_t host = address.value & ~mask;
            if ((address.value & mask) == static_cast<std::uint32_t>(subnet) && (host == 0 || host == ~mask))
                return true;
        }
        return false;
    }

    [[nodiscard]] SocketCell& cell(std::uint32_t i) noexcept { return cells[i]; }
    /// Sets a cell's attention bit: never refused. For whoever finds the ring full.
    void raise_attention(std::uint32_t cell_index) noexcept {
        // (writers: application and engine; the engine's exchanges acquire what was stored before)
        attention[cell_index / 64].fetch_or(std::uint64_t{1} << (cell_index % 64), std::memory_order_release);
        attention_any.store(1, std::memory_order_release);
    }
    /// The cell an id names, or nullptr when the id is stale.
    [[nodiscard]] SocketCell* find(SocketId id) noexcept {
        if (id.index >= cell_count) return nullptr;
        SocketCell& c = cells[id.index];
        return c.fixed.generation.load(std::memory_order_acquire) == id.generation ? &c : nullptr;
    }
};

/// The hosts of the process as the API sees them (D12). Filled by runtime/host or runtime/sim at start.
struct HostPort {
    const char* name = nullptr;
    std::uint32_t engine_count = 0;
    EnginePort* engines[64] = {};
};

}  // namespace ringsock
