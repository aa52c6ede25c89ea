#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ringsock-doctor against facts gathered otherwise, as root, as an ordinary user and in a bare chroot; and its
# cures, run as they stand on the page (sudo is a shim that runs the rest). What a cure does to a machine's
# boot, its PCI drivers or its cores' frequency only that machine can prove: there the files it writes are
# looked at, in copies. doctor_test.sh RINGSOCK-DOCTOR DPDK-VERSION; prints TAP.
set -u
doctor=$(realpath "$1") dpdk_version=$2
if [ "${RINGSOCK_INSIDE:-}" != yes ] && [ "$(id -u)" -eq 0 ]; then
    # Mounts, network interfaces and processes of our own, gone with us.
    RINGSOCK_INSIDE=yes exec unshare --mount --net --pid --mount-proc --fork --kill-child bash "$0" "$@"
fi
unset RINGSOCK_CONFIG
work=$(mktemp -d "${TMPDIR:-/tmp}/ringsock-doctor.XXXXXX")
chmod 755 "$work"
group=
clean_up() {
    cd /
    if [ -n "$group" ]; then echo 0 >"${group%/*}/tasks" 2>/dev/null; rmdir "$group" 2>/dev/null; fi
    umount -R "$work"/* 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
mkdir "$work/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
printf '#!/bin/sh\nexit 0\n' >"$work/bin/update-grub"
chmod 755 "$work/bin"/*
export PATH=$work/bin:$PATH

. "$(dirname "${BASH_SOURCE[0]}")/claims.sh"
. "$(dirname "${BASH_SOURCE[0]}")/facts.sh"
. "$(dirname "${BASH_SOURCE[0]}")/configurations.sh"
. "$(dirname "${BASH_SOURCE[0]}")/cures.sh"
. "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"

facts_of_this_machine
wrong_usage
configurations
cures_anybody_can_try
why_not="only root can"
if [ "$(id -u)" -eq 0 ]; then
    as_nobody
    cures_of_root
    cures_on_a_copied_machine
    bare_chroot
else
    for claim in 'an ordinary user beside root' 'cures of root' 'cures on a copied machine' \
        'a bare chroot'; do
        skip "$claim" "$why_not"
    done
fi
echo "1..$number"
