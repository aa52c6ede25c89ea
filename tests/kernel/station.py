#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a station on the wire sees of a port that Ringsock drives and the kernel uses too. Each ends with exit
code 0 or says what differs.

    station.py ping ADDRESS COUNT            echo requests, each answered exactly once, soon
    station.py arp INTERFACE ADDRESS         one request, exactly one answer; prints who has it
    station.py refused ADDRESS PORT          a connect that is refused, and only by one reset
    station.py shout ADDRESS PORT COUNT      datagrams to a broadcast address
    station.py hear PORT COUNT FILE          as many datagrams, on all addresses; FILE appears when it listens
    station.py frame INTERFACE HEX           one Ethernet frame
    station.py longest INTERFACE ADDRESS COUNT FILE   bytes of the longest of COUNT TCP frames from ADDRESS
    station.py serve ADDRESS PORT            a TCP server that says "kernel" to everybody, over the kernel
    station.py ask ADDRESS PORT TEXT         connects, wants TEXT (or an echo of TEXT) and the end
"""
import fcntl
import os
import select
import socket
import struct
import sys
import time


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ping(address, count):
    count = int(count)
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    wire.settimeout(0.2)
    identity = os.getpid() & 0xffff
    answers, worst = {}, 0.0
    for number in range(count + 1):
        text = bytes(range(56)) if number % 2 else bytes(1400)
        head = struct.pack('!BBHHH', 8, 0, 0, identity, number)
        if number < count:
            head = struct.pack('!BBHHH', 8, 0, checksum(head + text), identity, number)
            wire.sendto(head + text, (address, 0))
        sent = time.monotonic()
        patience = 1.0 if number == count else 3.0
        # The last round only waits for answers that nobody should send.
        while time.monotonic() - sent < patience:
            try:
                packet, (source, _) = wire.recvfrom(65536)
            except TimeoutError:
                if number in answers:
                    break
                continue
            icmp = packet[(packet[0] & 15) * 4:]
            if source != address or icmp[0] != 0 or struct.unpack('!H', icmp[4:6])[0] != identity:
                continue
            seq = struct.unpack('!H', icmp[6:8])[0]
            answers[seq] = answers.get(seq, 0) + 1
            if icmp[8:] != (bytes(range(56)) if seq % 2 else bytes(1400)):
                return f'answer {seq} brings other bytes'
            if seq == number:
                worst = max(worst, time.monotonic() - sent)
                if number % 8:
                    break  # Mostly at once; now and then a look for a second answer.
    wrong = {seq: answers.get(seq, 0) for seq in range(count) if answers.get(seq, 0) != 1}
    print(f'{count} echo requests, worst answer after {1e3 * worst:.1f} ms')
    return f'answers that are not one: {wrong}' if wrong else None


def interface_mac(wire, name):
    return fcntl.ioctl(wire.fileno(), 0x8927, struct.pack('256s', name.encode()))[18:24]


def arp(interface, address):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    wire.bind((interface, 0))
    mine = interface_mac(wire, interface)
    own = socket.inet_aton('.'.join(address.split('.')[:3] + ['77']))  # An address that nobody has.
    question = struct.pack('!HHHBBH', 0x0806, 1, 0x0800, 6, 4, 1)
    wire.send(b'\xff' * 6 + mine + question + mine + own + bytes(6) + socket.inet_aton(address))
    answers, until = [], time.monotonic() + 1
    while (left := until - time.monotonic()) > 0:
        if not select.select([wire], [], [], left)[0]:
            break
        frame = wire.recv(2048)
        if frame[20:22] == b'\0\2' and frame[28:32] == socket.inet_aton(address) and frame[38:42] == own:
            answers.append(frame[22:28].hex(':'))
    print(f'{address} is at {answers}')
    return None if len(answers) == 1 else f'{len(answers)} answers'


def refused(address, port):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    try:
        socket.create_connection((address, int(port)), timeout=5)
        return 'somebody accepted'
    except ConnectionRefusedError:
        pass
    resets, until = 0, time.monotonic() + 0.7
    while (left := until - time.monotonic()) > 0:
        if not select.select([wire], [], [], left)[0]:
            break
        frame, origin = wire.recvfrom(2048)
        if origin[2] == socket.PACKET_OUTGOING or frame[23] != 6 or frame[26:30] != socket.inet_aton(address):
            continue
        tcp = frame[14 + (frame[14] & 15) * 4:]
        resets += tcp[0:2] == struct.pack('!H', int(port)) and tcp[13] & 4 != 0
    return None if resets == 1 else f'{resets} resets'


def shout(address, port, count):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for number in range(int(count)):
        wire.sendto(b'everybody %d' % number, (address, int(port)))
        time.sleep(0.01)
    return None


def hear(port, count, ready):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(('', int(port)))
    wire.settimeout(10)
    open(ready, 'w').close()
    for number in range(int(count)):
        try:
            text = wire.recv(2048)
        except TimeoutError:
            return f'heard {number} of {count}'
        if text != b'everybody %d' % number:
            return f'datagram {number} is {text!r}'
    wire.settimeout(0.5)
    try:
        return f'one more: {wire.recv(2048)!r}'
    except TimeoutError:
        return None


def frame(interface, text):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    wire.send(bytes.fromhex(text))
    return None


def longest(interface, address, count, ready):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    wire.bind((interface, 0))
    wire.settimeout(10)
    open(ready, 'w').close()
    most, seen = 0, 0
    while seen < int(count):
        text, origin = wire.recvfrom(65536)
        if origin[2] != socket.PACKET_OUTGOING and text[23] == 6 and text[26:30] == socket.inet_aton(address):
            most, seen = max(most, len(text)), seen + 1
    print(most)
    return None


def serve(address, port):
    listener = socket.create_server((address, int(port)))
    while True:
        peer, _ = listener.accept()
        while peer.recv(65536):
            pass
        peer.sendall(b'kernel')
        peer.close()


def ask(address, port, text):
    until = time.monotonic() + 10
    while True:
        try:
            peer = socket.create_connection((address, int(port)), timeout=5)
            break
        except OSError as error:
            if time.monotonic() > until:
                return f'{address}:{port}: {error}'
            time.sleep(0.1)
    peer.sendall(text.encode())
    peer.shutdown(socket.SHUT_WR)
    got = b''
    while part := peer.recv(65536):
        got += part
    return None if got == text.encode() else f'{address}:{port} said {got[:80]!r}'


if __name__ == '__main__':
    calls = {call.__name__: call for call in (ping, arp, refused, shout, hear, frame, longest, serve, ask)}
    if len(sys.argv) < 2 or sys.argv[1] not in calls:
        sys.exit(__doc__)
    sys.exit(calls[sys.argv[1]](*sys.argv[2:]))
