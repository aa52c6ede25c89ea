// SPDX-License-Identifier: BSD-3-Clause
// A C program outside the tree, on the native header and the embedded default: no configuration, no wire. It
// listens on its own loopback, connects without blocking, passes a word through, and meets two refusals.
#include <ringsock/ws2.h>
#include <stdio.h>
#include <string.h>

static int fail(const char* what) {
    fprintf(stderr, "%s: %d (%s)\n", what, WSAGetLastError(), ringsock_last_error_text());
    return 1;
}

static ws2_sockaddr_in address(unsigned ipv4, unsigned short port) {
    ws2_sockaddr_in a;
    memset(&a, 0, sizeof a);
    a.sin_family = WS_AF_INET;
    a.sin_port = ws2_htons(port);
    a.sin_addr.s_addr = ws2_htonl(ipv4);
    return a;
}

// Connects without blocking and returns the code that FD_CONNECT brought, or -1.
static int connect_code(SOCKET s, const ws2_sockaddr_in* to) {
    WSANETWORKEVENTS happened;
    WSAEVENT event = WSACreateEvent();
    if (event == WSA_INVALID_EVENT || WSAEventSelect(s, event, FD_CONNECT) != 0) return -1;
    if (WSAConnect(s, (const struct sockaddr*)to, sizeof *to, NULL, NULL, NULL, NULL) != SOCKET_ERROR)
        return -1;
    if (WSAGetLastError() != WSAEWOULDBLOCK) return WSAGetLastError();
    if (WSAWaitForMultipleEvents(1, &event, FALSE, 10000, FALSE) != WSA_WAIT_EVENT_0) return -1;
    if (WSAEnumNetworkEvents(s, event, &happened) != 0 || !(happened.lNetworkEvents & FD_CONNECT)) return -1;
    WSACloseEvent(event);
    return happened.iErrorCode[FD_CONNECT_BIT];
}

int main(void) {
    WSADATA data;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return fail("WSAStartup");
    ws2_sockaddr_in here = address(0x7f000001, 7000);
    const ws2_sockaddr_in closed = address(0x7f000001, 7001), nowhere = address(0xc6336401, 80);

    SOCKET listener = WSASocketA(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, NULL, 0, 0);
    if (listener == INVALID_SOCKET) return fail("WSASocketA");
    if (ws2_bind(listener, (struct sockaddr*)&here, sizeof here) != 0) return fail("bind");
    if (ws2_listen(listener, 5) != 0) return fail("listen");

    SOCKET client = WSASocketA(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, NULL, 0, 0);
    if (connect_code(client, &closed) != WSAECONNREFUSED) return fail("a closed port must refuse");
    ws2_closesocket(client);
    client = WSASocketA(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, NULL, 0, 0);
    if (connect_code(client, &nowhere) != WSAENETUNREACH) return fail("198.51.100.1 must be unreachable");
    ws2_closesocket(client);
    client = WSASocketA(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, NULL, 0, 0);
    if (connect_code(client, &here) != 0) return fail("connect");

    SOCKET server = ws2_accept(listener, NULL, NULL);
    if (server == INVALID_SOCKET) return fail("accept");
    char word[5] = {0};
    if (ws2_send(server, "hello", 5, 0) != 5) return fail("send");
    ULONG blocking = 0;
    if (WSAEventSelect(client, NULL, 0) != 0 || ws2_ioctlsocket(client, WS_FIONBIO, &blocking) != 0) {
        return fail("blocking again");
    }
    if (ws2_recv(client, word, sizeof word, 0) != 5 || memcmp(word, "hello", 5) != 0) return fail("recv");
    ws2_closesocket(client);
    ws2_closesocket(server);
    ws2_closesocket(listener);
    return WSACleanup() == 0 ? 0 : fail("WSACleanup");
}
