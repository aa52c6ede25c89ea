#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A veth's link is pulled under load and mended, once at the peer's end and once at ours, in one process life:
# link_flap (link_flap.cc) says what its sockets are told. On packet sockets and AF_XDP, and with both
# drives.
# link_test.sh LINK-FLAP CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh

in_peer python3 peers.py echo 0.0.0.0 7 &

# pull ROUND down|up
pull() { if [ "$1" -eq 1 ]; then in_peer ip link set rspeer0 "$2"; else ip link set rsveth0 "$2"; fi; }

# flap NAME ARGUMENT...: goes through the program's words on $wire
flap() {
    local name=$1 round=0 line code
    shift
    mkfifo "$lab/words"
    (wired 120 "$program" "$@" $peer_address 7 8) >"$lab/words" 2>"$lab/trouble" &
    local flapper=$!
    while read -r line; do
        case $line in
            "ok "*) tap_ok "$name: ${line#ok - }" ;;
            "not ok "*) tap_not_ok "$name: ${line#not ok - }" ;;
            "# loaded")
                round=$((round + 1))
                pull $round down
                ;;
            "# down") pull $round up ;;
            "# accepting") in_peer timeout 10 nc -z $our_address 8 ;;
            *) echo "$line" ;;
        esac
    done <"$lab/words"
    wait $flapper
    code=$?
    rm -f "$lab/words"
    if [ $code -eq 0 ] && [ $round -eq 2 ]; then tap_ok "$name: gone through twice"; else
        echo "# exit code $code after $round rounds"
        tap_not_ok "$name: gone through twice" "$lab/trouble"
    fi
}

on_veth
flap net_af_packet
flap 'net_af_packet, dedicated' --set engine.drive=dedicated
for form in xdp xdp_copy; do
    on_$form
    if xdp_possible; then flap net_af_$form; else tap_skip "net_af_$form" "$why_no_xdp"; fi
done
tap_plan $tap_number
