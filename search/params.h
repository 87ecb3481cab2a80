// Parameters of a search. The list with names, ranges, defaults and texts is search/params.inc.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/board/board.h"

namespace hayago::search {

enum class Enabled { kFalse, kTrue, kAuto };

struct SearchParams {
#define HAYAGO_PARAM_DOUBLE(key, member, lo, hi, def, doc) double member = def;
#define HAYAGO_PARAM_FLOAT(key, member, lo, hi, def, doc) float member = def;
#define HAYAGO_PARAM_INT(key, member, lo, hi, def, doc) int member = def;
#define HAYAGO_PARAM_INT64(key, member, lo, hi, def, doc) std::int64_t member = def;
#define HAYAGO_PARAM_BOOL(key, member, def, doc) bool member = def;
#define HAYAGO_PARAM_ENABLED(key, member, def, doc) Enabled member = def;
#define HAYAGO_PARAM_PLAYER(key, member, def, doc) Player member = def;
#define HAYAGO_PARAM_TEXT(key, member, def, doc) std::string member = def;
#include "search/params.inc"

  bool operator==(const SearchParams&) const = default;
  double utility_radius() const {
    return win_loss_utility_factor + static_score_utility_factor + dynamic_score_utility_factor;
  }
};

// Defaults of the analysis subcommand (wideRootNoise, ignorePreRootHistory, fillDameBeforePass).
SearchParams analysis_defaults();

// Defaults that depend on other parameters (spec/05 section 1.5): rootFpuReductionMax,
// rootFpuLossProp, rootPolicyTemperatureEarly, rootPolicyOptimism. `given` says which keys the user
// has set; those stay. Configuration readers call this after setting all keys.
void apply_derived_defaults(SearchParams& params,
                            const std::function<bool(std::string_view)>& given);

enum class ParamKind { kDouble, kFloat, kInt, kInt64, kBool, kEnabled, kPlayer, kText };

// One row of the list, for configuration readers, `kata-list-params` and documentation.
struct ParamInfo {
  std::string_view key;
  ParamKind kind;
  double min = 0, max = 0;  // numbers only
  std::string_view default_text;
  std::string_view doc;
};
const std::vector<ParamInfo>& param_list();
const ParamInfo* find_param(std::string_view key);

// Sets one parameter from text (spec/09 section 2.5). Returns an empty string, or what is wrong
// ("must be a number from 0 to 10"). The key must exist.
std::string set_param(SearchParams& params, std::string_view key, std::string_view text);
// As JSON text (spec/07 section 9.2): 1.0, 20, true, "auto", "E" | "B" | "W", "rank_5k".
std::string get_param(const SearchParams& params, std::string_view key);
// The table of search/README.md (a test compares the two).
std::string param_table_markdown();

}  // namespace hayago::search
