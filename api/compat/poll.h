// SPDX-License-Identifier: BSD-3-Clause
// POSIX sockets and the Winsock overlay cannot share a translation unit: same names, other types and values.
#error "<poll.h> in a Winsock overlay unit: drop api/compat and use <ringsock/ws2.h>"
