#include "search/board/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hayago::search {
namespace {

std::string_view to_string(KoRule ko) {
  switch (ko) {
    case KoRule::kSimple:
      return "SIMPLE";
    case KoRule::kPositional:
      return "POSITIONAL";
    case KoRule::kSituational:
      return "SITUATIONAL";
    case KoRule::kSpight:
      return "SPIGHT";
  }
  return "";
}

std::string_view to_string(ScoringRule scoring) {
  return scoring == ScoringRule::kArea ? "AREA" : "TERRITORY";
}

std::string_view to_string(TaxRule tax) {
  switch (tax) {
    case TaxRule::kNone:
      return "NONE";
    case TaxRule::kSeki:
      return "SEKI";
    case TaxRule::kAll:
      return "ALL";
  }
  return "";
}

}  // namespace

std::string_view to_string(HandicapBonus bonus) {
  switch (bonus) {
    case HandicapBonus::kZero:
      return "0";
    case HandicapBonus::kN:
      return "N";
    case HandicapBonus::kNMinusOne:
      return "N-1";
  }
  return "";
}

std::string rules_json(const Rules& rules, bool with_komi) {
  nlohmann::json object = {
      {"friendlyPassOk", rules.friendly_pass_ok},
      {"hasButton", rules.has_button},
      {"ko", to_string(rules.ko)},
      {"scoring", to_string(rules.scoring)},
      {"suicide", rules.suicide},
      {"tax", to_string(rules.tax)},
      {"whiteHandicapBonus", to_string(rules.white_handicap_bonus)},
  };
  if (with_komi) object["komi"] = rules.komi;
  return object.dump();
}

std::string rules_compact(const Rules& rules, bool with_komi) {
  std::string text =
      fmt::format("ko{}score{}tax{}sui{}", to_string(rules.ko), to_string(rules.scoring),
                  to_string(rules.tax), rules.suicide ? 1 : 0);
  if (rules.has_button) text += "button1";
  if (rules.white_handicap_bonus != HandicapBonus::kZero) {
    text += fmt::format("whb{}", to_string(rules.white_handicap_bonus));
  }
  if (rules.friendly_pass_ok) text += "fpok1";
  if (with_komi) text += fmt::format("komi{:g}", rules.komi);
  return text;
}

std::string rules_nice_name(const Rules& rules) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"tromp-taylor", "TrompTaylor"}, {"japanese", "Japanese"}, {"chinese", "Chinese"},
      {"chinese-ogs", "Chinese-OGS"},  {"aga", "AGA"},           {"stone-scoring", "StoneScoring"},
      {"new-zealand", "NewZealand"}};
  for (const auto& [preset, name] : kNames) {
    Rules candidate = *parse_rules(preset).value;
    candidate.komi = rules.komi;
    if (candidate == rules) return std::string(name);
  }
  return rules_compact(rules, false);
}

bool is_half_integer_komi(double komi) {
  return std::isfinite(komi) && std::floor(2 * komi) == 2 * komi;
}

float round_and_clip_komi(double komi, int area) {
  const double radius = area + 20;
  return static_cast<float>(std::round(2 * std::clamp(komi, -radius, radius)) / 2);
}

Rules supported_rules(const Rules& rules, int model_version) {
  Rules result = rules;
  if (model_version <= 6) {
    if (rules.ko == KoRule::kSimple) result.ko = KoRule::kSituational;
    result.scoring = ScoringRule::kArea;
    result.tax = TaxRule::kNone;
    result.has_button = false;
  }
  if (rules.ko == KoRule::kSpight) result.ko = KoRule::kSituational;
  if (result.scoring == ScoringRule::kTerritory) result.has_button = false;
  return result;
}

}  // namespace hayago::search
