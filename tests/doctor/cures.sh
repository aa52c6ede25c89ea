# SPDX-License-Identifier: BSD-3-Clause
# Each cure is taken from the page and run. Sourced.

# mended CLAIM TOPIC COMMAND...: the page of COMMAND has a cure for TOPIC, and once it has run the line is ok
mended() {
    local claim=$1 topic=$2 text
    shift 2
    "$@" >"$page" 2>&1
    text=$(cure "$topic")
    if [ -z "$text" ] || line "$topic" | grep -q '^  ok '; then
        echo "# nothing to mend in '$topic'"
        not_ok "$claim"
        return
    fi
    eval "$text" >"$work/said" 2>&1 || { echo "# $text: $(head -n 3 "$work/said")"; }
    "$@" >"$page" 2>&1
    reads "$claim" "$topic" '^  ok '
}

cures_anybody_can_try() {
    if [ "$(nproc)" -gt 1 ]; then
        claims 'a process kept from cores is told so' asks 0 taskset -c 0 "$doctor"
        reads 'and which it has' cores 'note .*this process may use 0 '
        local all
        all=$(cure cores)
        claims 'and the cure frees it' sh -c \
            "taskset -pc 0 \$\$ >/dev/null; ${all:-false} >/dev/null; exec '$doctor' >'$page'"
        reads 'for all cores' cores 'ok .*may use all'
    else
        skip 'a process kept from cores' 'one core only'
    fi
    claims 'too little address space is a problem' sh -c \
        "ulimit -S -v 1500000; timeout 30 '$doctor' >'$page'; test \$? -eq 1"
    reads 'with its limit' 'address space' 'problem .*1500000 KiB'
    claims 'and the cure raises it' sh -c "ulimit -S -v 1500000; $(cure 'address space'); '$doctor' >'$page'"
    # Inside a namespace of its own the switch is its own too.
    if unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces' 2>/dev/null; then
        claims 'user namespaces switched off are named, and the cure switches them on' \
            unshare --user --map-root-user bash -c "
                echo 0 >/proc/sys/user/max_user_namespaces
                '$doctor' >'$page'
                grep -q 'note .*namespaces: .*max_user_namespaces is 0' '$page' || exit 1
                eval \"\$(grep -A1 ' namespaces:' '$page' | sed -n 's/^ *cure: //p')\" >/dev/null
                '$doctor' >'$page' && grep -q 'ok .*namespaces: ' '$page'"
    else
        skip 'user namespaces switched off' 'this kernel lets us make none to try it in'
    fi
}

cures_of_root() {
    local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    # A program of one's own, for an ordinary user: capabilities by setcap.
    cp "$doctor" "$work/program"
    if setcap cap_net_raw+ep "$work/program" 2>/dev/null &&
        "${nobody[@]}" "$work/program" >/dev/null 2>&1; then
        setcap -r "$work/program"
        local as_user=("${nobody[@]}" "$work/program" --program "$work/program")
        mended 'capabilities granted by setcap' capabilities "${as_user[@]}"
        setcap -r "$work/program"
        mended 'a tap for an ordinary user, by the same' 'interface local/0' "${as_user[@]}" \
            --set host.0.interface.0.device=net_tap
    else
        skip 'capabilities granted by setcap' 'this file system keeps no capabilities'
    fi
    # /dev/net as one finds it in containers: missing, then private.
    if [ -d /dev/net ] && mount -t tmpfs none /dev/net; then
        mended 'a missing /dev/net/tun is made' /dev/net/tun "$doctor"
        chmod 600 /dev/net/tun
        mended 'a private one is opened to all' /dev/net/tun "${nobody[@]}" "$doctor"
        umount /dev/net
    else
        skip 'a missing /dev/net/tun' 'nothing can be mounted there'
    fi
    mended 'an interface that is missing is made' 'interface local/0' "$doctor" \
        --set host.0.interface.0.device=net_af_packet --set host.0.interface.0.arguments=iface=rsdoc0
    ip link set dev rsdoc0 mtu 1000
    mended 'its MTU is raised' 'interface local/0' "$doctor" --set host.0.interface.0.mtu=1400 \
        --set host.0.interface.0.device=net_af_packet --set host.0.interface.0.arguments=iface=rsdoc0
    cure_of_quota
    cure_of_hugepages
    cure_of_memory
}

# A control group of our own with half a core, in whichever kind this machine has.
cure_of_quota() {
    local file value
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        group=/sys/fs/cgroup/ringsock-doctor-$$ file=cpu.max value='50000 100000'
        echo +cpu >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
    else
        group=/sys/fs/cgroup/cpu/ringsock-doctor-$$ file=cpu.cfs_quota_us value=50000
    fi
    if mkdir "$group" 2>/dev/null && echo "$value" 2>/dev/null >"$group/$file"; then
        mended 'a quota of processor time is lifted' 'cpu quota' \
            sh -c "echo 0 >'$group/${members:-cgroup.procs}' && exec '$doctor'"
    else
        skip 'a quota of processor time' 'this machine lets us make no control group'
    fi
    rmdir "$group" 2>/dev/null
    group=
}

cure_of_hugepages() {
    local before
    before=$(cat /proc/sys/vm/nr_hugepages)
    if [ "$before" -ne 0 ]; then
        skip 'hugepages reserved and mapped' "this machine has $before already"
        return
    fi
    mended 'hugepages reserved and mapped' hugepages "$doctor"
    reads 'and found usable' hugepages 'usable through memfd'
    echo "$before" >/proc/sys/vm/nr_hugepages
}

# A machine with 64 MiB left, as its /proc would say.
cure_of_memory() {
    printf 'MemTotal: 1048576 kB\nMemAvailable: 131072 kB\n' >"$work/meminfo"
    if ! mount --bind "$work/meminfo" /proc/meminfo; then
        skip 'packets that do not fit in memory' 'nothing can be mounted over /proc/meminfo'
        return
    fi
    local wire=(--set host.0.interface.0.device=net_null --set limits.packets=200000) fits
    claims 'packets that do not fit in memory are named' asks 1 "$doctor" "${wire[@]}"
    reads 'with both sizes' 'memory needed' 'problem .*packets [0-9]* MiB .*available are 128 MiB'
    fits=$(cure 'memory needed')
    # shellcheck disable=SC2086  # the cure is words
    claims 'and the number in the cure fits' asks 0 "$doctor" "${wire[@]}" ${fits:-none}
    umount /proc/meminfo
}

# /sys and the boot loader's file as copies: what would be written where.
cures_on_a_copied_machine() {
    local sys=$work/sys cpu=devices/system/cpu clock=devices/system/clocksource/clocksource0
    local nic=bus/pci/devices/0000:05:00.0
    mkdir -p "$sys/$cpu"/cpu{0,1}/cpufreq "$sys/$clock" "$sys/$nic/net/lan0" "$sys/class/net/lan0" \
        "$sys"/bus/pci/drivers/{e1000e,vfio-pci} "$sys"/devices/system/node/node{0,1} \
        "$sys/kernel/mm/transparent_hugepage" "$sys/kernel/mm/hugepages/hugepages-2048kB" \
        "$sys/kernel/iommu_groups"
    echo 0-1 >"$sys/$cpu/online"
    : >"$sys/$cpu/isolated"
    echo powersave | tee "$sys/$cpu/cpu0/cpufreq/scaling_governor" >"$sys/$cpu/cpu1/cpufreq/scaling_governor"
    echo hpet >"$sys/$clock/current_clocksource"
    echo 'tsc hpet' >"$sys/$clock/available_clocksource"
    echo 'always madvise [never]' >"$sys/kernel/mm/transparent_hugepage/enabled"
    echo 7 | tee "$sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages" \
        >"$sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
    echo 0x020000 >"$sys/$nic/class"
    echo 0x8086 >"$sys/$nic/vendor"
    echo 0x10d3 >"$sys/$nic/device"
    echo 1 >"$sys/$nic/numa_node"
    echo up >"$sys/class/net/lan0/operstate"
    : >"$sys/bus/pci/drivers/e1000e/unbind"
    ln -s ../../drivers/e1000e "$sys/$nic/driver"
    mkdir -p "$work/etc"
    echo 'GRUB_CMDLINE_LINUX="quiet"' >"$work/etc/grub"
    if ! mount --rbind "$sys" /sys; then
        skip 'cures on a copied machine' 'nothing can be mounted over /sys'
        return
    fi
    claims 'a copied machine is looked at' asks 0 "$doctor"
    reads 'two NUMA nodes are seen' NUMA '2 nodes'
    reads 'a NIC in use by the kernel is told apart' 'NIC 0000:05:00.0' \
        'note .*8086:10d3, driver e1000e, the kernel.s lan0 \(up\), NUMA node 1 - in use'
    mended 'the governor is set on all cores' frequency "$doctor"
    claims 'on the second core too' grep -qx performance "/sys/$cpu/cpu1/cpufreq/scaling_governor"
    mended 'the clock source is set' TSC "$doctor"
    "$doctor" >"$page"
    eval "$(cure '2 MiB pages')" >/dev/null
    claims 'transparent hugepages are set to madvise' \
        grep -qx madvise /sys/kernel/mm/transparent_hugepage/enabled
    cure_of_boot "$(cure isolation)" isolcpus=1
    cure_of_boot "$(cure IOMMU | sed 's/ *#.*//')" intel_iommu=on
    "$doctor" >"$page"
    local text
    text=$(cure 'NIC 0000:05:00.0')
    PATH=$work/no-modprobe:$PATH eval "$text" 2>/dev/null
    claims 'taking a NIC from the kernel: driver_override' grep -qx vfio-pci "/sys/$nic/driver_override"
    claims 'unbind' grep -qx 0000:05:00.0 /sys/bus/pci/drivers/e1000e/unbind
    claims 'and probe' grep -qx 0000:05:00.0 /sys/bus/pci/drivers_probe
    refused 'a configuration with that NIC names the same cure' 'interface local/0' 'bound to e1000e' \
        'driver_override' host.0.interface.0.device=0000:05:00.0
    ln -sfn ../../drivers/vfio-pci "$sys/$nic/driver"
    claims 'once it is bound' asks 0 "$doctor" --set host.0.interface.0.device=0000:05:00.0
    reads 'the line is good' 'NIC 0000:05:00.0' 'ok .*driver vfio-pci'
    reads 'and the interface too' 'interface local/0' 'ok '
    umount -l /sys
}

# cure_of_boot CURE WORD: everything but the reboot, on a copy of the boot loader's file
cure_of_boot() {
    local text=$1 word=$2 mounted=no
    [ -e /etc/default/grub ] || { mkdir -p /etc/default && : >/etc/default/grub && made_grub=yes; }
    mount --bind "$work/etc" /etc/default && mounted=yes
    # sed -i makes a new file: the folder is the copy, not the file.
    case $text in
        *' && sudo reboot') eval "${text% && sudo reboot}" ;;
        *) echo "# no reboot in: $text" ;;
    esac
    claims "the boot line gets $word" grep -q "^GRUB_CMDLINE_LINUX=\"$word.* quiet\"" "$work/etc/grub"
    [ $mounted = yes ] && umount /etc/default
    [ "${made_grub:-}" = yes ] && rm -f /etc/default/grub
    made_grub=
    echo 'GRUB_CMDLINE_LINUX="quiet"' >"$work/etc/grub"
}
