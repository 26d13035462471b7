#include "bulkhead/server/tls_contexts.hpp"

#include "bulkhead/server/listener.hpp"

#include <algorithm>
#include <ctime>

namespace bulkhead::server {
namespace {

using Context = TlsContexts::Context;

constexpr std::time_t kWarnBefore = 14 * 24 * 3600;

std::string date_of(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return {text, length};
}

bool is_in_force(const upstream::TlsContext& context, const TlsContexts* in_force) {
  if (in_force == nullptr) return false;
  const auto same = [&](const Context& one) {
    return one != nullptr && one->has_certificate_of(context);
  };
  return std::any_of(in_force->listeners.begin(), in_force->listeners.end(), same) ||
         std::any_of(in_force->backends.begin(), in_force->backends.end(), same);
}

class Loader {
 public:
  Loader(const config::Config& config, bool strict, const TlsContexts* in_force)
      : config_(config), strict_(strict), in_force_(in_force) {}

  LoadedTls load() {
    auto made = std::make_shared<TlsContexts>();
    for (const config::Listener& listener : config_.listen) {
      made->listeners.push_back(listener.tls ? finish(*listener.tls,
                                                      [&](auto& problems) {
                                                        return upstream::TlsContext::make(
                                                            *listener.tls, problems);
                                                      })
                                             : nullptr);
    }
    for (const config::Backend& backend : config_.backends) {
      made->backends.push_back(backend.tls ? finish(*backend.tls,
                                                    [&](auto& problems) {
                                                      return upstream::TlsContext::make(
                                                          *backend.tls, backend.address, problems);
                                                    })
                                           : nullptr);
    }
    if (loaded_.problems.empty()) loaded_.contexts = std::move(made);
    return std::move(loaded_);
  }

 private:
  template <class Make>
  Context finish(const config::Tls& settings, Make make) {
    upstream::TlsContext::Problems problems;
    Context made = make(problems);
    for (std::string& problem : problems) {
      loaded_.problems.push_back({config_.file, settings.line.number, std::move(problem)});
    }
    if (made != nullptr) look_at_time(settings, *made);
    return made;
  }

  void look_at_time(const config::Tls& settings, const upstream::TlsContext& made) {
    const std::time_t end = made.not_after(), now = std::time(nullptr);
    if (end == 0 || end > now + kWarnBefore) return;
    const bool over = end <= now;
    const bool refused = over && strict_ && !is_in_force(made, in_force_);
    (refused ? loaded_.problems : loaded_.warnings)
        .push_back({config_.file, settings.line.number,
                    "the certificate in '" + settings.certificate + "' " +
                        (over ? "expired on " : "expires on ") + date_of(end)});
  }

  const config::Config& config_;
  const bool strict_;
  const TlsContexts* const in_force_;
  LoadedTls loaded_;
};

}  // namespace

LoadedTls load_tls(const config::Config& config, bool strict, const TlsContexts* in_force) {
  return Loader(config, strict, in_force).load();
}

void tell_warnings(const Log& log, const config::Problems& warnings) {
  for (const config::Problem& warning : warnings) {
    log.warning("certificate_expires",
                {{"file", warning.file}, {"line", warning.line}, {"problem", warning.sentence}});
  }
}

std::shared_ptr<const TlsContexts> for_open_listeners(const std::vector<config::Listener>& open,
                                                      const config::Config& next,
                                                      const TlsContexts& loaded,
                                                      const TlsContexts& in_force) {
  auto made = std::make_shared<TlsContexts>(TlsContexts{{}, loaded.backends});
  const auto found = counterparts(open, next.listen);
  for (std::size_t i = 0; i < open.size(); ++i) {
    made->listeners.push_back(
        found[i] == nullptr
            ? in_force.listeners[i]
            : loaded.listeners[static_cast<std::size_t>(found[i] - next.listen.data())]);
  }
  return made;
}

std::vector<std::pair<std::string, double>> expiries(const config::Config& config,
                                                     const TlsContexts& contexts) {
  std::vector<std::pair<std::string, double>> found;
  const auto add = [&](std::string whose, const Context& context) {
    if (context == nullptr || context->not_after() == 0) return;
    found.emplace_back(std::move(whose), static_cast<double>(context->not_after()));
  };
  for (std::size_t i = 0; i < config.listen.size() && i < contexts.listeners.size(); ++i) {
    add("listener " + config.listen[i].address.text(), contexts.listeners[i]);
  }
  for (std::size_t i = 0; i < config.backends.size() && i < contexts.backends.size(); ++i) {
    add("backend " + config.backends[i].name, contexts.backends[i]);
  }
  return found;
}

}  // namespace bulkhead::server
