// `hayago evalsgf` as a program.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using nlohmann::json;

Completed run(const std::vector<std::string>& args) {
  const TempDir home;
  std::vector<std::string> all{"evalsgf", "-model", "/dev/null"};
  all.insert(all.end(), args.begin(), args.end());
  return run_process(*hayago_program(), all, "", kClientSeconds, empty_home(home));
}

bool contains(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

// A score lead; this search is seeded anew in every run, and one in which nobody leads has no
// colour.
const std::string kLead = "([BW]\\+\\d+\\.\\d|0\\.0)";

const char* const kSample = HAYAGO_SOURCE_DIR "/tests/data/sample.sgf";

}  // namespace

TEST_CASE("evalsgf: a position as text", "[evalsgf][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done = run({kSample, "--move", "30", "--visits", "50", "--threads", "1",
                              "--moves", "3", "--ownership", "--policy"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(done.err.empty());
  CHECK(done.out.starts_with("Aoi Hayashi (Black, 3d) - Go Yamada (White, 3d), 19x19, Chinese"));
  CHECK(contains(done.out, "\nPosition after move 30, last W [A-T]\\d+; Black to move\\.\n"));
  CHECK(contains(done.out, "\n19 \\. \\. "));
  CHECK(contains(done.out, "\nsearch +winrate +\\d+\\.\\d %, score lead " + kLead +
                               " .*, 50 visits\nnetwork +winrate "));
  CHECK(contains(done.out, "\n  1 [A-T]\\d+ +\\d+ +\\d+\\.\\d% +" + kLead + " "));
  CHECK(contains(done.out, "\n  3 "));
  CHECK_FALSE(contains(done.out, "\n  4 [A-T]"));
  // Nineteen rows of nineteen numbers, twice.
  CHECK(contains(done.out,
                 "\nPolicy of the network, percent:\n +A +B +C .* T\n 19( +(-|\\d+\\.\\d))"
                 "{19}\n"));
  CHECK(contains(done.out, "\n  1( +(-|\\d+\\.\\d)){19}\npass +\\d+\\.\\d\n"));
  CHECK_FALSE(contains(done.out, " -0 "));
  CHECK(contains(done.out, "\nOwnership, percent:\n +A +B .*\n 19( +[-+]\\d+){19}\n"));

  const Completed raw = run({kSample, "--raw", "--move", "0"});
  INFO(raw.out << raw.err);
  CHECK(raw.status == 0);
  CHECK(raw.out.find("Position before the first move; Black to move.") != std::string::npos);
  CHECK_FALSE(contains(raw.out, "\nsearch "));
  CHECK(contains(raw.out, "\nnetwork +winrate "));
  CHECK(contains(raw.out, "\n 10 [A-T]\\d+ +\\d+\\.\\d\\d%\n"));
}

TEST_CASE("evalsgf: a position as JSON", "[evalsgf][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  const std::string game = dir.write("game.sgf", "(;SZ[9:7]RU[Japanese]KM[6.5]AB[cc];W[ee];B[dd])");
  const Completed done =
      run({game, "--json", "--visits", "20", "--threads", "1", "--ownership", "--policy",
           "--extra-moves", "c4 pass", "--komi", "3.5", "--rules", "tromp-taylor"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const json out = json::parse(done.out);
  CHECK(out.at("file") == game);
  CHECK(out.at("turnNumber") == 2);
  CHECK(out.at("boardXSize") == 9);
  CHECK(out.at("boardYSize") == 7);
  CHECK(out.at("komi") == 3.5);
  CHECK(out.at("rules").at("scoring") == "AREA");
  CHECK(out.at("board") == json{".........", ".........", "..X......", "..OX.....", "....O....",
                                ".........", "........."});
  CHECK(out.at("rootInfo").at("visits") == 20);
  CHECK(out.at("rootInfo").at("currentPlayer") == "W");
  CHECK(out.at("ownership").size() == 63);
  CHECK(out.at("policy").size() == 64);
  CHECK(out.at("moveInfos").at(0).contains("pvVisits"));
}

TEST_CASE("evalsgf: mistakes name the file and the place", "[evalsgf][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  const auto fails = [&](const std::vector<std::string>& args, int status,
                         const std::vector<std::string>& parts) {
    const Completed done = run(args);
    INFO(done.err);
    CHECK(done.status == status);
    CHECK(done.out.empty());
    for (const std::string& part : parts) CHECK(done.err.find(part) != std::string::npos);
  };
  fails({"/nonexistent.sgf"}, 1, {"/nonexistent.sgf"});
  const std::string cut = dir.write("cut.sgf", "(;SZ[9]\n;B[ee];W[c");
  fails({cut}, 1, {cut, "line 2"});
  const std::string illegal = dir.write("illegal.sgf", "(;SZ[9];B[ee];W[ee])");
  fails({illegal}, 1, {illegal, "move 2"});
  fails({kSample, "--move", "5000"}, 1, {"--move 5000", "sample.sgf", "from 0 to "});
  fails({kSample, "--move", "-1"}, 2, {"--move"});
  fails({kSample, "--move", "0", "--extra-moves", "q4 z9"}, 1, {"--extra-moves", "move 2 'z9'"});
  fails({kSample, "--rules", "chess"}, 1, {"--rules chess"});
  fails({kSample, "--komi", "6.3"}, 1, {"--komi 6.3", "half-integer"});
  fails({kSample, "--raw", "--visits", "5"}, 2, {"visits"});
  fails({}, 2, {"FILE"});
  CHECK(run({"--help"}).out.find("Example: hayago evalsgf") != std::string::npos);
}
