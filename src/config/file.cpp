#include "config/file.hpp"

#include "config/utf8.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace bulkhead::config {

namespace {

constexpr std::size_t kOpenersMax = 64;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

// Counts '[' and '{' that only blanks separate. More of them than any configuration has make the
// parser look ahead to the last one before it sees that they are too many.
class Openers {
 public:
  bool too_many_with(char c) {
    if (c == '[' || c == '{') {
      ++count_;
    } else if (c != ' ' && c != '\n') {
      count_ = 0;
    }
    return count_ > kOpenersMax;
  }

 private:
  std::size_t count_ = 0;
};

std::optional<std::string> read_all(std::FILE* file, std::string& out, std::size_t max) {
  char part[64 * 1024];
  while (const std::size_t n = std::fread(part, 1, sizeof part, file)) {
    if (out.size() + n > max) return "is larger than " + std::to_string(max) + " bytes";
    out.append(part, n);
  }
  if (std::ferror(file) != 0) return std::string("cannot be read: ") + std::strerror(errno);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::string& out, std::size_t max) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return "is a directory";
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return std::string("cannot be opened: ") + std::strerror(errno);
  out.clear();
  return read_all(file.get(), out, max);
}

std::optional<Problem> check_text(std::string_view text, const std::string& file) {
  int line = 1;
  Openers openers;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return Problem{file, line, "this line is not UTF-8 text"};
    if (is_control(c)) return Problem{file, line, "this line has a control character in it"};
    if (openers.too_many_with(c)) return Problem{file, line, "the nesting is too deep"};
    line += c == '\n';
    i += length;
  }
  return std::nullopt;
}

}  // namespace bulkhead::config
