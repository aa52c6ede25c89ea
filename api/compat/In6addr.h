// SPDX-License-Identifier: BSD-3-Clause
#include <in6addr.h>
