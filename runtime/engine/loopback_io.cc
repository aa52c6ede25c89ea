// SPDX-License-Identifier: BSD-3-Clause
#include "engine/loopback_io.h"

#include <algorithm>
#include <cstring>

namespace ringsock {

std::size_t LoopbackIo::rx_burst(std::span<RxFrame> out) noexcept {
    std::size_t n = 0;
    while (n < out.size() && n < kBurst) {
        Packet* p = frames_.take_front();
        if (p == nullptr) break;
        out[n] = {.data = p->data,
                  .length = p->length,
                  .verdict = kRxIpv4ChecksumGood | kRxL4ChecksumGood,
                  .handle = p};
        counters_.rx_bytes += p->length;
        ++n;
    }
    counters_.rx_frames += n;
    return n;
}

std::size_t LoopbackIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    std::size_t n = 0;
    for (const TxFrame& f : frames) {
        if (frames_.count() >= kMaxFrames) break;
        Packet* p = pool_.allocate();
        if (p == nullptr) break;
        const std::uint32_t total = f.header_length + f.payload_length;
        if (total <= p->capacity) {
            std::memcpy(p->data, f.header.data(), f.header_length);
            std::byte* to = p->data + f.header_length;
            std::uint32_t left = f.payload_length, offset = f.payload_offset;
            for (const Packet* piece = f.payload; left > 0 && piece != nullptr; piece = piece->next) {
                const std::uint32_t take = std::min(left, piece->length - offset);
                std::memcpy(to, piece->data + offset, take);
                to += take;
                left -= take;
                offset = 0;
            }
            p->length = total;
            frames_.push_back(p);
        } else {
            pool_.release(p);  // Larger than any receive buffer: lost, like on a wire with a smaller MTU.
        }
        counters_.tx_bytes += total;
        ++n;
    }
    counters_.tx_frames += n;
    counters_.tx_refused += frames.size() - n;
    return n;
}

Packet* LoopbackIo::keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    auto* p = static_cast<Packet*>(frame.handle);
    p->data += offset;
    p->capacity -= offset;
    p->length = length;
    return p;
}

void LoopbackIo::release_frames(std::span<const RxFrame> frames) noexcept {
    for (const RxFrame& f : frames) pool_.release(static_cast<Packet*>(f.handle));
}

}  // namespace ringsock
