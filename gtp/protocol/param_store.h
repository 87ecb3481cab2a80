// The parameters of a running GTP engine: two sets, for genmove-type and for analysis commands,
// computed from one stored configuration that kata-set-param changes (spec/07 section 9).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gtp/config/config.h"
#include "gtp/protocol/settings.h"
#include "search/params.h"

namespace hayago::gtp {

class ParamStore {
 public:
  // Throws ConfigError.
  ParamStore(Config config, bool has_human_model, bool some_model_uses_profiles);

  const search::SearchParams& genmove() const { return genmove_; }
  const search::SearchParams& analysis() const { return analysis_; }
  const GtpSettings& settings() const { return settings_; }
  const Config& config() const { return config_; }

  // Changes all keys or none; an empty value returns to the built-in default. Returns what is
  // wrong, or "".
  std::string set(const std::map<std::string, std::string>& values);
  // Plain text for the special names, JSON for search parameters; nullopt for unknown names.
  std::optional<std::string> get(const std::string& name) const;
  std::string get_all_json() const;
  // Special names first, then the search parameters alphabetically.
  static std::vector<std::string> names();
  // Error text about a name that is no parameter, with the nearest one that is.
  static std::string unknown_name(const std::string& name);

 private:
  void rebuild(const Config& config, bool at_start);
  std::string check_key(const std::string& key) const;
  std::optional<std::string> special(const std::string& name) const;

  Config config_;
  bool has_human_model_, some_model_uses_profiles_;
  GtpSettings settings_;
  search::SearchParams genmove_, analysis_;
};

}  // namespace hayago::gtp
