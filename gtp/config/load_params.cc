#include "gtp/config/load_params.h"

#include <fmt/format.h>

#include "search/features/metadata.h"

namespace hayago::gtp {
namespace {

using search::SearchParams;

bool is_human_key(std::string_view key) {
  return key.starts_with("humanSL") && key != "humanSLProfile";
}

// Keys that the value of another key makes meaningless: left unread, so they are reported.
bool is_switched_off(std::string_view key, const SearchParams& params) {
  if (key == "fpuParentWeight") return params.fpu_parent_weight_by_visited_policy;
  if (key == "fpuParentWeightByVisitedPolicyPow") {
    return !params.fpu_parent_weight_by_visited_policy;
  }
  return false;
}

void set_one(const Config& config, std::string_view key, SearchParams& params) {
  const auto text = config.find(key);
  if (!text) return;
  const std::string problem = search::set_param(params, key, *text);
  if (!problem.empty()) config.fail(key, problem);
}

}  // namespace

SearchParams load_search_params(const Config& config, const SearchParams& defaults,
                                bool has_human_model) {
  const int bots = config.int_or("numBots", 1, 1000000, 1);
  if (bots != 1) config.fail("numBots", "must be 1: this program runs one bot");
  SearchParams params = defaults;
  set_one(config, "fpuParentWeightByVisitedPolicy", params);
  for (const search::ParamInfo& info : search::param_list()) {
    if (is_switched_off(info.key, params)) continue;
    if (is_human_key(info.key) && config.contains(info.key) && !has_human_model) {
      config.fail(info.key, "needs a human model (flag -human-model FILE)");
    }
    set_one(config, info.key, params);
  }
  search::apply_derived_defaults(params,
                                 [&config](std::string_view key) { return config.contains(key); });
  if (!params.human_sl_profile.empty() && !search::parse_human_profile(params.human_sl_profile)) {
    config.fail("humanSLProfile",
                fmt::format("unknown profile '{}'; examples: rank_5k, rank_3d, preaz_1d, "
                            "proyear_1990",
                            params.human_sl_profile));
  }
  return params;
}

}  // namespace hayago::gtp
