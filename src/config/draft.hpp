// A Config while it is being read, with what must be unique so far. Owned by load().
#pragma once

#include "config/certificates.hpp"
#include "config/map_reader.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bulkhead::config {

// Names of one sort, each with the place where it was first given.
class Unique {
 public:
  explicit Unique(std::string_view what) : what_(what) {}

  void reserve(std::size_t n) { places_.reserve(n); }
  void add(const std::string& name, const Source& source, int line);
  bool has(const std::string& name) const { return places_.contains(name); }

 private:
  struct Place {
    const std::string* file;
    int line;
  };
  std::string_view what_;
  std::unordered_map<std::string, Place> places_;
};

// Whose password it is: with password_only_auth the password alone says which tenant calls.
class PasswordOwners {
 public:
  void reserve(std::size_t n) { owners_.reserve(n); }
  // Enters the passwords of a tenant's user, and reports those which another tenant has.
  void add(const Tenant& tenant, const User& user, const Source& source, int line);

 private:
  struct Owner {
    std::string tenant;
    std::string user;
  };
  // A SHA-256 is as good a hash as any; the bytes of it are as good as the whole.
  struct FirstBytes {
    std::size_t operator()(const Digest& digest) const;
  };
  std::unordered_map<Digest, Owner, FirstBytes> owners_;
};

struct Draft {
  std::filesystem::path folder;   // that relative paths begin at
  std::deque<std::string> files;  // names of all that were read; their addresses stay valid
  Config config;
  Problems problems;
  const RuleCheck* check_rule = nullptr;
  Unique tenants{"tenant"};
  Unique users{"user"};
  PasswordOwners passwords;
  CertificateClaims certificates;

  // Room for so many tenants, with a user each.
  void reserve(std::size_t n) {
    config.tenants.reserve(n);
    tenants.reserve(n);
    users.reserve(n);
    passwords.reserve(n);
  }
  // The Source for a file that is to be read next.
  Source source(std::string file) {
    return {files.emplace_back(std::move(file)), problems, check_rule};
  }
};

}  // namespace bulkhead::config
