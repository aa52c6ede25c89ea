// SPDX-License-Identifier: BSD-3-Clause
// Unix sockets as meeting places, see socket_path.h.
#include "nic/dpdk/socket_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

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

// Whether a socket bound to that path is this process's own: memif's interfaces share one.
bool is_ours(const std::string& path) {
    std::ifstream table("/proc/net/unix");
    for (std::string line; std::getline(table, line);) {
        if (!line.ends_with(" " + path)) continue;
        std::istringstream words(line);
        std::string word, inode;  // Num RefCount Protocol Flags Type St Inode Path
        for (unsigned column = 0; column < 7 && words >> word; ++column) inode = word;
        const std::string wanted = "socket:[" + inode + "]";
        std::error_code trouble;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", trouble))
            if (std::filesystem::read_symlink(entry, trouble) == wanted) return true;
    }
    return false;
}

}  // namespace

int why_nobody_listens(const MeetingPlace& place) {
    if (place.is_abstract) return 0;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, place.path.data(),
                std::min(place.path.size(), sizeof address.sun_path - 1));
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    // A socket that listens is of another type, which the kernel says only when there is one (EPROTOTYPE).
    const int error = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error == EPROTOTYPE ? 0 : error;
}

std::optional<NicError> check_served_socket(const NicConfig& config, const MeetingPlace& place) {
    if (auto error = check_name(config, place)) return error;
    if (place.is_abstract) return std::nullopt;  // the driver finds out
    const int nobody = why_nobody_listens(place);
    if (nobody == 0 && !is_ours(place.path))
        return error_at(
            config, NicErrorKind::busy,
            "another process serves " + place.path + " already; end it, or choose another " + place.key);
    struct stat status {};
    if (lstat(place.path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return error_at(config, NicErrorKind::bad_argument,
                            place.path + " is there and no socket; choose another " + place.key);
        if (nobody == ECONNREFUSED && unlink(place.path.c_str()) != 0)
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
