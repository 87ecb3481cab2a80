// Every field of every line of the feature reference data.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtp/json/position_line.h"
#include "tests/support/shared_data.h"

namespace {

using Json = nlohmann::ordered_json;

// Sines, cosines and logarithms of different C libraries may differ by some units in the last
// place of a float near 1.
constexpr double kMetadataTolerance = 4 * 1.2e-7;

bool same_number(const Json& a, const Json& b, double tolerance) {
  const auto x = a.get<float>(), y = b.get<float>();
  return x == y || std::abs(x - y) <= tolerance;
}

// Path of the first difference; empty if there is none. Floats must be equal as float32.
std::string find_difference(const Json& ours, const Json& expected, const std::string& path,
                            double tolerance) {
  if (ours.is_number() && expected.is_number()) {
    return same_number(ours, expected, tolerance)
               ? ""
               : path + ": " + ours.dump() + " instead of " + expected.dump();
  }
  if (ours.type() != expected.type() || ours.size() != expected.size()) {
    return path + ": " + ours.dump() + " instead of " + expected.dump();
  }
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (!ours.contains(key)) return path + "/" + key + " is missing";
      const auto difference = find_difference(ours[key], value, path + "/" + key, tolerance);
      if (!difference.empty()) return difference;
    }
    return "";
  }
  if (expected.is_array()) {
    for (std::size_t i = 0; i < expected.size(); i++) {
      const auto difference =
          find_difference(ours[i], expected[i], path + "/" + std::to_string(i), tolerance);
      if (!difference.empty()) return difference;
    }
    return "";
  }
  return ours == expected ? "" : path + ": " + ours.dump() + " instead of " + expected.dump();
}

std::vector<int> versions_of(const Json& line) {
  std::vector<int> versions;
  for (int v : {7, 3, 4, 5, 6}) {
    if (line.contains("v" + std::to_string(v))) versions.push_back(v);
  }
  return versions;
}

}  // namespace

TEST_CASE("every field of the feature reference data is reproduced", "[golden]") {
  HAYAGO_SHARED_FILE(path, "golden/features.jsonl.gz");
  const auto lines = hayago::test::read_lines(path);
  CHECK(lines.size() == 2961);
  std::size_t fields = 0;
  for (const std::string& text : lines) {
    const Json line = Json::parse(text);
    INFO("line id " << line["id"] << ", source " << line["src"]);
    const auto position = hayago::gtp::read_position_line(line);
    INFO(position.error);
    REQUIRE(position);
    const Json ours = hayago::gtp::computed_fields(*position.value, versions_of(line));
    for (const auto& [key, value] : line.items()) {
      if (hayago::gtp::is_position_input(key)) continue;
      REQUIRE(ours.contains(key));
      const double tolerance = key == "meta" ? kMetadataTolerance : 0;
      CHECK(find_difference(ours[key], value, key, tolerance) == "");
      fields++;
    }
    for (const auto& [key, value] : ours.items()) CHECK(line.contains(key));
  }
  CHECK(fields > 13 * lines.size());
}
