// SPDX-License-Identifier: BSD-3-Clause
// Rule: the native layer is C11, has the layout of 64-bit Windows and gives every socket constant its Windows
// value under WS_. Shown by the compiler (each row is a static assertion) and, for the fd_set helpers, by
// running them.
//
// Compile: gcc|clang -std=c11 -Wall -Wextra -Werror -Iapi/include (no other directory); link with
// libringsock.
#include <ringsock/mswsock.h>
#include <ringsock/spi.h>
#include <ringsock/types.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <stdio.h>
#include <string.h>

#ifdef RINGSOCK_OVERLAY
#error "compiled with api/compat on the include path: this test is about the native layer"
#endif
#if defined(AF_INET) || defined(SOL_SOCKET) || defined(POLLIN)
#error "the native headers leak a plain socket name"
#endif

#define LAYER(name) ws2_##name
#define CLAIM(condition) _Static_assert(condition, #condition)
#define VALUE(name, value) _Static_assert(WS_##name == (value), "WS_" #name)
#include "constant_rows.inc"
#include "layout_rows.inc"
#include "winsock_rows.inc"

// A UTF-16 literal fits the 2-byte character type.
static int wide_literal_fits(void) {
    static const WCHAR kName[] = u"ringsock";
    return sizeof(kName) == 18 && kName[0] == 'r' && kName[8] == 0;
}

// The two spellings of an IPv4 address are one word.
static int address_spellings_agree(void) {
    ws2_in_addr address;
    address.S_un.S_addr = 0x0100007fU;
    return address.s_addr == 0x0100007fU && address.S_un.S_un_b.s_b1 == 127 && address.S_un.S_un_b.s_b4 == 1;
}

// fd_set: a socket is added once, removal keeps order, a full set stays as it is, ZERO only forgets the
// count.
static int fd_set_helpers_work(void) {
    ws2_fd_set set;
    unsigned index;
    WS2_FD_ZERO(&set);
    for (index = 0; index < 70; ++index) WS2_FD_SET(0x100000 + 4 * index, &set);
    if (set.fd_count != 64) return 0;
    WS2_FD_SET(0x100000, &set);
    if (set.fd_count != 64) return 0;
    WS2_FD_CLR(0x100004, &set);
    if (set.fd_count != 63 || set.fd_array[0] != 0x100000 || set.fd_array[1] != 0x100008) return 0;
    if (set.fd_array[62] != 0x100000 + 4 * 63) return 0;
    WS2_FD_CLR(0x100004, &set);
    if (set.fd_count != 63) return 0;
    if (!WS2_FD_ISSET(0x100008, &set) || WS2_FD_ISSET(0x100004, &set)) return 0;
    WS2_FD_ZERO(&set);
    return set.fd_count == 0;
}

// Control data: the walk visits each record and stops at a hostile length.
static int control_walk_ends(void) {
    union {
        WSACMSGHDR head;
        char bytes[64];
    } room;
    WSAMSG message;
    WSACMSGHDR* record;
    int count = 0;
    memset(&room, 0, sizeof(room));
    memset(&message, 0, sizeof(message));
    message.Control.buf = room.bytes;
    message.Control.len = (ULONG)(2 * WSA_CMSG_SPACE(4));
    room.head.cmsg_len = WSA_CMSG_LEN(4);
    record = (WSACMSGHDR*)(void*)(room.bytes + WSA_CMSG_SPACE(4));
    record->cmsg_len = WSA_CMSG_LEN(4);
    for (record = WSA_CMSG_FIRSTHDR(&message); record; record = WSA_CMSG_NXTHDR(&message, record)) ++count;
    if (count != 2) return 0;
    room.head.cmsg_len = 0;
    return WSA_CMSG_NXTHDR(&message, &room.head) == NULL;
}

int main(void) {
    const GUID connect_ex = WSAID_CONNECTEX;
    if (connect_ex.Data1 != 0x25a207b9 || MAKEWORD(2, 2) != WINSOCK_VERSION) return 1;
    if (!wide_literal_fits()) return puts("UTF-16 literal does not fit"), 1;
    if (!address_spellings_agree()) return puts("in_addr spellings differ"), 1;
    if (!fd_set_helpers_work()) return puts("fd_set helpers are wrong"), 1;
    if (!control_walk_ends()) return puts("control record walk is wrong"), 1;
    return 0;
}
