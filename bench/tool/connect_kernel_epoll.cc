// SPDX-License-Identifier: BSD-3-Clause
// The connect workload on kernel sockets with epoll.
// Client: socket, non-blocking connect, wait writable (edge-triggered, one registration, never modified),
// SO_ERROR, close. Server: accept4, read; whoever has not ended yet is registered once; read 0, close. The
// first read is tried at once after accept, which saves the registration when the end has already arrived.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "tool/connect_run.h"
#include "tool/kernel_net.h"

namespace ringsock::bench {
namespace {

constexpr int kEventBatch = 256;
constexpr int kAcceptBatch = 64;

class EpollClient final : public Worker {
  public:
    EpollClient(const ConnectPlan& plan, RunControl& control, const KernelListener& listener)
        : listener_(listener), gate_(plan, control), close_(plan.close), slots_(plan.in_flight) {
        for (unsigned i = plan.in_flight; i != 0; --i) free_.push_back(i - 1);
    }
    ~EpollClient() override {
        if (epoll_ >= 0) ::close(epoll_);
    }
    [[nodiscard]] bool open() { return (epoll_ = epoll_create1(EPOLL_CLOEXEC)) >= 0; }

    void pass() override {
        while (!free_.empty() && gate_.may_start()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            start(slot);
        }
        gate_.publish(free_.size() == slots_.size());
        const int count = epoll_wait(epoll_, events_.data(), kEventBatch, 0);
        for (int i = 0; i < count; ++i) finish(events_[static_cast<std::size_t>(i)].data.u32);
    }

    void leave() override {
        for (Slot& slot : slots_) {
            if (slot.fd >= 0) ::close(slot.fd);
            slot.fd = -1;
        }
    }

  private:
    struct Slot {
        int fd = -1;
        std::uint64_t started_at = 0;
    };

    void start(std::uint32_t index) {
        Slot& slot = slots_[index];
        const sockaddr_in* to = listener_.address(gate_.number());
        gate_.started();
        slot.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (slot.fd < 0) return give_up(index, error_text("socket", errno));
        slot.started_at = read_cycles();
        if (connect(slot.fd, reinterpret_cast<const sockaddr*>(to), sizeof *to) != 0 &&
            errno != EINPROGRESS) {
            return give_up(index, error_text("connect", errno));
        }
        epoll_event event{};
        event.events = EPOLLOUT | EPOLLET;
        event.data.u32 = index;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.fd, &event) != 0)
            give_up(index, error_text("epoll_ctl", errno));
    }

    void finish(std::uint32_t index) {
        Slot& slot = slots_[index];
        int error = 0;
        socklen_t length = sizeof error;
        if (getsockopt(slot.fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
        if (gate_.measuring()) tally_.latency.record(read_cycles() - slot.started_at);
        if (error != 0) return give_up(index, error_text("connect", error));
        if (close_ == CloseKind::rst) set_reset_on_close(slot.fd);
        ::close(slot.fd);
        slot.fd = -1;
        free_.push_back(index);
    }

    void give_up(std::uint32_t index, std::string why) {
        gate_.failed();
        tally_.fail(std::move(why));
        if (slots_[index].fd >= 0) ::close(slots_[index].fd);
        slots_[index].fd = -1;
        free_.push_back(index);
    }

    const KernelListener& listener_;
    StartGate gate_;
    const CloseKind close_;
    int epoll_ = -1;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::array<epoll_event, kEventBatch> events_{};
};

class EpollServer final : public Worker {
  public:
    EpollServer(const ConnectPlan& plan, RunControl& control, const KernelListener& listener)
        : listener_(listener), counter_(control), close_(plan.close) {}
    ~EpollServer() override {
        if (epoll_ >= 0) ::close(epoll_);
    }
    [[nodiscard]] bool open() {
        epoll_ = epoll_create1(EPOLL_CLOEXEC);
        return epoll_ >= 0 && add(listener_.fd(), EPOLLIN);
    }

    void pass() override {
        const int count = epoll_wait(epoll_, events_.data(), kEventBatch, 0);
        for (int i = 0; i < count; ++i) {
            const int fd = events_[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener_.fd())
                accept_some();
            else
                read_end(fd);
        }
        counter_.publish();
    }

  private:
    bool add(int fd, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
    }

    void accept_some() {
        for (int i = 0; i < kAcceptBatch; ++i) {
            const int fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) {
                if (errno == EAGAIN || errno == EINTR) return;
                return fail(error_text("accept4", errno));
            }
            if (read_end(fd)) continue;
            if (!add(fd, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
                fail(error_text("epoll_ctl", errno));
                ::close(fd);
            }
        }
    }

    // True when the connection has ended and is closed.
    bool read_end(int fd) {
        char byte;
        const ssize_t got = recv(fd, &byte, sizeof byte, 0);
        if (got < 0 && errno == EAGAIN) return false;
        const bool good = got == 0 || (got < 0 && errno == ECONNRESET && close_ == CloseKind::rst);
        const int error = got < 0 ? errno : 0;
        ::close(fd);
        if (good)
            counter_.closed();
        else
            fail(got > 0 ? "recv: unexpected data" : error_text("recv", error));
        return true;
    }

    void fail(std::string why) {
        counter_.failed();
        tally_.fail(std::move(why));
    }

    const KernelListener& listener_;
    CloseCounter counter_;
    const CloseKind close_;
    int epoll_ = -1;
    std::array<epoll_event, kEventBatch> events_{};
};

class EpollSide final : public ConnectSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "kernel epoll"; }
    [[nodiscard]] std::optional<std::string> open(const ConnectPlan& plan, RunControl& control) override {
        if (auto reason = KernelListener::too_many(plan.in_flight)) return reason;
        if (auto reason = listener_.open()) return reason;
        ConnectPlan bounded = plan;
        bounded.outstanding_limit = KernelListener::outstanding_limit(plan.in_flight);
        client_ = std::make_unique<EpollClient>(bounded, control, listener_);
        server_ = std::make_unique<EpollServer>(bounded, control, listener_);
        if (!client_->open() || !server_->open()) return error_text("epoll_create1", errno);
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
    std::unique_ptr<EpollClient> client_;
    std::unique_ptr<EpollServer> server_;
};

}  // namespace

std::unique_ptr<ConnectSide> make_kernel_epoll_connect() {
    return std::make_unique<EpollSide>();
}

}  // namespace ringsock::bench
