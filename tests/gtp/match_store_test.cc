// The directory of a match: what is kept, what is recognised as damaged, what is refused.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gtp/config/config.h"
#include "gtp/match/store.h"
#include "tests/support/process.h"

namespace {

using namespace hayago::gtp;
using nlohmann::ordered_json;

MatchGame sample(int number, int half_points) {
  MatchGame game;
  game.number = number;
  game.half_points = half_points;
  game.result = "B+3.5";
  game.end = GameEnd::kTime;
  game.opening = {"C3", "pass"};
  game.moves = 40 + number;
  game.seconds = {1.5, 2.25};
  game.visits = {100, 200};
  game.searches = {20, 18};
  game.note = "with \"quotes\" and\nlines";
  game.sgf = "(;FF[4]C[game " + std::to_string(number) + "])";
  return game;
}

std::string line(int number) { return to_json(sample(number, 1)).dump() + "\n"; }

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

const ordered_json kConditions{{"a", {{"name", "A"}}}, {"size", "9x9"}};

TEST_CASE("match: a game survives being written and read", "[match]") {
  const MatchGame game = sample(7, 2);
  const MatchGame read = match_game_from_json(nlohmann::json::parse(to_json(game).dump()));
  CHECK(to_json(read).dump() == to_json(game).dump());
  CHECK(read.pair() == 3);
  CHECK(!read.a_is_black());
  CHECK(read.end == GameEnd::kTime);
}

TEST_CASE("match: an incomplete last line is no game", "[match]") {
  const std::string two = line(0) + line(1), third = line(2);
  for (std::size_t cut = 0; cut < third.size(); cut += 7) {
    const StoredGames stored = parse_stored_games(two + third.substr(0, cut), "games");
    CHECK(stored.games.size() == 2);
    CHECK(stored.good_bytes == two.size());
  }
  // Everything but the line end: the write was not complete, so the game does not count.
  CHECK(parse_stored_games(two + third.substr(0, third.size() - 1), "games").games.size() == 2);
  CHECK(parse_stored_games(two + third, "games").games.size() == 3);
  CHECK(parse_stored_games(two + std::string(20, '\0') + "\n", "games").games.size() == 2);
  CHECK(parse_stored_games("", "games").games.empty());
}

TEST_CASE("match: damage elsewhere and repeated games are refused", "[match]") {
  const auto problem = [](const std::string& text) {
    return message_of([&] { parse_stored_games(text, "the file"); });
  };
  CHECK(problem(line(0) + "{\"game\":1\n" + line(2)).find("the file: line 2 is no game") == 0);
  CHECK(problem("\n" + line(0)).find("the file: line 1") == 0);
  CHECK(problem(line(0) + line(1) + line(0)).find("line 3: game 0 is there already") !=
        std::string::npos);
  std::string bad = line(1);
  bad.replace(bad.find("\"halfPoints\":1"), 14, "\"halfPoints\":5");
  CHECK(problem(bad + line(2)).find("half points must be 0, 1 or 2") != std::string::npos);
}

TEST_CASE("match: a directory takes up the match that it holds", "[match]") {
  const hayago::test::TempDir folder;
  const std::string path = folder.path() + "/sub/match", games = path + "/games.jsonl";
  {
    MatchStore store(path, kConditions, SgfOutput::kPerGame);
    CHECK(store.games().empty());
    store.add(sample(1, 0));
    store.add(sample(0, 2));
    CHECK(message_of([&] {
            MatchStore(path, kConditions, SgfOutput::kPerGame);
          }).find("another match is running") != std::string::npos);
  }
  append(games, line(2).substr(0, 30));
  std::filesystem::remove(path + "/game-0001.sgf");
  {
    MatchStore store(path, kConditions, SgfOutput::kPerGame);
    REQUIRE(store.games().size() == 2);
    CHECK(store.games()[0].number == 1);  // in the order in which they ended
    CHECK(store.bytes_dropped() == 30);
    CHECK(read_file(path + "/game-0001.sgf") == sample(0, 2).sgf + "\n");
    store.add(sample(2, 1));
  }
  CHECK(parse_stored_games(read_file(games), games).games.size() == 3);
}

TEST_CASE("match: one file of records has every game once", "[match]") {
  const hayago::test::TempDir folder;
  const std::string records = folder.path() + "/games.sgf";
  { MatchStore(folder.path(), kConditions, SgfOutput::kOneFile).add(sample(0, 2)); }
  append(records, "(;FF[4]C[half a rec");  // killed while the record was written
  {
    MatchStore store(folder.path(), kConditions, SgfOutput::kOneFile);
    CHECK(read_file(records) == sample(0, 2).sgf + "\n");
    store.add(sample(1, 2));
  }
  CHECK(read_file(records) == sample(0, 2).sgf + "\n" + sample(1, 2).sgf + "\n");
}

TEST_CASE("match: other conditions are refused by name", "[match]") {
  const hayago::test::TempDir folder;
  { MatchStore(folder.path(), kConditions, SgfOutput::kNone).add(sample(0, 2)); }
  const auto problem = [&](ordered_json conditions) {
    return message_of([&] { MatchStore(folder.path(), conditions, SgfOutput::kNone); });
  };
  CHECK(problem(kConditions).empty());
  ordered_json changed = kConditions;
  changed["size"] = "13x13";
  CHECK(problem(changed).find("size was \"9x9\" and is now \"13x13\"") != std::string::npos);
  changed = kConditions;
  changed["a"]["model"] = "net";
  CHECK(problem(changed).find("a/model was nothing and is now \"net\"") != std::string::npos);
  // Without games there is nothing to keep apart: a mistaken command can be corrected.
  const hayago::test::TempDir empty;
  { MatchStore(empty.path(), kConditions, SgfOutput::kNone); }
  CHECK(message_of([&] { MatchStore(empty.path(), changed, SgfOutput::kNone); }).empty());
  std::filesystem::remove(folder.path() + "/match.json");
  CHECK(problem(kConditions).find("no match.json") != std::string::npos);
  folder.write("match.json", "[1,2");
  CHECK(problem(kConditions).find("expected the conditions of a match") != std::string::npos);
}

TEST_CASE("match: conditions hold what a result depends on", "[match]") {
  MatchOptions options;
  options.players[0].name = "A";
  options.players[1].name = "B";
  options.players[1].command = "engine --level 3";
  options.players[0].overrides = {"maxVisits=10", "maxVisits=20,lcbStdevs=3"};
  const ordered_json conditions = match_conditions(options);
  CHECK(conditions["a"]["config"]["maxVisits"] == "20");
  CHECK(conditions["b"]["command"] == "engine --level 3");
  MatchOptions other = options;
  other.games = 2;
  other.parallel = 9;
  other.out = "elsewhere";
  CHECK(match_conditions(other) == conditions);
  other.max_moves = 12;
  CHECK(first_difference(conditions, match_conditions(other)) == "maxMoves was 0 and is now 12");
  other = options;
  other.players[0].overrides.emplace_back("lcbStdevs=4");
  CHECK(first_difference(conditions, match_conditions(other)).find("a/config/lcbStdevs") == 0);
}

}  // namespace
