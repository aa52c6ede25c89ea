# SPDX-License-Identifier: BSD-3-Clause
# The doctor where there is nothing: its own file, the libraries ldd names, a shell. Sourced.

# into ROOT PROGRAM...: a program and its libraries
into() {
    local root=$1 file
    shift
    for file in "$@" $(ldd "$@" | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
        mkdir -p "$root${file%/*}"
        cp -L "$file" "$root$file"
    done
}

bare_chroot() {
    local root=$work/root sh
    sh=$(command -v dash || command -v bash)
    mkdir -p "$root/tmp"
    into "$root" "$doctor" "$sh" "$(command -v mount)" "$(command -v mkdir)" "$(command -v mknod)"
    mkdir -p "$root/bin"
    [ -e "$root/bin/sh" ] || cp "$sh" "$root/bin/sh"
    # Programs of the cures by name.
    local inside=(env -i "PATH=/bin:/usr/bin:/sbin:/usr/sbin" chroot "$root")
    cp "$work/bin/sudo" "$root/bin/sudo"
    claims 'in a bare chroot: a page with one problem' asks 1 "${inside[@]}" "$doctor"
    reads 'DPDK is missing' DPDK 'problem .*is not found'
    claims 'with the package that brings it' test "$(cure DPDK)" = 'sudo apt-get install -y libdpdk-dev'
    reads '/sys is missing' isolation 'note .*/sys is not mounted'
    reads '/proc is missing' 'cpu quota' 'note .*/proc is not mounted'
    reads 'the counter is known all the same' TSC 'nonstop: (yes|no)'
    reads 'and so are the cores' cores "$(nproc --all) core"
    claims 'it is one problem and no more' grep -q '^1 problem, ' "$page"
    claims 'an ordinary user gets the same there' asks 1 "${inside[@]::4}" \
        --userspec=65534:65534 --groups=65534 "$root" "$doctor"
    reads 'with fewer privileges' capabilities 'note .*without cap_net_admin'
    claims 'a configuration is read there too' asks 1 "${inside[@]}" "$doctor" \
        --set host.0.interface.0.device=net_tap
    reads 'and its device cannot work' 'interface local/0' 'problem .*/dev/net/tun cannot be opened'
    into "$root" "$(find /usr/lib -name 'librte_eal.so.[0-9][0-9]' ! -path '*pmds*' | head -n 1)"
    claims 'with the library of DPDK it is good' asks 0 "${inside[@]}" "$doctor"
    reads 'though without drivers' DPDK 'note .*no drivers in'
    # The cures of the page, by the shell in there.
    mkdir "$root/proc" "$root/sys"
    local mends
    mends="$(cure 'cpu quota') && $(cure isolation) && $(cure /dev/net/tun)"
    "${inside[@]}" /bin/sh -c "$mends" 2>"$work/said"
    claims 'once /proc, /sys and tun are there as the page says' asks 0 "${inside[@]}" "$doctor"
    reads 'the quota is known' 'cpu quota' '(none|worth)'
    reads 'isolation is known' isolation '(no core|isolcpus|one core)'
    reads 'and the tap device opens' /dev/net/tun '^  ok '
    umount "$root/proc" "$root/sys"
}
