// SPDX-License-Identifier: BSD-3-Clause
// Frames for the tests of the steer room, byte by byte, and a carrier that is a queue in memory.
#pragma once

#include <cstring>
#include <deque>
#include <vector>

#include "base/endian.h"
#include "packet/array_pool.h"
#include "packet/packet_io.h"
#include "wire/toeplitz.h"

namespace ringsock::testing {

using Bytes = std::vector<std::byte>;

inline constexpr Ipv4 kUs = Ipv4::of(10, 0, 0, 1), kPeer = Ipv4::of(10, 0, 0, 2);

inline Bytes ethernet(std::uint16_t type, std::size_t length) {
    Bytes frame(length);
    store_be<std::uint16_t>(frame.data() + 12, type);
    return frame;
}

/// An IPv4 header at `at`, 20 bytes, without checksum.
inline void put_ipv4(Bytes& frame, std::size_t at, std::uint8_t protocol, Ipv4 source, Ipv4 destination,
                     std::uint16_t fragment = 0) {
    frame[at] = std::byte{0x45};
    store_be<std::uint16_t>(frame.data() + at + 6, fragment);
    frame[at + 9] = std::byte{protocol};
    store_be<std::uint32_t>(frame.data() + at + 12, source.value);
    store_be<std::uint32_t>(frame.data() + at + 16, destination.value);
}

/// TCP or UDP from the peer to us, as far as ports.
inline Bytes transport(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port,
                       std::uint16_t fragment = 0) {
    Bytes frame = ethernet(0x0800, 64);
    put_ipv4(frame, 14, protocol, kPeer, kUs, fragment);
    store_be<std::uint16_t>(frame.data() + 34, source_port);
    store_be<std::uint16_t>(frame.data() + 36, destination_port);
    return frame;
}

/// ICMP port unreachable about a segment of ours from `local_port` to `remote_port`.
inline Bytes unreachable(std::uint8_t protocol, std::uint16_t local_port, std::uint16_t remote_port) {
    Bytes frame = ethernet(0x0800, 90);
    put_ipv4(frame, 14, 1, Ipv4::of(10, 0, 0, 254), kUs);
    frame[34] = std::byte{3};
    put_ipv4(frame, 42, protocol, kUs, kPeer);
    store_be<std::uint16_t>(frame.data() + 62, local_port);
    store_be<std::uint16_t>(frame.data() + 64, remote_port);
    return frame;
}

/// Hands out what was put in, keeps what is sent; counts what is out.
class MemoryIo final : public PacketIo {
  public:
    explicit MemoryIo(std::uint32_t packets = 64) : pool_(packets, 2048) {}
    std::deque<Bytes> arriving;
    std::vector<Bytes> sent;
    std::size_t room = SIZE_MAX;  ///< Frames the device still takes.
    std::size_t lent = 0;         ///< Received frames not given back.
    std::uint16_t verdict = 0;
    std::uint32_t hash = 0;
    bool up = true;

    std::size_t rx_burst(std::span<RxFrame> out) noexcept override {
        std::size_t count = 0;
        for (; count < out.size() && !arriving.empty(); ++count) {
            frames_.push_back(std::move(arriving.front()));
            arriving.pop_front();
            Bytes& bytes = frames_.back();
            out[count] = {bytes.data(), static_cast<std::uint32_t>(bytes.size()), hash, verdict, &bytes};
            ++lent;
        }
        return count;
    }
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override {
        std::size_t count = 0;
        for (; count < frames.size() && room != 0; ++count, --room) {
            const TxFrame& f = frames[count];
            Bytes bytes(f.header.begin(), f.header.begin() + f.header_length);
            std::uint32_t left = f.payload_length, offset = f.payload_offset;
            for (const Packet* p = f.payload; left != 0; p = p->next, offset = 0) {
                const std::uint32_t take = std::min(left, p->length - offset);
                bytes.insert(bytes.end(), p->data + offset, p->data + offset + take);
                left -= take;
            }
            sent.push_back(std::move(bytes));
        }
        counters_.tx_frames += count;
        return count;
    }
    Packet* keep(const RxFrame& frame, std::uint32_t offset, std::uint32_t length) noexcept override {
        --lent;
        Packet* p = pool_.allocate();
        if (p == nullptr) return nullptr;
        std::memcpy(p->data, frame.data + offset, length);
        p->length = length;
        return p;
    }
    void release_frames(std::span<const RxFrame> frames) noexcept override { lent -= frames.size(); }
    Packet* allocate() noexcept override { return pool_.allocate(); }
    void release(Packet* p) noexcept override { pool_.release(p); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return up; }
    [[nodiscard]] std::uint32_t packets_out() const { return pool_.in_use(); }

  private:
    ArrayPool pool_;
    std::deque<Bytes> frames_;
    IoTraits traits_;
    IoCounters counters_;
};

inline ToeplitzKey test_key() {
    ToeplitzKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(37 * i + 11);
    return key;
}

}  // namespace ringsock::testing
