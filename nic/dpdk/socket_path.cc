// SPDX-License-Identifier: BSD-3-Clause
// Unix sockets as meeting places, see socket_path.h.
#include "nic/dpdk/socket_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nic/dpdk/preflight.h"

namespace ringsock::dpdk {
namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::optional<NicError> check_name(const NicConfig& config, const MeetingPlace& place) {
    if (place.path.empty())
        return error_at(config, NicErrorKind::bad_argument,
                        "no socket named; add " + place.key + "=/run/PATH to arguments");
    constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
    if (place.path.size() >= kMost)
        return error_at(config, NicErrorKind::bad_argument,
                        place.key + " is longer than the " + std::to_string(kMost - 1) +
                            " bytes of a socket's name; choose a shorter path");
    if (place.is_abstract) return std::nullopt;
    const std::string folder = folder_of(place.path);
    struct stat status {};
    if (stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return std::nullopt;
    if (errno == EACCES)
        return error_at(config, NicErrorKind::no_permission,
                        "no permission to look into " + folder + "; choose another " + place.key +
                            ", or run it with sudo");
    return error_at(config, NicErrorKind::bad_argument,
                    "no folder " + folder + " for " + place.key + "; mkdir -p " + folder);
}

}  // namespace

int try_to_reach(const MeetingPlace& place, int& peer) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    char* const name = address.sun_path + (place.is_abstract ? 1 : 0);
    std::memcpy(name, place.path.data(), std::min(place.path.size(), sizeof address.sun_path - 2));
    for (const int type : {SOCK_SEQPACKET, SOCK_STREAM}) {  // memif's and vhost's
        const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) return errno;
        const int error = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
        ucred who{};
        socklen_t length = sizeof who;
        if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) peer = who.pid;
        close(fd);
        if (error != EPROTOTYPE) return error == EAGAIN ? 0 : error;  // a full queue is somebody, too
    }
    return EPROTOTYPE;
}

std::optional<NicError> check_served_socket(const NicConfig& config, const MeetingPlace& place) {
    if (auto error = check_name(config, place)) return error;
    int peer = 0;
    const int reached = try_to_reach(place, peer);
    if (reached == 0 && peer != getpid())
        return error_at(config, NicErrorKind::busy,
                        "process " + std::to_string(peer) + " serves " + place.path +
                            " already; end it, or choose another " + place.key);
    if (place.is_abstract) return std::nullopt;
    struct stat status {};
    if (lstat(place.path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return error_at(config, NicErrorKind::bad_argument,
                            place.path + " is there and no socket; choose another " + place.key);
        if (reached == ECONNREFUSED && unlink(place.path.c_str()) != 0)
            return error_at(config, NicErrorKind::no_permission,
                            "a socket that nobody serves is in the way; sudo rm " + place.path);
    }
    const std::string folder = folder_of(place.path);
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        return error_at(config, NicErrorKind::no_permission,
                        "no permission to make a socket in " + folder + "; choose another " + place.key +
                            ", or run it with sudo");
    return std::nullopt;
}

std::optional<NicError> check_used_socket(const NicConfig& config, const MeetingPlace& place) {
    if (auto error = check_name(config, place)) return error;
    if (place.is_abstract) return std::nullopt;
    struct stat status {};
    if (stat(place.path.c_str(), &status) != 0) return std::nullopt;  // the peer may come later
    if (!S_ISSOCK(status.st_mode))
        return error_at(config, NicErrorKind::bad_argument,
                        place.path + " is no socket; name the one that the other side serves");
    if (access(place.path.c_str(), W_OK) != 0)
        return error_at(
            config, NicErrorKind::no_permission,
            "no permission to use " + place.path + "; run it with sudo, or sudo chmod o+w " + place.path);
    return std::nullopt;
}

}  // namespace ringsock::dpdk
