// SPDX-License-Identifier: BSD-3-Clause
// Extension functions under their Windows file name.
#include <winsock2.h>

#include <ringsock/mswsock.h>
