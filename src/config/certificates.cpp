#include "config/certificates.hpp"

#include "bulkhead/base/text.hpp"
#include "config/map_reader.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

using Kind = CertificateName::Kind;

constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"DNS", Kind::dns}, {"URI", Kind::uri}, {"email", Kind::email}, {"CN", Kind::cn}};

bool may_be_one(Kind a, Kind b) {
  return a == b || a == Kind::any || b == Kind::any;
}

}  // namespace

CertificateName parse_certificate_name(std::string_view text) {
  for (const auto& [word, kind] : kKinds) {
    if (text.size() <= word.size() || !equals_ignoring_case(text.substr(0, word.size()), word)) {
      continue;
    }
    if (text[word.size()] != ':' && text[word.size()] != '=') continue;
    const std::string_view name = text.substr(word.size() + 1);
    return {kind, kind == Kind::dns ? lowered(name) : std::string(name)};
  }
  return {Kind::any, std::string(text)};
}

// A name without a kind may be any of them, also one in lower case.
void CertificateClaims::add(const std::string& user, const CertificateName& name,
                            const Source& source, int line) {
  std::vector<Claim>& claims = claims_[lowered(name.text)];
  const auto other = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.user != user && may_be_one(claim.kind, name.kind);
  });
  if (other != claims.end()) {
    source.report(line, "the certificate name " + in_quotes(name.text) + " of user " +
                            in_quotes(user) + " is that of user " + in_quotes(other->user) +
                            ", too, so that it does not say who calls");
  }
  claims.push_back({name.kind, user});
}

void read_certificates(MapReader& map, const std::string& user, CertificateClaims& claims,
                       std::vector<CertificateName>& out) {
  std::vector<const Node*> nodes;
  if (!map.texts("certificates", nodes)) return;
  for (const Node* node : nodes) {
    CertificateName name = parse_certificate_name(node->text);
    if (name.text.empty()) {
      map.source().report(node->line, "a certificate name of user " + in_quotes(user) +
                                          " is empty: write CN:app or DNS:app.example");
      continue;
    }
    claims.add(user, name, map.source(), node->line);
    out.push_back(std::move(name));
  }
}

}  // namespace bulkhead::config
