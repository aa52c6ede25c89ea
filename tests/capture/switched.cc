// SPDX-License-Identifier: BSD-3-Clause
// Capturing switched on and off in a program that runs: switched FILE [DRIVE]. Two hosts on a ring pair; one
// echo of 11 bytes before, one of 22 during and one of 33 after the capture of the server's interface. Then
// everything that can be asked wrongly. Prints a line of TAP a claim.
#include <ringsock/ws2.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

int g_number = 0;
bool g_good = true;

void claim(bool holds, const std::string& what) {
    g_good = g_good && holds;
    std::printf("%sok %d - %s\n", holds ? "" : "not ", ++g_number, what.c_str());
    if (!holds) std::printf("# WSA error %d: %s\n", WSAGetLastError(), ringsock_last_error_text());
    std::fflush(stdout);
}

SOCKADDR_IN server_address() {
    SOCKADDR_IN at{};
    at.sin_family = WS_AF_INET;
    at.sin_port = ws2_htons(7);
    ws2_inet_pton(WS_AF_INET, "10.0.0.2", &at.sin_addr);
    return at;
}

/// Accepts `connections` and sends back what one of them says.
void serve(SOCKET listener, int connections) {
    for (; connections > 0; --connections) {
        SOCKET s = ws2_accept(listener, nullptr, nullptr);
        char bytes[256];
        for (int n = 0; (n = ws2_recv(s, bytes, sizeof bytes, 0)) > 0;) ws2_send(s, bytes, n, 0);
        ws2_closesocket(s);
    }
}

bool echo(int length) {
    SOCKADDR_IN at = server_address();
    SOCKET s = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
    char sent[256];
    std::memset(sent, 'a' + length % 26, sizeof sent);
    char got[256] = {};
    bool good = ws2_connect(s, reinterpret_cast<SOCKADDR*>(&at), sizeof at) == 0 &&
                ws2_send(s, sent, length, 0) == length;
    ws2_shutdown(s, WS_SD_SEND);
    int have = 0;
    for (int n = 0; good && (n = ws2_recv(s, got + have, static_cast<int>(sizeof got) - have, 0)) > 0;)
        have += n;
    good = good && have == length && std::memcmp(sent, got, static_cast<std::size_t>(length)) == 0;
    ws2_closesocket(s);
    return good;
}

std::string stats(const char* host) {
    std::string json(65536, '\0');
    int length = static_cast<int>(json.size());
    if (ringsock_stats(host, json.data(), &length) != 0) return {};
    return json.substr(0, static_cast<std::size_t>(length) - 1);
}

bool refused(int result, int code) {
    return result == SOCKET_ERROR && WSAGetLastError() == code && *ringsock_last_error_text() != '\0';
}

void ask_wrongly(const char* path) {
    claim(refused(ringsock_capture("nobody", 0, path, 0), WSAEINVAL), "a host that is not there");
    claim(refused(ringsock_capture("server", 1, path, 0), WSAEINVAL), "an interface that is not there");
    claim(refused(ringsock_capture("server", -1, path, 0), WSAEINVAL), "an interface below zero");
    claim(refused(ringsock_capture("server", 0, path, 63), WSAEINVAL), "too few bytes of a frame");
    claim(refused(ringsock_capture("server", 0, "", 0), WSAEINVAL), "an empty path");
    claim(refused(ringsock_capture("server", 0, "/nowhere/file", 0), WSAEACCES),
          "a folder that is not there");
    claim(refused(ringsock_capture("server", 0, "/dev/full", 0), WSAEACCES) &&
              std::strstr(ringsock_last_error_text(), "No space left") != nullptr,
          "a full disk is named at once");
    claim(refused(ringsock_capture("server", 0, nullptr, 0), WSAENOTCONN), "an end without a beginning");
}

}  // namespace

int main(int argc, char** argv) {
    const char* path = argc > 1 ? argv[1] : "switched.pcapng";
    const std::string drive = std::string("engine.drive=") + (argc > 2 ? argv[2] : "inline");
    const char* overrides[] = {drive.c_str()};
    WSADATA data;
    if (ringsock_capture(nullptr, 0, path, 0) != SOCKET_ERROR || WSAGetLastError() != WSANOTINITIALISED)
        return 1;
    const char* config = std::getenv("RINGSOCK_CONFIG");
    if (ringsock_configure(nullptr, config, overrides, 1) != 0 || WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        std::printf("# %s\n", ringsock_last_error_text());
        return 1;
    }
    SOCKADDR_IN at = server_address();
    ringsock_use_host("server");
    SOCKET listener = ws2_socket(WS_AF_INET, WS_SOCK_STREAM, 0);
    const bool listens =
        ws2_bind(listener, reinterpret_cast<SOCKADDR*>(&at), sizeof at) == 0 && ws2_listen(listener, 8) == 0;
    std::thread server([listener] { serve(listener, 4); });
    ringsock_use_host("client");
    claim(listens && echo(11), "an echo without a capture");
    ask_wrongly(path);
    claim(stats("server").find("\"captures\":[]") != std::string::npos, "ringsock_stats knows of none");
    claim(ringsock_capture("server", 0, path, 0) == 0, "it begins while both engines run");
    claim(refused(ringsock_capture("server", 0, path, 0), WSAEALREADY), "but not twice");
    claim(echo(22), "an echo with a capture");
    const std::string json = stats("server");
    claim(json.find("\"captures\":[{\"interface\":\"server/0\"") != std::string::npos &&
              json.find("\"dropped\":0,\"problem\":\"\"}]") != std::string::npos,
          "ringsock_stats tells of it");
    claim(ringsock_capture("server", 0, nullptr, 0) == 0, "it ends");
    claim(echo(33), "an echo after it");
    const std::string second = std::string(path) + ".open";
    claim(ringsock_capture(nullptr, 0, second.c_str(), 64) == 0, "null names the current host");
    claim(ringsock_capture("server", 0, second.c_str(), 128) == 0, "whose file another host may share");
    claim(echo(44), "with its echo");
    server.join();
    ws2_closesocket(listener);
    claim(WSACleanup() == 0, "the end of the library closes it");
    std::printf("1..%d\n", g_number);
    return g_good ? 0 : 1;
}
