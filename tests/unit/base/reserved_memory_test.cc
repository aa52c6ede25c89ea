// SPDX-License-Identifier: BSD-3-Clause
#include "base/reserved_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <vector>

namespace ringsock {
namespace {

std::size_t resident_pages(void* data, std::size_t bytes) {
    std::vector<unsigned char> present((bytes + 4095) / 4096);
    EXPECT_EQ(::mincore(data, bytes, present.data()), 0);
    std::size_t count = 0;
    for (const unsigned char page : present) count += page & 1u;
    return count;
}

// Rule: D7, idle costs nothing. One touched byte of 1 GiB makes one page resident.
TEST(ReservedMemory, UntouchedPages_AreNotResident) {
    ReservedMemory memory(std::size_t{1} << 30);
    ASSERT_TRUE(memory.ok());
    ASSERT_EQ(memory.size(), std::size_t{1} << 30);
    EXPECT_EQ(resident_pages(memory.data(), memory.size()), 0u);
    static_cast<char*>(memory.data())[123456789] = 1;
    EXPECT_EQ(resident_pages(memory.data(), memory.size()), 1u);
    memory.discard();
    EXPECT_EQ(resident_pages(memory.data(), memory.size()), 0u);
    EXPECT_EQ(static_cast<char*>(memory.data())[123456789], 0);
}

// Rule: huge reservations start on a 2 MiB boundary, and all of what was asked for is usable.
TEST(ReservedMemory, HugeHint_AlignsToTwoMebibytes) {
    ReservedMemory memory((std::size_t{2} << 20) + 1, PageHint::huge);
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % (std::size_t{2} << 20), 0u);
    static_cast<char*>(memory.data())[0] = 1;
    static_cast<char*>(memory.data())[memory.size() - 1] = 1;
}

// Rule: a refused reservation is a value, not a crash.
TEST(ReservedMemory, MoreThanTheAddressSpace_IsRefused) {
    ReservedMemory memory(std::size_t{1} << 60);
    EXPECT_FALSE(memory.ok());
    EXPECT_EQ(memory.data(), nullptr);
    EXPECT_EQ(memory.size(), 0u);
    ReservedArray<std::uint64_t> array(SIZE_MAX / 4);
    EXPECT_FALSE(array.ok());
    EXPECT_EQ(array.size(), 0u);
    ReservedMemory none(0);
    EXPECT_TRUE(none.ok());
}

// Rule: the mapping has one owner; moving hands it over, and the old owner unmaps nothing.
TEST(ReservedArray, Move_TakesContentsAlong) {
    ReservedArray<std::uint32_t> a(1000);
    ASSERT_TRUE(a.ok());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], 0u);
    a[999] = 7;
    ReservedArray<std::uint32_t> b(std::move(a));
    EXPECT_EQ(a.size(), 0u);
    EXPECT_EQ(a.data(), nullptr);
    ASSERT_EQ(b.size(), 1000u);
    EXPECT_EQ(b[999], 7u);
    b = ReservedArray<std::uint32_t>(10);
    EXPECT_EQ(b.size(), 10u);
    EXPECT_EQ(b[9], 0u);
}

}  // namespace
}  // namespace ringsock
