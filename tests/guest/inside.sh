# SPDX-License-Identifier: BSD-3-Clause
# What the scripts that run in the guest share: claims, the peer outside, the machine's state. Sourced.

exec 4>&1 # to the script outside, from wherever we are

say_ok() { echo "ok - $1"; }
# say_not_ok CLAIM [FILE]
say_not_ok() {
    [ -z "${2:-}" ] || tail -n 15 "$2" | sed 's/^/# /'
    echo "not ok - $1"
}

# claim CLAIM COMMAND...: what the command printed is shown when it fails.
claim() {
    local claim=$1 code
    shift
    "$@" >/run/said 2>&1
    code=$?
    if [ $code -eq 0 ]; then say_ok "$claim"; else
        echo "# exit code $code: $*"
        say_not_ok "$claim" /run/said
    fi
}

# outside COMMAND...: run by the peer, in the namespace at the other end of the tap.
asked=0
outside() {
    asked=$((asked + 1))
    local id=$BASHPID.$asked tries
    echo "@ $id $*" >&4
    for ((tries = 0; tries < 1300; ++tries)); do
        if [ -e "/run/rig/answer.$id" ]; then
            cat "/run/rig/said.$id"
            return "$(cat "/run/rig/answer.$id")"
        fi
        sleep 0.05
    done
    echo "no answer from outside to: $*"
    return 1
}

cable() { echo "set_link nic0 $1" >/dev/guest.monitor; }

# serve COMMAND...: starts ringsock-echo on /run/server, in $server; returns when it listens.
serve() {
    : >/run/server
    timeout --kill-after=5 100 "$@" >/run/server 2>&1 &
    server=$!
    local tries
    for ((tries = 0; tries < 300; ++tries)); do
        grep -q listening /run/server && return 0
        kill -0 $server 2>/dev/null || break
        sleep 0.05
    done
    say_not_ok "ringsock-echo starts" /run/server
    return 1
}
# served CLAIM: it lived until it was told to end.
served() {
    kill -TERM $server 2>/dev/null
    if wait $server; then say_ok "$1"; else say_not_ok "$1" /run/server; fi
}

# The IOMMU refuses and reports what a driver lets a NIC reach by mistake. vmxnet3's driver of 22.11 has the
# NIC read guest address 0 once at each start; nothing else may appear.
no_dma_fault() {
    dmesg | grep -E 'DMAR:.*fault addr' >/run/faults
    [ "$1" != vmxnet3 ] || sed -i '/DMA Read .* fault addr 0x\(0\|18\) /d' /run/faults
    if [ -s /run/faults ]; then cat /run/faults; return 1; fi
    return 0
}
