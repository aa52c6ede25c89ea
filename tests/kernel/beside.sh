# SPDX-License-Identifier: BSD-3-Clause
# A Ringsock server beside the kernel, and how to tell who answers. Sourced after netns.sh and wires.sh.
kernel_address=10.2.0.3

# serve OPTION...: ringsock-echo on port 7, its process in $server; returns when it listens
serve() {
    : >"$lab/server"
    (exec timeout --kill-after=5 120 "$echo_program" --port 7 "$@") >"$lab/server" 2>&1 &
    server=$!
    local tries
    for ((tries = 0; tries < 200; ++tries)); do
        grep -q listening "$lab/server" && return
        kill -0 $server 2>/dev/null || break
        sleep 0.05
    done
    sed 's/^/# /' "$lab/server"
}
stop_serving() {
    kill $web 2>/dev/null
    kill -TERM $server 2>/dev/null
    if wait $server; then tap_ok "$1"; else tap_not_ok "$1" "$lab/server"; fi
}
web=
# serve_kernel ADDRESS PORT: a server of the kernel's, beside us
serve_kernel() {
    python3 "$station" serve "$1" "$2" &
    web=$!
}

# The kernel beside us counts the echo requests it got, and what it answered.
snmp() {
    awk -v name="$1" '/^Icmp:/ {
        if (n++) print $(at[name])
        else for (i = 2; i <= NF; ++i) at[$i] = i
    }' /proc/net/snmp
}
kernel_answers_pings() {
    local before after
    before=$(snmp OutEchoReps)
    in_peer python3 "$station" ping "$1" "$2" || return 1
    after=$(snmp OutEchoReps)
    echo "the kernel answered $((after - before))"
    [ $((after - before)) -eq "$2" ]
}
we_answer_pings() {
    local before after
    before=$(snmp InEchos)
    in_peer python3 "$station" ping "$1" "$2" || return 1
    after=$(snmp InEchos)
    [ "$before" -eq "$after" ]
}

at_the_same_time() {
    local stream pings
    in_peer python3 peers.py stream $our_address 7 "$file" &
    stream=$!
    in_peer python3 "$station" ping $kernel_address 200 &
    pings=$!
    python3 -m http.server --bind $kernel_address --directory "$lab" 8080 >/dev/null 2>&1 &
    local http=$! good=0
    in_peer curl -s --retry 20 --retry-connrefused --retry-delay 1 --max-time 60 -o "$lab/got" \
        http://$kernel_address:8080/file && cmp "$file" "$lab/got" || good=1
    kill $http
    wait $stream || good=1
    wait $pings || good=1
    return $good
}

broadcast_is_heard() {
    local listener tries
    python3 "$station" hear 9999 5 "$lab/ready" &
    listener=$!
    for ((tries = 0; tries < 100; ++tries)); do [ -e "$lab/ready" ] && break; sleep 0.05; done
    in_peer python3 "$station" shout 10.2.0.255 9999 5
    wait $listener || return 1
    # Ours: an echo server that hears a broadcast answers it, from its own address.
    in_peer python3 - $our_address <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.settimeout(5)
s.sendto(b'who', ('10.2.0.255', 7))
text, (source, _) = s.recvfrom(100)
sys.exit(None if (text, source) == (b'who', sys.argv[1]) else f'{text} from {source}')
PYTHON
}

# Frames that no socket of ours knows, seen by tcpdump on the interface of the kernel.
foreign_frames_reach_the_kernel() {
    local lldp=0180c200000e02000000000288cc\
020704020000000002040305616263060200780000000000000000000000000000000000
    local ospf=01005e0000050200000000020800\
45000040000100000159cef80a020001e00000050201002c0a02000100000000000000000000000000000000\
ffffff00000a1201000000280a0200010000000000000000
    rm -f "$lab/seen"
    timeout 10 tcpdump -Z root -i rsx0 -n -e -c 2 'ether proto 0x88cc or ip proto 89' \
        >"$lab/seen" 2>"$lab/dump" &
    local dump=$! tries
    for ((tries = 0; tries < 100; ++tries)); do grep -q 'listening on' "$lab/dump" && break; sleep 0.05; done
    in_peer python3 "$station" frame rspeer0 $lldp
    in_peer python3 "$station" frame rspeer0 $ospf
    wait $dump
    cat "$lab/seen"
    grep -q LLDP "$lab/seen" && grep -q OSPF "$lab/seen"
}

down_and_up() {
    ip link set rsx0 down
    in_peer python3 "$station" ask $our_address 7 'still here' || return 1
    in_peer python3 "$station" ping $our_address 5 || return 1
    ip link set rsx0 up
    in_peer python3 "$station" ping $kernel_address 5
}

# Ticks of the processor that the server used, in hundredths of a second.
ticks() {
    local child
    child=$(pgrep -P $server)
    awk '{ print $14 + $15 }' "/proc/$child/stat"
}
deleted() {
    local before after
    ip link delete rsx0
    in_peer python3 "$station" ask $our_address 7 'still here' || return 1
    in_peer python3 "$station" ping $our_address 5 || return 1
    sleep 1
    before=$(ticks)
    sleep 2
    after=$(ticks)
    echo "$((after - before)) ticks in 2 s"
    [ $((after - before)) -le 10 ]
}

# From the shared address, while our service has it too; the peer's kernel is the server.
kernel_connects_out() {
    local served
    in_peer python3 "$station" serve $peer_address 85 &
    served=$!
    python3 "$station" ask $peer_address 85 kernel
    local result=$?
    kill $served
    return $result
}

# A connect of ours while an address is shared takes a port outside net.ipv4.ip_local_port_range.
our_ports_are_ours() {
    local port peer
    in_peer timeout 20 python3 - >"$lab/port" <<'PYTHON' &
import socket
listener = socket.create_server(('10.2.0.1', 86))
peer, (_, port) = listener.accept()
while text := peer.recv(65536):
    peer.sendall(text)
print(port)
PYTHON
    peer=$!
    timeout 20 "$send_program" --config "$configs/exception_path.toml" --retry 10 \
        --set "host.0.interface.0.kernel_addresses=[\"$our_address/24\"]" --output "$lab/got" \
        $peer_address 86 "$file"
    cmp "$file" "$lab/got" || return 1
    wait $peer
    port=$(cat "$lab/port")
    local first last
    read -r first last </proc/sys/net/ipv4/ip_local_port_range
    echo "port $port, the kernel's are $first to $last"
    [ "$port" -lt "$first" ] || [ "$port" -gt "$last" ]
}

refused_with() {
    local text=$1
    shift
    timeout 20 "$echo_program" --config "$configs/exception_path.toml" "$@" >"$lab/server" 2>&1
    [ $? -eq 1 ] || return 1
    cat "$lab/server"
    [ "$(wc -l <"$lab/server")" -eq 1 ] && grep -q -- "$text" "$lab/server"
}
own_address_is_refused() {
    ip address add 10.2.0.9/24 dev rsveth0
    refused_with 'local/0: .*sudo ip address flush dev rsveth0'
    local result=$?
    ip address flush dev rsveth0
    return $result
}
name_in_use_is_refused() {
    refused_with 'local/0: kernel = "up0": .*choose another name' --set host.0.interface.0.kernel=up0
}
