#include "config/tls_section.hpp"

namespace bulkhead::config {

namespace {

constexpr Word kVersions[] = {{"1.2", static_cast<int>(TlsVersion::v1_2)},
                              {"1.3", static_cast<int>(TlsVersion::v1_3)}};
constexpr Word kClientCertificates[] = {
    {"off", static_cast<int>(ClientCertificates::off)},
    {"optional", static_cast<int>(ClientCertificates::optional)},
    {"required", static_cast<int>(ClientCertificates::required)}};

void read_path(MapReader& map, std::string_view key, const std::filesystem::path& folder,
               std::string& out) {
  std::string path;
  if (!map.text(key, path)) return;
  if (path.empty()) return map.report(key, "'" + std::string(key) + "' must name a file");
  out = (folder / path).string();
}

void read_common(MapReader& map, std::string_view ca, const std::filesystem::path& folder,
                 Tls& out) {
  read_path(map, "certificate", folder, out.certificate);
  read_path(map, "key", folder, out.key);
  read_path(map, ca, folder, out.ca);
  map.choice("min_version", out.min_version, kVersions);
  map.text("ciphers", out.ciphers);
  map.text("ciphersuites", out.ciphersuites);
}

}  // namespace

void read_tls(MapReader& listener, const std::filesystem::path& folder,
              std::optional<ListenerTls>& out) {
  const Node* node = listener.map("tls");
  if (node == nullptr) return;
  MapReader map(*node, "tls", listener.source());
  ListenerTls& tls = out.emplace();
  tls.line.number = listener.line("tls");
  map.require("certificate");
  map.require("key");
  read_common(map, "client_ca", folder, tls);
  // Who names an authority wants its certificates, and who leaves out the word must not get less.
  if (map.has("client_ca")) tls.client_certificates = ClientCertificates::required;
  map.choice("client_certificates", tls.client_certificates, kClientCertificates);
  if (tls.client_certificates != ClientCertificates::off && !map.has("client_ca")) {
    map.report("client_certificates",
               "'client_certificates' needs a 'client_ca', which says whose are good");
  }
  map.finish();
}

void read_tls(MapReader& backend, const std::filesystem::path& folder, const Endpoint& address,
              std::optional<BackendTls>& out) {
  const Node* node = backend.map("tls");
  if (node == nullptr) return;
  MapReader map(*node, "tls", backend.source());
  BackendTls& tls = out.emplace();
  tls.line.number = backend.line("tls");
  read_common(map, "ca", folder, tls);
  map.text("server_name", tls.server_name);
  map.boolean("verify", tls.verify);
  if (map.has("certificate") != map.has("key")) {
    map.report(map.has("key") ? "key" : "certificate", "'certificate' and 'key' need each other");
  }
  if (!tls.verify && map.has("ca")) {
    map.report("verify", "with 'verify: false' the 'ca' means nothing: take one of them away");
  }
  if (tls.verify && address.is_unix() && tls.server_name.empty()) {
    map.report("server_name",
               "the address has no host, so 'server_name' must say whose certificate is good");
  }
  map.finish();
}

}  // namespace bulkhead::config
