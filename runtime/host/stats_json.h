// SPDX-License-Identifier: BSD-3-Clause
// The counters of one host as a JSON object. Control role; engines may run meanwhile: figures are a moment
// old.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "nic/nic.h"
#include "steer/steered_io.h"

namespace ringsock {

class StatsWriter {
  public:
    explicit StatsWriter(const std::string& host_name);
    /// All engines of the host, one after the other: their counters are summed.
    void add_engine(const Engine& engine);
    /// Counters of one engine on one interface of several.
    void add_steering(const SteerCounters& counters);
    /// `name`: "host/0". With every counter of the driver, under the driver's name for it ("counters").
    void add_nic(const std::string& name, const Nic& nic);
    /// A JSON array (Captures::as_json).
    void add_captures(const std::string& json);
    /// The whole object; the writer is used up.
    [[nodiscard]] std::string finish();

  private:
    void field(const char* name, std::uint64_t value);
    std::string text_;
    std::string nics_;
    std::vector<std::pair<std::string, std::uint64_t>> fields_;
    std::size_t next_field_ = 0;
    std::uint64_t engines_ = 0;
    SteerCounters steering_;
    std::string captures_ = "[]";
};

}  // namespace ringsock
