// The elements of all counting: plain members, written by one worker's thread and read by the one
// that answers a scrape; hence the relaxed atomics, which cost the writer no more than an ordinary
// addition.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bulkhead::metrics {

class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void add(std::int64_t n) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// An array whose elements are made when they are first needed, by the worker, while a scrape may be
// reading: 100,000 tenants of which a hundred are at work cost a hundred.
template <class T>
class LazyArray {
 public:
  explicit LazyArray(std::size_t size) : slots_(size) {}
  ~LazyArray() {
    for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
  }
  LazyArray(const LazyArray&) = delete;
  LazyArray& operator=(const LazyArray&) = delete;

  std::size_t size() const { return slots_.size(); }
  template <class... Args>
  T& get(std::size_t i, const Args&... args) {
    T* found = slots_[i].load(std::memory_order_relaxed);
    if (found == nullptr) {
      found = new T(args...);
      slots_[i].store(found, std::memory_order_release);
    }
    return *found;
  }
  const T* peek(std::size_t i) const { return slots_[i].load(std::memory_order_acquire); }

 private:
  std::vector<std::atomic<T*>> slots_;
};

}  // namespace bulkhead::metrics
