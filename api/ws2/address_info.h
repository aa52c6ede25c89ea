// SPDX-License-Identifier: BSD-3-Clause
// What the four forms of GetAddrInfo share: the answer as values, before it becomes a list of one of four
// shapes.
#pragma once

#include <ringsock/ws2.h>

#include <string>
#include <vector>

#include "ws2/address_parse.h"

namespace ringsock::ws2 {

/// The hints, whatever their shape; absent: all zero.
struct AddressHints {
    int flags = 0;
    int family = WS_AF_UNSPEC;
    int type = 0;
    int protocol = 0;
    bool has_other_fields = false;  ///< A field that must be 0 is not.
};

/// One entry of the answer.
struct AddressEntry {
    ParsedAddress address;
    std::uint16_t port = 0;
    int type = 0;
    int protocol = 0;
};
struct AddressAnswer {
    std::vector<AddressEntry> entries;
    std::string canonical_name;  ///< Of the first entry; "" when not asked for.
};

/// Resolves; 0 or a WS_EAI_* or WSA code. Either text may be null. Blocks for names that are not numeric.
[[nodiscard]] int find_addresses(const char* node, const char* service, const AddressHints& hints,
                                 AddressAnswer& out);

}  // namespace ringsock::ws2
