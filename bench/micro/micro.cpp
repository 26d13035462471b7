// What the steps of a command's way cost, and how many allocations each takes (`allocs`: 0 in
// steady state; tests/integration/test_allocations.py asserts it of the whole program).
#include "allocations.hpp"
#include "way.hpp"

#include <benchmark/benchmark.h>

namespace bulkhead::bench {
namespace {

constexpr std::size_t kBatch = 16;

std::string repeated(std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < kBatch; ++i) all += text;
  return all;
}

// Runs `step` again and again and tells what one command of it took.
template <class Step>
void measure(benchmark::State& state, Step step) {
  std::size_t done = step();  // everything that grows has grown
  step();
  const std::uint64_t before = allocations();
  for (auto _ : state) benchmark::DoNotOptimize(done = step());
  const std::uint64_t after = allocations();
  const auto commands = static_cast<double>(state.iterations()) * static_cast<double>(done);
  state.SetItemsProcessed(static_cast<std::int64_t>(commands));
  state.counters["allocs"] = static_cast<double>(after - before) / commands;
  state.counters["ns"] =
      benchmark::Counter(commands / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::string get() {
  return Way::command({"GET", "key:000000000042"});
}
std::string set(std::size_t size) {
  return Way::command({"SET", "key:000000000042", std::string(size, 'x')});
}

void parse_get(benchmark::State& state) {
  Way way;
  measure(state, [&, bytes = repeated(get())] { return way.parse(bytes); });
}
void parse_set(benchmark::State& state) {
  Way way;
  measure(state, [&, bytes = repeated(set(64))] { return way.parse(bytes); });
}
void plan_get(benchmark::State& state) {
  Way way;
  const resp::OwnedArgs args{"GET", "key:000000000042"};
  measure(state, [&] { return static_cast<std::size_t>(way.plan(args.view())); });
}
void plan_mget(benchmark::State& state) {
  Way way;
  const resp::OwnedArgs args{"MGET", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  measure(state, [&] { return static_cast<std::size_t>(way.plan(args.view())); });
}
void scan_bulk(benchmark::State& state) {
  Way way;
  const std::string reply = "$64\r\n" + std::string(64, 'x') + "\r\n";
  measure(state, [&, bytes = repeated(reply)] { return way.scan(bytes); });
}
void scan_array(benchmark::State& state) {
  Way way;
  std::string reply = "*10\r\n";
  for (int i = 0; i < 10; ++i) reply += "$3\r\nxxx\r\n";
  measure(state, [&, bytes = repeated(reply)] { return way.scan(bytes); });
}
void whole_way(benchmark::State& state, std::string request, std::string reply) {
  Way way;
  measure(state, [&, requests = repeated(request), replies = repeated(reply)] {
    const std::size_t sent = way.there(requests);
    if (way.back(replies) != sent) std::abort();
    return sent;
  });
}

BENCHMARK(parse_get);
BENCHMARK(parse_set);
BENCHMARK(plan_get);
BENCHMARK(plan_mget);
BENCHMARK(scan_bulk);
BENCHMARK(scan_array);
BENCHMARK_CAPTURE(whole_way, get, get(), "$64\r\n" + std::string(64, 'x') + "\r\n");
BENCHMARK_CAPTURE(whole_way, set, set(64), "+OK\r\n");
BENCHMARK_CAPTURE(whole_way, set_4k, set(4096), "+OK\r\n");
BENCHMARK_CAPTURE(whole_way, incr, Way::command({"INCR", "rate:1"}), ":1\r\n");
BENCHMARK_CAPTURE(whole_way, error, Way::command({"INCR", "rate:1"}), "-ERR no\r\n");

}  // namespace
}  // namespace bulkhead::bench

BENCHMARK_MAIN();
