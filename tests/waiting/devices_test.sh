#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Engines asleep on devices: every frame of the kernel's peer wakes them (the nap limit is a second, so one
# that did not shows as a stall), and idle they take less than one percent of a processor. On memif, which
# signals nothing, they nap: round trips take naps, and idle costs no more.
# devices_test.sh IDLE-ECHO PING CONFIGS; prints TAP.
program=$(realpath "$1") ping=$(realpath "$2") configs=$(realpath "$3")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cd "$here" || exit 1
. ../interop/netns.sh
netns_enter "$0" "$program" "$ping" "$configs"
. ../interop/wires.sh

rounds=1000 stall_ms=125
case ${RINGSOCK_TEST_LEVEL:-default} in default) ;; *) rounds=20000 ;; esac

# asleep NAME ADDRESS WHERE SETTING...: two lines of TAP; WHERE is in_peer or empty
asleep() {
    local name=$1 address=$2 where=$3 server tries setting settings=()
    shift 3
    for setting; do settings+=(--set "$setting"); done
    : >"$lab/server"
    (wired 100 "$program" "${settings[@]}") >"$lab/server" 2>&1 &
    server=$!
    for ((tries = 0; tries < 200; ++tries)); do grep -q listening "$lab/server" && break; sleep 0.05; done
    check "$name: every frame wakes the sleeper" \
        $where python3 "$here/pinger.py" "$address" "$rounds" "$stall_ms"
    sed 's/^/# /' "$lab/said"
    if wait $server; then tap_ok "$name: idle under one percent"; else
        tap_not_ok "$name: idle under one percent" "$lab/server"
    fi
    sed 's/^/# /' "$lab/server"
}

# napping NAME SETTING...: two processes over memif, both measured; two lines of TAP
napping() {
    local name=$1 server setting side arguments settings=()
    shift
    for setting; do settings+=(--set "$setting"); done
    for side in server client; do
        arguments=$(sed -n 's/^arguments = "\(.*\)"$/\1/p' "$configs/memif_$side.toml")
        wire=(--config "$configs/memif_$side.toml" "${settings[@]}"
            --set "host.0.interface.0.arguments=${arguments//\/tmp/$lab}")
        if [ $side = server ]; then
            (exec timeout 100 "$program" "${wire[@]}") >"$lab/server" 2>&1 &
            server=$!
        fi
    done
    check "$name: nobody oversleeps, and the client is idle under one percent" \
        timeout 100 "$ping" "${wire[@]}" 10.4.0.1 300 500
    sed 's/^/# /' "$lab/said"
    if wait $server; then tap_ok "$name: the server idle under one percent"; else
        tap_not_ok "$name: the server idle under one percent" "$lab/server"
    fi
    sed 's/^/# /' "$lab/server"
}

tap_plan 12
napping 'net_memif, inline'
napping 'net_memif, dedicated' engine.drive=dedicated engine.idle_sleep_us=10000
limit=engine.idle_sleep_us=1000000
on_veth
asleep 'net_af_packet, inline' $our_address in_peer engine.drive=inline $limit
asleep 'net_af_packet, dedicated' $our_address in_peer engine.drive=dedicated $limit
if tap_possible; then
    on_tap
    asleep 'net_tap, inline' $tap_address '' engine.drive=inline $limit
    asleep 'net_tap, dedicated' $tap_address '' engine.drive=dedicated $limit
else
    for claim in inline dedicated; do
        tap_skip "net_tap, $claim: every frame wakes the sleeper" "no tap device here: $why_no_tap"
        tap_skip "net_tap, $claim: idle under one percent" "no tap device here: $why_no_tap"
    done
fi
