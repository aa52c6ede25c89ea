# SPDX-License-Identifier: BSD-3-Clause
# How a Ringsock program gets onto each wire of the laboratory: by a file of configs/ as it is shipped.
# Sourced after netns.sh; $configs is that folder.

on_veth() { wire=(--config "$configs/veth_af_packet.toml") tap_name=; }
on_xdp() { wire=(--config "$configs/af_xdp.toml") tap_name=; }
on_xdp_copy() { wire=(--config "$configs/af_xdp_copy.toml") tap_name=; }
on_tap() { wire=(--config "$configs/tap.toml") tap_name=rstap0; }

# wired SECONDS PROGRAM ARGUMENT...: becomes the program on that wire; to be called in a subshell of its own,
# which a signal then reaches. The kernel's side of a tap follows as soon as the program has made the device.
wired() {
    local seconds=$1 program=$2
    shift 2
    [ -z "$tap_name" ] || tap_follow "$tap_name" &
    exec timeout --kill-after=5 "$seconds" "$program" "${wire[@]}" "$@"
}

# xdp_possible: whether this kernel takes XDP programs from us; why_no_xdp says what speaks against it.
xdp_possible() {
    why_no_xdp='XDP programs need the machine'"'"'s own root, and this is a user namespace'
    [ "$(tr -s ' ' </proc/self/uid_map)" = ' 0 0 4294967295' ] || return 1
    why_no_xdp='this kernel has no AF_XDP sockets'
    python3 -c 'import socket; socket.socket(44, socket.SOCK_RAW)' 2>/dev/null
}
