// SPDX-License-Identifier: BSD-3-Clause
// Configuration (house.md, D9): defaults, bounds, names of what is wrong, overrides. RINGSOCK_CONFIGS names
// the folder configs/ of the source tree.
#include "host/config_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace ringsock {
namespace {

using Overrides = std::vector<std::string>;

std::string config_file(const char* name) {
    return std::string(RINGSOCK_CONFIGS) + "/" + name;
}

std::string contents(const std::string& path) {
    std::ifstream in(path);
    EXPECT_TRUE(in.good()) << path;
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

Config must_parse(const std::string& text, const Overrides& overrides = {}) {
    auto parsed = parse_config(text, "test.toml", overrides);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return parsed.ok() ? parsed.value() : Config{};
}

std::string refusal(const std::string& text, const Overrides& overrides = {}) {
    auto parsed = parse_config(text, "test.toml", overrides);
    EXPECT_FALSE(parsed.ok()) << "accepted: " << text;
    return parsed.ok() ? "" : parsed.error().message;
}

// Rule: reference.toml has every key at its default.
TEST(ConfigFile, ReferenceEqualsTheDefaults) {
    auto reference = load_config(config_file("reference.toml"), "", {});
    ASSERT_TRUE(reference.ok()) << reference.error().message;
    EXPECT_EQ(reference.value(), Config{});
}

// Rule: a key that exists is in reference.toml, in its section.
TEST(ConfigFile, ReferenceNamesEveryKey) {
    const std::string text = contents(config_file("reference.toml"));
    const std::vector<std::string> keys = config_keys();
    EXPECT_GT(keys.size(), 50u);
    std::string sections;
    for (const std::string& key : keys) {
        const std::size_t dot = key.rfind('.');
        const std::string section = key.substr(0, dot);
        const bool listed = section == "host" || section == "host.interface" || section == "host.route";
        std::string header = listed ? "[[" : "\n[";
        header += section;
        header += listed ? "]]" : "]";
        const std::size_t begin = text.find(header);
        ASSERT_NE(begin, std::string::npos) << header;
        const std::size_t end = text.find("\n[", begin + header.size());
        const std::string body = text.substr(begin, end - begin);
        EXPECT_NE(body.find(std::string("\n").append(key.substr(dot + 1)).append(" = ")), std::string::npos)
            << key;
    }
}

// Rule: the embedded default exists three times, and all three are one: code, text in the library, file.
TEST(ConfigFile, EmbeddedDefaultIsTheSameEverywhere) {
    unsetenv("RINGSOCK_CONFIG");
    EXPECT_EQ(must_parse(embedded_config_text()), Config{});
    EXPECT_EQ(must_parse(contents(config_file("embedded.toml"))), Config{});
    auto loaded = load_config("", "", {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded.value(), Config{});
    EXPECT_EQ(must_parse(""), Config{});
    // What the default promises: one host, no device, a network that swallows.
    const Config config;
    ASSERT_EQ(config.hosts.size(), 1u);
    EXPECT_EQ(config.hosts[0].name, "local");
    ASSERT_EQ(config.hosts[0].interfaces.size(), 1u);
    EXPECT_EQ(config.hosts[0].interfaces[0].device, "none");
    ASSERT_EQ(config.hosts[0].routes.size(), 1u);
    EXPECT_EQ(to_text(config.hosts[0].routes[0].destination), "192.0.2.0/24");
    EXPECT_EQ(config.hosts[0].routes[0].kind, RouteAction::swallow);
    EXPECT_EQ(config.engine.drive, DriveMode::in_line);
}

// Rule: every file in configs/ is valid.
TEST(ConfigFile, ShippedFilesAreValid) {
    for (const char* name : {"ring_pair.toml", "tap.toml", "veth_af_packet.toml"}) {
        auto loaded = load_config(config_file(name), "", {});
        EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    }
    const Config pair = must_parse(contents(config_file("ring_pair.toml")));
    ASSERT_NE(pair.find_host("client"), nullptr);
    ASSERT_NE(pair.find_host("server"), nullptr);
    EXPECT_EQ(pair.find_host("nobody"), nullptr);
    EXPECT_EQ(pair.find_host("client")->interfaces[0].addresses[0].address, IpAddress(Ipv4::of(10, 0, 0, 1)));
    EXPECT_EQ(pair.find_host("server")->interfaces[0].peer_host, "client");
}

// Rule: text wins over path, path over RINGSOCK_CONFIG, that over the default.
TEST(ConfigFile, SourcesHaveAnOrder) {
    const std::string pair = config_file("ring_pair.toml");
    setenv("RINGSOCK_CONFIG", pair.c_str(), 1);
    auto environment = load_config("", "", {});
    auto path = load_config(config_file("tap.toml"), "", {});
    auto text = load_config(config_file("tap.toml"), "[[host]]\nname = \"t\"\n", {});
    ASSERT_TRUE(environment.ok() && path.ok() && text.ok());
    EXPECT_EQ(environment.value().hosts.size(), 2u);
    EXPECT_EQ(path.value().hosts[0].interfaces[0].device, "net_tap");
    EXPECT_EQ(text.value().hosts[0].name, "t");
    setenv("RINGSOCK_CONFIG", "/nonexistent/ring.toml", 1);
    auto missing = load_config("", "", {});
    ASSERT_FALSE(missing.ok());
    EXPECT_NE(missing.error().message.find("/nonexistent/ring.toml: cannot be opened: No such file"),
              std::string::npos);
    EXPECT_NE(missing.error().message.find("RINGSOCK_CONFIG"), std::string::npos);
    unsetenv("RINGSOCK_CONFIG");
}

// Rule: an unknown key names file, line, section and the nearest key.
TEST(ConfigFile, UnknownKeyNamesFileLineAndNearestKey) {
    EXPECT_EQ(refusal("[[host]]\n[[host.interface]]\n\nadresses = []\n"),
              "test.toml:4: unknown key 'adresses' in [[host.interface]]; the nearest key is 'addresses'");
    EXPECT_EQ(refusal("[limits]\nconections = 5\n"),
              "test.toml:2: unknown key 'conections' in [limits]; the nearest key is 'connections'");
    EXPECT_EQ(refusal("[tcp]\nnagel = true\n"),
              "test.toml:2: unknown key 'nagel' in [tcp]; the nearest key is 'nagle'");
    EXPECT_NE(refusal("[engines]\n").find("test.toml:1: unknown key 'engines'"), std::string::npos);
    EXPECT_NE(refusal("[[host]]\n[host.engine]\ncore = [1]\n").find("the nearest key is 'cores'"),
              std::string::npos);
}

struct Bad {
    const char* text;
    const char* word;
};

// Rule: every kind of wrong value is refused with its place and what is allowed.
TEST(ConfigFile, WrongValuesAreRefusedByName) {
    const Bad bads[] = {
        {"[limits]\nconnections = 0\n",
         "test.toml:2: connections is 0, must be a whole number from 16 to 4194304"},
        {"[limits]\nconnections = \"many\"\n", "connections is text, must be a whole number"},
        {"[limits]\npackets = 1.5\n", "packets is a fraction"},
        {"[limits]\nconnections = -1\n", "connections is -1"},
        {"[limits]\nconnections = 9223372036854775807\n", "connections is 9223372036854775807"},
        {"[limits]\nrequests = 1000\n", "test.toml:2: requests must be a power of two"},
        {"[tcp]\nnagle = 1\n", "nagle is a whole number, must be true or false"},
        {"[tcp]\ndelayed_ack_ms = 500\n", "0 to 499"},
        {"[tcp]\nmin_rto_ms = 2000\n", "min_rto_ms 2000 is above initial_rto_ms 1000"},
        {"[tcp]\nephemeral_first = 5000\nephemeral_last = 4000\n", "ephemeral_first 5000 is above"},
        {"[engine]\ndrive = \"fast\"\n", "drive is 'fast', must be one of \"inline\", \"dedicated\""},
        {"[engine]\ncores = 1\n", "cores must be a list"},
        {"[engine]\ncores = [-1]\n", "cores must be a list"},
        {"[engine]\ncount = 17\n", "1 to 16"},
        {"engine = 3\n", "engine is a whole number, must be a table"},
        {"host = 3\n", "host must be at most 16 tables"},
        {"host = []\n", "there must be at least one [[host]]"},
        {"[[host]]\nname = \"\"\n", "test.toml:2: name is '', must be 1 to 32 letters"},
        {"[[host]]\nname = \"a b\"\n", "name is 'a b'"},
        {"[[host]]\nname = \"a\"\n[[host]]\nname = \"a\"\n", "the name is used twice"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"10.0.0.300/24\"]\n", "addresses has '10.0.0.300/24'"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"10.0.0.1/33\"]\n", "addresses has '10.0.0.1/33'"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"10.0.0.1/0\"]\n", "addresses has"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"127.0.0.1/8\"]\n", "addresses has '127.0.0.1/8'"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"224.0.0.1/8\"]\n", "addresses has"},
        {"[[host]]\n[[host.interface]]\naddresses = [7]\n", "addresses has a whole number"},
        {"[[host]]\n[[host.interface]]\naddresses = [\"10.0.0.1/24\", \"10.0.0.1/16\"]\n",
         "10.0.0.1 is given twice"},
        {"[[host]]\n[[host.interface]]\ngateway = [\"10.0.0.1\", \"10.0.0.2\"]\n", "one per family"},
        {"[[host]]\n[[host.interface]]\nmac = \"01:00:00:00:00:01\"\n", "mac is '01:00:00:00:00:01'"},
        {"[[host]]\n[[host.interface]]\nmac = \"02-00-00-00-00-01\"\n", "mac is"},
        {"[[host]]\n[[host.interface]]\nmtu = 100\n", "576 to 9000"},
        {"[[host]]\n[[host.interface]]\ndevice = \"\"\n", "device is empty"},
        {"[[host]]\n[[host.interface]]\ndevice = \"ring\"\n", "needs peer_host"},
        {"[[host]]\n[[host.interface]]\npeer_host = \"x\"\n", "peer_host is for device \"ring\" only"},
        {"[[host]]\n[[host.interface]]\ndevice = \"ring\"\npeer_host = \"x\"\n", "does not exist"},
        {"[[host]]\n[[host.interface]]\ndevice = \"ring\"\npeer_host = \"local\"\n", "leads to itself"},
        {"[[host]]\nname=\"a\"\n[[host.interface]]\ndevice = \"ring\"\npeer_host = "
         "\"b\"\n[[host]]\nname=\"b\"\n",
         "has no other end"},
        {"[[host]]\n[[host.route]]\ngateway = \"10.0.0.1\"\n", "a route needs destination"},
        {"[[host]]\n[[host.route]]\ndestination = \"10.0.0.1/24\"\n", "no bits set beyond the length"},
        {"[[host]]\n[[host.route]]\ndestination = \"10.0.0.0/8\"\ngateway = \"fd00::1\"\n",
         "different families"},
        {"[[host]]\n[[host.route]]\ndestination = \"10.0.0.0/8\"\nkind = \"swallow\"\ngateway = "
         "\"10.0.0.1\"\n",
         "only kind \"unicast\" has a gateway"},
        {"[[host]]\n[host.engine]\ncores = [1, 2]\n", "names 2 cores for 1 engines"},
        {"[limits\n", "test.toml:1: not TOML"},
        {"a = 1\na = 2\n", "test.toml:2: not TOML"},
        {"a = \xff\n", "not TOML"},
    };
    for (const Bad& bad : bads) {
        const std::string message = refusal(bad.text);
        EXPECT_NE(message.find(bad.word), std::string::npos) << bad.text << "\n  said: " << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
}

// Rule: all counts of tables are bounded.
TEST(ConfigFile, NumbersOfTablesAreBounded) {
    std::string hosts;
    for (int i = 0; i < 17; ++i) hosts += "[[host]]\nname = \"h" + std::to_string(i) + "\"\n";
    EXPECT_NE(refusal(hosts).find("at most 16 tables"), std::string::npos);
    std::string interfaces = "[[host]]\n";
    for (int i = 0; i < 9; ++i) interfaces += "[[host.interface]]\n";
    EXPECT_NE(refusal(interfaces).find("at most 8 tables"), std::string::npos);
    std::string routes = "[[host]]\n";
    for (int i = 0; i < 65; ++i) routes += "[[host.route]]\ndestination = \"10.0.0.0/8\"\n";
    EXPECT_NE(refusal(routes).find("at most 64 tables"), std::string::npos);
    const std::string deep(100000, '[');
    EXPECT_NE(refusal("a = " + deep).find("not TOML"), std::string::npos);
}

// Rule: bounds themselves are allowed, both families are equal, and single values stand for lists of one.
TEST(ConfigFile, ValuesArriveWhereTheyBelong) {
    const Config c = must_parse(
        "[limits]\nconnections = 16\n[tcp]\nephemeral_first = 65535\nephemeral_last = 65535\nsack = false\n"
        "[[host]]\nname = \"h\"\n[[host.interface]]\ndevice = \"net_tap\"\narguments = \"iface=x\"\n"
        "mac = \"02:00:00:00:AA:0b\"\naddresses = [\"10.0.0.1/31\", \"fd00::1/64\"]\n"
        "gateway = [\"10.0.0.2\", \"fe80::1\"]\nmtu = 9000\n"
        "[[host.interface]]\naddresses = \"10.5.0.1\"\n"
        "[[host.route]]\ndestination = \"0.0.0.0/0\"\ngateway = \"10.0.0.9\"\n"
        "[[host.route]]\ndestination = \"2001:db8::/32\"\nkind = \"unreachable\"\n");
    EXPECT_EQ(c.limits.connections, 16u);
    EXPECT_FALSE(c.tcp.sack);
    ASSERT_EQ(c.hosts[0].interfaces.size(), 2u);
    const InterfaceConfig& i = c.hosts[0].interfaces[0];
    EXPECT_EQ(to_text(i.mac), "02:00:00:00:aa:0b");
    ASSERT_EQ(i.addresses.size(), 2u);
    EXPECT_EQ(to_text(i.addresses[0]), "10.0.0.1/31");
    EXPECT_EQ(to_text(i.addresses[1]), "fd00::1/64");
    ASSERT_EQ(i.gateways.size(), 2u);
    EXPECT_EQ(to_text(i.gateways[1]), "fe80::1");
    EXPECT_EQ(i.mtu, 9000u);
    EXPECT_EQ(to_text(c.hosts[0].interfaces[1].addresses[0]), "10.5.0.1/32");
    EXPECT_EQ(c.hosts[0].routes[1].kind, RouteAction::unreachable);
    EXPECT_EQ(to_text(c.hosts[0].routes[0].gateway), "10.0.0.9");
}

// Rule: [host.engine] stands on [engine]; cores are shared out by topology, not inherited.
TEST(ConfigFile, HostsInheritTheEngineSection) {
    const Config c = must_parse(
        "[engine]\ndrive = \"dedicated\"\nspin_us = 7\ncores = [0, 1]\n"
        "[[host]]\nname = \"a\"\n[[host]]\nname = \"b\"\n[host.engine]\ndrive = \"inline\"\ncores = [3]\n");
    EXPECT_EQ(c.hosts[0].engine.drive, DriveMode::dedicated);
    EXPECT_EQ(c.hosts[0].engine.spin_us, 7u);
    EXPECT_TRUE(c.hosts[0].engine.cores.empty());
    EXPECT_EQ(c.hosts[1].engine.drive, DriveMode::in_line);
    EXPECT_EQ(c.hosts[1].engine.spin_us, 7u);
    EXPECT_EQ(c.hosts[1].engine.cores, std::vector<std::uint32_t>{3});
}

// Rule (D9): --set key=value works on every program, for any key, on top of file or default.
TEST(ConfigFile, OverridesReplaceAndAdd) {
    Config c = must_parse("", {"engine.drive=dedicated", "limits.connections=1024", "tcp.nagle=false"});
    EXPECT_EQ(c.engine.drive, DriveMode::dedicated);
    EXPECT_EQ(c.hosts[0].engine.drive, DriveMode::dedicated);
    EXPECT_EQ(c.limits.connections, 1024u);
    EXPECT_FALSE(c.tcp.nagle);
    c = must_parse("",
                   {"host.0.interface.0.device=net_tap", "host.0.interface.0.arguments=iface=rstap0",
                    "host.0.interface.0.addresses=10.7.0.2/24", "host.0.interface.0.mac=02:00:00:00:00:07"});
    ASSERT_EQ(c.hosts[0].interfaces.size(), 1u);
    EXPECT_EQ(c.hosts[0].interfaces[0].device, "net_tap");
    EXPECT_EQ(c.hosts[0].interfaces[0].arguments, "iface=rstap0");
    EXPECT_EQ(to_text(c.hosts[0].interfaces[0].addresses[0]), "10.7.0.2/24");
    EXPECT_EQ(to_text(c.hosts[0].interfaces[0].mac), "02:00:00:00:00:07");
    c = must_parse("", {"host.0.interface.1.addresses=[\"10.8.0.1/24\", \"fd08::1/64\"]",
                        "host.0.route.1.destination=203.0.113.0/24", "host.0.route.1.kind=unreachable",
                        "host.1.name=second", "host.1.engine.cores=[1]", "host.0.name=\"quoted\""});
    ASSERT_EQ(c.hosts.size(), 2u);
    EXPECT_EQ(c.hosts[0].name, "quoted");
    EXPECT_EQ(c.hosts[0].interfaces[1].addresses.size(), 2u);
    EXPECT_EQ(c.hosts[0].routes[1].kind, RouteAction::unreachable);
    EXPECT_EQ(c.hosts[1].name, "second");
    EXPECT_EQ(c.hosts[1].engine.cores, std::vector<std::uint32_t>{1});
    // The last one wins.
    EXPECT_EQ(must_parse("", {"limits.packets=512", "limits.packets=1024"}).limits.packets, 1024u);
}

// Rule: a wrong override names itself.
TEST(ConfigFile, WrongOverridesNameThemselves) {
    EXPECT_EQ(refusal("", {"engine.drvie=dedicated"}),
              "override engine.drvie: unknown key 'drvie' in [engine]; the nearest key is 'drive'");
    EXPECT_NE(refusal("", {"engine.drive=fast"}).find("override engine.drive: drive is 'fast'"),
              std::string::npos);
    EXPECT_NE(refusal("", {"limits.connections=lots"}).find("connections is text"), std::string::npos);
    for (const char* bad : {"engine.drive", "=x", "a..b=1", ".a=1", "a.=1", "host.7.name=x", "host.0=x",
                            "engine.drive.x=1", "a.b.c.d.e.f.g.h.i.j=1", "limits.connections.0.x=1"})
        EXPECT_NE(refusal("", {bad}).find("override"), std::string::npos) << bad;
}

// Rule: addresses round-trip through their text, and near misses are refused.
TEST(Addresses, ParseAndPrint) {
    IpAddress address;
    for (const char* text : {"0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1", "fd00::1:2"}) {
        ASSERT_TRUE(parse_address(text, address)) << text;
        EXPECT_EQ(to_text(address), text);
    }
    ASSERT_TRUE(parse_address("10.1.2.3", address));
    EXPECT_EQ(address.v4.value, 0x0a010203u);
    for (const char* text : {"", "10.0.0", "10.0.0.0.1", "10.0.0.01x", " 10.0.0.1", "fd00::1::2", "g::1"})
        EXPECT_FALSE(parse_address(text, address)) << text;
    EXPECT_FALSE(parse_address(std::string("10.0.0.1\0x", 10), address));
    Prefix prefix;
    for (const char* text :
         {"10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/+1", "10.0.0.1/024x", "10.0.0.1/129", "/24"})
        EXPECT_FALSE(parse_prefix(text, prefix)) << text;
    MacAddress mac;
    EXPECT_TRUE(parse_mac("02:00:5e:10:00:ff", mac));
    EXPECT_EQ(to_text(mac), "02:00:5e:10:00:ff");
    for (const char* text : {"", "02:00:5e:10:00", "02:00:5e:10:00:f", "02:00:5e:10:00:fg",
                             "0200:5e:10:00:ff:", "-2:00:00:00:00:01", "02:00:5e:10:00:ff:"})
        EXPECT_FALSE(parse_mac(text, mac)) << text;
}

}  // namespace
}  // namespace ringsock
