#include "tests/support/transcript_compare.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <regex>
#include <set>
#include <sstream>

namespace hayago::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool is_number(const std::string& word) {
  char* end = nullptr;
  std::strtod(word.c_str(), &end);
  return !word.empty() && *end == '\0' && word.find_first_of("xXnNiI") == std::string::npos;
}

bool is_count(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

bool is_vertex(const std::string& word) {
  static const std::regex pattern("[A-HJ-Z][0-9]+|pass");
  return std::regex_match(word, pattern);
}

bool is_score(const std::string& word) {
  static const std::regex pattern("0|[BW]\\+[0-9]+\\.[0-9]");
  return std::regex_match(word, pattern);
}

// White's view, for comparing scores.
double score_value(const std::string& word) {
  if (word == "0") return 0;
  return (word[0] == 'W' ? 1 : -1) * std::strtod(word.c_str() + 2, nullptr);
}

bool near(const std::string& a, const std::string& b, double tolerance) {
  const double x = std::strtod(a.c_str(), nullptr), y = std::strtod(b.c_str(), nullptr);
  return std::abs(x - y) <= tolerance * std::max({1.0, std::abs(x), std::abs(y)});
}

struct Marker {
  std::string kind, value;
};

// A recorded line as alternating literal text and markers.
struct Pattern {
  std::vector<std::string> literals;  // one more than markers
  std::vector<Marker> markers;
};

Pattern parse_pattern(const std::string& line) {
  Pattern pattern;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = line.find("<<", at);
    const std::size_t close = open == std::string::npos ? open : line.find(">>", open);
    if (close == std::string::npos) break;
    pattern.literals.push_back(line.substr(at, open - at));
    const std::string body = line.substr(open + 2, close - open - 2);
    const std::size_t blank = body.find(' ');
    pattern.markers.push_back(
        {body.substr(0, blank), blank == std::string::npos ? "" : body.substr(blank + 1)});
    at = close + 2;
  }
  pattern.literals.push_back(line.substr(at));
  return pattern;
}

bool same_list(const std::vector<std::string>& a, const std::vector<std::string>& b,
               double tolerance) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [&](const std::string& x, const std::string& y) { return near(x, y, tolerance); });
}

bool all(const std::vector<std::string>& words, bool (*test)(const std::string&)) {
  return std::all_of(words.begin(), words.end(), test);
}

class Comparer {
 public:
  explicit Comparer(const TranscriptOptions& options) : options_(options) {}

  TranscriptDifference compare(const std::string& expected_text, const std::string& actual_text) {
    const std::vector<std::string> expected = lines_of(expected_text),
                                   actual = lines_of(actual_text);
    std::size_t j = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (expected[i].starts_with("<<live")) {
        std::size_t count = 0;
        for (; j < actual.size() && actual[j].starts_with("info "); ++j, ++count) {
          if (!matches_live(expected[i], actual[j])) return difference(expected[i], actual[j]);
        }
        if (count == 0) return difference(expected[i], j < actual.size() ? actual[j] : "(end)");
        continue;
      }
      if (j >= actual.size()) return difference(expected[i], "(end)");
      if (!matches(expected[i], actual[j])) return difference(expected[i], actual[j]);
      ++j;
    }
    if (j < actual.size()) return difference("(end)", actual[j]);
    return {};
  }

 private:
  static TranscriptDifference difference(const std::string& expected, const std::string& actual) {
    constexpr std::size_t kShown = 300;
    return {"expected: " + expected.substr(0, kShown) +
            "\n  actual:   " + actual.substr(0, kShown)};
  }

  bool matches(const std::string& expected, const std::string& actual) const {
    if (expected.starts_with("?")) {
      return expected.substr(0, expected.find(' ')) == actual.substr(0, actual.find(' '));
    }
    if (expected.starts_with("info move <<") && !options_.values) {
      return same_info_structure(expected, actual);
    }
    return matches_pattern(parse_pattern(expected), actual);
  }

  bool matches_pattern(const Pattern& pattern, const std::string& actual) const {
    if (!actual.starts_with(pattern.literals[0])) return false;
    std::size_t at = pattern.literals[0].size();
    std::string key;
    for (std::size_t i = 0; i < pattern.markers.size(); ++i) {
      const std::string& next = pattern.literals[i + 1];
      const bool last = i + 1 == pattern.markers.size();
      const std::size_t end =
          last ? actual.size() - std::min(next.size(), actual.size()) : actual.find(next, at);
      if (end == std::string::npos || end < at) return false;
      key = last_word(pattern.literals[i], key);
      if (!matches_marker(pattern.markers[i], key, actual.substr(at, end - at))) return false;
      if (actual.compare(end, next.size(), next) != 0) return false;
      at = end + next.size();
    }
    return at == actual.size();
  }

  static std::string last_word(const std::string& literal, const std::string& before) {
    const std::vector<std::string> words = words_of(literal);
    return words.empty() ? before : words.back();
  }

  // Scores are in points and change faster than probabilities.
  double tolerance_of(const std::string& key) const {
    return key.find("score") != std::string::npos || key.find("Score") != std::string::npos ||
                   key.find("Lead") != std::string::npos
               ? options_.score_tolerance
               : options_.tolerance;
  }

  bool matches_marker(const Marker& marker, const std::string& key,
                      const std::string& actual) const {
    const std::string& kind = marker.kind;
    const std::vector<std::string> mine = words_of(actual), theirs = words_of(marker.value);
    if (kind == "f") {
      if (!is_number(actual)) return false;
      // Integers per ten thousand have the tolerance of their fraction.
      const bool scaled = marker.value.find('.') == std::string::npos && is_number(marker.value) &&
                          std::abs(std::strtod(marker.value.c_str(), nullptr)) > 20;
      return !options_.values || near(actual, marker.value, tolerance_of(key)) ||
             (scaled && near(std::to_string(std::strtod(actual.c_str(), nullptr) / 10000),
                             std::to_string(std::strtod(marker.value.c_str(), nullptr) / 10000),
                             options_.tolerance));
    }
    if (kind == "n") return is_count(actual) && (!options_.values || actual == marker.value);
    if (kind == "m") {
      const bool resigned = actual == "resign" && marker.value == "resign";
      return (is_vertex(actual) || resigned) && (!options_.values || actual == marker.value);
    }
    if (kind == "v") return all(mine, is_vertex) && (!options_.values || mine == theirs);
    if (kind == "nl") return all(mine, is_count) && (!options_.values || mine == theirs);
    if (kind == "fl") {
      return all(mine, is_number) && mine.size() == theirs.size() &&
             (!options_.values || same_list(mine, theirs, options_.tolerance));
    }
    if (kind == "s") {
      return is_score(actual) &&
             (!options_.values || std::abs(score_value(actual) - score_value(marker.value)) <= 1);
    }
    return kind == "t" || kind == "x" || kind == "live";
  }

  // The keys of an info line: one list per move, then those at the end of the line. An array shows
  // as key*N, repeated groups only count once.
  struct InfoKeys {
    std::set<std::string> groups;
    std::string tail;
  };
  static InfoKeys info_keys(const std::string& line) {
    static const std::set<std::string> kTail{"rootInfo", "ownership", "ownershipStdev"};
    InfoKeys keys;
    std::string group, array;
    std::size_t values = 0;
    bool in_tail = false;
    const auto end_array = [&] {
      const bool counted = array.find("wnership") != std::string::npos;
      std::string& target = in_tail ? keys.tail : group;
      if (counted) target += "*" + std::to_string(values);
      array.clear();
      values = 0;
    };
    for (const std::string& word : words_of(line)) {
      const bool is_value = is_number(word) || is_vertex(word);
      if (is_value) {
        ++values;
        continue;
      }
      end_array();
      if (word == "info" || kTail.count(word) > 0) {
        if (!group.empty()) keys.groups.insert(group);
        group.clear();
        in_tail = word != "info";
      }
      if (word == "isSymmetryOf") continue;
      (in_tail ? keys.tail : group) += " " + word;
      array = word;
    }
    end_array();
    if (!group.empty()) keys.groups.insert(group);
    return keys;
  }

  static std::string without_markers(const std::string& line) {
    const Pattern pattern = parse_pattern(line);
    std::string text = pattern.literals[0];
    for (std::size_t i = 0; i < pattern.markers.size(); ++i) {
      text += pattern.markers[i].value + pattern.literals[i + 1];
    }
    return text;
  }

  static bool same_info_structure(const std::string& expected, const std::string& actual) {
    const InfoKeys a = info_keys(without_markers(expected)), b = info_keys(actual);
    return a.groups == b.groups && a.tail == b.tail;
  }

  // "<<live: info move visits ... pv movesOwnership*49 | ownership*49>>"
  static bool matches_live(const std::string& marker, const std::string& actual) {
    const std::size_t colon = marker.find(':');
    const bool showpoint = marker.find("showpoint") < colon;
    std::string group, tail;
    bool in_tail = false;
    for (const std::string& word : words_of(marker.substr(colon + 1, marker.size() - colon - 3))) {
      if (word == "|") {
        in_tail = true;
      } else {
        (in_tail ? tail : group) += " " + word;
      }
    }
    const InfoKeys keys = info_keys(actual);
    if (keys.tail != tail || keys.groups != std::set<std::string>{group}) return false;
    if (!showpoint) return true;
    static const std::regex winrate(" winrate -?[0-9]\\.[0-9]+ ");
    static const std::regex weight(" weight [0-9]+\\.[0-9]* ");
    return std::regex_search(actual, winrate) && std::regex_search(actual, weight);
  }

  TranscriptOptions options_;
};

}  // namespace

TranscriptDifference compare_transcript(const std::string& expected, const std::string& actual,
                                        const TranscriptOptions& options) {
  return Comparer(options).compare(expected, actual);
}

}  // namespace hayago::test
