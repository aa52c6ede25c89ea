// SPDX-License-Identifier: BSD-3-Clause
// JSON text, two spaces a level.
#include "tool/json.h"

#include <cmath>
#include <cstdio>

namespace ringsock::bench {

void JsonWriter::value(std::string_view key, std::string_view text) {
    member(key);
    quote(text);
}

void JsonWriter::value(std::string_view key, double number) {
    if (!std::isfinite(number)) return null(key);
    member(key);
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", number);
    text_ += text;
}

void JsonWriter::value(std::string_view key, std::optional<double> number) {
    if (number)
        value(key, *number);
    else
        null(key);
}

void JsonWriter::value(std::string_view key, std::uint64_t number) {
    member(key);
    text_ += std::to_string(number);
}

void JsonWriter::value(std::string_view key, bool truth) {
    member(key);
    text_ += truth ? "true" : "false";
}

void JsonWriter::null(std::string_view key) {
    member(key);
    text_ += "null";
}

void JsonWriter::open(std::string_view key, char bracket) {
    if (depth_ != 0 || !text_.empty()) member(key);
    text_ += bracket;
    ++depth_;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    --depth_;
    if (!first_) text_ += '\n' + std::string(std::size_t{2} * depth_, ' ');
    text_ += bracket;
    first_ = false;
    if (depth_ == 0) text_ += '\n';
}

void JsonWriter::member(std::string_view key) {
    if (!first_) text_ += ',';
    text_ += '\n' + std::string(std::size_t{2} * depth_, ' ');
    first_ = false;
    if (key.empty()) return;
    quote(key);
    text_ += ": ";
}

void JsonWriter::quote(std::string_view text) {
    text_ += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            text_ += escape;
        } else {
            text_ += c;
        }
    }
    text_ += '"';
}

}  // namespace ringsock::bench
