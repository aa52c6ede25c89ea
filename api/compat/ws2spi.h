// SPDX-License-Identifier: BSD-3-Clause
// The service provider interface under its Windows file name.
#include <winsock2.h>

#include <ringsock/spi.h>
