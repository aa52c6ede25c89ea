#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""pinger.py ADDRESS ROUNDS STALL_MS: a kernel socket that plays ping-pong with pauses on both sides of the
sleeper's threshold. A round trip of STALL_MS means that nobody woke the sleeper. Then the letter I and
silence: the server measures its idleness and says I again."""
import random
import socket
import sys
import time

address, rounds, stall = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
random.seed(1)
deadline = time.monotonic() + 20
while True:
    try:
        peer = socket.create_connection((address, 7), timeout=5)
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f'no connection: {error}')
        time.sleep(0.1)
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
peer.settimeout(30)
trips = []
for number in range(rounds):
    until = time.monotonic() + random.random() * random.choice((0.0001, 0.0005, 0.003))
    while time.monotonic() < until:
        if until - time.monotonic() > 0.001:
            time.sleep(0.0005)
    sent = time.monotonic()
    peer.sendall(b'x')
    if peer.recv(1) != b'x':
        sys.exit(f'round {number}: the peer ended')
    trips.append(1e6 * (time.monotonic() - sent))
trips.sort()
print(f'{rounds} round trips: p50 {trips[rounds // 2]:.0f} us, p99 {trips[rounds * 99 // 100]:.0f} us, '
      f'worst {trips[-1]:.0f} us')
peer.sendall(b'I')
answer = b''
while len(answer) < 2:
    part = peer.recv(2)
    if not part:
        sys.exit('the peer ended before it had measured')
    answer += part
peer.close()
if trips[-1] > stall * 1000:
    sys.exit(f'a round trip took {trips[-1] / 1000:.0f} ms: a frame did not wake the sleeper')
