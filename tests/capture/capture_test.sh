#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What a capture holds: against what was sent, against tcpdump at the same interface, and when there is
# nowhere
# to write. capture_test.sh RINGSOCK-CAPTURE RINGSOCK-GET RINGSOCK-ECHO SWITCHED COUNTERS CONFIGS;
# prints TAP.
capture=$(realpath "$1") get=$(realpath "$2") echo_server=$(realpath "$3") switched=$(realpath "$4")
counters=$(realpath "$5") configs=$(realpath "$6") here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
cd "$here/../interop" || exit 1
. ./netns.sh
if [ "${RINGSOCK_INSIDE:-}" != yes ]; then
    # netns_enter wants the script in the folder it stands in.
    cd "$here" || exit 1
    netns_enter "$0" "$capture" "$get" "$echo_server" "$switched" "$counters" "$configs"
fi
netns_build
. ./wires.sh
unset RINGSOCK_CONFIG

# holds CLAIM FILE PYTHON: with the file read as `c`
holds() {
    local claim=$1 file=$2 text=$3
    check "$claim" python3 -c "
import sys
sys.path.insert(0, '$here')
import pcapng
c = pcapng.read('$file')
lengths = lambda d: [p['original'] for p in c['packets'] if p['direction'] == d]
text = lambda: b''.join(bytes.fromhex(p['bytes']) for p in c['packets'])
assert ($text), (c['interfaces'], c['statistics'], len(c['packets']), c['packets'][:3])
"
}

# fails CODE WORDS CLAIM COMMAND...
fails() {
    local code=$1 words=$2 claim=$3 got=0
    shift 3
    "$@" >"$lab/said" 2>&1 || got=$?
    if [ $got -eq "$code" ] && grep -qF -- "$words" "$lab/said"; then tap_ok "$claim"; else
        echo "# exit code $got instead of $code, or '$words' is missing"
        tap_not_ok "$claim" "$lab/said"
    fi
}

# ---- switched on and off at run time, both drives
for drive in inline dedicated; do
    file=$lab/$drive.pcapng
    check "switched on and off while engines run ($drive)" \
        env RINGSOCK_CONFIG="$configs/ring_pair.toml" timeout 60 "$switched" "$file" $drive
    holds "one interface, Ethernet, nanoseconds, its MAC ($drive)" "$file" "c['application'] == 'Ringsock' and
        c['interfaces'] == [{'link': 1, 'snap': 65535, 'name': 'server/0', 'resolution': 9,
                             'mac': '02:00:00:00:00:02'}]"
    holds "the echo during it is there both ways, those before and after are not ($drive)" "$file" \
        "text().count(b'w' * 22) == 2 and b'l' * 11 not in text() and b'h' * 33 not in text() and
         {p['direction'] for p in c['packets'] if b'w' * 22 in bytes.fromhex(p['bytes'])} == {1, 2}"
    holds "every frame is counted, none dropped ($drive)" "$file" \
        "len(c['statistics']) == 1 and c['statistics'][0]['received'] == len(c['packets']) and
         c['statistics'][0]['dropped'] == 0"
    holds "times are now, and in order ($drive)" "$file" \
        "(lambda t: t == sorted(t) and abs(t[0] / 1e9 - __import__('time').time()) < 300 and
          c['statistics'][0]['start'] <= t[0] <= t[-1] <= c['statistics'][0]['end'])(
          [p['time'] for p in c['packets']])"
    holds "two hosts share the file that the end closed, each with its snap length ($drive)" "$file.open" \
        "[(i['name'], i['snap']) for i in c['interfaces']] == [('client/0', 64), ('server/0', 128)] and
         all(p['kept'] == min(p['original'], c['interfaces'][p['interface']]['snap']) for p in \
        c['packets']) and
         len(c['statistics']) == 2 and {p['interface'] for p in c['packets']} == {0, 1}"
    check "tcpdump reads it ($drive)" sh -c \
        "tcpdump -nr '$file' 2>/dev/null | grep -q '10.0.0.1.* > 10.0.0.2.7: Flags .*length 22'"
done

# ---- the drivers' counters through ringsock_stats
# counted CLAIM CONFIG HOST ADDRESS: the driver counts at least one frame sent, under its own names
counted() {
    local claim=$1 config=$2 host=$3 address=$4
    if ! RINGSOCK_CONFIG=$config timeout 60 "$counters" "$host" "$address" >"$lab/stats" 2>"$lab/said"; then
        tap_not_ok "$claim" "$lab/said"
        return
    fi
    check "$claim" python3 -c "
import json
nic, = json.load(open('$lab/stats'))['nics']
counters = nic['counters']
assert nic['name'] == '$host/0' and 0 < counters['tx_good_packets'] == counters['tx_q0_packets'], nic
assert {'rx_good_packets', 'rx_good_bytes', 'tx_good_bytes', 'rx_missed_errors'} <= set(counters), nic
"
}
counted 'counters of a ring' "$configs/ring_pair.toml" client 10.0.0.2
if tap_possible; then counted 'counters of a tap' "$configs/tap.toml" local 10.1.0.1; else
    tap_skip 'counters of a tap' "$why_no_tap"
fi

# ---- a program under ringsock-capture, with tcpdump at the same interface
on_veth
python3 peers.py random "$lab/sent" 3000000
nsenter --net="$lab/peer" tcpdump -Z root -i rspeer0 -w "$lab/kernel.pcap" -s 0 --immediate-mode -B 65536 \
    ip and tcp 2>"$lab/tcpdump" &
tcpdump=$!
for _ in $(seq 100); do grep -q listening "$lab/tcpdump" && break; sleep 0.05; done
(exec timeout 60 "$capture" --output "$lab/ours.pcapng" \
        -- "$echo_server" "${wire[@]}" --port 7 --once 1 --no-udp) \
    >"$lab/server" 2>&1 &
server=$!
check 'a server under ringsock-capture does its work' \
        in_peer python3 peers.py stream $our_address 7 "$lab/sent"
wait $server
check 'and ends as it would without' test $? -eq 0
sleep 0.5  # for what the kernel's side still has in its buffer
kill -TERM $tcpdump
wait $tcpdump
check 'ringsock-capture says what it has' \
        grep -qE 'ours.pcapng: [0-9]+ frames of local/0, 0 dropped' "$lab/server"
check 'frame for frame what tcpdump saw at the other end' python3 "$here/same_frames.py" \
    "$lab/ours.pcapng" "$lab/kernel.pcap"
check 'and tcpdump reads ours' sh -c "tcpdump -nr '$lab/ours.pcapng' tcp 2>/dev/null | grep -q 'Flags \[S\]'"

# echo_under OPTIONS...: a server of one connection under ringsock-capture, and 3 MB through it
echo_under() {
    local server
    (exec timeout 60 "$capture" "$@" \
        -- "$echo_server" "${wire[@]}" --port 7 --once 1 --no-udp) >"$lab/server" 2>&1 &
    server=$!
    in_peer timeout 60 python3 peers.py stream $our_address 7 "$lab/sent" || return 1
    wait $server
}
check 'with a snap length' echo_under --output "$lab/snap.pcapng" --snap 96 --interface local/0
holds 'no frame is longer, and each says how long it was' "$lab/snap.pcapng" \
    "max(p['kept'] for p in c['packets']) == 96 and max(p['original'] for p in c['packets']) == 1514"
check 'the key of the configuration does the same' echo_under --output "$lab/unused.pcapng" --quiet
(wired 60 "$echo_server" --port 7 --once 1 --no-udp --set \
    host.0.interface.0.capture="$lab/key.pcapng" --set host.0.interface.0.capture_snap=64) \
        >"$lab/server" 2>&1 &
in_peer python3 peers.py stream $our_address 7 "$lab/sent" >/dev/null
wait $!
holds 'and its snap length' "$lab/key.pcapng" \
    "len(c['packets']) > 4000 and c['interfaces'][0]['snap'] == 64 and
     max(p['kept'] for p in c['packets']) == 64"

# ---- nowhere to write
program=("$get" --timeout 2 "${wire[@]}" "http://$peer_address:9/")
fails 1 'No such file or directory' 'a folder that is not there' \
        "$capture" --output "$lab/no/where" -- "${program[@]}"
fails 1 'Is a directory' 'a folder instead of a file' "$capture" --output "$lab" -- "${program[@]}"
fails 1 'No space left on device' 'a full disk, before a frame is sent' \
        "$capture" --output /dev/full -- "${program[@]}"
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    fails 1 'Permission denied' 'a folder of somebody else' \
        setpriv --reuid=65534 --regid=65534 --clear-groups \
        "$capture" --output /proc/version -- true
else
    tap_skip 'a folder of somebody else' 'only root has others beside itself'
fi
fails 1 "no interface is called 'local/9'" 'an interface that is not there' \
    "$capture" --output "$lab/x" --interface local/9 -- "${program[@]}"
fails 1 'never started Ringsock' 'a program that is none of ours' "$capture" --output "$lab/x" -- true
fails 7 'never started Ringsock' 'whose exit code is handed on' "$capture" --output "$lab/x" -- sh -c 'exit 7'
fails 127 'No such file' 'a program that is not there' "$capture" --output "$lab/x" -- /no/such/program
fails 2 -- 'no program at all' "$capture" --output "$lab/x"
fails 2 -- 'too short a snap length' "$capture" --output "$lab/x" --snap 10 -- true
fails 1 WSAECONNREFUSED 'arguments of the program stay its own' \
        "$capture" --output "$lab/x" -- "${program[@]}"

# ---- a disk that fills, and one that stands still: the engine takes no notice
mkdir "$lab/small"
mount -t tmpfs -o size=512k none "$lab/small"
check 'a disk that fills: 3 MB are echoed all the same' echo_under --output "$lab/small/full.pcapng"
check 'and the file is said to be cut short' grep -q 'cut short' "$lab/server"
check 'it has what fitted' test "$(stat -c %s "$lab/small/full.pcapng")" -gt 400000
mkfifo "$lab/pipe"
python3 peers.py random "$lab/sent" 20000000
sh -c "while ! [ -e '$lab/go' ]; do sleep 0.1; done; exec cat >'$lab/late.pcapng'" <"$lab/pipe" &
reader=$!
(wired 60 "$echo_server" --port 7 --once 1 --no-udp --set \
    host.0.interface.0.capture="$lab/pipe") >"$lab/server" 2>&1 &
server=$!
check 'a pipe that nobody reads: 20 MB are echoed all the same' in_peer \
    python3 peers.py stream $our_address 7 "$lab/sent"
touch "$lab/go"
wait $server
wait $reader
holds 'and what the ring had no room for is counted in the file' "$lab/late.pcapng" \
    "c['statistics'][0]['dropped'] > 0 and
     c['statistics'][0]['received'] == len(c['packets']) + c['statistics'][0]['dropped']"

# ---- for a while
: >"$lab/server"  # What an earlier server said is not this one's word.
(exec timeout 60 "$capture" --seconds 1 --output "$lab/while.pcapng" \
        -- "$echo_server" "${wire[@]}" --port 7 --no-udp) \
    >"$lab/server" 2>&1 &
server=$!
until grep -q listening "$lab/server"; do sleep 0.05; done
sleep 1.5
check 'after --seconds the program goes on' \
        sh -c "echo later | nsenter --net='$lab/peer' nc -N -w 5 $our_address 7"
kill -TERM $server
wait $server
check 'and ends when ringsock-capture is told to' test $? -eq 0
holds 'without what came later' "$lab/while.pcapng" "b'later' not in text() and len(c['statistics']) == 1"
echo "1..$tap_number"
