// SPDX-License-Identifier: BSD-3-Clause
// The tables, then the C library's databases. Numbers: IANA service names, IANA protocol numbers.
#include "ws2/databases.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <strings.h>

#include <cstring>

namespace ringsock::ws2 {

namespace {

struct KnownService {
    const char* name;
    std::uint16_t port;
    bool tcp;
    bool udp;
    const char* alias;
};
constexpr KnownService kServices[] = {
    {"echo", 7, true, true, nullptr},          {"discard", 9, true, true, "sink"},
    {"daytime", 13, true, true, nullptr},      {"qotd", 17, true, true, "quote"},
    {"chargen", 19, true, true, "ttytst"},     {"ftp-data", 20, true, false, nullptr},
    {"ftp", 21, true, false, nullptr},         {"ssh", 22, true, false, nullptr},
    {"telnet", 23, true, false, nullptr},      {"smtp", 25, true, false, "mail"},
    {"time", 37, true, true, "timserver"},     {"domain", 53, true, true, nullptr},
    {"tftp", 69, false, true, nullptr},        {"http", 80, true, false, "www"},
    {"kerberos", 88, true, true, "krb5"},      {"pop3", 110, true, false, "pop-3"},
    {"sunrpc", 111, true, true, "portmapper"}, {"nntp", 119, true, false, "readnews"},
    {"ntp", 123, false, true, nullptr},        {"imap", 143, true, false, "imap2"},
    {"snmp", 161, true, true, nullptr},        {"ldap", 389, true, true, nullptr},
    {"https", 443, true, true, nullptr},       {"syslog", 514, false, true, nullptr},
    {"ldaps", 636, true, true, nullptr},       {"imaps", 993, true, false, nullptr},
    {"pop3s", 995, true, false, nullptr},
};

struct KnownProtocol {
    const char* name;
    int number;
    const char* alias;
};
constexpr KnownProtocol kProtocols[] = {
    {"ip", 0, "IP"},    {"icmp", 1, "ICMP"},        {"igmp", 2, "IGMP"},    {"ggp", 3, "GGP"},
    {"tcp", 6, "TCP"},  {"egp", 8, "EGP"},          {"pup", 12, "PUP"},     {"udp", 17, "UDP"},
    {"hmp", 20, "HMP"}, {"xns-idp", 22, "XNS-IDP"}, {"rdp", 27, "RDP"},     {"ipv6", 41, "IPv6"},
    {"gre", 47, "GRE"}, {"esp", 50, "IPSEC-ESP"},   {"ah", 51, "IPSEC-AH"}, {"ipv6-icmp", 58, "IPv6-ICMP"},
    {"rvd", 66, "RVD"},
};

/// Room for an entry of the C library, with its aliases.
constexpr std::size_t kEntryBytes = 4096;

bool is_offered(const KnownService& service, const char* protocol) noexcept {
    return protocol == nullptr || (service.tcp && strcasecmp(protocol, "tcp") == 0) ||
           (service.udp && strcasecmp(protocol, "udp") == 0);
}

void store(const KnownService& known, const char* protocol, Service& out) {
    out = Service{known.name, {}, known.port, known.tcp ? "tcp" : "udp"};
    if (protocol != nullptr) out.protocol = strcasecmp(protocol, "udp") == 0 ? "udp" : "tcp";
    if (known.alias != nullptr) out.aliases.emplace_back(known.alias);
}

void store(const KnownProtocol& known, ProtocolName& out) {
    out = {known.name, {known.alias}, known.number};
}

std::vector<std::string> copy_aliases(char** aliases) {
    std::vector<std::string> out;
    for (; aliases != nullptr && *aliases != nullptr; ++aliases) out.emplace_back(*aliases);
    return out;
}

bool store(const servent* entry, Service& out) {
    if (entry == nullptr) return false;
    out = {entry->s_name, copy_aliases(entry->s_aliases), ntohs(static_cast<std::uint16_t>(entry->s_port)),
           entry->s_proto};
    return true;
}

bool store(const protoent* entry, ProtocolName& out) {
    if (entry == nullptr) return false;
    out = {entry->p_name, copy_aliases(entry->p_aliases), entry->p_proto};
    return true;
}

bool is_named(const char* name, const char* alias, const char* wanted) noexcept {
    return strcasecmp(name, wanted) == 0 || (alias != nullptr && strcasecmp(alias, wanted) == 0);
}

}  // namespace

bool find_service(const char* name, const char* protocol, Service& out) {
    for (const KnownService& known : kServices) {
        if (!is_named(known.name, known.alias, name) || !is_offered(known, protocol)) continue;
        store(known, protocol, out);
        return true;
    }
    servent entry{};
    servent* found = nullptr;
    char bytes[kEntryBytes];
    getservbyname_r(name, protocol, &entry, bytes, sizeof bytes, &found);
    return store(found, out);
}

bool find_service(std::uint16_t port, const char* protocol, Service& out) {
    for (const KnownService& known : kServices) {
        if (known.port != port || !is_offered(known, protocol)) continue;
        store(known, protocol, out);
        return true;
    }
    servent entry{};
    servent* found = nullptr;
    char bytes[kEntryBytes];
    getservbyport_r(htons(port), protocol, &entry, bytes, sizeof bytes, &found);
    return store(found, out);
}

bool find_protocol(const char* name, ProtocolName& out) {
    for (const KnownProtocol& known : kProtocols) {
        if (!is_named(known.name, known.alias, name)) continue;
        store(known, out);
        return true;
    }
    protoent entry{};
    protoent* found = nullptr;
    char bytes[kEntryBytes];
    getprotobyname_r(name, &entry, bytes, sizeof bytes, &found);
    return store(found, out);
}

bool find_protocol(int number, ProtocolName& out) {
    for (const KnownProtocol& known : kProtocols) {
        if (known.number != number) continue;
        store(known, out);
        return true;
    }
    protoent entry{};
    protoent* found = nullptr;
    char bytes[kEntryBytes];
    getprotobynumber_r(number, &entry, bytes, sizeof bytes, &found);
    return store(found, out);
}

}  // namespace ringsock::ws2
