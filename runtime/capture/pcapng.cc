// SPDX-License-Identifier: BSD-3-Clause
#include "capture/pcapng.h"

namespace ringsock::pcapng {
namespace {

constexpr std::uint16_t kEndOfOptions = 0;

/// One block: type, total length, body, total length again (§3.1). The lengths are known at the end.
class Block {
  public:
    Block(Bytes& out, std::uint32_t type) : out_(out), begin_(out.size()) {
        word(type);
        word(0);
    }
    ~Block() {
        const auto total = static_cast<std::uint32_t>(out_.size() - begin_ + sizeof(std::uint32_t));
        word(total);
        for (std::size_t i = 0; i < sizeof total; ++i)
            out_[begin_ + 4 + i] = reinterpret_cast<const std::byte*>(&total)[i];
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    void half(std::uint16_t v) { append(&v, sizeof v); }
    void word(std::uint32_t v) { append(&v, sizeof v); }
    /// High word first, whatever the byte order (§4.3).
    void time(std::uint64_t nanoseconds) {
        word(static_cast<std::uint32_t>(nanoseconds >> 32));
        word(static_cast<std::uint32_t>(nanoseconds));
    }
    void append(const void* from, std::size_t count) {
        const auto* bytes = static_cast<const std::byte*>(from);
        out_.insert(out_.end(), bytes, bytes + count);
    }
    void pad() { out_.resize(begin_ + ((out_.size() - begin_ + 3) & ~std::size_t{3})); }
    void option(std::uint16_t code, const void* value, std::size_t length) {
        half(code);
        half(static_cast<std::uint16_t>(length));
        append(value, length);
        pad();
    }
    void option(std::uint16_t code, const std::string& text) { option(code, text.data(), text.size()); }

  private:
    Bytes& out_;
    const std::size_t begin_;
};

}  // namespace

void append_section(Bytes& out, const std::string& application) {
    constexpr std::uint16_t kApplication = 4;
    Block block(out, 0x0a0d0d0a);
    block.word(0x1a2b3c4d);  // Says the byte order.
    block.half(1);
    block.half(0);
    block.word(UINT32_MAX);  // Section length: not told, 64 bits.
    block.word(UINT32_MAX);
    block.option(kApplication, application);
    block.option(kEndOfOptions, nullptr, 0);
}

void append_interface(Bytes& out, const std::string& name, const std::string& description,
                      const MacAddress& mac, std::uint32_t snap_bytes) {
    constexpr std::uint16_t kName = 2, kDescription = 3, kMac = 6, kResolution = 9;
    constexpr std::uint8_t kNanoseconds = 9;
    Block block(out, 1);
    block.half(1);  // LINKTYPE_ETHERNET
    block.half(0);
    block.word(snap_bytes);
    block.option(kName, name);
    block.option(kDescription, description);
    block.option(kMac, mac.octets.data(), mac.octets.size());
    block.option(kResolution, &kNanoseconds, sizeof kNanoseconds);
    block.option(kEndOfOptions, nullptr, 0);
}

void append_packet(Bytes& out, std::uint32_t interface, std::uint64_t nanoseconds,
                   std::uint32_t original_length, Direction direction, std::span<const std::byte> frame) {
    constexpr std::uint16_t kFlags = 2;
    Block block(out, 6);
    block.word(interface);
    block.time(nanoseconds);
    block.word(static_cast<std::uint32_t>(frame.size()));
    block.word(original_length);
    block.append(frame.data(), frame.size());
    block.pad();
    block.option(kFlags, &direction, sizeof direction);
    block.option(kEndOfOptions, nullptr, 0);
}

void append_statistics(Bytes& out, std::uint32_t interface, std::uint64_t started, std::uint64_t ended,
                       const Statistics& statistics) {
    constexpr std::uint16_t kStart = 2, kEnd = 3, kReceived = 4, kDropped = 5;
    const auto option_time = [](Block& block, std::uint16_t code, std::uint64_t nanoseconds) {
        block.half(code);
        block.half(8);
        block.time(nanoseconds);
    };
    Block block(out, 5);
    block.word(interface);
    block.time(ended);
    option_time(block, kStart, started);
    option_time(block, kEnd, ended);
    block.option(kReceived, &statistics.received, sizeof statistics.received);
    block.option(kDropped, &statistics.dropped, sizeof statistics.dropped);
    block.option(kEndOfOptions, nullptr, 0);
}

}  // namespace ringsock::pcapng
