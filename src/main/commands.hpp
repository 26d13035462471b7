// The subcommands of the program. Each runs in main's thread and returns the exit status.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::commands {

int serve(const std::string& config);
int check(const std::string& config);

struct Explain {
  std::string tenant;
  std::vector<std::string> words;
  int db = 0;
};
int explain(const std::string& config, const Explain& question);

struct Dev {
  int port = 6380;
  int admin_port = 9121;
  std::string redis_server = "redis-server";
};
int dev(const Dev& options);

int hash_password();

}  // namespace bulkhead::commands
