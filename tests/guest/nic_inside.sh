#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# In the guest: everything that one NIC under one driver is asked for. Started by nic_test.sh.
# nic_inside.sh MODEL FILE GET ECHO LINK-FLAP ENGINE-SHARE DOCTOR PEERS PART...
# Prints TAP lines without numbers.
model=$1 file=$2 get=$3 echo_program=$4 link_flap=$5 engine_share=$6 doctor=$7 peers=$8
shift 8
. ./inside.sh
peer_address=10.7.0.1 our_address=10.7.0.2
wire=(--config "../../configs/pci_$model.toml")

# Where the rig brings a NIC of the guest's own kernel, that is the peer, and what is asked of the outside is
# asked of it.
if [ -e /sys/class/net/k0 ]; then
    ip netns add peer
    ip link set k0 netns peer
    ip -n peer address add $peer_address/24 dev k0
    ip -n peer link set k0 up
    ip netns exec peer busybox httpd -p 80 -h "${file%/*}"
    outside() { timeout 60 ip netns exec peer "$@"; }
fi

# ---- 5 MB each way, byte-exact, on the configuration as it is
fetch() {
    timeout 60 "$get" "${wire[@]}" "$@" "http://$peer_address/file" --output /run/got && cmp "$file" /run/got
}
echoes() { outside python3 "$peers" stream $our_address 7 "$file"; }
# transfer_both_ways MTU SETTING...
transfer_both_ways() {
    local mtu=$1
    shift
    claim "MTU $mtu, ringsock-get fetches 5 MB, byte-exact" fetch "$@"
    serve "$echo_program" --port 7 "${wire[@]}" "$@" || return
    claim "MTU $mtu, ringsock-echo sends 5 MB back, byte-exact" echoes
}
transfers() {
    claim "ringsock-doctor finds nothing against the configuration" "$doctor" "${wire[@]}"
    transfer_both_ways 1500
    claim "datagrams of every size come back" outside python3 "$peers" udp $our_address 7
    served "ringsock-echo lived to be told to end"
}
jumbo() {
    claim "the tap takes MTU 9000" outside ip link set t0 mtu 9000
    transfer_both_ways 9000 --set host.0.interface.0.mtu=9000
    served "MTU 9000, ringsock-echo lived to be told to end"
    claim "the tap takes MTU 1500" outside ip link set t0 mtu 1500
}

# ---- engines beyond the first have their connections, by the device's hash or by hand-off
engines() { # COUNT none|some
    local line many=''
    while read -r line; do
        case $line in
            "# accepting")
                outside python3 "$peers" many $our_address 8 60 20000 >/run/many 2>&1 &
                many=$!
                ;;
            *) echo "${line/ - / - $1 engines, }" ;;
        esac
    done < <(timeout 100 "$engine_share" "${wire[@]}" --set "engine.count=$1" --hand-offs "$2" \
        $peer_address 7 8 2>&1)
    if [ -n "$many" ] && wait "$many"; then say_ok "$1 engines, the peer has every byte back"; else
        say_not_ok "$1 engines, the peer has every byte back" /run/many
    fi
}
sharing() {
    case $model in
        virtio) engines 2 none; engines 4 none ;;
        *) engines 2 some ;;
    esac
}

# ---- the cable is cut and mended under load, twice in one life of the program
cable_cut() {
    local line code name='cable cut'
    mkfifo /run/words
    timeout 120 "$link_flap" "${wire[@]}" --keep-device $peer_address 7 8 >/run/words 2>/run/trouble &
    local flapper=$!
    while read -r line; do
        case $line in
            "# loaded") cable off ;;
            "# down") cable on ;;
            "# accepting") outside nc -w 10 -z $our_address 8 >/dev/null & ;;
            *) echo "${line/ - / - $name, }" ;;
        esac
    done </run/words
    wait $flapper
    code=$?
    rm /run/words
    cable on
    if [ $code -eq 0 ]; then say_ok "$name, gone through twice"; else
        say_not_ok "$name, gone through twice" /run/trouble
    fi
}

# ---- an engine that sleeps long still serves, whether or not its device's interrupt comes; and it sleeps
processor_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
sleeps() {
    local program before used
    program=$(pgrep -P $server)
    before=$(processor_ticks "$program")
    sleep 2
    used=$(($(processor_ticks "$program") - before))
    echo "idle for 2 s: $used ticks of 10 ms"
    [ $used -le 60 ]
}
waiting() {
    local sleepy=(--set engine.idle_sleep_us=100000 --set engine.count=1)
    claim "sleeping up to 100 ms, ringsock-get fetches 5 MB" fetch "${sleepy[@]}"
    serve "$echo_program" --port 7 "${wire[@]}" "${sleepy[@]}" || return
    claim "an idle engine leaves its core alone" sleeps
    sed 's/^/# /' /run/said
    claim "and answers after its sleep" outside python3 "$peers" many $our_address 7 10 20000
    served "and ends when it is told to"
}

# ---- without a cable at the start, and with one that comes while the program starts
refused_for_the_link() {
    timeout 60 "$get" "${wire[@]}" "http://$peer_address/file" --output /run/got && return 1
    grep -q 'connect: WSAENETDOWN' /run/said
}
unplugged() {
    cable off
    claim "without a cable the start goes on and a connect fails with WSAENETDOWN" refused_for_the_link
    (sleep 3 && cable on) &
    claim "a cable that comes during the start is waited for" fetch
    wait $!
}

# ---- a machine without hugepages
without_hugepages() {
    ! timeout 60 "$get" "${wire[@]}" "http://$peer_address/file" --output /run/got >/run/refusal 2>&1
    claim "without hugepages the start says what a NIC needs" \
        grep 'a NIC needs hugepages.*sudo sysctl vm.nr_hugepages=512' /run/refusal
}

for part; do "$part"; done
claim "no DMA fault but those of the driver itself" no_dma_fault "$model"
