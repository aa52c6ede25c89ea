// SPDX-License-Identifier: BSD-3-Clause
// Threads of the Microsoft run-time library: _beginthreadex and its kin are declared by <ringsock/win32.h>.
#ifndef RINGSOCK_COMPAT_PROCESS_H
#define RINGSOCK_COMPAT_PROCESS_H

#include <unistd.h>

#include <ringsock/win32.h>

#define _getpid getpid

#endif
