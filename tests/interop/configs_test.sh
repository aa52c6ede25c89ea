#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every file of configs/ starts ringsock-echo, which says that it listens and ends when told to; a NIC that a
# machine has not (pci*.toml) is missed in one line with the cure.
# configs_test.sh RINGSOCK-ECHO CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./wires.sh

# starts NAME: on its file as it is, but for sockets, which lie in the laboratory instead of /tmp
starts() {
    local name=$1 server tries arguments moved=()
    arguments=$(sed -n 's/^arguments = "\(.*\/tmp\/.*\)"$/\1/p' "$configs/$name.toml")
    [ -z "$arguments" ] || moved=(--set "host.0.interface.0.arguments=${arguments//\/tmp/$lab}")
    : >"$lab/server"
    (exec timeout --kill-after=5 30 "$program" --port 7 --config "$configs/$name.toml" "${moved[@]}") \
        >"$lab/server" 2>&1 &
    server=$!
    for ((tries = 0; tries < 200; ++tries)); do
        grep -q listening "$lab/server" && break
        kill -0 $server 2>/dev/null || break
        sleep 0.05
    done
    kill -TERM $server 2>/dev/null
    if wait $server && grep -q listening "$lab/server"; then tap_ok "$name.toml starts and ends"; else
        tap_not_ok "$name.toml starts and ends" "$lab/server"
    fi
}

# nic_is_missed NAME: at an address where no machine has anything, one line with the cure.
no_such_nic=0000:ff:1f.7
nic_is_missed() {
    [ ! -e /sys/bus/pci/devices/$no_such_nic ] || return 1
    timeout 30 "$program" --config "$configs/$1.toml" --set host.0.interface.0.device=$no_such_nic \
        >"$lab/server" 2>&1
    [ $? -eq 1 ] && [ "$(wc -l <"$lab/server")" -eq 1 ] &&
        grep -q "$no_such_nic.*sudo dpdk-devbind.py --bind=vfio-pci" "$lab/server"
}

for file in "$configs"/*.toml; do
    name=$(basename "$file" .toml)
    case $name in
        pci | pci_*) # tests/guest starts those of which QEMU has the NIC
            check "$name.toml without its NIC says what to do, in one line" nic_is_missed "$name"
            ;;
        af_xdp*)
            if xdp_possible; then starts "$name"; else tap_skip "$name.toml starts" "$why_no_xdp"; fi
            ;;
        exception_path | follow_kernel)
            if tap_possible; then starts "$name"; else tap_skip "$name.toml starts" "$why_no_tap"; fi
            ;;
        tap) if tap_possible; then starts tap; else tap_skip 'tap.toml starts' "$why_no_tap"; fi ;;
        *) starts "$name" ;;
    esac
done
tap_plan $tap_number
