// SPDX-License-Identifier: BSD-3-Clause
// Rule: names and numbers as Winsock has them, with Windows' values, and without any resolver for numeric
// hosts, localhost and well-known services (Winsock: inet_addr, InetPton, getaddrinfo, getnameinfo,
// gethostbyname and kin).
#include <gtest/gtest.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <memory>
#include <string>
#include <vector>

#include "recording_provider.h"

namespace ringsock::test {
namespace {

TEST(ByteOrder, IsBigEndianOnTheWire) {
    EXPECT_EQ(ws2_htons(0x1234), 0x3412);
    EXPECT_EQ(ws2_ntohs(0x3412), 0x1234);
    EXPECT_EQ(ws2_htonl(0x12345678), 0x78563412u);
    EXPECT_EQ(ws2_ntohl(0x78563412), 0x12345678u);
    const Started shell;
    ULONG word = 0;
    USHORT half = 0;
    const SOCKET s = provider().make_socket();
    EXPECT_EQ(WSAHtonl(s, 0x12345678, &word), 0);
    EXPECT_EQ(word, 0x78563412u);
    EXPECT_EQ(WSANtohs(s, 0x3412, &half), 0);
    EXPECT_EQ(half, 0x1234);
    EXPECT_EQ(WSAHtonl(s, 1, nullptr), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    EXPECT_EQ(WSAHtons(0xdeadbeef, 1, &half), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
}

TEST(InetAddr, TakesOneToFourPartsInThreeBases) {
    struct Row {
        const char* text;
        std::uint32_t address;  ///< Host order.
    };
    for (const Row& row :
         {Row{"127.0.0.1", 0x7f000001}, Row{"1.2.3", 0x01020003}, Row{"1.2", 0x01000002},
          Row{"16909060", 0x01020304}, Row{"0x7f.0.0.1", 0x7f000001}, Row{"0177.1", 0x7f000001},
          Row{"1.2.0xffff", 0x0102ffff}, Row{"255.255.255.254", 0xfffffffe}, Row{" ", 0},
          Row{"10.0.0.1 ", 0x0a000001}, Row{"0.0.0.0", 0}}) {
        EXPECT_EQ(ws2_inet_addr(row.text), ws2_htonl(row.address)) << row.text;
    }
    for (const char* bad : {"", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "1.2.65536", "4294967296", "1..2",
                            ".1", "1.", "08.1.1.1", "0x", "a.b.c.d", "1.2.3.4x", "-1.2.3.4", "1.2.3.4 x"}) {
        EXPECT_EQ(ws2_inet_addr(bad), WS_INADDR_NONE) << bad;
    }
    EXPECT_EQ(ws2_inet_addr(nullptr), WS_INADDR_NONE);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

TEST(InetText, GoesBothWays) {
    ws2_in_addr address{};
    EXPECT_EQ(ws2_inet_pton(WS_AF_INET, "192.0.2.7", &address), 1);
    EXPECT_STREQ(ws2_inet_ntoa(address), "192.0.2.7");
    EXPECT_EQ(ws2_inet_pton(WS_AF_INET, "192.0.2", &address), 0);
    EXPECT_EQ(ws2_inet_pton(99, "192.0.2.7", &address), -1);
    EXPECT_EQ(WSAGetLastError(), WSAEAFNOSUPPORT);
    EXPECT_EQ(ws2_inet_pton(WS_AF_INET, nullptr, &address), -1);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    char text[46];
    ws2_in6_addr six{};
    EXPECT_EQ(InetPtonW(WS_AF_INET6, u"2001:db8::7", &six), 1);
    EXPECT_STREQ(ws2_inet_ntop(WS_AF_INET6, &six, text, sizeof text), "2001:db8::7");
    EXPECT_EQ(ws2_inet_ntop(WS_AF_INET6, &six, text, 11), nullptr) << "one byte short";
    EXPECT_EQ(WSAGetLastError(), WSA_INVALID_PARAMETER);
    EXPECT_NE(ws2_inet_ntop(WS_AF_INET6, &six, text, 12), nullptr);
    WCHAR wide[46];
    EXPECT_EQ(std::u16string(InetNtopW(WS_AF_INET, &address, wide, 46)), u"192.0.2.7");
    EXPECT_EQ(InetNtopW(WS_AF_INET, &address, wide, 9), nullptr);
}

struct FreeList {
    void operator()(ws2_addrinfo* list) const { ws2_freeaddrinfo(list); }
};
using List = std::unique_ptr<ws2_addrinfo, FreeList>;

struct Hints {
    int flags = 0;
    int family = 0;
    int type = 0;
    int protocol = 0;
    SIZE_T addrlen = 0;
};

List resolve(const char* node, const char* service, const Hints& wanted, int expected) {
    ws2_addrinfo hints{};
    hints.ai_flags = wanted.flags;
    hints.ai_family = wanted.family;
    hints.ai_socktype = wanted.type;
    hints.ai_protocol = wanted.protocol;
    hints.ai_addrlen = wanted.addrlen;
    ws2_addrinfo* list = nullptr;
    WSASetLastError(4711);
    EXPECT_EQ(ws2_getaddrinfo(node, service, &hints, &list), expected) << (node != nullptr ? node : "null");
    EXPECT_EQ(WSAGetLastError(), expected);
    EXPECT_EQ(list == nullptr, expected != 0);
    return List(list);
}

const ws2_sockaddr_in& ipv4(const List& list) {
    return *reinterpret_cast<const ws2_sockaddr_in*>(list->ai_addr);
}

TEST(GetAddrInfo, NumericHosts_NeedNoResolver) {
    const Started shell;
    const List list = resolve("192.0.2.7", "80", {.type = WS_SOCK_STREAM, .protocol = WS_IPPROTO_TCP}, 0);
    ASSERT_NE(list, nullptr);
    EXPECT_EQ(list->ai_next, nullptr);
    EXPECT_EQ(list->ai_family, WS_AF_INET);
    EXPECT_EQ(list->ai_addrlen, sizeof(ws2_sockaddr_in));
    EXPECT_EQ(list->ai_socktype, WS_SOCK_STREAM);
    EXPECT_EQ(list->ai_protocol, WS_IPPROTO_TCP);
    EXPECT_EQ(ipv4(list).sin_family, WS_AF_INET);
    EXPECT_EQ(ipv4(list).sin_port, ws2_htons(80));
    EXPECT_EQ(ipv4(list).sin_addr.s_addr, ws2_inet_addr("192.0.2.7"));
    EXPECT_EQ(list->ai_canonname, nullptr);
    const List six = resolve("fe80::1%7", nullptr, {}, 0);
    ASSERT_NE(six, nullptr);
    EXPECT_EQ(six->ai_family, WS_AF_INET6) << "23, not the system's 10";
    EXPECT_EQ(six->ai_addrlen, sizeof(ws2_sockaddr_in6));
    EXPECT_EQ(reinterpret_cast<const ws2_sockaddr_in6*>(six->ai_addr)->sin6_scope_id, 7u);
    const List mapped = resolve("192.0.2.7", nullptr, {.flags = WS_AI_V4MAPPED, .family = WS_AF_INET6}, 0);
    ASSERT_NE(mapped, nullptr);
    char text[46];
    EXPECT_STREQ(
        ws2_inet_ntop(WS_AF_INET6, &reinterpret_cast<const ws2_sockaddr_in6*>(mapped->ai_addr)->sin6_addr,
                      text, sizeof text),
        "::ffff:192.0.2.7");
}

TEST(GetAddrInfo, LocalNames_AreKnown) {
    const Started shell;
    EXPECT_EQ(ipv4(resolve(nullptr, "7", {.flags = WS_AI_PASSIVE, .family = WS_AF_INET}, 0)).sin_addr.s_addr,
              0u);
    EXPECT_EQ(ipv4(resolve(nullptr, "7", {.family = WS_AF_INET}, 0)).sin_addr.s_addr, ws2_htonl(0x7f000001));
    const List local = resolve("localhost", nullptr, {.flags = WS_AI_CANONNAME}, 0);
    EXPECT_EQ(ipv4(local).sin_addr.s_addr, ws2_htonl(0x7f000001));
    EXPECT_STREQ(local->ai_canonname, "localhost");
    EXPECT_EQ(ipv4(resolve("LOCAL", nullptr, {}, 0)).sin_addr.s_addr, ws2_htonl(0x7f000001))
        << "the host's name";
    EXPECT_EQ(local->ai_next, nullptr) << "families without a catalogue entry are not offered";
}

TEST(GetAddrInfo, ServiceNames_ChooseTheTransport) {
    const Started shell;
    EXPECT_EQ(ipv4(resolve("10.0.0.1", "http", {.type = WS_SOCK_STREAM}, 0)).sin_port, ws2_htons(80));
    const List both = resolve("10.0.0.1", "domain", {}, 0);
    ASSERT_NE(both->ai_next, nullptr);
    EXPECT_EQ(both->ai_socktype, WS_SOCK_STREAM);
    EXPECT_EQ(both->ai_next->ai_socktype, WS_SOCK_DGRAM);
    EXPECT_EQ(both->ai_next->ai_next, nullptr);
    resolve("10.0.0.1", "http", {.type = WS_SOCK_DGRAM, .protocol = WS_IPPROTO_UDP}, WS_EAI_SERVICE);
    resolve("10.0.0.1", "no-such-service", {}, WS_EAI_SERVICE);
    resolve("10.0.0.1", "http", {.flags = WS_AI_NUMERICSERV}, WS_EAI_NONAME);
    EXPECT_EQ(ipv4(resolve("10.0.0.1", "65535", {}, 0)).sin_port, 0xffff);
    resolve("10.0.0.1", "65536", {}, WS_EAI_SERVICE);
}

TEST(GetAddrInfo, BadHints_AreRefused) {
    const Started shell;
    resolve(nullptr, nullptr, {}, WS_EAI_NONAME);
    resolve("host", nullptr, {.flags = WS_AI_NUMERICHOST}, WS_EAI_NONAME);
    resolve(nullptr, "80", {.flags = WS_AI_CANONNAME}, WS_EAI_BADFLAGS);
    resolve("10.0.0.1", "80", {.flags = 0x40000000}, WS_EAI_BADFLAGS);
    resolve("10.0.0.1", "80", {.family = WS_AF_IPX}, WS_EAI_FAMILY);
    resolve("10.0.0.1", "80", {.type = 99}, WS_EAI_SOCKTYPE);
    resolve("10.0.0.1", "80", {.addrlen = 1}, WS_EAI_FAIL);
    resolve("10.0.0.1", "80", {.family = WS_AF_INET6}, WS_EAI_NONAME);
    EXPECT_EQ(ws2_getaddrinfo("10.0.0.1", nullptr, nullptr, nullptr), WSAEFAULT);
    ws2_freeaddrinfo(nullptr);
}

TEST(GetAddrInfo, BeforeStartup_IsNotInitialised) {
    ws2_addrinfo* list = nullptr;
    EXPECT_EQ(ws2_getaddrinfo("10.0.0.1", nullptr, nullptr, &list), WSANOTINITIALISED);
    EXPECT_EQ(ws2_gethostbyname("10.0.0.1"), nullptr);
    EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
}

TEST(GetAddrInfo, WideAndExtendedForms_AgreeWithTheNarrow) {
    const Started shell;
    ADDRINFOW hints{};
    hints.ai_flags = WS_AI_CANONNAME;
    PADDRINFOW wide = nullptr;
    ASSERT_EQ(GetAddrInfoW(u"192.0.2.7", u"80", &hints, &wide), 0);
    EXPECT_EQ(std::u16string(wide->ai_canonname), u"192.0.2.7");
    FreeAddrInfoW(wide);
    PADDRINFOEXA extended = nullptr;
    ASSERT_EQ(GetAddrInfoExA("192.0.2.7", "80", WS_NS_ALL, nullptr, nullptr, &extended, nullptr, nullptr,
                             nullptr, nullptr),
              0);
    EXPECT_EQ(extended->ai_family, WS_AF_INET);
    FreeAddrInfoEx(extended);
    PADDRINFOEXW extended_wide = nullptr;
    OVERLAPPED overlapped{};
    EXPECT_EQ(GetAddrInfoExW(u"192.0.2.7", u"80", WS_NS_ALL, nullptr, nullptr, &extended_wide, nullptr,
                             &overlapped, nullptr, nullptr),
              WSAEOPNOTSUPP);
}

TEST(GetNameInfo, NumericFormsAndShortBuffers) {
    const Started shell;
    ws2_sockaddr_in name{};
    name.sin_family = WS_AF_INET;
    name.sin_port = ws2_htons(80);
    name.sin_addr.s_addr = ws2_inet_addr("192.0.2.7");
    const auto* address = reinterpret_cast<const sockaddr*>(&name);
    char host[64];
    char service[32];
    const INT numeric = WS_NI_NUMERICHOST | WS_NI_NUMERICSERV;
    EXPECT_EQ(ws2_getnameinfo(address, sizeof name, host, sizeof host, service, sizeof service, numeric), 0);
    EXPECT_STREQ(host, "192.0.2.7");
    EXPECT_STREQ(service, "80");
    EXPECT_EQ(ws2_getnameinfo(address, sizeof name, nullptr, 0, service, sizeof service, WS_NI_NUMERICHOST),
              0);
    EXPECT_STREQ(service, "http");
    EXPECT_EQ(ws2_getnameinfo(address, sizeof name, host, 9, nullptr, 0, numeric), WSAEFAULT);
    EXPECT_EQ(ws2_getnameinfo(address, 15, host, sizeof host, nullptr, 0, numeric), WSAEFAULT);
    EXPECT_EQ(ws2_getnameinfo(nullptr, 16, host, sizeof host, nullptr, 0, numeric), WSAEFAULT);
    EXPECT_EQ(ws2_getnameinfo(address, sizeof name, nullptr, 0, nullptr, 0, numeric), WS_EAI_NONAME);
    name.sin_family = 99;
    EXPECT_EQ(ws2_getnameinfo(address, sizeof name, host, sizeof host, nullptr, 0, numeric), WSAEAFNOSUPPORT);
    WCHAR wide[64];
    name.sin_family = WS_AF_INET;
    EXPECT_EQ(GetNameInfoW(address, sizeof name, wide, 64, nullptr, 0, numeric), 0);
    EXPECT_EQ(std::u16string(wide), u"192.0.2.7");
}

TEST(HostEntries, AnswersHaveWindowsShapes) {
    const Started shell;
    const ws2_hostent* host = ws2_gethostbyname("192.0.2.7");
    ASSERT_NE(host, nullptr);
    EXPECT_EQ(host->h_addrtype, WS_AF_INET);
    EXPECT_EQ(host->h_length, 4);
    ASSERT_NE(host->h_addr_list[0], nullptr);
    EXPECT_EQ(std::memcmp(host->h_addr_list[0], "\xc0\x00\x02\x07", 4), 0);
    EXPECT_EQ(host->h_addr_list[1], nullptr);
    EXPECT_EQ(host->h_aliases[0], nullptr);
    const ws2_servent* service = ws2_getservbyname("https", "tcp");
    ASSERT_NE(service, nullptr);
    EXPECT_EQ(static_cast<USHORT>(service->s_port), ws2_htons(443));
    EXPECT_STREQ(service->s_proto, "tcp");
    EXPECT_STREQ(ws2_getservbyport(ws2_htons(21), nullptr)->s_name, "ftp");
    EXPECT_EQ(ws2_getservbyname("no-such-service", nullptr), nullptr);
    EXPECT_EQ(WSAGetLastError(), WSANO_DATA);
    EXPECT_EQ(ws2_getprotobyname("UDP")->p_proto, 17);
    EXPECT_STREQ(ws2_getprotobynumber(6)->p_name, "tcp");
    EXPECT_STREQ(ws2_getprotobynumber(6)->p_aliases[0], "TCP");
    EXPECT_EQ(ws2_getprotobynumber(254), nullptr);
    EXPECT_EQ(WSAGetLastError(), WSANO_DATA);
    EXPECT_EQ(ws2_gethostbyaddr("1234", 3, WS_AF_INET), nullptr);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    char own[8];
    EXPECT_EQ(ws2_gethostname(own, sizeof own), 0);
    EXPECT_STREQ(own, "local");
    EXPECT_EQ(ws2_gethostname(own, 5), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    EXPECT_NE(std::string(gai_strerrorA(WS_EAI_NONAME)), std::string(gai_strerrorA(WS_EAI_AGAIN)));
    EXPECT_GT(std::u16string(gai_strerrorW(WS_EAI_NONAME)).size(), 4u);
}

TEST(Catalogue, ListsAreMeasuredBeforeTheyAreFilled) {
    const Started shell;
    DWORD bytes = 0;
    EXPECT_EQ(WSAEnumProtocolsW(nullptr, nullptr, &bytes), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
    EXPECT_EQ(bytes, 2 * sizeof(WSAPROTOCOL_INFOW));
    WSAPROTOCOL_INFOW wide[2];
    EXPECT_EQ(WSAEnumProtocolsW(nullptr, wide, &bytes), 2);
    EXPECT_EQ(wide[1].iProtocol, WS_IPPROTO_UDP);
    INT only_tcp[] = {WS_IPPROTO_TCP, 0};
    WSAPROTOCOL_INFOA narrow[1];
    bytes = sizeof narrow;
    EXPECT_EQ(WSAEnumProtocolsA(only_tcp, narrow, &bytes), 1);
    EXPECT_EQ(narrow[0].iProtocol, WS_IPPROTO_TCP);
    EXPECT_STREQ(narrow[0].szProtocol, "P");
    EXPECT_EQ(WSAEnumProtocolsA(nullptr, narrow, nullptr), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    GUID id = narrow[0].ProviderId;
    WCHAR path[64];
    int length = 64;
    int error = 0;
    EXPECT_EQ(WSCGetProviderPath(&id, path, &length, &error), 0);
    EXPECT_EQ(std::u16string(path).size() + 1, static_cast<std::size_t>(length));
    length = 1;
    EXPECT_EQ(WSCGetProviderPath(&id, path, &length, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    id.Data1 ^= 1;
    EXPECT_EQ(WSCGetProviderPath(&id, path, &length, &error), SOCKET_ERROR);
    EXPECT_EQ(error, WSAEINVAL);
}

TEST(Statistics, AreOneObjectAHost) {
    const Started shell;
    char json[32];
    int length = sizeof json;
    EXPECT_EQ(ringsock_stats(nullptr, json, &length), 0);
    EXPECT_STREQ(json, "{\"passes\":1}");
    EXPECT_EQ(length, 13);
    length = 12;
    EXPECT_EQ(ringsock_stats("local", json, &length), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
    EXPECT_EQ(length, 13);
    EXPECT_EQ(ringsock_stats("nobody", json, &length), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ringsock_use_host("nobody"), SOCKET_ERROR);
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_EQ(ringsock_use_host(nullptr), 0);
}

}  // namespace
}  // namespace ringsock::test
