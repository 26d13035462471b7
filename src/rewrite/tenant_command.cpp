#include "bulkhead/rewrite/tenant_command.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/writer.hpp"

#include <algorithm>

namespace bulkhead::rewrite {
namespace {

using command::NameKind;

constexpr std::size_t kFraming = 26;  // "$", 20 digits, CRLF, CRLF and one to spare
constexpr std::string_view kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kExec = "*1\r\n$4\r\nEXEC\r\n";

// Empty: the name stays as it is.
std::string_view prefix_for(const tenant::Tenant& tenant, const ScopedName& name) {
  switch (name.kind) {
    case NameKind::key:
    case NameKind::unused_key:
    case NameKind::sort_pattern:
      return tenant.key_prefix(name.feature).plain;
    case NameKind::key_pattern:
      return tenant.key_prefix(name.feature).escaped;
    case NameKind::channel:
    case NameKind::sharded_channel:
      return tenant.channel_prefix().plain;
    case NameKind::channel_pattern:
      return tenant.channel_prefix().escaped;
    case NameKind::none:
      break;
  }
  return {};
}

char* write_framed(char* to, std::string_view prefix, std::string_view text) {
  *to = '$';
  to = resp::write_integer(to + 1, prefix.size() + text.size());
  *to++ = '\r';
  *to++ = '\n';
  to = std::copy(prefix.begin(), prefix.end(), to);
  to = std::copy(text.begin(), text.end(), to);
  *to++ = '\r';
  *to++ = '\n';
  return to;
}

}  // namespace

Result<TenantCommand> scope_to_tenant(const tenant::Tenant& tenant, const resp::Args& args,
                                      std::span<const ScopedName> names,
                                      std::vector<Prefixed>& scratch) {
  scratch.clear();
  for (const ScopedName& name : names) {
    const std::string_view prefix = prefix_for(tenant, name);
    // Redis puts an element in the place of the first '*': in the prefix, it would lead out of it.
    if (name.kind == NameKind::sort_pattern && prefix.find('*') != std::string_view::npos) {
      return refuse::foreign_key();
    }
    if (tenant.adds_prefix()) {
      scratch.push_back({name.arg, prefix});
    } else if (!args[name.arg].starts_with(prefix)) {
      return refuse::foreign_key();
    }
  }
  TenantCommand command;
  command.args_ = args;
  command.prefixed_ = scratch;
  return command;
}

TenantCommand own_command(const tenant::Tenant& tenant, std::uint16_t feature,
                          std::span<const Word> words) {
  Buffer bytes;
  resp::write_array_header(bytes, words.size());
  for (const Word& word : words) {
    std::string text;
    const tenant::Prefix& prefix = tenant.key_prefix(feature);
    if (tenant.adds_prefix() && word.kind != Word::Kind::verbatim) {
      text = word.kind == Word::Kind::pattern ? prefix.escaped : prefix.plain;
    }
    text += word.text;
    resp::write_bulk(bytes, text);
  }
  TenantCommand command;
  command.own_bytes_ = std::make_unique<const std::string>(bytes.view());
  return command;
}

void TenantCommand::append_to(Buffer& out) const {
  if (following().empty()) return append_alone(out);
  out.append(kMulti);
  append_alone(out);
  append_following(out);
  out.append(kExec);
}

void TenantCommand::append_following(Buffer& out) const {
  for (const Following& one : following()) rewrite::append_following(one, args_[one.arg], out);
}

void TenantCommand::append_alone(Buffer& out) const {
  if (own_bytes_ != nullptr) return out.append(*own_bytes_);
  const std::string_view words = expiries_ == nullptr ? std::string_view() : expiries_->words;
  std::size_t bound = kFraming;
  for (const resp::Slice& slice : args_.slices()) bound += slice.length + kFraming;
  for (const Prefixed& prefixed : prefixed_) bound += prefixed.prefix.size();
  char* const begin = out.prepare(bound);
  *begin = '*';
  char* to = resp::write_integer(begin + 1, args_.size() + (words.empty() ? 0 : 2));
  *to++ = '\r';
  *to++ = '\n';
  auto next = prefixed_.begin();
  for (std::uint32_t i = 0; i < args_.size(); ++i) {
    std::string_view prefix;
    if (next != prefixed_.end() && next->arg == i) prefix = (next++)->prefix;
    to = write_framed(to, prefix, args_[i]);
  }
  out.commit(static_cast<std::size_t>(to - begin));
  out.append(words);
}

void TenantCommand::append_before(std::uint32_t at, std::size_t length, Buffer& out) const {
  resp::write_array_header(out, args_.size());
  append_args(0, at, out);
  resp::write_bulk_header(out, length);
}

void TenantCommand::append_behind(std::uint32_t at, Buffer& out) const {
  out.append("\r\n");
  append_args(at + 1, static_cast<std::uint32_t>(args_.size()), out);
  if (following().empty()) return;
  append_following(out);
  out.append(kExec);
}

void TenantCommand::append_args(std::uint32_t from, std::uint32_t to, Buffer& out) const {
  for (std::uint32_t i = from; i < to; ++i) {
    const auto found = std::find_if(prefixed_.begin(), prefixed_.end(),
                                    [i](const Prefixed& one) { return one.arg == i; });
    const std::string_view prefix = found == prefixed_.end() ? std::string_view() : found->prefix;
    resp::write_bulk_header(out, prefix.size() + args_[i].size());
    out.append(prefix);
    out.append(args_[i]);
    out.append("\r\n");
  }
}

}  // namespace bulkhead::rewrite
