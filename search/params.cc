#include "search/params.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

namespace hayago::search {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string number_text(double x) {
  // Whole numbers without ".0": used in messages and tables.
  if (std::abs(x) < 1e15 && x == std::floor(x)) return std::to_string(static_cast<long long>(x));
  return nlohmann::json(x).dump();
}

std::string range_text(const ParamInfo& info) {
  return number_text(info.min) + " to " + number_text(info.max);
}

// std::from_chars accepts "inf", "nan" and no hexadecimal prefix; the config format wants none.
template <class T>
bool parse_number(std::string_view text, T& out) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end || text.empty()) return false;
  if constexpr (std::is_floating_point_v<T>) return std::isfinite(out);
  return true;
}

template <class T>
std::string set_number(const ParamInfo& info, std::string_view text, T& member) {
  T value{};
  constexpr bool whole = std::is_integral_v<T>;
  if (!parse_number(text, value)) {
    return std::string("must be ") + (whole ? "an integer" : "a number") + " from " +
           range_text(info) + ", not '" + std::string(text) + "'";
  }
  if (static_cast<double>(value) < info.min || static_cast<double>(value) > info.max) {
    return "must be in the range " + range_text(info);
  }
  member = value;
  return {};
}

// One overload per member type. `info` gives kind and range.
std::string set_value(const ParamInfo& info, std::string_view text, double& member) {
  return set_number(info, text, member);
}
std::string set_value(const ParamInfo& info, std::string_view text, float& member) {
  return set_number(info, text, member);
}
std::string set_value(const ParamInfo& info, std::string_view text, int& member) {
  return set_number(info, text, member);
}
std::string set_value(const ParamInfo& info, std::string_view text, std::int64_t& member) {
  return set_number(info, text, member);
}
std::string set_value(const ParamInfo&, std::string_view text, bool& member) {
  const std::string word = lower(text);
  if (word != "true" && word != "false")
    return "must be true or false, not '" + std::string(text) + "'";
  member = word == "true";
  return {};
}
std::string set_value(const ParamInfo&, std::string_view text, Enabled& member) {
  const std::string word = lower(text);
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is_one_of({"true", "1", "t", "enabled", "y", "yes"})) {
    member = Enabled::kTrue;
  } else if (is_one_of({"false", "0", "f", "disabled", "n", "no"})) {
    member = Enabled::kFalse;
  } else if (word == "auto") {
    member = Enabled::kAuto;
  } else {
    return "must be true, false or auto, not '" + std::string(text) + "'";
  }
  return {};
}
std::string set_value(const ParamInfo&, std::string_view text, Player& member) {
  const std::string word = lower(text);
  if (word == "b" || word == "black") {
    member = Color::kBlack;
  } else if (word == "w" || word == "white") {
    member = Color::kWhite;
  } else {
    return "must be BLACK or WHITE, not '" + std::string(text) + "'";
  }
  return {};
}
std::string set_value(const ParamInfo&, std::string_view text, std::string& member) {
  member = std::string(text);
  return {};
}

template <class T>
std::string value_text(const T& value) {
  return nlohmann::json(value).dump();
}
std::string value_text(Enabled value) {
  return value == Enabled::kAuto ? "\"auto\"" : value == Enabled::kTrue ? "\"true\"" : "\"false\"";
}
std::string value_text(Player value) {
  return value == Color::kBlack ? "\"B\"" : value == Color::kWhite ? "\"W\"" : "\"E\"";
}

// Calls `use(key, member)` for every parameter.
template <class Params, class F>
void for_each_param(Params& params, F&& use) {
#define HAYAGO_PARAM_DOUBLE(key, member, lo, hi, def, doc) \
  use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_FLOAT(key, member, lo, hi, def, doc) \
  use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_INT(key, member, lo, hi, def, doc) use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_INT64(key, member, lo, hi, def, doc) \
  use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_BOOL(key, member, def, doc) use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_ENABLED(key, member, def, doc) use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_PLAYER(key, member, def, doc) use(std::string_view(#key), params.member);
#define HAYAGO_PARAM_TEXT(key, member, def, doc) use(std::string_view(#key), params.member);
#include "search/params.inc"
}

std::vector<ParamInfo> make_param_list() {
  std::vector<ParamInfo> list;
#define HAYAGO_NUMBER(kind, key, lo, hi, def, doc) \
  list.push_back(                                  \
      {#key, ParamKind::kind, static_cast<double>(lo), static_cast<double>(hi), #def, doc});
#define HAYAGO_OTHER(kind, key, def, doc) list.push_back({#key, ParamKind::kind, 0, 0, def, doc});
#define HAYAGO_PARAM_DOUBLE(key, member, lo, hi, def, doc) \
  HAYAGO_NUMBER(kDouble, key, lo, hi, def, doc)
#define HAYAGO_PARAM_FLOAT(key, member, lo, hi, def, doc) \
  HAYAGO_NUMBER(kFloat, key, lo, hi, def, doc)
#define HAYAGO_PARAM_INT(key, member, lo, hi, def, doc) HAYAGO_NUMBER(kInt, key, lo, hi, def, doc)
#define HAYAGO_PARAM_INT64(key, member, lo, hi, def, doc) \
  HAYAGO_NUMBER(kInt64, key, lo, hi, def, doc)
#define HAYAGO_PARAM_BOOL(key, member, def, doc) HAYAGO_OTHER(kBool, key, #def, doc)
#define HAYAGO_PARAM_ENABLED(key, member, def, doc) HAYAGO_OTHER(kEnabled, key, "auto", doc)
#define HAYAGO_PARAM_PLAYER(key, member, def, doc) HAYAGO_OTHER(kPlayer, key, "none", doc)
#define HAYAGO_PARAM_TEXT(key, member, def, doc) HAYAGO_OTHER(kText, key, def, doc)
#include "search/params.inc"
#undef HAYAGO_NUMBER
#undef HAYAGO_OTHER
  return list;
}

}  // namespace

SearchParams analysis_defaults() {
  SearchParams params;
  params.wide_root_noise = 0.04;
  params.ignore_pre_root_history = true;
  params.fill_dame_before_pass = false;
  return params;
}

void apply_derived_defaults(SearchParams& params,
                            const std::function<bool(std::string_view)>& given) {
  if (!given("rootFpuReductionMax")) {
    params.root_fpu_reduction_max = params.root_noise_enabled ? 0.0 : 0.1;
  }
  if (!given("rootFpuLossProp")) params.root_fpu_loss_prop = params.fpu_loss_prop;
  if (!given("rootPolicyTemperatureEarly")) {
    params.root_policy_temperature_early = params.root_policy_temperature;
  }
  if (!given("rootPolicyOptimism")) {
    params.root_policy_optimism = std::min(params.policy_optimism, 0.2);
  }
}

const std::vector<ParamInfo>& param_list() {
  static const std::vector<ParamInfo> list = make_param_list();
  return list;
}

const ParamInfo* find_param(std::string_view key) {
  for (const ParamInfo& info : param_list()) {
    if (info.key == key) return &info;
  }
  return nullptr;
}

std::string set_param(SearchParams& params, std::string_view key, std::string_view text) {
  const ParamInfo* info = find_param(key);
  if (info == nullptr) throw std::invalid_argument("unknown search parameter " + std::string(key));
  std::string error;
  for_each_param(params, [&](std::string_view name, auto& member) {
    if (name == key) error = set_value(*info, text, member);
  });
  return error;
}

std::string get_param(const SearchParams& params, std::string_view key) {
  std::string text;
  for_each_param(params, [&](std::string_view name, const auto& member) {
    if (name == key) text = value_text(member);
  });
  if (text.empty()) throw std::invalid_argument("unknown search parameter " + std::string(key));
  return text;
}

std::string param_table_markdown() {
  std::string table = "| key | type | range | default | meaning |\n|---|---|---|---|---|\n";
  static constexpr std::string_view kKinds[] = {"double", "float",   "int",    "int64",
                                                "bool",   "enabled", "player", "text"};
  for (const ParamInfo& info : param_list()) {
    const bool number = info.max > info.min;
    table += "| " + std::string(info.key) + " | " +
             std::string(kKinds[static_cast<std::size_t>(info.kind)]) + " | " +
             (number ? range_text(info) : "") + " | " + std::string(info.default_text) + " | " +
             std::string(info.doc) + " |\n";
  }
  return table;
}

}  // namespace hayago::search
