// One client command, as slices of the bytes it arrived in. A view: it lives no longer than the
// reader's buffer stays untouched, that is, until the command is consumed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::resp {

// Where one argument lies. Offsets instead of pointers: the buffer may move while it grows.
struct Slice {
  std::uint32_t offset;
  std::uint32_t length;
};

class Args {
 public:
  Args() = default;
  Args(const char* base, std::span<const Slice> slices) : base_(base), slices_(slices) {}

  std::size_t size() const { return slices_.size(); }
  bool empty() const { return slices_.empty(); }
  std::string_view operator[](std::size_t i) const {
    return {base_ + slices_[i].offset, slices_[i].length};
  }

  // For commands made of parts of this one: the same bytes, other slices.
  const char* base() const { return base_; }
  std::span<const Slice> slices() const { return slices_; }

 private:
  const char* base_ = nullptr;
  std::span<const Slice> slices_;
};

// Arguments that own their bytes: for tests, `bulkhead explain` and commands of the proxy's own.
class OwnedArgs {
 public:
  OwnedArgs() = default;
  OwnedArgs(std::initializer_list<std::string_view> words) {
    for (std::string_view word : words) add(word);
  }
  void add(std::string_view word) {
    slices_.push_back(
        {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(word.size())});
    bytes_.insert(bytes_.end(), word.begin(), word.end());
  }
  Args view() const { return {bytes_.data(), slices_}; }

 private:
  std::vector<char> bytes_;
  std::vector<Slice> slices_;
};

}  // namespace bulkhead::resp
