// Scripts of tenants, unmodified: one line of Lua in front of the body puts the tenant's prefix
// before every name that the script uses, wherever it got it from, and takes it off what comes
// back. The fence (script_fence.hpp) holds what should slip through.
//
// The line is made from the rows of the command table. A Shim is immutable; any thread may use it.
#pragma once

#include "bulkhead/rewrite/script_shape.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <string>
#include <string_view>

namespace bulkhead::rewrite::script {

struct Wrapped {
  std::string text;
  std::string sha;  // SHA1 of the text, 40 lower-case hex digits
};

class Shim {
 public:
  explicit Shim(Shape shape);

  // Shims with the same fingerprint wrap alike.
  const std::string& fingerprint() const { return fingerprint_; }
  // Libraries of functions with the same mark are wrapped alike, by whatever proxy. 16 hex digits.
  const std::string& library_mark() const { return library_mark_; }
  const Shape& shape() const { return shape_; }
  const std::string& classes() const { return classes_; }

  Wrapped wrap(std::string_view body, Start start) const;
  // The same, so that only functions of the body's own hold its locals: for bodies with so many
  // locals that Lua has no room for one more. The body cannot use `...` then.
  Wrapped wrap_nested(std::string_view body, Start start) const;

 private:
  std::string prelude(std::string_view body, Start start) const;

  Shape shape_;
  std::string fingerprint_;
  std::string library_mark_;
  std::string classes_;  // " get:1 set:1 ..." of every command that a script may name
};

// What goes behind the client's own ARGV; the shim takes it away.
std::string hidden_argument(const tenant::Tenant& tenant);

// SHA1 in hex, as Redis names scripts.
std::string sha1_hex(std::string_view text);

// An error reply's " script: <wrapped>, on @..." tells the client's own digest, or the name of its
// function. `line` is the reply without CRLF.
void restore_sha(std::string& line, std::string_view wrapped, std::string_view own);

}  // namespace bulkhead::rewrite::script
