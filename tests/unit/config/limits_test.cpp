#include "helpers.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

TEST_CASE("every limit is read") {
  const Limits limits = config_of(kLeast +
                                  "limits:\n"
                                  "  clients: 0\n"
                                  "  request_bulk: 1MiB\n"
                                  "  request_args: 100\n"
                                  "  request_bytes: 2MiB\n"
                                  "  pipeline: 5\n"
                                  "  client_output: 3MiB\n"
                                  "  client_output_soft: 64KiB\n"
                                  "  subscriptions: 6\n"
                                  "  tenant_subscriptions: 7\n"
                                  "  subscriber_output: 4MiB\n"
                                  "  subscriber_output_soft: 1MiB\n"
                                  "  subscriber_output_time: 8s\n"
                                  "  lane_output: 4MiB\n"
                                  "  lane_in_flight: 0\n"
                                  "  process_buffers: 5MiB\n"
                                  "  auth_timeout: 1s\n"
                                  "  auth_failure_delay: 0\n"
                                  "  idle_timeout: 5m\n"
                                  "  slow_reader_grace: 3s\n"
                                  "  drain_timeout: 4s\n"
                                  "  libraries: 0\n"
                                  "  library_bytes: 6MiB\n"
                                  "  scan_count_max: 10\n"
                                  "  scan_budget: 5ms\n")
                            .limits;
  CHECK(limits.clients == 0);
  CHECK(limits.request_bulk == 1u << 20);
  CHECK(limits.request_args == 100);
  CHECK(limits.request_bytes == 2u << 20);
  CHECK(limits.pipeline == 5);
  CHECK(limits.client_output == 3u << 20);
  CHECK(limits.client_output_soft == 64u << 10);
  CHECK(limits.subscriptions == 6);
  CHECK(limits.tenant_subscriptions == 7);
  CHECK(limits.subscriber_output == 4u << 20);
  CHECK(limits.subscriber_output_soft == 1u << 20);
  CHECK(limits.subscriber_output_time == 8s);
  CHECK(limits.lane_output == 4u << 20);
  CHECK(limits.lane_in_flight == 0);
  CHECK(limits.process_buffers == 5u << 20);
  CHECK(limits.auth_timeout == 1s);
  CHECK(limits.auth_failure_delay == 0s);
  CHECK(limits.idle_timeout == 5min);
  CHECK(limits.slow_reader_grace == 3s);
  CHECK(limits.drain_timeout == 4s);
  CHECK(limits.libraries == 0);
  CHECK(limits.library_bytes == 6u << 20);
  CHECK(limits.scan_count_max == 10);
  CHECK(limits.scan_budget == 5ms);
}

TEST_CASE("limits that contradict each other") {
  const auto problem = [](const std::string& lines) {
    return only_problem_of(kLeast + "limits:\n" + lines);
  };
  CHECK(problem("  client_output: 1MiB\n  client_output_soft: 2MiB\n") ==
        "7: 'client_output_soft' (2MiB) must not be more than 'client_output' (1MiB)");
  CHECK(problem("  client_output: 512KiB\n") ==
        "6: 'client_output_soft' (1MiB) must not be more than 'client_output' (512KiB)");
  CHECK(problem("  request_bulk: 2GiB\n") ==
        "6: 'request_bulk' (2GiB) must not be more than 'request_bytes' (1GiB)");
  CHECK(problem("  subscriber_output: 4MiB\n") ==
        "6: 'subscriber_output_soft' (8MiB) must not be more than 'subscriber_output' (4MiB)");
  CHECK(problem("  lane_output: 2GiB\n") ==
        "6: 'lane_output' (2GiB) must not be more than 'process_buffers' (1GiB)");
  CHECK(problem("  client_output: 2GiB\n") ==
        "6: 'client_output' (2GiB) must not be more than 'process_buffers' (1GiB)");
}

TEST_CASE("limits out of range") {
  const auto problem = [](const std::string& line) {
    return only_problem_of(kLeast + "limits: { " + line + " }\n");
  };
  CHECK(problem("clients: -1") ==
        "5: 'clients' must be a whole number from 0 to 100000000, not '-1'");
  CHECK(problem("pipeline: 0") ==
        "5: 'pipeline' must be a whole number from 1 to 100000000, not '0'");
  CHECK(problem("lane_output: 0") == "5: 'lane_output' must be a size from 1 to 1024GiB, not '0'");
  CHECK(problem("auth_timeout: 0") ==
        "5: 'auth_timeout' must be a duration from 1ms to 24h, not '0'");
  CHECK(problem("scan_count_max: 1e3") ==
        "5: 'scan_count_max' must be a whole number from 1 to 1000000, not '1e3'");
  CHECK(problem("client: 5") == "5: 'client' is no key of limits; did you mean 'clients'?");
  CHECK(only_problem_of(kLeast + "limits: [1]\n") == "5: 'limits' must be a map");
}

}  // namespace bulkhead::config
