// SPDX-License-Identifier: BSD-3-Clause
// Flags, start-up and error lines of the example programs.
#include "examples/program.h"

#include <errno.h>

#include <cstdio>
#include <cstdlib>

namespace examples {

void add_configuration_flags(CLI::App& app, Configuration& configuration) {
    app.add_option(
        "--config", configuration.file,
        "TOML file with hosts, devices and addresses (default: RINGSOCK_CONFIG, or no NIC at all)");
    app.add_option("--set", configuration.settings,
                   "One configuration key=value on top of the file; may be repeated")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);  // What follows the one value is the program's own argument.
}

bool start_up(const Configuration& configuration) {
    std::vector<const char*> settings;
    for (const std::string& setting : configuration.settings) settings.push_back(setting.c_str());
    // A call to ringsock_configure replaces RINGSOCK_CONFIG, and here --set shall come on top of it.
    const char* file =
        configuration.file.empty() ? std::getenv("RINGSOCK_CONFIG") : configuration.file.c_str();
    if (file != nullptr && *file == '\0') file = nullptr;
    if (ringsock_configure(nullptr, file, settings.data(), static_cast<int>(settings.size())) != 0) {
        complain(std::string("configuration: ") + ringsock_last_error_text());
        return false;
    }
    // WSAStartup is the one call that returns its error instead of storing it: before it has succeeded there
    // is no Winsock that could keep a last error.
    WSADATA data;
    const int code = WSAStartup(MAKEWORD(2, 2), &data);
    if (code == 0) return true;
    complain("WSAStartup: " + error_name(code) + ": " + ringsock_last_error_text());
    return false;
}

std::string error_name(int code) {
    switch (code) {
#define NAME(error) \
    case error:     \
        return #error
        NAME(WSAEINTR);
        NAME(WSAEACCES);
        NAME(WSAEFAULT);
        NAME(WSAEINVAL);
        NAME(WSAEMFILE);
        NAME(WSAEWOULDBLOCK);
        NAME(WSAEINPROGRESS);
        NAME(WSAEALREADY);
        NAME(WSAENOTSOCK);
        NAME(WSAEDESTADDRREQ);
        NAME(WSAEMSGSIZE);
        NAME(WSAEPROTOTYPE);
        NAME(WSAENOPROTOOPT);
        NAME(WSAEPROTONOSUPPORT);
        NAME(WSAESOCKTNOSUPPORT);
        NAME(WSAEOPNOTSUPP);
        NAME(WSAEAFNOSUPPORT);
        NAME(WSAEADDRINUSE);
        NAME(WSAEADDRNOTAVAIL);
        NAME(WSAENETDOWN);
        NAME(WSAENETUNREACH);
        NAME(WSAENETRESET);
        NAME(WSAECONNABORTED);
        NAME(WSAECONNRESET);
        NAME(WSAENOBUFS);
        NAME(WSAEISCONN);
        NAME(WSAENOTCONN);
        NAME(WSAESHUTDOWN);
        NAME(WSAETIMEDOUT);
        NAME(WSAECONNREFUSED);
        NAME(WSAEHOSTDOWN);
        NAME(WSAEHOSTUNREACH);
        NAME(WSAEPROCLIM);
        NAME(WSASYSNOTREADY);
        NAME(WSAVERNOTSUPPORTED);
        NAME(WSANOTINITIALISED);
        NAME(WSA_INVALID_HANDLE);
        NAME(WSA_NOT_ENOUGH_MEMORY);
#undef NAME
        default:
            return std::to_string(code);
    }
}

void complain(const std::string& line) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, line.c_str());
}

void complain(const char* what, int code) {
    complain(what + (": " + error_name(code)));
}

void complain_of_last_error(const char* what) {
    complain(what, WSAGetLastError());
}

bool make_address(const std::string& text, unsigned short port, SOCKADDR_IN& address) {
    address = {};
    address.sin_family = WS_AF_INET;
    address.sin_port = ws2_htons(port);
    return ws2_inet_pton(WS_AF_INET, text.c_str(), &address.sin_addr) == 1;
}

std::string to_text(const SOCKADDR_IN& address) {
    char text[WS_INET_ADDRSTRLEN] = "?";
    ws2_inet_ntop(WS_AF_INET, &address.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ws2_ntohs(address.sin_port));
}

}  // namespace examples
