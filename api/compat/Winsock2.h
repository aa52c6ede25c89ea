// SPDX-License-Identifier: BSD-3-Clause
#include <winsock2.h>
