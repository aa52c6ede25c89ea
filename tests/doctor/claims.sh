# SPDX-License-Identifier: BSD-3-Clause
# Looking at a page of the doctor's, and TAP. Sourced; $work, $doctor.
number=0
page=$work/page

ok() { number=$((number + 1)); echo "ok $number - $1"; }
skip() { number=$((number + 1)); echo "ok $number - $1 # SKIP $2"; }
not_ok() {
    number=$((number + 1))
    echo "not ok $number - $1"
    head -n 60 "$page" | sed 's/^/# /'
}

# asks CODE COMMAND...: the page of that call, and whether it ended with that code
asks() {
    local code=$1 got=0
    shift
    timeout 30 "$@" >"$page" 2>&1 </dev/null || got=$?
    [ $got -eq "$code" ] && return 0
    echo "# exit code $got instead of $code: $*"
    return 1
}

# line TOPIC: its line of the page; cure TOPIC: the command behind "cure:" of it
line() { grep -E "^  (ok|note|problem) +$1:" "$page"; }
cure() { grep -E -A1 "^  (ok|note|problem) +$1:" "$page" | sed -n 's/^ *cure: //p'; }

# reads CLAIM TOPIC PATTERN: that line of the last page matches
reads() {
    if line "$2" | grep -qE -- "$3"; then ok "$1"; else
        echo "# the line of '$2' does not match: $3"
        not_ok "$1"
    fi
}

# claims CLAIM COMMAND...
claims() {
    local claim=$1
    shift
    if "$@"; then ok "$claim"; else not_ok "$claim"; fi
}
