// SPDX-License-Identifier: BSD-3-Clause
// Request: one line from an application thread to an engine. By value, with indices and generations; the
// only pointers are packets, whose ownership goes with them, and the accept queue of a listener (D3).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/address.h"
#include "base/cache_line.h"
#include "base/socket_id.h"
#include "packet/packet.h"

namespace ringsock {

class AcceptQueue;
class PacketIo;
struct Neighborhood;

enum class RequestOp : std::uint8_t {
    none = 0,
    bind,     ///< EndpointArgs.local: commit a local address (synchronous: answered in the cell's reply).
    listen,   ///< ListenArgs (synchronous).
    connect,  ///< EndpointArgs: start an active open; the outcome goes to the cell's outcome word.
    connect_datagram,  ///< EndpointArgs.remote: set or clear (family none) the default peer (synchronous).
    send,              ///< SendArgs: stream text, in packets.
    send_small,        ///< SmallSendArgs: stream text of at most 38 bytes, in the request itself.
    send_to,           ///< SendToArgs: one datagram.
    consumed,          ///< The application consumed packets: see the cell's rx counters.
    shutdown_send,     ///< No more sends: FIN after what is queued.
    set_options,       ///< The cell's options changed: take them over into the connection.
    close,             ///< The application let go of the socket; its cell comes back when all is done.
    // What follows is about no socket.
    credit,               ///< CreditArgs: fill the packet exchange of an application thread.
    change_carrier,       ///< CarrierArgs: from here on an interface's frames pass through another PacketIo.
    change_neighborhood,  ///< NeighborhoodArgs: other addresses, routes, links or neighbours from here on.
};

/// Addresses of bind and connect, both families: IPv4 in the first four bytes of an address, in wire order.
struct EndpointArgs {
    std::uint8_t local[16];
    std::uint8_t remote[16];
    std::uint16_t local_port;   ///< Host order; 0: choose one.
    std::uint16_t remote_port;  ///< Host order.
    Family family;           ///< Of both; none: connect_datagram disconnects, connect without local address.
    std::uint8_t has_local;  ///< The socket was bound to `local` (which may be any).
    std::uint8_t pad[2];
};
struct ListenArgs {
    AcceptQueue* queue;  ///< Stays the application's; it outlives the acknowledged close of the cell.
    std::uint32_t backlog;
};
struct SendArgs {
    Packet* first;  ///< Chain through Packet::next, `count` packets, owned by the engine from here.
    Packet* last;
    std::uint32_t count;
    std::uint32_t bytes;
};
struct SmallSendArgs {
    std::uint8_t length;
    std::uint8_t bytes[39];
};
struct SendToArgs {
    Packet* packet;  ///< One datagram's payload, owned by the engine from here.
    std::uint8_t remote[16];
    std::uint16_t remote_port;
    Family family;  ///< none: the default peer.
    std::uint8_t pad[5];
};
struct CreditArgs {
    std::uint32_t exchange;  ///< Index of the thread's PacketExchange in the engine's port.
};

/// The new carrier hands out and takes back the same packets as the old one (it stands in front of it, or
/// behind it). The old one may go once `done` is not 0.
struct CarrierArgs {
    PacketIo* io;
    std::atomic<std::uint32_t>* done;  ///< The sender's; stored by the engine, with release.
    std::uint32_t interface;           ///< The engine's number, 1 for the first of the host.
};

/// `news` may go once `done` is not 0.
struct NeighborhoodArgs {
    const Neighborhood* news;
    std::atomic<std::uint32_t>* done;  ///< The sender's; stored by the engine, with release.
};

/// 64 bytes; `turn` belongs to the ring. `attempt` numbers connects and synchronous operations of a socket,
/// so that the answer to an old one is told from that to a new one.
struct alignas(kCacheLine) Request {
    std::atomic<std::uint32_t> turn;
    RequestOp op;
    std::uint8_t flags;
    std::uint16_t attempt;
    SocketId socket;
    std::uint64_t overlapped;
    union {
        EndpointArgs endpoint;
        ListenArgs listen;
        SendArgs send;
        SmallSendArgs small;
        SendToArgs send_to;
        CreditArgs credit;
        CarrierArgs carrier;
        NeighborhoodArgs neighborhood;
    };
};
static_assert(sizeof(EndpointArgs) == 40 && sizeof(SendArgs) <= 40 && sizeof(SmallSendArgs) == 40 &&
              sizeof(SendToArgs) <= 40 && sizeof(CarrierArgs) <= 40);
static_assert(sizeof(Request) == kCacheLine);

}  // namespace ringsock
