// SPDX-License-Identifier: BSD-3-Clause
#include <ws2def.h>
