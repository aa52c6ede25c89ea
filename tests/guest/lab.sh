# SPDX-License-Identifier: BSD-3-Clause
# A guest with PCI NICs and the kernel of this machine as its peer, in namespaces of this script alone.
# Sourced:
#
#     . ./lab.sh; guest_enter "$0" IMAGE "$@"      the rest runs inside, as root of its own world
#
#   this script's namespace                       guest
#   t0  10.7.0.1/24, nginx and peers.py   ------  0000:00:05.0  10.7.0.2/24  Ringsock on DPDK's driver
#   (a tap with as many queues as asked for)      k0 (some boots) the guest's own kernel, on a hub with it
#
# Addresses are those of configs/pci*.toml, which run unchanged. QEMU, servers, taps and files belong to the
# process and mount namespaces that netns_enter makes: the kernel removes them when the script ends, however.
. ../interop/netns.sh
. ../interop/web.sh
. ../lib/packages.sh
. ./image.sh

peer_address=10.7.0.1 our_address=10.7.0.2
peers=$(realpath ../interop/peers.py)

skip_all() { echo "1..0 # SKIP $1"; exit 0; }

# guest_enter SCRIPT IMAGE ARGUMENT...: before the namespaces, which have no network to fetch a kernel with.
guest_enter() {
    image=$2
    if [ "${RINGSOCK_INSIDE:-}" != yes ]; then
        local word missing=()
        for word in $packages_guest; do
            package_present "$word" || missing+=("${word%%|*}")
        done
        [ ${#missing[@]} -eq 0 ] ||
            skip_all "no guest without: sudo apt-get install --no-install-recommends ${missing[*]}"
        guest_image "$image" || skip_all "$why_no_image"
    fi
    netns_enter "$@"
}

# Called by netns_enter inside: no veth pairs here.
netns_build() {
    lab=$(mktemp -d "${TMPDIR:-/tmp}/ringsock-lab.XXXXXX")
    trap 'cd /; kill $(jobs -p) 2>/dev/null; umount -l "$lab"; rmdir "$lab"' EXIT
    trap 'exit 130' INT TERM
    mount -t tmpfs ringsock-lab "$lab"
    if [ "$(readlink /proc/self/ns/net)" = "$RINGSOCK_OUTSIDE_NET" ]; then
        echo "error: no network namespace of our own" >&2
        exit 1
    fi
    echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    ip link set lo up
    tap_possible || skip_all "this machine makes no tap devices: $why_no_tap"
    mkdir "$lab/rig"
}
in_peer() { "$@"; }

# peer_begin BYTES: a web server with a file of that size and an echo server, for every boot.
peer_begin() {
    ip address add $peer_address/24 dev lo
    web_start "$1" 2>"$lab/said" || { tail -n 5 "$lab/nginx.log" "$lab/said"; exit 1; }
    ip address del $peer_address/24 dev lo
    python3 "$peers" echo 0.0.0.0 7 &
}

# new_tap QUEUES: t0 anew; with several queues the kernel spreads over them what it sends.
new_tap() {
    local several=()
    [ "$1" -eq 1 ] || several=(multi_queue)
    ip link delete t0 2>/dev/null
    ip tuntap add dev t0 mode tap vnet_hdr "${several[@]}" &&
        ip address add $peer_address/24 dev t0 && ip link set t0 up
}

# boot NAME OPTION... -- COMMAND...: one life of a guest. Its lines "ok - ..." and "not ok - ..." become ours
# with NAME before them; "@ ID COMMAND..." is run here and answered in the rig. It must end with exit code 0.
boot() {
    local name=$1 line code before=$SECONDS
    shift
    mkfifo "$lab/words"
    ./boot.sh -i "$image" -r "$lab/rig" "$@" >"$lab/words" 2>"$lab/trouble" &
    local guest=$!
    while read -r line; do
        case $line in
            "ok - "*) tap_ok "$name: ${line#ok - }" ;;
            "not ok - "*) tap_not_ok "$name: ${line#not ok - }" ;;
            "@ "*) answer ${line#@ } & ;;
            *) echo "# ${line#\# }" ;;
        esac
    done <"$lab/words"
    wait $guest
    code=$?
    rm -f "$lab/words" "$lab"/rig/answer.*
    echo "# $name: $((SECONDS - before)) s"
    if [ $code -eq 0 ]; then tap_ok "$name: the guest ended well"; else
        echo "# exit code $code"
        tap_not_ok "$name: the guest ended well" "$lab/trouble"
    fi
}

# answer ID COMMAND...: what the peer is asked for.
answer() {
    local id=$1
    shift
    timeout 60 "$@" >"$lab/rig/said.$id" 2>&1
    echo $? >"$lab/rig/answer.$id.new"
    mv "$lab/rig/answer.$id.new" "$lab/rig/answer.$id"
}
