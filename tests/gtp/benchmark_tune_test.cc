// `hayago benchmark`: sentences about bottlenecks, the simulation, and writing what was found.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtp/benchmark/explain.h"
#include "gtp/benchmark/simulate.h"
#include "gtp/benchmark/write_config.h"
#include "gtp/config/config.h"

using namespace hayago::gtp;
namespace search = hayago::search;
namespace fs = std::filesystem;

namespace {

search::SearchTimes times_of(double network, double waiting, double features, double total) {
  search::SearchTimes t;
  t.total = total;
  t.eval.network = network;
  t.eval.waiting = waiting;
  t.eval.features = features;
  return t;
}

std::string contents(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("the bottleneck is named", "[benchmark][explain]") {
  CHECK_THAT(bottleneck_sentence(times_of(9, 0, 0.5, 10), 1),
             Catch::StartsWith("The network is the bottleneck: it takes 90 %"));
  CHECK_THAT(bottleneck_sentence(times_of(0, 8, 1, 10), 2), Catch::Contains("wait 80 %"));
  CHECK_THAT(bottleneck_sentence(times_of(1, 1, 3, 10), 2),
             Catch::Contains("take 80 % of the time of 2 threads"));
  CHECK_THAT(bottleneck_sentence(times_of(4, 3, 1, 10), 1),
             Catch::Contains("40 % of the threads' time goes to the network, 30 %"));
}

TEST_CASE("the stages of a search add up", "[benchmark][explain]") {
  const search::SearchTimes t = times_of(4, 3, 1, 10);
  CHECK(t.tree() == Approx(2));
  const std::vector<std::string> lines = explain_times(t, 1'000'000, 1);
  REQUIRE(lines.size() == 6);
  CHECK_THAT(lines[0], Catch::StartsWith("network    40.0 %       4.00 us per visit"));
  CHECK_THAT(lines[2], Catch::StartsWith("tree       20.0 %       2.00 us per visit"));
  CHECK(explain_times(t, 0, 1).empty());
}

TEST_CASE("the simulation reports cost, memory and devices", "[benchmark][simulate]") {
  SimulationOptions options;
  options.visits = 30;
  options.positions = 1;
  options.devices = 2;
  options.positions_per_second = 2000;
  options.latency_seconds = 0.002;
  std::string text;
  run_simulation(search::SearchParams{}, options,
                 [&text](const std::string& line) { text += line + '\n'; });
  CHECK_THAT(text, Catch::Contains("us of processor time per visit"));
  CHECK_THAT(text, Catch::Contains("bytes per node"));
  CHECK_THAT(text, Catch::Contains("1 device: numSearchThreads = 12"));
  CHECK_THAT(text, Catch::Contains("2 devices: numSearchThreads = 24"));
}

TEST_CASE("keys are set in a configuration and all else stays", "[benchmark][config]") {
  const KeyValues keys = {{"numSearchThreads", "6"}, {"nnMaxBatchSize", "8"}};
  CHECK(with_keys("", keys, "why") == "# why\nnumSearchThreads = 6\nnnMaxBatchSize = 8\n");
  CHECK(with_keys("# numSearchThreads = 1\nrules=chinese\n  numSearchThreads=2 # mine\n", keys,
                  "why") ==
        "# numSearchThreads = 1\nrules=chinese\nnumSearchThreads = 6\n\n# why\nnnMaxBatchSize = "
        "8\n");
  CHECK(with_keys("= 3\nnumSearchThreads", {{"numSearchThreads", "6"}}, "why") ==
        "= 3\nnumSearchThreads\n\n# why\nnumSearchThreads = 6\n");
}

TEST_CASE("a configuration file is made with its folder and changed in place",
          "[benchmark][config]") {
  const fs::path folder = fs::temp_directory_path() / ("hayago_tune_" + std::to_string(getpid()));
  const std::string path = (folder / "deep" / "default_gtp.cfg").string();
  set_config_keys(path, {{"numSearchThreads", "6"}}, "why");
  CHECK(contents(path) == "# why\nnumSearchThreads = 6\n");
  set_config_keys(path, {{"numSearchThreads", "7"}}, "why");
  CHECK(contents(path) == "# why\nnumSearchThreads = 7\n");
  // A file is in the way of a folder.
  CHECK_THROWS_WITH(set_config_keys(path + "/x.cfg", {{"a", "1"}}, ""), Catch::Contains(path));
  CHECK(std::distance(fs::directory_iterator(folder / "deep"), fs::directory_iterator()) == 1);
  fs::remove_all(folder);
}
