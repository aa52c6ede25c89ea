// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/kernel_io.h"

#include <algorithm>
#include <cstring>

namespace ringsock {

// A burst at most; what the device refuses is first in line in the next pass, and the ring behind it fills
// until the thread leaves frames in the kernel's own queue.
void KernelIo::send_for_kernel() noexcept {
    while (pending_ < kBurst) {
        const std::span<const std::byte> bytes = rings_.from_kernel.front();
        if (bytes.empty()) break;
        const std::size_t head = std::min(bytes.size(), kHeadBytes);
        const std::size_t rest = bytes.size() - head;
        Packet* packet = nullptr;
        if (rest != 0) {
            packet = inner_.allocate();
            if (packet == nullptr || packet->capacity < rest) {
                if (packet != nullptr) inner_.release(packet);
                KernelRings::add_one(rings_.lost_from_kernel);
                rings_.from_kernel.pop();
                continue;
            }
            std::memcpy(packet->data, bytes.data() + head, rest);
            packet->length = static_cast<std::uint32_t>(rest);
            packet->next = nullptr;
        }
        TxFrame& frame = frames_[pending_];
        std::memcpy(frame.header.data(), bytes.data(), head);
        frame.header_length = static_cast<std::uint16_t>(head);
        frame.l2_length = frame.l3_length = frame.l4_length = 0;
        frame.offloads = 0;  // The kernel computed every checksum: its device offers nothing.
        frame.payload = packet;
        frame.payload_offset = 0;
        frame.payload_length = static_cast<std::uint32_t>(rest);
        packets_[pending_++] = packet;
        rings_.from_kernel.pop();
    }
    const auto taken = static_cast<std::uint32_t>(inner_.tx_burst({frames_.data(), pending_}));
    for (std::uint32_t i = 0; i < taken; ++i) {
        if (packets_[i] != nullptr) inner_.release(packets_[i]);
        KernelRings::add_one(rings_.sent);
    }
    for (std::uint32_t i = taken; i < pending_ && taken != 0; ++i) {
        frames_[i - taken] = frames_[i];
        packets_[i - taken] = packets_[i];
    }
    pending_ -= taken;
    // An engine on its way to sleep makes one last pass; more than a burst needs another one.
    Doorbell* const bell = rings_.engine_bell.load(std::memory_order_relaxed);
    if (taken != 0 && bell != nullptr && (pending_ != 0 || !rings_.from_kernel.front().empty()))
        bell->ring_if_asleep();
}

void KernelIo::drop_pending() noexcept {
    for (std::uint32_t i = 0; i < pending_; ++i)
        if (packets_[i] != nullptr) inner_.release(packets_[i]);
    pending_ = 0;
}

}  // namespace ringsock
