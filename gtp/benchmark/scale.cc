#include "gtp/benchmark/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

#include "gtp/config/config.h"

namespace hayago::gtp {
namespace {

constexpr int kMaxThreads = 4096;
constexpr double kEloPerDoubling = 250;
constexpr double kEloPerThread = 7;

}  // namespace

double thread_elo(double visits_per_second, int threads, double seconds_per_move) {
  const double visits = visits_per_second * seconds_per_move;
  return kEloPerDoubling * std::log2(visits_per_second) -
         kEloPerThread * threads * std::pow(1600 / (800 + visits), 0.85);
}

std::vector<int> thread_candidates(int lo, int hi) {
  std::vector<int> result;
  for (int power = 1; power <= hi; power *= 2) {
    for (const int odd : {1, 3, 5}) {
      const int n = odd * power;
      if (n >= lo && n <= hi) result.push_back(n);
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

int best_thread_count(const std::vector<int>& candidates, const std::function<double(int)>& elo) {
  std::map<int, double> known;
  const auto value = [&](int index) {
    const int threads = candidates[static_cast<std::size_t>(index)];
    const auto found = known.find(threads);
    if (found != known.end()) return found->second;
    return known.emplace(threads, elo(threads)).first->second;
  };
  int a = 0, b = static_cast<int>(candidates.size()) - 1;
  while (a <= b) {
    const int low = a + (b - a) / 3, high = b - (b - a) / 3;
    const double at_low = value(low), at_high = value(high);
    if (at_low < at_high) {
      a = low + 1;
    } else {
      b = high - 1;
    }
  }
  return std::max_element(known.begin(), known.end(),
                          [](const auto& x, const auto& y) { return x.second < y.second; })
      ->first;
}

std::vector<int> parse_thread_list(const std::string& text) {
  std::vector<int> result;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    const auto from = word.find_first_not_of(" \t"), to = word.find_last_not_of(" \t");
    const std::string number = from == std::string::npos ? "" : word.substr(from, to - from + 1);
    int n = 0;
    const char* end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, n);
    if (number.empty() || error != std::errc() || stop != end || n < 1 || n > kMaxThreads) {
      throw ConfigError(
          fmt::format("-threads: '{}' is not a number of threads (1 to {}); expected a list like "
                      "1,2,4",
                      number, kMaxThreads));
    }
    if (std::find(result.begin(), result.end(), n) == result.end()) result.push_back(n);
  }
  if (result.empty()) throw ConfigError("-threads: expected at least one number, e.g. 1,2,4");
  return result;
}

}  // namespace hayago::gtp
