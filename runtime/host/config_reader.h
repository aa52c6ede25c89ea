// SPDX-License-Identifier: BSD-3-Clause
// Reading one TOML table against the keys it may have: types, bounds, unknown keys, places. Only
// config_file.cc and config_keys.cc use it. The first error wins; after it every call is a no-op. Control
// role.
#pragma once

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/config_file.h"

namespace ringsock {

/// What all readers of one document share.
struct ReadContext {
    std::string source;  ///< File name for messages.
    std::optional<ConfigError> error;
    std::vector<std::string>* keys = nullptr;  ///< Collects "section.key" when not null (config_keys).

    /// Records the first error. `where`: the node it is about, for the line; an override has none.
    void fail(const toml::node* where, const std::string& path, const std::string& what);
};

/// A name and the value it stands for.
template <typename E>
struct Choice {
    const char* name;
    E value;
};

class TableReader {
  public:
    /// `table` may be null: then every key is absent. `path`: "host.0.interface.1"; `section`:
    /// "[[host.interface]]".
    TableReader(ReadContext& context, const toml::table* table, std::string path, std::string section);

    void number(const char* key, std::uint32_t& out, std::uint32_t low, std::uint32_t high);
    void number(const char* key, std::uint16_t& out, std::uint16_t low, std::uint16_t high);
    void flag(const char* key, bool& out);
    void text(const char* key, std::string& out, std::size_t most_bytes);
    /// A list of whole numbers.
    void numbers(const char* key, std::vector<std::uint32_t>& out, std::uint32_t high, std::size_t most);
    /// A text that `take` understands, or is refused with `expected`.
    void parsed(const char* key, const std::function<bool(const std::string&)>& take, const char* expected);
    /// A text or a list of texts, each given to `take`.
    void each_parsed(const char* key, const std::function<bool(const std::string&)>& take,
                     const char* expected, std::size_t most);
    template <typename E>
    void choice(const char* key, E& out, std::span<const Choice<E>> choices) {
        std::string names;
        for (const Choice<E>& c : choices)
            names += (names.empty() ? "\"" : ", \"") + std::string(c.name) + "\"";
        const auto take = [&](const std::string& text) {
            for (const Choice<E>& c : choices)
                if (text == c.name) return out = c.value, true;
            return false;
        };
        parsed(key, take, ("one of " + names).c_str());
    }
    /// A table of the same name; null when absent.
    [[nodiscard]] const toml::table* table(const char* key);
    /// An array of tables; empty when absent.
    [[nodiscard]] std::vector<const toml::table*> tables(const char* key, std::size_t most);

    /// Refuses keys that no call asked for. Last.
    void finish();

    /// An error about a key of this table (or the table itself when `key` is "").
    void fail(const char* key, const std::string& what);
    [[nodiscard]] bool failed() const noexcept { return context_.error.has_value(); }

  private:
    const toml::node* find(const char* key);
    [[nodiscard]] std::string path_of(std::string_view key) const;

    ReadContext& context_;
    const toml::table* table_;
    std::string path_;
    std::string section_;
    std::vector<std::string> known_;
};

/// The word of `words` that takes the fewest insertions, deletions and replacements to become `word`; "" when
/// there are none.
[[nodiscard]] std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

}  // namespace ringsock
