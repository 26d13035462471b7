// A growable run of bytes with a read end and a write end, for sockets and lanes.
// Owned by one session or lane and touched by its worker's thread only.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace bulkhead {

class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() { release(); }

  std::size_t size() const { return tail_ - head_; }
  bool empty() const { return head_ == tail_; }
  std::size_t capacity() const { return capacity_; }
  char* data() { return bytes_ + head_; }
  const char* data() const { return bytes_ + head_; }
  std::string_view view() const { return {bytes_ + head_, size()}; }
  // Where the memory begins, with the guard in front of it; data() lies consumed() bytes behind.
  char* storage() { return bytes_; }
  std::size_t consumed() const { return head_; }

  // Room for at least n more bytes behind the last one; commit() says how many were written.
  char* prepare(std::size_t n) {
    if (capacity_ - tail_ < n) make_room(n);
    return bytes_ + tail_;
  }
  std::size_t room() const { return capacity_ - tail_; }
  void commit(std::size_t n) { tail_ += n; }

  void append(std::string_view more) {
    if (more.empty()) return;
    std::memcpy(prepare(more.size()), more.data(), more.size());
    tail_ += more.size();
  }
  void push_back(char c) {
    *prepare(1) = c;
    ++tail_;
  }

  // Forgets n bytes at the read end. Views of what follows stay valid until the next prepare().
  void consume(std::size_t n) {
    head_ += n;
    if (head_ == tail_) head_ = tail_ = 0;
  }
  // Takes back bytes at the write end: what was begun and is not to be sent.
  void truncate(std::size_t size) { tail_ = head_ + size; }
  void clear() { head_ = tail_ = 0; }

  // Gives the memory back. For buffers that are empty and were large.
  void release() {
    if (bytes_ != nullptr) std::free(bytes_ - kGuard);
    bytes_ = nullptr;
    head_ = tail_ = capacity_ = 0;
  }
  void release_if_larger_than(std::size_t keep) {
    if (empty() && capacity_ > keep) release();
  }

  void swap(Buffer& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(capacity_, other.capacity_);
  }

  // Forgets the memory without freeing it: somebody else has.
  void disown() {
    bytes_ = nullptr;
    head_ = tail_ = capacity_ = 0;
  }

  // One zero byte stands in front of storage(), where the allocation begins. That makes it an empty
  // string in hiredis' own layout (sds.h, SDS_TYPE_5), so that its reader can parse the bytes where
  // they lie; see resp/request_reader.hpp.
  static constexpr std::size_t kGuard = 1;

 private:
  void make_room(std::size_t n);

  char* bytes_ = nullptr;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace bulkhead
