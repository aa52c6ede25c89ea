#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A program that closes its sockets and ends loses nothing that it sent: the kernel's client reads the last
# bytes and the end of stream although the server called closesocket and WSACleanup before.
# farewell_test.sh RINGSOCK-ECHO CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh
on_veth

# serve CLAIM COUNT MODE COMMAND...: a server that ends after COUNT connections, and its client
serve() {
    local claim=$1 count=$2 mode=$3 server tries
    shift 3
    : >"$lab/server"
    (wired 60 "$program" --port 7 --no-udp --once "$count" --set engine.drive="$mode") >"$lab/server" 2>&1 &
    server=$!
    for ((tries = 0; tries < 200; ++tries)); do grep -q listening "$lab/server" && break; sleep 0.05; done
    check "$claim" in_peer "$@"
    if wait $server; then tap_ok "$claim: the server ended well"; else
        tap_not_ok "$claim: the server ended well" "$lab/server"
    fi
}

tap_plan 6
serve 'a client that reads late gets everything' 1 inline python3 peers.py late $our_address 7 100000
serve 'so it does from a dedicated engine' 1 dedicated python3 peers.py late $our_address 7 100000
serve 'and so do 20 clients at once' 20 inline python3 peers.py many $our_address 7 20 200000
