// A queue in one block of memory that grows to its high-water mark: entries come and go without
// allocation. Owned and touched by one worker's thread.
#pragma once

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace bulkhead {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& operator[](std::size_t i) const { return slots_[(head_ + i) & (slots_.size() - 1)]; }
  T& operator[](std::size_t i) { return slots_[(head_ + i) & (slots_.size() - 1)]; }

  T& push(T value) {
    T& slot = push();
    slot = std::move(value);
    return slot;
  }
  // One that is as its default constructor leaves it.
  T& push() {
    if (size_ == slots_.size()) grow();
    T& slot = slots_[(head_ + size_) & (slots_.size() - 1)];
    ++size_;
    return slot;
  }
  // Places that hold nothing are as new. Made anew where they lie: an assignment would copy all of
  // what a large element leaves uninitialised.
  void pop() {
    T& slot = slots_[head_];
    slot.~T();
    ::new (static_cast<void*>(&slot)) T;
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  void pop_back() {
    T& slot = back();
    slot.~T();
    ::new (static_cast<void*>(&slot)) T;
    --size_;
  }
  // Gives the memory back when there is nothing in it and it was large.
  void shrink(std::size_t keep) {
    if (size_ == 0 && slots_.size() > keep) {
      std::vector<T>().swap(slots_);
      head_ = 0;
    }
  }

 private:
  void grow() {
    std::vector<T> larger(slots_.empty() ? 4 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_.swap(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  // a power of two of them
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace bulkhead
