// SPDX-License-Identifier: BSD-3-Clause
// Names to addresses and back: numeric ones and "localhost" by ourselves, the rest through the C library's
// resolver (which uses the kernel's network, not Ringsock's). All values are Windows'. Any thread; named
// hosts block.
#pragma once

#include <string>
#include <vector>

#include "ws2/address_parse.h"

namespace ringsock::ws2 {

struct Resolved {
    std::vector<ParsedAddress> addresses;
    std::string canonical_name;
};

/// How a name is to be looked up.
struct Lookup {
    int family = 0;  ///< WS_AF_UNSPEC: every family that the catalogue offers.
    bool numeric_only = false;
    bool wants_v4_mapped = false;  ///< AF_INET6 without IPv6 addresses: IPv4 ones as ::ffff:a.b.c.d.
};

/// 0 or a WS_EAI_* code.
[[nodiscard]] int resolve_name(const char* name, const Lookup& lookup, Resolved& out);

/// Name of an address; "" when it has none. `error` becomes the WS_EAI_* code then.
[[nodiscard]] std::string name_of_address(const ParsedAddress& address, int& error);

/// Whether the catalogue has an entry of the family.
[[nodiscard]] bool is_offered_family(int family) noexcept;

}  // namespace ringsock::ws2
