// SPDX-License-Identifier: BSD-3-Clause
// UTF-8, which both code pages mean here, and UTF-16. Win32: MultiByteToWideChar, WideCharToMultiByte.
#include <ringsock/win32.h>

#include <cstring>

#include "ws2/last_error.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace {

/// Units of a text with or without its NUL: `count`, or up to and with the NUL for -1. 0: refused.
template <typename Unit>
std::size_t text_units(const Unit* text, int count) noexcept {
    if (text == nullptr || count == 0 || count < -1) return 0;
    if (count > 0) return static_cast<std::size_t>(count);
    std::size_t units = 0;
    while (text[units] != 0) ++units;
    return units + 1;
}

/// Collects converted units; counts what does not fit.
template <typename Unit>
struct Output {
    Unit* text;
    std::size_t room;
    std::size_t used = 0;
    bool is_full = false;
    void put(const Unit* units, std::size_t count) noexcept {
        if (room != 0 && (is_full || used + count > room)) {
            is_full = true;
            return;
        }
        if (room != 0) std::memcpy(text + used, units, count * sizeof(Unit));
        used += count;
    }
    [[nodiscard]] int finish() const noexcept {
        if (is_full || used > INT32_MAX) return ws2::fail_with(ERROR_INSUFFICIENT_BUFFER, 0);
        return static_cast<int>(used);
    }
};

}  // namespace

int MultiByteToWideChar(UINT, DWORD dwFlags, LPCSTR lpMultiByteStr, int cbMultiByte, LPWSTR lpWideCharStr,
                        int cchWideChar) {
    const std::size_t size = text_units(lpMultiByteStr, cbMultiByte);
    if (size == 0 || cchWideChar < 0 || (cchWideChar > 0 && lpWideCharStr == nullptr))
        return ws2::fail_with(ERROR_INVALID_PARAMETER, 0);
    Output<WCHAR> out{lpWideCharStr, static_cast<std::size_t>(cchWideChar)};
    for (std::size_t at = 0, used = 0; at < size; at += used) {
        std::uint32_t character = ws2::read_utf8(lpMultiByteStr + at, size - at, used);
        if (character == ws2::kNotACharacter) {
            if ((dwFlags & MB_ERR_INVALID_CHARS) != 0) return ws2::fail_with(ERROR_NO_UNICODE_TRANSLATION, 0);
            character = ws2::kReplacement;
        }
        WCHAR units[2];
        out.put(units, ws2::write_utf16(character, units));
    }
    return out.finish();
}

// UTF-8 has every character, so the default character is never used and must not be given.
int WideCharToMultiByte(UINT, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar, LPSTR lpMultiByteStr,
                        int cbMultiByte, LPCSTR, LPBOOL lpUsedDefaultChar) {
    const std::size_t size = text_units(lpWideCharStr, cchWideChar);
    if (size == 0 || cbMultiByte < 0 || (cbMultiByte > 0 && lpMultiByteStr == nullptr))
        return ws2::fail_with(ERROR_INVALID_PARAMETER, 0);
    if (lpUsedDefaultChar != nullptr) *lpUsedDefaultChar = FALSE;
    Output<char> out{lpMultiByteStr, static_cast<std::size_t>(cbMultiByte)};
    for (std::size_t at = 0, used = 0; at < size; at += used) {
        std::uint32_t character = ws2::read_utf16(lpWideCharStr + at, size - at, used);
        if (character == ws2::kNotACharacter) {
            if ((dwFlags & WC_ERR_INVALID_CHARS) != 0) return ws2::fail_with(ERROR_NO_UNICODE_TRANSLATION, 0);
            character = ws2::kReplacement;
        }
        char bytes[4];
        out.put(bytes, ws2::write_utf8(character, bytes));
    }
    return out.finish();
}
