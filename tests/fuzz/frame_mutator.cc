// SPDX-License-Identifier: BSD-3-Clause
#include "frame_mutator.h"

#include <algorithm>
#include <cstring>

#include "wire/checksum.h"

namespace ringsock::testing {

namespace {

constexpr std::size_t kIp = 14;  ///< The network header of an untagged frame.

template <typename T>
T get(const sim::Frame& frame, std::size_t at) {
    if (at + sizeof(T) > frame.size()) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = value << 8 | std::to_integer<std::uint64_t>(frame[at + i]);
    return static_cast<T>(value);
}
template <typename T>
void put(sim::Frame& frame, std::size_t at, T value) {
    if (at + sizeof(T) > frame.size()) return;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        frame[at + i] = static_cast<std::byte>(std::uint64_t{value} >> 8 * (sizeof(T) - 1 - i));
}
bool is_ipv4(const sim::Frame& frame) {
    return get<std::uint16_t>(frame, 12) == 0x0800 && frame.size() >= kIp + 20;
}
std::size_t l4_of(const sim::Frame& frame) {
    return kIp + (get<std::uint8_t>(frame, kIp) & 15u) * 4u;
}
std::uint8_t protocol_of(const sim::Frame& frame) {
    return get<std::uint8_t>(frame, kIp + 9);
}

}  // namespace

void FrameMutator::learn(const sim::Frame& frame) {
    patterns_[next_] = frame;
    next_ = (next_ + 1) % kPatterns;
    count_ = std::max(count_, next_ == 0 ? kPatterns : next_);
}

sim::Frame FrameMutator::make() {
    if (count_ == 0 || random_.below(200) == 0) return noise();
    sim::Frame frame = pattern();
    if (is_ipv4(frame) && random_.below(40) == 0) return icmp_error_about(frame);
    for (auto steps = 1 + random_.below(3); steps > 0; --steps) {
        const auto kind = random_.below(100);
        if (kind < 55)
            mutate_tcp(frame);
        else if (kind < 65)
            mutate_payload(frame);
        else if (kind < 75)
            mutate_tcp_options(frame);
        else if (kind < 82)
            cross(frame);
        else if (kind < 90)
            mutate_bytes(frame);
        else if (kind < 97)
            mutate_ipv4(frame);
        else
            mutate_link(frame);
    }
    if (random_.below(16) != 0) mend(frame);
    if (random_.below(300) == 0) frame.resize(random_.below(frame.size() + 1));
    return frame;
}

// A number nearby, at the edges of a window, of the other sign, or anywhere.
void FrameMutator::step(sim::Frame& frame, std::size_t at, unsigned bytes) {
    std::uint32_t value = bytes == 4 ? get<std::uint32_t>(frame, at) : get<std::uint16_t>(frame, at);
    switch (random_.below(7)) {
        case 0:
            value += 1;
            break;
        case 1:
            value -= 1;
            break;
        case 2:
            value += static_cast<std::uint32_t>(random_.below(3000));
            break;
        case 3:
            value -= static_cast<std::uint32_t>(random_.below(3000));
            break;
        case 4:
            value += 0x80000000u;
            break;
        case 5:
            value += static_cast<std::uint32_t>(random_.below(300'000));
            break;
        default:
            value = static_cast<std::uint32_t>(random_.next());
            break;
    }
    if (bytes == 4)
        put<std::uint32_t>(frame, at, value);
    else
        put<std::uint16_t>(frame, at, static_cast<std::uint16_t>(value));
}

void FrameMutator::mutate_tcp(sim::Frame& frame) {
    if (!is_ipv4(frame)) return mutate_bytes(frame);
    const std::size_t l4 = l4_of(frame);
    switch (random_.below(9)) {
        case 0:
            return step(frame, l4 + 4, 4);  // Sequence number.
        case 1:
            return step(frame, l4 + 8, 4);  // Acknowledgment.
        case 2:
            return put(frame, l4 + 13, static_cast<std::uint8_t>(random_.next()));  // All flags.
        case 3: {                                                                   // One flag.
            const auto flip = static_cast<std::uint8_t>(1u << random_.below(8));
            return put(frame, l4 + 13, static_cast<std::uint8_t>(get<std::uint8_t>(frame, l4 + 13) ^ flip));
        }
        case 4:
            return put(frame, l4 + 14,
                       static_cast<std::uint16_t>(random_.below(3) == 0 ? 0 : random_.next()));
        case 5:
            return step(frame, l4 + 18, 2);  // Urgent pointer.
        case 6:
            return step(frame, l4 + 2 * random_.below(2), 2);  // A port.
        case 7: {  // A reset or SYN at exactly the expected number, now and then one beside it.
            put(frame, l4 + 13, static_cast<std::uint8_t>(random_.below(2) == 0 ? 0x14 : 0x02));
            return put(frame, l4 + 4,
                       get<std::uint32_t>(frame, l4 + 4) + static_cast<std::uint32_t>(random_.below(2)));
        }
        default: {  // Data offset.
            const auto offset = static_cast<std::uint8_t>(random_.below(16) << 4);
            return put(frame, l4 + 12, offset);
        }
    }
}

void FrameMutator::mutate_tcp_options(sim::Frame& frame) {
    if (!is_ipv4(frame) || protocol_of(frame) != 6) return mutate_bytes(frame);
    const std::size_t l4 = l4_of(frame);
    if (frame.size() < l4 + 20) return;
    const std::size_t length = (get<std::uint8_t>(frame, l4 + 12) >> 4) * 4u;
    if (random_.below(2) == 0 && length > 20) {  // Change a byte of what is there: kinds and lengths too.
        return put(frame, l4 + 20 + random_.below(length - 20), static_cast<std::uint8_t>(random_.below(12)));
    }
    // Other options altogether, with text behind them as it was.
    static constexpr std::uint8_t kPool[][12] = {
        {4, 2, 4, 5, 180},  // MSS 1460 (first byte: how many).
        {4, 2, 4, 0, 1},    // MSS 1.
        {4, 2, 4, 0, 0},    // MSS 0.
        {3, 3, 3, 255},     // Window scale far beyond 14.
        {2, 4, 2},          // SACK permitted.
        {10, 8, 10, 0, 0, 0, 1, 255, 255, 255, 255},
        {10, 5, 10, 0, 0, 0, 9, 0, 0, 0, 1},  // A SACK block that runs backwards.
        {2, 5, 0},                            // Length zero.
        {2, 30, 255},                         // Past the end.
        {1, 1},
        {1, 0},
    };
    std::vector<std::byte> options;
    while (options.size() < 40 && random_.below(5) != 0) {
        const auto& one = kPool[random_.below(std::size(kPool))];
        for (std::uint8_t i = 1; i <= one[0] && options.size() < 40; ++i)
            options.push_back(std::byte{one[i]});
    }
    while (options.size() % 4 != 0) options.push_back(std::byte{0});
    const std::size_t text_at = std::min(frame.size(), l4 + std::max<std::size_t>(length, 20));
    frame.erase(frame.begin() + static_cast<std::ptrdiff_t>(l4 + 20),
                frame.begin() + static_cast<std::ptrdiff_t>(text_at));
    frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(l4 + 20), options.begin(), options.end());
    put(frame, l4 + 12, static_cast<std::uint8_t>((20 + options.size()) / 4 << 4));
    put(frame, kIp + 2, static_cast<std::uint16_t>(frame.size() - kIp));
}

void FrameMutator::mutate_payload(sim::Frame& frame) {
    if (!is_ipv4(frame)) return mutate_bytes(frame);
    const std::size_t room = frame.size() < 1514 ? 1514 - frame.size() : 0;
    if (random_.below(2) == 0 && room != 0) {
        frame.resize(frame.size() + 1 + random_.below(room), std::byte{0xee});
    } else if (frame.size() > 54) {
        frame.resize(54 + random_.below(frame.size() - 54));
    }
    if (random_.below(8) != 0) put(frame, kIp + 2, static_cast<std::uint16_t>(frame.size() - kIp));
}

void FrameMutator::mutate_ipv4(sim::Frame& frame) {
    if (!is_ipv4(frame)) return mutate_bytes(frame);
    switch (random_.below(7)) {
        case 0:
            return put(frame, kIp, static_cast<std::uint8_t>(random_.next()));  // Version and length.
        case 1:
            return step(frame, kIp + 2, 2);  // Total length.
        case 2:
            return put(frame, kIp + 6, static_cast<std::uint16_t>(random_.next()));  // Fragment field.
        case 3:
            return put(frame, kIp + 8, static_cast<std::uint8_t>(random_.below(3)));  // TTL.
        case 4: {
            static constexpr std::uint8_t kProtocols[] = {1, 2, 6, 17, 47, 132, 255};
            return put(frame, kIp + 9, kProtocols[random_.below(std::size(kProtocols))]);
        }
        case 5:
            return put(frame, kIp + 12 + 4 * random_.below(2), static_cast<std::uint32_t>(random_.next()));
        default:
            return put(frame, kIp + 15 + 4 * random_.below(2), static_cast<std::uint8_t>(random_.next()));
    }
}

void FrameMutator::mutate_link(sim::Frame& frame) {
    if (frame.size() < kIp) return;
    switch (random_.below(4)) {
        case 0:
            return put(frame, random_.below(12), static_cast<std::uint8_t>(random_.next()));
        case 1: {
            static constexpr std::uint16_t kTypes[] = {0x0800, 0x0806, 0x8100, 0x86dd,
                                                       0x88a8, 0x05dc, 0x0000};
            return put(frame, 12, kTypes[random_.below(std::size(kTypes))]);
        }
        case 2: {  // A VLAN tag before what there is.
            const std::byte tag[4] = {std::byte{0x81}, std::byte{0}, std::byte{0},
                                      static_cast<std::byte>(random_.below(4))};
            frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
            return;
        }
        default:
            std::fill_n(frame.begin(), 6, std::byte{0xff});
            return;
    }
}

void FrameMutator::mutate_bytes(sim::Frame& frame) {
    if (frame.empty()) return;
    for (auto n = 1 + random_.below(4); n > 0; --n)
        frame[kIp < frame.size() ? kIp + random_.below(frame.size() - kIp) : 0] =
            static_cast<std::byte>(random_.next());
}

// The addresses and ports of another conversation: segments that belong to nobody, or to the wrong one.
void FrameMutator::cross(sim::Frame& frame) {
    const sim::Frame& other = pattern();
    if (!is_ipv4(frame) || !is_ipv4(other) || frame.size() < 42 || other.size() < 42) return;
    if (random_.below(2) == 0) std::copy_n(other.begin() + kIp + 20, 4, frame.begin() + kIp + 20);
    if (random_.below(2) == 0)
        std::copy_n(other.begin() + kIp + 24, std::min<std::size_t>(8, frame.size() - 38),
                    frame.begin() + kIp + 24);
}

// The pattern goes towards the victim; the quotation must be of what the victim sent: the same flow, turned
// round, with the number the pattern acknowledges, which is often in flight.
sim::Frame FrameMutator::icmp_error_about(const sim::Frame& reverse) {
    sim::Frame frame(reverse.begin(), reverse.begin() + kIp + 20);
    frame.resize(kIp + 28);
    const std::size_t quote = frame.size();
    frame.insert(frame.end(), reverse.begin() + kIp, reverse.begin() + kIp + 20);
    frame.resize(quote + 28);
    put(frame, quote + 12, get<std::uint32_t>(reverse, kIp + 16));
    put(frame, quote + 16, get<std::uint32_t>(reverse, kIp + 12));
    put(frame, quote + 20, get<std::uint16_t>(reverse, kIp + 22));
    put(frame, quote + 22, get<std::uint16_t>(reverse, kIp + 20));
    put(frame, quote + 24,
        get<std::uint32_t>(reverse, kIp + 28) + static_cast<std::uint32_t>(random_.below(3)));
    put(frame, kIp, std::uint8_t{0x45});
    put(frame, kIp + 2, static_cast<std::uint16_t>(frame.size() - kIp));
    put(frame, kIp + 9, std::uint8_t{1});
    static constexpr std::uint8_t kTypes[] = {3, 3, 3, 4, 5, 11, 12, 0, 8};
    put(frame, kIp + 20, kTypes[random_.below(std::size(kTypes))]);
    put(frame, kIp + 21, static_cast<std::uint8_t>(random_.below(17)));
    put(frame, kIp + 24,
        static_cast<std::uint32_t>(random_.below(4) == 0 ? random_.next() : random_.below(1600)));
    if (random_.below(4) == 0) mutate_bytes(frame);
    if (random_.below(8) == 0) frame.resize(kIp + 20 + random_.below(frame.size() - kIp - 20));
    mend(frame);
    return frame;
}

sim::Frame FrameMutator::noise() {
    sim::Frame frame(random_.below(1600));
    for (auto& b : frame) b = static_cast<std::byte>(random_.next());
    if (count_ != 0 && random_.below(2) == 0)
        std::copy_n(patterns_[0].begin(), std::min<std::size_t>(frame.size(), 14), frame.begin());
    return frame;
}

// IPv4 header, then what it says is inside, as far as the frame reaches.
void FrameMutator::mend(sim::Frame& frame) {
    if (!is_ipv4(frame)) return;
    const std::size_t l4 = l4_of(frame);
    const std::size_t total = get<std::uint16_t>(frame, kIp + 2);
    if (l4 < kIp + 20 || l4 > frame.size()) return;
    put(frame, kIp + 10, std::uint16_t{0});
    store_checksum(frame.data() + kIp + 10, checksum_of(std::span(frame).subspan(kIp, l4 - kIp)));
    if (total + kIp > frame.size() || total + kIp < l4) return;
    const std::size_t length = total + kIp - l4;
    const std::uint8_t protocol = protocol_of(frame);
    const std::size_t at = protocol == 6 ? 16 : protocol == 17 ? 6 : protocol == 1 ? 2 : 0;
    if (at == 0 || length < at + 2) return;
    put(frame, l4 + at, std::uint16_t{0});
    const auto segment = std::span<const std::byte>(frame).subspan(l4, length);
    ChecksumAccumulator sum;
    if (protocol != 1)
        sum = pseudo_header_sum(Ipv4{get<std::uint32_t>(frame, kIp + 12)},
                                Ipv4{get<std::uint32_t>(frame, kIp + 16)}, static_cast<IpProtocol>(protocol),
                                static_cast<std::uint16_t>(length));
    sum.add(segment);
    store_checksum(frame.data() + l4 + at, sum.checksum());
}

}  // namespace ringsock::testing
