#include "helpers.hpp"

namespace bulkhead::config {

namespace {

// Lines below `tls:` of the listener, from 4 on.
std::string with_listener(const std::string& lines) {
  return "listen:\n  - address: 127.0.0.1:6380\n    tls:\n" + lines +
         "backends:\n  - { name: main, address: \"127.0.0.1:6379\" }\n";
}

// The map `tls` of the backend, in line 4.
std::string with_backend(const std::string& tls, const std::string& address = "127.0.0.1:6379") {
  return "listen: [{ address: \"127.0.0.1:6380\" }]\nbackends:\n  - { name: main, address: \"" +
         address + "\",\n      tls: " + tls + " }\n";
}

const std::string kPair = "      certificate: a.crt\n      key: a.key\n";

}  // namespace

TEST_CASE("a listener without the section is plain") {
  CHECK_FALSE(config_of(kLeast).listen.at(0).tls);
  CHECK_FALSE(config_of(kLeast).backends.at(0).tls);
}

TEST_CASE("a listener's TLS and its defaults") {
  const auto tls = config_of(with_listener(kPair)).listen.at(0).tls.value();
  CHECK(tls.certificate == "a.crt");
  CHECK(tls.key == "a.key");
  CHECK(tls.min_version == TlsVersion::v1_2);
  CHECK(tls.client_certificates == ClientCertificates::off);
  CHECK(tls.line.number == 3);
}

TEST_CASE("files are relative to the main file's folder") {
  const TemporaryFolder folder;
  const std::string file = folder.write("main.yaml", with_listener(kPair));
  const auto tls = loaded(load(file)).listen.at(0).tls.value();
  CHECK(tls.certificate == (std::filesystem::path(file).parent_path() / "a.crt").string());
}

TEST_CASE("who names an authority gets certificates, unless told otherwise") {
  const std::string ca = kPair + "      client_ca: ca.crt\n";
  const auto wanted = [&](const std::string& more) {
    return config_of(with_listener(ca + more)).listen.at(0).tls.value().client_certificates;
  };
  CHECK(wanted("") == ClientCertificates::required);
  CHECK(wanted("      client_certificates: optional\n") == ClientCertificates::optional);
  CHECK(wanted("      client_certificates: off\n") == ClientCertificates::off);
}

TEST_CASE("mistakes in a listener's TLS") {
  CHECK(only_problem_of(with_listener("      certificate: a.crt\n")) ==
        "4: tls needs the key 'key'");
  CHECK(only_problem_of(with_listener(kPair + "      client_certificates: required\n")) ==
        "6: 'client_certificates' needs a 'client_ca', which says whose are good");
  CHECK(only_problem_of(with_listener(kPair + "      min_version: 1.1\n")).starts_with("6: "));
  CHECK(only_problem_of(with_listener(kPair + "      ca: ca.crt\n")).starts_with("6: 'ca' is no"));
  CHECK(only_problem_of(with_listener("      certificate: \"\"\n      key: a.key\n")) ==
        "4: 'certificate' must name a file");
}

TEST_CASE("a backend's TLS and its defaults") {
  const auto tls = config_of(with_backend("{}")).backends.at(0).tls.value();
  CHECK(tls.verify);
  CHECK(tls.ca.empty());
  CHECK(tls.certificate.empty());
  const auto more =
      config_of(with_backend("{ ca: ca.crt, server_name: redis, min_version: \"1.3\", "
                             "certificate: a.crt, key: a.key, ciphers: HIGH, "
                             "ciphersuites: TLS_AES_128_GCM_SHA256 }"))
          .backends.at(0)
          .tls.value();
  CHECK(more.server_name == "redis");
  CHECK(more.min_version == TlsVersion::v1_3);
  CHECK(more.ciphers == "HIGH");
}

TEST_CASE("mistakes in a backend's TLS") {
  CHECK(only_problem_of(with_backend("{ certificate: a.crt }")) ==
        "4: 'certificate' and 'key' need each other");
  CHECK(only_problem_of(with_backend("{ verify: false, ca: ca.crt }")) ==
        "4: with 'verify: false' the 'ca' means nothing: take one of them away");
  CHECK(only_problem_of(with_backend("{}", "unix:/run/redis.sock")) ==
        "4: the address has no host, so 'server_name' must say whose certificate is good");
  CHECK(problems_of(with_backend("{ verify: false }", "unix:/run/redis.sock")).empty());
}

TEST_CASE("another line in the file makes no other backend") {
  const auto before = config_of(with_backend("{ ca: ca.crt }"));
  const auto after = config_of("\n" + with_backend("{ ca: ca.crt }"));
  CHECK(before.backends.at(0) == after.backends.at(0));
  CHECK_FALSE(before.backends.at(0) == config_of(with_backend("{ ca: cb.crt }")).backends.at(0));
}

}  // namespace bulkhead::config
