// SPDX-License-Identifier: BSD-3-Clause
// Local names and listening. Winsock: bind, listen, getsockname, getpeername.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

int ws2_bind(SOCKET s, const sockaddr* name, int namelen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPBind(s, name, namelen, call.error()));
}

int ws2_listen(SOCKET s, int backlog) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPListen(s, backlog, call.error()));
}

int ws2_getsockname(SOCKET s, sockaddr* name, int* namelen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPGetSockName(s, name, namelen, call.error()));
}

int ws2_getpeername(SOCKET s, sockaddr* name, int* namelen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPGetPeerName(s, name, namelen, call.error()));
}
