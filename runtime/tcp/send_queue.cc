// SPDX-License-Identifier: BSD-3-Clause
// The send queue: append, release (RFC 9293 §3.4: "retransmission queue", kept as one chain with the unsent
// text).
#include "tcp/send_queue.h"

#include "tcp/congestion.h"

namespace ringsock::tcp {

void prepare_send_line(Tcb& tcb) {
    TcbArrive& a = tcb.arrive;
    if (has_trait(tcb, kTraitSendLine)) return;
    tcb.send = TcbSend{};
    a.traits |= kTraitSendLine;
    const SeqNum text_start = a.snd_nxt - (has_trait(tcb, kTraitFinSent) ? 1 : 0);
    tcb.send.snd_end = text_start;
    tcb.send.resend_nxt = tcb.send.resend_end = text_start;
    tcb.send.recover = text_start - 1;
    tcb.send.snd_wnd_max = a.snd_wnd;
    open_congestion(tcb);
}

void append_text(Tcb& tcb, PacketList& text_taken) {
    TcbSend& s = tcb.send;
    Packet* const last = text_taken.back();
    Packet* const first = text_taken.take_chain();
    for (Packet* p = first; p != nullptr; p = p->next) {
        RS_DCHECK(p->length > 0);
        p->seq = s.snd_end;
        s.snd_end += p->length;
    }
    if (s.tail != nullptr)
        s.tail->next = first;
    else
        s.head = first;
    s.tail = last;
    if (s.next_packet == nullptr) s.next_packet = first;
}

void release_acknowledged(Tcb& tcb, PacketList& released) {
    TcbSend& s = tcb.send;
    const SeqNum una = tcb.arrive.snd_una;
    while (s.head != nullptr && at_or_before(s.head->seq + s.head->length, una)) {
        Packet* const done = s.head;
        s.head = done->next;
        released.push_back(done);
    }
    if (s.head == nullptr) s.tail = nullptr;
}

}  // namespace ringsock::tcp
