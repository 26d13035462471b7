#include "bulkhead/upstream/window.hpp"

namespace bulkhead::upstream {

// One dry window in five is what it comes to: a smaller part of the backend's time than that.
void Window::answered(std::size_t cost, bool dry, std::size_t most) {
  seen_ += cost;
  dry_ |= dry;
  if (seen_ < size(most)) return;
  const std::size_t now = size(most);
  size_ = dry_ ? std::min(now + now / 4, most) : std::max(now - now / 16, std::min(kLeast, most));
  seen_ = 0;
  dry_ = false;
}

}  // namespace bulkhead::upstream
