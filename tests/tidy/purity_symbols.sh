#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purity as a linker fact: purity_symbols.sh PURE.a... -- MAY_USE.a...
# The pure archives may need what they and the archives after "--" define, and the words of pure_symbols.txt.
# Prints each other symbol with the object that asks for it; exit code 1 when there is one. Release builds
# only: a sanitizer's calls are in every object.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

pure=() mine=() after=no
for argument in "$@"; do
    if [ "$argument" = -- ]; then after=yes; continue; fi
    [ -r "$argument" ] || { echo "error: no archive $argument" >&2; exit 2; }
    [ "$after" = yes ] || pure+=("$argument")
    mine+=("$argument")
done
[ ${#pure[@]} -gt 0 ] || { echo "usage: purity_symbols.sh PURE.a... -- MAY_USE.a..." >&2; exit 2; }

known=$(mktemp)
trap 'rm -f "$known"' EXIT
{
    sed -e '/^#/d' -e 's/ .*//' "$here/pure_symbols.txt"
    nm --defined-only --format=posix "${mine[@]}" | awk 'NF >= 2 { print $1 }'
} | sort -u >"$known"

# nm -A prints "archive:object: symbol U".
found=$(nm -A --undefined-only --format=posix "${pure[@]}" |
    awk 'NR == FNR { known[$1]; next } NF >= 3 && !($(NF - 1) in known) { print $1, $(NF - 1) }' "$known" - |
    sort -u | c++filt)
if [ -n "$found" ]; then
    echo "the pure rooms ask for more than pure_symbols.txt allows:"
    echo "$found"
    exit 1
fi
count=$(nm --defined-only "${pure[@]}" | grep -c ' [TtWw] ')
[ "$count" -gt 0 ] || { echo "the archives define nothing: wrong files?"; exit 1; }
echo "${#pure[@]} archives, $count functions, no symbol from outside"
