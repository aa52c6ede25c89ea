// SPDX-License-Identifier: BSD-3-Clause
// The port that comes and goes with its peer, see peer_keeper.h.
#include "nic/dpdk/peer_keeper.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>

#include "nic/dpdk/device_checks.h"
#include "nic/dpdk/dpdk_nic.h"

namespace ringsock::dpdk {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWatch{20};       // between looks at a link that is up
constexpr milliseconds kRetry{100};      // between tries to reach the peer
constexpr milliseconds kHandshake{300};  // for the peer to answer once it was reached
constexpr milliseconds kLook{2};

}  // namespace

PeerKeeper::PeerKeeper(const NicConfig& config, const DeviceRequest& device, const PortSizes& sizes,
                       std::vector<rte_mempool*> receive_pools)
    : config_(config), device_(device), sizes_(sizes), receive_pools_(std::move(receive_pools)) {}

PeerKeeper::~PeerKeeper() {
    {
        const std::lock_guard guard(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard guard(control_mutex());
    { const EthPort closing = std::move(port_); }
}

std::optional<NicError> PeerKeeper::begin() {
    // Absent, or there and busy with somebody else: worth waiting for. Everything else is not.
    auto error = why_no_peer(device_).empty() ? make_port() : std::nullopt;
    if (error && error->kind != NicErrorKind::link_down && why_no_peer(device_).empty()) return error;
    // The application's signals are the application's business.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;
}

std::string PeerKeeper::problem() const {
    const std::string nobody = why_no_peer(device_);
    const std::lock_guard guard(mutex_);
    return "link down: " + (nobody.empty() ? "no connection yet: " + last_error_ : nobody) +
           "; start the other side, it is looked for ten times a second";
}

void PeerKeeper::run() {
    pthread_setname_np(pthread_self(), "ringsock-peer");
    while (!sleep_or_stop(is_connected() ? kWatch : kRetry)) step();
}

void PeerKeeper::step() {
    if (is_connected()) {
        if (port_.driver_says_link_up()) return;
        const std::uint32_t closed = gate_.epoch.load(std::memory_order_relaxed) + 1;
        gate_.epoch.store(closed, std::memory_order_release);
        while (!all_queues_saw(closed))
            if (sleep_or_stop(kLook)) return;
        const std::lock_guard guard(control_mutex());
        gate_.port = kNoPort;
        const EthPort closing = std::move(port_);
        return;
    }
    if (!why_no_peer(device_).empty()) return;
    const std::lock_guard guard(control_mutex());
    auto error = make_port();
    const std::lock_guard mine(mutex_);
    last_error_ = error ? error->message : "";
}

// With the queues outside: makes the port and, when the peer answers, lets them in.
std::optional<NicError> PeerKeeper::make_port() {
    auto port = EthPort::attach(config_, device_);
    if (!port.ok()) return port.error();
    EthPort made = std::move(port).value();
    auto planned = made.plan_sizes(config_, sizes_.mtu, device_);
    if (!planned.ok()) return planned.error();
    const PortSizes sizes = planned.value();
    if (sizes.queues != sizes_.queues)  // QueueIos beyond them would be in nobody's port
        return error_at(config_, NicErrorKind::bad_argument,
                        "the device has " + std::to_string(sizes.queues) + " queues, not " +
                            std::to_string(sizes_.queues) +
                            "; configure queues = " + std::to_string(sizes.queues));
    if (sizes.mtu != sizes_.mtu)
        return error_at(config_, NicErrorKind::bad_argument,
                        "the other side takes an mtu of " + std::to_string(sizes.mtu) + ", not " +
                            std::to_string(sizes_.mtu) + "; configure that");
    if (auto error = made.start(config_, sizes, receive_pools_)) return error;
    port_ = std::move(made);
    if (!link_comes()) {
        const EthPort closing = std::move(port_);
        return error_at(config_, NicErrorKind::link_down,
                        "the other side does not answer; it needs the same queues, id and secret");
    }
    gate_.port = port_.id();
    gate_.epoch.store(gate_.epoch.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    return std::nullopt;
}

bool PeerKeeper::link_comes() const {
    for (milliseconds waited{0}; waited < kHandshake; waited += kLook) {
        if (port_.driver_says_link_up()) return true;
        std::this_thread::sleep_for(kLook);
    }
    return false;
}

bool PeerKeeper::all_queues_saw(std::uint32_t epoch) const noexcept {
    for (std::size_t queue = 0; queue < receive_pools_.size(); ++queue)
        if (gate_.seen[queue].epoch.load(std::memory_order_acquire) != epoch) return false;
    return true;
}

bool PeerKeeper::sleep_or_stop(milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stop_; });
}

}  // namespace ringsock::dpdk
