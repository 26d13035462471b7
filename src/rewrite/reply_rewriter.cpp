#include "bulkhead/rewrite/reply_rewriter.hpp"

#include "bulkhead/resp/writer.hpp"

#include <algorithm>
#include <string>

namespace bulkhead::rewrite {

using command::ReplyRule;

namespace {

// What looks like a prefix right behind one is the client's: the name begins with it.
void append_own_prefixes(std::string_view& line, const tenant::Tenant& tenant, Buffer& out) {
  for (std::size_t length = tenant.prefix_length(line); length != 0;
       length = tenant.prefix_length(line)) {
    out.append(line.substr(0, length));
    line.remove_prefix(length);
  }
}

void append_stripped(std::string_view line, const tenant::Tenant& tenant, Buffer& out) {
  if (!tenant.adds_prefix()) return out.append(line);
  while (!line.empty()) {
    std::size_t first = line.size();
    std::size_t length = 0;
    for (const tenant::Prefix& prefix : tenant.prefixes) {
      const std::size_t at = line.find(prefix.plain);
      if (at < first) {
        first = at;
        length = prefix.plain.size();
      }
    }
    out.append(line.substr(0, first));
    line.remove_prefix(std::min(line.size(), first + length));
    if (length != 0) append_own_prefixes(line, tenant, out);
  }
}

}  // namespace

void append_error(std::string_view line, const tenant::Tenant& tenant, Buffer& out) {
  const std::size_t before = out.size();
  append_stripped(line.substr(0, line.size() - 2), tenant, out);
  // Without the prefix between them, a CR and an LF would end the line.
  std::replace(out.data() + before, out.data() + out.size(), '\r', ' ');
  out.append("\r\n");
}

void ReplyRewriter::begin(ReplyRule rule) {
  rule_ = rule;
  depth_ = 0;
  map_ = false;
  body_ = 0;
  carry_.clear();
}

// Whether the next element is a name, by where it stands.
bool ReplyRewriter::at_name() const {
  switch (rule_) {
    case ReplyRule::plain:
      return false;
    case ReplyRule::name:
      return depth_ == 0;
    case ReplyRule::names:
      return depth_ == 1;
    case ReplyRule::scan:
      return depth_ == 2 && levels_[0].index == 1;
    case ReplyRule::popped:
      return depth_ == 1 && levels_[0].index == 0;
    case ReplyRule::streams:
      return map_ ? depth_ == 1 && levels_[0].index % 2 == 0 : depth_ == 2 && levels_[1].index == 0;
  }
  return true;
}

// Whether names are inside the next element, so that it cannot be a string.
bool ReplyRewriter::above_names() const {
  switch (rule_) {
    case ReplyRule::plain:
    case ReplyRule::name:
      return false;
    case ReplyRule::names:
    case ReplyRule::popped:
      return depth_ == 0;
    case ReplyRule::scan:
      return depth_ == 0 || (depth_ == 1 && levels_[0].index == 1);
    case ReplyRule::streams:
      return depth_ == 0 || (depth_ == 1 && !map_);
  }
  return true;
}

void ReplyRewriter::finish_element() {
  while (depth_ != 0) {
    Level& level = levels_[depth_ - 1];
    ++level.index;
    if (--level.remaining != 0) return;
    --depth_;
  }
}

ReplyRewriter::Step ReplyRewriter::name(const char*& at, const char* body, std::uint64_t length,
                                        const char* end, const tenant::Tenant& tenant,
                                        Buffer& out) {
  if (static_cast<std::uint64_t>(end - body) < length + 2) return Step::wait;
  const std::string_view physical(body, length);
  const std::size_t prefix = tenant.prefix_length(physical);
  if (prefix == 0) return Step::foreign;
  resp::write_bulk(out, tenant.adds_prefix() ? physical.substr(prefix) : physical);
  at = body + length + 2;
  finish_element();
  return Step::done;
}

// RESP3 has errors with a length of their own too.
ReplyRewriter::Step ReplyRewriter::error(const char*& at, const resp::Header& header,
                                         const char* end, const tenant::Tenant& tenant,
                                         Buffer& out) {
  if (header.type == '-') {
    append_error({at, static_cast<std::size_t>(header.end - at)}, tenant, out);
    at = header.end;
  } else {
    if (static_cast<std::uint64_t>(end - header.end) < header.length + 2) return Step::wait;
    Buffer text;
    append_stripped({header.end, header.length}, tenant, text);
    out.push_back('!');
    out.append(std::to_string(text.size()));
    out.append("\r\n");
    out.append(text.view());
    out.append("\r\n");
    at = header.end + header.length + 2;
  }
  finish_element();
  return Step::done;
}

ReplyRewriter::Step ReplyRewriter::element(const char*& at, const char* end,
                                           const tenant::Tenant& tenant, Buffer& out) {
  resp::Header header;
  switch (resp::read_header(at, end, 0, header)) {
    case resp::HeaderStatus::partial:
      return Step::wait;
    case resp::HeaderStatus::malformed:
      return Step::foreign;
    case resp::HeaderStatus::whole:
      break;
  }
  if (header.type == '-' || header.type == '!') return error(at, header, end, tenant, out);
  // A null in the place of a name is none (RANDOMKEY of an empty database); any other type there
  // is a reply that the rule does not describe.
  if (at_name() && !header.null) {
    if (header.type != '$') return Step::foreign;
    return name(at, header.end, header.length, end, tenant, out);
  }
  const std::string_view line(at, static_cast<std::size_t>(header.end - at));
  if (header.is_aggregate() && !header.null) {
    if (depth_ == kDeepest || header.type == '|' || header.type == '>') return Step::foreign;
    if (depth_ == 0) map_ = header.type == '%';
    out.append(line);
    at = header.end;
    levels_[depth_++] = {header.length, 0};
    if (header.length == 0) {
      --depth_;
      finish_element();
    }
    return Step::done;
  }
  if (header.is_bulk() && !header.null && above_names()) return Step::foreign;
  out.append(line);
  at = header.end;
  if (header.is_bulk() && !header.null)
    body_ = header.length + 2;
  else
    finish_element();
  return Step::done;
}

bool ReplyRewriter::feed(std::string_view bytes, const tenant::Tenant& tenant, Buffer& out) {
  const std::size_t before = out.size();
  const bool carried = !carry_.empty();
  if (carried) {
    carry_.append(bytes);
    bytes = carry_.view();
  }
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  Step step = Step::done;
  while (at != end && step == Step::done) {
    if (body_ != 0) {
      const auto taken = std::min(body_, static_cast<std::uint64_t>(end - at));
      out.append({at, static_cast<std::size_t>(taken)});
      at += taken;
      body_ -= taken;
      if (body_ == 0) finish_element();
    } else {
      step = element(at, end, tenant, out);
    }
  }
  if (step == Step::foreign) {
    out.truncate(before);
    return false;
  }
  const auto used = static_cast<std::size_t>(at - bytes.data());
  if (carried)
    carry_.consume(used);
  else if (at != end)
    carry_.append(bytes.substr(used));
  return true;
}

}  // namespace bulkhead::rewrite
