// SPDX-License-Identifier: BSD-3-Clause
// Windows splits its socket definitions over <ws2def.h> and this; here both lead to the whole.
#include <ws2tcpip.h>
