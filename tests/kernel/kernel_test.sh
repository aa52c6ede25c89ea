#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One port, two stacks (configs/exception_path.toml): the kernel answers on addresses of its own while a
# Ringsock service runs on the same port; each question has one answer; shared addresses, several engines,
# AF_XDP, and an interface that is pulled away.
# kernel_test.sh RINGSOCK-ECHO RINGSOCK-SEND CONFIGS; prints TAP.
echo_program=$(realpath "$1") send_program=$(realpath "$2") configs=$(realpath "$3")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
station=$here/station.py
cd "$here" || exit 1
. ../interop/netns.sh
netns_enter "$0" "$echo_program" "$send_program" "$configs"
. ../interop/wires.sh
. ./beside.sh
cd ../interop || exit 1
tap_possible || { echo "1..0 # SKIP $why_no_tap"; exit 0; }

file=$lab/file
python3 peers.py random "$file" 5000000

# 1. As shipped: one address each, on a packet socket.
serve --config "$configs/exception_path.toml"
serve_kernel $kernel_address 80
check 'the kernel answers 40 pings on its address, once each' kernel_answers_pings $kernel_address 40
check 'we answer 20 pings on ours, and the kernel none of them' we_answer_pings $our_address 20
check 'a kernel server on the same port is reached' \
    in_peer python3 "$station" ask $kernel_address 80 kernel
check 'our service is reached' in_peer python3 "$station" ask $our_address 7 'nothing but an echo'
check 'one ARP answer for the address of the kernel' in_peer python3 "$station" arp rspeer0 $kernel_address
check 'one ARP answer for ours' in_peer python3 "$station" arp rspeer0 $our_address
check 'a closed port of ours is refused once' in_peer python3 "$station" refused $our_address 81
check 'a closed port of the kernel is refused once' in_peer python3 "$station" refused $kernel_address 81
check 'both at the same time: 5 MB through us, pings to the kernel, 5 MB from its server' at_the_same_time
check 'the kernel reaches the peer by itself' python3 "$station" ping $peer_address 20
check 'a broadcast is heard by the kernel and by us' broadcast_is_heard
check 'LLDP and OSPF frames reach the kernel whole' foreign_frames_reach_the_kernel
check 'meanwhile the kernel believes no datagram on the port itself' \
    test "$(cat /proc/sys/net/ipv4/conf/rsveth0/rp_filter)" = 1
check 'with the interface of the kernel down, our service goes on' down_and_up
check 'with the interface deleted, our service goes on and nobody spins' deleted
stop_serving 'the server beside the kernel lived to be told to end'
check 'the settings of the port are as they were' \
    test "$(cat /proc/sys/net/ipv4/conf/rsveth0/{rp_filter,arp_ignore} | tr '\n' ' ')" = '0 0 '
check 'and the interface of the kernel is gone' sh -c '! ip link show rsx0 2>/dev/null'

# 2. Its address given by hand, when the interface is there.
serve --config "$configs/exception_path.toml" --set 'host.0.interface.0.kernel_addresses=[]'
ip address add $kernel_address/24 dev rsx0
check 'an address that ip(8) gave is answered' kernel_answers_pings $kernel_address 10
stop_serving 'and the server ended'

# 3. An address that both have.
serve --config "$configs/exception_path.toml" \
    --set "host.0.interface.0.kernel_addresses=[\"$our_address/24\"]"
serve_kernel $our_address 80
check 'shared: ping is answered once, by the kernel' kernel_answers_pings $our_address 20
check 'shared: a port of the kernel' in_peer python3 "$station" ask $our_address 80 kernel
check 'shared: a port of ours' in_peer python3 "$station" ask $our_address 7 'ours it is'
check 'shared: 5 MB through us' in_peer python3 peers.py stream $our_address 7 "$file"
check 'shared: one ARP answer' in_peer python3 "$station" arp rspeer0 $our_address
check 'shared: a port of nobody is refused once' in_peer python3 "$station" refused $our_address 81
check 'shared: the kernel connects out' kernel_connects_out
stop_serving 'shared: and the server ended'
check 'shared: our connects use no port of the kernel' our_ports_are_ours

# 4. Two engines, one queue: frames are handed over, and the kernel gets each once.
serve --config "$configs/exception_path.toml" --set engine.count=2 --set engine.drive=dedicated \
    --set engine.idle_sleep_us=100000
serve_kernel $kernel_address 80
check 'two engines: the kernel answers 40 pings, once each' kernel_answers_pings $kernel_address 40
check 'two engines: we answer ours' we_answer_pings $our_address 10
check 'two engines: one ARP answer each' \
    in_peer sh -c "python3 $station arp rspeer0 $kernel_address && python3 $station arp rspeer0 $our_address"
check 'two engines: 30 connections to us at once' in_peer python3 peers.py many $our_address 7 30 100000
check 'two engines: and the server of the kernel' in_peer python3 "$station" ask $kernel_address 80 kernel
stop_serving 'two engines: the server ended'

# 5. AF_XDP: the kernel sees nothing of the port but what we hand it.
if xdp_possible; then
    serve --config "$configs/af_xdp.toml" --set host.0.interface.0.kernel=rsx0 \
        --set "host.0.interface.0.kernel_addresses=[\"$kernel_address/24\"]"
    serve_kernel $kernel_address 80
    check 'AF_XDP: the kernel answers 20 pings' kernel_answers_pings $kernel_address 20
    check 'AF_XDP: the server of the kernel' in_peer python3 "$station" ask $kernel_address 80 kernel
    check 'AF_XDP: our service' in_peer python3 "$station" ask $our_address 7 'an echo'
    stop_serving 'AF_XDP: the server ended'
else
    for claim in pings server service end; do tap_skip "AF_XDP: $claim" "$why_no_xdp"; done
fi

# 6. An ordinary user, with an interface that an administrator made for him and keeps.
own_mac=02:00:00:00:77:01
for_a_user() {
    ip tuntap add dev rsx0 mode tap user 65534 && ip link set dev rsx0 address $own_mac mtu 1500 up &&
        ip address add 10.4.0.3/24 dev rsx0 || return 1
    chmod 711 "$lab"
    mkdir -p "$lab/user" && chown 65534 "$lab/user"
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$lab/user" TMPDIR="$lab/user" \
        timeout --preserve-status 5 "$echo_program" --port 7 \
        --config "$configs/memif_server.toml" --set host.0.interface.0.kernel=rsx0 \
        --set host.0.interface.0.mac=$own_mac --set host.0.interface.0.mtu=1500 \
        --set "host.0.interface.0.arguments=role=server,id=0,socket=$lab/user/memif,socket-abstract=no"
    ip -br address show rsx0 | grep 10.4.0.3/24
}
user_is_served() {
    for_a_user >"$lab/user.log" 2>&1
    local result=$?
    cat "$lab/user.log"
    ip link delete rsx0 2>/dev/null
    [ $result -eq 0 ] && grep -q listening "$lab/user.log"
}
if [ "$(tr -s ' ' </proc/self/uid_map)" = ' 0 0 4294967295' ]; then
    check 'an interface made for a user needs no privilege, and outlives the program' user_is_served
else
    tap_skip 'an interface made for a user' 'this user namespace has no other user'
fi

# 7. What cannot work says so.
check 'an address on the packet socket'"'"'s own interface is refused with the cure' own_address_is_refused
check 'a name that is in use is refused' name_in_use_is_refused
tap_plan $tap_number
