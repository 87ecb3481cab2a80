#include "gtp/protocol/settings.h"

#include <fmt/format.h>

#include <array>

#include "gtp/cli/identity.h"

namespace hayago::gtp {
namespace {

using search::Rules;

constexpr std::array<std::string_view, 8> kSingleRules{
    "koRule",    "scoringRule",    "multiStoneSuicideLegal", "taxRule",
    "hasButton", "friendlyPassOk", "whiteHandicapBonus",     "whiteBonusPerHandicapStone"};

// One of the upper-case spellings of a rule.
template <class T>
T parse_choice(const Config& config, std::string_view key,
               search::Parsed<T> (*parse)(std::string_view), const char* choices) {
  const std::string text = config.get_string(key);
  const auto parsed = parse(text);
  if (!parsed) config.fail(key, fmt::format("must be one of {}, not '{}'", choices, text));
  return *parsed.value;
}

Rules load_single_rules(const Config& config) {
  Rules rules;
  rules.ko = parse_choice(config, "koRule", search::parse_ko_rule,
                          "SIMPLE, POSITIONAL, SITUATIONAL, SPIGHT");
  rules.scoring =
      parse_choice(config, "scoringRule", search::parse_scoring_rule, "AREA, TERRITORY");
  config.get_string("multiStoneSuicideLegal");  // required
  rules.suicide = config.bool_or("multiStoneSuicideLegal", true);
  const bool territory = rules.scoring == search::ScoringRule::kTerritory;
  rules.tax = territory ? search::TaxRule::kSeki : search::TaxRule::kNone;
  if (config.contains("taxRule")) {
    rules.tax = parse_choice(config, "taxRule", search::parse_tax_rule, "NONE, SEKI, ALL");
  }
  rules.has_button = config.bool_or("hasButton", false);
  rules.friendly_pass_ok = config.bool_or("friendlyPassOk", false);
  const bool old_bonus = config.contains("whiteBonusPerHandicapStone");
  if (old_bonus && config.contains("whiteHandicapBonus")) {
    config.fail("whiteBonusPerHandicapStone", "cannot be combined with whiteHandicapBonus");
  }
  if (old_bonus && config.int_or("whiteBonusPerHandicapStone", 0, 1, 0) == 1) {
    rules.white_handicap_bonus = search::HandicapBonus::kN;
  }
  if (config.contains("whiteHandicapBonus")) {
    rules.white_handicap_bonus =
        parse_choice(config, "whiteHandicapBonus", search::parse_handicap_bonus, "0, N, N-1");
  }
  rules.komi = territory ? 6.5f : rules.has_button ? 7.0f : 7.5f;
  return rules;
}

Rules load_rules(const Config& config) {
  std::string_view single;
  for (const std::string_view key : kSingleRules) {
    if (config.contains(key)) single = key;
  }
  if (const auto text = config.find("rules")) {
    if (!single.empty()) {
      config.fail("rules", fmt::format("cannot be combined with the single rule '{}'", single));
    }
    const auto parsed = search::parse_rules(*text);
    if (!parsed)
      config.fail("rules", fmt::format("'{}' is not a rule set: {}", *text, parsed.error));
    return *parsed.value;
  }
  if (single.empty() && !config.has_files()) return Rules{};
  return load_single_rules(config);
}

void load_board_size(const Config& config, GtpSettings& out) {
  const int max = search::kMaxBoard;
  const bool both = config.contains("defaultBoardXSize") && config.contains("defaultBoardYSize");
  const int x = config.int_or("defaultBoardXSize", 2, max, 19);
  const int y = config.int_or("defaultBoardYSize", 2, max, 19);
  // One of the two alone says nothing about the other side: ignored, as the reference does.
  const int size = both ? 0 : config.int_or("defaultBoardSize", 2, max, 19);
  out.x_size = both ? x : size;
  out.y_size = both ? y : size;
}

search::ResignSettings load_resignation(const Config& config, bool at_start) {
  search::ResignSettings out;
  out.allowed = config.bool_or("allowResignation", false);
  if (!config.contains("allowResignation")) return out;
  if (at_start) config.get_string("resignThreshold");  // required
  out.threshold = config.double_or("resignThreshold", -1, 0, -1);
  out.consecutive_turns = config.int_or("resignConsecTurns", 1, 100, 3);
  out.min_score_difference = config.double_or("resignMinScoreDifference", 0, 1000, -1e10);
  out.min_moves_per_area = config.double_or("resignMinMovesPerBoardArea", 0, 1, 0);
  return out;
}

search::Enabled load_enabled(const Config& config, std::string_view key) {
  constexpr std::array<search::Enabled, 3> kValues{search::Enabled::kFalse, search::Enabled::kTrue,
                                                   search::Enabled::kAuto};
  return kValues[static_cast<std::size_t>(config.enabled_or(key, 2))];
}

search::PassSettings load_passing(const Config& config) {
  search::PassSettings out;
  out.cleanup_before_pass = load_enabled(config, "cleanupBeforePass");
  out.friendly_pass = load_enabled(config, "friendlyPass");
  if (out.cleanup_before_pass == search::Enabled::kTrue &&
      out.friendly_pass == search::Enabled::kTrue) {
    config.fail("friendlyPass", "cannot be true together with cleanupBeforePass = true");
  }
  return out;
}

void load_strength(const Config& config, GtpSettings& out) {
  out.search_factor.when_winning = config.double_or("searchFactorWhenWinning", 0.01, 1, 1);
  out.search_factor.when_winning_threshold =
      config.double_or("searchFactorWhenWinningThreshold", 0, 1, 1);
  out.delay.scale = config.double_or("delayMoveScale", 0, 10000, 0);
  out.delay.max = config.double_or("delayMoveMax", 0, 1000000, 1000000);
  const char* dynamic_key = "dynamicPlayoutDoublingAdvantageCapPerOppLead";
  out.dynamic_pda_cap = config.double_or(dynamic_key, 0, 0.5, 0.045);
  out.fixed_pda = config.contains("playoutDoublingAdvantage") && !config.contains(dynamic_key);
  if (config.contains("avoidRepeatedPatternUtility")) {
    out.avoid_repeated_pattern_utility = config.double_or("avoidRepeatedPatternUtility", -3, 3, 0);
  }
}

}  // namespace

GtpSettings load_gtp_settings(const Config& config, bool at_start) {
  GtpSettings out;
  if (config.has_files()) {
    for (const char* key : {"logAllGTPCommunication", "logSearchInfo", "numSearchThreads"}) {
      config.get_string(key);
    }
  }
  out.log_communication = config.bool_or("logAllGTPCommunication", false);
  out.log_search_info = config.bool_or("logSearchInfo", false);
  out.log_chosen_move = config.bool_or("logSearchInfoForChosenMove", false);
  out.startup_to_stderr = config.bool_or("startupPrintMessageToStderr", true);
  out.name = config.string_or("gtpName", std::string(kGtpName));
  out.rules = load_rules(config);
  if (config.contains("ignoreGTPAndForceKomi")) {
    const double komi = config.double_or("ignoreGTPAndForceKomi", -400, 400, 0);
    out.forced_komi = static_cast<float>(komi);
    out.rules.komi = *out.forced_komi;
  }
  load_board_size(config, out);
  out.force_max_nn_size = config.bool_or("gtpForceMaxNNSize", false);
  out.pondering = config.bool_or("ponderingEnabled", false);
  out.resign = load_resignation(config, at_start);
  out.passing = load_passing(config);
  load_strength(config, out);
  out.perspective = load_perspective(config);
  out.pv_length = config.int_or("analysisPVLen", 1, 1000, 13);
  out.assume_handicap_from_moves =
      config.bool_or("assumeMultipleStartingBlackMovesAreHandicap", true);
  out.prevent_cleanup_phase = config.bool_or("preventCleanupPhase", true);
  out.chat_to_stderr = config.bool_or("ogsChatToStderr", false);
  out.has_limits =
      config.contains("maxVisits") || config.contains("maxPlayouts") || config.contains("maxTime");
  return out;
}

}  // namespace hayago::gtp
