// SPDX-License-Identifier: BSD-3-Clause
// The Winsock calls a script can make: names and words to real calls and their real results. One thread.
#pragma once

#include <ringsock/ws2.h>

#include <map>
#include <string>

#include "script.h"

namespace ringsock::script {

class Calls {
  public:
    /// Closes what the script left open.
    ~Calls();
    /// Makes the call and compares its result. What is wrong, or empty.
    [[nodiscard]] std::string make(const Call& call);

  private:
    struct Socket {
        SOCKET handle = INVALID_SOCKET;
        std::uint64_t sent = 0, received = 0;  ///< Bytes of its stream so far: the text follows from them.
        bool is_datagram = false;
    };
    using Function = std::string (Calls::*)(const Call&);

    [[nodiscard]] Socket& socket_of(const Call& call);
    [[nodiscard]] WSAEVENT event_of(const std::string& name);

    std::string make_socket(const Call& call);
    std::string make_accept(const Call& call);
    std::string make_bind(const Call& call);
    std::string make_listen(const Call& call);
    std::string make_connect(const Call& call);
    std::string make_send(const Call& call);
    std::string make_recv(const Call& call);
    std::string make_sendto(const Call& call);
    std::string make_recvfrom(const Call& call);
    std::string make_shutdown(const Call& call);
    std::string make_closesocket(const Call& call);
    std::string make_setsockopt(const Call& call);
    std::string make_getsockopt(const Call& call);
    std::string make_ioctlsocket(const Call& call);
    std::string make_event_select(const Call& call);
    std::string make_enum_events(const Call& call);
    std::string make_signaled(const Call& call);
    std::string make_select(const Call& call);
    std::string make_poll(const Call& call);
    static Function find(const std::string& name);

    std::map<std::string, Socket> sockets_;
    std::map<std::string, WSAEVENT> events_;
};

}  // namespace ringsock::script
