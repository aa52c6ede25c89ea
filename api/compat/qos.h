// SPDX-License-Identifier: BSD-3-Clause
// FLOWSPEC, QOS and SERVICETYPE_* carry no prefix in either layer.
#include <ringsock/types.h>
