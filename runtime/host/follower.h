// SPDX-License-Identifier: BSD-3-Clause
// Follower: a thread that listens to the kernel's tables and hands what has changed to the engines of the
// hosts that follow them. Control role; the thread is its own.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/doorbell.h"
#include "base/result.h"
#include "host/config.h"
#include "host/neighborhoods.h"
#include "kernel/netlink.h"
#include "kernel/tables.h"
#include "ring/engine_port.h"

namespace ringsock {

class Follower {
  public:
    ~Follower() { stop(); }

    /// Opens the socket and reads the tables a first time. The error is one line with the cure.
    [[nodiscard]] Result<Done, std::string> open();
    [[nodiscard]] const KernelTables& tables() const noexcept { return tables_; }
    /// From the start on `ports` are told; they have what make_neighborhood() said of tables(). Before
    /// start(); `host` is borrowed.
    void add(const HostConfig& host, std::vector<EnginePort*> ports);
    [[nodiscard]] bool start();
    /// The engines still run, or were never started.
    void stop() noexcept;

    /// Addresses and routes of the kernel that found no room in a host's tables. Any thread.
    [[nodiscard]] std::uint32_t left_out() const noexcept {
        return left_out_.load(std::memory_order_relaxed);
    }

  private:
    struct Followed {
        const HostConfig* host = nullptr;
        std::vector<EnginePort*> ports;
        NeighborhoodFacts known;  ///< What the engines have.
        bool is_told = false;
    };
    /// What an engine may still look at.
    struct Message {
        NeighborhoodFacts facts;
        std::atomic<std::uint32_t> done{0};
    };
    void run() noexcept;
    void publish();
    void tell(Followed& followed, NeighborhoodFacts&& facts);
    [[nodiscard]] bool send(EnginePort& port, Message& message) noexcept;

    Netlink kernel_;
    KernelTables tables_;
    std::vector<Followed> followed_;
    /// Messages to engines that did not answer; kept until there are no engines.
    std::vector<std::unique_ptr<Message>> abandoned_;
    std::atomic<std::uint32_t> left_out_{0};
    int stop_descriptor_ = -1;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace ringsock
