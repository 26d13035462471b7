#include "bulkhead/command/table.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "command/rows.hpp"

#include <bit>

namespace bulkhead::command {
namespace {

// FNV-1a over the name, with a bit set that makes upper and lower case the same. It streams: the
// hash of "client|list" goes on from that of "client", so the two arguments need not be joined.
constexpr std::uint32_t kHashStart = 2166136261u;
constexpr std::uint32_t hash(std::uint32_t from, std::string_view text) {
  for (char c : text) from = (from ^ (static_cast<unsigned char>(c) | 0x20u)) * 16777619u;
  return from;
}

constexpr std::size_t container_length(const Row& row) {
  return row.name.find('|');
}
constexpr bool is_subcommand(const Row& row) {
  return container_length(row) != std::string_view::npos;
}

// Open addressing, at most a quarter full: a miss ends after a probe or two. Slots hold a row's
// place and one, so that zero is empty.
constexpr std::size_t kSlots = std::bit_ceil(4 * kRows.size());
using Slots = std::array<std::uint16_t, kSlots>;
constexpr std::size_t slot_of(std::uint32_t hashed) {
  return (hashed ^ (hashed >> 15)) % kSlots;
}

// Commands and subcommands lie in tables of their own, so that "client|list" sent as one word is as
// unknown here as it is to Redis.
constexpr Slots build(bool subcommands) {
  Slots slots{};
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (is_subcommand(kRows[i]) != subcommands) continue;
    std::size_t at = slot_of(hash(kHashStart, kRows[i].name));
    for (; slots[at] != 0; at = (at + 1) % kSlots) {
      if (kRows[slots[at] - 1u].name == kRows[i].name) throw "two rows have the same name";
    }
    slots[at] = static_cast<std::uint16_t>(i + 1);
  }
  return slots;
}
constexpr Slots kCommands = build(false);
constexpr Slots kSubcommands = build(true);

// Nothing longer is a name: 64 KiB of it are not hashed.
constexpr std::size_t kLongestName =
    std::max_element(kRows.begin(), kRows.end(),
                     [](auto& a, auto& b) { return a.name.size() < b.name.size(); }) -> name.size();

template <class Matches>
const Row* probe(const Slots& slots, std::uint32_t hashed, Matches matches) {
  for (std::size_t at = slot_of(hashed); slots[at] != 0; at = (at + 1) % kSlots) {
    const Row& row = kRows[slots[at] - 1u];
    if (matches(row)) return &row;
  }
  return nullptr;
}

struct Found {
  const Row* row;
  std::uint32_t hashed;
};
Found find_command(std::string_view name) {
  if (name.size() > kLongestName) return {nullptr, 0};
  const std::uint32_t hashed = hash(kHashStart, name);
  return {probe(kCommands, hashed, [&](const Row& row) { return matches_lowered(row.name, name); }),
          hashed};
}

const Row* find_subcommand(const Found& container, std::string_view name) {
  if (name.size() > kLongestName) return nullptr;
  const std::string_view before = container.row->name;
  return probe(kSubcommands, hash(hash(container.hashed, "|"), name), [&](const Row& row) {
    return container_length(row) == before.size() && row.name.starts_with(before) &&
           matches_lowered(row.name.substr(before.size() + 1), name);
  });
}

Refusal unknown_command(const resp::Args& args) {
  // Redis repeats 128 bytes of the arguments, and none of them without two quotes and a space.
  std::vector<std::string_view> rest;
  for (std::size_t i = 1; i < args.size() && i <= 128 / 3 + 1; ++i) rest.push_back(args[i]);
  return refuse::unknown_command(args[0], rest);
}

bool arity_fits(const Row& row, const resp::Args& args) {
  const auto least = static_cast<std::size_t>(row.arity < 0 ? -row.arity : row.arity);
  return row.arity < 0 ? args.size() >= least : args.size() == least;
}

}  // namespace

std::span<const Row> rows() {
  return kRows;
}
std::size_t index_of(const Row& row) {
  return static_cast<std::size_t>(&row - kRows.data());
}
std::span<const Group> groups() {
  return kGroups;
}

const Row* find_row(std::string_view full_name) {
  const std::size_t bar = full_name.find('|');
  const Found found = find_command(full_name.substr(0, bar));
  if (found.row == nullptr || bar == std::string_view::npos) return found.row;
  return find_subcommand(found, full_name.substr(bar + 1));
}

Result<const Row*> find_row(const resp::Args& args) {
  const Found found = find_command(args[0]);
  if (found.row == nullptr) return unknown_command(args);
  const Row* row = found.row;
  if (row->has(kContainer) && args.size() > 1) {
    row = find_subcommand(found, args[1]);
    if (row == nullptr) return refuse::unknown_subcommand(args[1], args[0]);
  }
  if (!arity_fits(*row, args)) {
    const Refusal refusal = refuse::wrong_arity(row->name);
    return row->has(kEndsTransaction) ? refuse::exec_aborted_by(refusal) : refusal;
  }
  return row;
}

}  // namespace bulkhead::command
