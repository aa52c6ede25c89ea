// SPDX-License-Identifier: BSD-3-Clause
// Low-level file calls of the Microsoft run-time library. They take Linux descriptors; a SOCKET is never one,
// so that closing a socket by mistake with close() fails instead of hitting a file.
#ifndef RINGSOCK_COMPAT_IO_H
#define RINGSOCK_COMPAT_IO_H

#include <fcntl.h>
#include <unistd.h>

#define _access access
#define _close close
#define _dup dup
#define _dup2 dup2
#define _isatty isatty
#define _lseek lseek
#define _open open
#define _read read
#define _unlink unlink
#define _write write
#define _O_RDONLY O_RDONLY
#define _O_WRONLY O_WRONLY
#define _O_RDWR O_RDWR
#define _O_CREAT O_CREAT
#define _O_TRUNC O_TRUNC
#define _O_BINARY 0
#define O_BINARY 0
#define _O_TEXT 0
#define O_TEXT 0

#endif
