// SPDX-License-Identifier: BSD-3-Clause
// PCI network devices: whose they are, and whether an IOMMU stands between them and memory.
#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

const std::string kDevices = "/sys/bus/pci/devices/";
constexpr std::size_t kMaxListed = 32;

bool iommu_works() {
    return !list_folder("/sys/kernel/iommu_groups").empty() || !list_folder("/sys/class/iommu").empty();
}

void look_at_iommu(Findings& page) {
    const std::string why = "vfio-pci lets a NIC reach this process's memory and no other";
    if (iommu_works()) {
        page.ok("IOMMU", counted(list_folder("/sys/kernel/iommu_groups").size(), "group"), why);
        return;
    }
    const std::string unsafe = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
    if (read_text(unsafe).value_or("") == "Y") {
        page.note("IOMMU", "none, and vfio goes without: a NIC may reach all memory", why,
                  "echo N | sudo tee " + unsafe);
        return;
    }
    page.note(
        "IOMMU", "none", why,
        "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&intel_iommu=on amd_iommu=on iommu=pt /' /etc/default/grub"
        " && sudo update-grub && sudo reboot   # or, in a guest without one: "
        "echo Y | sudo tee " +
            unsafe);
}

bool is_dpdk_driver(const std::string& driver) {
    return driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio";
}

// mlx4 and mlx5 share the device with the kernel and stay bound to its driver.
bool shares_with_kernel(const std::string& driver) {
    return driver == "mlx5_core" || driver == "mlx4_core";
}

void look_at_nic(Findings& page, const std::string& address) {
    const std::string folder = kDevices + address;
    const std::string vendor = read_text(folder + "/vendor").value_or("0x????").substr(2);
    const std::string device = read_text(folder + "/device").value_or("0x????").substr(2);
    const std::string driver = link_name(folder + "/driver");
    const std::string node = read_text(folder + "/numa_node").value_or("-1");
    std::string interfaces;
    bool is_up = false;
    std::vector<std::string> names = list_folder(folder + "/net");
    for (const std::string& child : list_folder(folder))  // virtio's interface hangs below its own bus
        if (child.starts_with("virtio"))
            for (const std::string& name : list_folder(folder + "/" + child + "/net")) names.push_back(name);
    for (const std::string& name : names) {
        interfaces += " " + name;
        is_up = is_up || read_text("/sys/class/net/" + name + "/operstate").value_or("") == "up";
    }
    std::string fact = vendor + ":" + device + ", driver " + (driver.empty() ? "none" : driver);
    if (!interfaces.empty()) fact += ", the kernel's" + interfaces + (is_up ? " (up)" : " (down)");
    if (node != "-1") fact += ", NUMA node " + node;
    const std::string topic = "NIC " + address;
    if (is_dpdk_driver(driver))
        page.ok(topic, fact, "device = \"" + address + "\" opens it");
    else if (shares_with_kernel(driver))
        page.ok(topic, fact, "its driver serves the kernel and DPDK together");
    else if (is_up)
        page.note(topic, fact,
                  "in use by the kernel: whoever is connected through it loses it when it is taken",
                  bind_cure(address));
    else
        page.note(topic, fact, "DPDK opens it once it is bound to vfio-pci", bind_cure(address));
}

}  // namespace

std::string bind_cure(const std::string& a) {
    return "sudo sh -c 'modprobe vfio-pci; echo vfio-pci >" + kDevices + a + "/driver_override; " +
           "test ! -e " + kDevices + a + "/driver || echo " + a + " >" + kDevices + a + "/driver/unbind; " +
           "echo " + a + " >/sys/bus/pci/drivers_probe'";
}

void look_at_nics(Findings& page) {
    page.chapter("PCI NICs");
    if (!exists("/sys/bus")) {
        page.note("PCI", "unknown: /sys is not mounted", "a NIC is found by its PCI address",
                  "sudo mount -t sysfs sysfs /sys");
        return;
    }
    look_at_iommu(page);
    std::size_t listed = 0;
    for (const std::string& address : list_folder(kDevices)) {
        // Class 02: network controllers.
        if (!read_text(kDevices + address + "/class").value_or("").starts_with("0x02")) continue;
        if (++listed <= kMaxListed) look_at_nic(page, address);
    }
    if (listed == 0)
        page.ok("PCI", "no network controller", "taps, packet sockets, memif and rings need none");
    if (listed > kMaxListed)
        page.ok("PCI", "and " + std::to_string(listed - kMaxListed) + " more", "the list ends here");
}

}  // namespace ringsock::doctor
