// The wiring diagram: what each subcommand is made of.
#include "main/commands.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  using namespace bulkhead;
  CLI::App app("Bulkhead: a Redis-protocol proxy that enforces tenant isolation");
  app.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  app.require_subcommand(1);

  std::string config;
  auto with_config = [&](CLI::App* command) {
    command->add_option("-c,--config", config, "The configuration file")->required();
    return command;
  };
  auto* serve = with_config(app.add_subcommand("serve", "Serve clients"));
  auto* check = with_config(app.add_subcommand("check", "Report every mistake in a configuration"));

  commands::Explain question;
  auto* explain =
      with_config(app.add_subcommand("explain", "Say what would become of a tenant's command"));
  explain->add_option("tenant", question.tenant, "The tenant's name")->required();
  explain->add_option("command", question.words, "The command and its arguments")->required();
  explain->add_option("--db", question.db, "The database that the client has selected");
  explain->positionals_at_end();
  explain->prefix_command(false);

  commands::Dev dev;
  auto* demo = app.add_subcommand("dev", "Serve demo tenants from a Redis of its own");
  demo->add_option("--port", dev.port, "Where clients connect")->capture_default_str();
  demo->add_option("--admin-port", dev.admin_port, "Where metrics are")->capture_default_str();
  demo->add_option("--redis-server", dev.redis_server, "The program to start")
      ->capture_default_str();

  auto* hash =
      app.add_subcommand("hash-password", "Write a password as the configuration wants it");

  CLI11_PARSE(app, argc, argv);
  try {
    if (serve->parsed()) return commands::serve(config);
    if (check->parsed()) return commands::check(config);
    if (explain->parsed()) return commands::explain(config, question);
    if (demo->parsed()) return commands::dev(dev);
    if (hash->parsed()) return commands::hash_password();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulkhead: %s\n", error.what());
  }
  return 1;
}
