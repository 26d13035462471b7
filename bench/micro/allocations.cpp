// Counts allocations, whoever makes them: operator new, malloc() in Buffer, hiredis, Asio. Linked
// into a program, or loaded before one (LD_PRELOAD) whose count somebody else reads: in the file
// that BULKHEAD_ALLOCATIONS names, eight bytes. glibc only.
#include "allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

std::atomic<std::uint64_t> own_count{0};
std::atomic<std::uint64_t>* count = &own_count;

void tally() {
  count->fetch_add(1, std::memory_order_relaxed);
}

__attribute__((constructor)) void share_the_count() {
  const char* const file = std::getenv("BULKHEAD_ALLOCATIONS");
  if (file == nullptr) return;
  const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof own_count) != 0) std::abort();
  void* const shared = mmap(nullptr, sizeof own_count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared == MAP_FAILED) std::abort();
  count = static_cast<std::atomic<std::uint64_t>*>(shared);
}

}  // namespace

namespace bulkhead::bench {

std::uint64_t allocations() {
  return count->load(std::memory_order_relaxed);
}

}  // namespace bulkhead::bench

extern "C" {

void* malloc(std::size_t size) noexcept {
  tally();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) noexcept {
  tally();
  return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  tally();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  tally();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  tally();
  *to = __libc_memalign(alignment, size);
  return *to == nullptr ? ENOMEM : 0;
}

}  // extern "C"
