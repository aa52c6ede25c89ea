#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The two header layers as programs use them: each test source compiled with the flags of its first comment,
# by every compiler that is here, linked with the library and run on the embedded default. Prints TAP.
#     headers_test.sh API_DIRECTORY LIBRARY_DIRECTORY
set -u
here=$(cd "$(dirname "$0")" && pwd)
api=$1 libraries=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
native="-I$api/include"
overlay="-I$api/compat -I$api/include"
# A library built for the address sanitizer needs programs built for it, by the same compiler.
sanitize=${RINGSOCK_SANITIZE:+-fsanitize=$RINGSOCK_SANITIZE}
declare -A families=([cc]='gcc clang' [c++]='g++ clang++')
[ -z "$sanitize" ] || families=([cc]=gcc [c++]=g++)

plan=(
    "cc c11 headers_c_test.c|$native"
    "cc gnu11 overlay_c_test.c|$overlay"
    "c++ c++20 headers_posix_mix_test.cc|$native"
    "c++ c++20 headers_posix_mix_test.cc|$native -DPOSIX_HEADERS_LAST"
    "c++ c++20 overlay_cpp_test.cc|$overlay"
    "c++ c++14 overlay_cpp_test.cc|$overlay"
    "c++ c++20 overlay_cpp_test.cc|$overlay -D_WIN32 -DWIN32 -D_WIN64"
)

# try COMPILER STANDARD SOURCE FLAGS
try() {
    local compiler=$1 standard=$2 source=$3 flags=$4 claim
    number=$((number + 1))
    claim="$source, $compiler $standard${flags##*include}"
    if ! command -v "$compiler" >/dev/null; then
        echo "ok $number - $claim # SKIP $compiler is not installed"
        return
    fi
    # shellcheck disable=SC2086  # the flags are words
    if "$compiler" "-std=$standard" -Wall -Wextra -Werror $sanitize -pthread $flags "$here/$source" \
        -o "$work/program" -L"$libraries" -lringsock -Wl,-rpath,"$libraries" >"$work/said" 2>&1 &&
        unprefixed_are_absent && timeout 60 "$work/program" >>"$work/said" 2>&1; then
        echo "ok $number - $claim"
    else
        tail -n 15 "$work/said" | sed 's/^/# /'
        echo "not ok $number - $claim"
    fi
}

# In the overlay no object may ask for a Berkeley symbol: that would be the kernel's.
unprefixed_are_absent() {
    [[ $flags == *compat* ]] || return 0
    ! nm -u "$work/program" | awk '{ print $2 }' | sed 's/@.*//' |
        grep -Ex -e 'socket|connect|bind|listen|accept|send|recv|sendto|recvfrom|select|shutdown|poll' \
            -e 'getsockopt|setsockopt' \
            >>"$work/said"
}

# The part of the last program that needs overlapped operations.
completion_ports() {
    number=$((number + 1))
    timeout 60 "$work/program" completion-ports >"$work/said" 2>&1
    case $? in
        0) echo "ok $number - completion ports" ;;
        77) echo "ok $number - completion ports # SKIP $(head -n 1 "$work/said")" ;;
        *) sed 's/^/# /' "$work/said" && echo "not ok $number - completion ports" ;;
    esac
}

of_each=$(wc -w <<<"${families[cc]}")
echo "1..$((of_each * ${#plan[@]} + 1))"
for line in "${plan[@]}"; do
    read -r language standard source <<<"${line%%|*}"
    for compiler in ${families[$language]}; do try "$compiler" "$standard" "$source" "${line#*|}"; done
done
completion_ports
