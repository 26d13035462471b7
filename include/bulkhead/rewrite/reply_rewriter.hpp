// The reply on its way back: takes the tenant's prefix off every name in it, by the row's rule. A
// name without that prefix is somebody else's: the reply is stopped there.
//
// Works on a reply that arrives in pieces; a piece may end anywhere. Owned by one session, touched
// by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace bulkhead::rewrite {

class ReplyRewriter {
 public:
  // Ready for a reply of this rule.
  void begin(command::ReplyRule rule);

  // Appends to `out` what of `bytes` is a part of the client's reply. False when the reply must not
  // be passed on; what has been appended to `out` in this call is then taken back.
  bool feed(std::string_view bytes, const tenant::Tenant& tenant, Buffer& out);

 private:
  static constexpr std::size_t kDeepest = 32;
  struct Level {
    std::uint64_t remaining;
    std::uint64_t index;
  };
  enum class Step : std::uint8_t { done, wait, foreign };

  bool at_name() const;
  bool above_names() const;
  Step element(const char*& at, const char* end, const tenant::Tenant& tenant, Buffer& out);
  Step name(const char*& at, const char* body, std::uint64_t length, const char* end,
            const tenant::Tenant& tenant, Buffer& out);
  Step error(const char*& at, const resp::Header& header, const char* end,
             const tenant::Tenant& tenant, Buffer& out);
  void finish_element();

  command::ReplyRule rule_ = command::ReplyRule::plain;
  std::array<Level, kDeepest> levels_{};
  std::size_t depth_ = 0;
  bool map_ = false;        // the reply is a map (RESP3)
  std::uint64_t body_ = 0;  // bytes of a bulk string to copy as they come, with its CRLF
  Buffer carry_;            // an unfinished line or name
};

// Takes the tenant's prefix off wherever it stands in an error text ("NOGROUP No such key
// 'acme:s'").
// `line` is the whole reply, with its CRLF.
void append_error(std::string_view line, const tenant::Tenant& tenant, Buffer& out);

}  // namespace bulkhead::rewrite
