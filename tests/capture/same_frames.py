#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""same_frames.py OURS.pcapng THEIRS.pcap: the TCP frames of both are the same, byte for byte and as often."""
import collections
import struct
import sys

import pcapng


def classic(path):
    with open(path, 'rb') as file:
        data = file.read()
    assert struct.unpack_from('<I', data)[0] == 0xa1b2c3d4, 'no pcap file of this machine'
    at = 24
    while at < len(data):
        kept, original = struct.unpack_from('<II', data, at + 8)
        assert kept == original
        yield data[at + 16:at + 16 + kept]
        at += 16 + kept


def is_tcp(frame):
    return frame[12:14] == b'\x08\x00' and frame[23] == 6


def main(ours, theirs):
    mine = [bytes.fromhex(p['bytes']) for p in pcapng.read(ours)['packets']]
    mine = collections.Counter(f for f in mine if is_tcp(f))
    other = collections.Counter(f for f in classic(theirs) if is_tcp(f))
    print(f'{mine.total()} frames of ours, {other.total()} of tcpdump')
    print(f'only ours: {(mine - other).total()}, only theirs: {(other - mine).total()}')
    return 0 if mine == other and mine.total() > 4000 else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
