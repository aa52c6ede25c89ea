#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel's TCP and UDP as clients of ringsock-echo, over net_af_packet, net_af_xdp (native and copying)
# and net_tap: 50 MB there and back, many connections at once, datagrams of every size.
# echo_test.sh RINGSOCK-ECHO CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh

file=$lab/file
python3 peers.py random "$file" 50000000

# serve ADDRESS NAME ARGUMENT...: starts ringsock-echo on $wire, asks everything of it, and wants it alive at
# the end.
serve() {
    local address=$1 name=$2 server
    shift 2
    (wired 300 "$program" --port 7 "$@") >"$lab/server" 2>&1 &
    server=$!
    check "nc sends 50 MB over $name and gets them back" in_peer \
        sh -c "until nc -z $address 7; do sleep 0.1; done; timeout 120 nc -N $address 7 <$file | cmp - $file"
    check "a client that never stops reading does, too, over $name" in_peer \
        python3 peers.py stream $address 7 "$file"
    check "30 connections at once over $name" in_peer python3 peers.py many $address 7 30 300000
    check "datagrams of every size over $name" in_peer python3 peers.py udp $address 7
    kill -TERM $server 2>/dev/null
    if wait $server; then tap_ok "the server over $name lived to be told to end"; else
        echo "# exit code $?"
        tap_not_ok "the server over $name lived to be told to end" "$lab/server"
    fi
}

# skip NAME WHY
skip() {
    local claim
    for claim in nc stream many datagrams end; do tap_skip "$claim over $1" "$2"; done
}

tap_plan 30
on_veth
serve $our_address net_af_packet
for form in xdp xdp_copy; do
    on_$form
    if xdp_possible; then serve $our_address net_af_$form; else skip net_af_$form "$why_no_xdp"; fi
done
on_tap
for engines in 1 2; do
    name="net_tap, $engines engine(s)"
    if tap_possible; then
        serve $tap_address "$name" --set engine.count=$engines
    else
        skip "$name" "$why_no_tap"
    fi
done
name='net_tap, 2 dedicated engines' settings=(--set engine.count=2 --set engine.drive=dedicated)
settings+=(--set engine.idle_sleep_us=1000)
if tap_possible; then serve $tap_address "$name" "${settings[@]}"; else skip "$name" "$why_no_tap"; fi
