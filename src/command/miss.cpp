#include "bulkhead/command/miss.hpp"

#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/writer.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::command {
namespace {

// Whether SET is to do no more than set: the rest of its options ask for what was there before, and
// who asks decides by the answer.
bool sets_plainly(const resp::Args& args) {
  constexpr std::array<std::string_view, 4> kTimes = {"ex", "px", "exat", "pxat"};
  for (std::size_t i = 3; i < args.size(); ++i) {
    const std::string_view option = args[i];
    const auto is = [option](std::string_view word) { return equals_ignoring_case(option, word); };
    if (std::any_of(kTimes.begin(), kTimes.end(), is))
      ++i;
    else if (!is("keepttl"))
      return false;
  }
  return true;
}

}  // namespace

Missing missing(const Row& row, const resp::Args& args, bool resp3) {
  Missing found{row.miss, resp3, 0};
  const auto behind = static_cast<std::uint32_t>(args.size() < 2 ? 0 : args.size() - 2);
  switch (row.miss) {
    case Miss::null_or_empty:
      found.kind = behind == 0 ? Miss::null : Miss::empty_array;
      break;
    case Miss::null_each_key:
      found.kind = Miss::nulls;
      found.count = behind + 1;
      break;
    case Miss::nulls:
    case Miss::null_arrays:
    case Miss::zeros:
      found.count = behind;
      break;
    case Miss::ok_if_plain:
      found.kind = sets_plainly(args) ? Miss::ok : Miss::none;
      break;
    case Miss::one:
      found.kind = Miss::added;
      found.count = 1;
      break;
    case Miss::added:
      found.count = behind;
      break;
    case Miss::added_pairs:
      found.kind = Miss::added;
      found.count = behind / 2;
      break;
    default:
      break;
  }
  return found;
}

void write_missing(const Missing& missing, Buffer& out) {
  resp::ReplyWriter writer(out, missing.resp3);
  const auto elements = [&](auto write) {
    writer.array(missing.count);
    for (std::uint32_t i = 0; i < missing.count; ++i) write();
  };
  switch (missing.kind) {
    case Miss::null:
      return writer.null();
    case Miss::nulls:
      return elements([&] { writer.null(); });
    case Miss::null_arrays:
      return elements([&] { writer.null_array(); });
    case Miss::zeros:
      return elements([&] { writer.integer(0); });
    case Miss::empty_array:
      return writer.array(0);
    case Miss::empty_set:
      return writer.set(0);
    case Miss::empty_map:
      return writer.map(0);
    case Miss::empty_page:
      writer.array(2);
      writer.bulk("0");
      return writer.array(0);
    case Miss::empty_string:
      return writer.bulk("");
    case Miss::no_key:
      return writer.integer(-2);
    case Miss::no_type:
      return writer.simple("none");
    case Miss::ok:
      return writer.ok();
    case Miss::added:
      return writer.integer(missing.count);
    case Miss::zero:
    default:
      return writer.integer(0);
  }
}

bool is_about_state(std::string_view error) {
  constexpr std::array<std::string_view, 8> kCodes = {
      "LOADING", "MASTERDOWN", "READONLY", "OOM", "MISCONF", "BUSY", "NOREPLICAS", "CLUSTERDOWN"};
  // RESP3 may say the length first: "!21\r\nLOADING ...".
  if (error.starts_with('!')) error.remove_prefix(std::min(error.find('\n'), error.size() - 1));
  const std::string_view code = error.substr(1, error.find_first_of(" \r") - 1);
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace bulkhead::command
