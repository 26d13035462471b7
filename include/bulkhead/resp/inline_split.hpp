// Splits one line into arguments as Redis does for inline commands (sds.c, sdssplitargs): quotes,
// escapes and \xHH included. A pure function.
#pragma once

#include "bulkhead/resp/args.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::resp {

// Fills `bytes` with the arguments' bytes and appends a slice of it for each. False when a quote is
// not closed or is followed by something other than a space.
bool split_inline(std::string_view line, std::string& bytes, std::vector<Slice>& slices);

}  // namespace bulkhead::resp
