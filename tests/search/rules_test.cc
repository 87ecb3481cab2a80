// Rule sets and their texts (spec/03 section 4).
#include <catch2/catch.hpp>

#include "search/board/rules.h"

using namespace hayago::search;

namespace {
Rules parsed(const std::string& text) {
  const auto result = parse_rules(text);
  INFO(text << ": " << result.error);
  REQUIRE(result);
  return *result.value;
}
using K = KoRule;
using S = ScoringRule;
using T = TaxRule;
using H = HandicapBonus;
}  // namespace

TEST_CASE("all preset names", "[rules]") {
  struct Preset {
    std::vector<std::string> names;
    Rules rules;
  };
  const Preset presets[] = {
      {{"tromp-taylor", "tromp_taylor", "tromp taylor", "tromptaylor"},
       {K::kPositional, S::kArea, T::kNone, true, false, H::kZero, false, 7.5f}},
      {{"japanese", "korean"},
       {K::kSimple, S::kTerritory, T::kSeki, false, false, H::kZero, false, 6.5f}},
      {{"chinese"}, {K::kSimple, S::kArea, T::kNone, false, false, H::kN, true, 7.5f}},
      {{"chineseogs", "chinese_ogs", "chinese-ogs", "chinesekgs", "chinese_kgs", "chinese-kgs"},
       {K::kPositional, S::kArea, T::kNone, false, false, H::kN, true, 7.5f}},
      {{"ancientarea", "ancient-area", "ancient_area", "ancient area", "stonescoring",
        "stone-scoring", "stone_scoring", "stone scoring"},
       {K::kSimple, S::kArea, T::kAll, false, false, H::kZero, true, 7.5f}},
      {{"ancientterritory", "ancient-territory", "ancient_territory", "ancient territory"},
       {K::kSimple, S::kTerritory, T::kAll, false, false, H::kZero, false, 6.5f}},
      {{"aga", "bga", "french"},
       {K::kSituational, S::kArea, T::kNone, false, false, H::kNMinusOne, true, 7.5f}},
      {{"agabutton", "aga-button", "aga_button", "aga button"},
       {K::kSituational, S::kArea, T::kNone, false, true, H::kNMinusOne, true, 7.0f}},
      {{"nz", "newzealand", "new zealand", "new-zealand", "new_zealand"},
       {K::kSituational, S::kArea, T::kNone, true, false, H::kZero, true, 7.0f}},
      {{"goe", "ing"}, {K::kPositional, S::kArea, T::kNone, true, false, H::kZero, true, 7.5f}}};
  for (const Preset& preset : presets) {
    for (const std::string& name : preset.names) {
      INFO(name);
      CHECK(parsed(name) == preset.rules);
    }
  }
  CHECK(parsed("  JaPaNeSe\t") == parsed("japanese"));
  CHECK(!parse_rules("chinese ogs"));
}

TEST_CASE("JSON rules", "[rules]") {
  CHECK(parsed("{}") == Rules{});
  const Rules r = parsed(
      R"({"ko":"SIMPLE","score":"AREA","scoring":"TERRITORY","suicide":false,"hasButton":false,)"
      R"("whiteHandicapBonus":"N-1","friendlyPassOk":true})");
  CHECK(r == Rules{K::kSimple, S::kTerritory, T::kSeki, false, false, H::kNMinusOne, true, 6.5f});
  CHECK(parsed(R"({"scoring":"TERRITORY","tax":"NONE"})").tax == T::kNone);
  CHECK(parsed(R"({"hasButton":true})").komi == 7.0f);
  CHECK(parsed(R"({"komi":-400})").komi == -400.0f);
  CHECK(parsed(R"({"komi":true})").komi == 1.0f);
  CHECK(parsed(R"({"ko":"SPIGHT"})").ko == K::kSpight);
  for (const char* bad :
       {"{", "{]", R"({"ko":"simple"})", R"({"ko":1})", R"({"suicide":1})", R"({"komi":7.3})",
        R"({"komi":400.5})", R"({"komi":"7"})", R"({"unknown":1})", R"({"scoring":null})",
        R"({"tax":"SOME"})", R"({"whiteHandicapBonus":"2"})", R"({"komi":1e999})",
        R"( {"ko":"SIMPLE"})", R"({"ko":"SIMPLE"} x)", R"([])"}) {
    INFO(bad);
    const auto result = parse_rules(bad);
    CHECK(!result);
    CHECK(!result.error.empty());
  }
  CHECK(!parse_rules(R"({"komi":7})", false));
  CHECK(parse_rules(R"({"ko":"SIMPLE"})", false));
}

TEST_CASE("compact rules", "[rules]") {
  CHECK(parsed("koSIMPLEscoreTERRITORYtaxSEKIsui0komi6.5") == parsed("japanese"));
  CHECK(parsed("ko SIMPLE  scoring AREA sui1") ==
        Rules{K::kSimple, S::kArea, T::kNone, true, false, H::kZero, false, 7.5f});
  CHECK(parsed("whbN-1fpok1button1").komi == 7.0f);
  CHECK(parsed("whbN").white_handicap_bonus == H::kN);
  CHECK(parsed("whbN-1").white_handicap_bonus == H::kNMinusOne);
  CHECK(parsed("sui1komi7.3").komi == 7.3f);
  CHECK(parsed("komi-3ko SIMPLE").komi == -3.0f);
  CHECK(parsed("koSIMPLEkoPOSITIONAL").ko == K::kPositional);
  CHECK(parsed("scoreTERRITORY").tax == T::kSeki);
  for (const char* bad : {"", "  ", "kosimple", "KOSIMPLE", "koSIMPLE,", "sui2", "komi", "komi1e3",
                          "komi100001", "kominan", "nonsense", "whb2", "koSIMPLEx", "komi--1"}) {
    INFO(bad);
    CHECK(!parse_rules(bad));
  }
}

TEST_CASE("texts of rules can be read back", "[rules]") {
  for (const char* name : {"japanese", "chinese", "aga", "aga-button", "nz", "stone-scoring",
                           "ancient-territory", "chinese-kgs", "tromp-taylor", "goe"}) {
    const Rules r = parsed(name);
    CHECK(parsed(rules_json(r, true)) == r);
    CHECK(parsed(rules_compact(r, true)) == r);
  }
  CHECK(rules_json(parsed("chinese"), false) ==
        R"({"friendlyPassOk":true,"hasButton":false,"ko":"SIMPLE","scoring":"AREA",)"
        R"("suicide":false,"tax":"NONE","whiteHandicapBonus":"N"})");
  CHECK(rules_json(parsed("nz"), true) ==
        R"({"friendlyPassOk":true,"hasButton":false,"ko":"SITUATIONAL","komi":7.0,)"
        R"("scoring":"AREA","suicide":true,"tax":"NONE","whiteHandicapBonus":"0"})");
  CHECK(rules_compact(parsed("aga-button"), true) ==
        "koSITUATIONALscoreAREAtaxNONEsui0button1whbN-1fpok1komi7");
  CHECK(rules_compact(parsed("japanese"), false) == "koSIMPLEscoreTERRITORYtaxSEKIsui0");
  CHECK(rules_compact(parsed("sui1komi7.3"), true) == "koPOSITIONALscoreAREAtaxNONEsui1komi7.3");
}

TEST_CASE("nice names ignore komi", "[rules]") {
  Rules r = parsed("japanese");
  r.komi = 0;
  CHECK(rules_nice_name(r) == "Japanese");
  CHECK(rules_nice_name(parsed("tromp-taylor")) == "TrompTaylor");
  CHECK(rules_nice_name(parsed("chinese")) == "Chinese");
  CHECK(rules_nice_name(parsed("chinese-kgs")) == "Chinese-OGS");
  CHECK(rules_nice_name(parsed("bga")) == "AGA");
  CHECK(rules_nice_name(parsed("ancient-area")) == "StoneScoring");
  CHECK(rules_nice_name(parsed("nz")) == "NewZealand");
  CHECK(rules_nice_name(parsed("ing")) == "koPOSITIONALscoreAREAtaxNONEsui1fpok1");
}

TEST_CASE("single rules are changed by key", "[rules]") {
  const Rules base = parsed("japanese");
  const auto change = [&](const char* key, const char* value) {
    const auto result = with_rule(base, key, value);
    INFO(key << " " << value << " " << result.error);
    REQUIRE(result);
    return *result.value;
  };
  CHECK(change("ko", " positional ").ko == K::kPositional);
  const Rules area = change("scoring", "area");
  CHECK(area.scoring == S::kArea);
  CHECK(area.tax == T::kSeki);  // only the named field changes
  CHECK(area.komi == 6.5f);
  CHECK(change("score", "AREA") == area);
  CHECK(change("tax", "All").tax == T::kAll);
  CHECK(change("suicide", "TRUE").suicide);
  CHECK(change("hasButton", "true").has_button);
  CHECK(change("whiteHandicapBonus", "n-1").white_handicap_bonus == H::kNMinusOne);
  CHECK(change("friendlyPassOk", "true").friendly_pass_ok);
  CHECK(!with_rule(base, "Ko", "SIMPLE"));
  CHECK(!with_rule(base, "komi", "7"));
  CHECK(!with_rule(base, "suicide", "1"));
  CHECK(!with_rule(base, "ko", "NONE"));
}

TEST_CASE("komi helpers", "[rules]") {
  CHECK(is_half_integer_komi(-3.5));
  CHECK_FALSE(is_half_integer_komi(7.25));
  CHECK_FALSE(is_half_integer_komi(std::numeric_limits<double>::infinity()));
  CHECK(round_and_clip_komi(7.3, 81) == 7.5f);
  CHECK(round_and_clip_komi(500, 81) == 101.0f);
  CHECK(round_and_clip_komi(-500, 81) == -101.0f);
}

TEST_CASE("networks limit the rules", "[rules]") {
  const Rules modern = supported_rules(parsed("koSPIGHTscoreTERRITORYbutton1"), 8);
  CHECK(modern.ko == K::kSituational);
  CHECK(modern.scoring == S::kTerritory);
  CHECK_FALSE(modern.has_button);
  const Rules old = supported_rules(parsed("koSIMPLEscoreTERRITORYtaxALLbutton1"), 6);
  CHECK(old.ko == K::kSituational);
  CHECK(old.scoring == S::kArea);
  CHECK(old.tax == T::kNone);
  CHECK_FALSE(old.has_button);
  CHECK(supported_rules(parsed("aga-button"), 14) == parsed("aga-button"));
}
