// SPDX-License-Identifier: BSD-3-Clause
// Rule: C source written for Windows Sockets compiles unchanged, finds Windows types and values, and runs.
// Shown by the layout and value rows under their plain names, and by a client and a server of the textbook
// kind over loopback.
//
// Compile: gcc|clang -std=gnu11 -Wall -Wextra -Werror -Iapi/compat -Iapi/include (in this order); link with
// libringsock. No object may ask for an unprefixed Berkeley symbol.
#define FD_SETSIZE 200
#include <MSWSock.h>
#include <WinSock2.h>
#include <Ws2tcpip.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tchar.h>
#include <time.h>
#include <unistd.h>
#include <windows.h>
#include <ws2spi.h>

#define CLAIM(condition) _Static_assert(condition, #condition)
CLAIM(sizeof(fd_set) == 8 + 200 * 8);
CLAIM(sizeof(u_long) == 4 && sizeof(u_short) == 2 && sizeof(u_int) == 4 && sizeof(socklen_t) == 4);
CLAIM(sizeof(struct in_addr) == 4 && sizeof(((struct in_addr*)0)->S_un.S_un_w) == 4);
CLAIM(sizeof(struct pollfd) == 16 && sizeof(struct sockaddr) == 16);
CLAIM(INADDR_NONE == 0xffffffff && INADDR_LOOPBACK == 0x7f000001);
CLAIM(_IOW('f', 126, u_long) == FIONBIO && _IOR('s', 7, u_long) == SIOCATMARK);
#define VALUE(name, value) _Static_assert(name == (value), #name)
#include "constant_rows.inc"
#include "winsock_rows.inc"

#pragma comment(lib, "Ws2_32.lib")

static int report(const char* what) {
    _tprintf(TEXT("%s failed: %d\n"), what, WSAGetLastError());
    return 1;
}

// Winsock's C idioms: both spellings of u_long, htons in initialisers, casts of sockaddr, hostent walks.
static int make_listener(SOCKET* listener, struct sockaddr_in* address) {
    int length = sizeof(*address);
    BOOL exclusive = TRUE;
    unsigned long wide = 1;
    u_long narrow = 0;
    *listener = WSASocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (*listener == INVALID_SOCKET) return report("WSASocket");
    ZeroMemory(address, sizeof(*address));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (setsockopt(*listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char*)&exclusive, sizeof(exclusive)))
        return report("setsockopt");
    if (bind(*listener, (SOCKADDR*)address, sizeof(*address)) == SOCKET_ERROR) return report("bind");
    if (listen(*listener, SOMAXCONN) == SOCKET_ERROR) return report("listen");
    if (getsockname(*listener, (LPSOCKADDR)address, &length) == SOCKET_ERROR) return report("getsockname");
    if (ioctlsocket(*listener, FIONBIO, &wide) == SOCKET_ERROR) return report("ioctlsocket");
    if (ioctlsocket(*listener, FIONREAD, &narrow) == SOCKET_ERROR) return report("ioctlsocket");
    return address->sin_addr.S_un.S_un_b.s_b1 == 127 ? 0 : report("address");
}

static unsigned WINAPI echo_once(void* argument) {
    SOCKET s = *(SOCKET*)argument;
    char bytes[64];
    int count;
    while ((count = recv(s, bytes, (int)sizeof(bytes), 0)) > 0) {
        if (send(s, bytes, count, 0) != count) break;
    }
    shutdown(s, SD_SEND);
    closesocket(s);
    return 0;
}

// select() loop: a connecting socket becomes writable, the listener readable.
static int converse(SOCKET listener, const struct sockaddr_in* address) {
    static const char kText[] = "hello, winsock";
    char answer[sizeof(kText)];
    struct timeval limit = {5, 0};
    fd_set readable, writable, failed;
    SOCKET client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), served;
    HANDLE thread;
    u_long off = 0, on = 1;
    int got = 0, count, error, error_length = sizeof(error);
    if (client == INVALID_SOCKET) return report("socket");
    ioctlsocket(client, FIONBIO, &on);
    if (connect(client, (const struct sockaddr*)address, sizeof(*address)) != SOCKET_ERROR ||
        WSAGetLastError() != WSAEWOULDBLOCK)
        return report("non-blocking connect must be pending:");
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(client, &writable);
    FD_SET(client, &failed);
    if (select(0, NULL, &writable, &failed, &limit) <= 0 || !FD_ISSET(client, &writable))
        return report("select");
    FD_SET(listener, &readable);
    if (select(0, &readable, NULL, NULL, &limit) != 1) return report("select");
    served = accept(listener, NULL, NULL);
    if (served == INVALID_SOCKET) return report("accept");
    ioctlsocket(served, FIONBIO, &off);
    ioctlsocket(client, FIONBIO, &off);
    if (getsockopt(client, SOL_SOCKET, SO_ERROR, (char*)&error, &error_length) || error)
        return report("SO_ERROR");
    thread = (HANDLE)_beginthreadex(NULL, 0, &echo_once, &served, 0, NULL);
    if (!thread) return report("_beginthreadex");
    if (send(client, kText, (int)sizeof(kText), 0) != (int)sizeof(kText)) return report("send");
    while (got < (int)sizeof(kText)) {
        count = recv(client, answer + got, (int)sizeof(answer) - got, 0);
        if (count <= 0) return report("recv");
        got += count;
    }
    shutdown(client, SD_SEND);
    if (recv(client, answer, 1, 0) != 0) return report("end of stream");
    if (WaitForSingleObject(thread, 5000) != WAIT_OBJECT_0) return report("WaitForSingleObject");
    CloseHandle(thread);
    closesocket(client);
    return memcmp(kText, answer, sizeof(kText)) ? report("echo") : 0;
}

static int names(void) {
    struct addrinfo hints, *result = NULL, *each;
    struct hostent* host;
    struct in6_addr any = IN6ADDR_ANY_INIT;
    char text[INET6_ADDRSTRLEN];
    int count = 0;
    ZeroMemory(&hints, sizeof(hints));
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
    if (getaddrinfo("127.0.0.1", "80", &hints, &result) != 0) return report("getaddrinfo");
    for (each = result; each != NULL; each = each->ai_next) ++count;
    freeaddrinfo(result);
    host = gethostbyname("127.0.0.1");
    if (!host) return report("gethostbyname");
    if (*(u_long*)(void*)host->h_addr != inet_addr("127.0.0.1")) return report("h_addr");
    if (!IN6_IS_ADDR_UNSPECIFIED(&any) || !inet_ntop(AF_INET6, &any, text, sizeof(text)))
        return report("in6");
    return count == 1 && strcmp(text, "::") == 0 ? 0 : report("names");
}

int _tmain(int argc, _TCHAR* argv[]) {
    WSADATA data;
    SOCKET listener;
    struct sockaddr_in address;
    int result;
    UNREFERENCED_PARAMETER(argc);
    UNREFERENCED_PARAMETER(argv);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return report("WSAStartup");
    if (LOBYTE(data.wVersion) != 2 || HIBYTE(data.wVersion) != 2) return report("version");
    result = make_listener(&listener, &address) || converse(listener, &address) || names();
    closesocket(listener);
    WSACleanup();
    return result;
}
