// `hayago match` as a program: configurations and engines, interruption, resumption, refusals.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using hayago::test::Completed;
using nlohmann::json;

constexpr double kSeconds = 240;  // a hang, not a slow machine

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> complete_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

// A network that plays nonsense quickly, and a directory for the results.
struct Stadium {
  std::string program;
  hayago::test::TempDir folder;
  std::string model = folder.path() + "/net.bin.gz", out = folder.path() + "/match";

  explicit Stadium(const std::string& hayago) : program(hayago) {
    REQUIRE(hayago::test::run_process(program, {"synth-net", "b2c16", "-o", model}, "", kSeconds)
                .status == 0);
  }
  std::vector<std::string> args(const std::vector<std::string>& further) const {
    std::vector<std::string> all{"match",    "--model", model,   "--size", "7",
                                 "--visits", "4",       "--out", out,      "--max-moves",
                                 "60",       "--komi",  "9"};
    all.insert(all.end(), further.begin(), further.end());
    return all;
  }
  Completed run(const std::vector<std::string>& further) const {
    return hayago::test::run_process(program, args(further), "", kSeconds);
  }
  std::vector<std::string> lines() const { return complete_lines(read_file(out + "/games.jsonl")); }
  // The numbers of the games, each of which must be there once.
  std::set<int> numbers() const {
    std::set<int> out_numbers;
    for (const std::string& line : lines()) {
      CHECK(out_numbers.insert(json::parse(line).at("game").get<int>()).second);
    }
    return out_numbers;
  }
};

#define NEED_PROGRAM()                                 \
  const auto program = hayago::test::hayago_program(); \
  if (!program) HAYAGO_SKIP("this build has no hayago program")

TEST_CASE("match: two configurations, complete, and nothing to do afterwards", "[match][e2e]") {
  NEED_PROGRAM();
  const Stadium stadium(*program);
  const std::vector<std::string> command{"--games",      "6",
                                         "--a-name",     "wide",
                                         "--a-override", "maxVisits=8,cpuctExploration=3",
                                         "--b-override", "useGraphSearch=false",
                                         "--comments"};
  const Completed done = stadium.run(command);
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(done.out.find("wide against B: 7x7, TrompTaylor rules, komi 9, 4 visits") == 0);
  CHECK(done.out.find("  as Black                  3") != std::string::npos);
  CHECK(done.out.find("ended by ") != std::string::npos);
  CHECK(read_file(stadium.out + "/summary.txt") == done.out);
  CHECK(done.err.find('\r') == std::string::npos);
  CHECK(done.err.find("6/6") != std::string::npos);
  CHECK(done.err.find("WARNING") == std::string::npos);
  CHECK(stadium.numbers() == std::set<int>{0, 1, 2, 3, 4, 5});
  std::array<std::vector<std::string>, 3> openings;
  for (const std::string& line : stadium.lines()) {
    const json game = json::parse(line);
    auto& opening = openings.at(game.at("pair").get<std::size_t>());
    const auto moves = game.at("opening").get<std::vector<std::string>>();
    CHECK(moves.size() == 2);
    if (opening.empty()) opening = moves;
    CHECK(opening == moves);
    const std::string record = read_file(stadium.out + "/game-000" +
                                         std::to_string(game.at("game").get<int>() + 1) + ".sgf");
    CHECK(record == game.at("sgf").get<std::string>() + "\n");
    CHECK(record.find(game.at("black") == "a" ? "PB[wide]PW[B]" : "PB[B]PW[wide]") !=
          std::string::npos);
    CHECK(record.find("C[wide winrate ") != std::string::npos);
  }
  const std::string before = read_file(stadium.out + "/games.jsonl");
  const Completed again = stadium.run(command);
  CHECK(again.status == 0);
  CHECK(again.out == done.out);
  CHECK(read_file(stadium.out + "/games.jsonl") == before);

  const Completed other = stadium.run({"--games", "6", "--a-name", "wide"});
  CHECK(other.status == 1);
  CHECK(other.err.find("holds a match with other conditions") != std::string::npos);
  CHECK(read_file(stadium.out + "/games.jsonl") == before);
}

TEST_CASE("match: killed at any moment, the same command completes it", "[match][e2e]") {
  NEED_PROGRAM();
  const Stadium stadium(*program);
  const std::vector<std::string> command{"--games", "16", "--parallel", "2", "--sgf", "one"};
  std::vector<std::string> kept;
  for (const std::size_t wanted : {1U, 4U, 9U}) {
    hayago::test::Process process(stadium.program, stadium.args(command));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (stadium.lines().size() < wanted && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    process.signal(SIGKILL);
    REQUIRE(process.wait(30));
    const std::vector<std::string> now = stadium.lines();
    REQUIRE(now.size() >= wanted);
    REQUIRE(now.size() >= kept.size());
    CHECK(std::equal(kept.begin(), kept.end(), now.begin()));
    kept = now;
    // As if the kill had hit the middle of a line.
    std::ofstream(stadium.out + "/games.jsonl", std::ios::app) << "{\"game\":15,\"pair\":7,\"bl";
  }
  const Completed done = stadium.run(command);
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(done.err.find("games are finished") != std::string::npos);
  CHECK(done.err.find("An incomplete last line of 23 bytes was removed") != std::string::npos);
  const std::vector<std::string> all = stadium.lines();
  CHECK(std::equal(kept.begin(), kept.end(), all.begin()));
  CHECK(all.size() == 16);
  CHECK(stadium.numbers().size() == 16);
  CHECK(*stadium.numbers().rbegin() == 15);
  CHECK(complete_lines(read_file(stadium.out + "/games.sgf")).size() == 16);
}

TEST_CASE("match: hayago against itself behind pipes, with a clock", "[match][e2e]") {
  NEED_PROGRAM();
  const Stadium stadium(*program);
  const std::string engine = stadium.program + " gtp -model " + stadium.model +
                             " -override-config numSearchThreads=1,maxVisits=3";
  const Completed done = stadium.run({"--games", "4", "--b-cmd", engine, "--b-name", "pipes",
                                      "--time", "20/move", "--progress", "json"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(stadium.numbers().size() == 4);
  std::set<std::string> events;
  std::istringstream stream(done.err);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("{")) events.insert(json::parse(line).at("event").get<std::string>());
  }
  CHECK(events.count("start") + events.count("game") + events.count("end") == 3);
  for (const std::string& line : stadium.lines()) {
    const json game = json::parse(line);
    INFO(game.at("note"));
    CHECK((game.at("end") == "score" || game.at("end") == "move limit"));
    // Finished games are counted; of others each has an estimate of its own.
    if (game.at("end") == "score") CHECK(game.at("disputed") == false);
    CHECK(game.at("searches")[1].get<int>() > 0);
  }
}

TEST_CASE("match: an engine that dies loses its games and ends the match", "[match][e2e]") {
  NEED_PROGRAM();
  const Stadium stadium(*program);
  // Answers what is needed to start a game and dies when it has to move.
  const std::string engine =
      "while read c rest; do case $c in genmove) echo broken >&2; exit 3;; esac; echo =; echo; "
      "done";
  const Completed done = stadium.run({"--games", "10", "--b-cmd", engine});
  CHECK(done.status == 1);
  CHECK(done.err.find("3 games in a row ended by a failure") != std::string::npos);
  CHECK(done.err.find("broken") != std::string::npos);
  for (const std::string& line : stadium.lines()) CHECK(json::parse(line).at("end") == "failure");
  const Completed missing =
      stadium.run({"--b-cmd", "/nonexistent/engine", "--out", stadium.folder.path() + "/second"});
  CHECK(missing.status == 1);
  CHECK(missing.err.find("B: the engine has ended") != std::string::npos);
}

TEST_CASE("match: GNU Go as opponent", "[match][e2e]") {
  NEED_PROGRAM();
  std::string gnugo;
  for (const char* path : {"/usr/games/gnugo", "/usr/bin/gnugo", "/usr/local/bin/gnugo"}) {
    if (::access(path, X_OK) == 0) gnugo = path;
  }
  if (gnugo.empty()) HAYAGO_SKIP("GNU Go is not installed");
  const Stadium stadium(*program);
  const Completed done = stadium.run({"--games", "4", "--b-cmd",
                                      gnugo + " --mode gtp --level 1 --chinese-rules --seed {game}",
                                      "--rules", "chinese", "--b-name", "GNU Go"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(stadium.numbers().size() == 4);
  CHECK(done.err.find("GNU Go cannot be told the rules by GTP") != std::string::npos);
  for (const std::string& line : stadium.lines()) {
    const json game = json::parse(line);
    INFO(game.at("note"));
    CHECK(game.at("end") != "failure");
    CHECK(game.at("end") != "illegal");
  }
}

TEST_CASE("match: mistakes of the command line are named", "[match][e2e]") {
  NEED_PROGRAM();
  const Stadium stadium(*program);
  const auto fails = [&](const std::vector<std::string>& args, int status, const char* part) {
    const Completed result = stadium.run(args);
    INFO(result.err);
    CHECK(result.status == status);
    CHECK(result.err.find(part) != std::string::npos);
  };
  fails({"--games", "3"}, 1, "--games: expected an even number");
  fails({"--games", "0"}, 2, "games");
  fails({"--time", "10,3"}, 1, "--time: '10,3' is no time control");
  fails({"--sprt", "10,0"}, 1, "--sprt: elo0 must be smaller");
  fails({"--size", "77"}, 1, "--size: expected 2 to 19");
  fails({"--komi", "7.3"}, 1, "--komi: expected a number of half points");
  fails({"--rules", "martian"}, 1, "--rules: ");
  fails({"--b-name", "A"}, 1, "both players have this name");
  fails({"--openings", "/nonexistent.sgf"}, 2, "/nonexistent.sgf");
  fails({"--a-override", "lcbStdevs=much"}, 1, "lcbStdevs");
  fails({"--a-cmd", "x", "--a-override", "maxVisits=3"}, 1, "--a-cmd: an external engine");
  fails({"--a-cmd", "x", "--resign-winrate", "0.1"}, 1, "--resign-winrate: ");
  fails({"--a-model", "/nonexistent.bin.gz"}, 1, "/nonexistent.bin.gz");
  const Completed warned = stadium.run({"--games", "2", "--a-override", "maxVisit=3"});
  CHECK(warned.status == 0);
  CHECK(warned.err.find("did you mean 'maxVisits'") != std::string::npos);
}

}  // namespace
