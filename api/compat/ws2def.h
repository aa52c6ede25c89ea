// SPDX-License-Identifier: BSD-3-Clause
// Windows splits its socket definitions over this and <ws2ipdef.h>; here both lead to the whole.
#include <winsock2.h>
