// Rule sets and their text forms (spec/03 section 4).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hayago::search {

enum class KoRule { kSimple, kPositional, kSituational, kSpight };
enum class ScoringRule { kArea, kTerritory };
enum class TaxRule { kNone, kSeki, kAll };
enum class HandicapBonus { kZero, kN, kNMinusOne };

struct Rules {
  KoRule ko = KoRule::kPositional;
  ScoringRule scoring = ScoringRule::kArea;
  TaxRule tax = TaxRule::kNone;
  bool suicide = true;
  bool has_button = false;
  HandicapBonus white_handicap_bonus = HandicapBonus::kZero;
  bool friendly_pass_ok = false;
  float komi = 7.5f;
  bool operator==(const Rules&) const = default;
};

// A parsed value or the reason why there is none.
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string error;
  explicit operator bool() const { return value.has_value(); }
};

// Names, JSON objects and the compact form. allow_komi = false refuses a komi key (GTP).
Parsed<Rules> parse_rules(std::string_view text, bool allow_komi = true);
// Changes one field by its JSON key (`kata-set-rule`).
Parsed<Rules> with_rule(const Rules& rules, std::string_view key, std::string_view value);
Parsed<HandicapBonus> parse_handicap_bonus(std::string_view text);
Parsed<KoRule> parse_ko_rule(std::string_view text);  // upper-case spellings
Parsed<ScoringRule> parse_scoring_rule(std::string_view text);
Parsed<TaxRule> parse_tax_rule(std::string_view text);

std::string rules_json(const Rules& rules, bool with_komi);     // keys in alphabetical order
std::string rules_compact(const Rules& rules, bool with_komi);  // "koSIMPLEscoreAREA..."
std::string rules_nice_name(const Rules& rules);                // "TrompTaylor", "Japanese", ...
std::string_view to_string(HandicapBonus bonus);                // "0", "N", "N-1"

bool is_half_integer_komi(double komi);  // finite and 2*komi is an integer
// Komi the engine chooses itself: clipped to +-(area + 20) and rounded to halves.
float round_and_clip_komi(double komi, int area);
// The nearest rules a network of that model version knows (spec/03 section 4.6).
Rules supported_rules(const Rules& rules, int model_version);

}  // namespace hayago::search
