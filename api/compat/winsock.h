// SPDX-License-Identifier: BSD-3-Clause
// Windows Sockets 1.1 by name. The interface is that of version 2; a program that negotiates 1.1 in
// WSAStartup gets the 1.1 rules at run time. Option numbers of the IP level are those of version 2.
#include <winsock2.h>
