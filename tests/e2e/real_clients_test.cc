// Programs of others, as they are, against ours. tests/clients/fetch.sh fetches them; without them
// the tests are skipped. HAYAGO_CLIENTS names their folder (default build/clients).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
namespace fs = std::filesystem;

constexpr double kSeconds = 300;  // for a whole session, on a loaded machine

std::optional<std::string> client(const std::string& name) {
  const char* env = std::getenv("HAYAGO_CLIENTS");
  const std::string folder =
      env != nullptr && *env != '\0' ? env : HAYAGO_SOURCE_DIR "/build/clients";
  const fs::path path = fs::path(folder) / name;
  return fs::exists(path) ? std::optional(fs::absolute(path).string()) : std::nullopt;
}

// A Python 2, which Gomill is written in; HAYAGO_PYTHON2 names one.
std::optional<std::string> python2() {
  const char* env = std::getenv("HAYAGO_PYTHON2");
  for (const std::string name : {env != nullptr ? env : "", "python2", "python2.7"}) {
    if (name.empty()) continue;
    if (run_process("/usr/bin/env", {name, "--version"}, "", kSeconds).status == 0) return name;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("KaTrain's engine code gets its analyses", "[clients][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const auto katrain = client("katrain");
  if (!katrain) HAYAGO_SKIP("KaTrain is not there (tests/clients/fetch.sh fetches it)");
  const TempDir home;
  const Completed done = run_process(
      "/usr/bin/env",
      {"python3", HAYAGO_SOURCE_DIR "/tests/clients/katrain_session.py", *program, *katrain}, "",
      kSeconds, empty_home(home));
  if (done.status == 77) HAYAGO_SKIP(done.out);
  INFO(done.out << done.err);
  CHECK(done.status == 0);
}

TEST_CASE("Gomill's ringmaster referees whole games", "[clients][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const auto ringmaster = client("gomill/ringmaster");
  if (!ringmaster) HAYAGO_SKIP("Gomill is not there (tests/clients/fetch.sh fetches it)");
  const auto python = python2();
  if (!python) HAYAGO_SKIP("Gomill needs python2");
  HAYAGO_SHARED_FILE(net, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  const TempDir home;
  const auto player = [&](const std::string& name, const std::string& overrides) {
    return "'" + name + "': Player(\"" + *program + " gtp -model " + fs::absolute(net).string() +
           " -override-config 'numSearchThreads=1,maxVisits=8" + overrides + "'\", cwd='.'),\n";
  };
  // Both colours, two sizes; if the players disagree about the score, the result is unknown.
  const std::string control = home.write(
      "playoff.ctl", "competition_type = 'playoff'\nrecord_games = True\nplayers = {\n" +
                         player("a", "") + player("b", ",ponderingEnabled=true") +
                         "}\n"
                         "komi = 7.5\nscorer = 'players'\nalternating = True\nmove_limit = 400\n"
                         "matchups = [Matchup('a', 'b', board_size=9, number_of_games=4),\n"
                         "  Matchup('a', 'b', board_size=5, number_of_games=6)]\n");
  const Completed done =
      run_process("/usr/bin/env", {*python, *ringmaster, control, "run", "--quiet"}, "", kSeconds,
                  empty_home(home));
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  const Completed report = run_process("/usr/bin/env", {*python, *ringmaster, control, "show"}, "",
                                       kSeconds, empty_home(home));
  INFO(report.out << report.err);
  CHECK(report.out.find("a v b (4/4 games)") != std::string::npos);
  CHECK(report.out.find("a v b (6/6 games)") != std::string::npos);
  CHECK(report.out.find("forfeit") == std::string::npos);
  CHECK(report.out.find("unknown results") == std::string::npos);
  int records = 0;
  for (const auto& entry : fs::directory_iterator(home.path() + "/playoff.games")) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    INFO(entry.path() << ": " << text.str());
    CHECK(std::regex_search(text.str(), std::regex("RE\\[[BW]\\+([0-9.]+|R)\\]")));
    ++records;
  }
  CHECK(records == 10);
}
