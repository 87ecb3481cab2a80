// The referee and the scheduler with players that follow a script.
#include <catch2/catch.hpp>
#include <deque>
#include <iterator>
#include <sstream>

#include "gtp/match/match.h"
#include "gtp/match/referee.h"
#include "gtp/sgf/sgf.h"
#include "tests/support/process.h"

namespace {

using namespace hayago::gtp;
using hayago::search::Color;
using hayago::search::Move;
using hayago::search::Player;

// Answers from a list, then passes. Knows the moves it has been told.
class Scripted : public Contestant {
 public:
  std::deque<Answer> answers;
  std::optional<double> opinion;
  bool refuses = false;
  std::vector<Move> seen;
  int starts = 0;

  void start(const GameStart& game) override {
    ++starts;
    seen = game.opening.moves;
    board_ = game.opening.board;
  }
  Answer genmove(Player color, const RefereeClock*) override {
    Answer answer;
    answer.text = "pass";
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    if (answer.text == "die") throw ContestantFailure("the engine has ended");
    if (const auto move = hayago::search::parse_loc(answer.text, board_)) answer.move = *move;
    answer.resigns = answer.text == "resign";
    seen.push_back({answer.move, color});
    return answer;
  }
  void play(Move move) override {
    if (refuses) throw ContestantFailure("illegal move");
    seen.push_back(move);
  }
  std::optional<double> score(const hayago::search::GameState&) override { return opinion; }

 private:
  hayago::search::Board board_{5, 5};
};

Answer says(const std::string& text, double seconds = 0, std::optional<double> white = {}) {
  Answer answer;
  answer.text = text;
  answer.seconds = seconds;
  answer.visits = 10;
  answer.white_win_loss = white;
  if (white) answer.white_lead = 0.0;
  return answer;
}

struct Table {
  MatchOptions options;
  Scripted a, b;
  GameStart start;
  Table() {
    options.players[0].name = "Ann";
    options.players[1].name = "Bob";
    options.x_size = options.y_size = 5;
    options.max_moves = 75;
    start.opening.board = hayago::search::Board(5, 5);
    start.rules.komi = 0.5f;
  }
  MatchGame play() {
    const auto game = play_match_game(options, start, {&a, &b}, [] { return true; });
    REQUIRE(game);
    return *game;
  }
};

TEST_CASE("match: two passes end a game and the rules count it", "[match]") {
  Table table;
  table.a.answers = {says("C3")};
  MatchGame game = table.play();
  CHECK(game.result == "B+24.5");
  CHECK(game.half_points == 2);
  CHECK(game.end == GameEnd::kScore);
  CHECK(game.moves == 3);
  CHECK(table.a.seen == table.b.seen);
  table.start.number = 1;  // A is White now
  table.b.answers = {says("C3")};
  game = table.play();
  CHECK(game.result == "B+24.5");
  CHECK(game.half_points == 0);
  table.start.rules.komi = 25;
  table.b.answers = {says("C3")};
  game = table.play();
  CHECK(game.result == "0");
  CHECK(game.half_points == 1);
}

TEST_CASE("match: the opening is part of the game for both", "[match]") {
  Table table;
  const auto& board = table.start.opening.board;
  table.start.opening.moves = {{board.loc(2, 2), Color::kBlack}, {board.loc(1, 1), Color::kWhite}};
  table.options.comments = true;
  const MatchGame game = table.play();
  CHECK(game.opening == std::vector<std::string>{"C3", "B4"});
  CHECK(game.moves == 4);
  CHECK(game.searches == std::array<int, 2>{1, 1});
  const SgfGame record = sgf_game_from_bytes(game.sgf, "record");
  CHECK(record.black_name == "Ann");
  CHECK(record.white_name == "Bob");
  CHECK(record.moves.size() == 4);
  CHECK(record.result == game.result);
  CHECK(record.rules.komi == 0.5f);
  CHECK(game.sgf.find("C[opening]") != std::string::npos);
  CHECK(game.sgf.find("Ann time") != std::string::npos);
}

TEST_CASE("match: resignation, illegal moves and failures lose", "[match]") {
  struct Case {
    const char* answer;
    GameEnd end;
    const char* result;
  };
  for (const Case& c :
       {Case{"resign", GameEnd::kResignation, "W+R"}, Case{"Z9", GameEnd::kIllegalMove, "W+F"},
        Case{"maybe", GameEnd::kIllegalMove, "W+F"}, Case{"die", GameEnd::kFailure, "W+F"}}) {
    INFO(c.answer);
    Table table;
    table.a.answers = {says(c.answer)};
    const MatchGame game = table.play();
    CHECK(game.end == c.end);
    CHECK(game.result == c.result);
    CHECK(game.half_points == 0);
  }
  Table occupied;
  occupied.a.answers = {says("C3")};
  occupied.b.answers = {says("C3")};
  CHECK(occupied.play().half_points == 2);
  Table refused;  // the referee has found the move legal
  refused.a.answers = {says("C3")};
  refused.b.refuses = true;
  const MatchGame game = refused.play();
  CHECK(game.end == GameEnd::kFailure);
  CHECK(game.half_points == 2);
}

TEST_CASE("match: who exceeds the time loses", "[match]") {
  Table table;
  table.options.time_text = "1,2x0.5";
  table.start.time = *parse_match_time(table.options.time_text).value;
  table.a.answers = {says("C3", 0.9), says("C2", 0.6), says("C4", 0.9), says("C1", 0.5),
                     says("B3", 0.51)};
  table.b.answers = {says("D3", 0.1), says("D2", 0.1), says("D4", 0.1), says("D1", 0.1)};
  const MatchGame game = table.play();
  CHECK(game.end == GameEnd::kTime);
  CHECK(game.result == "W+T");
  CHECK(game.moves == 8);  // the late move is not played
  CHECK(game.longest[0] == 0.9);
  CHECK(game.seconds[0] == Approx(3.41));
  CHECK(game.note.find("Ann took 0.510 s for move 9 with 0.500 s left") == 0);
  // A resignation after the flag has fallen is a loss on time as well.
  Table late;
  late.start.time = *parse_match_time("1").value;
  late.a.answers = {says("resign", 1.5)};
  CHECK(late.play().end == GameEnd::kTime);
}

TEST_CASE("match: games end when both players have agreed for long enough", "[match]") {
  const auto played = [](const std::vector<double>& white, int resign_moves) {
    Table table;
    table.options.resign_winrate = 0.05;
    table.options.resign_moves = resign_moves;
    table.options.max_moves = 8;
    const std::vector<const char*> points{"A1", "B1", "C1", "D1", "E1", "A3", "B3", "C3"};
    for (std::size_t i = 0; i < points.size(); ++i) {
      (i % 2 == 0 ? table.a : table.b).answers.push_back(says(points[i], 0, white[i]));
    }
    return table.play();
  };
  // White's win minus loss of -0.92 is a winrate of 4 %.
  MatchGame game = played({0, -0.92, -0.95, -0.99, -0.92, 0, 0, 0}, 4);
  CHECK(game.end == GameEnd::kAgreement);
  CHECK(game.result == "B+R");
  CHECK(game.moves == 5);
  game = played({0, 0.92, 0.95, 0.99, 0.92, 0, 0, 0}, 4);
  CHECK(game.result == "W+R");
  CHECK(game.half_points == 0);
  // One of them hopes, or both change their minds: the game goes on.
  CHECK(played({0, -0.92, -0.8, -0.99, -0.92, -0.8, 0, 0}, 3).end == GameEnd::kMoveLimit);
  CHECK(played({-1, -1, 1, 1, -1, -1, 1, 1}, 3).end == GameEnd::kMoveLimit);
}

TEST_CASE("match: external engines' scores decide only where the rules do not", "[match]") {
  Table table;
  for (PlayerOptions& player : table.options.players) player.command = "engine";
  table.a.opinion = -24.5;
  table.b.opinion = 3.0;
  table.a.answers = {says("C3")};
  MatchGame game = table.play();  // Tromp-Taylor: exact
  CHECK(game.result == "B+24.5");
  CHECK(game.disputed);
  CHECK(game.note == "Bob says W+3.0");
  table.start.rules = *hayago::search::parse_rules("chinese").value;
  table.start.rules.komi = 0.5f;
  table.a.opinion = 10.5;
  table.b.opinion = 11.5;
  game = table.play();
  CHECK(game.result == "W+10.5");  // both find the stone dead
  CHECK(!game.disputed);
  table.b.opinion.reset();
  table.a.answers = {says("C3")};
  game = table.play();
  CHECK(game.result == "B+24.5");  // as it stands
  CHECK(game.disputed);
}

class ScriptedSource : public ContestantSource {
 public:
  std::function<Answer(int game)> first_answer;
  std::unique_ptr<Contestant> make() override {
    class Instance : public Scripted {
     public:
      explicit Instance(ScriptedSource& source) : source_(source) {}
      void start(const GameStart& game) override {
        Scripted::start(game);
        answers = {source_.first_answer(game.number)};
      }

     private:
      ScriptedSource& source_;
    };
    return std::make_unique<Instance>(*this);
  }
  bool is_external() const override { return false; }
  std::shared_ptr<hayago::search::Evaluator> evaluator() override { return nullptr; }
};

struct Hall {
  Table table;
  ScriptedSource a, b;
  std::ostringstream shown;
  Hall() {
    a.first_answer = b.first_answer = [](int) { return says("pass"); };
    table.options.games = 10;
    table.options.parallel = 3;
    table.options.opening_kind = "uniform";
    table.options.progress = ProgressOutput::kJson;
  }
  MatchSummary run(MatchStore& store) {
    MatchOptions& options = table.options;
    options.rules.komi = 0.5f;
    MatchProgress progress(shown, false, options, summarise(store.games(), options.sprt));
    return Match(options, {&a, &b}, make_openings(options, nullptr), store, progress).run();
  }
};

TEST_CASE("match: every game is played once and pairs share their opening", "[match]") {
  const hayago::test::TempDir folder;
  Hall hall;
  hall.table.options.opening_moves = 4;
  hall.b.first_answer = [](int) { return says("resign"); };
  MatchStore store(folder.path(), {}, SgfOutput::kNone);
  MatchSummary summary = hall.run(store);
  CHECK(summary.games == 10);
  CHECK(summary.as_black.games() == 5);
  CHECK(summary.pairs == PairCounts{0, 0, 0, 0, 5});
  std::map<int, std::vector<std::string>> openings;
  std::set<int> numbers;
  for (const MatchGame& game : store.games()) {
    CHECK(numbers.insert(game.number).second);
    CHECK(game.opening.size() == 4);
    const auto [it, is_new] = openings.emplace(game.pair(), game.opening);
    CHECK(it->second == game.opening);
  }
  std::set<std::vector<std::string>> different;
  for (const auto& [pair, opening] : openings) different.insert(opening);
  CHECK(different.size() == 5);
  // The same again: nothing is left to play. More games: only those are played.
  CHECK(hall.run(store).games == 10);
  hall.table.options.games = 14;
  CHECK(hall.run(store).games == 14);
  CHECK(hall.shown.str().find("\"event\":\"game\"") != std::string::npos);
}

TEST_CASE("match: the sequential test ends the match and stays decided", "[match]") {
  const hayago::test::TempDir folder;
  Hall hall;
  hall.table.options.games = 1000;
  hall.table.options.sprt = SprtSettings{.elo0 = 0, .elo1 = 200};
  hall.b.first_answer = [](int) { return says("resign"); };
  MatchStore store(folder.path(), {}, SgfOutput::kNone);
  const MatchSummary summary = hall.run(store);
  CHECK(summary.decision == SprtDecision::kH1);
  CHECK(summary.games < 100);
  CHECK(summary.llr >= hall.table.options.sprt->upper());
  const std::size_t games = store.games().size();
  hall.run(store);
  CHECK(store.games().size() == games);
  CHECK(summary_table(summary, hall.table.options).find("H1 accepted") != std::string::npos);
}

TEST_CASE("match: engines that keep failing end the match", "[match]") {
  const hayago::test::TempDir folder;
  Hall hall;
  hall.a.first_answer = [](int game) { return says(game == 0 ? "pass" : "die"); };
  hall.table.options.parallel = 1;
  MatchStore store(folder.path(), {}, SgfOutput::kNone);
  CHECK_THROWS_WITH(hall.run(store), Catch::Contains("3 games in a row"));
  CHECK(store.games().size() == 4);
}

TEST_CASE("match: a summary counts by colour and by complete pairs", "[match]") {
  const auto game = [](int number, int half_points, GameEnd end = GameEnd::kScore) {
    MatchGame out;
    out.number = number;
    out.half_points = half_points;
    out.end = end;
    out.moves = 50 + number;
    out.seconds = {2, 4};
    out.visits = {100, 100};
    out.searches = {20, 20};
    return out;
  };
  const std::vector<MatchGame> games{game(0, 2), game(3, 1), game(1, 0), game(2, 2),
                                     game(4, 0, GameEnd::kTime)};
  const MatchSummary summary = summarise(games, std::nullopt);
  CHECK(summary.all.wins == 2);
  CHECK(summary.all.draws == 1);
  CHECK(summary.as_black.wins == 2);
  CHECK(summary.as_black.losses == 1);
  CHECK(summary.as_white.games() == 2);
  CHECK(summary.pairs == PairCounts{0, 0, 1, 1, 0});  // game 4 has no partner yet
  CHECK(summary.mean_moves == 52);
  CHECK(summary.lost_on_time == std::array<int, 2>{1, 0});
  MatchOptions options;
  options.players[0].name = "Ann";
  options.players[1].name = "Bob";
  const std::string table = summary_table(summary, options);
  INFO(table);
  CHECK(table.find("  as Black                  3      2      0      1   66.7 %") !=
        std::string::npos);
  CHECK(table.find("95 % interval") != std::string::npos);
  CHECK(summary_json(summary, options).at("visitsPerSecond")[0] == 50.0);
}

}  // namespace
