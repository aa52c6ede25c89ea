// SPDX-License-Identifier: BSD-3-Clause
// Who may call what, checked by clang's -Wthread-safety and free at run time (house.md, section 7). A role is
// a capability that a scope object holds: EngineScope for the thread that drives an engine, ApiCall for
// an application thread inside a call, ControlScope for start and stop.
#pragma once

#if defined(__clang__)
#define RS_CAPABILITY(name) __attribute__((capability(name)))
#define RS_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define RS_GUARDED_BY(role) __attribute__((guarded_by(role)))
#define RS_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define RS_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RS_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define RS_NO_THREAD_SAFETY __attribute__((no_thread_safety_analysis))
#else
#define RS_CAPABILITY(name)
#define RS_SCOPED_CAPABILITY
#define RS_GUARDED_BY(role)
#define RS_REQUIRES(...)
#define RS_ACQUIRE(...)
#define RS_RELEASE(...)
#define RS_NO_THREAD_SAFETY
#endif

namespace ringsock {

struct RS_CAPABILITY("role") Role {};

/// Held by the one thread that is inside Engine::run_once of an engine at this moment.
inline Role engine_role;
/// Held by an application thread inside an API call.
inline Role app_role;
/// Held while hosts are started or stopped.
inline Role control_role;

/// Takes a role for the current scope; costs nothing at run time.
class RS_SCOPED_CAPABILITY RoleScope {
  public:
    explicit RoleScope([[maybe_unused]] Role& role) noexcept RS_ACQUIRE(role) {}
    ~RoleScope() RS_RELEASE() {}
    RoleScope(const RoleScope&) = delete;
    RoleScope& operator=(const RoleScope&) = delete;
};

}  // namespace ringsock
