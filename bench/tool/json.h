// SPDX-License-Identifier: BSD-3-Clause
// Writes JSON in the order in which it is told. No document tree: the reports know their shape.
#ifndef RINGSOCK_BENCH_JSON_H
#define RINGSOCK_BENCH_JSON_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringsock::bench {

class JsonWriter {
  public:
    void begin_object(std::string_view key = {}) { open(key, '{'); }
    void end_object() { close('}'); }
    void begin_array(std::string_view key = {}) { open(key, '['); }
    void end_array() { close(']'); }
    void value(std::string_view key, std::string_view text);
    void value(std::string_view key, const char* text) { value(key, std::string_view(text)); }
    /// Not a number and infinity become null. Rounded to nine significant digits.
    void value(std::string_view key, double number);
    void value(std::string_view key, std::optional<double> number);
    void value(std::string_view key, std::uint64_t number);
    void value(std::string_view key, unsigned number) { value(key, std::uint64_t{number}); }
    void value(std::string_view key, bool truth);
    void null(std::string_view key);
    /// An element of an array.
    void element(double number) { value({}, number); }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    void open(std::string_view key, char bracket);
    void close(char bracket);
    void member(std::string_view key);
    void quote(std::string_view text);

    std::string text_;
    unsigned depth_ = 0;
    bool first_ = true;
};

}  // namespace ringsock::bench
#endif
