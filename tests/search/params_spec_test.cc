// The parameter list against the tables of spec/05 section 1: types, ranges and the values that gtp
// and analysis have when no key is given.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "search/params.h"

namespace hayago::search {
namespace {

struct SpecRow {
  std::string_view key;
  ParamKind kind;
  double min, max;             // numbers only
  const char *gtp, *analysis;  // JSON
};

// numSearchThreads has no default there (the key is required), antiMirror is true for genmove
// commands only, by a key of its own.
// clang-format off
constexpr SpecRow kRows[] = {
    {"winLossUtilityFactor", ParamKind::kDouble, 0, 1, "1.0", "1.0"},
    {"staticScoreUtilityFactor", ParamKind::kDouble, 0, 1, "0.1", "0.1"},
    {"dynamicScoreUtilityFactor", ParamKind::kDouble, 0, 1, "0.3", "0.3"},
    {"dynamicScoreCenterZeroWeight", ParamKind::kDouble, 0, 1, "0.20", "0.20"},
    {"dynamicScoreCenterScale", ParamKind::kDouble, 0.2, 5, "0.75", "0.75"},
    {"noResultUtilityForWhite", ParamKind::kDouble, -1, 1, "0", "0"},
    {"drawEquivalentWinsForWhite", ParamKind::kDouble, 0, 1, "0.5", "0.5"},
    {"cpuctExploration", ParamKind::kDouble, 0, 10, "1.0", "1.0"},
    {"cpuctExplorationLog", ParamKind::kDouble, 0, 10, "0.45", "0.45"},
    {"cpuctExplorationBase", ParamKind::kDouble, 10, 1e5, "500", "500"},
    {"cpuctUtilityStdevPrior", ParamKind::kDouble, 1e-8, 10, "0.40", "0.40"},
    {"cpuctUtilityStdevPriorWeight", ParamKind::kDouble, 0, 100, "2.0", "2.0"},
    {"cpuctUtilityStdevScale", ParamKind::kDouble, 0, 1, "0.85", "0.85"},
    {"fpuReductionMax", ParamKind::kDouble, 0, 2, "0.2", "0.2"},
    {"fpuLossProp", ParamKind::kDouble, 0, 1, "0", "0"},
    {"fpuParentWeightByVisitedPolicy", ParamKind::kBool, 0, 0, "true", "true"},
    {"fpuParentWeightByVisitedPolicyPow", ParamKind::kDouble, 0, 5, "2.0", "2.0"},
    {"fpuParentWeight", ParamKind::kDouble, 0, 1, "0", "0"},
    {"policyOptimism", ParamKind::kDouble, 0, 1, "1.0", "1.0"},
    {"valueWeightExponent", ParamKind::kDouble, 0, 1, "0.25", "0.25"},
    {"useNoisePruning", ParamKind::kBool, 0, 0, "true", "true"},
    {"noisePruneUtilityScale", ParamKind::kDouble, 0.001, 10, "0.15", "0.15"},
    {"noisePruningCap", ParamKind::kDouble, 0, 1e50, "1e50", "1e50"},
    {"useUncertainty", ParamKind::kBool, 0, 0, "true", "true"},
    {"uncertaintyCoeff", ParamKind::kDouble, 1e-4, 1, "0.25", "0.25"},
    {"uncertaintyExponent", ParamKind::kDouble, 0, 2, "1.0", "1.0"},
    {"uncertaintyMaxWeight", ParamKind::kDouble, 1, 100, "8.0", "8.0"},
    {"subtreeValueBiasFactor", ParamKind::kDouble, 0, 1, "0.45", "0.45"},
    {"subtreeValueBiasFreeProp", ParamKind::kDouble, 0, 1, "0.8", "0.8"},
    {"subtreeValueBiasWeightExponent", ParamKind::kDouble, 0, 1, "0.85", "0.85"},
    {"useEvalCache", ParamKind::kBool, 0, 0, "false", "false"},
    {"evalCacheMinVisits", ParamKind::kInt64, 1, 1125899906842624, "100", "100"},
    {"useGraphSearch", ParamKind::kBool, 0, 0, "true", "true"},
    {"graphSearchRepBound", ParamKind::kInt, 3, 50, "11", "11"},
    {"graphSearchCatchUpLeakProb", ParamKind::kDouble, 0, 1, "0", "0"},
    {"nodeTableShardsPowerOfTwo", ParamKind::kInt, 8, 24, "16", "16"},
    {"rootNoiseEnabled", ParamKind::kBool, 0, 0, "false", "false"},
    {"rootDirichletNoiseTotalConcentration", ParamKind::kDouble, 0.001, 1e4, "10.83", "10.83"},
    {"rootDirichletNoiseWeight", ParamKind::kDouble, 0, 1, "0.25", "0.25"},
    {"rootPolicyTemperature", ParamKind::kDouble, 0.01, 100, "1.0", "1.0"},
    {"rootPolicyTemperatureEarly", ParamKind::kDouble, 0.01, 100, "1", "1"},
    {"rootFpuReductionMax", ParamKind::kDouble, 0, 2, "0.1", "0.1"},
    {"rootFpuLossProp", ParamKind::kDouble, 0, 1, "0", "0"},
    {"rootNumSymmetriesToSample", ParamKind::kInt, 1, 8, "1", "1"},
    {"rootSymmetryPruning", ParamKind::kBool, 0, 0, "true", "true"},
    {"rootDesiredPerChildVisitsCoeff", ParamKind::kDouble, 0, 100, "0", "0"},
    {"rootPolicyOptimism", ParamKind::kDouble, 0, 1, "0.2", "0.2"},
    {"wideRootNoise", ParamKind::kDouble, 0, 5, "0", "0.04"},
    {"rootEndingBonusPoints", ParamKind::kDouble, -1, 1, "0.5", "0.5"},
    {"rootPruneUselessMoves", ParamKind::kBool, 0, 0, "true", "true"},
    {"futileVisitsThreshold", ParamKind::kDouble, 0.01, 1, "0", "0"},
    {"conservativePass", ParamKind::kBool, 0, 0, "true", "true"},
    {"fillDameBeforePass", ParamKind::kBool, 0, 0, "true", "false"},
    {"enablePassingHacks", ParamKind::kBool, 0, 0, "true", "true"},
    {"enableMorePassingHacks", ParamKind::kBool, 0, 0, "true", "true"},
    {"alwaysComputePassAliveUnderSuicideRules", ParamKind::kEnabled, 0, 0, R"("auto")", R"("auto")"},
    {"playoutDoublingAdvantage", ParamKind::kDouble, -3, 3, "0", "0"},
    {"playoutDoublingAdvantagePla", ParamKind::kPlayer, 0, 0, R"("E")", R"("E")"},
    {"avoidRepeatedPatternUtility", ParamKind::kDouble, -3, 3, "0", "0"},
    {"nnPolicyTemperature", ParamKind::kFloat, 0.01, 5, "1", "1"},
    {"antiMirror", ParamKind::kBool, 0, 0, "false", "false"},
    {"ignorePreRootHistory", ParamKind::kBool, 0, 0, "false", "true"},
    {"ignoreAllHistory", ParamKind::kBool, 0, 0, "false", "false"},
    {"chosenMoveTemperature", ParamKind::kDouble, 0, 5, "0.1", "0.1"},
    {"chosenMoveTemperatureEarly", ParamKind::kDouble, 0, 5, "0.5", "0.5"},
    {"chosenMoveTemperatureHalflife", ParamKind::kDouble, 0.1, 1e5, "19", "19"},
    {"chosenMoveTemperatureOnlyBelowProb", ParamKind::kDouble, 0, 1, "1", "1"},
    {"chosenMoveSubtract", ParamKind::kDouble, 0, 1e10, "0", "0"},
    {"chosenMovePrune", ParamKind::kDouble, 0, 1e10, "1", "1"},
    {"useLcbForSelection", ParamKind::kBool, 0, 0, "true", "true"},
    {"lcbStdevs", ParamKind::kDouble, 1, 12, "5", "5"},
    {"minVisitPropForLCB", ParamKind::kDouble, 0, 1, "0.15", "0.15"},
    {"useNonBuggyLcb", ParamKind::kBool, 0, 0, "true", "true"},
    {"maxVisits", ParamKind::kInt64, 1, 1125899906842624, "1125899906842624", "1125899906842624"},
    {"maxPlayouts", ParamKind::kInt64, 1, 1125899906842624, "1125899906842624", "1125899906842624"},
    {"maxTime", ParamKind::kDouble, 0, 1e20, "1e20", "1e20"},
    {"maxVisitsPondering", ParamKind::kInt64, 1, 1125899906842624, "1125899906842624", "1125899906842624"},
    {"maxPlayoutsPondering", ParamKind::kInt64, 1, 1125899906842624, "1125899906842624", "1125899906842624"},
    {"maxTimePondering", ParamKind::kDouble, 0, 1e20, "1e20", "1e20"},
    {"lagBuffer", ParamKind::kDouble, 0, 3600, "0", "0"},
    {"searchFactorAfterOnePass", ParamKind::kDouble, 0, 1, "1", "1"},
    {"searchFactorAfterTwoPass", ParamKind::kDouble, 0, 1, "1", "1"},
    {"numSearchThreads", ParamKind::kInt, 1, 4096, "1", "1"},
    {"minPlayoutsPerThread", ParamKind::kDouble, 0, 1e20, "8", "8"},
    {"numVirtualLossesPerThread", ParamKind::kDouble, 0.01, 1000, "1", "1"},
    {"treeReuseCarryOverTimeFactor", ParamKind::kDouble, 0, 1, "0", "0"},
    {"overallocateTimeFactor", ParamKind::kDouble, 0.01, 100, "1", "1"},
    {"midgameTimeFactor", ParamKind::kDouble, 0.01, 100, "1", "1"},
    {"midgameTurnPeakTime", ParamKind::kDouble, 0, 1000, "130", "130"},
    {"endgameTurnTimeDecay", ParamKind::kDouble, 0, 1000, "100", "100"},
    {"obviousMovesTimeFactor", ParamKind::kDouble, 0.01, 1, "1", "1"},
    {"obviousMovesPolicyEntropyTolerance", ParamKind::kDouble, 0.001, 2, "0.30", "0.30"},
    {"obviousMovesPolicySurpriseTolerance", ParamKind::kDouble, 0.001, 2, "0.15", "0.15"},
    {"humanSLProfile", ParamKind::kText, 0, 0, R"("")", R"("")"},
    {"humanSLCpuctExploration", ParamKind::kDouble, 0, 1000, "1.0", "1.0"},
    {"humanSLCpuctPermanent", ParamKind::kDouble, 0, 1000, "0.0", "0.0"},
    {"humanSLRootExploreProbWeightless", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLPlaExploreProbWeightless", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLOppExploreProbWeightless", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLRootExploreProbWeightful", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLPlaExploreProbWeightful", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLOppExploreProbWeightful", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLChosenMoveProp", ParamKind::kDouble, 0, 1, "0.0", "0.0"},
    {"humanSLChosenMoveIgnorePass", ParamKind::kBool, 0, 0, "false", "false"},
    {"humanSLChosenMovePiklLambda", ParamKind::kDouble, 0, 1e9, "1e9", "1e9"},
};
// clang-format on

constexpr std::string_view kOwn[] = {"maxTreeMemoryMB"};  // not in the reference

SearchParams with_derived_defaults(SearchParams params) {
  apply_derived_defaults(params, [](std::string_view) { return false; });
  return params;
}

}  // namespace

TEST_CASE("parameters have the types, ranges and defaults of the specification",
          "[search][params]") {
  const SearchParams gtp = with_derived_defaults({});
  const SearchParams analysis = with_derived_defaults(analysis_defaults());
  std::set<std::string_view> keys(std::begin(kOwn), std::end(kOwn));
  for (const SpecRow& row : kRows) {
    INFO(row.key);
    CHECK(keys.insert(row.key).second);
    const ParamInfo* info = find_param(row.key);
    REQUIRE(info != nullptr);
    CHECK(info->kind == row.kind);
    CHECK(info->min == row.min);
    CHECK(info->max == row.max);
    using nlohmann::json;
    CHECK(json::parse(get_param(gtp, row.key)) == json::parse(row.gtp));
    CHECK(json::parse(get_param(analysis, row.key)) == json::parse(row.analysis));
  }
  for (const ParamInfo& info : param_list()) {
    INFO(info.key);
    CHECK(keys.count(info.key) == 1);
  }
}

}  // namespace hayago::search
