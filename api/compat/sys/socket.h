// SPDX-License-Identifier: BSD-3-Clause
// POSIX sockets and the Winsock overlay cannot share a translation unit: same names, other types and values.
#error "<sys/socket.h> in a Winsock overlay unit: drop api/compat and use <ringsock/ws2.h>"
    "<sys/socket.h> in a Winsock overlay unit; drop api/compat from its include path and use <ringsock/ws2.h>"
