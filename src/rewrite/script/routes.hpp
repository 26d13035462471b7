// The parts of the shim that know databases. Private to the module.
#pragma once

#include "bulkhead/rewrite/script_shape.hpp"

#include <string>

namespace bulkhead::rewrite::script {

// `function(k) ... end`: key -> database or, with a prefix per feature, index of the feature; false
// where the key lies on another backend.
std::string routing_function(const Shape& shape);
// `function(k) ... end`: key -> the milliseconds that it gets when it has no expiry, and the most
// that it may have; nothing where its feature asks for neither.
std::string lifetime_function(const Shape& shape);
// A Lua table of both by database, for keys that are not routed.
std::string lifetimes_by_database(const Shape& shape);
// What that function gives for every key of one database.
std::string fixed_place(const Shape& shape, int db);
// Lua tables: every place that the function can give; feature -> database.
std::string all_places(const Shape& shape);
std::string databases_of_features(const Shape& shape);
// " 0 4 9 ", what SELECT may name.
std::string selectable(const Shape& shape);
// Lua: from the database `v` in digits to the values that a fixed D returns.
std::string selected_place(const Shape& shape);

}  // namespace bulkhead::rewrite::script
