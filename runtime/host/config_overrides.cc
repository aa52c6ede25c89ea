// SPDX-License-Identifier: BSD-3-Clause
// Overrides from the command line, see config_overrides.h.
#include "host/config_overrides.h"

#include <charconv>
#include <vector>

namespace ringsock {
namespace {

constexpr std::size_t kMaxDepth = 8;

std::vector<std::string> split_path(const std::string& path) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at <= path.size() && parts.size() <= kMaxDepth) {
        std::size_t dot = path.find('.', at);
        if (dot == std::string::npos) dot = path.size();
        parts.push_back(path.substr(at, dot - at));
        at = dot + 1;
    }
    return parts;
}

bool is_index(const std::string& part, std::size_t& out) {
    const char* const end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, out);
    return !part.empty() && error == std::errc{} && stopped == end;
}

// A value is TOML if it reads as a truth, a number, a list or quoted text. Dates are not among our types, and
// "02:00:00" is the beginning of a MAC rather than two o'clock.
void insert_value(toml::table& into, const std::string& key, const std::string& value) {
    toml::parse_result parsed = toml::parse("v = " + value);
    if (parsed && parsed.table().size() == 1) {
        const toml::node& node = *parsed.table().get("v");
        if (const auto* flag = node.as_boolean()) return void(into.insert_or_assign(key, flag->get()));
        if (const auto* number = node.as_integer()) return void(into.insert_or_assign(key, number->get()));
        if (const auto* text = node.as_string()) return void(into.insert_or_assign(key, text->get()));
        if (const auto* fraction = node.as_floating_point())
            return void(into.insert_or_assign(key, fraction->get()));
        if (const auto* list = node.as_array()) return void(into.insert_or_assign(key, *list));
    }
    into.insert_or_assign(key, value);
}

// The table that `name` (and an index behind it) leads to below `from`; made when it is not there yet.
toml::table* descend(toml::table& from, const std::vector<std::string>& parts, std::size_t& at) {
    const std::string& name = parts[at++];
    std::size_t index = 0;
    const bool indexed = at < parts.size() && is_index(parts[at], index);
    if (!indexed) {
        if (!from.contains(name)) from.insert(name, toml::table{});
        return from.get(name)->as_table();
    }
    ++at;
    if (!from.contains(name)) from.insert(name, toml::array{});
    toml::array* list = from.get(name)->as_array();
    if (list == nullptr || index > list->size()) return nullptr;
    if (index == list->size()) list->push_back(toml::table{});
    return list->get(index)->as_table();
}

}  // namespace

std::optional<ConfigError> apply_override(toml::table& root, const std::string& key_and_value) {
    const auto fail = [&](const std::string& what) {
        return ConfigError{"override '" + key_and_value + "': " + what};
    };
    const std::size_t equals = key_and_value.find('=');
    if (equals == std::string::npos || equals == 0)
        return fail("must be key=value, e.g. engine.drive=dedicated or host.0.interface.0.device=net_tap");
    const std::vector<std::string> parts = split_path(key_and_value.substr(0, equals));
    if (parts.size() > kMaxDepth) return fail("the key has too many parts");
    for (const std::string& part : parts)
        if (part.empty()) return fail("the key has an empty part");
    toml::table* table = &root;
    std::size_t at = 0;
    while (at + 1 < parts.size()) {
        const std::size_t from = at;
        table = descend(*table, parts, at);
        if (table == nullptr)
            return fail("'" + parts[from] +
                        "' does not lead to a table; tables in a list are counted from 0 and the "
                        "next one may be added");
    }
    if (at >= parts.size()) return fail("the key ends with an index; name a key of that table");
    insert_value(*table, parts[at], key_and_value.substr(equals + 1));
    return std::nullopt;
}

}  // namespace ringsock
