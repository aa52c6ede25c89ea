#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What frames look like does not change what arrives: VLAN tags and an MTU of 9000, between two Ringsock
# processes over memif, vhost with virtio_user, and a veth where tcpdump sees the tags; large frames, and a
# driver with offers one should not take, against the kernel. 50 MB there and back, byte-exact.
# frames_test.sh RINGSOCK-ECHO RINGSOCK-SEND CONFIGS; prints TAP.
echo_program=$(realpath "$1") send_program=$(realpath "$2") configs=$(realpath "$3")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$echo_program" "$send_program" "$configs"

file=$lab/file
python3 peers.py random "$file" 50000000
export RINGSOCK_DESCRIBE=1

# on CONFIG SED KEY=VALUE...: a file of configs/, its sockets in the laboratory, its driver arguments edited
on() {
    local arguments setting
    arguments=$(sed -n 's/^arguments = "\(.*\)"$/\1/p' "$configs/$1.toml")
    arguments=$(sed "$2" <<<"${arguments//\/tmp/$lab}")
    wire=(--config "$configs/$1.toml" --set "host.0.interface.0.arguments=$arguments")
    for setting in "${@:3}"; do wire+=(--set "host.0.interface.0.$setting"); done
}
# start_echo [in_peer]: a server on $wire, its process in $server
start_echo() {
    : >"$lab/server"
    ("$@" timeout --kill-after=5 120 "$echo_program" --port 7 "${wire[@]}") >"$lab/server" 2>&1 &
    server=$!
    local tries
    for ((tries = 0; tries < 200; ++tries)); do grep -q listening "$lab/server" && return; sleep 0.05; done
}
stop_echo() {
    pkill -TERM -P $server 2>/dev/null
    if wait $server; then tap_ok "$1"; else tap_not_ok "$1" "$lab/server"; fi
}
there_and_back() {
    rm -f "$lab/got"
    timeout 60 "$send_program" "${wire[@]}" --retry 20 "$1" 7 "$file" --output "$lab/got" 2>&1 |
        tee "$lab/client"
    cmp "$file" "$lab/got"
}
no_host() {
    timeout 30 "$send_program" "${wire[@]}" "$1" 7 "$file" --output "$lab/got" 2>&1 | tee "$lab/client"
    grep -q WSAEHOSTUNREACH "$lab/client"
}

# pair SERVING CONNECTING ADDRESS SED SETTING...: exact in both roles
pair() {
    local serving=$1 connecting=$2 address=$3 edit=$4 name="$1 and $2: ${*:5}"
    on "$serving" "$edit" "${@:5}"
    start_echo
    on "$connecting" "$edit" "${@:5}"
    check "$name: 50 MB there and back" there_and_back "$address"
    stop_echo "$name: the server ended well"
}

# captured FILE FILTER: frames of $lab/FILE that match
captured() { tcpdump -nn -r "$1" "$2" 2>/dev/null | wc -l; }
watch_wire() {  # frames that the peer's end of the veth receives and sends, until unwatch
    rm -f "$lab/pcap"; : >"$lab/tcpdump"
    in_peer tcpdump -i rspeer0 -U -s 128 -B 16384 -w "$lab/pcap" >"$lab/tcpdump" 2>&1 &
    watcher=$!
    local tries
    for ((tries = 0; tries < 100; ++tries)); do
        grep -q 'listening on' "$lab/tcpdump" && return
        sleep 0.05
    done
}
unwatch() { sleep 0.2; kill -TERM $watcher; wait $watcher; }

tap_plan 29

jumbo='s/bsize=2048/bsize=9216/'
pair memif_server memif_client 10.4.0.1 '' vlan=100
pair memif_server memif_client 10.4.0.1 "$jumbo" mtu=9000
pair memif_server memif_client 10.4.0.1 "$jumbo" mtu=9000 vlan=4094
pair vhost virtio_user 10.5.0.1 '' vlan=100
pair vhost virtio_user 10.5.0.1 '' mtu=9000
pair vhost virtio_user 10.5.0.1 '' mtu=9000 vlan=1
on memif_server '' mtu=9000
check "memif refuses frames that its buffers do not hold, with the cure" sh -c "! $echo_program --port 7 \
    $(printf "'%s' " "${wire[@]}") >$lab/refused 2>&1 && grep -q 'larger buffers with bsize' $lab/refused"

# ---- A veth with one of us at each end: what lies on the wire is tcpdump's to say.
in_peer ip address flush dev rspeer0
veth() { on veth_af_packet "$@"; }
theirs() { veth 's/rsveth0/rspeer0/' "addresses=[\"$peer_address/24\"]" 'gateway=[]' "$@"; }
theirs vlan=100
start_echo in_peer
veth '' vlan=100
watch_wire
check "af_packet in a VLAN: 50 MB there and back" there_and_back $peer_address
unwatch
check "both sides said who tags" sh -c "grep -q 'vlan 100: tags inserted by software, stripped by device' \
    $lab/client && grep -q 'vlan 100: tags inserted by software, stripped by device' $lab/server"
check "frames on the veth carry the tag" test "$(captured "$lab/pcap" 'vlan 100 and tcp')" -gt 10000
check "and no frame of ours lacks it" test "$(captured "$lab/pcap" 'arp or ip')" -eq 0
check "ARP included" test "$(captured "$lab/pcap" 'vlan 100 and arp')" -ge 1
veth '' vlan=101
check "af_packet in another VLAN finds nobody" no_host $peer_address
veth ''
check "nor does one without" no_host $peer_address
stop_echo "the server lived through all of it"

# ---- Large frames against the kernel.
ip link set rsveth0 mtu 9000
in_peer ip link set rspeer0 mtu 9000
in_peer ip address add $peer_address/24 dev rspeer0
in_peer python3 peers.py echo $peer_address 7 &
veth 's/$/,framesz=9216,blocksz=36864/' mtu=9000
watch_wire
check "af_packet with MTU 9000: 50 MB to the kernel and back" there_and_back $peer_address
unwatch
check "in segments of 8948 bytes, both ways" test \
    "$(captured "$lab/pcap" "tcp dst port 7 and len == 9014")" -gt 1000 -a \
    "$(captured "$lab/pcap" "tcp src port 7 and len == 9014")" -gt 1000
start_echo
check "and with the kernel as the client" in_peer python3 peers.py stream $our_address 7 "$file"
stop_echo "the jumbo server ended well"

# ---- A driver that offers to cut text and to sum it, and does so wrongly in pieces of odd length.
if tap_possible; then
    on tap '' 'offloads=["checksum","segmentation","multi_segment"]'
    tap_follow rstap0 &
    start_echo
    check "net_tap is not taken at its word" grep -q 'TCP segmentation by software' "$lab/server"
    sleep 0.5
    check "net_tap, text in pieces of any length: 50 MB from the kernel and back" \
        python3 peers.py stream $tap_address 7 "$file"
    check "and every checksum was right" test "$(nstat -az TcpInCsumErrors | awk '/TcpIn/ {print $2}')" = 0
    stop_echo "the server over net_tap ended well"
else
    for claim in word exact sums end; do tap_skip "net_tap: $claim" "$why_no_tap"; done
fi
