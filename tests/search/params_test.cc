#include "search/params.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

namespace hayago::search {

TEST_CASE("every parameter prints and accepts its default", "[search][params]") {
  for (const ParamInfo& info : param_list()) {
    INFO(info.key);
    SearchParams params;
    const std::string text = get_param(params, info.key);
    CHECK(!text.empty());
    if (info.kind == ParamKind::kText || info.kind == ParamKind::kPlayer ||
        info.kind == ParamKind::kEnabled || info.key == "futileVisitsThreshold") {
      continue;  // quoted, without a text for the default, or off by a value outside the range
    }
    CHECK(set_param(params, info.key, text).empty());
    CHECK(params == SearchParams{});
  }
}

TEST_CASE("parameters refuse what they cannot take", "[search][params]") {
  SearchParams params;
  CHECK(set_param(params, "cpuctExploration", "1.5").empty());
  CHECK(params.cpuct_exploration == 1.5);
  CHECK(set_param(params, "cpuctExploration", "1e1").empty());
  for (const char* bad : {"10.1", "-1", "", "nan", "inf", "0x1", "1.5x", "one"}) {
    INFO(bad);
    CHECK(!set_param(params, "cpuctExploration", bad).empty());
    CHECK(params.cpuct_exploration == 10);
  }
  for (const char* bad : {"1.5", "0", "1125899906842625", "99999999999999999999"}) {
    CHECK(!set_param(params, "maxVisits", bad).empty());
  }
  CHECK(set_param(params, "maxVisits", "1125899906842624").empty());
  CHECK(set_param(params, "useGraphSearch", "False").empty());
  CHECK(!params.use_graph_search);
  CHECK(!set_param(params, "useGraphSearch", "0").empty());
  CHECK(set_param(params, "alwaysComputePassAliveUnderSuicideRules", "Yes").empty());
  CHECK(params.always_compute_pass_alive_under_suicide_rules == Enabled::kTrue);
  CHECK(set_param(params, "playoutDoublingAdvantagePla", "white").empty());
  CHECK(params.playout_doubling_advantage_pla == Color::kWhite);
  CHECK(!set_param(params, "playoutDoublingAdvantagePla", "E").empty());
}

TEST_CASE("parameters print as JSON values", "[search][params]") {
  SearchParams params;
  CHECK(get_param(params, "cpuctExploration") == "1.0");
  CHECK(get_param(params, "maxTime") == "1e+20");
  CHECK(get_param(params, "humanSLChosenMovePiklLambda") == "1000000000.0");
  CHECK(get_param(params, "numSearchThreads") == "1");
  CHECK(get_param(params, "useGraphSearch") == "true");
  CHECK(get_param(params, "playoutDoublingAdvantagePla") == "\"E\"");
  CHECK(get_param(params, "alwaysComputePassAliveUnderSuicideRules") == "\"auto\"");
  CHECK(get_param(params, "humanSLProfile") == "\"\"");
}

TEST_CASE("derived defaults follow unless given", "[search][params]") {
  const auto nothing = [](std::string_view) { return false; };
  SearchParams params;
  params.fpu_loss_prop = 0.1;
  params.root_noise_enabled = true;
  params.policy_optimism = 0.1;
  params.root_policy_temperature = 1.3;
  SearchParams derived = params;
  apply_derived_defaults(derived, nothing);
  CHECK(derived.root_fpu_loss_prop == 0.1);
  CHECK(derived.root_fpu_reduction_max == 0);
  CHECK(derived.root_policy_optimism == 0.1);
  CHECK(derived.root_policy_temperature_early == 1.3);
  apply_derived_defaults(params, [](std::string_view) { return true; });
  CHECK(params.root_fpu_reduction_max == 0.1);
}

TEST_CASE("search/README.md lists the parameters as they are", "[search][params]") {
  std::ifstream file(std::string(HAYAGO_SOURCE_DIR) + "/search/README.md");
  REQUIRE(file.good());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // On failure, paste the expected table (it is printed) into the file.
  CHECK_THAT(text, Catch::Contains(param_table_markdown()));
}

}  // namespace hayago::search
