# SPDX-License-Identifier: BSD-3-Clause
# A laboratory of network namespaces for interop tests, made of nothing that outlives the test. Sourced:
#
#     . netns.sh; netns_enter "$0" "$@"        the rest of the script runs inside, as root of its own world
#
#   ours                                           peer
#   rsveth0  (the device under test: no address)   rspeer0  10.2.0.1/24
#   rstap0   10.1.0.1/24, made by the program under test, forwarded through
#   up0      10.3.0.1/24                           web0     10.3.0.2/24
#
# Names and addresses are those of configs/veth_af_packet.toml and configs/tap.toml, which run here unchanged.
# 203.0.113.0/24 is swallowed by the peer, so a SYN there is never answered. Everything lives in namespaces
# (user, network, mount, process) of this one process tree: the kernel removes it all when the script ends,
# however it ends.

peer_address=10.2.0.1 our_address=10.2.0.2   # on the veth pair; ours belongs to the program under test
tap_gateway=10.1.0.1 tap_address=10.1.0.2    # on the tap device
web_address=10.3.0.2                         # the peer, seen through the router behind the tap
silent_address=203.0.113.9                   # routed, swallowed

# netns_enter SCRIPT ARGUMENT...: returns inside; a machine that forbids it ends the script as skipped.
# The script stands in the current directory.
netns_enter() {
    if [ "${RINGSOCK_INSIDE:-}" = yes ]; then netns_build; return; fi
    local how=(unshare --net --mount --pid --mount-proc --fork --kill-child) why
    if ! [ "$(id -u)" -eq 0 ] || ! "${how[@]}" true 2>/dev/null; then how+=(--user --map-root-user); fi
    if ! why=$("${how[@]}" ip link set lo up 2>&1); then
        echo "1..0 # SKIP this kernel lets $(id -un) make no network namespace: ${why:-unshare failed}"
        exit 0
    fi
    RINGSOCK_OUTSIDE_NET=$(readlink /proc/self/ns/net)
    export RINGSOCK_OUTSIDE_NET
    RINGSOCK_INSIDE=yes exec "${how[@]}" bash "$PWD/${1##*/}" "${@:2}"
}

in_peer() { nsenter --net="$lab/peer" "$@"; }

# plain_device DEVICE [in_peer]: quiet, with complete checksums and frames of one MTU. A veth pair hands
# over frames whose checksums are still to be computed, and of 64 kB, unless told not to.
plain_device() {
    local device=$1
    shift
    "$@" ethtool -K "$device" tx off rx off tso off gso off gro off sg off >/dev/null 2>&1
    "$@" ip link set "$device" up
}

# Before the first device is touched: we and the peer stand in networks of our own, not in the machine's.
nobody_elses_network() {
    local ours peer
    ours=$(readlink /proc/self/ns/net)
    peer=$(in_peer readlink /proc/self/ns/net)
    if [ -z "$peer" ] || [ "$ours" = "$peer" ] || [ "$ours" = "$RINGSOCK_OUTSIDE_NET" ] ||
        [ "$peer" = "$RINGSOCK_OUTSIDE_NET" ]; then
        echo "error: no separate namespaces: outside $RINGSOCK_OUTSIDE_NET, ours $ours, peer $peer" >&2
        exit 1
    fi
}

netns_build() {
    set -e
    # Files are in memory and in this mount namespace only; an empty directory is what a SIGKILL could leave.
    lab=$(mktemp -d "${TMPDIR:-/tmp}/ringsock-lab.XXXXXX")
    trap 'cd /; kill $(jobs -p) 2>/dev/null; umount -l "$lab/peer" "$lab"; rmdir "$lab"' EXIT
    trap 'exit 130' INT TERM
    mount -t tmpfs ringsock-lab "$lab"
    touch "$lab/peer"
    unshare --net="$lab/peer" true
    nobody_elses_network
    echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    in_peer sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
    ip link set lo up
    in_peer ip link set lo up

    ip link add rsveth0 type veth peer name rspeer0
    ip link add up0 type veth peer name web0
    ip link set rspeer0 netns "$lab/peer"
    ip link set web0 netns "$lab/peer"
    plain_device rsveth0
    plain_device up0
    plain_device rspeer0 in_peer
    plain_device web0 in_peer
    ip address add 10.3.0.1/24 dev up0
    in_peer ip address add $peer_address/24 dev rspeer0
    in_peer ip address add $web_address/24 dev web0
    in_peer ip route add 10.1.0.0/24 via 10.3.0.1
    in_peer ip route add blackhole 203.0.113.0/24
    echo 1 >/proc/sys/net/ipv4/ip_forward
    in_peer sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    ip route add 203.0.113.0/24 via $web_address
    set +e
}

# tap_possible: whether this machine makes tap devices; why_no_tap says what it said.
tap_possible() {
    [ -c /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; } 2>/dev/null
    if ! why_no_tap=$(ip tuntap add dev probe0 mode tap 2>&1); then return 1; fi
    ip link delete probe0
}

# tap_follow NAME: waits for the tap device that the program under test makes and gives the kernel's side
# its address.
tap_follow() {
    local device=$1 tries
    for ((tries = 0; tries < 200; ++tries)); do
        if ip link show "$device" >/dev/null 2>&1; then
            plain_device "$device"
            ip address add $tap_gateway/24 dev "$device"
            return 0
        fi
        sleep 0.05
    done
    return 1
}

# What every script says: TAP, with what went wrong before the line that failed.
tap_number=0
tap_plan() { echo "1..$1"; }
tap_ok() { tap_number=$((tap_number + 1)); echo "ok $tap_number - $1"; }
tap_skip() { tap_number=$((tap_number + 1)); echo "ok $tap_number - $1 # SKIP $2"; }
tap_not_ok() {
    tap_number=$((tap_number + 1))
    [ -n "${2:-}" ] && [ -e "$2" ] && tail -n 20 "$2" | sed 's/^/# /'
    echo "not ok $tap_number - $1"
}

# check CLAIM COMMAND...: one line of TAP; what the command printed is shown when it fails.
check() {
    local claim=$1
    shift
    if "$@" >"$lab/said" 2>&1; then tap_ok "$claim"; else
        echo "# exit code $?: $*"
        tap_not_ok "$claim" "$lab/said"
    fi
}
