// SPDX-License-Identifier: BSD-3-Clause
// counters HOST ADDRESS: starts on RINGSOCK_CONFIG, lets HOST try to reach ADDRESS, and prints what
// ringsock_stats says of HOST.
#include <ringsock/ws2.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
    WSADATA data;
    if (argc != 3 || WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        std::fprintf(stderr, "counters: %s\n", ringsock_last_error_text());
        return 1;
    }
    ringsock_use_host(argv[1]);
    SOCKADDR_IN at{};
    at.sin_family = WS_AF_INET;
    at.sin_port = ws2_htons(9);
    ws2_inet_pton(WS_AF_INET, argv[2], &at.sin_addr);
    SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
    (void)ws2_connect(s, reinterpret_cast<SOCKADDR*>(&at), sizeof at);
    std::string json(65536, '\0');
    int length = static_cast<int>(json.size());
    const bool good = ringsock_stats(argv[1], json.data(), &length) == 0;
    if (good) std::printf("%s\n", json.c_str());
    ws2_closesocket(s);
    return WSACleanup() == 0 && good ? 0 : 1;
}
