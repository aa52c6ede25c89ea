// SPDX-License-Identifier: BSD-3-Clause
// The counters of one host as a JSON object. Control role; engines may run meanwhile: figures are a moment
// old.
#pragma once

#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "nic/nic.h"

namespace ringsock {

class StatsWriter {
  public:
    explicit StatsWriter(const std::string& host_name);
    void add_engine(const Engine& engine);
    void add_nic(const Nic& nic);
    /// The whole object; the writer is used up.
    [[nodiscard]] std::string finish();

  private:
    void field(const char* name, std::uint64_t value);
    std::string text_;
    std::string nics_;
};

}  // namespace ringsock
