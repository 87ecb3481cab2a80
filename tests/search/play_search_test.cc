// Scores, status and friendly passes by real searches: the recorded answers of
// golden/gtp/24-final-score and 34-passing, with the network they were recorded with.
#include <catch2/catch.hpp>
#include <cmath>

#include "nn/model/load.h"
#include "search/play/passing.h"
#include "search/play/scoring.h"
#include "tests/search/eval_positions.h"
#include "tests/support/shared_data.h"

using namespace hayago::search;
using hayago::test::board_of;
using hayago::test::play_moves;
namespace nn = hayago::nn;

namespace {

constexpr const char* kModel = "models/g170-b6c96-s175395328-d26788732.bin.gz";
constexpr Player kB = Color::kBlack, kW = Color::kWhite;

struct Side {
  explicit Side(const std::string& model_path)
      : evaluator(nn::make_cpu_executor(nn::load_model(model_path)), config()) {
    side.evaluator = &evaluator;
    side.params.lag_buffer = 1;
    side.params.max_visits = 20;
  }
  static EvaluatorConfig config() {
    EvaluatorConfig c;
    c.nn_x = c.nn_y = 5;
    c.randomize = false;
    return c;
  }
  Evaluator evaluator;
  SideSearch side;
};

Rules rules_of(const char* name, float komi) {
  Rules r = *parse_rules(name).value;
  r.komi = komi;
  return r;
}

const std::vector<std::string> kSplit = {"..XO.", "..XO.", "..XO.", "..XO.", "O.XO."};

std::string names(const std::vector<Loc>& points, const Board& board) {
  std::string text;
  for (const Loc l : points) text += (text.empty() ? "" : " ") + loc_to_string(l, board);
  return text;
}

}  // namespace

TEST_CASE("final scores match the recorded ones", "[play]") {
  HAYAGO_SHARED_FILE(model, kModel);
  const Side s(model);
  GameState game(board_of(kSplit), kB, rules_of("tromp-taylor", 0.5f));
  // Recorded scores are compared within one point (golden/README).
  CHECK(final_score(s.side, game) == Approx(-4.5).margin(1));
  GameState chinese(board_of(kSplit), kB, rules_of("chinese", 0.5f));
  play_moves(chinese, "pass pass");
  CHECK(final_score(s.side, chinese) == Approx(-5.5).margin(1));
  GameState empty(Board(5, 5), kB, rules_of("japanese", 6));
  CHECK(final_score(s.side, empty) == Approx(-13).margin(1));
  const double score = final_score(s.side, empty);
  CHECK(score == std::round(score));  // komi 6: an integer result
}

TEST_CASE("final status matches the recorded one", "[play]") {
  HAYAGO_SHARED_FILE(model, kModel);
  const Side s(model);
  for (const char* rules : {"tromp-taylor", "chinese"}) {
    CAPTURE(rules);
    const GameState game(board_of(kSplit), kB, rules_of(rules, 0.5f));
    const StoneStatus status = final_status(s.side, game);
    CHECK(names(status.alive, game.board()) == "C5 D5 C4 D4 C3 D3 C2 D2 C1 D1");
    CHECK(names(status.dead, game.board()) == "A1");
  }
}

TEST_CASE("a useless move after the opponent's pass becomes a friendly pass", "[play]") {
  HAYAGO_SHARED_FILE(model, kModel);
  const Side s(model);
  const std::vector<std::string> rows = {"..XO.", ".XXOO", "..XO.", ".XXOO", "O.XO."};
  GameState game(board_of(rows), kB, rules_of("chinese", 0.5f));
  play_moves(game, "pass");
  const Loc inside = *parse_loc("E3", game.board());
  CHECK(friendly_pass({}, s.side, game, kW, inside) == kPassLoc);
  // Next to a living enemy stone the move may mean something, so it stays.
  const std::vector<std::string> dame = {"..X.O", ".XX.O", "..X.O", ".XX.O", "..X.O"};
  GameState open(board_of(dame), kB, rules_of("chinese", 0.5f));
  play_moves(open, "pass");
  const Loc contact = *parse_loc("D3", open.board());
  CHECK(friendly_pass({}, s.side, open, kW, contact) == contact);
}
