// A redis-server child on a unix socket in a temporary directory. It dies with this process,
// however that ends, and the directory is removed with the object.
#pragma once

#include <string>
#include <sys/types.h>

namespace bulkhead::commands {

class PrivateRedis {
 public:
  // Starts it and waits until it listens. Throws std::runtime_error.
  explicit PrivateRedis(const std::string& program);
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  std::string socket_path() const { return directory_ + "/redis.sock"; }

 private:
  void spawn(const std::string& program);
  bool listens() const;
  bool has_died();

  std::string directory_;
  pid_t child_ = -1;
};

}  // namespace bulkhead::commands
