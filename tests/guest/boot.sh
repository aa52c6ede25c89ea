#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Boots a guest with emulated PCI NICs, runs a command there, prints what it prints and ends with its exit
# code; 125: the guest died or its time was over, and the end of its console is shown.
#
#     boot.sh -i IMAGE -r RIG [OPTION]... -- COMMAND [ARGUMENT]...
#
#   -i IMAGE   folder with vmlinux and initrd (image.sh)
#   -r RIG     folder that the guest sees as /run/rig and may write to
#   -d NIC     a NIC for DPDK: MODEL[,PROPERTY=VALUE]...@hub:N or @tap:INTERFACE[:QUEUES]
#   -k NIC     a NIC for the guest's kernel, which calls it k0, k1, ...
#   -D DRIVER  vfio-pci (with an emulated IOMMU, the default) or uio_pci_generic
#   -c NUMBER  processors (2)
#   -H NUMBER  hugepages of 2 MiB (256)
#   -t SECONDS time limit (300)
#
# The guest sees the machine's files by their own paths, read-only, and the current directory is the same.
# NICs stand in slots 05, 06, ... in the order given: 0000:00:05.0 is the first. In the guest, $GUEST_PORTS
# are the addresses of DPDK's NICs, $GUEST_DRIVER their driver, and a line written to /dev/guest.monitor is a
# command for QEMU's monitor, where the NICs are nic0, nic1, ...: set_link nic0 off.
set -u
image='' rig='' driver=vfio-pci hugepages=256 processors=2 limit=300
nics=() ports='' kernel_ports='' modules='' number=0

usage() { sed -n '3,22s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# backend NAME: QEMU's -netdev for hub:N or tap:INTERFACE[:QUEUES]
backend() {
    local interface=${1#tap:} queues=1
    case $1 in
        hub:*) echo "hubport,hubid=${1#hub:}"; return ;;
        tap:*:*) queues=${1##*:} interface=${interface%:*} ;;
        tap:*) ;;
        *) usage ;;
    esac
    echo "tap,ifname=$interface,script=no,downscript=no,vhost=off,queues=$queues"
}

# kernel_module MODEL
kernel_module() {
    case $1 in
        virtio*) echo virtio_net ;;
        *) echo "$1" ;;
    esac
}

# add_nic d|k MODEL,...@BACKEND
add_nic() {
    local device=${2%%@*} slot
    slot=$(printf %02x $((5 + number)))
    # Under an IOMMU a virtio device goes past it unless told not to.
    case $driver:$device in vfio-pci:virtio*) device+=,disable-legacy=on,iommu_platform=on ;; esac
    nics+=(-netdev "$(backend "${2#*@}"),id=net$number"
        -device "$device,netdev=net$number,id=nic$number,addr=0x$slot,mac=52:54:00:00:00:$slot,romfile=")
    if [ "$1" = d ]; then ports+=" 0000:00:$slot.0"; else
        kernel_ports+=" 0000:00:$slot.0"
        modules+=" $(kernel_module "${device%%,*}")"
    fi
    number=$((number + 1))
}

wanted=()
while getopts i:r:d:k:D:c:H:t: option; do
    case $option in
        i) image=$OPTARG ;;
        r) rig=$OPTARG ;;
        d | k) wanted+=("$option" "$OPTARG") ;;
        D) driver=$OPTARG ;;
        c) processors=$OPTARG ;;
        H) hugepages=$OPTARG ;;
        t) limit=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ -n "$image" ] && [ -n "$rig" ] && [ $# -gt 0 ] || usage
for ((i = 0; i < ${#wanted[@]}; i += 2)); do add_nic "${wanted[i]}" "${wanted[i + 1]}"; done

mkdir -p "$rig"
rm -f "$rig/code" "$rig/out" "$rig/monitor"
mkfifo "$rig/out"
printf "GUEST_DRIVER=%s\nGUEST_PORTS='%s'\nGUEST_KERNEL_PORTS='%s'\nGUEST_MODULES='%s'\n" \
    "$driver" "${ports# }" "${kernel_ports# }" "${modules# }" >"$rig/settings"
{
    echo '. /run/rig/settings; export GUEST_DRIVER GUEST_PORTS GUEST_KERNEL_PORTS'
    printf 'cd %q && exec' "$PWD"
    printf ' %q' "$@"
    echo
} >"$rig/command"

append="console=ttyS0 quiet panic=-1 hugepages=$hugepages nokaslr mitigations=off tsc=reliable"
# An emulated timer on a busy machine may be late for the kernel's check of it, which ends in a panic.
append+=' no_timer_check rdinit=/init'
iommu=()
if [ "$driver" = vfio-pci ]; then
    iommu=(-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48)
    append+=' intel_iommu=on iommu=pt'
fi
# Held open at both ends: at end of file the guest's console would block for ever. cat ends when we let go.
exec 3<>"$rig/out"
cat "$rig/out" 3>&- &
reader=$!
timeout --kill-after=5 "$limit" qemu-system-x86_64 \
    -M q35,accel=tcg,kernel-irqchip=off -cpu max -smp "$processors" -m 1536 \
    -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$image/vmlinux" -initrd "$image/initrd" -append "$append" \
    -serial "file:$rig/console" \
    "${iommu[@]}" "${nics[@]}" \
    -chardev "socket,id=monitor,path=$rig/monitor,server=on,wait=off" -mon monitor \
    -chardev "socket,id=word,path=$rig/monitor" -chardev "file,id=out,path=$rig/out" \
    -device virtio-serial-pci -device virtserialport,chardev=out,name=guest.out \
    -device virtserialport,chardev=word,name=guest.monitor \
    -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
    -virtfs "local,path=$rig,mount_tag=rig,security_model=none" \
    </dev/null >"$rig/qemu" 2>&1 3>&- &
qemu=$!
trap 'kill "$qemu" 2>/dev/null' INT TERM
wait "$qemu"
qemu_code=$?
exec 3>&-
wait "$reader"
[ -s "$rig/code" ] && exit "$(cat "$rig/code")"
echo "boot.sh: no exit code from the guest; QEMU ended with $qemu_code" >&2
tail -n 8 "$rig/console" "$rig/qemu" >&2
exit 125
