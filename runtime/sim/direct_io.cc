// SPDX-License-Identifier: BSD-3-Clause
#include "sim/direct_io.h"

#include <algorithm>
#include <cstring>

namespace ringsock::sim {

DirectIo::DirectIo(MacAddress mac, std::uint32_t mtu, std::uint32_t packets) noexcept
    : pool_(packets, mtu + 64) {
    traits_.mac = mac;
    traits_.mtu = mtu;
}

std::size_t DirectIo::rx_burst(std::span<RxFrame> out) noexcept {
    std::size_t n = 0;
    for (; n < out.size() && n < kBurst; ++n) {
        Packet* const p = arrivals_.take_front();
        if (p == nullptr) break;
        out[n] = {.data = p->data, .length = p->length, .handle = p};
        counters_.rx_bytes += p->length;
    }
    counters_.rx_frames += n;
    return n;
}

std::size_t DirectIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    std::size_t n = 0;
    for (const TxFrame& f : frames) {
        if (peer_ == nullptr || peer_->arrivals_.count() >= kMaxFrames) break;
        Packet* const p = peer_->pool_.allocate();
        if (p == nullptr) break;
        std::memcpy(p->data, f.header.data(), f.header_length);
        std::byte* to = p->data + f.header_length;
        std::uint32_t left = std::min(f.payload_length, p->capacity - f.header_length),
                      offset = f.payload_offset;
        for (const Packet* piece = f.payload; left != 0 && piece != nullptr;
             piece = piece->next, offset = 0) {
            const std::uint32_t take = std::min(left, piece->length - offset);
            std::memcpy(to, piece->data + offset, take);
            to += take;
            left -= take;
        }
        p->length = static_cast<std::uint32_t>(to - p->data);
        counters_.tx_bytes += p->length;
        peer_->arrivals_.push_back(p);
        ++n;
    }
    counters_.tx_frames += n;
    counters_.tx_refused += frames.size() - n;
    return n;
}

Packet* DirectIo::keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    auto* const p = static_cast<Packet*>(frame.handle);
    p->data += offset;
    p->capacity -= offset;
    p->length = length;
    return p;
}

void DirectIo::release_frames(std::span<const RxFrame> frames) noexcept {
    for (const RxFrame& f : frames) pool_.release(static_cast<Packet*>(f.handle));
}

Packet* DirectIo::allocate() noexcept {
    Packet* const p = pool_.allocate();
    if (p == nullptr) ++counters_.no_buffer;
    return p;
}

}  // namespace ringsock::sim
