#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ringsock on DPDK's driver for one emulated NIC, in a guest, under vfio-pci and under uio_pci_generic; the
# peer is the kernel of this machine, through a tap. What is asked for: nic_inside.sh.
# nic_test.sh IMAGE MODEL GET ECHO LINK-FLAP ENGINE-SHARE DOCTOR [BOOT [PARTS]]; prints TAP.
# With BOOT (vfio, uio, bare, hub) only that life, with PARTS ("transfers cable_cut") only those parts of it.
image=$(realpath -m "$1") model=$2 only=${8:-} parts=${9:-}
programs=("$(realpath "$3")" "$(realpath "$4")" "$(realpath "$5")" "$(realpath "$6")" "$(realpath "$7")")
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lab.sh
guest_enter "$0" "$image" "$model" "${programs[@]}" "$only" "$parts"

peer_begin 5000000
file=$lab/www/file
case $model in
    virtio) nic=virtio-net-pci,mq=on,vectors=10,rss=on queues=4 processors=4 ;;
    *) nic=$model queues=1 processors=2 ;;
esac
# life NAME DRIVER NICS PART...: NICS are boot.sh's arguments, words
life() {
    local name=$1 driver=$2 nics=$3
    shift 3
    [ -z "$only" ] || [ "$only" = "$name" ] || return
    new_tap $queues || { tap_not_ok "$name: a tap"; return; }
    # shellcheck disable=SC2086  # the parts are words
    boot "$name" -D "$driver" -c $processors $nics -- ./nic_inside.sh "$model" "$file" "${programs[@]}" \
        "$peers" ${parts:-"$@"}
}
on_tap="-d $nic@tap:t0:$queues"
life vfio vfio-pci "$on_tap" transfers sharing cable_cut waiting jumbo unplugged
life uio uio_pci_generic "$on_tap" transfers cable_cut waiting
[ "$model" != e1000e ] || life bare vfio-pci "-H 0 $on_tap" without_hugepages
# On a hub virtio offers no offload at all, and the peer is the guest's own kernel.
[ "$model" != virtio ] || life hub vfio-pci "-d virtio-net-pci@hub:0 -k virtio-net-pci@hub:0" transfers
tap_plan $tap_number
