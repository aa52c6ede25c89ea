// SPDX-License-Identifier: BSD-3-Clause
// Rule: C++ source written for Windows Sockets compiles unchanged beside the standard library, and runs.
// Shown by the layout rows under plain names, by identifiers that a macro-made `connect` or `bind` would
// break, and by the usual program shapes (event loop, WSAPoll, overlapped, completion port) over loopback.
//
// Compile: g++|clang++ -std=c++20 (also c++14) -Wall -Wextra -Werror -Iapi/compat -Iapi/include (in this
// order), with and without -D_WIN32 -DWIN32 -D_WIN64; link with libringsock.
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <mstcpip.h>
#include <mswsock.h>
#include <process.h>
#include <windows.h>
#include <winsock2.h>
#include <ws2spi.h>
#include <ws2tcpip.h>

#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <type_traits>

#define LAYER(name) name
#define CLAIM(condition) static_assert(condition, #condition)
#define VALUE(name, value) static_assert(name == (value), #name)
#include "constant_rows.inc"
#include "layout_rows.inc"
#include "winsock_rows.inc"

static_assert(sizeof(u_long) == 4 && std::is_same<u_long, DWORD>::value, "u_long has 32 bits");
static_assert(std::is_same<decltype(&::connect), int (*)(SOCKET, const sockaddr*, int)>::value, "connect");
static_assert(
    std::is_same<decltype(&::select), int (*)(int, fd_set*, fd_set*, fd_set*, const timeval*)>::value,
    "select");
static_assert(std::is_same<socklen_t, int>::value, "socklen_t is an int");

#if defined(connect) || defined(bind) || defined(send) || defined(select) || defined(s_addr) || defined(min)
#error "a Berkeley name became a macro"
#endif

using namespace std;

namespace {

bool expect(bool holds, const char* what) {
    if (!holds) cerr << what << " failed: " << WSAGetLastError() << endl;
    return holds;
}

// Methods and members may share the names of the calls, as they do in real programs.
class Connection {
  public:
    explicit Connection(SOCKET socket) : socket_(socket) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int connect(const sockaddr_in& to) const {
        return ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    }
    int send(const string& text) const { return ::send(socket_, text.data(), (int)text.size(), 0); }
    string recv(int room) const {
        string text((size_t)room, '\0');
        const int count = ::recv(socket_, &text[0], room, 0);
        text.resize(count > 0 ? (size_t)count : 0);
        return text;
    }
    bool select(long milliseconds) const {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(socket_, &readable);
        timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
        return ::select(0, &readable, nullptr, nullptr, &limit) == 1 && FD_ISSET(socket_, &readable);
    }
    void close() {
        if (socket_ != INVALID_SOCKET) closesocket(socket_);
        socket_ = INVALID_SOCKET;
    }
    SOCKET socket() const { return socket_; }

  private:
    SOCKET socket_;
};

SOCKET make_listener(sockaddr_in* address) {
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listener == INVALID_SOCKET) return listener;
    *address = sockaddr_in();
    address->sin_family = AF_INET;
    address->sin_addr.S_un.S_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof(*address);
    const auto bind_listener = std::bind(&::bind, listener, placeholders::_1, placeholders::_2);
    if (bind_listener((sockaddr*)address, (int)sizeof(*address)) == 0 && listen(listener, SOMAXCONN) == 0 &&
        getsockname(listener, (sockaddr*)address, &length) == 0)
        return listener;
    closesocket(listener);
    return INVALID_SOCKET;
}

// Both widths of a "u_long" argument, and a null one.
bool ioctl_takes_both_widths(SOCKET s) {
    u_long narrow = 1;
    unsigned long wide = 0;
    return ioctlsocket(s, FIONBIO, &narrow) == 0 && ioctlsocket(s, (long)FIONREAD, &wide) == 0 &&
           ioctlsocket(s, FIONBIO, NULL) == SOCKET_ERROR && WSAGetLastError() == WSAEFAULT &&
           WSAHtonl(s, 1, &wide) == 0 && wide == htonl(1) && WSANtohl(s, htonl(7), &narrow) == 0 &&
           narrow == 7;
}

// WSAEventSelect loop: accept, connect, read and close arrive as events of two sockets.
bool event_loop() {
    sockaddr_in address;
    Connection listener(make_listener(&address));
    Connection client(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    WSAEVENT events[2] = {WSACreateEvent(), WSACreateEvent()};
    if (WSAEventSelect(listener.socket(), events[0], FD_ACCEPT) == SOCKET_ERROR) return false;
    if (WSAEventSelect(client.socket(), events[1], FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE) ==
        SOCKET_ERROR)
        return false;
    if (client.connect(address) != SOCKET_ERROR || WSAGetLastError() != WSAEWOULDBLOCK) return false;
    SOCKET served = INVALID_SOCKET;
    bool connected = false, closed = false;
    string text;
    while (!closed) {
        const DWORD which = WSAWaitForMultipleEvents(2, events, FALSE, 5000, FALSE);
        if (which == WSA_WAIT_FAILED || which == WSA_WAIT_TIMEOUT) break;
        const DWORD index = which - WSA_WAIT_EVENT_0;
        WSANETWORKEVENTS happened;
        if (WSAEnumNetworkEvents(index == 0 ? listener.socket() : client.socket(), events[index], &happened))
            break;
        if (happened.lNetworkEvents & FD_ACCEPT) {
            served = accept(listener.socket(), nullptr, nullptr);
            ::send(served, "event", 5, 0);
            closesocket(served);
        }
        if (happened.lNetworkEvents & FD_CONNECT) connected = happened.iErrorCode[FD_CONNECT_BIT] == 0;
        if (happened.lNetworkEvents & FD_READ) text += client.recv(16);
        if (happened.lNetworkEvents & FD_CLOSE) closed = true;
    }
    for (WSAEVENT event : events) WSACloseEvent(event);
    return connected && closed && text == "event";
}

// WSAPoll and the vector-of-pollfd idiom.
bool poll_loop() {
    sockaddr_in address;
    Connection listener(make_listener(&address));
    Connection client(::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    if (client.connect(address) != 0) return false;
    vector<WSAPOLLFD> waiting(1);
    waiting[0].fd = listener.socket();
    waiting[0].events = POLLRDNORM;
    if (WSAPoll(waiting.data(), (ULONG)waiting.size(), 5000) != 1 || !(waiting[0].revents & POLLIN))
        return false;
    Connection served(accept(listener.socket(), NULL, NULL));
    return served.send("poll") == 4 && client.select(5000) && client.recv(16) == "poll";
}

// ConnectEx through its identifier, completion through a port, overlapped receive.
bool completion_port_loop() {
    sockaddr_in address;
    Connection listener(make_listener(&address));
    Connection client(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED));
    GUID identifier = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex = nullptr;
    DWORD bytes = 0;
    if (WSAIoctl(client.socket(), SIO_GET_EXTENSION_FUNCTION_POINTER, &identifier, sizeof(identifier),
                 &connect_ex, sizeof(connect_ex), &bytes, NULL, NULL) == SOCKET_ERROR)
        return false;
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    if (::bind(client.socket(), (SOCKADDR*)&any, sizeof(any))) return false;
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (CreateIoCompletionPort((HANDLE)client.socket(), port, 42, 0) != port) return false;
    OVERLAPPED operation;
    ZeroMemory(&operation, sizeof(operation));
    if (!connect_ex(client.socket(), (sockaddr*)&address, sizeof(address), NULL, 0, NULL, &operation) &&
        WSAGetLastError() != ERROR_IO_PENDING)
        return false;
    ULONG_PTR key = 0;
    LPOVERLAPPED finished = nullptr;
    if (!GetQueuedCompletionStatus(port, &bytes, &key, &finished, 5000)) return false;
    if (key != 42 || finished != &operation) return false;
    if (setsockopt(client.socket(), SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0)) return false;
    Connection served(WSAAccept(listener.socket(), NULL, NULL, NULL, 0));
    char room[16];
    WSABUF buffer = {sizeof(room), room};
    DWORD flags = 0;
    ZeroMemory(&operation, sizeof(operation));
    if (WSARecv(client.socket(), &buffer, 1, NULL, &flags, &operation, NULL) == SOCKET_ERROR &&
        WSAGetLastError() != WSA_IO_PENDING)
        return false;
    served.send("port");
    const bool came = GetQueuedCompletionStatus(port, &bytes, &key, &finished, 5000) && bytes == 4;
    CloseHandle(port);
    return came && memcmp(room, "port", 4) == 0;
}

// Threads of both kinds under one lock.
DWORD WINAPI count_up(LPVOID counter) {
    InterlockedIncrement(static_cast<volatile LONG*>(counter));
    return 0;
}

bool threads_and_locks() {
    volatile LONG counter = 0;
    mutex lock;
    CRITICAL_SECTION section;
    InitializeCriticalSection(&section);
    DWORD id = 0;
    HANDLE started = CreateThread(NULL, 0, count_up, (LPVOID)&counter, 0, &id);
    thread other([&] {
        lock_guard<mutex> guard(lock);
        EnterCriticalSection(&section);
        InterlockedExchangeAdd(&counter, 2);
        LeaveCriticalSection(&section);
    });
    other.join();
    const bool ended = WaitForSingleObject(started, INFINITE) == WAIT_OBJECT_0;
    CloseHandle(started);
    DeleteCriticalSection(&section);
    return ended && counter == 3;
}

// Whether the provider offers ConnectEx, without which a completion port has nothing to complete.
bool has_connect_ex() {
    Connection client(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    GUID identifier = WSAID_CONNECTEX;
    LPFN_CONNECTEX connect_ex = nullptr;
    DWORD bytes = 0;
    return WSAIoctl(client.socket(), SIO_GET_EXTENSION_FUNCTION_POINTER, &identifier, sizeof(identifier),
                    &connect_ex, sizeof(connect_ex), &bytes, NULL, NULL) == 0;
}

// The completion port part by itself; exit code 77: skipped, and why.
int completion_ports() {
    if (!has_connect_ex()) {
        cout << "the provider offers no ConnectEx" << endl;
        return 77;
    }
    return expect(completion_port_loop(), "completion port loop") ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    WSADATA data;
    if (!expect(WSAStartup(MAKEWORD(2, 2), &data) == 0, "WSAStartup")) return 1;
    if (argc > 1 && string(argv[1]) == "completion-ports") {
        const int result = completion_ports();
        WSACleanup();
        return result;
    }
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    bool good = expect(ioctl_takes_both_widths(s), "ioctlsocket");
    closesocket(s);
    good = expect(event_loop(), "event loop") && good;
    good = expect(poll_loop(), "poll loop") && good;
    good = expect(threads_and_locks(), "threads and locks") && good;
    char name[256];
    good = expect(gethostname(name, sizeof(name)) == 0, "gethostname") && good;
    WSACleanup();
    return good ? 0 : 1;
}
