#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# purity_symbols.sh can fail: planted archives, one clean and one for each thing that purity excludes.
# Prints TAP.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
number=0

# plant NAME CODE: an archive NAME.a
plant() {
    echo "$2" >"$1.cc"
    "${CXX:-g++}" -std=c++20 -O1 -fPIC -c "$1.cc" -o "$1.o" && ar rc "$1.a" "$1.o"
}

# verdict EXPECTED WORD CLAIM COMMAND...: the exit code, and a word that the output must hold
verdict() {
    local expected=$1 word=$2 claim=$3 output code=0
    shift 3
    output=$("$@" 2>&1) || code=$?
    number=$((number + 1))
    if [ "$code" = "$expected" ] && [[ $output == *"$word"* ]]; then echo "ok $number - $claim"; else
        echo "not ok $number - $claim"
        printf '# exit code %s: %s\n' "$code" "${output//$'\n'/$'\n'# }"
    fi
}

echo 1..7
plant base 'int hash(int a) { return a * 7; }'
plant clean '#include <cstring>
int hash(int); int use(char* a, const char* b, unsigned n) { std::memcpy(a, b, n); return hash(a[0]); }'
plant clock '#include <ctime>
long now() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }'
plant heap 'int* take() { return new int[100]; }'
plant dpdk 'extern "C" int rte_eth_tx_burst_x(int); int send(int a) { return rte_eth_tx_burst_x(a); }'
plant print '#include <cstdio>
void say() { std::puts("hello"); }'
verdict 0 'no symbol from outside' 'a clean archive passes' "$here/purity_symbols.sh" clean.a -- base.a
verdict 1 'hash(int)' 'a room that was not opened is missed' "$here/purity_symbols.sh" clean.a
verdict 1 clock_gettime 'a clock is found' "$here/purity_symbols.sh" clean.a clock.a -- base.a
verdict 1 'operator new' 'an allocation is found' "$here/purity_symbols.sh" heap.a clean.a -- base.a
verdict 1 rte_eth 'DPDK is found' "$here/purity_symbols.sh" dpdk.a -- base.a
verdict 1 puts 'output is found' "$here/purity_symbols.sh" print.a -- base.a
verdict 2 gone.a 'an archive that is missing is an error' "$here/purity_symbols.sh" gone.a -- base.a
