// SPDX-License-Identifier: BSD-3-Clause
#include <mstcpip.h>
