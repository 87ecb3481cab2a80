// Reading rules: preset names, JSON objects and the compact form (spec/03 sections 4.2 to 4.6).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "search/board/rules.h"

namespace hayago::search {
namespace {

using Json = nlohmann::json;

constexpr double kMaxUserKomi = 400;
constexpr double kMaxCompactKomi = 100000;

std::string trim(std::string_view s) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = s.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(s.substr(first, s.find_last_not_of(kBlanks) - first + 1));
}

template <class Convert>
std::string mapped(std::string_view s, Convert convert) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(convert(static_cast<unsigned char>(c)));
  return out;
}
std::string lower(std::string_view s) {
  return mapped(s, [](int c) { return std::tolower(c); });
}
std::string upper(std::string_view s) {
  return mapped(s, [](int c) { return std::toupper(c); });
}

template <class T>
Parsed<T> failure(std::string message) {
  return {std::nullopt, std::move(message)};
}

template <class T>
struct Spelling {
  std::string_view text;
  T value;
};
constexpr Spelling<KoRule> kKoRules[] = {{"SIMPLE", KoRule::kSimple},
                                         {"POSITIONAL", KoRule::kPositional},
                                         {"SITUATIONAL", KoRule::kSituational},
                                         {"SPIGHT", KoRule::kSpight}};
constexpr Spelling<ScoringRule> kScoringRules[] = {{"AREA", ScoringRule::kArea},
                                                   {"TERRITORY", ScoringRule::kTerritory}};
constexpr Spelling<TaxRule> kTaxRules[] = {
    {"NONE", TaxRule::kNone}, {"SEKI", TaxRule::kSeki}, {"ALL", TaxRule::kAll}};
// The compact form tries N-1 before its prefix N.
constexpr Spelling<HandicapBonus> kHandicapBonuses[] = {
    {"0", HandicapBonus::kZero}, {"N-1", HandicapBonus::kNMinusOne}, {"N", HandicapBonus::kN}};
constexpr Spelling<bool> kDigits[] = {{"0", false}, {"1", true}};

template <class T, std::size_t n>
Parsed<T> parse_spelling(std::string_view text, const Spelling<T> (&spellings)[n],
                         std::string_view what) {
  std::string known;
  for (const auto& s : spellings) {
    if (s.text == text) return {s.value, {}};
    known += fmt::format("{}{}", known.empty() ? "" : ", ", s.text);
  }
  return failure<T>(fmt::format("unknown {} '{}' (expected one of {})", what, text, known));
}

float default_komi(const Rules& rules) {
  if (rules.scoring == ScoringRule::kTerritory) return 6.5f;
  return rules.has_button ? 7.0f : 7.5f;
}

// What an explicit text leaves open follows from the rest (section 4.3).
void fill_defaults(Rules& rules, bool has_tax, bool has_komi) {
  if (!has_tax) {
    rules.tax = rules.scoring == ScoringRule::kTerritory ? TaxRule::kSeki : TaxRule::kNone;
  }
  if (!has_komi) rules.komi = default_komi(rules);
}

Rules preset(KoRule ko, ScoringRule scoring, TaxRule tax, bool suicide, HandicapBonus bonus,
             bool friendly_pass_ok, float komi) {
  return {ko, scoring, tax, suicide, false, bonus, friendly_pass_ok, komi};
}

// Lower-case and trimmed name.
std::optional<Rules> find_preset(std::string_view name) {
  using K = KoRule;
  using S = ScoringRule;
  using T = TaxRule;
  using H = HandicapBonus;
  const auto is = [name](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (is({"tromp-taylor", "tromp_taylor", "tromp taylor", "tromptaylor"})) return Rules{};
  if (is({"japanese", "korean"}))
    return preset(K::kSimple, S::kTerritory, T::kSeki, false, H::kZero, false, 6.5f);
  if (is({"chinese"})) return preset(K::kSimple, S::kArea, T::kNone, false, H::kN, true, 7.5f);
  if (is({"chineseogs", "chinese_ogs", "chinese-ogs", "chinesekgs", "chinese_kgs", "chinese-kgs"}))
    return preset(K::kPositional, S::kArea, T::kNone, false, H::kN, true, 7.5f);
  if (is({"ancientarea", "ancient-area", "ancient_area", "ancient area", "stonescoring",
          "stone-scoring", "stone_scoring", "stone scoring"}))
    return preset(K::kSimple, S::kArea, T::kAll, false, H::kZero, true, 7.5f);
  if (is({"ancientterritory", "ancient-territory", "ancient_territory", "ancient territory"}))
    return preset(K::kSimple, S::kTerritory, T::kAll, false, H::kZero, false, 6.5f);
  const Rules aga = preset(K::kSituational, S::kArea, T::kNone, false, H::kNMinusOne, true, 7.5f);
  if (is({"aga", "bga", "french"})) return aga;
  if (is({"agabutton", "aga-button", "aga_button", "aga button"})) {
    Rules button = aga;
    button.has_button = true;
    button.komi = 7.0f;
    return button;
  }
  if (is({"nz", "newzealand", "new zealand", "new-zealand", "new_zealand"}))
    return preset(K::kSituational, S::kArea, T::kNone, true, H::kZero, true, 7.0f);
  if (is({"goe", "ing"}))
    return preset(K::kPositional, S::kArea, T::kNone, true, H::kZero, true, 7.5f);
  return std::nullopt;
}

// Puts a parsed value into a field; the error text otherwise, empty on success.
template <class T>
std::string assign(T& field, Parsed<T> parsed) {
  if (!parsed) return std::move(parsed.error);
  field = *parsed.value;
  return {};
}

template <class T>
std::string assign_json_text(T& field, const Json& value, std::string_view key,
                             Parsed<T> (*parse)(std::string_view)) {
  if (!value.is_string()) return fmt::format("rules key '{}' must be a string", key);
  return assign(field, parse(value.get<std::string>()));
}

std::string assign_json_flag(bool& field, const Json& value, std::string_view key) {
  if (!value.is_boolean()) return fmt::format("rules key '{}' must be true or false", key);
  field = value.get<bool>();
  return {};
}

std::string assign_json_komi(float& field, const Json& value) {
  if (!value.is_number() && !value.is_boolean()) return "rules key 'komi' must be a number";
  const double komi = value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
  if (!is_half_integer_komi(komi) || std::abs(komi) > kMaxUserKomi) {
    return fmt::format("komi {} is not a multiple of 0.5 within [-{}, {}]", komi, kMaxUserKomi,
                       kMaxUserKomi);
  }
  field = static_cast<float>(komi);
  return {};
}

// Error text, empty on success.
std::string apply_json_key(Rules& rules, const std::string& key, const Json& value,
                           bool allow_komi) {
  if (key == "ko") return assign_json_text(rules.ko, value, key, parse_ko_rule);
  if (key == "scoring" || key == "score") {
    return assign_json_text(rules.scoring, value, key, parse_scoring_rule);
  }
  if (key == "tax") return assign_json_text(rules.tax, value, key, parse_tax_rule);
  if (key == "whiteHandicapBonus") {
    return assign_json_text(rules.white_handicap_bonus, value, key, parse_handicap_bonus);
  }
  if (key == "suicide") return assign_json_flag(rules.suicide, value, key);
  if (key == "hasButton") return assign_json_flag(rules.has_button, value, key);
  if (key == "friendlyPassOk") return assign_json_flag(rules.friendly_pass_ok, value, key);
  if (key == "komi") {
    return allow_komi ? assign_json_komi(rules.komi, value) : "komi cannot be set through rules";
  }
  return fmt::format("unknown rules key '{}'", key);
}

Parsed<Rules> parse_json_rules(std::string_view text, bool allow_komi) {
  const Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded() || !object.is_object()) {
    return failure<Rules>("rules start with '{' but are not a valid JSON object");
  }
  Rules rules;
  // Alphabetical order: "scoring" comes after its synonym "score" and wins.
  for (const auto& [key, value] : object.items()) {
    const std::string error = apply_json_key(rules, key, value, allow_komi);
    if (!error.empty()) return failure<Rules>(error);
  }
  fill_defaults(rules, object.contains("tax"), object.contains("komi"));
  return {rules, {}};
}

// Reads the tokens of the compact form one after the other.
class CompactReader {
 public:
  CompactReader(std::string_view text, bool allow_komi)
      : whole_(text), rest_(text), allow_komi_(allow_komi) {}

  Parsed<Rules> read() {
    skip_blanks();
    while (!rest_.empty() && error_.empty()) {
      read_token();
      skip_blanks();
    }
    if (!error_.empty()) return failure<Rules>(error_);
    fill_defaults(rules_, has_tax_, has_komi_);
    return {rules_, {}};
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
      rest_.remove_prefix(1);
    }
  }

  bool take(std::string_view keyword) {
    if (rest_.substr(0, keyword.size()) != keyword) return false;
    rest_.remove_prefix(keyword.size());
    return true;
  }

  void read_token() {
    // Longer keywords before their prefixes.
    if (take("komi")) {
      read_komi();
    } else if (take("ko")) {
      read_value("ko", kKoRules, rules_.ko);
    } else if (take("scoring") || take("score")) {
      read_value("scoring", kScoringRules, rules_.scoring);
    } else if (take("tax")) {
      read_value("tax", kTaxRules, rules_.tax);
      has_tax_ = true;
    } else if (take("sui")) {
      read_value("sui", kDigits, rules_.suicide);
    } else if (take("button")) {
      read_value("button", kDigits, rules_.has_button);
    } else if (take("whb")) {
      read_value("whb", kHandicapBonuses, rules_.white_handicap_bonus);
    } else if (take("fpok")) {
      read_value("fpok", kDigits, rules_.friendly_pass_ok);
    } else {
      error_ = fmt::format("cannot read rules '{}': neither a known name, nor a keyword at '{}'",
                           whole_, rest_);
    }
  }

  template <class T, std::size_t n>
  void read_value(std::string_view keyword, const Spelling<T> (&spellings)[n], T& field) {
    skip_blanks();
    for (const auto& s : spellings) {
      if (take(s.text)) {
        field = s.value;
        return;
      }
    }
    error_ = fmt::format("cannot read rules '{}': no valid value after '{}' at '{}'", whole_,
                         keyword, rest_);
  }

  void read_komi() {
    skip_blanks();
    std::size_t size = 0;
    while (size < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[size])) == 0 &&
           std::isspace(static_cast<unsigned char>(rest_[size])) == 0) {
      size++;
    }
    const std::string_view number = rest_.substr(0, size);
    const std::size_t sign = !number.empty() && number.front() == '+' ? 1 : 0;
    double komi = 0;
    const char* end = number.data() + number.size();
    const auto [stop, code] = std::from_chars(number.data() + sign, end, komi);
    if (code != std::errc{} || stop != end || !std::isfinite(komi) ||
        std::abs(komi) > kMaxCompactKomi) {
      error_ = fmt::format("cannot read rules '{}': bad komi '{}'", whole_, number);
    } else if (!allow_komi_) {
      error_ = "komi cannot be set through rules";
    } else {
      rules_.komi = static_cast<float>(komi);
      has_komi_ = true;
      rest_.remove_prefix(size);
    }
  }

  std::string whole_;
  std::string_view rest_;
  const bool allow_komi_;
  Rules rules_;
  bool has_tax_ = false, has_komi_ = false;
  std::string error_;
};

Parsed<bool> parse_flag(std::string_view text) {
  if (text == "TRUE") return {true, {}};
  if (text == "FALSE") return {false, {}};
  return failure<bool>(fmt::format("expected true or false, got '{}'", text));
}

}  // namespace

Parsed<KoRule> parse_ko_rule(std::string_view text) {
  return parse_spelling(text, kKoRules, "ko rule");
}
Parsed<ScoringRule> parse_scoring_rule(std::string_view text) {
  return parse_spelling(text, kScoringRules, "scoring rule");
}
Parsed<TaxRule> parse_tax_rule(std::string_view text) {
  return parse_spelling(text, kTaxRules, "tax rule");
}
Parsed<HandicapBonus> parse_handicap_bonus(std::string_view text) {
  return parse_spelling(text, kHandicapBonuses, "white handicap bonus");
}

Parsed<Rules> parse_rules(std::string_view text, bool allow_komi) {
  if (!text.empty() && text.front() == '{') return parse_json_rules(text, allow_komi);
  const std::string name = trim(text);
  if (name.empty()) return failure<Rules>("rules are empty");
  if (const auto found = find_preset(lower(name))) return {*found, {}};
  return CompactReader(name, allow_komi).read();
}

Parsed<Rules> with_rule(const Rules& rules, std::string_view key, std::string_view value) {
  Rules result = rules;
  const std::string k = trim(key);
  const std::string v = upper(trim(value));
  std::string error;
  if (k == "ko") {
    error = assign(result.ko, parse_ko_rule(v));
  } else if (k == "score" || k == "scoring") {
    error = assign(result.scoring, parse_scoring_rule(v));
  } else if (k == "tax") {
    error = assign(result.tax, parse_tax_rule(v));
  } else if (k == "suicide") {
    error = assign(result.suicide, parse_flag(v));
  } else if (k == "hasButton") {
    error = assign(result.has_button, parse_flag(v));
  } else if (k == "whiteHandicapBonus") {
    error = assign(result.white_handicap_bonus, parse_handicap_bonus(v));
  } else if (k == "friendlyPassOk") {
    error = assign(result.friendly_pass_ok, parse_flag(v));
  } else {
    error = fmt::format("unknown rule '{}'", k);
  }
  if (!error.empty()) return failure<Rules>(error);
  return {result, {}};
}

}  // namespace hayago::search
