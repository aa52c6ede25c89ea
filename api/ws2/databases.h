// SPDX-License-Identifier: BSD-3-Clause
// Services and protocols by name and number: the well-known ones by heart, so that a bare system knows them
// too, the others from /etc. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringsock::ws2 {

struct Service {
    std::string name;
    std::vector<std::string> aliases;
    std::uint16_t port = 0;  ///< Host byte order.
    std::string protocol;    ///< "tcp" or "udp".
};
struct ProtocolName {
    std::string name;
    std::vector<std::string> aliases;
    int number = 0;
};

/// `protocol` null: any, tcp first. False: not known.
[[nodiscard]] bool find_service(const char* name, const char* protocol, Service& out);
[[nodiscard]] bool find_service(std::uint16_t port, const char* protocol, Service& out);
[[nodiscard]] bool find_protocol(const char* name, ProtocolName& out);
[[nodiscard]] bool find_protocol(int number, ProtocolName& out);

}  // namespace ringsock::ws2
