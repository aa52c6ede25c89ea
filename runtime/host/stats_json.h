// SPDX-License-Identifier: BSD-3-Clause
// The counters of one host as a JSON object. Control role; engines may run meanwhile: figures are a moment
// old.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "kernel/tap_thread.h"
#include "nic/nic.h"
#include "steer/steered_io.h"

namespace ringsock {

class StatsWriter {
  public:
    explicit StatsWriter(const std::string& host_name);
    /// All engines of the host, one after the other: their counters are summed, and a few told apart
    /// ("each_engine").
    void add_engine(const Engine& engine);
    /// Counters of the engine added last, on one interface of several.
    void add_steering(const SteerCounters& counters);
    /// `name`: "host/0". With every counter of the driver, under the driver's name for it ("counters").
    void add_nic(const std::string& name, const Nic& nic);
    /// Of one port's exception path; several are summed.
    void add_kernel(const TapCounters& counters);
    /// Addresses and routes of the kernel that found no room in the tables.
    void add_left_out(std::uint32_t count) { left_out_ = count; }
    /// A JSON array (Captures::as_json).
    void add_captures(const std::string& json);
    /// The whole object; the writer is used up.
    [[nodiscard]] std::string finish();

  private:
    void field(const char* name, std::uint64_t value);
    void finish_shares();
    std::string text_;
    std::string nics_;
    std::vector<std::pair<std::string, std::uint64_t>> fields_;
    std::size_t next_field_ = 0;
    /// What shows how work is spread over engines.
    struct Share {
        std::uint64_t connections = 0, active_opens = 0, passive_opens = 0, rx_frames = 0, tx_frames = 0;
        SteerCounters steering;
    };
    std::vector<Share> shares_;
    TapCounters kernel_;
    std::uint32_t left_out_ = 0;
    std::string captures_ = "[]";
};

}  // namespace ringsock
