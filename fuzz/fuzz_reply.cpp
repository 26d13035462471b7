// Bytes of a backend: the scanner finds the same replies however they are cut, and those that
// hiredis finds; and the rewriter does what its rule says of the reply as a tree, which no name of
// another tenant survives.
#include "bulkhead/base/glob.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "fuzz.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace bulkhead;
using command::ReplyRule;
using resp::ReplyScanner;

namespace {

constexpr std::string_view kPrefix = "acme:";
constexpr int kDeepest = 32;

struct Outcome {
  std::vector<std::string> replies;
  bool malformed = false;
  bool operator==(const Outcome&) const = default;
};

// As a lane does it: what the scanner has not taken is handed in again.
Outcome split(std::string_view bytes, std::uint8_t seed) {
  Outcome outcome;
  ReplyScanner scanner;
  std::string waiting, current;
  for (fuzz::Pieces pieces(bytes, seed); pieces.more();) {
    waiting += pieces.next();
    while (!waiting.empty()) {
      const std::size_t taken = scanner.scan(waiting);
      FUZZ_CHECK(taken <= waiting.size());
      current += waiting.substr(0, taken);
      waiting.erase(0, taken);
      if (scanner.status() == ReplyScanner::Status::malformed) {
        outcome.malformed = true;
        return outcome;
      }
      if (scanner.status() == ReplyScanner::Status::partial) break;
      outcome.replies.push_back(std::exchange(current, {}));
      scanner.reset();
    }
  }
  return outcome;
}

// What hiredis makes of the bytes: the length of the first reply, or 0 when it is not whole. It
// takes any two bytes behind a bulk string for its CRLF; that is noted, since the scanner does not.
struct Oracle {
  bool error = false;
  bool sloppy = false;
  std::size_t length = 0;
};

Oracle ask_hiredis(std::string_view bytes) {
  Oracle oracle;
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions f{};
    f.createString = [](const redisReadTask* task, char* text, std::size_t length) -> void* {
      if (task->type == REDIS_REPLY_STRING && std::string_view(text + length, 2) != "\r\n") {
        static_cast<Oracle*>(task->privdata)->sloppy = true;
      }
      return task->privdata;
    };
    f.createArray = [](const redisReadTask* task, auto) -> void* { return task->privdata; };
    f.createInteger = [](const redisReadTask* task, long long) -> void* { return task->privdata; };
    f.createNil = [](const redisReadTask* task) -> void* { return task->privdata; };
    f.freeObject = [](void*) {};
    return f;
  }();
  redisReader* reader = redisReaderCreateWithFunctions(&functions);
  reader->privdata = &oracle;
  redisReaderFeed(reader, bytes.data(), bytes.size());
  void* reply = nullptr;
  oracle.error = redisReaderGetReply(reader, &reply) != REDIS_OK;
  if (!oracle.error && reply != nullptr) oracle.length = bytes.size() - (reader->len - reader->pos);
  redisReaderFree(reader);
  return oracle;
}

void compare_with_hiredis(std::string_view bytes, const Outcome& found) {
  const Oracle oracle = ask_hiredis(bytes);
  if (oracle.error || oracle.sloppy) return;
  if (oracle.length == 0) {
    FUZZ_CHECK(found.replies.empty());
  } else {
    FUZZ_CHECK(!found.replies.empty() && found.replies[0].size() == oracle.length);
  }
}

// One reply, taken apart; the bytes are known to be one.
struct Node {
  char type = 0;
  bool null = false;
  std::string line;  // the first line, with its CRLF
  std::string text;  // of a bulk string
  std::vector<Node> elements;

  bool aggregate() const {
    return std::string_view("*%~>|").find(type) != std::string_view::npos && !null;
  }
  bool bulk() const { return (type == '$' || type == '=') && !null; }
};

Node parse(const char*& at, const char* end) {
  Node node;
  resp::Header header;
  FUZZ_CHECK(resp::read_header(at, end, 0, header) == resp::HeaderStatus::whole);
  node.type = header.type;
  node.null = header.null;
  node.line.assign(at, header.end);
  at = header.end;
  if (header.is_bulk() && !header.null) {
    node.text.assign(at, header.length);
    at += header.length + 2;
  }
  if (!header.is_aggregate() || header.null) return node;
  for (std::uint64_t i = 0; i < header.length; ++i) {
    // An attribute stands in front of its element, and is refused anyway.
    while (at != end && *at == '|') node.elements.push_back(parse(at, end));
    node.elements.push_back(parse(at, end));
  }
  return node;
}

// What looks like a prefix right behind one is the client's.
std::string without_prefix(std::string text) {
  for (std::size_t at = 0; (at = text.find(kPrefix, at)) != std::string::npos;) {
    text.erase(at, kPrefix.size());
    while (text.compare(at, kPrefix.size(), kPrefix) == 0) at += kPrefix.size();
  }
  return text;
}

std::string framed(char type, const std::string& text) {
  return type + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

enum class Place { plain, name, names, scan, popped, streams, stream };

// Where the i-th element of an aggregate in this place stands.
Place place_of(Place parent, std::size_t i, bool map) {
  switch (parent) {
    case Place::names:
      return Place::name;
    case Place::scan:
      return i == 1 ? Place::names : Place::plain;
    case Place::popped:
    case Place::stream:
      return i == 0 ? Place::name : Place::plain;
    case Place::streams:
      if (map) return i % 2 == 0 ? Place::name : Place::plain;
      return Place::stream;
    default:
      return Place::plain;
  }
}

// What the tenant may read of it; nothing when it must not.
std::optional<std::string> expected(const Node& node, Place place, int depth) {
  if (node.type == '-') {
    std::string text = without_prefix(node.line.substr(0, node.line.size() - 2));
    std::replace(text.begin(), text.end(), '\r', ' ');
    return text + "\r\n";
  }
  if (node.type == '!') return framed('!', without_prefix(node.text));
  if (node.null) return node.line;
  if (place == Place::name) {
    if (node.type != '$' || !node.text.starts_with(kPrefix)) return std::nullopt;
    return framed('$', node.text.substr(kPrefix.size()));
  }
  if (node.aggregate()) {
    if (depth == kDeepest || node.type == '|' || node.type == '>') return std::nullopt;
    std::string out = node.line;
    for (std::size_t i = 0; i < node.elements.size(); ++i) {
      const auto element =
          expected(node.elements[i], place_of(place, i, node.type == '%'), depth + 1);
      if (!element) return std::nullopt;
      out += *element;
    }
    return out;
  }
  if (!node.bulk()) return node.line;
  if (place != Place::plain) return std::nullopt;
  return node.line + node.text + "\r\n";
}

std::optional<std::string> rewritten(std::string_view reply, ReplyRule rule, std::uint8_t seed,
                                     const tenant::Tenant& tenant) {
  rewrite::ReplyRewriter rewriter;
  rewriter.begin(rule);
  Buffer out;
  for (fuzz::Pieces pieces(reply, seed); pieces.more();) {
    const std::size_t before = out.size();
    if (!rewriter.feed(pieces.next(), tenant, out)) {
      FUZZ_CHECK(out.size() == before);
      return std::nullopt;
    }
  }
  return std::string(out.view());
}

struct Rule {
  ReplyRule rule;
  Place root;
};
constexpr Rule kRules[] = {
    {ReplyRule::plain, Place::plain},   {ReplyRule::name, Place::name},
    {ReplyRule::names, Place::names},   {ReplyRule::scan, Place::scan},
    {ReplyRule::popped, Place::popped}, {ReplyRule::streams, Place::streams}};

void rewrite_with_every_rule(const std::string& reply, std::uint8_t seed) {
  static const tenant::Tenant acme = [] {
    tenant::Tenant tenant;
    tenant.prefixes.push_back({std::string(kPrefix), glob_escaped(kPrefix)});
    return tenant;
  }();
  // The tree is built by recursion, and an attribute in front of a reply is not in it.
  std::size_t lines = 0;
  for (char c : reply) lines += c == '\n';
  if (lines > 2000) return;
  const char* at = reply.data();
  Node root = parse(at, reply.data() + reply.size());
  const bool attributed = root.type == '|';
  for (const Rule& rule : kRules) {
    const auto want = attributed ? std::nullopt : expected(root, rule.root, 0);
    FUZZ_CHECK(rewritten(reply, rule.rule, 0, acme) == want);
    FUZZ_CHECK(rewritten(reply, rule.rule, 1, acme) == want);
    FUZZ_CHECK(rewritten(reply, rule.rule, seed, acme) == want);
    if (want) FUZZ_CHECK(split(*want, 0).replies == std::vector<std::string>{*want});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::uint8_t seed = 0;
  if (!fuzz::take_choice(bytes, seed)) return 0;
  const Outcome whole = split(bytes, 0);
  FUZZ_CHECK(split(bytes, 1) == whole);
  FUZZ_CHECK(split(bytes, seed) == whole);
  if (!bytes.empty()) compare_with_hiredis(bytes, whole);
  for (const std::string& reply : whole.replies) rewrite_with_every_rule(reply, seed);
  return 0;
}
