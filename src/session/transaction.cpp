#include "bulkhead/session/transaction.hpp"

#include "bulkhead/base/sentences.hpp"

namespace bulkhead::session {

Transaction::Transaction(const tenant::ClientState& client,
                         std::shared_ptr<const request::Snapshot> snapshot, Backends backends)
    : client_(client), snapshot_(std::move(snapshot)), backends_(std::move(backends)) {
  client_.mode = tenant::Mode::queueing;
}

std::optional<Refusal> Transaction::add_upstream(const rewrite::TenantCommand& command,
                                                 route::Place place, Item& item) {
  if (!place_) {
    place_ = place;
    db_ = place.db;
  }
  // No transaction spans two servers.
  if (place_->backend != place.backend) return refuse::cross_db();
  if (place.db != db_) {
    queued_.select(place.db);
    db_ = place.db;
    changes_database_ = true;
  }
  std::uint32_t element = queued_.commands();
  item.elements.push_back(element);
  for (const rewrite::Following& one : command.following()) {
    item.following.emplace_back(++element, rewrite::Verdict(one));
  }
  if (command.expiries() != nullptr) item.missing += command.expiries()->missing;
  queued_.add(command);
  return std::nullopt;
}

std::optional<Refusal> Transaction::add(request::Plan& plan, const resp::Args& args,
                                        metrics::FeatureCounters* counters,
                                        const request::Scratch& scratch) {
  Item item;
  item.row = plan.row;
  item.counters = counters;
  if (std::holds_alternative<request::Split>(plan.step)) {
    auto parts = request::split(client_, *snapshot_, args, scratch);
    for (request::Part& part : parts) {
      const auto command = request::command_of(part, *plan.row, *client_.tenant, args);
      // A SELECT may stand between two parts: each is found by itself.
      if (auto refusal = add_upstream(command, part.route.place, item)) return refusal;
      item.positions.push_back(part.positions);
    }
  } else {
    const auto* forward = std::get_if<request::Forward>(&plan.step);
    const auto* block = std::get_if<request::Block>(&plan.step);
    const auto& command = forward != nullptr ? forward->command : block->command;
    const auto& route = forward != nullptr ? forward->route : block->route;
    if (auto refusal = add_upstream(command, route.place, item)) return refusal;
  }
  items_.push_back(std::move(item));
  return std::nullopt;
}

std::optional<Refusal> Transaction::add_script(const command::Row& row,
                                               const rewrite::TenantCommand& command,
                                               route::Place place, std::string_view wrapped_sha,
                                               std::string_view own_sha,
                                               metrics::FeatureCounters* counters) {
  Item item;
  if (auto refusal = add_upstream(command, place, item)) return refusal;
  item.row = &row;
  item.counters = counters;
  item.wrapped_sha = wrapped_sha;
  item.own_sha = own_sha;
  items_.push_back(std::move(item));
  runs_scripts_ = true;
  return std::nullopt;
}

void Transaction::add_reply(const command::Row& row, std::string_view reply) {
  Item item;
  item.row = &row;
  item.reply = reply;
  own_bytes_ += reply.size();
  items_.push_back(std::move(item));
}

void Transaction::add_own(const command::Row& row, const resp::Args& args) {
  Item item;
  item.row = &row;
  item.args = std::make_unique<resp::OwnedArgs>();
  for (std::size_t i = 0; i < args.size(); ++i) {
    item.args->add(args[i]);
    own_bytes_ += args[i].size();
  }
  items_.push_back(std::move(item));
}

rewrite::Batch Transaction::whole() const {
  rewrite::Batch batch;
  batch.multi();
  batch.append(queued_);
  batch.exec();
  return batch;
}

}  // namespace bulkhead::session
