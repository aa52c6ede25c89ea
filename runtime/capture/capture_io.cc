// SPDX-License-Identifier: BSD-3-Clause
#include "capture/capture_io.h"

#include <algorithm>
#include <cstring>

#include "time/wall_clock.h"

namespace ringsock {
namespace {

// A counter with one writer: others only read it.
void add_one(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

std::byte* CaptureIo::begin_record(std::uint64_t nanoseconds, std::uint32_t length,
                                   pcapng::Direction direction) noexcept {
    add_one(tap_.seen);
    const std::uint32_t kept = std::min(length, tap_.snap_bytes);
    std::byte* at = tap_.ring.reserve(static_cast<std::uint32_t>(sizeof(CaptureRecord)) + kept);
    if (at == nullptr) {
        add_one(tap_.no_room);
        return nullptr;
    }
    const CaptureRecord record{nanoseconds, length, direction};
    std::memcpy(at, &record, sizeof record);
    return at + sizeof record;
}

std::size_t CaptureIo::rx_burst(std::span<RxFrame> out) noexcept {
    const std::size_t count = inner_.rx_burst(out);
    if (count == 0 || !tap_.recording.load(std::memory_order_relaxed)) return count;
    const std::uint64_t now = wall_clock_nanoseconds();
    for (std::size_t i = 0; i < count; ++i) {
        std::byte* at = begin_record(now, out[i].length, pcapng::Direction::inbound);
        if (at == nullptr) continue;
        std::memcpy(at, out[i].data, std::min(out[i].length, tap_.snap_bytes));
        tap_.ring.commit();
    }
    return count;
}

// Header and payload of a frame lie in different places, and payload goes on from packet to packet.
void CaptureIo::record_sent(const TxFrame& frame, std::uint64_t nanoseconds) noexcept {
    const std::uint32_t length = frame.header_length + frame.payload_length;
    std::byte* at = begin_record(nanoseconds, length, pcapng::Direction::outbound);
    if (at == nullptr) return;
    std::uint32_t left = std::min(length, tap_.snap_bytes);
    const std::uint32_t head = std::min<std::uint32_t>(left, frame.header_length);
    std::memcpy(at, frame.header.data(), head);
    at += head;
    left -= head;
    std::uint32_t offset = frame.payload_offset;
    for (const Packet* p = frame.payload; p != nullptr && left != 0; p = p->next) {
        const std::uint32_t piece = std::min(left, p->length > offset ? p->length - offset : 0);
        if (piece != 0) std::memcpy(at, p->data + offset, piece);
        at += piece;
        left -= piece;
        offset = 0;
    }
    if (left != 0) std::memset(at, 0, left);
    tap_.ring.commit();
}

std::size_t CaptureIo::tx_burst(std::span<const TxFrame> frames) noexcept {
    const bool recording = tap_.recording.load(std::memory_order_relaxed) && !frames.empty();
    // Before the frames leave: the answer must not seem to be older than the question.
    const std::uint64_t now = recording ? wall_clock_nanoseconds() : 0;
    const std::size_t taken = inner_.tx_burst(frames);
    if (!recording) return taken;
    // What the device refused comes again, and is recorded when it is taken.
    for (std::size_t i = 0; i < taken; ++i) record_sent(frames[i], now);
    return taken;
}

}  // namespace ringsock
