// SPDX-License-Identifier: BSD-3-Clause
// Typed reading of TOML tables, see config_reader.h.
#include "host/config_reader.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace ringsock {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out.push_back('\'');
    out.append(text.data(), text.size());
    out.push_back('\'');
    return out;
}

std::string type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a fraction";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& words) {
    std::string nearest;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string& candidate : words) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

void ReadContext::fail(const toml::node* where, const std::string& path, const std::string& what) {
    if (error) return;
    // What came from an override has no place in the file.
    const auto line = where != nullptr ? where->source().begin.line : 0;
    const std::string place = line != 0 ? source + ":" + std::to_string(line) : "override " + path;
    error = ConfigError{place + ": " + what};
}

TableReader::TableReader(ReadContext& context, const toml::table* table, std::string path,
                         std::string section)
    : context_(context), table_(table), path_(std::move(path)), section_(std::move(section)) {}

std::string TableReader::path_of(std::string_view key) const {
    if (path_.empty()) return std::string(key);
    return key.empty() ? path_ : path_ + "." + std::string(key);
}

const toml::node* TableReader::find(const char* key) {
    known_.emplace_back(key);
    if (failed() || table_ == nullptr) return nullptr;
    return table_->get(key);
}

void TableReader::fail(const char* key, const std::string& what) {
    const toml::node* node = table_ != nullptr && *key != '\0' ? table_->get(key) : nullptr;
    context_.fail(node != nullptr ? node : table_, path_of(key), what);
}

void TableReader::number(const char* key, std::uint32_t& out, std::uint32_t low, std::uint32_t high) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_integer();
    if (value != nullptr && value->get() >= low && value->get() <= high) {
        out = static_cast<std::uint32_t>(value->get());
        return;
    }
    const std::string found = value != nullptr ? std::to_string(value->get()) : type_name(*node);
    fail(key, std::string(key) + " is " + found + ", must be a whole number from " + std::to_string(low) +
                  " to " + std::to_string(high));
}

void TableReader::number(const char* key, std::uint16_t& out, std::uint16_t low, std::uint16_t high) {
    std::uint32_t wide = out;
    number(key, wide, low, high);
    out = static_cast<std::uint16_t>(wide);
}

void TableReader::flag(const char* key, bool& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto* value = node->as_boolean())
        out = value->get();
    else
        fail(key, std::string(key) + " is " + type_name(*node) + ", must be true or false");
}

void TableReader::text(const char* key, std::string& out, std::size_t most_bytes) {
    const auto take = [&](const std::string& value) {
        if (value.size() > most_bytes || value.find('\0') != std::string::npos) return false;
        out = value;
        return true;
    };
    parsed(key, take, ("text of at most " + std::to_string(most_bytes) + " bytes").c_str());
}

void TableReader::numbers(const char* key, std::vector<std::uint32_t>& out, std::uint32_t high,
                          std::size_t most) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    const std::string expected = " must be a list of at most " + std::to_string(most) +
                                 " whole numbers from 0 to " + std::to_string(high);
    if (list == nullptr || list->size() > most) return fail(key, key + expected);
    out.clear();
    for (const toml::node& item : *list) {
        const auto* value = item.as_integer();
        if (value == nullptr || value->get() < 0 || value->get() > high) return fail(key, key + expected);
        out.push_back(static_cast<std::uint32_t>(value->get()));
    }
}

void TableReader::parsed(const char* key, const std::function<bool(const std::string&)>& take,
                         const char* expected) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_string();
    if (value != nullptr && take(value->get())) return;
    const std::string found = value != nullptr ? quoted(value->get()) : type_name(*node);
    fail(key, std::string(key) + " is " + found + ", must be " + expected);
}

void TableReader::each_parsed(const char* key, const std::function<bool(const std::string&)>& take,
                              const char* expected, std::size_t most) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const std::string must =
        ", must be " + std::string(expected) + ", or a list of at most " + std::to_string(most);
    const auto take_one = [&](const toml::node& item) {
        const auto* value = item.as_string();
        if (value != nullptr && take(value->get())) return true;
        fail(key,
             std::string(key) + " has " + (value != nullptr ? quoted(value->get()) : type_name(item)) + must);
        return false;
    };
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        static_cast<void>(take_one(*node));
        return;
    }
    if (list->size() > most)
        return fail(key, std::string(key) + " has " + std::to_string(list->size()) + must);
    for (const toml::node& item : *list)
        if (!take_one(item)) return;
}

const toml::table* TableReader::table(const char* key) {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) fail(key, std::string(key) + " is " + type_name(*node) + ", must be a table");
    return node->as_table();
}

std::vector<const toml::table*> TableReader::tables(const char* key, std::size_t most) {
    std::vector<const toml::table*> found;
    const toml::node* node = find(key);
    if (node == nullptr) return found;
    const toml::array* list = node->as_array();
    const bool fits =
        list != nullptr && list->size() <= most && (list->empty() || list->is_array_of_tables());
    if (!fits) {
        fail(key, std::string(key) + " must be at most " + std::to_string(most) +
                      " tables, each begun by [[" + key + "]] under its full name");
        return found;
    }
    for (const toml::node& item : *list) found.push_back(item.as_table());
    return found;
}

void TableReader::finish() {
    if (context_.keys != nullptr)
        for (const std::string& key : known_) context_.keys->push_back(path_of(key));
    if (failed() || table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
        if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
        const std::string path = path_of(key.str());
        context_.fail(&node, path,
                      "unknown key " + quoted(key.str()) + " in " + section_ + "; the nearest key is " +
                          quoted(nearest_word(key.str(), known_)));
        return;
    }
}

}  // namespace ringsock
