// The way of a command without its sockets: bytes of a client in, bytes for Redis out, and back.
// One object stands for a client, its lane and what lies between; made and used on one thread.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/resp/request_reader.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/session/reply_queue.hpp"

#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace bulkhead::bench {

// A tenant, and the six features of the reference configuration.
inline constexpr std::string_view kConfig = R"(
listen: [{ address: 127.0.0.1:0 }]
backends: [{ name: main, address: 127.0.0.1:6379 }]
features:
  - { name: sessions, db: 0, keys: ["session:*", "auth:*", "refresh:*", "presence:*", "*:session:*"] }
  - { name: cache, db: 1, keys: ["cache:*", "*:cache:*"] }
  - { name: rate_limit, db: 2, keys: ["rate:*", "ratelimit:*", "*:ratelimit:*"] }
  - { name: realtime, db: 3, keys: ["ws:*", "online:*", "notifications:*", "stats:*"] }
  - { name: queues, db: 4, keys: ["queue:*", "job:*", "schedule:*", "bull:*"] }
  - { name: analytics, db: 5, keys: ["analytics:*", "leaderboard:*", "trending:*"] }
default_feature: cache
policy: ["+@all", "-@admin", "-@dangerous", "+@tenant"]
tenants: [{ name: acme, users: [] }]
)";

class Way {
 public:
  Way() {
    auto loaded = request::load_snapshot_text(kConfig, "bench.yaml");
    if (loaded.index() != 0) std::abort();
    snapshot_ = std::get<0>(std::move(loaded));
    client_.tenant = snapshot_->directory.find_tenant("acme");
  }

  static std::string command(std::initializer_list<std::string_view> words) {
    Buffer bytes;
    resp::write_array_header(bytes, words.size());
    for (std::string_view word : words) resp::write_bulk(bytes, word);
    return std::string(bytes.view());
  }

  // Each step does its part with all the commands in `bytes` and returns how many there were.
  std::size_t parse(std::string_view bytes) {
    reader_.input().append(bytes);
    std::size_t count = 0;
    for (; reader_.next(kLimits) == resp::RequestReader::Progress::complete; ++count) {
      reader_.drop();
    }
    return count;
  }

  bool plan(const resp::Args& args) {
    const request::Plan made = request::plan(*snapshot_, client_, args, scratch_);
    return std::holds_alternative<request::Forward>(made.step);
  }

  std::size_t there(std::string_view bytes) {
    reader_.input().append(bytes);
    std::size_t count = 0;
    for (; reader_.next(kLimits) == resp::RequestReader::Progress::complete; ++count) {
      const request::Plan made = request::plan(*snapshot_, client_, reader_.args(), scratch_);
      const auto* forward = std::get_if<request::Forward>(&made.step);
      if (forward == nullptr) std::abort();
      replies_.open(made.row, &counters_, now_, false);
      forward->command.append_to(lane_);
      reader_.drop();
    }
    lane_.clear();
    return count;
  }

  std::size_t scan(std::string_view replies) {
    std::size_t count = 0;
    for (; !replies.empty(); ++count) {
      replies.remove_prefix(scanner_.scan(replies));
      if (scanner_.status() != resp::ReplyScanner::Status::complete) std::abort();
      scanner_.reset();
    }
    return count;
  }

  std::size_t back(std::string_view replies) {
    std::size_t count = 0;
    for (; !replies.empty(); ++count) {
      const std::size_t length = scanner_.scan(replies);
      if (scanner_.status() != resp::ReplyScanner::Status::complete) std::abort();
      scanner_.reset();
      replies_.deliver(ticket_++, replies.substr(0, length), true, *client_.tenant, now_);
      replies.remove_prefix(length);
    }
    replies_.output().clear();
    return count;
  }

 private:
  static constexpr resp::RequestLimits kLimits{1 << 20, 512 << 20, 1 << 30, true};

  std::shared_ptr<const request::Snapshot> snapshot_;
  tenant::ClientState client_;
  request::Scratch scratch_;
  resp::RequestReader reader_;
  resp::ReplyScanner scanner_;
  session::ReplyQueue replies_;
  metrics::FeatureCounters counters_;
  Buffer lane_;
  Instant now_{};
  std::uint64_t ticket_ = 0;
};

}  // namespace bulkhead::bench
