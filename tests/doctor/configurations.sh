# SPDX-License-Identifier: BSD-3-Clause
# Configurations that are refused by name, with a cure that then works. Sourced.

# refused CLAIM TOPIC PATTERN CURE-PATTERN SETTING...
refused() {
    local claim=$1 topic=$2 pattern=$3 mends=$4 settings=()
    shift 4
    local s
    for s in "$@"; do settings+=(--set "$s"); done
    if asks 1 "$doctor" "${settings[@]}" && line "$topic" | grep -qE -- "problem.*$pattern" &&
        cure "$topic" | grep -qE -- "$mends"; then ok "$claim"; else
        echo "# '$topic' should say '$pattern', and be mended by '$mends'"
        not_ok "$claim"
    fi
}

configurations() {
    local cores
    cores=$(nproc)
    printf '[[host]]\nname = "a"\n[host.engine]\ndrive = "inline"\n' >"$work/good.toml"
    claims 'a good file is good' asks 0 "$doctor" --config "$work/good.toml"
    reads 'and its engine is counted' engines 'ok .*1 engine, 0 dedicated'
    claims 'RINGSOCK_CONFIG is looked at without a flag' env RINGSOCK_CONFIG="$work/gone.toml" sh -c \
        "! '$doctor' >'$page' && grep -q 'problem file: .*gone.toml: cannot be opened' '$page'"
    claims 'a file that is missing is a problem' asks 1 "$doctor" --config "$work/gone.toml"
    refused 'a misspelt key is answered with the nearest' file "unknown key 'drvie'" "'drive'" \
        engine.drvie=inline
    refused 'more dedicated engines than cores are named' engines \
        "$((cores + 1)) dedicated on $cores cores?" '^--set engine.drive=inline$' \
        engine.drive=dedicated engine.count=$((cores + 1))
    # shellcheck disable=SC2046  # the cure is words
    claims 'and the cure is one' asks 0 "$doctor" --set engine.drive=dedicated \
        --set engine.count=$((cores + 1)) $(cure engines)
    refused 'a core that does not exist is named' engines 'core 999 does not exist' '' \
        engine.drive=dedicated 'engine.cores=[999]'
    refused 'a PCI device that is not there is named' 'interface local/0' \
        'no PCI device 0000:ff:1f.7' 'ls /sys/bus/pci/devices' host.0.interface.0.device=0000:ff:1f.7
    refused 'a driver that nobody has is named' 'interface local/0' "DPDK has no driver of that name" \
        '^ls .*pmds' host.0.interface.0.device=net_nonsense
    refused 'a packet device without interface says so' 'interface local/0' 'no interface named' \
        'iface=NAME' \
        host.0.interface.0.device=net_af_packet
    package_of_a_driver
}

# The package that a cure names is the one that brings the file, as dpkg knows it.
package_of_a_driver() {
    local file owner claim='the package of a driver is the one that brings it'
    file=$(find /usr/lib -name 'librte_net_tap.so.*' -path '*pmds*' | head -n 1)
    owner=$(dpkg -S "$file" 2>/dev/null | cut -d: -f1)
    if [ -z "$owner" ]; then skip "$claim" 'DPDK is not from packages'
    elif [ "$(id -u)" -ne 0 ]; then skip "$claim" 'only root can hide it'
    else
        mount -t tmpfs none "${file%/*}"
        asks 1 "$doctor" --set host.0.interface.0.device=net_tap
        umount "${file%/*}"
        claims "$claim" test "$(cure 'interface local/0')" = "sudo apt-get install -y $owner"
    fi
}
