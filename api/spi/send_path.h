// SPDX-License-Identifier: BSD-3-Clause
// What stream and datagram sends share: gathering the caller's bytes into packets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <ringsock/types.h>

#include "packet/packet.h"

namespace ringsock::spi {

/// Where in a gather list the next byte comes from.
class Gather {
  public:
    Gather(const WSABUF* buffers, DWORD count) noexcept : buffer_(buffers), left_(count) {}
    /// Copies the next `length` bytes (all of them must be there) to `out`.
    void take(std::byte* out, std::uint32_t length) noexcept {
        while (length > 0 && left_ > 0) {
            const std::uint32_t n = std::min(buffer_->len - offset_, length);
            if (n != 0) std::memcpy(out, buffer_->buf + offset_, n);
            out += n;
            length -= n;
            offset_ += n;
            if (offset_ == buffer_->len) {
                ++buffer_;
                --left_;
                offset_ = 0;
            }
        }
    }

  private:
    const WSABUF* buffer_;
    DWORD left_;
    std::uint32_t offset_ = 0;
};

}  // namespace ringsock::spi
