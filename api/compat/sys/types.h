// SPDX-License-Identifier: BSD-3-Clause
// Shadow of the system header: everything except its 64-bit u_long. The Winsock one, from <winsock2.h>,
// has 32.
#pragma GCC system_header
#ifndef RINGSOCK_SHADOW_SYS_TYPES_H
#define RINGSOCK_SHADOW_SYS_TYPES_H

#define u_long ringsock_posix_u_long
#include_next <sys/types.h>
#undef u_long

#endif
