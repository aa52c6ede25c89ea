// SPDX-License-Identifier: BSD-3-Clause
// Text that is 8-bit or, with _UNICODE and -fshort-wchar, UTF-16. The string functions exist for 8-bit text
// only: the C library's wide ones were built for a 4-byte wchar_t.
#ifndef RINGSOCK_COMPAT_TCHAR_H
#define RINGSOCK_COMPAT_TCHAR_H

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <windows.h>

#ifdef _UNICODE
#define _T(literal) L##literal
#define _TEXT(literal) L##literal
#else
#define _T(literal) literal
#define _TEXT(literal) literal
#define _tmain main
#define _tprintf printf
#define _ftprintf fprintf
#define _stprintf sprintf
#define _sntprintf snprintf
#define _vtprintf vprintf
#define _fgetts fgets
#define _tfopen fopen
#define _tcslen strlen
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp strcasecmp
#define _tcsnicmp strncasecmp
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcstok strtok
#define _tcsdup strdup
#define _tcstol strtol
#define _tcstoul strtoul
#define _tstoi atoi
#define _ttoi atoi
#define _ttol atol
#endif

#endif
