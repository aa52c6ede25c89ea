// SPDX-License-Identifier: BSD-3-Clause
// Marks a translation unit as an overlay unit: one that has this directory first on its include path and
// speaks plain Winsock names with Windows values. Included by <ringsock/base_types.h> whenever it can be
// found.
#ifndef RINGSOCK_OVERLAY
#define RINGSOCK_OVERLAY 1

#if defined(_SYS_SOCKET_H) || defined(_NETINET_IN_H) || defined(_ARPA_INET_H) || defined(_NETDB_H) || \
    defined(_SYS_POLL_H)
#error "POSIX socket headers came first: put api/compat at the front of the include path"
#endif

// Winsock lets a program choose the room of its fd_set before the first include.
#ifndef FD_SETSIZE
#define FD_SETSIZE 64
#endif
#define WS2_FD_SETSIZE FD_SETSIZE

#endif
