#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The error table of connect on real wires: connect_errors (connect_errors.cc) meets a closed port, a silent
# address, a network without a route and an address that nobody answers ARP for, in each way of waiting, and
# connects with the same socket afterwards. errors_test.sh CONNECT-ERRORS CONFIGS; prints TAP.
#
# The program gets the flags of every Ringsock program and these places, and prints TAP lines without numbers:
#     refused=A:P   silent=A:P   no_route=A:P   no_neighbour=A:P   good=A:P
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh

in_peer python3 peers.py echo 0.0.0.0 7 &
python3 peers.py echo 0.0.0.0 7 &

# table NAME PEER: the five places as seen from $wire; no gateway, only a route to the silent network.
table() {
    local name=$1 peer=$2 count=0 line
    (wired 200 "$program" --set 'host.0.interface.0.gateway=[]' \
        --set host.0.route.0.destination=203.0.113.0/24 --set "host.0.route.0.gateway=$peer" \
        refused=$peer:9 silent=$silent_address:80 \
        no_route=198.51.100.1:80 no_neighbour=${peer%.*}.77:80 good=$peer:7) >"$lab/said" 2>&1
    local code=$?
    while read -r line; do
        case $line in
            "ok "* | "not ok "*)
                count=$((count + 1))
                if [[ $line == "ok "* ]]; then tap_ok "$name: ${line#ok - }"; else
                    tap_not_ok "$name: ${line#not ok - }"
                fi
                ;;
            *) echo "# $line" ;;
        esac
    done <"$lab/said"
    # The program prints one line a case; its exit code says whether it came to its end.
    if [ $code -eq 0 ] && [ $count -gt 0 ]; then tap_ok "$name: the table was gone through"; else
        echo "# exit code $code after $count lines"
        tap_not_ok "$name: the table was gone through"
    fi
}

on_veth
table net_af_packet $peer_address
on_tap
if tap_possible; then table net_tap $tap_gateway; else tap_skip 'the table over net_tap' "$why_no_tap"; fi
tap_plan $tap_number
