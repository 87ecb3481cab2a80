#include "search/features/metadata.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace hayago::search {
namespace {

constexpr int kKgs = 2, kGogod = 5, kGo4go = 6;
constexpr int kRankValues = 34;
constexpr int kDateWaves = 32;

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// "9d" .. "1d", "1k" .. "20k" as 1 .. 29.
std::optional<int> parse_rank(std::string_view text) {
  if (text.size() < 2 || text.front() == '0' || text.front() == '-') return std::nullopt;
  const auto number = parse_number(text.substr(0, text.size() - 1));
  if (!number || *number < 1) return std::nullopt;
  if (text.back() == 'd' && *number <= 9) return 10 - *number;
  if (text.back() == 'k' && *number <= 20) return 9 + *number;
  return std::nullopt;
}

// Removes the prefix if it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<HumanProfile> parse_ranked(std::string_view ranks, int year, int month) {
  const auto split = ranks.find('_');
  const auto black = parse_rank(ranks.substr(0, split));
  const auto white = split == std::string_view::npos ? black : parse_rank(ranks.substr(split + 1));
  if (!black || !white) return std::nullopt;
  HumanProfile p;
  p.inverse_rank = {*black, *white};
  p.ratedness_unknown = true;
  p.time_control = ClockKind::kByoYomi;
  p.main_seconds = 1200;
  p.period_seconds = 30;
  p.byo_yomi_periods = 5;
  p.year = year;
  p.month = month;
  p.source = kKgs;
  return p;
}

std::optional<HumanProfile> parse_pro_year(std::string_view text) {
  constexpr int kFirst = 1800, kLastGogod = 2020, kLast = 2023;
  const auto year = parse_number(text);
  if (!year || text.size() != 4 || *year < kFirst || *year > kLast) return std::nullopt;
  HumanProfile p;
  p.inverse_rank = {1, 1};
  p.year = *year;
  p.month = 6;
  p.source = *year <= kLastGogod ? kGogod : kGo4go;
  return p;
}

double days_since_1970(const HumanProfile& p) {
  using namespace std::chrono;
  const sys_days date =
      year(p.year) / month(static_cast<unsigned>(p.month)) / day(static_cast<unsigned>(p.day));
  return static_cast<double>(date.time_since_epoch().count());
}

void fill_dates(double days, float* out) {
  constexpr double kTwoPi = 6.283185307179586476925;
  const double factor = std::pow(80000.0, 1.0 / 31.0);
  double period = 7;
  for (int i = 0; i < kDateWaves; i++) {
    out[2 * i] = static_cast<float>(std::cos(kTwoPi * days / period));
    out[2 * i + 1] = static_cast<float>(std::sin(kTwoPi * days / period));
    period *= factor;
  }
}

float log_value(double value, double max, double shift, double centre, double scale) {
  return static_cast<float>(scale * (std::log(std::clamp(value, 0.0, max) + shift) - centre));
}

}  // namespace

std::optional<HumanProfile> parse_human_profile(std::string_view name) {
  std::string_view rest = name;
  std::optional<HumanProfile> profile;
  if (take(rest, "rank_")) {
    profile = parse_ranked(rest, 2020, 3);
  } else if (take(rest, "preaz_")) {
    profile = parse_ranked(rest, 2016, 9);
  } else if (take(rest, "proyear_")) {
    profile = parse_pro_year(rest);
  }
  if (profile) profile->name = name;
  return profile;
}

void fill_metadata(const HumanProfile& profile, Player to_move, int board_area, float* out192) {
  std::fill_n(out192, kMetadataSize, 0.0f);
  out192[0] = out192[1] = 1;  // both human; never unranked, ranks always known
  const std::size_t own = to_move == Color::kWhite ? 1 : 0;
  std::fill_n(out192 + 6, std::min(profile.inverse_rank[own], kRankValues), 1.0f);
  std::fill_n(out192 + 40, std::min(profile.inverse_rank[1 - own], kRankValues), 1.0f);
  out192[74] = profile.ratedness_unknown ? 0.5f : 0.0f;
  out192[75 + static_cast<int>(profile.time_control)] = 1;
  out192[82] = log_value(profile.main_seconds, 259200, 60, 6.5, 0.4);
  out192[83] = log_value(profile.period_seconds, 86400, 1, 3, 0.3);
  out192[84] = log_value(profile.byo_yomi_periods, 50, 2, 1.5, 0.5);
  out192[85] = log_value(profile.canadian_moves, 50, 2, 1.5, 0.25);
  out192[86] = static_cast<float>(0.5 * std::log(board_area / 361.0));
  fill_dates(days_since_1970(profile), out192 + 87);
  out192[151 + profile.source] = 1;
}

}  // namespace hayago::search
