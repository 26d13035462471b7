#include "ask.hpp"

#include "bulkhead/upstream/call.hpp"

namespace bulkhead::session {
namespace {

constexpr std::size_t kReplyLimit = 64 * 1024 * 1024;

}  // namespace

Awaitable<std::string> ask(Context& context, upstream::Backend& backend,
                           std::vector<rewrite::Word> words) {
  const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(context.io, kReplyLimit));
  tenant::Tenant nobody;  // there is no name in it
  nobody.prefixes.emplace_back();
  call->send(backend.own_lane(), rewrite::own_command(nobody, 0, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return "-" + reply.error().sentence + "\r\n";
  co_return std::string(*reply);
}

std::string first_line(std::string_view reply) {
  return std::string(reply.substr(1, reply.find('\r') - 1));
}

}  // namespace bulkhead::session
