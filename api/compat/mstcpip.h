// SPDX-License-Identifier: BSD-3-Clause
// TCP control operations under their Windows file name.
#include <winsock2.h>

#include <ringsock/mswsock.h>
