#include "gtp/protocol/param_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "gtp/config/keys.h"
#include "gtp/config/load_params.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

constexpr std::array<std::string_view, 9> kSpecialNames{
    "analysisWideRootNoise", "analysisIgnorePreRootHistory",
    "genmoveAntiMirror",     "antiMirror",
    "humanSLProfile",        "allowResignation",
    "ponderingEnabled",      "delayMoveScale",
    "delayMoveMax"};

// Fixed once the engine runs.
constexpr std::array<std::string_view, 3> kFixedNames{"nodeTableShardsPowerOfTwo", "useEvalCache",
                                                      "evalCacheMinVisits"};

// The reference has a read-only parameter of this name; clients that save and restore all
// parameters expect it.
constexpr std::string_view kShardsName = "subtreeValueBiasTableNumShards";
constexpr int kShards = 65536;

// Settable in a configuration file, but not at run time.
constexpr std::array<std::string_view, 2> kReservedNames{
    "dynamicPlayoutDoublingAdvantageCapPerOppLead", "avoidRepeatedPatternUtility"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_listed_param(std::string_view key) {
  return !contains(kSpecialNames, key) && !contains(kFixedNames, key) &&
         !contains(kReservedNames, key) && search::find_param(key) != nullptr;
}

std::string bool_text(bool value) { return value ? "true" : "false"; }

}  // namespace

ParamStore::ParamStore(Config config, bool has_human_model, bool some_model_uses_profiles)
    : has_human_model_(has_human_model), some_model_uses_profiles_(some_model_uses_profiles) {
  rebuild(config, true);
}

void ParamStore::rebuild(const Config& config, bool at_start) {
  GtpSettings settings = load_gtp_settings(config, at_start);
  search::SearchParams defaults;
  defaults.num_search_threads =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 64);
  // Without a configuration file nobody has thought of the way to the clock: as the common example
  // files have it.
  if (!config.has_files()) defaults.lag_buffer = 1;
  search::SearchParams genmove = load_search_params(config, defaults, has_human_model_);
  if (!genmove.human_sl_profile.empty() && !some_model_uses_profiles_) {
    config.fail("humanSLProfile", "none of the loaded networks uses profiles");
  }
  search::SearchParams analysis = genmove;
  analysis.wide_root_noise = config.double_or("analysisWideRootNoise", 0, 5, 0.04);
  analysis.ignore_pre_root_history = config.bool_or("analysisIgnorePreRootHistory", true);
  const bool anti_mirror_default = !config.contains("antiMirror") || genmove.anti_mirror;
  genmove.anti_mirror = config.bool_or("genmoveAntiMirror", anti_mirror_default);

  config_ = config;
  settings_ = std::move(settings);
  genmove_ = std::move(genmove);
  analysis_ = std::move(analysis);
}

std::string ParamStore::check_key(const std::string& key) const {
  if (contains(kReservedNames, key)) return fmt::format("'{}' can only be set at the start", key);
  if (contains(kFixedNames, key)) return fmt::format("'{}' cannot change after the start", key);
  if (contains(kSpecialNames, key) || is_listed_param(key)) return "";
  if (is_known_key(key)) {
    return fmt::format("'{}' cannot be changed while running; set it in the configuration", key);
  }
  return unknown_name(key);
}

std::string ParamStore::unknown_name(const std::string& name) {
  std::string problem = fmt::format("unknown parameter '{}'", name);
  const auto suggestion = suggest_key(name);
  if (suggestion && (contains(kSpecialNames, *suggestion) || is_listed_param(*suggestion))) {
    problem += fmt::format("; did you mean '{}'?", *suggestion);
  }
  return problem + " (kata-list-params lists all)";
}

std::string ParamStore::set(const std::map<std::string, std::string>& values) {
  Config changed = config_;
  for (const auto& [key, value] : values) {
    const std::string problem = check_key(key);
    if (!problem.empty()) return problem;
    changed.set(key, value);
  }
  try {
    rebuild(changed, false);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::optional<std::string> ParamStore::special(const std::string& name) const {
  if (name == "analysisWideRootNoise") return format_g(analysis_.wide_root_noise);
  if (name == "analysisIgnorePreRootHistory") return bool_text(analysis_.ignore_pre_root_history);
  if (name == "genmoveAntiMirror") return bool_text(genmove_.anti_mirror);
  if (name == "antiMirror") return bool_text(analysis_.anti_mirror);
  if (name == "humanSLProfile") return genmove_.human_sl_profile;
  if (name == "allowResignation") return bool_text(settings_.resign.allowed);
  if (name == "ponderingEnabled") return bool_text(settings_.pondering);
  if (name == "delayMoveScale") return format_g(settings_.delay.scale);
  if (name == "delayMoveMax") return format_g(settings_.delay.max);
  return std::nullopt;
}

std::optional<std::string> ParamStore::get(const std::string& name) const {
  if (const auto text = special(name)) return text;
  if (name == kShardsName) return std::to_string(kShards);
  if (!is_listed_param(name)) return std::nullopt;
  return search::get_param(genmove_, name);
}

std::string ParamStore::get_all_json() const {
  nlohmann::json all = nlohmann::json::object();
  for (const std::string& name : names()) {
    const auto text = special(name);
    all[name] = text ? nlohmann::json(*text) : nlohmann::json::parse(*get(name));
  }
  return all.dump();
}

std::vector<std::string> ParamStore::names() {
  std::vector<std::string> params{std::string(kShardsName)};
  for (const search::ParamInfo& info : search::param_list()) {
    if (is_listed_param(info.key)) params.emplace_back(info.key);
  }
  std::sort(params.begin(), params.end());
  std::vector<std::string> all(kSpecialNames.begin(), kSpecialNames.end());
  all.insert(all.end(), params.begin(), params.end());
  return all;
}

}  // namespace hayago::gtp
