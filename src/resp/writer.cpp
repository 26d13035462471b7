#include "bulkhead/resp/writer.hpp"

#include "bulkhead/resp/number.hpp"

#include <array>
#include <cstdio>
#include <cstring>

namespace bulkhead::resp {
namespace {

constexpr std::size_t kLongestHeader = 24;

void write_header(Buffer& out, char type, std::uint64_t value) {
  char* const begin = out.prepare(kLongestHeader);
  *begin = type;
  char* end = write_integer(begin + 1, value);
  *end++ = '\r';
  *end++ = '\n';
  out.commit(static_cast<std::size_t>(end - begin));
}

}  // namespace

void write_array_header(Buffer& out, std::size_t elements) {
  write_header(out, '*', elements);
}
void write_bulk_header(Buffer& out, std::size_t length) {
  write_header(out, '$', length);
}

void write_bulk(Buffer& out, std::string_view bytes) {
  char* const begin = out.prepare(kLongestHeader + bytes.size() + 2);
  *begin = '$';
  char* end = write_integer(begin + 1, bytes.size());
  *end++ = '\r';
  *end++ = '\n';
  if (!bytes.empty()) std::memcpy(end, bytes.data(), bytes.size());
  end += bytes.size();
  *end++ = '\r';
  *end++ = '\n';
  out.commit(static_cast<std::size_t>(end - begin));
}

void ReplyWriter::header(char type, std::size_t count) {
  write_header(out_, type, count);
}

void ReplyWriter::simple(std::string_view text) {
  out_.push_back('+');
  out_.append(text);
  out_.append("\r\n");
}

void ReplyWriter::error(const Refusal& refusal) {
  out_.push_back('-');
  out_.append(refusal.sentence);
  out_.append("\r\n");
}

void ReplyWriter::integer(std::int64_t value) {
  if (value >= 0) return header(':', static_cast<std::size_t>(value));
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.push_back(':');
  out_.append({digits, static_cast<std::size_t>(end - digits)});
  out_.append("\r\n");
}

void ReplyWriter::number(double value) {
  std::array<char, 40> text;
  const int length = std::snprintf(text.data(), text.size(), "%.17g", value);
  const std::string_view written(text.data(), static_cast<std::size_t>(length));
  if (!resp3_) return bulk(written);
  out_.append(",");
  out_.append(written);
  out_.append("\r\n");
}

void ReplyWriter::verbatim(std::string_view text) {
  if (!resp3_) return bulk(text);
  header('=', text.size() + 4);
  out_.append("txt:");
  out_.append(text);
  out_.append("\r\n");
}

void ReplyWriter::null() {
  out_.append(resp3_ ? "_\r\n" : "$-1\r\n");
}
void ReplyWriter::null_array() {
  out_.append(resp3_ ? "_\r\n" : "*-1\r\n");
}
void ReplyWriter::map(std::size_t pairs) {
  if (resp3_)
    header('%', pairs);
  else
    header('*', pairs * 2);
}
void ReplyWriter::push(std::size_t elements) {
  header(resp3_ ? '>' : '*', elements);
}
void ReplyWriter::set(std::size_t elements) {
  header(resp3_ ? '~' : '*', elements);
}

}  // namespace bulkhead::resp
