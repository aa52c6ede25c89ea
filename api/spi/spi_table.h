// SPDX-License-Identifier: BSD-3-Clause
// The thirty entries of WSPPROC_TABLE as this provider implements them, in table order. Contracts:
// <ringsock/spi.h>; each lives in the file its comment names.
#pragma once

#include <ringsock/spi.h>

namespace ringsock::spi {

SOCKET wsp_accept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC condition, DWORD_PTR data,
                  LPINT error) noexcept;  // wsp_accept.cc
INT wsp_address_to_string(LPSOCKADDR address, DWORD length, LPWSAPROTOCOL_INFOW info, LPWSTR text,
                          LPDWORD text_length,
                          LPINT error) noexcept;  // address_text.cc
int wsp_async_select(SOCKET s, HWND window, UINT message, LONG events,
                     LPINT error) noexcept;                                       // wsp_unsupported.cc
int wsp_bind(SOCKET s, const sockaddr* name, int namelen, LPINT error) noexcept;  // wsp_bind_listen.cc
int wsp_cancel_blocking_call(LPINT error) noexcept;                               // provider.cc
int wsp_cleanup(LPINT error) noexcept;                                            // provider.cc
int wsp_close_socket(SOCKET s, LPINT error) noexcept;                             // wsp_close.cc
int wsp_connect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF caller_data, LPWSABUF callee_data,
                LPQOS sqos, LPQOS gqos, LPINT error) noexcept;  // wsp_connect.cc
int wsp_duplicate_socket(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info,
                         LPINT error) noexcept;  // wsp_unsupported.cc
int wsp_enum_network_events(SOCKET s, WSAEVENT event, LPWSANETWORKEVENTS events,
                            LPINT error) noexcept;                                  // wsp_event_select.cc
int wsp_event_select(SOCKET s, WSAEVENT event, LONG events, LPINT error) noexcept;  // wsp_event_select.cc
BOOL wsp_get_overlapped_result(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD transferred, BOOL wait,
                               LPDWORD flags,
                               LPINT error) noexcept;                                  // wsp_unsupported.cc
int wsp_get_peer_name(SOCKET s, sockaddr* name, LPINT namelen, LPINT error) noexcept;  // wsp_names.cc
int wsp_get_sock_name(SOCKET s, sockaddr* name, LPINT namelen, LPINT error) noexcept;  // wsp_names.cc
int wsp_get_sock_opt(SOCKET s, int level, int name, char* value, LPINT length,
                     LPINT error) noexcept;                                          // wsp_options.cc
BOOL wsp_get_qos_by_name(SOCKET s, LPWSABUF name, LPQOS qos, LPINT error) noexcept;  // wsp_unsupported.cc
int wsp_ioctl(SOCKET s, DWORD code, LPVOID in, DWORD in_bytes, LPVOID out, DWORD out_bytes, LPDWORD returned,
              LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
              LPINT error) noexcept;  // wsp_ioctl.cc
SOCKET wsp_join_leaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF caller_data, LPWSABUF callee_data,
                     LPQOS sqos, LPQOS gqos, DWORD flags, LPINT error) noexcept;  // wsp_unsupported.cc
int wsp_listen(SOCKET s, int backlog, LPINT error) noexcept;                      // wsp_bind_listen.cc
int wsp_recv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
             LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
             LPINT error) noexcept;                                      // wsp_recv.cc
int wsp_recv_disconnect(SOCKET s, LPWSABUF data, LPINT error) noexcept;  // wsp_shutdown.cc
int wsp_recv_from(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags, sockaddr* from,
                  LPINT from_length, LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                  LPWSATHREADID thread, LPINT error) noexcept;  // wsp_recv.cc
int wsp_select(int nfds, ws2_fd_set* read, ws2_fd_set* write, ws2_fd_set* except, const timeval* timeout,
               LPINT error) noexcept;  // wsp_select.cc
int wsp_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPWSAOVERLAPPED overlapped,
             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
             LPINT error) noexcept;                                      // wsp_send.cc
int wsp_send_disconnect(SOCKET s, LPWSABUF data, LPINT error) noexcept;  // wsp_shutdown.cc
int wsp_send_to(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, const sockaddr* to,
                int to_length, LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                LPWSATHREADID thread,
                LPINT error) noexcept;  // wsp_send_to.cc
int wsp_set_sock_opt(SOCKET s, int level, int name, const char* value, int length,
                     LPINT error) noexcept;                 // wsp_options.cc
int wsp_shutdown(SOCKET s, int how, LPINT error) noexcept;  // wsp_shutdown.cc
SOCKET wsp_socket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP g, DWORD flags,
                  LPINT error) noexcept;  // wsp_socket.cc
INT wsp_string_to_address(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW info, LPSOCKADDR address, LPINT length,
                          LPINT error) noexcept;  // address_text.cc

/// WSAPoll; see kPollExtension. wsp_select.cc
int poll_sockets(WSAPOLLFD* entries, ULONG count, INT timeout_ms, LPINT error) noexcept;

}  // namespace ringsock::spi
