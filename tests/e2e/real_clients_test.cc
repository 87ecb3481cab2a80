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

// How Gomill's ringmaster is run: its copy for Python 3, or, if HAYAGO_PYTHON2 names a Python 2,
// the unchanged program.
std::optional<std::vector<std::string>> ringmaster() {
  const char* python2 = std::getenv("HAYAGO_PYTHON2");
  const bool unchanged = python2 != nullptr && *python2 != '\0';
  const auto path = client(unchanged ? "gomill/ringmaster" : "gomill3/ringmaster");
  if (!path) return std::nullopt;
  return std::vector<std::string>{unchanged ? python2 : "python3", *path};
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
  const auto referee = ringmaster();
  if (!referee) HAYAGO_SKIP("Gomill is not there (tests/clients/fetch.sh fetches and converts it)");
  HAYAGO_SHARED_FILE(net, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  const TempDir home;
  const auto player = [](const std::string& name, const std::string& command,
                         const std::string& startup) {
    return "'" + name + "': Player(\"" + command + "\", cwd='.', startup_gtp_commands=[" + startup +
           "]),\n";
  };
  const auto own = [&](const std::string& overrides) {
    return *program + " gtp -model " + fs::absolute(net).string() +
           " -override-config 'numSearchThreads=1,maxVisits=8" + overrides + "'";
  };
  // Both colours, two sizes; if the players disagree about the score, the result is unknown.
  std::string players = player("a", own(""), "") + player("b", own(",ponderingEnabled=true"), "");
  std::string matchups =
      "Matchup('a', 'b', board_size=9, number_of_games=4),\n"
      "Matchup('a', 'b', board_size=5, number_of_games=6),\n";
  // GNU Go forbids suicide, and plays on until its opponent's dead stones are captured; so do we.
  const std::string gnugo = "/usr/games/gnugo";
  const bool with_gnugo = fs::exists(gnugo);
  if (with_gnugo) {
    players +=
        player("c", own(""), "'kata-set-rules chinese', 'kata-set-rule friendlyPassOk false'");
    players += player("g", gnugo + " --mode gtp --level 1 --chinese-rules --capture-all-dead", "");
    matchups += "Matchup('c', 'g', board_size=9, number_of_games=4),\n";
  }
  const std::string control = home.write(
      "playoff.ctl", "competition_type = 'playoff'\nrecord_games = True\nplayers = {\n" + players +
                         "}\nkomi = 7.5\nscorer = 'players'\nalternating = True\n"
                         "move_limit = 400\nmatchups = [\n" +
                         matchups + "]\n");
  const auto run = [&](const std::vector<std::string>& words) {
    std::vector<std::string> line = *referee;
    line.push_back(control);
    line.insert(line.end(), words.begin(), words.end());
    return run_process("/usr/bin/env", line, "", kSeconds, empty_home(home));
  };
  const Completed done = run({"run", "--quiet"});
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  const Completed report = run({"show"});
  INFO(report.out << report.err);
  CHECK(report.out.find("a v b (4/4 games)") != std::string::npos);
  CHECK(report.out.find("a v b (6/6 games)") != std::string::npos);
  if (with_gnugo) CHECK(report.out.find("c v g (4/4 games)") != std::string::npos);
  CHECK(report.out.find("forfeit") == std::string::npos);
  CHECK(report.out.find("unknown results") == std::string::npos);
  int records = 0;
  for (const auto& entry : fs::directory_iterator(home.path() + "/playoff.games")) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    INFO(entry.path() << ": " << text.str());
    // GNU Go and ours need not agree by how much (matchup 2), only who has won.
    const bool margin = entry.path().filename().string().front() != '2';
    CHECK(std::regex_search(text.str(), std::regex(margin ? "RE\\[[BW]\\+([0-9.]+|R)\\]"
                                                          : "RE\\[[BW]\\+([0-9.]+|R)?\\]")));
    ++records;
  }
  CHECK(records == (with_gnugo ? 14 : 10));
}
