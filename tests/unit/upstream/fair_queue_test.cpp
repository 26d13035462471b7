#include "bulkhead/upstream/fair_queue.hpp"

#include "catch.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

using namespace bulkhead;
using namespace bulkhead::upstream;

namespace {

// A queue, and what comes out of it. A command's ticket is 1,000,000 times its tenant's number and
// its own number; its bytes are the tenant's letter.
struct Stage {
  explicit Stage(int tenants) {
    for (int i = 0; i < tenants; ++i) counters.emplace_back(10);
  }

  Payer payer(int tenant, std::uint32_t weight = 1) {
    return {&counters[static_cast<std::size_t>(tenant)], weight};
  }
  void put(int tenant, std::size_t bytes = 40, std::uint32_t weight = 1, int pieces = 1) {
    FairQueue::Flow& flow = queue.flow(payer(tenant, weight));
    const std::uint64_t begins = flow.end();
    flow.bytes().append(std::string(bytes, static_cast<char>('a' + tenant % 26)));
    for (int i = 0; i < pieces; ++i) {
      queue.push(flow, {nullptr, ticket(tenant, put_[tenant]++), Instant{}, begins});
    }
    queue.written(flow, begins);
  }
  static std::uint64_t ticket(int tenant, std::uint64_t number) {
    return static_cast<std::uint64_t>(tenant) * 1'000'000 + number;
  }
  // Releases so many times and tells whose the commands were, in order.
  std::vector<int> release(int times) {
    const std::size_t before = out.size();
    for (int i = 0; i < times; ++i) queue.release(sent, out, 1000 + sent.size());
    std::vector<int> tenants;
    for (std::size_t i = before; i < out.size(); ++i) {
      const int tenant = static_cast<int>(out[i].ticket / 1'000'000);
      REQUIRE(out[i].ticket == ticket(tenant, taken_[tenant]++));  // each tenant's order is kept
      tenants.push_back(tenant);
    }
    return tenants;
  }
  static std::size_t count(const std::vector<int>& tenants, int tenant) {
    return static_cast<std::size_t>(std::count(tenants.begin(), tenants.end(), tenant));
  }

  std::deque<metrics::TenantCounters> counters;
  FairQueue queue;
  Buffer sent;
  Ring<Entry> out;

 private:
  std::map<int, std::uint64_t> put_, taken_;
};

}  // namespace

TEST_CASE("one tenant's commands leave in their order, with their bytes") {
  Stage stage(1);
  for (int i = 0; i < 100; ++i) stage.put(0, 10);
  CHECK(stage.queue.commands() == 100);
  CHECK(stage.queue.bytes() == 1000);
  CHECK(stage.counters[0].queued.value() == 100);
  stage.release(100);
  CHECK(stage.queue.empty());
  CHECK(stage.queue.bytes() == 0);
  CHECK(stage.counters[0].queued.value() == 0);
  CHECK(stage.sent.view() == std::string(1000, 'a'));
  for (std::size_t i = 0; i < 100; ++i) CHECK(stage.out[i].begins == 1000 + 10 * i);
}

TEST_CASE("who has just come is before who has much waiting") {
  Stage stage(2);
  for (int i = 0; i < 1000; ++i) stage.put(0);
  stage.release(100);
  stage.put(1);
  CHECK(stage.queue.has_fresh());
  CHECK(stage.release(1) == std::vector<int>{1});
  for (int i = 0; i < 500; ++i) stage.put(1);
  const auto then = stage.release(200);  // but only once in a round
  CHECK(Stage::count(then, 0) > 80);
  CHECK(Stage::count(then, 1) > 80);
}

TEST_CASE("nobody becomes new again by stopping for a moment") {
  Stage stage(2);
  for (int i = 0; i < 4000; ++i) stage.put(0);
  stage.release(20);
  std::vector<int> all;
  for (int i = 0; i < 1000; ++i) {
    stage.put(1);
    stage.put(1);
    const auto two = stage.release(2);
    all.insert(all.end(), two.begin(), two.end());
  }
  CHECK(Stage::count(all, 0) > 900);
}

TEST_CASE("two with much waiting take turns") {
  Stage stage(2);
  for (int i = 0; i < 1000; ++i) stage.put(i < 500 ? 0 : 1);
  const auto order = stage.release(400);
  CHECK(Stage::count(order, 0) > 180);
  CHECK(Stage::count(order, 1) > 180);
}

TEST_CASE("shares are of bytes, not of commands") {
  Stage stage(2);
  for (int i = 0; i < 100; ++i) stage.put(0, 100'000);
  for (int i = 0; i < 20'000; ++i) stage.put(1, 100);
  stage.release(2000);
  std::size_t bytes[2] = {};
  for (const char c : stage.sent.view()) ++bytes[c == 'a' ? 0 : 1];
  const auto cost = static_cast<double>(bytes[1] + bytes[1] / 100 * kCommandCost);
  CHECK(cost > 0.8 * static_cast<double>(bytes[0]));
  CHECK(cost < 1.3 * static_cast<double>(bytes[0]));
}

TEST_CASE("who sends what is very large waits until others have had as much") {
  Stage stage(2);
  stage.put(0, 10'000'000);
  stage.put(0, 10);
  CHECK(stage.release(1) == std::vector<int>{0});
  for (int i = 0; i < 10'000; ++i) stage.put(1);
  CHECK(Stage::count(stage.release(10'000), 0) == 0);
  CHECK(stage.release(1) == std::vector<int>{0});  // nobody else is there: it need not wait longer
}

TEST_CASE("weights are proportions") {
  Stage stage(3);
  for (int i = 0; i < 5000; ++i) {
    stage.put(0, 40, 1);
    stage.put(1, 40, 2);
    stage.put(2, 40, 5);
  }
  const auto order = stage.release(4000);
  CHECK(Stage::count(order, 0) == Approx(500).margin(60));
  CHECK(Stage::count(order, 1) == Approx(1000).margin(90));
  CHECK(Stage::count(order, 2) == Approx(2500).margin(150));
}

TEST_CASE("what was queued in one piece leaves in one piece") {
  Stage stage(2);
  stage.put(0, 90, 1, 3);
  stage.put(0, 10);
  stage.put(1, 10);
  stage.release(1);
  REQUIRE(stage.out.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(stage.out[i].begins == 1000);
  CHECK(stage.sent.size() == 90);
  stage.release(2);
  CHECK(stage.out.size() == 5);
}

TEST_CASE("a thousand tenants at once have equal shares, and none waits for two rounds") {
  Stage stage(1000);
  for (int tenant = 0; tenant < 1000; ++tenant) {
    for (int i = 0; i < 100; ++i) stage.put(tenant);
  }
  const auto order = stage.release(32'000);
  std::map<int, int> counts;
  for (const int tenant : order) ++counts[tenant];
  CHECK(counts.size() == 1000);
  for (const auto& [tenant, count] : counts) {
    CHECK(count >= 15);
    CHECK(count <= 48);
  }
}

TEST_CASE("a thousand tenants in debt do not take a thousand rounds") {
  Stage stage(1000);
  for (int tenant = 0; tenant < 1000; ++tenant) {
    stage.put(tenant, 1'000'000);
    stage.put(tenant, 10);
  }
  stage.release(2000);  // a test that takes minutes fails, too
  CHECK(stage.queue.empty());
}

TEST_CASE("all that waits can be taken out, and others can come then") {
  Stage stage(2);
  for (int i = 0; i < 10; ++i) {
    stage.put(0);
    stage.put(1);
  }
  Ring<Entry> lost;
  stage.queue.clear(lost);
  CHECK(lost.size() == 20);
  CHECK(stage.queue.empty());
  CHECK(stage.queue.bytes() == 0);
  CHECK(stage.queue.bytes_of(stage.payer(0)) == 0);
  CHECK(stage.counters[0].queued.value() == 0);
  FairQueue::Flow& flow = stage.queue.flow(stage.payer(1));
  flow.bytes().append("x");
  stage.queue.push(flow, {nullptr, 7, Instant{}, 0});
  stage.queue.written(flow, 0);
  stage.queue.release(stage.sent, stage.out, 0);
  CHECK(stage.out.back().ticket == 7);
}

TEST_CASE("who has nothing waiting is forgotten after a while") {
  Stage stage(2);
  stage.put(0, 1000);
  stage.put(1, 1000);
  stage.release(1);
  const std::size_t held = stage.queue.buffered();
  stage.queue.tick();
  stage.queue.tick();
  CHECK(stage.queue.buffered() == held);  // one of them waits yet
  stage.release(1);
  for (int i = 0; i < 3; ++i) stage.queue.tick();
  CHECK(stage.queue.buffered() == 0);
  stage.put(0);
  CHECK(stage.release(1) == std::vector<int>{0});
}
