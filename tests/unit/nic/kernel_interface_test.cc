// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of its interfaces, and driver arguments; no privileges: the loopback interface is
// everywhere.
#include "nic/dpdk/kernel_interface.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

namespace ringsock::dpdk {
namespace {

// Rule: facts of an interface that exists.
TEST(KernelInterface, LoopbackIsKnown) {
    const KernelInterface lo("lo");
    ASSERT_TRUE(lo.exists());
    EXPECT_TRUE(lo.named());
    EXPECT_NE(lo.flags() & IFF_LOOPBACK, 0);
    EXPECT_EQ(lo.carries(), (lo.flags() & IFF_UP) != 0);
    ASSERT_TRUE(lo.mtu().has_value());
    EXPECT_GE(*lo.mtu(), 1280u);
    ASSERT_TRUE(lo.mac().has_value());
    EXPECT_TRUE(lo.mac()->is_zero());
}

// Rule: one that does not exist, or whose name cannot be one, carries nothing and crashes nobody.
TEST(KernelInterface, MissingAndImpossibleNames) {
    for (const char* name : {"nosuch9", "", "a-name-much-longer-than-the-kernel-allows"}) {
        const KernelInterface none(name);
        EXPECT_FALSE(none.exists()) << name;
        EXPECT_EQ(none.flags(), -1);
        EXPECT_FALSE(none.carries());
        EXPECT_FALSE(none.mtu().has_value());
        EXPECT_FALSE(none.mac().has_value());
    }
    EXPECT_FALSE(KernelInterface().named());
}

// Rule: a moved interface keeps its socket, once.
TEST(KernelInterface, MovesWithItsSocket) {
    KernelInterface first("lo");
    KernelInterface second = std::move(first);
    EXPECT_TRUE(second.exists());
    KernelInterface third;
    third = std::move(second);
    EXPECT_TRUE(third.exists());
}

// Rule: the value of a key in "a=1,b=2"; whole keys only.
TEST(DriverArguments, ValuesByKey) {
    EXPECT_EQ(argument_value("iface=dtap0", "iface"), "dtap0");
    EXPECT_EQ(argument_value("a=1,iface=x,b=2", "iface"), "x");
    EXPECT_EQ(argument_value("a=1,iface=x=y", "iface"), "x=y");
    EXPECT_EQ(argument_value("xiface=no,iface=yes", "iface"), "yes");
    EXPECT_EQ(argument_value("iface,b=iface", "iface"), "");
    EXPECT_EQ(argument_value("", "iface"), "");
    EXPECT_EQ(argument_value(",,=,", "iface"), "");
    EXPECT_EQ(argument_value("iface=", "iface"), "");
}

// Rule: root has the capabilities unless something took them; the hint names the program and the command.
TEST(Capabilities, HintNamesTheProgram) {
    const std::string hint = grant_hint("cap_net_raw");
    EXPECT_NE(hint.find("sudo setcap cap_net_raw+ep /"), std::string::npos) << hint;
    EXPECT_NE(hint.find("kernel_interface_test"), std::string::npos) << hint;
    if (geteuid() != 0) {
        EXPECT_FALSE(has_capability(kCapNetAdmin)) << "an ordinary user is expected to have none";
    }
}

}  // namespace
}  // namespace ringsock::dpdk
