// What stands before a connection's bytes: however it is cut, it is the same header or the same
// mistake, and nothing behind it is taken.
#include "bulkhead/resp/proxy_header.hpp"
#include "fuzz.hpp"

#include <algorithm>
#include <string>

using namespace bulkhead;

namespace {

using Progress = resp::ProxyHeaderReader::Progress;

constexpr std::size_t kFixed = 16;

struct Outcome {
  Progress progress = Progress::incomplete;
  std::string source, destination, problem;
  bool local = false;
  std::size_t taken = 0;
  // How much of a mistake's bytes is taken depends on how they are cut.
  bool operator==(const Outcome& other) const {
    return progress == other.progress && source == other.source &&
           destination == other.destination && problem == other.problem && local == other.local &&
           (progress == Progress::malformed || taken == other.taken);
  }
};

Outcome read(std::string_view bytes, std::uint8_t seed) {
  resp::ProxyHeaderReader reader;
  Outcome out;
  for (fuzz::Pieces pieces(bytes, seed); pieces.more() && out.progress == Progress::incomplete;) {
    std::string_view piece = pieces.next();
    while (!piece.empty() && out.progress == Progress::incomplete) {
      FUZZ_CHECK(reader.wanted() > 0);
      FUZZ_CHECK(out.taken + reader.wanted() <= kFixed + resp::ProxyHeaderReader::kMostBehind);
      const std::string_view taken = piece.substr(0, reader.wanted());
      out.progress = reader.take(taken);
      out.taken += taken.size();
      piece.remove_prefix(taken.size());
    }
  }
  FUZZ_CHECK((out.progress == Progress::malformed) == !reader.problem().empty());
  out.problem = reader.problem();
  if (out.progress != Progress::complete) return out;
  FUZZ_CHECK(reader.wanted() == 0);
  const resp::ProxyHeader& header = reader.header();
  out.local = header.local;
  out.source = header.source.with_port(header.source_port);
  out.destination = header.destination.with_port(header.destination_port);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::uint8_t seed = 0;
  if (!fuzz::take_choice(bytes, seed)) return 0;
  const Outcome whole = read(bytes, 0);
  FUZZ_CHECK(read(bytes, 1) == whole);
  FUZZ_CHECK(read(bytes, seed) == whole);
  if (whole.progress == Progress::complete) {
    FUZZ_CHECK(whole.taken >= kFixed && read(bytes.substr(0, whole.taken), seed) == whole);
    FUZZ_CHECK(read(bytes.substr(0, whole.taken - 1), seed).progress == Progress::incomplete);
  }
  return 0;
}
