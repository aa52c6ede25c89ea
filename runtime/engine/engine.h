// SPDX-License-Identifier: BSD-3-Clause
// Engine: one object per core. Owns connections, tables and timers; the only mutator of them. Whoever holds
// the engine role calls run_once() (or run_short()); see Drive in ring/engine_port.h for who that is. The
// only room that composes protocols: wire for bytes, tcp for decisions, inet for addresses, ring for the
// application.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/roles.h"
#include "engine/connections.h"
#include "engine/engine_config.h"
#include "engine/engine_stats.h"
#include "engine/loopback_io.h"
#include "inet/flow_table.h"
#include "inet/frame_owner.h"
#include "inet/local_ports.h"
#include "inet/neighbor.h"
#include "inet/ports.h"
#include "packet/packet_io.h"
#include "ring/engine_port.h"
#include "tcp/connection.h"
#include "tcp/time_wait.h"
#include "time/clock.h"
#include "time/timer_wheel.h"
#include "wire/build_frame.h"
#include "wire/parse_frame.h"

namespace ringsock {

struct Neighborhood;

class Engine {
  public:
    /// Requests taken in one pass at most, so that one pass stays short.
    static constexpr std::uint32_t kRequestsPerPass = 256;
    /// Timers fired in one pass at most.
    static constexpr std::uint32_t kTimersPerPass = 64;
    /// Connections that may transmit in one pass at most.
    static constexpr std::uint32_t kTransmitsPerPass = 256;
    /// Longest pause between two passes of an engine that has nothing to do: a link that goes down is noticed
    /// so late.
    static constexpr Micros kRestingPass = Micros::from_millis(250);
    /// Pause of an engine whose device takes no frame; nobody says when it does again.
    static constexpr Micros kFullDevicePause{100};
    /// Pause while a call holds a cell that its socket has closed.
    static constexpr Micros kRetiredPause{1000};
    /// Cells told of changes in one pass before an early publish.
    static constexpr std::uint32_t kTouchedPerPass = 512;
    /// Datagrams a socket may leave unread, beside its receive buffer in bytes.
    static constexpr std::uint32_t kMaxQueuedDatagrams = 1024;

    /// Builds the engine; memory is reserved, not touched. `pool` is where empty packets come from: the first
    /// interface's carrier. `clock` and `port` are borrowed and outlive the engine. Control role.
    Engine(const EngineConfig& config, PacketIo& pool, Clock& clock, EnginePort& port) noexcept;
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    /// False when address space for the tables was refused; nothing else may be called then.
    [[nodiscard]] bool ok() const noexcept;

    /// One full pass: receive, take requests, fire timers, transmit, publish.
    void run_once() noexcept RS_REQUIRES(engine_role);
    /// Requests, transmit and publish only: what an inline push drives so that a SYN or a small send leaves
    /// at once.
    void run_short() noexcept RS_REQUIRES(engine_role);

    /// From here on the frames of `interface` (1: the host's first) pass through `io`, which hands out and
    /// takes back the same packets as the carrier before it: something that stands in front of it, or what
    /// stood behind. Also RequestOp::change_carrier. The engine role, or nobody in the engine.
    void set_carrier(std::uint32_t interface, PacketIo& io) noexcept;

    /// Ends everything: connections are dropped without a word, every socket learns WSAENETDOWN, packets
    /// return to their pools. Afterwards only the destructor. Control role, with nobody else in the engine.
    void shut_down() noexcept RS_REQUIRES(engine_role);

    /// Whether a connection whose socket is closed still has text or a FIN that the peer did not acknowledge:
    /// what the end of the process would cut short. Looks at every connection.
    [[nodiscard]] bool owes_text() noexcept RS_REQUIRES(engine_role);

    /// Whether a pass has to come although nobody calls: connections, listeners, timers or frames exist.
    [[nodiscard]] bool has_work() const noexcept;
    /// The earliest timer; never() without one. A bound, not later than the real deadline.
    [[nodiscard]] Instant next_deadline() const noexcept;
    /// Moves with every frame and request: an engine that sleeps first looks whether this stands still.
    [[nodiscard]] std::uint64_t activity() const noexcept {
        return stats_.rx_frames + stats_.tx_frames + stats_.requests;
    }
    /// When the next pass has to come if neither a frame nor a request does; not later than kRestingPass from
    /// the last one, because links are only looked at in passes. In the past: at once. After a full pass.
    [[nodiscard]] Instant next_pass_due() const noexcept RS_REQUIRES(engine_role);
    /// Time of the last full pass, on the engine's clock.
    [[nodiscard]] Instant last_pass() const noexcept { return now_; }
    /// Carriers with their wakes: every interface but the loopback, which frames never leave.
    [[nodiscard]] std::size_t carriers() const noexcept { return interface_count_ - std::size_t{1}; }
    [[nodiscard]] PacketIo& carrier(std::size_t index) const noexcept { return *interfaces_[index + 1].io; }
    [[nodiscard]] const EngineStats& stats() const noexcept { return stats_; }
    [[nodiscard]] std::uint32_t connections() const noexcept { return tcbs_.in_use(); }
    [[nodiscard]] std::uint32_t time_waits() const noexcept { return time_waits_.in_use(); }
    /// Packets in the receive lists of cells, for tests and statistics.
    [[nodiscard]] std::uint64_t packets_unread() const noexcept { return packets_unread_; }
    /// Records in use: all zero in an engine that has nothing to remember. For tests and statistics.
    struct Holdings {
        std::uint32_t connections, time_waits, half_open, bindings, local_ports, cells, timers;
        std::uint64_t flows, packets_unread;
        friend bool operator==(const Holdings&, const Holdings&) noexcept = default;
    };
    [[nodiscard]] Holdings holdings() const noexcept;
    [[nodiscard]] EnginePort& port() noexcept { return port_; }
    /// Runs tcp's invariants over every connection; asserts. For tests and simulation.
    void check_invariants() noexcept;

  private:
    struct Interface {
        PacketIo* io = nullptr;
        MacAddress mac;
        std::uint32_t mtu = 1500;
        bool has_wire = false;
        bool is_up = true;
        bool may_be_up = true;               ///< An administrator has not taken it down.
        KernelRings* kernel = nullptr;       ///< Null: what is not ours is dropped.
        Ipv4 good_source, good_destination;  ///< Of the last segment that was for us.
        BuildRules build_rules;              ///< tcp; udp uses `udp_rules`.
        BuildRules udp_rules;
        std::uint8_t tcp_offloads = 0;  ///< TxOffload bits of every TCP frame.
        tcp::CutLimits cut;             ///< IoTraits::segmentation_bytes and _pieces.
        std::uint32_t pending = 0;      ///< Frames built and not yet taken by the carrier.
        std::array<TxFrame, kBurst> frames;
    };
    struct FrameContext {
        const RxFrame& frame;
        const ParsedFrame& parsed;
        InterfaceIndex interface;
        bool is_consumed;  ///< keep() took the frame.
    };
    /// Where packets to a destination go: the answer of the route table, with the neighbour's number.
    struct Path {
        RouteKind kind = RouteKind::none;
        InterfaceIndex interface = kNoInterface;
        NeighborRef neighbor;  ///< None on loopback and where packets are swallowed.
        Ipv4 next_hop;
        Ipv4 source;
    };

    // engine.cc: the pass itself
    void run_tail(Instant now) noexcept;
    [[nodiscard]] std::uint64_t random() noexcept;
    [[nodiscard]] InterfaceIndex interface_count() const noexcept { return interface_count_; }
    void poll_links(Instant now) noexcept;
    void take_link_down(InterfaceIndex interface, Instant now) noexcept;

    // receive.cc: frames in
    void receive(Instant now) noexcept;
    bool receive_from(InterfaceIndex interface, Instant now) noexcept;
    void dispatch(FrameContext& context, FlowHash hash, Instant now) noexcept;
    void segment_arrives(FrameContext& context, FlowHash hash, Instant now) noexcept;
    void segment_for_time_wait(FrameContext& context, std::uint32_t slot, FlowHash hash,
                               Instant now) noexcept;
    void segment_without_tcb(FrameContext& context, FlowHash hash, Instant now) noexcept;
    void open_from_syn(FrameContext& context, FlowHash hash, std::uint32_t binding, const TimeWaitSlot* old,
                       Instant now) noexcept;
    void answer_segment(const FrameContext& context, const TcpFields& fields) noexcept;
    [[nodiscard]] bool is_for_us(const FrameContext& context) noexcept;
    [[nodiscard]] bool judge_arrival(const FrameContext& context) noexcept;
    // The exception path: frames that are the kernel's, or its too. Off the way of our own segments.
    [[nodiscard]] FrameOwner owner_of(const FrameContext& context) const noexcept;
    void give_to_kernel(const FrameContext& context) noexcept;
    void offer_to_kernel(const FrameContext& context) noexcept;
    [[nodiscard]] bool kernel_takes(const FrameContext& context) noexcept;
    [[nodiscard]] std::uint32_t find_flow(const FlowKey& key, FlowHash hash) noexcept;

    // requests.cc: applications in
    void take_requests(Instant now) noexcept;
    void take_request(const Request& request, Instant now) noexcept;
    void take_request_without_socket(const Request& request, Instant now) noexcept;
    void take_attention(Instant now) noexcept;
    void request_bind(const Request& request, SocketCell& cell) noexcept;
    void request_listen(const Request& request, SocketCell& cell) noexcept;
    void request_connect(const Request& request, SocketCell& cell, Instant now) noexcept;
    void request_send(const Request& request, SocketCell* cell, Instant now) noexcept;
    void request_send_small(const Request& request, SocketCell* cell, Instant now) noexcept;
    void request_consumed(SocketCell& cell, Instant now) noexcept;
    void request_shutdown(SocketCell& cell, Instant now) noexcept;
    void request_options(SocketCell& cell, Instant now) noexcept;
    /// SO_KEEPALIVE and its times, from the socket's options to the connection.
    static tcp::Effects keep_alive(tcp::Tcb& tcb, const SocketOptions& options, Instant now) noexcept;
    void request_credit(std::uint32_t exchange) noexcept;
    void request_close(std::uint32_t cell_index, Instant now) noexcept;
    void drop_backlog(std::uint32_t binding, Instant now) noexcept;
    void send_text(SocketCell* cell, PacketList& text, std::uint32_t bytes, Instant now) noexcept;
    void reply(std::uint32_t cell_index, SocketCell& cell, std::uint16_t attempt, ConnError error) noexcept;
    [[nodiscard]] ConnError enter_binding(std::uint32_t cell_index, SocketCell& cell, PortSpace space,
                                          Ipv4 local, Port port, std::uint32_t& binding) noexcept;
    void leave_binding(std::uint32_t binding) noexcept;

    // open.cc: active opens and the life of a connection's records
    [[nodiscard]] ConnError open_connection(const Request& request, SocketCell& cell, Instant now) noexcept;
    [[nodiscard]] Path path_to(Ipv4 destination) noexcept;
    [[nodiscard]] ConnError choose_port(FlowKey& key, const SocketCell& cell, std::uint32_t binding,
                                        FlowHash& hash, std::uint32_t& old_time_wait) noexcept;
    /// Leads the frames of a flow here that hashes to another engine of the host; unpin() ends it.
    [[nodiscard]] ConnError pin(const FlowKey& key) noexcept;
    void unpin(const FlowKey& key) noexcept;
    void fill_params(tcp::OpenParams& params, const FlowKey& key, const SocketOptions& options,
                     InterfaceIndex interface, Instant now) noexcept;
    [[nodiscard]] bool attach(std::uint32_t tcb_index, FlowHash hash) noexcept;
    void enter_time_wait(std::uint32_t tcb_index, Instant now) noexcept;
    void free_connection(std::uint32_t tcb_index) noexcept;
    void free_time_wait(std::uint32_t slot) noexcept;
    void expire_time_waits(Instant now) noexcept;
    [[nodiscard]] bool hand_to_listener(std::uint32_t tcb_index) noexcept;

    // timers.cc
    void fire_timers(Instant now) noexcept;
    void watch_deadline(std::uint32_t tcb_index) noexcept;

    // transmit.cc: frames out
    void transmit(Instant now) noexcept;
    bool transmit_connection(std::uint32_t tcb_index, Instant now) noexcept;
    [[nodiscard]] TxFrame* frame_for(InterfaceIndex interface) noexcept;
    void commit_frame(InterfaceIndex interface) noexcept;
    bool flush(InterfaceIndex interface) noexcept;
    void flush_all() noexcept;
    void mark_ready(std::uint32_t tcb_index) noexcept;
    void build_segment(TxFrame& frame, const LinkHeader& link, const TcbSide& side, const FlowKey& key,
                       const tcp::SegmentOut& segment) noexcept;
    void send_bare_segment(const Path& path, const FlowKey& key, const TcpFields& fields) noexcept;
    void release_later(PacketList& packets) noexcept;
    void defer(PacketList& packets) noexcept;
    void forget_frames_of(InterfaceIndex interface, const PacketList& packets) noexcept;

    // publish.cc: effects to cells, events, sleepers
    void apply(std::uint32_t tcb_index, tcp::Effects effects, tcp::TextOut& out, Instant now) noexcept;
    void apply_ending(std::uint32_t tcb_index, tcp::Effects effects, Instant now) noexcept;
    void take_failure(std::uint32_t tcb_index, SocketCell* cell, ConnError error) noexcept;
    void deliver(std::uint32_t cell_index, SocketCell& cell, Packet* packet_kept) noexcept;
    void bump(std::uint32_t cell_index, SocketCell& cell, Edge edge) noexcept;
    void touch(std::uint32_t cell_index, SocketCell& cell, std::uint8_t what) noexcept;
    void set_ready(SocketCell& cell, std::uint32_t bits) noexcept;
    void clear_ready(SocketCell& cell, std::uint32_t bits) noexcept;
    void publish() noexcept;
    void finish_connect(std::uint32_t cell_index, SocketCell& cell, std::uint16_t attempt,
                        ConnError error) noexcept;

    // neighborhood.cc: addresses, routes, links and neighbours that change
    void take_neighborhood(const Neighborhood& news, Instant now) noexcept;
    void change_ways() noexcept;
    void set_subnets() noexcept;

    // cells.cc: the stock of socket cells
    [[nodiscard]] std::uint32_t take_cell() noexcept;
    void free_cell(std::uint32_t cell_index) noexcept;
    void retire_cell(std::uint32_t cell_index) noexcept;
    void issue_cells() noexcept;
    void retry_retired() noexcept;
    void release_receive_list(SocketCell& cell) noexcept;
    [[nodiscard]] SocketCell* cell_of(const tcp::Tcb& tcb) noexcept;

    // datagrams.cc: UDP
    void datagram_arrives(FrameContext& context, Instant now) noexcept;
    void deliver_datagram(FrameContext& context, std::uint32_t binding, bool is_last) noexcept;
    void request_send_to(const Request& request, SocketCell* cell, Instant now) noexcept;
    void request_connect_datagram(const Request& request, SocketCell& cell) noexcept;
    void link_datagram_binding(std::uint32_t binding) noexcept;
    void unlink_datagram_binding(std::uint32_t binding) noexcept;
    [[nodiscard]] ConnError bind_implicitly(std::uint32_t cell_index, SocketCell& cell) noexcept;
    [[nodiscard]] ConnError send_datagram(SocketCell& cell, const Binding& binding, Packet* payload,
                                          Ipv4 remote, Port remote_port) noexcept;

    // resolve.cc: ARP, ICMP and packets that wait for an address
    void arp_arrives(FrameContext& context, Instant now) noexcept;
    void icmp_arrives(FrameContext& context, Instant now) noexcept;
    void icmp_error_arrives(FrameContext& context, Instant now) noexcept;
    void send_port_unreachable(const FrameContext& context, Instant now) noexcept;
    void send_arp(InterfaceIndex interface, const ArpFields& arp, const MacAddress& to) noexcept;
    void neighbor_resolved(std::uint32_t neighbor) noexcept;
    void neighbor_failed(std::uint32_t neighbor, Instant now) noexcept;
    void tend_neighbors(Instant now) noexcept;
    void act_on(const NeighborAction& action, Instant now) noexcept;
    void park(std::uint32_t tcb_index, std::uint32_t neighbor) noexcept;
    void unpark(std::uint32_t tcb_index) noexcept;
    void send_waiting_frames(std::uint32_t neighbor) noexcept;
    void hold_frame(const NeighborRef& neighbor, const TxFrame& frame) noexcept;
    [[nodiscard]] const Neighbor* neighbor_of(TcbSide& side, const FlowKey& key) noexcept;
    void emit(const Path& path, TxFrame& frame) noexcept;
    void emit_to_link(InterfaceIndex interface, const TxFrame& frame) noexcept;

    EngineConfig config_;
    Clock& clock_;
    EnginePort& port_;
    MpscRing<Request>::Consumer requests_;
    PacketIo& pool_;
    LoopbackIo loopback_;
    std::array<Interface, kMaxEngineInterfaces> interfaces_;
    InterfaceIndex interface_count_ = 1;
    EngineStats stats_;
    Instant now_;  ///< Of the last full pass.

    /// What one burst is worked on in.
    struct Burst {
        std::array<RxFrame, kBurst> frames;
        std::array<ParsedFrame, kBurst> parsed;
        std::array<FlowHash, kBurst> hashes;
    };
    std::unique_ptr<Burst> burst_;

    TcbPool tcbs_;
    ReservedArray<TcbSide> sides_;
    TimeWaitPool time_waits_;
    IndexList time_wait_order_;  ///< Oldest first; all live equally long.
    BindingPool bindings_;
    FlowTable flows_;
    PortSets ports_;
    LocalPorts local_ports_;
    ReservedArray<std::uint32_t> udp_heads_;  ///< By port: first datagram binding, plus one; 0 none.
    NeighborTable neighbors_;
    TimerWheel wheel_;
    std::uint32_t half_open_ = 0;

    std::uint32_t ready_head_ = kNoIndex, ready_tail_ = kNoIndex;
    PacketList deferred_;  ///< Packets to release once no pending frame refers to them.

    struct Touched {
        std::uint32_t cell;
    };
    std::unique_ptr<Touched[]> touched_;
    std::uint32_t touched_count_ = 0;
    FixedVector<EventCell*, 64> events_;
    FixedVector<std::uint32_t, 64> asleep_;

    ReservedArray<std::uint32_t> free_cells_;  ///< Stack.
    std::uint32_t free_cell_count_ = 0;
    std::uint32_t fresh_cell_ = 0;  ///< Cells [fresh_cell_, count) were never used.
    std::uint32_t cells_issued_full_ =
        0;  ///< Passes to skip before looking at the ring of issued cells again.
    ReservedArray<std::uint32_t> retired_;  ///< Closed cells that a call still holds.
    std::uint32_t retired_count_ = 0;

    /// Per neighbour: datagrams that wait for its address, as frames whose link header is still to be
    /// written.
    struct Waiting {
        PacketList frames;
        std::uint32_t generation = 0;  ///< Of the neighbour they are for.
    };
    ReservedArray<IndexLink> wait_links_;  ///< Of connections on a neighbour's list.
    std::unique_ptr<Waiting[]> waiting_;   ///< By neighbour index.
    std::uint64_t random_counter_ = 0;
    std::uint64_t packets_unread_ = 0;
    Instant next_link_poll_;
    int links_down_ = 0;  ///< Interfaces without a link: an idle engine is still driven, to see it come back.
    Instant icmp_quota_at_;  ///< RFC 1812 §4.3.2.8: limit of the rate of ICMP errors.
    std::uint32_t icmp_quota_ = 0;
    std::uint16_t ipv4_id_ = 0;
    bool is_down_ = false;

    struct PathCache {
        Ipv4 destination;
        Path path;
        bool is_valid = false;
    } path_cache_;
};

}  // namespace ringsock
