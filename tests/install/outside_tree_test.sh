#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Programs outside the tree: `meson install` into a place of its own, then C, C++ and Winsock source compiled
# with nothing but pkg-config, and run on the embedded default. Prints TAP.
#     outside_tree_test.sh BUILD_DIRECTORY NATIVE.c NATIVE.cc WINSOCK.c
set -u
build=$(realpath "$1") native_c=$(realpath "$2") native_cc=$(realpath "$3") winsock_c=$(realpath "$4")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
number=0

# check CLAIM COMMAND...
check() {
    local claim=$1
    shift
    number=$((number + 1))
    if "$@" >said 2>&1; then echo "ok $number - $claim"; else
        echo "# exit code $?: $*"
        tail -n 15 said | sed 's/^/# /'
        echo "not ok $number - $claim"
    fi
}

# The .pc files name their prefix relative to themselves, so an installed tree may be moved.
flags() { pkg-config --cflags --libs "$@"; }
compile() {
    local compiler=$1 output=$2 source=$3
    shift 3
    # shellcheck disable=SC2046  # the flags are words
    $compiler -Wall -Wextra -Werror "$source" -o "$output" $(flags "$@")
}
clean_room() { env -i PATH=/usr/bin:/bin HOME="$work" LD_LIBRARY_PATH="$libraries" timeout 60 "$@"; }

echo 1..12
check 'meson install works' meson install -C "$build" --no-rebuild --destdir "$work/root" --quiet
libraries=$(dirname "$(find "$work/root" -name libringsock.so | head -n 1)")
programs=$(dirname "$(find "$work/root" -name ringsock-get | head -n 1)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
check 'ringsock.pc brings a C program together' compile cc native_c "$native_c" ringsock
check 'the C program runs on the embedded default' clean_room ./native_c
check 'and a C++ program' compile 'c++ -std=c++20 -pthread' native_cc "$native_cc" ringsock
check 'the C++ program runs on the embedded default' clean_room ./native_cc
check 'ringsock-winsock.pc compiles unchanged Winsock source' \
    compile cc winsock_c "$winsock_c" ringsock-winsock
check 'the Winsock program runs on the embedded default' clean_room ./winsock_c
check 'ringsock-sim.pc names what it needs' flags ringsock-sim
check 'an installed program finds its library in any prefix' env -i "$programs/ringsock-get" --help
check 'and so does the benchmark' env -i "$programs/ringsock-bench" --help
check 'configurations are installed' test -n "$(find "$work/root" -name embedded.toml)"
clashes() {
    local names
    names=$(nm -D --defined-only "$libraries/libringsock.so" | awk '{ print $3 }' | sed 's/@.*//' |
        grep -Ex -e 'socket|connect|bind|listen|accept|send|recv|sendto|recvfrom|select|shutdown|poll' \
            -e 'gethostname|close')
    [ -z "$names" ] || { echo "$names"; return 1; }
}
check 'no exported symbol is named like one of libc' clashes
