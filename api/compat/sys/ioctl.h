// SPDX-License-Identifier: BSD-3-Clause
// Shadow of the system header: keeps ioctl() and the terminal requests; the names that Winsock defines
// otherwise keep whatever meaning they had before, in either order of inclusion.
#pragma GCC system_header
#ifndef RINGSOCK_SHADOW_SYS_IOCTL_H
#define RINGSOCK_SHADOW_SYS_IOCTL_H

#pragma push_macro("FIONREAD")
#pragma push_macro("FIONBIO")
#pragma push_macro("FIOASYNC")
#pragma push_macro("SIOCATMARK")
#pragma push_macro("IOC_IN")
#pragma push_macro("IOC_OUT")
#pragma push_macro("IOC_INOUT")
#pragma push_macro("_IO")
#pragma push_macro("_IOR")
#pragma push_macro("_IOW")
#undef FIONREAD
#undef FIONBIO
#undef FIOASYNC
#undef SIOCATMARK
#undef IOC_IN
#undef IOC_OUT
#undef IOC_INOUT
#undef _IO
#undef _IOR
#undef _IOW
#include_next <sys/ioctl.h>
#undef FIONREAD
#undef FIONBIO
#undef FIOASYNC
#undef SIOCATMARK
#undef IOC_IN
#undef IOC_OUT
#undef IOC_INOUT
#undef _IO
#undef _IOR
#undef _IOW
#pragma pop_macro("FIONREAD")
#pragma pop_macro("FIONBIO")
#pragma pop_macro("FIOASYNC")
#pragma pop_macro("SIOCATMARK")
#pragma pop_macro("IOC_IN")
#pragma pop_macro("IOC_OUT")
#pragma pop_macro("IOC_INOUT")
#pragma pop_macro("_IO")
#pragma pop_macro("_IOR")
#pragma pop_macro("_IOW")

#endif
