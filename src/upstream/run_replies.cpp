#include "bulkhead/upstream/run_replies.hpp"

namespace bulkhead::upstream {
namespace {

constexpr std::string_view kAborted = "-EXECABORT Transaction discarded because of: ";

}  // namespace

void RunReplies::begin(std::uint32_t following, bool begun) {
  stage_ = begun ? Stage::queueing : Stage::multi;
  following_ = following;
  left_ = following + 1;
  found_ = 0;
  has_answer_ = alone_ = false;
}

void RunReplies::answered() {
  has_answer_ = true;
  stage_ = Stage::found;
}

RunReplies::Kind RunReplies::take(std::string_view line) {
  switch (stage_) {
    case Stage::multi:
      alone_ = line[0] == '-';
      if (!alone_ && line[0] != '+') return Kind::broken;
      stage_ = alone_ ? Stage::answer : Stage::queueing;
      return Kind::swallowed;
    case Stage::queueing:
      return take_queued(line);
    case Stage::exec:
      return take_exec(line);
    case Stage::found:
      if (line[0] != ':' && line[0] != '-') return Kind::broken;
      if (++found_ == following_) stage_ = alone_ ? Stage::refused_exec : Stage::over;
      return Kind::found;
    case Stage::refused_exec:
      stage_ = Stage::over;
      return line[0] == '-' ? Kind::swallowed : Kind::broken;
    case Stage::answer:
    case Stage::over:
      break;
  }
  return Kind::broken;
}

RunReplies::Kind RunReplies::take_queued(std::string_view line) {
  if (line[0] != '+' && line[0] != '-') return Kind::broken;
  if (--left_ == 0) stage_ = Stage::exec;
  if (line[0] == '+' || has_answer_) return Kind::swallowed;
  has_answer_ = true;  // nothing of it will be carried out
  return Kind::answer;
}

RunReplies::Kind RunReplies::take_exec(std::string_view line) {
  if (line[0] == '-') {
    stage_ = Stage::over;
    return has_answer_ ? Kind::swallowed : Kind::answer;
  }
  if (has_answer_ || line != "*" + std::to_string(following_ + 1) + "\r\n") return Kind::broken;
  stage_ = Stage::answer;
  return Kind::swallowed;
}

std::string RunReplies::without_exec(std::string_view line) {
  if (!line.starts_with(kAborted)) return std::string(line);
  return "-" + std::string(line.substr(kAborted.size()));
}

}  // namespace bulkhead::upstream
