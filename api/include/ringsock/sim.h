/* SPDX-License-Identifier: BSD-3-Clause */
/* Simulated hosts for tests: a virtual clock, seeded wires, frames in and out, and the same socket calls.
 *
 * Link with libringsock-sim (pkg-config ringsock-sim) instead of libringsock. Build a world first: reset, add
 * hosts, join them; then WSAStartup runs on it. Nothing happens by itself: calls run the engines of the
 * simulated hosts, and a blocking call (or a wait with a time-out) advances the virtual time of all hosts
 * until it is done. The same seed and the same calls give the same frames at the same times. No DPDK, no NIC,
 * no privileges.
 *
 * Every function here belongs to one thread, and returns 0, or SOCKET_ERROR with a sentence in
 * ringsock_last_error_text() where it says so. Usable from C11 and C++20. */
#ifndef RINGSOCK_SIM_H
#define RINGSOCK_SIM_H

#include <ringsock/types.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Faults of a wire, the same in both directions but seeded apart. Parts per million are of frames. */
typedef struct ringsock_sim_wire {
    uint32_t delay_us;  /* One way; at least 1. */
    uint32_t jitter_us; /* Added uniformly; order is kept. */
    uint32_t loss_ppm;
    uint32_t duplicate_ppm;
    uint32_t reorder_ppm; /* Held back by reorder_us. */
    uint32_t reorder_us;
    uint32_t corrupt_ppm;     /* One bit flipped. */
    uint32_t truncate_ppm;    /* Cut at a random length. */
    uint64_t bits_per_second; /* 0: no limit. */
    uint32_t queue_bytes;     /* With a limit: what waits at most. */
    uint32_t is_cut;          /* Not 0: nothing passes. */
} ringsock_sim_wire;

/* Drops all hosts and wires and sets seed and time anew. Not between WSAStartup and WSACleanup (WSAEALREADY).
 */
RINGSOCK_API int ringsock_sim_reset(uint64_t seed);

/* Adds a host with one address ("10.0.0.1/24"); `gateway` may be null. Not after WSAStartup (WSAEALREADY). Up
 * to 16 hosts; WSAEINVAL for a name that is taken or text that is no address. */
RINGSOCK_API int ringsock_sim_add_host(const char* name, const char* address, const char* gateway);

/* Joins two hosts; null faults: 10 us of delay and nothing else. WSAEINVAL when a host is unknown. Any time.
 */
RINGSOCK_API int ringsock_sim_join(const char* a, const char* b, const ringsock_sim_wire* faults);
/* Changes the faults of a wire in both directions. */
RINGSOCK_API int ringsock_sim_set_wire(const char* a, const char* b, const ringsock_sim_wire* faults);

/* Hands a frame (from the Ethernet header on) to a host, as if it had just arrived. Copied. */
RINGSOCK_API int ringsock_sim_frame_in(const char* host, const void* bytes, size_t length);
/* Takes the oldest frame that a host without a wire sent. *length: room in, bytes out; 0 when there is none.
 * WSAEFAULT when the room is too small: nothing is lost, *length says what is needed. */
RINGSOCK_API int ringsock_sim_frame_out(const char* host, void* bytes, size_t* length);

/* Virtual time in microseconds. */
RINGSOCK_API uint64_t ringsock_sim_now(void);
/* Lets time pass, event by event. */
RINGSOCK_API int ringsock_sim_advance(uint64_t microseconds);
/* Runs all hosts until nothing moves any more without time passing. */
RINGSOCK_API int ringsock_sim_settle(void);

/* From now on every frame any host sends is kept; save writes a pcap file (SOCKET_ERROR when that fails). */
RINGSOCK_API int ringsock_sim_capture(void);
RINGSOCK_API int ringsock_sim_save_capture(const char* path);

#ifdef __cplusplus
}
#endif
#endif
