#include "helpers.hpp"

namespace bulkhead::config {

TEST_CASE("wrong credentials lead to bans, by settings of their own") {
  const Auth defaults = config_of(kLeast).auth;
  CHECK(defaults.failures == 20);
  CHECK(defaults.ban == Milliseconds(60000));
  const Auth auth =
      config_of(kLeast +
                "auth: { failures: 3, source_failures: 10, user_failures: 0, window: 5s, "
                "ban: 100ms, failure_delay_max: 0 }\n")
          .auth;
  CHECK(auth.failures == 3);
  CHECK(auth.source_failures == 10);
  CHECK(auth.user_failures == 0);
  CHECK(auth.window == Milliseconds(5000));
  CHECK(auth.ban == Milliseconds(100));
  CHECK(auth.failure_delay_max == Milliseconds(0));
}

TEST_CASE("the audit log has a file, relative to the configuration's folder") {
  CHECK_FALSE(config_of(kLeast).audit);
  const TemporaryFolder folder;
  const std::string file = folder.write("b.yaml", kLeast + "audit: { file: audit.log }\n");
  const Audit audit = loaded(load(file)).audit.value();
  CHECK(audit.file == (folder.path() / "audit.log").string());
  CHECK(audit.mode == 0640);
  CHECK(audit.rate == 100);
  CHECK(audit.tenant_commands);
  const Audit other =
      config_of(kLeast +
                "audit: { file: /var/log/a.log, mode: \"0600\", rate: 0, queue: 16, "
                "tenant_commands: no }\n")
          .audit.value();
  CHECK(other.file == "/var/log/a.log");
  CHECK(other.mode == 0600);
  CHECK(other.rate == 0);
  CHECK(other.queue == 16);
  CHECK_FALSE(other.tenant_commands);
}

TEST_CASE("mistakes in the audit log") {
  CHECK(only_problem_of(kLeast + "audit: {}\n") == "5: audit needs the key 'file'");
  CHECK(only_problem_of(kLeast + "audit: { file: \"\" }\n") ==
        "5: 'file' must name the file to write to");
  CHECK(only_problem_of(kLeast + "audit: { file: a, mode: \"0888\" }\n") ==
        "5: 'mode' must be permissions in octal, as in \"0660\", not '0888'");
  CHECK(only_problem_of(kLeast + "audit: { file: a, queue: 1 }\n") ==
        "5: 'queue' must be a whole number from 16 to 16384, not '1'");
}

}  // namespace bulkhead::config
