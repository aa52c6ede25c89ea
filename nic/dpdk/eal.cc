// SPDX-License-Identifier: BSD-3-Clause
// Starting DPDK without disturbing the process it lives in, see eal.h. All of it was measured on 22.11:
// rte_eal_init pins its thread, refuses a second call, cannot retry a failed memory set-up, and gives 64 MB
// when --no-huge comes without -m.
#include "nic/dpdk/eal.h"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "nic/dpdk/eal_log.h"

namespace ringsock::dpdk {
namespace {

// Address space for device structures and the heads of pools (1 to 2 MiB a pool) when there are no hugepages.
// Untouched memory costs nothing, and packet buffers bring their own (mempool.cc).
constexpr std::uint64_t kPlainMegabytes = 512;
constexpr std::uint64_t kLeastMegabytes = 64;

struct HugeChoice {
    bool usable = false;
    std::uint64_t page_bytes = 0;
    std::uint64_t free_bytes = 0;
};

struct Eal {
    std::mutex mutex;
    std::condition_variable changed;
    bool asked = false;
    bool done = false;
    bool running = false;
    PciUse pci = PciUse::no;
    HugeChoice huge;
    std::uint64_t start_us = 0;
    std::vector<std::string> arguments;
    NicError failure;
};

// Never destroyed: its thread lives as long as the process.
Eal& eal() noexcept {
    static Eal* const the_eal = new Eal;
    return *the_eal;
}

// DPDK cannot be told to try hugepages and fall back: whoever starts it must know beforehand (T10).
HugeChoice choose_hugepages(std::uint64_t bytes_wanted) {
    HugeChoice best;
    for (const HugepageSupply& supply : read_hugepages()) {
        const std::uint64_t free_bytes = supply.free * supply.page_bytes;
        if (free_bytes < bytes_wanted || free_bytes == 0) continue;
        const bool smaller_page = !best.usable || supply.page_bytes < best.page_bytes;
        if (smaller_page && may_map_hugepage(supply.page_bytes)) best = {true, supply.page_bytes, free_bytes};
    }
    return best;
}

// "0,1,4": the cores this process may use, so that EAL's thread keeps the affinity the process was given.
std::string allowed_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::string text;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int core = 0; core < CPU_SETSIZE; ++core)
            if (CPU_ISSET(core, &set)) {
                if (!text.empty()) text += ',';
                text += std::to_string(core);
            }
    return text.empty() ? "0" : text;
}

// Less where the process may not have that much address space (ulimit -v).
std::uint64_t plain_megabytes() {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kPlainMegabytes;
    return std::clamp<std::uint64_t>(limit.rlim_cur >> 23, kLeastMegabytes, kPlainMegabytes);  // an eighth
}

std::vector<std::string> build_arguments(const HugeChoice& huge, PciUse pci) {
    std::vector<std::string> a = {"ringsock", "--lcores=0@(" + allowed_cores() + ")",
                                  "--file-prefix=ringsock-" + std::to_string(getpid()), "--no-shconf",
                                  "--no-telemetry"};
    if (pci == PciUse::no) a.push_back("--no-pci");
    // The kind of address a NIC is given: virtual ones through an IOMMU (vfio-pci), physical ones without
    // (uio_pci_generic), which only hugepages have. DPDK looks at what is bound to what.
    if (pci == PciUse::no || !huge.usable) a.push_back("--iova-mode=va");
    if (huge.usable) {
        a.push_back("--in-memory");
        a.push_back("--single-file-segments");  // vhost shares its memory by file descriptor
    } else {
        a.push_back("--no-huge");
        a.push_back("-m");
        a.push_back(std::to_string(plain_megabytes()));
    }
    return a;
}

void run_init(Eal& e) {
    const auto before = std::chrono::steady_clock::now();
    std::vector<char*> argv;
    for (std::string& argument : e.arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    capture_log();
    const std::uint64_t mark = log_mark();
    const int result = rte_eal_init(static_cast<int>(argv.size() - 1), argv.data());
    const int error = rte_errno;
    capture_log();
    // The run-time directory is empty with --no-shconf; leave nothing behind.
    if (result >= 0) {
        if (const char* directory = rte_eal_get_runtime_dir()) rmdir(directory);
    }
    const auto took = std::chrono::steady_clock::now() - before;
    const std::lock_guard guard(e.mutex);
    e.start_us =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    e.running = result >= 0;
    if (!e.running) {
        const std::string said = worst_line_since(mark);
        const bool memory = error == ENOMEM;
        e.failure = {memory ? NicErrorKind::no_memory : NicErrorKind::environment,
                     std::string(rte_version()) + " did not start: " + rte_strerror(error) +
                         (said.empty() ? "" : " (it said: " + said + ")") +
                         (memory ? "; free some memory or lower limits.packets"
                                 : "; a process can start it only once")};
    }
    e.done = true;
    e.changed.notify_all();
}

// EAL's main thread. rte_eal_init changes the affinity of the thread it runs on and DPDK takes that thread
// for its main one, so it gets a thread of its own, parked for ever.
void* eal_thread(void* argument) {
    Eal& e = *static_cast<Eal*>(argument);
    pthread_setname_np(pthread_self(), "ringsock-eal");
    run_init(e);
    for (;;) pause();
    return nullptr;
}

bool start_thread(Eal& e) {
    // The application's signals are the application's business.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, eal_thread, &e);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return error == 0;
}

}  // namespace

std::optional<NicError> start_eal(std::uint64_t bytes_wanted, PciUse pci) {
    Eal& e = eal();
    std::unique_lock lock(e.mutex);
    if (!e.asked) {
        e.asked = true;
        e.pci = pci;
        e.huge = choose_hugepages(bytes_wanted);
        e.arguments = build_arguments(e.huge, pci);
        if (!start_thread(e)) {
            e.done = true;
            e.failure = {NicErrorKind::environment,
                         "DPDK did not start: no thread could be created (raise ulimit -u)"};
        }
    }
    e.changed.wait(lock, [&] { return e.done; });
    if (!e.running) return e.failure;
    if (pci == PciUse::yes && e.pci == PciUse::no)
        return NicError{NicErrorKind::environment,
                        "DPDK was started without PCI by an earlier device of this process: "
                        "name the PCI device in the first host that is started"};
    return std::nullopt;
}

bool eal_is_running() noexcept {
    Eal& e = eal();
    const std::lock_guard guard(e.mutex);
    return e.running;
}

bool eal_has_hugepages() noexcept {
    Eal& e = eal();
    const std::lock_guard guard(e.mutex);
    return e.running && e.huge.usable;
}

std::string describe_eal() {
    Eal& e = eal();
    const std::lock_guard guard(e.mutex);
    std::string text = rte_version();
    if (!e.running) return text + (e.done ? ", not running: " + e.failure.message : ", not started");
    text += e.huge.usable ? ", hugepages of " + std::to_string(e.huge.page_bytes >> 10) + " KiB"
                          : ", no hugepages";
    return text + ", started in " + std::to_string(e.start_us / 1000) + " ms";
}

Result<Lane, NicError> Lane::reserve() {
    Eal& e = eal();
    const std::lock_guard guard(e.mutex);
    RS_ASSERT(e.running);
    // rte_thread_register gives the calling thread a free id and writes it to a thread-local; taking that
    // back out of the thread leaves the id reserved for whoever puts it on (LaneScope).
    const LaneScope scope(LCORE_ID_ANY);
    if (rte_thread_register() != 0)
        return Failure{NicError{NicErrorKind::no_memory,
                                "all " + std::to_string(RTE_MAX_LCORE) +
                                    " DPDK thread ids are in use: configure fewer interfaces or engines"}};
    return Lane(rte_lcore_id());
}

Lane::~Lane() {
    if (id_ == LCORE_ID_ANY) return;
    Eal& e = eal();
    const std::lock_guard guard(e.mutex);
    const LaneScope scope(id_);
    rte_thread_unregister();
}

}  // namespace ringsock::dpdk
