#include "private_redis.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bulkhead::commands {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kGlance = std::chrono::milliseconds(5);

std::string temporary_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "bulkhead-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  return pattern;
}

}  // namespace

PrivateRedis::PrivateRedis(const std::string& program) : directory_(temporary_directory()) {
  spawn(program);
  // A socket file cannot be waited for; a glance every few milliseconds ends as soon as it answers.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!listens()) {
    if (has_died()) {
      std::filesystem::remove_all(directory_);
      throw std::runtime_error("'" + program + "' cannot be started; is redis-server installed?");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("'" + program + "' does not listen on " + socket_path());
    }
    std::this_thread::sleep_for(kGlance);
  }
}

PrivateRedis::~PrivateRedis() {
  if (child_ > 0) {
    kill(child_, SIGKILL);  // nothing in it is to be kept
    waitpid(child_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PrivateRedis::spawn(const std::string& program) {
  const std::string socket = socket_path();
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("cannot fork");
  if (child_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  setpgid(0, 0);                      // a Ctrl-C is for the proxy, which drains first
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  execlp(program.c_str(), program.c_str(), "--port", "0", "--unixsocket", socket.c_str(), "--dir",
         directory_.c_str(), "--save", "", "--appendonly", "no", static_cast<char*>(nullptr));
  _exit(127);
}

bool PrivateRedis::listens() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path();
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

bool PrivateRedis::has_died() {
  if (waitpid(child_, nullptr, WNOHANG) != child_) return false;
  child_ = -1;
  return true;
}

}  // namespace bulkhead::commands
