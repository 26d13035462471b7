// The replies to one command that goes upstream with others behind it, in a transaction of their
// own (rewrite/expiries.hpp): which of them is the client's, and what the rest mean. No socket in
// here. Owned by a lane, for the command in front of its queue.
//
//   MULTI           +OK
//   the command     +QUEUED, or an error, which then is the answer
//   what follows    +QUEUED, each
//   EXEC            *n, the answer, and what the others found; or an error
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::upstream {

class RunReplies {
 public:
  enum class Kind : std::uint8_t {
    swallowed,  // nobody's
    answer,     // the client's, whole
    found,      // of the next of those that follow
    broken,     // no reply of a run: the lane's count is in doubt
  };

  // A command with so many behind it is in front now; `begun`: without its MULTI.
  void begin(std::uint32_t following, bool begun = false);
  // The client's answer comes next, a value of any kind; answered() when it has come.
  bool expects_answer() const { return stage_ == Stage::answer; }
  void answered();
  // Otherwise what comes next is this line, with its CRLF.
  Kind take(std::string_view line);
  // Every reply has come.
  bool over() const { return stage_ == Stage::over; }
  // How many of those that follow have been found.
  std::uint32_t found() const { return found_; }

  // What EXEC says of itself, as an answer to the command alone.
  static std::string without_exec(std::string_view line);

 private:
  enum class Stage : std::uint8_t { multi, queueing, exec, answer, found, refused_exec, over };

  Kind take_queued(std::string_view line);
  Kind take_exec(std::string_view line);

  Stage stage_ = Stage::over;
  std::uint32_t following_ = 0;
  std::uint32_t found_ = 0;
  std::uint32_t left_ = 0;  // of this stage
  bool has_answer_ = false;
  bool alone_ = false;  // MULTI was refused: what is behind it is carried out one by one
};

}  // namespace bulkhead::upstream
