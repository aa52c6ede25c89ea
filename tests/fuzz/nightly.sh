#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Hours of fuzzing, for tests/run --nightly: clang's libFuzzer guided by coverage, then fresh seeds against
# living engines, RINGSOCK_FUZZ_SECONDS for each (default 1800). A failing input stays in build/fuzz/found/
# and goes into corpus/ with its fix. Exit code 0 when nothing was found.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
seconds=${RINGSOCK_FUZZ_SECONDS:-1800} out=build/fuzz failed=0
mkdir -p $out/found || exit 1
if ! compiler=$(command -v clang++-14 || command -v clang++); then
    echo "error: clang++ is missing: apt-get install clang-14 libclang-rt-14-dev" >&2
    exit 1
fi

for source in tests/fuzz/fuzz_*.cc; do
    target=$(basename "$source" .cc)
    corpus=tests/fuzz/corpus/${target#fuzz_}
    echo "== $target, $seconds s guided by coverage"
    mkdir -p "$out/$target"
    if ! "$compiler" -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -DRINGSOCK_DCHECKS -Iruntime \
        -march=x86-64-v2 "$source" runtime/wire/*.cc runtime/base/assert.cc -o "$out/$target.run"; then
        failed=1
        continue
    fi
    "$out/$target.run" -max_len=1600 "-max_total_time=$seconds" -verbosity=0 -use_value_profile=1 \
        "-artifact_prefix=$out/found/$target-" "$out/$target" "$corpus" || failed=1
done

engines=build/asan/tests/fuzz/engine_frames
if [ -x $engines ]; then
    echo "== living engines, fresh seeds for $seconds s"
    until_second=$((SECONDS + seconds))
    while [ $SECONDS -lt $until_second ]; do
        seed=$RANDOM$RANDOM
        $engines 500000 $seed || { echo "engine_frames 500000 $seed failed"; failed=1; break; }
    done
fi
exit $failed
