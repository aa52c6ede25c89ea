#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reads a pcapng file block by block, strictly (draft-ietf-opsawg-pcapng).

pcapng.py FILE prints it as JSON.
"""
import json
import struct
import sys


def options(body, at):
    """Code to list of values; the list must end as it should."""
    found = {}
    while at < len(body):
        code, length = struct.unpack_from('<HH', body, at)
        if code == 0:
            assert length == 0 and at + 4 == len(body), 'something follows the end of options'
            return found
        found.setdefault(code, []).append(body[at + 4:at + 4 + length])
        at += 4 + (length + 3) // 4 * 4
    assert at == len(body) and not found, 'options without an end'
    return found


def blocks(data):
    at = 0
    while at < len(data):
        kind, total = struct.unpack_from('<II', data, at)
        assert total % 4 == 0 and at + total <= len(data), f'block at {at} is cut'
        assert struct.unpack_from('<I', data, at + total - 4)[0] == total, f'block at {at} has two lengths'
        yield kind, data[at + 8:at + total - 4]
        at += total


def time_of(body, at):
    high, low = struct.unpack_from('<II', body, at)
    return high << 32 | low


def read(path):
    with open(path, 'rb') as file:
        data = file.read()
    out = {'interfaces': [], 'packets': [], 'statistics': []}
    for number, (kind, body) in enumerate(blocks(data)):
        assert (number == 0) == (kind == 0x0a0d0d0a), 'the section header is first, and once'
        if kind == 0x0a0d0d0a:
            assert struct.unpack_from('<IHH', body)[:3] == (0x1a2b3c4d, 1, 0)
            out['application'] = options(body, 16)[4][0].decode()
        elif kind == 1:
            link, _, snap = struct.unpack_from('<HHI', body)
            extra = options(body, 8)
            out['interfaces'].append({'link': link, 'snap': snap, 'name': extra[2][0].decode(),
                                      'resolution': extra[9][0][0], 'mac': extra[6][0].hex(':')})
        elif kind == 6:
            interface, kept, original = (struct.unpack_from('<I', body, n)[0] for n in (0, 12, 16))
            assert interface < len(out['interfaces']) and kept <= original
            extra = options(body, 20 + (kept + 3) // 4 * 4)
            out['packets'].append({'interface': interface, 'time': time_of(body, 4), 'kept': kept,
                                   'original': original, 'direction': struct.unpack('<I', extra[2][0])[0] & 3,
                                   'bytes': body[20:20 + kept].hex()})
        elif kind == 5:
            extra = options(body, 12)
            out['statistics'].append({'interface': struct.unpack_from('<I', body)[0],
                                      'start': time_of(extra[2][0], 0), 'end': time_of(extra[3][0], 0),
                                      'received': struct.unpack('<Q', extra[4][0])[0],
                                      'dropped': struct.unpack('<Q', extra[5][0])[0]})
        else:
            raise AssertionError(f'block of type {kind}')
    return out


if __name__ == '__main__':
    json.dump(read(sys.argv[1]), sys.stdout)
