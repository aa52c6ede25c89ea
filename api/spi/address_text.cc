// SPDX-License-Identifier: BSD-3-Clause
// WSPAddressToString and WSPStringToAddress: "a.b.c.d" and "a.b.c.d:port". IPv6 text waits for the engine's
// IPv6. Winsock: pages of these names.
#include <cstring>

#include "spi/spi_table.h"
#include "spi/validate.h"

namespace ringsock::spi {

namespace {

/// Longest text: "255.255.255.255:65535" and the NUL.
constexpr std::size_t kMaxText = 22;

std::size_t put_number(char16_t* out, std::uint32_t n) noexcept {
    char16_t digits[10];
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char16_t>(u'0' + n % 10);
        n /= 10;
    } while (n != 0);
    for (std::size_t i = 0; i < count; ++i) out[i] = digits[count - 1 - i];
    return count;
}

/// A decimal number of at most `limit`; false when there is none or it is larger.
bool take_number(const WCHAR*& text, std::uint32_t limit, std::uint32_t& n) noexcept {
    const WCHAR* const start = text;
    n = 0;
    while (*text >= WCHAR{'0'} && *text <= WCHAR{'9'}) {
        n = n * 10 + static_cast<std::uint32_t>(*text - WCHAR{'0'});
        if (n > limit) return false;
        ++text;
    }
    return text != start;
}

bool take_ipv4(const WCHAR*& text, std::uint32_t& address) noexcept {
    address = 0;
    for (int part = 0; part < 4; ++part) {
        std::uint32_t octet = 0;
        if (part != 0 && *text++ != WCHAR{'.'}) return false;
        if (!take_number(text, 255, octet)) return false;
        address = address << 8 | octet;
    }
    return true;
}

int fail(LPINT error, int code) noexcept {
    *error = code;
    return SOCKET_ERROR;
}

}  // namespace

INT wsp_address_to_string(LPSOCKADDR address, DWORD length, LPWSAPROTOCOL_INFOW, LPWSTR text,
                          LPDWORD text_length, LPINT error) noexcept {
    if (address == nullptr || text == nullptr || text_length == nullptr) return fail(error, WSAEFAULT);
    ws2_sockaddr_in in;
    if (length < sizeof in) return fail(error, WSAEFAULT);
    std::memcpy(&in, address, sizeof in);
    if (in.sin_family != WS_AF_INET) return fail(error, WSAEINVAL);
    const std::uint32_t value = __builtin_bswap32(in.sin_addr.S_un.S_addr);
    char16_t buffer[kMaxText];
    std::size_t n = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        n += put_number(buffer + n, value >> shift & 0xff);
        if (shift != 0) buffer[n++] = u'.';
    }
    if (in.sin_port != 0) {
        buffer[n++] = u':';
        n += put_number(buffer + n, __builtin_bswap16(in.sin_port));
    }
    buffer[n++] = 0;
    const bool fits = *text_length >= n;
    *text_length = static_cast<DWORD>(n);
    if (!fits) return fail(error, WSAEFAULT);
    for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<WCHAR>(buffer[i]);
    return 0;
}

INT wsp_string_to_address(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW, LPSOCKADDR address, LPINT length,
                          LPINT error) noexcept {
    if (text == nullptr || address == nullptr || length == nullptr) return fail(error, WSAEFAULT);
    if (family != WS_AF_INET) return fail(error, WSAEINVAL);
    const WCHAR* cursor = text;
    std::uint32_t value = 0;
    std::uint32_t port = 0;
    if (!take_ipv4(cursor, value)) return fail(error, WSAEINVAL);
    if (*cursor == WCHAR{':'} && !take_number(++cursor, 65535, port)) return fail(error, WSAEINVAL);
    if (*cursor != 0) return fail(error, WSAEINVAL);
    if (!store_name(Ipv4{value}, Port{static_cast<std::uint16_t>(port)}, address, length)) {
        return fail(error, WSAEFAULT);
    }
    return 0;
}

}  // namespace ringsock::spi
