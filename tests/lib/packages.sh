# SPDX-License-Identifier: BSD-3-Clause
# Which Debian 12 packages the two commands need, and how they arrive. Sourced by tests/run and bench/run.
# A word "package|/path" is satisfied by the file too: another package of Debian may bring it.

packages_build="g++ meson ninja-build pkg-config libdpdk-dev libhwloc-dev libgtest-dev libbenchmark-dev
    libtomlplusplus-dev libcli11-dev nlohmann-json3-dev liburing-dev python3"
packages_test="valgrind nginx-light|/usr/sbin/nginx curl netcat-openbsd|/bin/nc.openbsd iproute2 ethtool
    libcap2-bin tcpdump"
packages_guest="qemu-system-x86|/usr/bin/qemu-system-x86_64 busybox-static|/bin/busybox cpio xz-utils"
packages_nightly="clang-14 libclang-rt-14-dev"

package_present() {
    local package=${1%%|*} file=
    [ "$package" = "$1" ] || file=${1#*|}
    [ -n "$file" ] && [ -e "$file" ] && return 0
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ]
}

# Runs as root. apt's lists may be absent or stale, another apt may hold the lock, the network may hiccup.
# policy-rc.d keeps a web server that we need only as a file from being started as a service.
packages_install_script='
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap "rm -f /usr/sbin/policy-rc.d" EXIT INT TERM
    printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
apt_get() { apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; }
have_lists() { ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; }
for attempt in 1 2 3; do
    if [ "$attempt" -gt 1 ] || ! have_lists; then apt_get update; fi
    if apt_get install -y --no-install-recommends "$@"; then exit 0; fi
    echo "apt-get install failed (attempt $attempt of 3)" >&2
    sleep $((attempt * 5))
done
exit 1
'

# need_packages PACKAGE...: returns when all are there; exits 2 with the one line that brings them otherwise.
need_packages() {
    [ "${RINGSOCK_SKIP_PACKAGES:-0}" = 1 ] && return 0
    if ! command -v dpkg-query >/dev/null; then
        echo "error: no dpkg-query here: this is no Debian. Install the counterparts of these packages:" >&2
        echo "       $*" >&2
        echo "       and start again with RINGSOCK_SKIP_PACKAGES=1 in the environment." >&2
        exit 2
    fi
    local word missing=()
    for word in "$@"; do
        package_present "$word" || missing+=("${word%%|*}")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    local become_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
            echo "error: packages are missing and need root. Run this line, then start again:" >&2
            echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
            exit 2
        fi
        become_root=(sudo -n)
    fi
    echo "== installing ${missing[*]}"
    if ! "${become_root[@]}" bash -c "$packages_install_script" packages "${missing[@]}" </dev/null; then
        echo "error: the packages could not be installed. The line that was tried:" >&2
        echo "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 2
    fi
}
