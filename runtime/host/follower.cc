// SPDX-License-Identifier: BSD-3-Clause
#include "host/follower.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

namespace ringsock {
namespace {

/// News come in swarms (an address brings a route, a route its cache): they are let settle before the tables
/// are read, and read no more often than this.
constexpr int kSettleMs = 5;
/// An engine takes requests in every pass; one that has not for so long is gone.
constexpr int kPatienceNaps = 50'000;
constexpr std::chrono::microseconds kNap{100};

}  // namespace

Result<Done, std::string> Follower::open() {
    int error = kernel_.open(table_groups());
    if (error == 0) error = read_tables(kernel_, tables_);
    if (error != 0)
        return Failure{std::string("the kernel's tables cannot be read (netlink): ") + std::strerror(error) +
                       "; leave follow and kernel out of the configuration"};
    return Done{};
}

void Follower::add(const HostConfig& host, std::vector<EnginePort*> ports) {
    followed_.push_back({&host, std::move(ports), {}, false});
    if (auto facts = make_neighborhood(host, tables_); facts.ok())
        followed_.back().known = std::move(facts).value();
}

bool Follower::start() {
    stop_descriptor_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (stop_descriptor_ < 0) return false;
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this] { run(); });
    return true;
}

void Follower::stop() noexcept {
    if (thread_.joinable()) {
        stop_.store(true, std::memory_order_release);
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t put = write(stop_descriptor_, &one, sizeof one);
        thread_.join();
    }
    if (stop_descriptor_ >= 0) close(stop_descriptor_);
    stop_descriptor_ = -1;
}

// The first reading was before the engines ran; whatever came since is in the socket, or in this one.
void Follower::run() noexcept {
    pthread_setname_np(pthread_self(), "ringsock-follow");
    bool is_due = true;
    while (!stop_.load(std::memory_order_acquire)) {
        if (is_due && read_tables(kernel_, tables_) == 0) publish();
        pollfd polled[2] = {{stop_descriptor_, POLLIN, 0}, {kernel_.descriptor(), POLLIN, 0}};
        if (poll(polled, 2, -1) <= 0 || stop_.load(std::memory_order_acquire)) continue;
        (void)poll(polled, 1, kSettleMs);
        is_due = kernel_.drain();
    }
}

void Follower::publish() {
    std::uint32_t left_out = 0;
    for (Followed& followed : followed_) {
        auto facts = make_neighborhood(*followed.host, tables_);
        if (!facts.ok()) continue;  // The configuration was found good at start.
        left_out += facts.value().left_out;
        NeighborhoodFacts& news = facts.value();
        news.value.changes_ways = !have_equal_ways(news.value, followed.known.value);
        const bool has_news = news.value.changes_ways || news.neighbors != followed.known.neighbors;
        if (has_news || !followed.is_told) tell(followed, std::move(news));
    }
    left_out_.store(left_out, std::memory_order_relaxed);
}

void Follower::tell(Followed& followed, NeighborhoodFacts&& facts) {
    followed.known = std::move(facts);
    followed.is_told = true;
    for (EnginePort* port : followed.ports) {
        auto message = std::make_unique<Message>();
        message->facts = followed.known;
        message->facts.value.neighbors = message->facts.neighbors.data();
        if (!send(*port, *message)) abandoned_.push_back(std::move(message));
    }
}

// A running engine takes it in a pass of its own; kick makes an inline one run, or wakes one.
bool Follower::send(EnginePort& port, Message& message) noexcept {
    const auto fill = [&](Request& request) {
        request.op = RequestOp::change_neighborhood;
        request.socket = SocketId{};
        request.neighborhood = {&message.facts.value, &message.done};
    };
    bool pushed = false;
    for (int naps = 0; naps < kPatienceNaps; ++naps) {
        if (!pushed) pushed = port.requests.producer().try_push(fill);
        port.drive->kick(port);
        if (message.done.load(std::memory_order_acquire) != 0) return true;
        if (stop_.load(std::memory_order_acquire)) return !pushed;
        std::this_thread::sleep_for(kNap);
    }
    return !pushed;
}

}  // namespace ringsock
