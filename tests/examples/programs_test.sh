#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The installed programs from their command lines, on the embedded default: exit codes, one line that says
# what is wrong, and an end when they are told to. programs_test.sh RINGSOCK-GET RINGSOCK-ECHO
# RINGSOCK-SEND; prints TAP.
set -u
get=$1 echo_server=$2 send=$3
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
unset RINGSOCK_CONFIG
number=0

verdict() {
    number=$((number + 1))
    if [ "$1" = yes ]; then echo "ok $number - $2"; else
        head -n 10 "$work/said" | sed 's/^/# /'
        echo "not ok $number - $2"
    fi
}

# says CODE WORD CLAIM COMMAND...: that exit code, and that word in what it prints
says() {
    local code=$1 word=$2 claim=$3 got=0
    shift 3
    timeout 60 "$@" >"$work/said" 2>&1 </dev/null || got=$?
    if [ $got -eq "$code" ] && grep -qF -- "$word" "$work/said"; then verdict yes "$claim"; else
        echo "# exit code $got instead of $code, or '$word' is missing: $*"
        verdict no "$claim"
    fi
}
says_one_line() {
    says "$@"
    [ "$(wc -l <"$work/said")" -eq 1 ] && verdict yes "$3, in one line" || verdict no "$3, in one line"
}

says 0 --output 'ringsock-get explains itself' "$get" --help
says 2 url 'ringsock-get wants a URL' "$get"
says_one_line 2 'ftp://' 'a URL that it cannot fetch is named' "$get" ftp://127.0.0.1/
says_one_line 1 WSAECONNREFUSED 'a closed port of the own host refuses' "$get" http://127.0.0.1:9/
says_one_line 1 WSAENETUNREACH 'a network without a route is unreachable' "$get" http://198.51.100.1/
says_one_line 1 WSAEHOSTUNREACH 'an address that nobody answers for is unreachable' "$get" http://10.99.0.2/
says_one_line 1 WSAETIMEDOUT 'a silent address times out' "$get" --timeout 1 http://192.0.2.1/
says_one_line 1 gone.toml 'a configuration that is missing is named' \
    "$get" --config "$work/gone.toml" http://127.0.0.1/
says_one_line 1 drive 'a misspelt key is answered with the nearest' \
    "$get" --set engine.drvie=inline http://127.0.0.1/
printf '[engine]\n\ndrive = "sideways"\n' >"$work/wrong.toml"
says_one_line 1 wrong.toml:3 'a wrong value is answered with its line' \
    "$get" --config "$work/wrong.toml" http://127.0.0.1/
export RINGSOCK_CONFIG=$work/wrong.toml
says_one_line 1 wrong.toml:3 'RINGSOCK_CONFIG is read without a flag' "$get" http://127.0.0.1/
unset RINGSOCK_CONFIG
says 1 WSAECONNREFUSED 'a dedicated engine gives the same answer' \
    "$get" --set engine.drive=dedicated http://127.0.0.1:9/

says 0 --retry 'ringsock-send explains itself' "$send" --help
says 2 address 'ringsock-send wants an address' "$send"
says_one_line 4 "$work/gone" 'a file that it cannot read is named' "$send" 127.0.0.1 9 "$work/gone"
says_one_line 1 WSAECONNREFUSED 'it is refused by a closed port' "$send" 127.0.0.1 9 "$0"

says 0 --port 'ringsock-echo explains itself' "$echo_server" --help
says 2 --port 'a port that is none is wrong usage' "$echo_server" --port 70000
timeout 60 "$echo_server" --port 7 >"$work/said" 2>&1 &
server=$!
for _ in $(seq 100); do grep -q listening "$work/said" && break; sleep 0.05; done
claim='it says where it listens'
grep -q 'listening on 0.0.0.0:7' "$work/said" && verdict yes "$claim" || verdict no "$claim"
"$get" http://127.0.0.1:9/ >/dev/null 2>&1
[ $? -eq 1 ] && verdict yes 'a second process runs beside it' || verdict no 'a second process runs beside it'
kill -TERM $server
wait $server && verdict yes 'it ends well when told to' || verdict no 'it ends well when told to'
echo "1..$number"
