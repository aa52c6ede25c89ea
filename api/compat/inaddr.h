// SPDX-License-Identifier: BSD-3-Clause
// struct in_addr comes with all other addresses.
#include <winsock2.h>
