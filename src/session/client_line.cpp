#include "client_line.hpp"

namespace bulkhead::session {
namespace {

std::string seconds_since(Instant then, Instant now) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
}

// As Redis' catClientInfoString, of those that can be true of a client here.
std::string flags(const tenant::ClientState& client) {
  std::string out;
  if (client.mode == tenant::Mode::monitoring) out += 'O';
  if (client.subscriptions != decltype(client.subscriptions){}) out += 'P';
  if (client.mode == tenant::Mode::queueing) out += 'x';
  if (client.blocked) out += 'b';
  if (client.tracking) out += 't';
  if (client.tracking && client.tracking->redirect_broken) out += 'R';
  if (client.tracking && client.tracking->broadcast) out += 'B';
  return out.empty() ? "N" : out;
}

}  // namespace

std::string client_line(const tenant::ClientState& client, Instant now, bool libraries) {
  std::string line = "id=" + std::to_string(client.id) + " addr=" + client.address +
                     " laddr=" + client.local_address + " fd=-1 name=" + client.name +
                     " age=" + seconds_since(client.connected_at, now) +
                     " idle=" + seconds_since(client.active_at, now) + " flags=" + flags(client) +
                     " db=" + std::to_string(client.selected_db) +
                     " sub=" + std::to_string(client.subscriptions[0]) +
                     " psub=" + std::to_string(client.subscriptions[1]) +
                     " ssub=" + std::to_string(client.subscriptions[2]) +
                     " multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 "
                     "omem=0 tot-mem=0 events=r cmd=";
  line += client.last_command.empty() ? "NULL" : client.last_command;
  line += " user=";
  line += client.user != nullptr ? client.user->name : "default";
  line += " redir=" + std::to_string(client.tracking ? client.tracking->redirect : -1);
  line += client.resp3 ? " resp=3" : " resp=2";
  if (libraries) line += " lib-name=" + client.lib_name + " lib-ver=" + client.lib_version;
  return line + "\n";
}

}  // namespace bulkhead::session
