# SPDX-License-Identifier: BSD-3-Clause
# The build directories under build/ and their options. Sourced by tests/run and bench/run; $top is the clone.

jobs=${RINGSOCK_JOBS:-$(nproc)}

# Warnings are errors here and nowhere else: a newer compiler must not stop somebody's own build.
build_options() {
    local checked="-Dwerror=true -Dbuildtype=debugoptimized -Ddchecks=true -Db_lundef=false"
    case $1 in
        release) echo "-Dwerror=true -Dbuildtype=release" ;;
        asan) echo "$checked -Db_sanitize=address,undefined" ;;
        tsan) echo "$checked -Db_sanitize=thread" ;;
        *)
            echo "error: no build named '$1'" >&2
            return 2
            ;;
    esac
}

# configure_build NAME: next to nothing when build/NAME was made with these options from this place.
configure_build() {
    local name=$1 options dir stamp wanted
    options=$(build_options "$name") || return
    dir=$top/build/$name stamp=$top/build/$name/.made-with
    wanted="$top $options ${CXX:-g++}"
    if ! mkdir -p "$dir" 2>/dev/null || ! [ -w "$dir" ]; then
        echo "error: $(id -un) cannot write build/$name; remove it, or build in a clone of your own" >&2
        return 1
    fi
    if [ -f "$dir/build.ninja" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        # Meson's own rule: configures again when a meson.build has changed, so that new tests are known.
        if ninja -C "$dir" build.ninja >"$dir/configure.log" 2>&1 </dev/null; then return 0; fi
        tail -n 25 "$dir/configure.log" >&2
        return 1
    fi
    echo "== configuring build/$name"
    rm -rf "$dir" && mkdir "$dir" || return
    # shellcheck disable=SC2086  # the options are words
    if ! meson setup "$dir" "$top" $options >"$dir/configure.log" 2>&1 </dev/null; then
        grep -E -A3 'ERROR' "$dir/configure.log" >&2 || tail -n 25 "$dir/configure.log" >&2
        return 1
    fi
    printf '%s\n' "$wanted" >"$stamp"
}

# compile NAME [TARGET...]: silent when nothing is to do, the whole output of ninja when it fails.
compile() {
    local name=$1 began=$SECONDS log=$top/build/$1/compile.log
    shift
    if ! ninja -C "$top/build/$name" -j "$jobs" "$@" >"$log" 2>&1 </dev/null; then
        grep -E -A8 '^FAILED|error: |ERROR: |undefined reference' "$log" | head -n 60 >&2
        echo "error: build/$name does not build; the whole output is in build/$name/compile.log" >&2
        return 1
    fi
    echo "== built build/$name in $((SECONDS - began)) s"
}
