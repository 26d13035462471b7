#include "bulkhead/rewrite/expiries.hpp"

#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/writer.hpp"

namespace bulkhead::rewrite {

std::optional<Expiry> Verdict::read(std::string_view line) const {
  if (line.size() < 4 || line[0] != ':') return std::nullopt;
  const auto value = resp::parse_integer(line.substr(1, line.size() - 3));
  if (!value) return std::nullopt;
  switch (kind) {
    case Following::Kind::give:
      return *value == 1 ? std::optional(Expiry::missing) : std::nullopt;
    case Following::Kind::cut:
      return *value == 1 ? std::optional(Expiry::over_max) : std::nullopt;
    case Following::Kind::ask:
      if (*value == -1) return Expiry::missing;
      return most != 0 && *value > most ? std::optional(Expiry::over_max) : std::nullopt;
  }
  return std::nullopt;
}

void append_following(const Following& following, std::string_view key, Buffer& out) {
  const bool asks = following.kind == Following::Kind::ask;
  out.append(asks ? "*2\r\n$4\r\nPTTL\r\n" : "*4\r\n$7\r\nPEXPIRE\r\n");
  resp::write_bulk_header(out, following.prefix.size() + key.size());
  out.append(following.prefix);
  out.append(key);
  out.append("\r\n");
  if (asks) return;
  out.append(following.kind == Following::Kind::give ? following.ttl->nx : following.ttl->lt);
}

}  // namespace bulkhead::rewrite
