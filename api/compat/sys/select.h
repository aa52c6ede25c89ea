// SPDX-License-Identifier: BSD-3-Clause
// Shadow of the system header: keeps its time and signal types, but moves the bit-mask fd_set and select()
// out of the way, because the Winsock names mean something else. A program's own FD_SETSIZE survives.
#pragma GCC system_header
#ifndef RINGSOCK_SHADOW_SYS_SELECT_H
#define RINGSOCK_SHADOW_SYS_SELECT_H

#pragma push_macro("FD_SETSIZE")
#undef FD_SETSIZE
#define fd_set ringsock_posix_fd_set
#define select ringsock_posix_select
#define pselect ringsock_posix_pselect
#include_next <sys/select.h>
#undef fd_set
#undef select
#undef pselect
#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#undef FD_ZERO
#undef FD_SETSIZE
#pragma pop_macro("FD_SETSIZE")

#endif
