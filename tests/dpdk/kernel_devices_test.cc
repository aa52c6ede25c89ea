// SPDX-License-Identifier: BSD-3-Clause
// net_af_packet, net_af_xdp and net_tap against a packet socket of the kernel, in a network namespace of the
// test's own: bytes both ways, and the link, which these drivers do not report. An ordinary user gets a user
// namespace first.
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "tests/dpdk/nic_fixture.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kTestEtherType = 0x88b5;  // for experiments (IEEE 802)
constexpr auto kPatience = std::chrono::seconds(5);

bool run(const char* command) {
    return std::system(command) == 0;
}

bool write_file(const char* path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    return file.good();
}

// An ordinary user becomes root of a user namespace of its own, where it may make a network namespace.
bool enter_namespaces() {
    if (unshare(CLONE_NEWNET) == 0) return true;
    const std::string user = std::to_string(getuid()), group = std::to_string(getgid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
           write_file("/proc/self/uid_map", "0 " + user + " 1") &&
           write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/gid_map", "0 " + group + " 1");
}

// The process moves into a fresh namespace once, before DPDK starts its thread. "" when it did.
const std::string& why_not_private() {
    static const std::string reason = [] {
        if (!enter_namespaces()) return std::string("no new network namespace: ") + std::strerror(errno);
        const bool made =
            run("ip link set lo up && ip link add rsa type veth peer name rsb && "
                "ip link set rsa up && ip link set rsb up");
        return std::string(made ? "" : "the kernel or ip(8) makes no veth pair");
    }();
    return reason;
}

// A packet socket on an interface: the kernel's end.
class KernelEnd {
  public:
    explicit KernelEnd(const char* interface)
        : fd_(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(kTestEtherType))) {
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(kTestEtherType);
        at.sll_ifindex = static_cast<int>(if_nametoindex(interface));
        EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0) << std::strerror(errno);
    }
    ~KernelEnd() { close(fd_); }
    KernelEnd(const KernelEnd&) = delete;
    KernelEnd& operator=(const KernelEnd&) = delete;

    bool send_bytes(const std::vector<std::byte>& bytes) const {
        return send(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
    }
    /// The next frame; empty when none comes in time.
    std::vector<std::byte> receive_bytes() const {
        std::vector<std::byte> frame(4096);
        const auto until = Clock::now() + kPatience;
        while (Clock::now() < until) {
            const ssize_t got = recv(fd_, frame.data(), frame.size(), 0);
            if (got > 0) {
                frame.resize(static_cast<std::size_t>(got));
                return frame;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return {};
    }

  private:
    int fd_;
};

// A broadcast frame of the test's protocol: 14 header bytes in `frame`, the rest is payload.
TxFrame test_header(const MacAddress& from) {
    TxFrame frame = frame_of(0, 14);
    std::memset(frame.header.data(), 0xff, 6);
    std::memcpy(frame.header.data() + 6, from.octets.data(), 6);
    frame.header[12] = std::byte{kTestEtherType >> 8};
    frame.header[13] = std::byte{kTestEtherType & 0xff};
    return frame;
}

// Waits for the link to be as wanted.
bool link_becomes(Nic& nic, bool up) {
    const auto until = Clock::now() + kPatience;
    while (nic.link_up() != up && Clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return nic.link_up() == up;
}

// The next frame of the test's protocol at `io` (others, such as neighbour discovery, are let go).
bool receive_test_frame(PacketIo& io, RxFrame& out) {
    const auto until = Clock::now() + kPatience;
    while (Clock::now() < until) {
        RxFrame frame;
        if (io.rx_burst({&frame, 1}) == 0) continue;
        if (frame.length > 14 && frame.data[12] == std::byte{0x88} && frame.data[13] == std::byte{0xb5}) {
            out = frame;
            return true;
        }
        io.release_frames({&frame, 1});
    }
    return false;
}

// Frames of several sizes and pieces out, and the same back in.
void exchange(Nic& nic, const KernelEnd& kernel) {
    PacketIo& io = nic.queue(0);
    for (const std::uint32_t size : {46u, 200u, 256u, 257u, 1000u, 1480u}) {
        Packet* first = io.allocate();
        Packet* second = io.allocate();
        ASSERT_TRUE(first != nullptr && second != nullptr);
        fill(*first, size / 2, 0);
        fill(*second, size - size / 2, size / 2 * 7);
        first->next = second;
        TxFrame frame = test_header(io.traits().mac);
        frame.payload = first;
        frame.payload_length = size;
        ASSERT_EQ(io.tx_burst({&frame, 1}), 1u);
        io.release(first);
        io.release(second);
        const std::vector<std::byte> seen = kernel.receive_bytes();
        ASSERT_EQ(seen.size(), 14 + size);
        EXPECT_TRUE(has_pattern(seen.data() + 14, size, 0));

        ASSERT_TRUE(kernel.send_bytes(seen));
        RxFrame back;
        ASSERT_TRUE(receive_test_frame(io, back)) << size;
        ASSERT_EQ(back.length, 14 + size);
        Packet* kept = io.keep(back, 14, size);
        ASSERT_NE(kept, nullptr);
        EXPECT_TRUE(has_pattern(kept->data, size, 0));
        io.release(kept);
    }
    EXPECT_EQ(io.counters().rx_copied, 0u);
}

std::unique_ptr<Nic> open_device(const char* device, const char* arguments) {
    NicConfig config = small_config("local/0");
    config.device = device;
    config.arguments = arguments;
    auto opened = open_nic(config);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
}

// Rule: net_af_packet carries frames, uses its interface's MAC, and the link follows both ends of the veth.
TEST(KernelDevices, PacketSocketsCarryFramesAndSeeTheLink) {
    if (!why_not_private().empty()) GTEST_SKIP() << why_not_private();
    for (int round = 0; round < 2; ++round) {  // it opens again after it was closed
        const auto nic = open_device("net_af_packet", "iface=rsa");
        ASSERT_NE(nic, nullptr);
        ASSERT_TRUE(link_becomes(*nic, true));
        EXPECT_FALSE(nic->traits().mac.is_zero());
        EXPECT_FALSE(nic->traits().tx_tcp_checksum);
        exchange(*nic, KernelEnd("rsb"));
        ASSERT_TRUE(run("ip link set rsb down"));
        EXPECT_TRUE(link_becomes(*nic, false));
        ASSERT_TRUE(nic->link_problem().has_value());
        EXPECT_NE(nic->link_problem()->message.find("rsa has no carrier"), std::string::npos);
        ASSERT_TRUE(run("ip link set rsb up"));
        EXPECT_TRUE(link_becomes(*nic, true));
        ASSERT_TRUE(run("ip link set rsa down"));
        EXPECT_TRUE(link_becomes(*nic, false));
        ASSERT_TRUE(nic->link_problem().has_value());
        EXPECT_NE(nic->link_problem()->message.find("sudo ip link set dev rsa up"), std::string::npos);
        ASSERT_TRUE(run("ip link set rsa up"));
        EXPECT_TRUE(link_becomes(*nic, true));
        expect_whole(*nic);
    }
}

// "" where the kernel takes AF_XDP sockets and programs from this process.
std::string why_no_xdp() {
    std::ifstream map("/proc/self/uid_map");
    unsigned long inside = 1, outside = 1, count = 0;
    map >> inside >> outside >> count;
    if (outside != 0 || count != 0xffffffffUL) return "XDP programs are not for roots of user namespaces";
    const int fd = socket(AF_XDP, SOCK_RAW, 0);
    if (fd < 0) return std::string("no AF_XDP socket: ") + std::strerror(errno);
    close(fd);
    return {};
}

// Rule: net_af_xdp carries frames in both forms, the link follows the veth, a second user of the queue is
// told of the first and does it no harm, and after closing every buffer is home and the device opens again.
TEST(KernelDevices, AfXdpCarriesFramesAndSeesTheLink) {
    if (!why_not_private().empty()) GTEST_SKIP() << why_not_private();
    if (!why_no_xdp().empty()) GTEST_SKIP() << why_no_xdp();
    for (const char* arguments : {"iface=rsa", "iface=rsa,force_copy=1", "iface=rsa,start_queue=0"}) {
        const auto nic = open_device("net_af_xdp", arguments);
        ASSERT_NE(nic, nullptr);
        ASSERT_TRUE(link_becomes(*nic, true));
        EXPECT_FALSE(nic->traits().mac.is_zero());
        EXPECT_FALSE(nic->traits().tx_tcp_checksum || nic->traits().rx_checksum);
        exchange(*nic, KernelEnd("rsb"));
        NicConfig second = small_config("local/1");
        second.device = "net_af_xdp";
        second.arguments = "iface=rsa";
        const auto refused = open_nic(second);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().kind, NicErrorKind::busy) << refused.error().message;
        EXPECT_NE(refused.error().message.find("another program uses AF_XDP"), std::string::npos);
        exchange(*nic, KernelEnd("rsb"));
        ASSERT_TRUE(run("ip link set rsb down"));
        EXPECT_TRUE(link_becomes(*nic, false));
        ASSERT_TRUE(run("ip link set rsb up"));
        EXPECT_TRUE(link_becomes(*nic, true));
        exchange(*nic, KernelEnd("rsb"));
        EXPECT_EQ(nic->pools(0).packets_held, 0u);
        EXPECT_EQ(nic->pools(0).headers_in_use, 0u);
    }
}

// Rule: what net_af_xdp cannot do is said before it tries, with the cure.
TEST(KernelDevices, AfXdpArgumentsAreChecked) {
    if (!why_not_private().empty()) GTEST_SKIP() << why_not_private();
    if (!why_no_xdp().empty()) GTEST_SKIP() << why_no_xdp();
    struct Case {
        const char* arguments;
        NicErrorKind kind;
        const char* says;
    };
    for (const Case& c : {Case{"iface=rsa,start_queue=7", NicErrorKind::bad_argument, "lower start_queue"},
                          Case{"iface=rsz", NicErrorKind::no_such_interface, "ip link add rsz"},
                          Case{"", NicErrorKind::bad_argument, "iface=NAME"},
                          Case{"iface=rsa,color=red", NicErrorKind::bad_argument, "takes iface, start_queue"},
                          Case{"iface=rsa,force_copy=yes", NicErrorKind::bad_argument, "0 to 1"},
                          Case{"iface", NicErrorKind::bad_argument, "not KEY=VALUE"}}) {
        NicConfig config = small_config("local/0");
        config.device = "net_af_xdp";
        config.arguments = c.arguments;
        const auto opened = open_nic(config);
        ASSERT_FALSE(opened.ok()) << c.arguments;
        EXPECT_EQ(opened.error().kind, c.kind) << opened.error().message;
        EXPECT_NE(opened.error().message.find(c.says), std::string::npos) << opened.error().message;
        EXPECT_EQ(opened.error().message.find('\n'), std::string::npos);
    }
}

// Rule: net_tap makes its interface, carries frames, computes no checksums, and the link follows the
// interface.
TEST(KernelDevices, TapCarriesFramesAndSeesTheLink) {
    if (!why_not_private().empty()) GTEST_SKIP() << why_not_private();
    if (access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun: " << std::strerror(errno);
    for (int round = 0; round < 2; ++round) {
        const auto nic = open_device("net_tap", "iface=rstap9");
        ASSERT_NE(nic, nullptr);
        ASSERT_TRUE(link_becomes(*nic, true));
        EXPECT_EQ(nic->traits().mac.octets[0] & 3, 2);
        EXPECT_FALSE(nic->traits().tx_tcp_checksum || nic->traits().rx_checksum);
        exchange(*nic, KernelEnd("rstap9"));
        ASSERT_TRUE(run("ip link set rstap9 down"));
        EXPECT_TRUE(link_becomes(*nic, false));
        ASSERT_TRUE(run("ip link set rstap9 up"));
        EXPECT_TRUE(link_becomes(*nic, true));
        EXPECT_EQ(nic->pools(0).packets_held, 0u);
        EXPECT_EQ(nic->pools(0).headers_in_use, 0u);
    }
}

// Rule: an interface that disappears takes the link with it, and nothing else.
TEST(KernelDevices, VanishedInterfaceIsNamed) {
    if (!why_not_private().empty()) GTEST_SKIP() << why_not_private();
    ASSERT_TRUE(run("ip link add rsx type veth peer name rsy && ip link set rsx up && ip link set rsy up"));
    const auto nic = open_device("net_af_packet", "iface=rsx");
    ASSERT_NE(nic, nullptr);
    ASSERT_TRUE(link_becomes(*nic, true));
    ASSERT_TRUE(run("ip link del rsx"));
    EXPECT_TRUE(link_becomes(*nic, false));
    ASSERT_TRUE(nic->link_problem().has_value());
    EXPECT_NE(nic->link_problem()->message.find("rsx no longer exists"), std::string::npos);
    // What had arrived before may still be read; then the device is silent.
    std::vector<RxFrame> in(kBurst);
    std::size_t got = 0;
    for (unsigned pass = 0; pass < 100; ++pass) {
        got = nic->queue(0).rx_burst(in);
        nic->queue(0).release_frames(std::span(in).first(got));
    }
    EXPECT_EQ(got, 0u);
    expect_whole(*nic);
}

}  // namespace
}  // namespace ringsock
