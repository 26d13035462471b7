// The fences of tenants: who their ACL users are, what they may do, what becomes of those that
// nobody needs any more. Coroutines and functions of one worker.
#pragma once

#include "bulkhead/session/context.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bulkhead::session {

// The tenant's ACL user at this backend.
std::shared_ptr<upstream::Fence> fence_of(Context& context,
                                          const std::shared_ptr<upstream::Backend>& backend,
                                          const tenant::Tenant& tenant);

// Whether the backend's user may make users; why not, or nothing. Another reason is that the
// backend is away.
Awaitable<std::string> why_no_fence(Context& context, std::shared_ptr<upstream::Backend> backend);

// When the backend is connected: says in the log what will be refused, and removes the users of
// tenants that were removed while no proxy ran. Only users with this installation's mark.
Awaitable<void> check_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                             std::shared_ptr<const request::Snapshot> snapshot);

// Whether the tenant has an ACL user upstream, or may come to have one.
bool needs_fence(const request::Snapshot& snapshot, const tenant::Tenant& tenant);

// Users that are not needed any more.
Awaitable<void> remove_fences(Context& context, std::shared_ptr<upstream::Backend> backend,
                              std::vector<std::string> users);

}  // namespace bulkhead::session
