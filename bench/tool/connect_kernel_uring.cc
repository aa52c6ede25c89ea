// SPDX-License-Identifier: BSD-3-Clause
// The connect workload on kernel sockets with io_uring, as well as we know how: descriptors that live only in
// the ring's own table, one multishot accept, completions asked for only where the program needs them, task
// work run when the program asks, everything that a pass decided submitted by one system call. Client:
// socket, connect | outcome | close, and the next socket and connect. Server: accept | read | end | close.
// The steps of one connect are not linked: they finish while they are submitted, in order, and a link costs a
// third of the rate. Should one not, the connect fails with EBADF and is counted as an error.
#include <liburing.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "tool/connect_run.h"
#include "tool/kernel_net.h"

namespace ringsock::bench {
namespace {

constexpr unsigned kSubmissionEntries = 4096;
constexpr unsigned kCompletionEntries = 32768;
constexpr std::uint64_t kQuiet = ~std::uint64_t{0};  // a step that is only heard of when it fails
constexpr unsigned kSocketCommandSetsockopt = 3;     // SOCKET_URING_OP_SETSOCKOPT, Linux 6.7
const linger kResetOnClose{1, 0};

// io_uring_prep_cmd_sock of later liburing versions, for SO_LINGER.
void prepare_reset_on_close(io_uring_sqe* sqe, unsigned slot) {
    io_uring_prep_rw(IORING_OP_URING_CMD, sqe, static_cast<int>(slot), nullptr, 0, 0);
    const std::uint32_t level_and_option[2] = {SOL_SOCKET, SO_LINGER};
    sqe->off = kSocketCommandSetsockopt;
    std::memcpy(&sqe->addr, level_and_option, sizeof level_and_option);
    sqe->file_index = sizeof kResetOnClose;
    sqe->addr3 = reinterpret_cast<std::uint64_t>(&kResetOnClose);
    sqe->flags |= IOSQE_FIXED_FILE;
}

class Ring {
  public:
    Ring() = default;
    ~Ring() {
        if (open_) io_uring_queue_exit(&ring_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Tries the newest way of running first and falls back for older kernels. 0 or an errno.
    [[nodiscard]] int open(unsigned descriptors) {
        constexpr unsigned kAlways = IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
        constexpr unsigned kWays[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | kAlways,
                                      IORING_SETUP_COOP_TASKRUN | kAlways, kAlways};
        int error = 0;
        for (const unsigned flags : kWays) {
            io_uring_params params{};
            params.flags = flags;
            params.cq_entries = kCompletionEntries;
            error = -io_uring_queue_init_params(kSubmissionEntries, &ring_, &params);
            if (error != EINVAL) break;
        }
        if (error != 0) return error;
        open_ = true;
        return -io_uring_register_files_sparse(&ring_, descriptors);
    }

    // From here on the calling thread owns the ring. liburing 2.3 declares io_uring_enable_rings without
    // exporting it.
    void enable() {
        syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
        io_uring_register_ring_fd(&ring_);
    }

    // A blank entry; submits first when the queue is full.
    io_uring_sqe* sqe() {
        io_uring_sqe* free = io_uring_get_sqe(&ring_);
        if (free != nullptr) return free;
        io_uring_submit(&ring_);
        return io_uring_get_sqe(&ring_);
    }

    // Submits all and runs the work that is due. Does not wait.
    void submit() { io_uring_submit_and_get_events(&ring_); }

    template <typename Function>
    void for_each_completion(Function&& function) {
        unsigned head = 0, seen = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            ++seen;
            function(cqe->user_data, cqe->res, cqe->flags);
        }
        io_uring_cq_advance(&ring_, seen);
    }

  private:
    io_uring ring_{};
    bool open_ = false;
};

class UringClient final : public Worker {
  public:
    UringClient(const ConnectPlan& plan, RunControl& control, const KernelListener& listener)
        : listener_(listener), gate_(plan, control), close_(plan.close), slots_(plan.in_flight) {
        for (unsigned i = plan.in_flight; i != 0; --i) free_.push_back(i - 1);
    }
    ~UringClient() override {
        for (const Slot& slot : slots_) {
            if (slot.fd >= 0) ::close(slot.fd);
        }
    }
    [[nodiscard]] int open() {
        const int error = ring_.open(static_cast<unsigned>(slots_.size()));
        own_descriptors_ = close_ == CloseKind::fin || can_set_options();
        return error;
    }

    void enter() override { ring_.enable(); }

    void pass() override {
        while (!free_.empty() && gate_.may_start()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            start(slot);
        }
        gate_.publish(free_.size() == slots_.size());
        ring_.submit();
        ring_.for_each_completion([&](std::uint64_t data, int result, unsigned) { finish(data, result); });
    }

  private:
    struct Slot {
        int fd = -1;  // only when the ring's own table cannot be used
        std::uint64_t started_at = 0;
    };

    // Whether the kernel sets socket options through a ring (Linux 6.7). If not, a client that resets needs
    // descriptors of the process, whose options are set by system calls.
    static bool can_set_options() {
        io_uring ring{};
        if (io_uring_queue_init(2, &ring, 0) != 0) return false;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        io_uring_sqe* sqe = io_uring_get_sqe(&ring);
        prepare_reset_on_close(sqe, static_cast<unsigned>(fd));
        sqe->flags = 0;
        io_uring_cqe* cqe = nullptr;
        const bool answered = io_uring_submit(&ring) == 1 && io_uring_wait_cqe(&ring, &cqe) == 0;
        const bool can = answered && cqe->res == 0;
        if (fd >= 0) ::close(fd);
        io_uring_queue_exit(&ring);
        return can;
    }

    void start(std::uint32_t index) {
        Slot& slot = slots_[index];
        const sockaddr_in* to = listener_.address(gate_.number());
        gate_.started();
        if (own_descriptors_) {
            open_socket(index);
        } else if (!open_process_socket(slot)) {
            return give_up(index, error_text("socket", errno));
        }
        io_uring_sqe* sqe = ring_.sqe();
        const int descriptor = own_descriptors_ ? static_cast<int>(index) : slot.fd;
        io_uring_prep_connect(sqe, descriptor, reinterpret_cast<const sockaddr*>(to), sizeof *to);
        if (own_descriptors_) sqe->flags |= IOSQE_FIXED_FILE;
        sqe->user_data = index;
        slot.started_at = read_cycles();
    }

    void open_socket(std::uint32_t index) {
        io_uring_sqe* sqe = ring_.sqe();
        io_uring_prep_socket_direct(sqe, AF_INET, SOCK_STREAM, 0, index, 0);
        quieten(sqe);
        if (close_ != CloseKind::rst) return;
        sqe = ring_.sqe();
        prepare_reset_on_close(sqe, index);
        quieten(sqe);
    }

    static bool open_process_socket(Slot& slot) {
        slot.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (slot.fd >= 0) set_reset_on_close(slot.fd);
        return slot.fd >= 0;
    }

    void close_socket(std::uint32_t index) {
        io_uring_sqe* sqe = ring_.sqe();
        if (own_descriptors_)
            io_uring_prep_close_direct(sqe, index);
        else
            io_uring_prep_close(sqe, slots_[index].fd);
        quieten(sqe);
        slots_[index].fd = -1;
    }

    static void quieten(io_uring_sqe* sqe) {
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        sqe->user_data = kQuiet;
    }

    void finish(std::uint64_t data, int result) {
        if (data == kQuiet) {
            ++tally_.other_errors;
            return tally_.fail(error_text("io_uring socket, option or close", -result));
        }
        const std::uint32_t index = static_cast<std::uint32_t>(data);
        if (gate_.measuring()) tally_.latency.record(read_cycles() - slots_[index].started_at);
        close_socket(index);
        if (result != 0) return give_up(index, error_text("connect", -result));
        free_.push_back(index);
    }

    void give_up(std::uint32_t index, std::string why) {
        gate_.failed();
        tally_.fail(std::move(why));
        free_.push_back(index);
    }

    const KernelListener& listener_;
    StartGate gate_;
    const CloseKind close_;
    bool own_descriptors_ = true;
    Ring ring_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
};

class UringServer final : public Worker {
  public:
    UringServer(const ConnectPlan& plan, RunControl& control, const KernelListener& listener)
        : listener_(listener),
          counter_(control),
          close_(plan.close),
          descriptors_(static_cast<unsigned>(plan.outstanding()) + 64) {}
    [[nodiscard]] int open() { return ring_.open(descriptors_); }

    void enter() override {
        ring_.enable();
        accept();
    }

    void pass() override {
        ring_.submit();
        counter_.publish();
        ring_.for_each_completion([&](std::uint64_t data, int result, unsigned flags) {
            if (data == kAccept)
                accepted(result, flags);
            else if (data == kQuiet)
                fail(error_text("close", -result));
            else
                ended(static_cast<std::uint32_t>(data), result);
        });
    }

  private:
    static constexpr std::uint64_t kAccept = kQuiet - 1;

    void accept() {
        io_uring_sqe* sqe = ring_.sqe();
        io_uring_prep_multishot_accept_direct(sqe, listener_.fd(), nullptr, nullptr, 0);
        sqe->user_data = kAccept;
    }

    void accepted(int result, unsigned flags) {
        if ((flags & IORING_CQE_F_MORE) == 0) accept();
        if (result < 0) return fail(error_text("accept", -result));
        io_uring_sqe* sqe = ring_.sqe();
        io_uring_prep_recv(sqe, result, &byte_, sizeof byte_, 0);
        sqe->flags |= IOSQE_FIXED_FILE;
        sqe->user_data = static_cast<std::uint64_t>(result);
    }

    void ended(std::uint32_t slot, int result) {
        io_uring_sqe* sqe = ring_.sqe();
        io_uring_prep_close_direct(sqe, slot);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        sqe->user_data = kQuiet;
        const bool good = result == 0 || (result == -ECONNRESET && close_ == CloseKind::rst);
        if (good)
            counter_.closed();
        else
            fail(result > 0 ? "recv: unexpected data" : error_text("recv", -result));
    }

    void fail(std::string why) {
        counter_.failed();
        tally_.fail(std::move(why));
    }

    const KernelListener& listener_;
    CloseCounter counter_;
    const CloseKind close_;
    const unsigned descriptors_;
    Ring ring_;
    char byte_ = 0;
};

class UringSide final : public ConnectSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "kernel io_uring"; }
    [[nodiscard]] std::optional<std::string> open(const ConnectPlan& plan, RunControl& control) override {
        if (auto reason = KernelListener::too_many(plan.in_flight)) return reason;
        if (auto reason = listener_.open()) return reason;
        ConnectPlan bounded = plan;
        bounded.outstanding_limit = KernelListener::outstanding_limit(plan.in_flight);
        client_ = std::make_unique<UringClient>(bounded, control, listener_);
        server_ = std::make_unique<UringServer>(bounded, control, listener_);
        int error = client_->open();
        if (error == 0) error = server_->open();
        if (error != 0) return error_text("io_uring_setup", error);
        return std::nullopt;
    }
    [[nodiscard]] Worker& client() override { return *client_; }
    [[nodiscard]] Worker& server() override { return *server_; }
    void close() override {
        client_.reset();
        server_.reset();
        listener_.close();
    }

  private:
    KernelListener listener_;
    std::unique_ptr<UringClient> client_;
    std::unique_ptr<UringServer> server_;
};

}  // namespace

std::unique_ptr<ConnectSide> make_kernel_uring_connect() {
    return std::make_unique<UringSide>();
}

}  // namespace ringsock::bench
