// SPDX-License-Identifier: BSD-3-Clause
// Virtual devices that need no wire: "none" and net_null, which delivers as many frames as one asks for. Long
// runs, restarts, and every way in which opening a device can fail without privileges.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/dpdk/nic_fixture.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;

std::unique_ptr<Nic> open_or_fail(const NicConfig& config) {
    auto opened = open_nic(config);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
}

// Rule (D9): the device "none" takes every frame, delivers none, and its link is up.
TEST(NullSoak, NoneSwallowsEverything) {
    const auto nic = open_or_fail(small_config("local/0"));
    ASSERT_NE(nic, nullptr);
    PacketIo& io = nic->queue(0);
    EXPECT_TRUE(io.link_up());
    EXPECT_FALSE(io.traits().is_lossless_memory);
    std::vector<TxFrame> out(kBurst, frame_of(1));
    std::vector<RxFrame> in(kBurst);
    for (unsigned i = 0; i < 10000; ++i) {
        ASSERT_EQ(io.tx_burst(out), kBurst);
        ASSERT_EQ(io.rx_burst(in), 0u);
    }
    EXPECT_EQ(io.counters().tx_frames, 10000 * kBurst);
    expect_whole(*nic);
}

// Rule: a soak. Two million frames are received, some kept for a while in an order that mixes pools, payload
// of every size is sent, and at the end every buffer is home.
TEST(NullSoak, TwoMillionFramesLeaveThePoolsWhole) {
    NicConfig config = small_config("local/0");
    config.device = "net_null";
    config.arguments = "size=1400,copy=1";
    const auto nic = open_or_fail(config);
    ASSERT_NE(nic, nullptr);
    PacketIo& io = nic->queue(0);
    std::vector<RxFrame> in(kBurst);
    std::vector<Packet*> held;
    std::uint32_t random = 1;
    std::uint64_t frames = 0;
    while (frames < 2'000'000) {
        const std::size_t got = io.rx_burst(in);
        ASSERT_GT(got, 0u);
        frames += got;
        random = random * 1664525u + 1013904223u;
        const std::size_t keep = random >> 27;  // 0 to 31
        for (std::size_t i = 0; i < keep && i < got; ++i) {
            ASSERT_EQ(in[i].length, 1400u);
            Packet* packet = io.keep(in[i], 54, 1346);
            if (packet != nullptr) held.push_back(packet);
        }
        if (keep < got) io.release_frames(std::span(in).subspan(keep, got - keep));
        if (!held.empty()) {
            TxFrame frame = frame_of(2, 54);
            frame.payload = held[random % held.size()];
            frame.payload_length = random % 1347;
            ASSERT_EQ(io.tx_burst({&frame, 1}), 1u);
        }
        if (held.size() > 400) {
            for (std::size_t i = 0; i < held.size(); i += 2) io.release(held[i]);
            std::vector<Packet*> rest;
            for (std::size_t i = 1; i < held.size(); i += 2) rest.push_back(held[i]);
            held.swap(rest);
        }
    }
    for (Packet* packet : held) io.release(packet);
    EXPECT_EQ(io.counters().rx_copied, 0u) << "frames of our own pool are kept in place";
    expect_whole(*nic);
}

// Rule: keeping beyond the bound drops frames, never the ability to receive.
TEST(NullSoak, HoldingTooMuchNeverStopsReception) {
    NicConfig config = small_config("local/0");
    config.device = "net_null";
    config.arguments = "size=100,copy=0";
    config.packets = 256;
    const auto nic = open_or_fail(config);
    ASSERT_NE(nic, nullptr);
    PacketIo& io = nic->queue(0);
    std::vector<RxFrame> in(kBurst);
    std::vector<Packet*> held;
    for (unsigned pass = 0; pass < 200; ++pass) {
        const std::size_t got = io.rx_burst(in);
        ASSERT_EQ(got, kBurst) << "reception starved in pass " << pass;
        for (std::size_t i = 0; i < got; ++i)
            if (Packet* packet = io.keep(in[i], 0, 100)) held.push_back(packet);
    }
    EXPECT_EQ(held.size(), 256u);
    EXPECT_EQ(io.counters().no_buffer, 200 * kBurst - 256);
    for (Packet* packet : held) io.release(packet);
    expect_whole(*nic);
}

// Rule (T5): the same device opens again after it was closed, and two of a kind live side by side.
TEST(NullSoak, DevicesReopenAndCoexist) {
    for (unsigned i = 0; i < 30; ++i) {
        NicConfig config = small_config("local/0");
        config.device = "net_null7";
        const auto nic = open_or_fail(config);
        ASSERT_NE(nic, nullptr);
        const auto second = open_nic(config);
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().kind, NicErrorKind::busy);
        const auto unnumbered = open_or_fail(small_config("local/1"));
        EXPECT_NE(unnumbered, nullptr);
    }
}

// Rule: describe() states driver, addresses, who computes checksums and the memory in use.
TEST(NullSoak, DescriptionNamesTheChoices) {
    const auto nic = open_or_fail(small_config("local/0"));
    ASSERT_NE(nic, nullptr);
    const std::string text = nic->describe();
    for (const char* word :
         {"local/0", "net_null", "mac 02:", "mtu 1500", "TCP software", "512 packets", "DPDK"})
        EXPECT_NE(text.find(word), std::string::npos) << word << " is missing in\n" << text;
    EXPECT_NE(describe_nic_environment().find("DPDK"), std::string::npos);
    EXPECT_FALSE(nic->extended_stats().empty());
}

struct Mistake {
    const char* device;
    const char* arguments;
    NicErrorKind kind;
    const char* word;
};

// Rule: what cannot be opened is refused in one line that names the place, the fault and a cure.
TEST(NullSoak, MistakesAreNamedInOneLine) {
    const Mistake mistakes[] = {
        {"net_nosuch", "", NicErrorKind::unknown_device, "known are"},
        {"", "", NicErrorKind::bad_argument, "device must be"},
        {"net_af_packet", "", NicErrorKind::bad_argument, "iface="},
        {"net_af_packet", "iface=nosuch9", NicErrorKind::no_such_interface, "nosuch9"},
        {"net_null", "nonsense=1", NicErrorKind::bad_argument, "net_null"},
        {"0000:ff:1f.7", "", NicErrorKind::environment, "PCI"},
    };
    for (const Mistake& mistake : mistakes) {
        NicConfig config = small_config("local/0");
        config.device = mistake.device;
        config.arguments = mistake.arguments;
        const auto opened = open_nic(config);
        ASSERT_FALSE(opened.ok()) << mistake.device;
        EXPECT_EQ(opened.error().kind, mistake.kind) << opened.error().message;
        const std::string& message = opened.error().message;
        EXPECT_NE(message.find(mistake.word), std::string::npos) << message;
        EXPECT_NE(message.find("local/0"), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
}

// What a thread without capabilities is told when it opens `config`.
NicError refusal_without_privileges(const NicConfig& config) {
    NicError error;
    std::thread unprivileged([&] {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        const std::array<__user_cap_data_struct, 2> none{};
        ASSERT_EQ(syscall(SYS_capset, &header, none.data()), 0);
        const auto opened = open_nic(config);
        ASSERT_FALSE(opened.ok());
        error = opened.error();
    });
    unprivileged.join();
    return error;
}

// Rule: a missing privilege is told from a missing interface, and the message says how to grant it.
// Capabilities belong to a thread, so this holds for root as for others.
TEST(NullSoak, MissingPrivilegesAreNamed) {
    NicConfig config = small_config("local/0");
    config.device = "net_tap";
    config.arguments = "iface=rstest0";
    const NicError tap = refusal_without_privileges(config);
    EXPECT_TRUE(tap.kind == NicErrorKind::no_permission || tap.kind == NicErrorKind::no_such_interface)
        << tap.message;  // the latter where there is no /dev/net/tun
    EXPECT_NE(tap.message.find("sudo"), std::string::npos) << tap.message;
    config.device = "net_af_packet";
    config.arguments = "iface=lo";
    const NicError packet = refusal_without_privileges(config);
    EXPECT_EQ(packet.kind, NicErrorKind::no_permission) << packet.message;
    EXPECT_NE(packet.message.find("CAP_NET_RAW"), std::string::npos) << packet.message;
    EXPECT_NE(packet.message.find("setcap"), std::string::npos) << packet.message;
}

// Rule: the number of queues is bounded by the device, by name.
TEST(NullSoak, EveryQueueHasItsOwnPools) {
    NicConfig config = small_config("local/0");
    config.device = "net_null";
    config.queues = 4;
    const auto nic = open_or_fail(config);
    ASSERT_NE(nic, nullptr);
    ASSERT_EQ(nic->queue_count(), 4u);
    std::vector<Packet*> packets;
    for (std::size_t q = 0; q < 4; ++q) {
        packets.push_back(nic->queue(q).allocate());
        ASSERT_NE(packets.back(), nullptr);
        for (std::size_t other = 0; other < q; ++other)
            EXPECT_NE(packets[other]->pool_id, packets[q]->pool_id);
    }
    for (std::size_t q = 0; q < 4; ++q) nic->queue(3 - q).release(packets[q]);
    expect_whole(*nic);
}

}  // namespace
}  // namespace ringsock
