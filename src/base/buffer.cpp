#include "bulkhead/base/buffer.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

constexpr std::size_t kSmallest = 256;

}  // namespace

void Buffer::make_room(std::size_t n) {
  const std::size_t used = size();
  // Moving the rest to the front costs less than growing, but only while little is moved: otherwise
  // a long queue drained in small steps would be copied again and again.
  if (capacity_ - used >= n && used <= capacity_ / 2) {
    std::memmove(bytes_, bytes_ + head_, used);
    head_ = 0;
    tail_ = used;
    return;
  }
  const std::size_t wanted = std::max({kSmallest, capacity_ * 2, used + n});
  char* block = static_cast<char*>(std::malloc(wanted + kGuard));
  if (block == nullptr) throw std::bad_alloc();
  block[0] = 0;
  char* bytes = block + kGuard;
  if (used != 0) std::memcpy(bytes, bytes_ + head_, used);
  release();
  bytes_ = bytes;
  tail_ = used;
  capacity_ = wanted;
}

}  // namespace bulkhead
