#include "bulkhead/tenant/password.hpp"
#include "commands.hpp"

#include <cstdio>
#include <iostream>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace bulkhead::commands {
namespace {

// Turns the terminal's echo off for its lifetime.
class NoEcho {
 public:
  NoEcho() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

bool prompt(std::string& password) {
  const NoEcho silent;
  std::fprintf(stderr, "Password: ");
  const bool read = static_cast<bool>(std::getline(std::cin, password));
  std::fprintf(stderr, "\n");
  return read;
}

}  // namespace

int hash_password() {
  std::string password;
  const bool read =
      isatty(STDIN_FILENO) ? prompt(password) : static_cast<bool>(std::getline(std::cin, password));
  if (!read || password.empty()) {
    std::fprintf(stderr, "bulkhead: no password was given\n");
    return 1;
  }
  std::printf("%s\n", tenant::written_hash(tenant::hash_password(password)).c_str());
  return 0;
}

}  // namespace bulkhead::commands
