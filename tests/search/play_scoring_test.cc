// Scores and status of stones (spec/06 section 12) and adjustments around passes (section 11).
#include "search/play/scoring.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "search/play/passing.h"
#include "tests/search/eval_positions.h"

using namespace hayago::search;
using hayago::test::board_of;
using hayago::test::play_moves;

namespace {

constexpr Player kB = Color::kBlack, kW = Color::kWhite;

Rules rules_of(const char* name, float komi) {
  Rules r = *parse_rules(name).value;
  r.komi = komi;
  return r;
}

// White wins as a smooth function of the komi, even at `fair`.
struct SmoothGame {
  double fair, width;
  int calls = 0;
  KomiValue operator()(double komi) {
    ++calls;
    return {.lead = komi - fair, .win_loss = std::tanh((komi - fair) / width)};
  }
};

double lead_of(const Rules& rules, SmoothGame game) {
  return lead_by_komi_search(rules, 361, [&](double k) { return game(k); });
}

const std::vector<std::string> kSplit = {"..XO.", "..XO.", "..XO.", "..XO.", "O.XO."};

std::string names(const std::vector<Loc>& points, const Board& board) {
  std::string text;
  for (const Loc l : points) text += (text.empty() ? "" : " ") + loc_to_string(l, board);
  return text;
}

}  // namespace

TEST_CASE("the lead is the komi that makes the game even", "[play]") {
  const Rules territory = rules_of("japanese", 6.5f);
  for (const double fair : {-30.25, -3.0, 0.0, 5.75, 6.5, 40.25}) {
    CAPTURE(fair);
    // Searches are made at whole and half komi only, which shifts the window by up to 1/4.
    CHECK(lead_of(territory, {fair, 4}) == Approx(6.5 - fair).margin(0.26));
    CHECK(lead_of(rules_of("tromp-taylor", 6.5f), {fair, 4}) == Approx(6.5 - fair).margin(0.26));
  }
}

TEST_CASE("a network with a biased lead is corrected by its winning chances", "[play]") {
  const Rules rules = rules_of("japanese", 6.5f);
  const auto biased = [](double k) {
    return KomiValue{.lead = k - 3.0, .win_loss = std::tanh((k - 9.0) / 5)};
  };
  CHECK(lead_by_komi_search(rules, 361, biased) == Approx(6.5 - 9.0).margin(0.05));
}

TEST_CASE("a hopeless game ends the search for an even komi", "[play]") {
  int calls = 0;
  const auto lost = [&](double) {
    ++calls;
    return KomiValue{.lead = -300, .win_loss = -1};
  };
  const double lead = lead_by_komi_search(rules_of("japanese", 6.5f), 361, lost);
  CHECK(std::isfinite(lead));
  CHECK(lead < -32);
  CHECK(calls < 40);
}

TEST_CASE("two-point steps of area scoring are smoothed", "[play]") {
  // Under area scoring a board score is odd on 19x19: the win flips between komi 6.5 and 7.5 only.
  const auto steps = [](double k) {
    return KomiValue{.lead = k - 7.0, .win_loss = k < 7 ? -0.8 : k > 7 ? 0.8 : 0.0};
  };
  const double lead = lead_by_komi_search(rules_of("tromp-taylor", 7.5f), 361, steps);
  CHECK(lead == Approx(0.5).margin(0.01));
}

TEST_CASE("scores are written like results", "[play]") {
  CHECK(score_to_string(0) == "0");
  CHECK(score_to_string(6.5) == "W+6.5");
  CHECK(score_to_string(-12) == "B+12.0");
}

TEST_CASE("ownership decides about chains as a whole", "[play]") {
  const Board board = board_of({"XX.O", "....", "O..."});
  std::vector<double> own(12, 0.0);
  own[0] = -0.9, own[1] = -0.5;  // black chain, alive
  own[3] = 0.21;                 // white stone, just alive
  own[8] = -0.9;                 // white stone, dead
  StoneStatus s = status_from_ownership(board, own);
  CHECK(names(s.alive, board) == "A3 B3 D3");
  CHECK(names(s.dead, board) == "A1");
  own[3] = 0.2;
  CHECK(names(status_from_ownership(board, own).dead, board) == "D3 A1");
  own[0] = -1, own[1] = 0.61;  // one stone surely lost: the chain is not alive
  CHECK(names(status_from_ownership(board, own).dead, board) == "A3 B3 D3 A1");
}

TEST_CASE("finished games have exact results", "[play]") {
  const SideSearch nobody;  // would fail if a search were made
  GameState game(board_of(kSplit), kB, rules_of("tromp-taylor", 0.5f));
  CHECK_FALSE(result_is_exact(game));
  play_moves(game, "pass pass");
  REQUIRE(result_is_exact(game));
  CHECK(score_to_string(final_score(nobody, game)) == "W+6.5");
  const StoneStatus status = final_status(nobody, game);
  CHECK(names(status.alive, game.board()) == "C5 D5 C4 D4 C3 D3 C2 D2 A1 C1 D1");
  CHECK(status.dead.empty());

  GameState friendly(board_of(kSplit), kB, rules_of("chinese", 0.5f));
  play_moves(friendly, "pass pass");
  CHECK_FALSE(result_is_exact(friendly));
}

TEST_CASE("estimates are possible results and leave the position alone", "[play]") {
  EvaluatorConfig config;
  config.nn_x = config.nn_y = 5;
  config.randomize = false;
  Evaluator evaluator(hayago::nn::make_fake_executor(), config);
  SideSearch side;
  side.evaluator = &evaluator;
  for (const float komi : {0.5f, 6.0f}) {
    const GameState game(board_of(kSplit), kB, rules_of("chinese", komi));
    const double score = final_score(side, game);
    const double fraction = std::abs(score) - std::floor(std::abs(score));
    CHECK(fraction == (komi == 6.0f ? 0.0 : 0.5));
    CHECK(final_score(side, game) == score);
    const StoneStatus status = final_status(side, game);
    CHECK(status.alive.size() + status.dead.size() ==
          static_cast<std::size_t>(game.board().stones_on_board()));
    CHECK(game.rules().komi == komi);
    CHECK(game.moves().empty());
  }
}

TEST_CASE("no estimate is more than the board holds", "[play]") {
  const GameState area(board_of(kSplit), kB, rules_of("chinese", 7.5f));
  CHECK(possible_score(area, 189) == 32.5);
  CHECK(possible_score(area, -189) == -17.5);
  CHECK(possible_score(area, 3.2) == 3.5);
  const GameState integer(board_of(kSplit), kB, rules_of("chinese", 6));
  CHECK(possible_score(integer, -40) == -19);
  const GameState territory(board_of(kSplit), kB, rules_of("japanese", 6.5f));
  CHECK(possible_score(territory, 189) == 189.5);  // prisoners have no bound
}

TEST_CASE("clean-up before pass takes the first useful point", "[play]") {
  const PassSettings automatic;
  // Black has eyes at the left, with a dead white stone at A1.
  const Board board = board_of({".XXO.", "XXXOO", "..XO.", "XXXOO", "O.XO."});
  AreaMap safe;
  calculate_area(board, {.suicide_legal = true}, safe);
  GameState state(board, kB, rules_of("tromp-taylor", 0.5f));
  CHECK(loc_to_string(cleanup_before_pass(automatic, state, kB, kPassLoc, safe), board) == "B1");
  const Loc other = board.loc(0, 2);
  CHECK(cleanup_before_pass(automatic, state, kB, other, safe) == other);
  // White has nothing to take off.
  GameState white(board, kW, rules_of("tromp-taylor", 0.5f));
  CHECK(cleanup_before_pass(automatic, white, kW, kPassLoc, safe) == kPassLoc);

  GameState chinese(board, kB, rules_of("chinese", 0.5f));
  CHECK(cleanup_before_pass(automatic, chinese, kB, kPassLoc, safe) == kPassLoc);
  GameState japanese(board, kB, rules_of("japanese", 0.5f));
  CHECK(cleanup_before_pass(automatic, japanese, kB, kPassLoc, safe) == kPassLoc);
  const PassSettings always{.cleanup_before_pass = Enabled::kTrue};
  CHECK(cleanup_before_pass(always, chinese, kB, kPassLoc, safe) != kPassLoc);
  CHECK(cleanup_before_pass(always, japanese, kB, kPassLoc, safe) == kPassLoc);  // not final phase
  const PassSettings never{.cleanup_before_pass = Enabled::kFalse};
  CHECK(cleanup_before_pass(never, state, kB, kPassLoc, safe) == kPassLoc);
  const PassSettings friendly{.friendly_pass = Enabled::kTrue};
  CHECK(cleanup_before_pass(friendly, state, kB, kPassLoc, safe) == kPassLoc);
  Rules button = rules_of("tromp-taylor", 0.5f);
  button.has_button = true;
  GameState with_button(board, kB, button);
  CHECK(cleanup_before_pass(automatic, with_button, kB, kPassLoc, safe) == kPassLoc);
}

TEST_CASE("friendly passes are not even considered in other situations", "[play]") {
  const SideSearch nobody;  // would fail if a search were made
  const Board board = board_of(kSplit);
  const Loc move = board.loc(0, 0);
  GameState fresh(board, kB, rules_of("chinese", 0.5f));
  CHECK(friendly_pass({}, nobody, fresh, kB, move) == move);  // the opponent has not passed
  GameState passed(board, kB, rules_of("tromp-taylor", 0.5f));
  play_moves(passed, "pass");
  CHECK(friendly_pass({}, nobody, passed, kW, move) == move);  // not with these rules
  GameState chinese(board, kB, rules_of("chinese", 0.5f));
  play_moves(chinese, "pass");
  CHECK(friendly_pass({}, nobody, chinese, kW, kPassLoc) == kPassLoc);
  CHECK(friendly_pass({.friendly_pass = Enabled::kFalse}, nobody, chinese, kW, move) == move);
  CHECK(friendly_pass({.cleanup_before_pass = Enabled::kTrue}, nobody, chinese, kW, move) == move);
  SideSearch hurried = nobody;  // three searches of at least 32 visits do not fit in
  hurried.affordable_visits = 95;
  CHECK(friendly_pass({}, hurried, chinese, kW, move) == move);
}

TEST_CASE("noiseless parameters", "[play]") {
  SearchParams p;
  p.num_search_threads = 16;
  p.root_noise_enabled = true;
  p.wide_root_noise = 0.04;
  p.root_num_symmetries_to_sample = 4;
  const SearchParams q = noiseless_params(p, 50);
  CHECK(q.max_visits == 50);
  CHECK(q.max_playouts == 50);
  CHECK(q.num_search_threads == 7);
  CHECK_FALSE(q.root_noise_enabled);
  CHECK(q.wide_root_noise == 0);
  CHECK(q.root_num_symmetries_to_sample == 1);
  CHECK(q.root_fpu_reduction_max == q.fpu_reduction_max);
  CHECK(noiseless_params(p, 1).num_search_threads == 1);
}
