#include "gtp/distill/game_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <random>
#include <string_view>

#include "gtp/accuracy/draw_move.h"
#include "gtp/config/config.h"
#include "search/board/point.h"

namespace hayago::gtp {
namespace {

constexpr int kSmallestSize = 5;

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const char* flag, std::string_view item, const std::string& why) {
  throw ConfigError(fmt::format("--{}: '{}': {}", flag, item, why));
}

// The parts between commas, without the weight behind the colon.
std::vector<Weighted<std::string_view>> items(const char* flag, std::string_view text) {
  std::vector<Weighted<std::string_view>> result;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view item = text.substr(at, end - at);
    const std::size_t colon = std::min(item.find(':'), item.size());
    Weighted<std::string_view> part{item.substr(0, colon)};
    if (colon < item.size()) {
      const auto weight = number_of<double>(item.substr(colon + 1));
      if (!weight || !(*weight > 0) || !std::isfinite(*weight)) {
        refuse(flag, item, "expected a weight above 0 behind the colon");
      }
      part.weight = *weight;
    }
    result.push_back(part);
    at = end + 1;
  }
  return result;
}

int size_of(std::string_view item, std::string_view text) {
  const auto size = number_of<int>(text);
  if (size && *size >= kSmallestSize && *size <= search::kMaxBoard) return *size;
  refuse("sizes", item,
         fmt::format("expected board sizes from {} to {}, such as 19:2,9 or 7-13", kSmallestSize,
                     search::kMaxBoard));
}

}  // namespace

std::vector<Weighted<int>> parse_sizes(const std::string& text) {
  std::vector<Weighted<int>> sizes;
  for (const auto& [item, weight] : items("sizes", text)) {
    const std::size_t dash = std::min(item.find('-'), item.size());
    const int first = size_of(item, item.substr(0, dash));
    const int last = dash < item.size() ? size_of(item, item.substr(dash + 1)) : first;
    if (last < first) refuse("sizes", item, "the range is empty");
    for (int size = first; size <= last; ++size) {
      sizes.push_back({size, weight / (last - first + 1)});
    }
  }
  return sizes;
}

std::vector<Weighted<search::Rules>> parse_rule_sets(const std::string& text) {
  std::vector<Weighted<search::Rules>> sets;
  for (const auto& [item, weight] : items("rules", text)) {
    const auto rules = search::parse_rules(item, false);
    if (!rules) refuse("rules", item, rules.error);
    sets.push_back({*rules.value, weight});
  }
  return sets;
}

int GamePlan::largest_size() const {
  int largest = 0;
  for (const auto& [size, weight] : sizes) largest = std::max(largest, size);
  return largest;
}

int size_of_group(const GamePlan& plan, int group) {
  // Games on large boards have more positions, in proportion to the area. Multiples of the golden
  // ratio fill [0, 1) more evenly than random numbers.
  constexpr double kGolden = 0.6180339887498949;
  const auto games = [](const Weighted<int>& size) {
    return size.weight / (size.what * size.what);
  };
  double total = 0;
  for (const Weighted<int>& size : plan.sizes) total += games(size);
  std::mt19937_64 random(plan.seed);
  const double at = uniform(random) + kGolden * group;
  double rest = (at - std::floor(at)) * total;
  for (const Weighted<int>& size : plan.sizes) {
    rest -= games(size);
    if (rest < 0) return size.what;
  }
  return plan.sizes.back().what;
}

bool is_held_out(const GamePlan& plan, int game) {
  return std::floor((game + 1) * plan.held_out) > std::floor(game * plan.held_out);
}

}  // namespace hayago::gtp
