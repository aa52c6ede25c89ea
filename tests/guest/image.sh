# SPDX-License-Identifier: BSD-3-Clause
# Debian's kernel and a small initial file system for the guest, kept in one folder. Sourced:
#
#     guest_image FOLDER        FOLDER/vmlinux and FOLDER/initrd are there, or why_no_image says why not
#
# The kernel comes as a package that is unpacked and not installed. The guest's root is the host's own "/"
# (boot.sh), so the initial file system holds busybox, a few modules and init.

# 9p and virtio for the rig itself; vfio and uio hand NICs to DPDK; the rest drives NICs for the guest's own
# kernel.
guest_modules='virtio_pci virtio_console 9pnet_virtio 9p overlay vfio_iommu_type1 vfio-pci uio_pci_generic
    virtio_net e1000 e1000e vmxnet3'

# The package of the kernel that Debian's metapackage stands for.
guest_kernel_package() {
    apt-cache depends linux-image-amd64 2>/dev/null |
        sed -n 's/ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# In the current directory: the newest kernel's files under kernel/.
fetch_kernel() {
    local package
    package=$(guest_kernel_package)
    [ -n "$package" ] || { echo "apt knows no linux-image-amd64; apt-get update"; return 1; }
    apt-get -q -o Acquire::Retries=3 download "$package" || return
    dpkg -x "$package"_*.deb kernel && rm "$package"_*.deb
}

# Unpacked here: the guest's own xz would take four seconds of every boot.
unpack_vmlinux() {
    local offset
    offset=$(LC_ALL=C grep -aboP '\xfd7zXZ\x00' kernel/boot/vmlinuz-* | head -n 1 | cut -d: -f1)
    [ -n "$offset" ] || { echo "no xz stream in vmlinuz"; return 1; }
    # What follows the stream makes xz complain; the size tells whether it did its work.
    tail -c +$((offset + 1)) kernel/boot/vmlinuz-* | xz -dc --single-stream >vmlinux 2>/dev/null
    [ "$(stat -c %s vmlinux)" -gt 20000000 ]
}

# pack_initrd INIT
pack_initrd() {
    local version tree module line file
    version=$(ls kernel/lib/modules) tree=kernel/lib/modules/$version
    busybox depmod -b kernel "$version" || return
    mkdir -p root/bin root/dev root/proc root/sys "root/lib/modules/$version"
    cp "$(command -v busybox)" root/bin/busybox
    install -m 755 "$1" root/init
    for module in $guest_modules; do
        line=$(grep "/$module\.ko:" "$tree/modules.dep")
        [ -n "$line" ] || { echo "this kernel has no module $module"; return 1; }
        for file in ${line%%:*} ${line#*:}; do
            install -D -m 644 "$tree/$file" "root/lib/modules/$version/$file" || return
        done
    done
    busybox depmod -b root "$version" || return
    (cd root && find . | cpio -o -H newc --quiet) | gzip -1 >initrd
}

# guest_image FOLDER: makes both files unless they are there and as new as init; one maker at a time.
guest_image() {
    local folder=$1 init work
    init=$(realpath init)
    mkdir -p "$folder" || { why_no_image="cannot write $folder"; return 1; }
    exec 8>"$folder/lock"
    flock 8
    if [ -s "$folder/vmlinux" ] && [ "$folder/initrd" -nt "$init" ] &&
        [ "$folder/initrd" -nt image.sh ]; then
        exec 8>&-
        return 0
    fi
    work=$(mktemp -d "$folder/making.XXXXXX")
    if (cd "$work" && fetch_kernel && unpack_vmlinux && pack_initrd "$init") >"$folder/log" 2>&1; then
        mv "$work/vmlinux" "$work/initrd" "$folder/"
        why_no_image=
    else
        why_no_image="no guest kernel: $(tail -n 1 "$folder/log")"
    fi
    rm -rf "$work"
    exec 8>&-
    [ -z "$why_no_image" ]
}
