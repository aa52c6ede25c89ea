// SPDX-License-Identifier: BSD-3-Clause
// Shadow of the system header: everything except gethostname(char *, size_t) and the unsigned socklen_t,
// whose Winsock forms take and are an int.
#pragma GCC system_header
#ifndef RINGSOCK_SHADOW_UNISTD_H
#define RINGSOCK_SHADOW_UNISTD_H

#define gethostname ringsock_posix_gethostname
#define socklen_t ringsock_posix_socklen_t
#include_next <unistd.h>
#undef gethostname
#undef socklen_t

#endif
