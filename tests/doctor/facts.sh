# SPDX-License-Identifier: BSD-3-Clause
# The page against what /proc and other programs say. Sourced.

facts_of_this_machine() {
    local cores pages kind flags
    claims 'this machine is good enough for the default' asks 0 "$doctor"
    cores=$(grep -c '^processor' /proc/cpuinfo)
    reads 'cores are as many as /proc/cpuinfo has' cores "$cores cores? online"
    pages=$(sed -n 's/^HugePages_Total: *//p' /proc/meminfo)
    kind=$(sed -n 's/^Hugepagesize: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    reads 'hugepages are as many as /proc/meminfo has' hugepages "$pages of $((kind / 1024)) MiB"
    reads 'the kernel is the one of uname' kernel "Linux $(uname -r | sed 's/[+.]/./g'), $(uname -m)"
    reads 'DPDK is the version that we are built with' DPDK "DPDK ${dpdk_version//./\\.}, [1-9][0-9]* driver"
    flags=$(grep -m1 '^flags' /proc/cpuinfo)
    case $flags in
        *constant_tsc*nonstop_tsc*) reads 'the time stamp counter is what its flags say' TSC 'nonstop: yes' ;;
        *) reads 'the time stamp counter is what its flags say' TSC '(note|nonstop: yes)' ;;
    esac
    reads 'the clock source is the one in use' TSC \
        "clocksource $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
    local lock
    lock=$(ulimit -S -l)
    [ "$lock" = unlimited ] || lock="$lock KiB"
    reads 'the limit on locked memory is the shell'"'"'s' 'memory lock' "$lock"
    local nics
    nics=$(cat /sys/bus/pci/devices/*/class 2>/dev/null | grep -c '^0x02')
    claims "each of $nics PCI NICs has its line" test "$(grep -c '^  [a-z]* *NIC ' "$page")" -eq "$nics"
    claims 'JSON says the same' json_says_the_same
    claims 'no line is without its reason' reasons_everywhere
}

json_says_the_same() {
    asks 0 "$doctor" --json || return 1
    python3 - "$page" <<'PY'
import json, subprocess, sys
with open(sys.argv[1], encoding='utf-8') as page:
    said = json.load(page)
verdicts = [f['verdict'] for f in said['findings']]
assert said['problems'] == verdicts.count('problem') and said['notes'] == verdicts.count('note')
assert all(f['what'] and f['why'] and f['topic'] for f in said['findings'])
topics = [f['topic'] for f in said['findings']]
assert len(topics) == len(set(topics)) and 'cores' in topics and 'DPDK' in topics, topics
PY
}

reasons_everywhere() {
    asks 0 "$doctor" && ! grep -E '^  (ok|note|problem) ' "$page" | grep -vq ' - '
}

wrong_usage() {
    claims 'an unknown flag is wrong usage' asks 2 "$doctor" --cure-everything
    claims 'it explains itself' asks 0 "$doctor" --help
    claims 'a full disk is no success' sh -c "! '$doctor' >/dev/full 2>'$page'"
}

# An ordinary user gets the same page with other privileges.
as_nobody() {
    local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    claims 'an ordinary user gets a page' asks 0 "${nobody[@]}" "$doctor"
    reads 'which says who that is' user 'user 65534 '
    reads 'and what is missing' capabilities '^  note .*without cap_net_admin'
    claims 'and counts the same cores' sh -c "grep -q '$(grep -c '^processor' /proc/cpuinfo) core' '$page'"
}
