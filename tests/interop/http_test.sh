#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ringsock-get fetches 50 MB byte-exact from nginx in another network namespace, over packet sockets and over
# AF_XDP on a veth pair, and over a tap with the kernel's router between.
# http_test.sh RINGSOCK-GET CONFIGS; prints TAP.
program=$(realpath "$1") configs=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$program" "$configs"
. ./web.sh
. ./wires.sh

bytes=50000000
web_start $bytes || { echo "# nginx did not start"; sed 's/^/# /' "$lab/nginx.log"; exit 1; }

# fetch CLAIM ADDRESS: one file over $wire, compared with what nginx has.
fetch() {
    local claim=$1 address=$2
    rm -f "$lab/got"
    if ! (wired 120 "$program" "http://$address/file" --output "$lab/got") >"$lab/said" 2>&1; then
        tap_not_ok "$claim" "$lab/said"
    else
        check "$claim" cmp "$lab/www/file" "$lab/got"
    fi
}

tap_plan 5
on_veth
fetch "50 MB from nginx over net_af_packet, byte-exact" $peer_address
fetch "and again, from a new process on the same device" $peer_address
for form in xdp xdp_copy; do
    on_$form
    claim="50 MB from nginx over net_af_$form, byte-exact"
    if xdp_possible; then fetch "$claim" $peer_address; else tap_skip "$claim" "$why_no_xdp"; fi
done
on_tap
claim="50 MB from nginx over net_tap and a router, byte-exact"
if tap_possible; then fetch "$claim" $web_address; else tap_skip "$claim" "$why_no_tap"; fi
