// SPDX-License-Identifier: BSD-3-Clause
// What the example programs share, so that each can be about its sockets: the two flags of every Ringsock
// program, start-up, and errors by name.
#pragma once

#include <ringsock/ws2.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace examples {

/// What the user said about hosts and devices. Both empty: the file that RINGSOCK_CONFIG names, or the
/// embedded default, which needs neither a NIC nor privileges.
struct Configuration {
    std::string file;                   ///< --config FILE
    std::vector<std::string> settings;  ///< --set key=value, in order; the last one wins.
};

/// Gives the program --config and --set.
void add_configuration_flags(CLI::App& app, Configuration& configuration);

/// Configures the library and calls WSAStartup. False when either refused; one line on standard error says
/// why. The program that got true owes one WSACleanup.
[[nodiscard]] bool start_up(const Configuration& configuration);

/// "WSAECONNREFUSED" for 10061; the number itself for a code without a name.
[[nodiscard]] std::string error_name(int code);

/// Prints "ringsock-echo: bind: WSAEADDRINUSE" on standard error.
void complain(const char* what, int code);
/// The same with the calling thread's last error: call it before anything else touches that.
void complain_of_last_error(const char* what);
/// Prints any one line after the program's name.
void complain(const std::string& line);

/// IPv4 address and port in network byte order, as bind and WSAConnect want them. False: the text is not
/// "a.b.c.d".
[[nodiscard]] bool make_address(const std::string& text, unsigned short port, SOCKADDR_IN& address);

/// "10.0.0.1:80"
[[nodiscard]] std::string to_text(const SOCKADDR_IN& address);

/// Winsock takes every kind of address through the same pointer type.
[[nodiscard]] inline SOCKADDR* as_sockaddr(SOCKADDR_IN* address) {
    return reinterpret_cast<SOCKADDR*>(address);
}
[[nodiscard]] inline const SOCKADDR* as_sockaddr(const SOCKADDR_IN* address) {
    return reinterpret_cast<const SOCKADDR*>(address);
}

}  // namespace examples
