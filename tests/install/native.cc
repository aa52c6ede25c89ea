// SPDX-License-Identifier: BSD-3-Clause
// A C++ program outside the tree that uses POSIX sockets and Ringsock in one file: a megabyte from one thread
// to another through blocking calls, while the system's own socket names keep their meaning.
#include <arpa/inet.h>
#include <ringsock/ws2.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <vector>

namespace {

void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "%s: %d (%s)\n", what, WSAGetLastError(), ringsock_last_error_text());
    std::exit(1);
}

}  // namespace

int main() {
    WSADATA data;
    require(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup");
    require(data.wVersion == MAKEWORD(2, 2), "version 2.2");

    // A descriptor of the system beside ours: the names are apart.
    const int system_socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    require(system_socket >= 0, "the system's socket()");

    ws2_sockaddr_in here{};
    here.sin_family = WS_AF_INET;
    here.sin_port = htons(7002);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const SOCKET listener = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
    require(listener != INVALID_SOCKET, "ws2_socket");
    require(ws2_bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0, "ws2_bind");
    require(ws2_listen(listener, 5) == 0, "ws2_listen");

    std::vector<char> sent(1 << 20), received;
    std::iota(sent.begin(), sent.end(), char{0});
    std::thread client([&] {
        const SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP);
        require(ws2_connect(s, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0, "ws2_connect");
        for (std::size_t at = 0; at < sent.size();) {
            const int n = ws2_send(s, sent.data() + at, static_cast<int>(sent.size() - at), 0);
            require(n > 0, "ws2_send");
            at += static_cast<std::size_t>(n);
        }
        require(ws2_closesocket(s) == 0, "ws2_closesocket");
    });
    const SOCKET server = ws2_accept(listener, nullptr, nullptr);
    require(server != INVALID_SOCKET, "ws2_accept");
    for (;;) {
        char piece[8192];
        const int n = ws2_recv(server, piece, sizeof piece, 0);
        require(n >= 0, "ws2_recv");
        if (n == 0) break;
        received.insert(received.end(), piece, piece + n);
    }
    client.join();
    require(received == sent, "a megabyte, byte for byte");
    require(ws2_closesocket(server) == 0 && ws2_closesocket(listener) == 0, "ws2_closesocket");
    require(WSACleanup() == 0, "WSACleanup");
    return 0;
}
