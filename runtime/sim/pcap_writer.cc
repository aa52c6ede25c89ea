// SPDX-License-Identifier: BSD-3-Clause
#include "sim/pcap_writer.h"

#include <cstring>

namespace ringsock::sim {

PcapWriter::PcapWriter() {
    word(0xa1b2c3d4);  // Microsecond resolution, byte order of this machine.
    half(2);
    half(4);
    word(0);
    word(0);
    word(65535);
    word(1);  // LINKTYPE_ETHERNET.
}

void PcapWriter::append(const void* from, std::size_t count) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + count);
    if (count != 0) std::memcpy(bytes_.data() + at, from, count);
}

void PcapWriter::word(std::uint32_t v) {
    append(&v, sizeof v);
}

void PcapWriter::half(std::uint16_t v) {
    append(&v, sizeof v);
}

void PcapWriter::add(Instant at, std::span<const std::byte> frame) {
    word(static_cast<std::uint32_t>(at.micros / 1'000'000));
    word(static_cast<std::uint32_t>(at.micros % 1'000'000));
    word(static_cast<std::uint32_t>(frame.size()));
    word(static_cast<std::uint32_t>(frame.size()));
    append(frame.data(), frame.size());
}

bool PcapWriter::save(const std::string& path) const {
    std::FILE* f = std::fopen(path.c_str(), "wb");
    if (f == nullptr) return false;
    const bool written = std::fwrite(bytes_.data(), 1, bytes_.size(), f) == bytes_.size();
    return std::fclose(f) == 0 && written;
}

}  // namespace ringsock::sim
