// SPDX-License-Identifier: BSD-3-Clause
// Winsock source as it stands on Windows: plain names, its own headers first, not a word about Ringsock.
#include <stdio.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>

int main(void) {
    WSADATA wsaData;
    SOCKET listener, client, server;
    struct sockaddr_in address;
    fd_set writable;
    struct timeval wait = {10, 0};
    u_long nonblocking = 1;
    char buffer[16];

    if (WSAStartup(MAKEWORD(2, 2), &wsaData) != 0) return 1;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons(7003);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listener == INVALID_SOCKET) return 2;
    if (bind(listener, (struct sockaddr*)&address, sizeof(address)) == SOCKET_ERROR) return 3;
    if (listen(listener, SOMAXCONN) == SOCKET_ERROR) return 4;

    client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (ioctlsocket(client, FIONBIO, &nonblocking) == SOCKET_ERROR) return 5;
    if (connect(client, (struct sockaddr*)&address, sizeof(address)) != SOCKET_ERROR) return 6;
    if (WSAGetLastError() != WSAEWOULDBLOCK) return 7;
    FD_ZERO(&writable);
    FD_SET(client, &writable);
    if (select(0, NULL, &writable, NULL, &wait) != 1 || !FD_ISSET(client, &writable)) return 8;

    server = accept(listener, NULL, NULL);
    if (server == INVALID_SOCKET) return 9;
    if (send(client, "hello", 5, 0) != 5) return 10;
    if (recv(server, buffer, sizeof(buffer), 0) != 5 || memcmp(buffer, "hello", 5) != 0) return 11;
    closesocket(client);
    if (recv(server, buffer, sizeof(buffer), 0) != 0) return 12;
    closesocket(server);
    closesocket(listener);
    return WSACleanup() == 0 ? 0 : 13;
}
