#include <catch2/catch.hpp>

#include "tests/search/search_golden.h"

namespace hayago::test {
namespace {

// Runs every `step`-th line whose set starts with `prefix`. Results per set.
std::map<std::string, SetResult> run_sets(const std::string& path, const std::string& prefix,
                                          int step) {
  GoldenNets nets;
  std::map<std::string, SetResult> results;
  int count = 0;
  for (const std::string& text : read_lines(path)) {
    const json line = json::parse(text);
    const std::string set = line.at("set");
    if (set.rfind(prefix, 0) != 0 || !line.contains("response")) continue;
    if (count++ % step != 0) continue;
    run_golden_query(nets, line, results[set]);
  }
  for (const auto& [name, result] : results) print_set(name, result);
  return results;
}

}  // namespace

TEST_CASE("golden searches: tree/base", "[search][slow]") {
  HAYAGO_SHARED_FILE(path, "golden/search.jsonl.gz");
  for (const auto& [name, result] : run_sets(path, "tree/base", 1)) {
    CHECK(result.exact_share() >= 0.95);
  }
}

TEST_CASE("golden searches: ladder", "[.full]") {
  HAYAGO_SHARED_FILE(path, "golden/search.jsonl.gz");
  run_sets(path, "ladder/", 1);
}

TEST_CASE("golden searches: all", "[.full]") {
  HAYAGO_SHARED_FILE(path, "golden/search.jsonl.gz");
  run_sets(path, "", 1);
}

}  // namespace hayago::test
