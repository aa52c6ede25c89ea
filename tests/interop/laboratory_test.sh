#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The laboratory itself, with the kernel on both sides: what fails here is the machine's fault, not
# Ringsock's.
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./netns.sh
netns_enter "$0" "$@"
. ./web.sh

tap_plan 8
ip address add $our_address/24 dev rsveth0
ip route add 203.0.113.0/24 via $peer_address metric 1
file=$lab/www/file
web_start 5000000 || { echo "# nginx did not start"; cat "$lab/nginx.log"; exit 1; }
check 'a file crosses the veth pair' curl -sS -o "$lab/got" http://$peer_address/file
check 'and arrives whole' cmp "$file" "$lab/got"
in_peer python3 peers.py echo $peer_address 7 &
check 'a stream is echoed byte for byte' python3 peers.py stream $peer_address 7 "$file"
check 'so are 20 at once' python3 peers.py many $peer_address 7 20 100000
check 'nc echoes through it too' sh -c "timeout 20 nc -N $peer_address 7 <$file | cmp - $file"
exits() { local code=$1; shift; "$@"; [ $? -eq "$code" ]; }
check 'a closed port refuses' exits 7 timeout 5 curl -sS http://$peer_address:9
check 'a swallowed network stays silent' exits 28 curl -sS --max-time 2 http://$silent_address
claim='tap devices can be made'
if tap_possible; then tap_ok "$claim"; else tap_skip "$claim" "$why_no_tap"; fi
