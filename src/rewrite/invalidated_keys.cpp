#include "bulkhead/rewrite/invalidated_keys.hpp"

#include "bulkhead/resp/elements.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/resp/writer.hpp"

namespace bulkhead::rewrite {

InvalidatedKeys clients_keys(std::string_view keys, const tenant::Tenant& tenant) {
  InvalidatedKeys found;
  if (resp::is_null(keys)) {
    found.all = true;
    found.wire.append(keys);
    return found;
  }
  Buffer names;
  for (std::string_view element : resp::elements_of(keys)) {
    resp::Header header;
    const char* const end = element.data() + element.size();
    const bool read =
        resp::read_header(element.data(), end, 0, header) == resp::HeaderStatus::whole;
    const std::string_view physical =
        read && header.is_bulk() && !header.null
            ? std::string_view(header.end, static_cast<std::size_t>(header.length))
            : std::string_view();
    const std::size_t prefix = tenant.prefix_length(physical);
    if (prefix == 0) {
      ++found.foreign;
      continue;
    }
    resp::write_bulk(names, tenant.adds_prefix() ? physical.substr(prefix) : physical);
    ++found.own;
  }
  resp::write_array_header(found.wire, found.own);
  found.wire.append(names.view());
  return found;
}

}  // namespace bulkhead::rewrite
