// Bytes of a client: whatever they are, and however they are cut, they are the same commands; and a
// command written anew is read as it was.
#include "bulkhead/resp/request_reader.hpp"
#include "bulkhead/resp/writer.hpp"
#include "fuzz.hpp"

#include <string>
#include <vector>

using namespace bulkhead;

namespace {

using Command = std::vector<std::string>;

struct Outcome {
  std::vector<Command> commands;
  std::string refusal;
  bool operator==(const Outcome&) const = default;
};

constexpr resp::RequestLimits kAfterAuth{1024, 1 << 20, 1 << 20, true};

Outcome read(std::string_view bytes, std::uint8_t seed, const resp::RequestLimits& limits) {
  using Progress = resp::RequestReader::Progress;
  Outcome outcome;
  resp::RequestReader reader;
  for (fuzz::Pieces pieces(bytes, seed); pieces.more();) {
    reader.input().append(pieces.next());
    for (;;) {
      const Progress progress = reader.next(limits);
      if (progress == Progress::incomplete) break;
      if (progress == Progress::malformed) {
        FUZZ_CHECK(reader.input().empty());
        outcome.refusal = reader.refusal().sentence;
        return outcome;
      }
      FUZZ_CHECK(reader.length() > 0 && reader.length() <= reader.input().size());
      Command& command = outcome.commands.emplace_back();
      for (std::size_t i = 0; i < reader.args().size(); ++i) command.emplace_back(reader.args()[i]);
      FUZZ_CHECK(!command.empty() && command.size() <= limits.args);
      reader.drop();
    }
  }
  return outcome;
}

std::string written(const std::vector<Command>& commands) {
  Buffer out;
  for (const Command& command : commands) {
    resp::write_array_header(out, command.size());
    for (const std::string& arg : command) resp::write_bulk(out, arg);
  }
  return std::string(out.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::uint8_t seed = 0;
  if (!fuzz::take_choice(bytes, seed)) return 0;
  const resp::RequestLimits limits =
      seed % 4 == 3 ? resp::RequestLimits::before_auth() : kAfterAuth;
  const Outcome whole = read(bytes, 0, limits);
  FUZZ_CHECK(read(bytes, 1, limits) == whole);
  FUZZ_CHECK(read(bytes, seed, limits) == whole);
  const Outcome again = read(written(whole.commands), seed, kAfterAuth);
  FUZZ_CHECK(again.commands == whole.commands && again.refusal.empty());
  return 0;
}
