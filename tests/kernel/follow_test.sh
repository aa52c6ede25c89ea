#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Addresses, routes, neighbours, MTU and state of a kernel interface, taken over at start and followed while a
# server runs: everything is changed with ip(8) and looked for on the wire.
# follow_test.sh RINGSOCK-ECHO RINGSOCK-SEND CONFIGS; prints TAP.
echo_program=$(realpath "$1") send_program=$(realpath "$2") configs=$(realpath "$3")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
station=$here/station.py
cd "$here" || exit 1
. ../interop/netns.sh
netns_enter "$0" "$echo_program" "$send_program" "$configs"
. ../interop/wires.sh
. ./beside.sh
cd ../interop || exit 1
tap_possible || { echo "1..0 # SKIP $why_no_tap"; exit 0; }

file=$lab/file
python3 peers.py random "$file" 20000000
followed=(--config "$configs/follow_kernel.toml")
# What we have comes within a moment of what the kernel has.
settle() { sleep 0.3; }
ask_us() { in_peer python3 "$station" ask "$1" 7 "an echo from $1"; }
# nobody ADDRESS: no Ringsock service there, and no answer to ARP from anybody
is_nobodys() { ! in_peer timeout 3 nc -w 1 -z "$1" 7 && ! in_peer python3 "$station" arp rspeer0 "$1"; }

serve "${followed[@]}"
check 'the address that the kernel has is ours, too' ask_us $our_address
check 'and shared: ping is the kernel'"'"'s' kernel_answers_pings $our_address 10

# Addresses.
ip address add 10.2.0.20/24 dev rsx0
settle
check 'an address added: our service answers there' ask_us 10.2.0.20
check 'an address added: one ARP answer' in_peer python3 "$station" arp rspeer0 10.2.0.20
ip address del 10.2.0.20/24 dev rsx0
settle
check 'an address removed: nobody has it' is_nobodys 10.2.0.20
check 'and the first one works on' ask_us $our_address

# A connection whose address goes away for a moment, in the middle of a transfer.
flicker() {
    local stream result n
    ip address add 10.2.0.21/24 dev rsx0
    settle
    in_peer python3 peers.py stream 10.2.0.21 7 "$file" &
    stream=$!
    for n in 1 2 3; do
        sleep 0.1
        ip address del 10.2.0.21/24 dev rsx0
        sleep 0.2
        ip address add 10.2.0.21/24 dev rsx0
    done
    wait $stream
    result=$?
    ip address del 10.2.0.21/24 dev rsx0
    return $result
}
check 'a transfer outlives its address going and coming back, three times' flicker

# Many changes at once end in the state of the last.
turmoil() {
    local n
    for n in $(seq 100 160); do ip address add 10.2.0.$n/24 dev rsx0; done
    for n in $(seq 100 160); do ip address del 10.2.0.$n/24 dev rsx0; done
    ip address add 10.2.0.161/24 dev rsx0
    settle
    ask_us 10.2.0.161 && is_nobodys 10.2.0.160
    local result=$?
    ip address del 10.2.0.161/24 dev rsx0
    return $result
}
check 'sixty addresses added and removed at once, then one: that one, and no other' turmoil

# Routes: the peer has 10.9.0.1 behind it; without a route our answers have no way.
in_peer ip address add 10.9.0.1/32 dev lo
from_far() { in_peer python3 - "$1" "$2" <<'PYTHON'
import socket, sys
address, seconds = sys.argv[1], float(sys.argv[2])
peer = socket.socket()
peer.bind(('10.9.0.1', 0))
peer.settimeout(seconds)
try:
    peer.connect((address, 7))
except OSError as error:
    sys.exit(f'{error}')
peer.sendall(b'far')
peer.shutdown(socket.SHUT_WR)
got = b''
while part := peer.recv(100):
    got += part
sys.exit(None if got == b'far' else f'{got!r}')
PYTHON
}
not_from_far() { ! from_far "$@"; }
check 'a network without a route is not answered' not_from_far $our_address 1
ip route add 10.9.0.0/24 via $peer_address dev rsx0
settle
check 'a route added: it is' from_far $our_address 5
ip route del 10.9.0.0/24
settle
check 'a route removed: it is not' not_from_far $our_address 1
ip route add default via $peer_address dev rsx0
settle
check 'a default route: it is again' from_far $our_address 5
ip route add blackhole 10.9.0.0/24
settle
check 'a black hole in front of it: it is not' not_from_far $our_address 1
ip route del blackhole 10.9.0.0/24
settle

# Neighbours: a permanent entry with a wrong MAC address leads nowhere, and its end leads back.
ip neighbour replace $peer_address lladdr 02:00:00:00:00:99 nud permanent dev rsx0
settle
is_deaf() { ! in_peer timeout 3 nc -w 1 -z $our_address 7; }
check 'a permanent neighbour is believed: our answers go to it' is_deaf
ip neighbour del $peer_address dev rsx0
settle
check 'and without it we ask again' ask_us $our_address

# MTU: what we send is no longer than the kernel's interface allows.
segments_up_to() {
    in_peer python3 "$station" longest rspeer0 $our_address 300 "$lab/sniffs" >"$lab/seen" &
    local sniffer=$! tries
    for ((tries = 0; tries < 100; ++tries)); do [ -e "$lab/sniffs" ] && break; sleep 0.05; done
    in_peer python3 peers.py stream $our_address 7 "$file" || return 1
    wait $sniffer
    rm -f "$lab/sniffs"
    echo "longest frame: $(cat "$lab/seen")"
    [ "$(cat "$lab/seen")" = "$1" ]
}
check 'at MTU 1500 our frames have up to 1514 bytes' segments_up_to 1514
ip link set rsx0 mtu 1000
settle
check 'at MTU 1000 they have up to 1014' segments_up_to 1014
ip link set rsx0 mtu 1500
settle

# State.
ip link set rsx0 down
settle
check 'with the interface down nobody answers' is_nobodys $our_address
ip link set rsx0 up
settle
check 'and with it up again we do' ask_us $our_address
stop_serving 'the server that followed all this lived to be told to end'

# What is there before we start: the routes of an interface the kernel knows, here beside AF_XDP or a
# packet socket, with addresses of our own.
ip address flush dev rsveth0
ip route add 10.9.0.0/24 via $peer_address dev rsveth0 onlink
ip link set rsveth0 mtu 1400
# The kernel sees the frames of a packet socket's interface; this one is a router, and would say that it has
# no route to our address.
echo 0 >/proc/sys/net/ipv4/conf/rsveth0/forwarding
serve --config "$configs/veth_af_packet.toml" --set host.0.interface.0.follow=rsveth0 \
    --set 'host.0.interface.0.gateway=[]'
check 'routes that are there at the start are taken, addresses are those of the file' \
    from_far $our_address 5
check 'and the MTU' segments_up_to 1414
ip route del 10.9.0.0/24
settle
check 'and followed' not_from_far $our_address 1
stop_serving 'the server ended'
ip link set rsveth0 mtu 1500

# Two engines are both told.
serve "${followed[@]}" --set engine.count=2 --set engine.drive=dedicated --set engine.idle_sleep_us=100000
ip address add 10.2.0.22/24 dev rsx0
settle
check 'two engines: 30 connections to an address added at run time' \
    in_peer python3 peers.py many 10.2.0.22 7 30 100000
stop_serving 'two engines: the server ended'

# What cannot work says so.
missing() {
    timeout 20 "$echo_program" "${followed[@]}" --set host.0.interface.0.follow=nosuch0 >"$lab/server" 2>&1
    [ $? -eq 1 ] && cat "$lab/server" && grep -q 'follow = "nosuch0": .*ip link' "$lab/server"
}
check 'an interface that is not there is named, with the cure' missing
tap_plan $tap_number
