#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two Ringsock processes over memif, and over vhost with virtio_user: 50 MB there and back, byte-exact; the
# side that connects started first, with nobody there; and peers that come, are killed and come back under a
# server that lives. pair_test.sh RINGSOCK-ECHO RINGSOCK-SEND CONFIGS; prints TAP.
echo_program=$(realpath "$1") send_program=$(realpath "$2") configs=$(realpath "$3")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$echo_program" "$send_program" "$configs"

file=$lab/file
python3 peers.py random "$file" 50000000
more=()                                        # settings of both sides, beyond their files
# The sockets of the files of configs/ lie in /tmp; here they lie in the laboratory.
on() {
    local arguments
    arguments=$(sed -n 's/^arguments = "\(.*\)"$/\1/p' "$configs/$1.toml")
    wire=(--config "$configs/$1.toml" "${more[@]}")
    wire+=(--set "host.0.interface.0.arguments=${arguments//\/tmp/$lab}")
}

# start_echo CONFIG: a server, its process in $server
start_echo() {
    on "$1"
    : >"$lab/server"
    (exec timeout --kill-after=5 120 "$echo_program" --port 7 "${wire[@]}") \
        >"$lab/server" 2>&1 &
    server=$!
    local tries
    for ((tries = 0; tries < 200; ++tries)); do grep -q listening "$lab/server" && return; sleep 0.05; done
}
stop_echo() {
    kill -TERM $server 2>/dev/null
    if wait $server; then tap_ok "$1"; else tap_not_ok "$1" "$lab/server"; fi
}
send_to() {
    on "$1"
    exec timeout 60 "$send_program" "${wire[@]}" --retry 20 "$2" 7 "$file" --output "$lab/got"
}
there_and_back() {
    rm -f "$lab/got"
    (send_to "$@") && cmp "$file" "$lab/got"
}

# pair SERVING CONNECTING ADDRESS ADDRESS: two files of configs/, and where each is found
pair() {
    local serving=$1 connecting=$2 serving_at=$3 connecting_at=$4 client tries
    start_echo "$serving"
    check "50 MB from $connecting to $serving and back" there_and_back "$connecting" "$serving_at"
    stop_echo "$serving lived to be told to end"

    rm -f "$lab/got"
    (send_to "$connecting" "$serving_at") >"$lab/early" 2>&1 &
    client=$!
    for ((tries = 0; tries < 200; ++tries)); do grep -q WSAENETDOWN "$lab/early" && break; sleep 0.05; done
    start_echo "$serving"
    local claim="$connecting started first, and $serving came"
    if wait $client && cmp "$file" "$lab/got"; then tap_ok "$claim"; else tap_not_ok "$claim" "$lab/early"; fi
    check "and said WSAENETDOWN until then" grep -q 'connect: WSAENETDOWN' "$lab/early"
    check "and nothing else" \
        sh -c "! grep -v -e 'connect: WSAENETDOWN' -e 'bytes sent' $lab/early"
    stop_echo "$serving ended well once more"

    start_echo "$connecting"
    check "50 MB from $serving to $connecting and back" there_and_back "$serving" "$connecting_at"
    sleep 1
    check "and again from a new process" there_and_back "$serving" "$connecting_at"
    (send_to "$serving" "$connecting_at") >/dev/null 2>&1 &
    client=$!
    sleep 1.2
    pkill -KILL -P $client
    wait $client 2>/dev/null
    sleep 1
    check "and after one that was killed" there_and_back "$serving" "$connecting_at"
    stop_echo "$connecting lived through all of it"
}

# with_two_engines SERVING CONNECTING ADDRESS SETTING...: one stream, whose frames may come to either
with_two_engines() {
    more=(--set engine.count=2 "${@:4}")
    start_echo "$1"
    check "50 MB from $2 to $1 and back, two engines ${*:4}" there_and_back "$2" "$3"
    stop_echo "$1 lived, two engines ${*:4}"
    more=()
}

tap_plan 26
pair memif_server memif_client 10.4.0.1 10.4.0.2
pair vhost virtio_user 10.5.0.1 10.5.0.2
with_two_engines memif_server memif_client 10.4.0.1
with_two_engines memif_server memif_client 10.4.0.1 --set host.0.interface.0.queues=2
with_two_engines vhost virtio_user 10.5.0.1
