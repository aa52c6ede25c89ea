#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two engines, on two queues and on one: 1000 connections opened both ways between two processes over memif
# and over vhost with virtio_user, and with the kernel over tap; with one engine, the control. crowd.cc says
# what must hold.
# crowd_test.sh CROWD CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh
count=1000 bytes=20000
ulimit -n "$(ulimit -Hn)"                      # the kernel's side of 2000 connections

# The socket of the files of configs/ lies in /tmp; here it lies in the laboratory.
on() {
    local arguments
    arguments=$(sed -n 's/^arguments = "\(.*\)"$/\1/p' "$configs/$1.toml")
    wire=(--config "$configs/$1.toml" --set "host.0.interface.0.arguments=${arguments//\/tmp/$lab}")
}
# retell WHO FILE: its TAP lines with our numbers
retell() {
    local line
    while read -r line; do
        case $line in
            "ok "*) tap_ok "$1: ${line#ok - }" ;;
            "not ok "*) tap_not_ok "$1: ${line#not ok - }" ;;
            *) echo "$line" ;;
        esac
    done <"$2"
}

# between SERVING ADDRESS ENGINES CONNECTING ADDRESS ENGINES SETTING...: two files of configs/, where each is
# found, and settings of both
between() {
    local serving=$1 at_server=$2 engines=$3 connecting=$4 at_client=$5 their_engines=$6 server code name
    shift 6
    name="$serving with $engines, $connecting with $their_engines"
    on "$serving"
    (exec timeout 120 "$program" "${wire[@]}" "$@" --engines "$engines" 7 "$at_client" 7 $count $bytes) \
        >"$lab/server" 2>&1 &
    server=$!
    on "$connecting"
    timeout 120 "$program" "${wire[@]}" "$@" --engines "$their_engines" 7 "$at_server" 7 $count $bytes \
        >"$lab/client" 2>&1
    code=$?
    retell "$name, the client" "$lab/client"
    if wait $server && [ $code -eq 0 ]; then tap_ok "$name: both ended well"; else
        echo "# the client ended with $code"
        tap_not_ok "$name: both ended well"
    fi
    retell "$name, the server" "$lab/server"
}
on_memif() { between memif_server 10.4.0.1 "$1" memif_client 10.4.0.2 "$2" "${@:3}"; }
two_queues=(--set host.0.interface.0.queues=2)
on_vhost() { between vhost 10.5.0.1 "$1" virtio_user 10.5.0.2 "$2" "${@:3}"; }

# with_kernel ENGINES SETTING...: over tap
with_kernel() {
    local engines=$1 kernel code
    shift
    on_tap
    (wired 120 "$program" "$@" --engines "$engines" 7 $tap_gateway 7 $count $bytes) >"$lab/ours" 2>&1 &
    kernel=$!
    until ip -o address show rstap0 2>/dev/null | grep -q $tap_gateway || ! kill -0 $kernel 2>/dev/null; do
        sleep 0.05
    done
    python3 peers.py crowd 7 $tap_address 7 $count $bytes >"$lab/kernel" 2>&1
    code=$?
    if wait $kernel && [ $code -eq 0 ]; then tap_ok "tap, $engines engines: both ended well"; else
        tap_not_ok "tap, $engines engines: both ended well" "$lab/kernel"
    fi
    retell "tap, $engines engines" "$lab/ours"
}

dedicated=(--set engine.drive=dedicated --set engine.idle_sleep_us=1000)
on_memif 1 1
on_memif 2 2 "${two_queues[@]}"
on_memif 2 2 "${two_queues[@]}" "${dedicated[@]}"
on_memif 2 2
on_memif 2 1
on_memif 1 2
on_vhost 2 2
on_vhost 2 2 "${dedicated[@]}"
if tap_possible; then
    with_kernel 1
    with_kernel 2
    with_kernel 2 "${dedicated[@]}"
else
    tap_skip 'two engines on tap' "$why_no_tap"
fi
tap_plan $tap_number
