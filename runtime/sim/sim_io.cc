// SPDX-License-Identifier: BSD-3-Clause
#include "sim/sim_io.h"

#include "sim/device_work.h"

#include <algorithm>
#include <cstring>

namespace ringsock::sim {

SimIo::SimIo(MacAddress mac, std::uint32_t mtu, std::uint32_t packets) : pool_(packets, mtu + 64) {
    traits_.mac = mac;
    traits_.mtu = mtu;
}

SimIo::~SimIo() {
    for (Packet* p : arrivals_) pool_.release(p);
}

void SimIo::deliver(std::span<const std::byte> frame) {
    Packet* p = pool_.allocate();
    if (p == nullptr) {
        ++counters_.no_buffer;
        return;
    }
    if (frame.size() > p->capacity) {
        ++oversized_;
        pool_.release(p);
        return;
    }
    if (!frame.empty()) std::memcpy(p->data, frame.data(), frame.size());
    p->length = static_cast<std::uint32_t>(frame.size());
    arrivals_.push_back(p);
}

std::size_t SimIo::rx_burst(std::span<RxFrame> out) noexcept {
    std::size_t n = 0;
    for (; n < out.size() && n < kBurst && !arrivals_.empty(); ++n) {
        Packet* p = arrivals_.front();
        arrivals_.pop_front();
        out[n] = {.data = p->data, .length = p->length, .handle = p};
        counters_.rx_bytes += p->length;
    }
    counters_.rx_frames += n;
    return n;
}

std::size_t SimIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    std::size_t n = 0;
    for (const TxFrame& f : frames) {
        if (tx_allowed_ == 0) break;
        if (tx_allowed_ != UINT64_MAX) --tx_allowed_;
        Frame bytes(f.header.begin(), f.header.begin() + f.header_length);
        bytes.reserve(f.header_length + f.payload_length);
        std::uint32_t left = f.payload_length, offset = f.payload_offset;
        for (const Packet* piece = f.payload; left != 0 && piece != nullptr;
             piece = piece->next, offset = 0) {
            const std::uint32_t take = std::min(left, piece->length - offset);
            bytes.insert(bytes.end(), piece->data + offset, piece->data + offset + take);
            left -= take;
        }
        counters_.tx_bytes += bytes.size();
        if (sink_ && link_up_) complete_and_send(f, std::move(bytes));
        ++n;
    }
    counters_.tx_frames += n;
    counters_.tx_refused += frames.size() - n;
    return n;
}

void SimIo::offer_segmentation() noexcept {
    traits_.tx_tcp_checksum = true;
    traits_.segmentation_bytes = 65535 - 20 - 60;
    traits_.segmentation_pieces = 40;
}

void SimIo::complete_and_send(const TxFrame& frame, Frame&& bytes) {
    const auto asks = [&](TxOffload what) { return (frame.offloads & static_cast<std::uint8_t>(what)) != 0; };
    if (!asks(TxOffload::tcp_checksum)) return sink_(std::move(bytes));
    const FrameLayers layers{frame.l2_length, frame.l3_length, frame.l4_length};
    if (!asks(TxOffload::tcp_segmentation)) {
        complete_tcp(bytes, layers);
        return sink_(std::move(bytes));
    }
    ++frames_cut_;
    segments_made_ += cut_tcp(bytes, layers, frame.segment_bytes, sink_);
}

Packet* SimIo::keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept {
    auto* p = static_cast<Packet*>(frame.handle);
    if (fail_at_ != 0 && --fail_at_ == 0) {
        ++counters_.no_buffer;
        pool_.release(p);
        return nullptr;
    }
    p->data += offset;
    p->capacity -= offset;
    p->length = length;
    return p;
}

void SimIo::release_frames(std::span<const RxFrame> frames) noexcept {
    for (const RxFrame& f : frames) pool_.release(static_cast<Packet*>(f.handle));
}

Packet* SimIo::allocate() noexcept {
    if (fail_at_ != 0 && --fail_at_ == 0) {
        ++counters_.no_buffer;
        return nullptr;
    }
    Packet* p = pool_.allocate();
    if (p == nullptr) ++counters_.no_buffer;
    return p;
}

}  // namespace ringsock::sim
