#include "bulkhead/session/answers.hpp"

#include "bulkhead/command/table.hpp"
#include "bulkhead/session/conversations.hpp"
#include "catch.hpp"

using namespace bulkhead;

TEST_CASE("every local row has an answer and every scoped row a conversation") {
  for (const command::Row& row : command::rows()) {
    CAPTURE(row.name);
    if (row.handling == command::Handling::local) {
      CHECK(session::answer_for(row.action) != nullptr);
    }
    if (row.handling == command::Handling::scoped) {
      CHECK(session::conversation_for(row.action) != nullptr);
    }
  }
}
