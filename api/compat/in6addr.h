// SPDX-License-Identifier: BSD-3-Clause
// struct in6_addr comes with all other addresses.
#include <winsock2.h>
