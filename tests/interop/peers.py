#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kernel-side peers of the interop tests, on plain sockets: each ends with exit code 0 or says what differs.

    peers.py random FILE BYTES             writes bytes that no protocol could guess
    peers.py stream ADDRESS PORT FILE      sends FILE, half-closes, and wants FILE back and then end of stream
    peers.py many ADDRESS PORT COUNT BYTES the same with COUNT connections at once, each with bytes of its own
    peers.py late ADDRESS PORT BYTES       sends BYTES, half-closes, and reads when the server is done
    peers.py udp ADDRESS PORT              datagrams of every interesting size, each wanted back once
    peers.py crowd LISTEN-PORT ADDRESS PORT COUNT BYTES
                                           the kernel as the other side of crowd.cc
    peers.py echo ADDRESS PORT             a TCP echo server, as the control of this harness itself
"""
import asyncio
import os
import random
import selectors
import socket
import sys
import threading
import time

PATIENCE = 60          # seconds without a byte before a peer gives up


def connect(address, port):
    """The program under test may still be starting: a refusal or silence is retried for ten seconds."""
    give_up = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection((address, port), timeout=PATIENCE)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def exchange(connection, data, rng):
    """Sends `data` in pieces of any size while reading; returns None, or what was wrong with the echo."""
    connection.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
    view, sent, seen = memoryview(data), 0, 0
    while True:
        ready = selector.select(PATIENCE)
        if not ready:
            return f'nothing moved for {PATIENCE} s: {sent} bytes sent, {seen} came back'
        events = ready[0][1]
        if events & selectors.EVENT_WRITE:
            sent += connection.send(view[sent:sent + rng.randint(1, 262144)])
            if sent == len(data):
                connection.shutdown(socket.SHUT_WR)
                selector.modify(connection, selectors.EVENT_READ)
        if events & selectors.EVENT_READ:
            piece = connection.recv(262144)
            if not piece:
                break
            if piece != view[seen:seen + len(piece)]:
                return f'the echo differs within {len(piece)} bytes from offset {seen}'
            seen += len(piece)
    return None if seen == len(data) else f'end of stream after {seen} of {len(data)} bytes'


def stream(address, port, path):
    with open(path, 'rb') as file:
        data = file.read()
    with connect(address, port) as connection:
        return exchange(connection, data, random.Random(1))


def many(address, port, count, size):
    problems = []

    def one(number):
        rng = random.Random(number)
        try:
            with connect(address, port) as connection:
                problem = exchange(connection, rng.randbytes(size), rng)
        except OSError as error:
            problem = str(error)
        if problem:
            problems.append(f'connection {number}: {problem}')

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return '; '.join(problems[:5]) or None


def crowd(listen_port, address, port, count, size):
    """COUNT connections there, COUNT from there, all open at once; what ours send must come back."""
    problems, theirs, everybody_there = [], [], asyncio.Event()
    ours_served = []

    def look():
        if len(ours_served) + len(problems) >= count and len(theirs) >= count:
            everybody_there.set()

    async def answer(reader, writer):
        first = True
        while piece := await reader.read(65536):
            if first:
                theirs.append(writer)          # one without a byte only looked whether we are there
                first = False
                look()
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def one(number):
        data = random.Random(number).randbytes(size)
        try:
            reader, writer = await asyncio.open_connection(address, port)
            sending = asyncio.create_task(send_all(writer, data))
            seen = await reader.readexactly(size)
            await sending
            if seen != data:
                problems.append(f'connection {number}: the echo differs')
            ours_served.append(number)
            look()
            await everybody_there.wait()
            writer.write_eof()
            if await reader.read(1):
                problems.append(f'connection {number}: more came back than was sent')
            writer.close()
        except (OSError, EOFError) as error:
            problems.append(f'connection {number}: {error}')
            look()

    async def send_all(writer, data):
        writer.write(data)
        await writer.drain()

    async def everything():
        server = await asyncio.start_server(answer, '0.0.0.0', listen_port, backlog=4096)
        (await asyncio.to_thread(connect, address, port)).close()
        await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(count))), PATIENCE)
        give_up = time.monotonic() + PATIENCE
        while any(not writer.is_closing() for writer in theirs) and time.monotonic() < give_up:
            await asyncio.sleep(0.01)
        server.close()

    asyncio.run(everything())
    return '; '.join(problems[:5]) or None


def late(address, port, size):
    """What the server has sent waits in its send queue, because this window is small and nobody reads."""
    data = os.urandom(size)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect((address, port))
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        time.sleep(1)
        seen = b''
        while piece := connection.recv(65536):
            seen += piece
    return None if seen == data else f'{len(seen)} of {size} bytes came back'


def udp(address, port):
    """Datagrams may be lost by right, so each is tried five times; what comes back must be whole."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.connect((address, port))
        peer.settimeout(1)
        for size in [1, 2, 3, 17, 18, 19, 100, 511, 512, 1000, 1471, 1472, 0]:
            data = os.urandom(size)
            for _ in range(5):
                try:
                    peer.send(data)
                    answer = peer.recv(65536)
                except (TimeoutError, ConnectionRefusedError):
                    time.sleep(0.1)            # lost, or the server is not up yet
                    continue
                if answer == data:
                    break
                return f'{size} bytes sent, {len(answer)} others came back'
            else:
                return f'no answer to {size} bytes'
    return None


def echo(address, port):
    def serve(connection):
        with connection:
            try:
                while piece := connection.recv(262144):
                    connection.sendall(piece)
            except ConnectionResetError:
                pass                           # a client that ends or was cut off owes nothing

    with socket.create_server((address, port)) as listener:
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def main(arguments):
    what, rest = arguments[:1], arguments[1:]
    if what == ['random'] and len(rest) == 2:
        with open(rest[0], 'wb') as file:
            file.write(os.urandom(int(rest[1])))
        return None
    if what == ['stream'] and len(rest) == 3:
        return stream(rest[0], int(rest[1]), rest[2])
    if what == ['many'] and len(rest) == 4:
        return many(rest[0], int(rest[1]), int(rest[2]), int(rest[3]))
    if what == ['crowd'] and len(rest) == 5:
        return crowd(int(rest[0]), rest[1], int(rest[2]), int(rest[3]), int(rest[4]))
    if what == ['late'] and len(rest) == 3:
        return late(rest[0], int(rest[1]), int(rest[2]))
    if what == ['udp'] and len(rest) == 2:
        return udp(rest[0], int(rest[1]))
    if what == ['echo'] and len(rest) == 2:
        return echo(rest[0], int(rest[1]))
    return __doc__


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
