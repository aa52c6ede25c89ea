#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A veth's link is pulled under load and mended, once at the peer's end and once at ours, in one process life;
# then the veth is removed, and another made: link_flap (link_flap.cc) says what its sockets are told. On
# packet sockets, AF_XDP and tap, and with both drives.
# link_test.sh LINK-FLAP CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh

in_peer python3 peers.py echo 0.0.0.0 7 &
python3 peers.py echo 0.0.0.0 7 &              # the kernel behind the tap
until in_peer nc -z 127.0.0.1 7 && nc -z 127.0.0.1 7; do sleep 0.05; done

# pull ROUND down|up
pull() {
    if [ -n "$tap_name" ]; then ip link set "$tap_name" "$2"
    elif [ "$1" -eq 1 ]; then in_peer ip link set rspeer0 "$2"
    else ip link set rsveth0 "$2"; fi
}
remove() { ip link delete "${tap_name:-rsveth0}"; }

# another: veth as netns_build makes it; a tap is made by the program, and the kernel's side follows
another() {
    if [ -n "$tap_name" ]; then tap_follow "$tap_name" & return; fi
    ip link add rsveth0 type veth peer name rspeer0
    ip link set rspeer0 netns "$lab/peer"
    plain_device rsveth0
    plain_device rspeer0 in_peer
    in_peer ip address add $peer_address/24 dev rspeer0
}

# flap NAME ARGUMENT...: goes through the program's words on $wire
flap() {
    local name=$1 round=0 line code theirs=$peer_address ours=$our_address where=in_peer
    shift
    [ -z "$tap_name" ] || theirs=$tap_gateway ours=$tap_address where=
    mkfifo "$lab/words"
    (wired 120 "$program" "$@" "$theirs" 7 8) >"$lab/words" 2>"$lab/trouble" &
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
            "# remove") remove ;;
            "# gone") another ;;
            "# accepting") $where timeout 10 nc -z "$ours" 8 ;;
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
on_tap
for drive in inline dedicated; do
    name="net_tap, $drive"
    if tap_possible; then flap "$name" --set engine.drive=$drive; else tap_skip "$name" "$why_no_tap"; fi
done
tap_plan $tap_number
