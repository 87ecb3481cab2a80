// Resignation, search factor, dynamic advantage, delays (spec/06 sections 5 to 9).
#include <catch2/catch.hpp>

#include "search/play/delay.h"
#include "search/play/resign.h"
#include "search/play/strength.h"
#include "tests/search/eval_positions.h"

using namespace hayago::search;
using hayago::test::board_of;
using hayago::test::play_moves;
using hayago::test::position;

namespace {

constexpr Player kB = Color::kBlack, kW = Color::kWhite;

PlayRecord record_of(const std::vector<double>& win_loss, double lead) {
  PlayRecord r;
  for (const double w : win_loss) r.add(w, lead);
  return r;
}

GameState handicap_game(int size, int stones, const Rules& rules) {
  Board board(size, size);
  for (int i = 0; i < stones; ++i) board.set_stone(board.loc(2 + 2 * i, 2), kB);
  return GameState(board, kW, rules);
}

Rules with_komi(float komi, HandicapBonus bonus = HandicapBonus::kZero,
                ScoringRule scoring = ScoringRule::kArea) {
  Rules r;
  r.komi = komi;
  r.white_handicap_bonus = bonus;
  r.scoring = scoring;
  return r;
}

ResignSettings usual_settings() {
  return {.allowed = true, .threshold = -0.9, .consecutive_turns = 3};
}

}  // namespace

TEST_CASE("the advantage by set-up counts handicap, komi and bonus", "[play]") {
  CHECK(initial_black_advantage(position(19, "", with_komi(7.5f))) == Approx(-0.5));
  CHECK(initial_black_advantage(handicap_game(19, 1, with_komi(0.5f))) == Approx(6.5));
  // The example of spec/06 section 9.
  CHECK(initial_black_advantage(handicap_game(19, 4, with_komi(0.5f))) == Approx(51.5));
  CHECK(initial_black_advantage(handicap_game(19, 4, with_komi(0.5f, HandicapBonus::kN))) ==
        Approx(47.5));
  CHECK(initial_black_advantage(handicap_game(19, 4, with_komi(0.5f, HandicapBonus::kNMinusOne))) ==
        Approx(48.5));
  CHECK(initial_black_advantage(
            handicap_game(19, 4, with_komi(0.5f, HandicapBonus::kZero, ScoringRule::kTerritory))) ==
        Approx(48.5));
  // Several first moves of Black are handicap, whatever the state itself assumes.
  GameState moves = position(19, "D4 pass Q16 pass", with_komi(0.5f));
  CHECK(initial_black_advantage(moves) == Approx(21.5));
}

TEST_CASE("resignation needs permission, lost values and patience", "[play]") {
  const GameState state = position(9, "E5 C3 G7 C7");
  const PlayRecord lost_for_black = record_of({0.95, 0.95, 0.95}, 20);
  const PlayRecord lost_for_white = record_of({-0.95, -0.95, -0.95}, -20);
  ResignSettings s = usual_settings();
  CHECK(should_resign(s, state, kB, lost_for_black));
  CHECK(should_resign(s, state, kW, lost_for_white));
  CHECK_FALSE(should_resign(s, state, kW, lost_for_black));
  CHECK_FALSE(should_resign(s, state, kB, lost_for_white));
  CHECK_FALSE(should_resign(s, state, kB, record_of({0.95, 0.95}, 20)));
  CHECK_FALSE(should_resign(s, state, kB, record_of({0.95, 0.85, 0.95}, 20)));
  CHECK(should_resign(s, state, kB, record_of({0, 0.95, 0.95, 0.95}, 20)));
  CHECK_FALSE(should_resign(s, state, kB, PlayRecord{}));
  s.allowed = false;
  CHECK_FALSE(should_resign(s, state, kB, lost_for_black));

  s = usual_settings();
  s.min_score_difference = 20;
  CHECK(should_resign(s, state, kB, lost_for_black));
  CHECK(should_resign(s, state, kW, lost_for_white));
  s.min_score_difference = 20.5;
  CHECK_FALSE(should_resign(s, state, kB, lost_for_black));
  CHECK_FALSE(should_resign(s, state, kW, lost_for_white));

  s = usual_settings();
  s.min_moves_per_area = 0.05;  // floor(4.05) = 4 moves
  CHECK(should_resign(s, state, kB, lost_for_black));
  s.min_moves_per_area = 0.07;
  CHECK_FALSE(should_resign(s, state, kB, lost_for_black));
}

TEST_CASE("White is patient in handicap games", "[play]") {
  // 9x9, two stones, komi 0.5: adv 21.5, turns from 17 on, catching up over 31.6 moves.
  GameState state = handicap_game(9, 2, with_komi(0.5f));
  ResignSettings s = usual_settings();
  const PlayRecord hopeless = record_of({-0.99, -0.99, -0.99}, -60);
  CHECK_FALSE(should_resign(s, state, kW, hopeless));
  CHECK(should_resign(s, state, kB, record_of({0.99, 0.99, 0.99}, 5)));
  const char* moves = "A1 B1 C1 D1 F1 G1 H1 J1 A9 B9 C9 D9 F9 G9 H9 J9";
  play_moves(state, moves);
  CHECK_FALSE(should_resign(s, state, kW, hopeless));  // 16 moves
  play_moves(state, "A3");
  CHECK(should_resign(s, state, kW, hopeless));
  // At that turn the floor is -21.5 - 5 - 3.225.
  CHECK(should_resign(s, state, kW, record_of({-0.99, -0.99, -0.99}, -29.73)));
  CHECK_FALSE(should_resign(s, state, kW, record_of({-0.99, -0.99, -0.99}, -29.72)));
}

TEST_CASE("the search factor falls while winning", "[play]") {
  const SearchFactorSettings s{.when_winning = 0.4, .when_winning_threshold = 0.95};
  // The example of spec/06 section 5.
  CHECK(winning_search_factor(s, 1.0, kW, record_of({0.99, 0.98, 0.97}, 0)) == Approx(0.76));
  CHECK(winning_search_factor(s, 1.0, kB, record_of({-0.99, -0.98, -0.97}, 0)) == Approx(0.76));
  CHECK(winning_search_factor(s, 1.0, kB, record_of({0.99, 0.98, 0.97}, 0)) == 1.0);
  CHECK(winning_search_factor(s, 1.0, kW, record_of({0.99, 0.98}, 0)) == 1.0);
  CHECK(winning_search_factor(s, 1.0, kW, record_of({0.99, 0.98, 0.90}, 0)) == 1.0);
  CHECK(winning_search_factor(s, 1.0, kW, record_of({0.1, 1.2, 1.1, 1.3}, 0)) == Approx(0.4));
  CHECK(winning_search_factor(s, 0.95, kW, record_of({0.99, 0.98, 0.97}, 0)) == 1.0);
  CHECK(winning_search_factor({}, 1.0, kW, record_of({1, 1, 1}, 0)) == 1.0);
}

TEST_CASE("the dynamic advantage follows the handicap", "[play]") {
  const GameState four = handicap_game(19, 4, with_komi(0.5f));
  CHECK(updated_dynamic_pda(0, 0.045, four, {}) == Approx(2.125));
  CHECK(updated_dynamic_pda(0, 0, four, {}) == 0);
  CHECK(updated_dynamic_pda(0, 0.5, four, {}) == Approx(2.75));
  CHECK(updated_dynamic_pda(0, 0.045, position(19, ""), {}) == 0);
  CHECK(updated_dynamic_pda(1.0, 0.045, position(19, ""), {}) == 0);
  CHECK(updated_dynamic_pda(0, 0.045, handicap_game(7, 2, with_komi(0.5f)), {}) == 0);
  // A large komi puts Black behind: the sign changes.
  CHECK(updated_dynamic_pda(0, 0.045, position(19, "", with_komi(58.5f)), {}) == Approx(-2.125));

  // Before White's first stone the values do not count.
  const PlayRecord losing = record_of({-0.95}, -40), even = record_of({-0.4}, -3),
                   behind = record_of({-0.7}, -10);
  CHECK(updated_dynamic_pda(1.0, 0.045, four, even) == Approx(2.125));
  GameState going = four;
  play_moves(going, "Q4");
  CHECK(updated_dynamic_pda(1.0, 0.045, going, losing) == Approx(1.125));
  CHECK(updated_dynamic_pda(1.0, 0.045, going, behind) == Approx(1.0));
  CHECK(updated_dynamic_pda(1.0, 0.045, going, even) == Approx(0.875));
  CHECK(updated_dynamic_pda(2.125, 0.045, going, losing) == Approx(2.125));
  CHECK(updated_dynamic_pda(0.0, 0.045, going, even) == 0);
}

TEST_CASE("repeated patterns are avoided against handicap", "[play]") {
  const GameState four = handicap_game(19, 4, with_komi(0.5f));
  CHECK(repeated_pattern_utility(std::nullopt, false, four, kW) == 0.005);
  CHECK(repeated_pattern_utility(std::nullopt, false, four, kB) == 0);
  CHECK(repeated_pattern_utility(std::nullopt, true, four, kW) == 0);
  CHECK(repeated_pattern_utility(0.1, false, four, kW) == 0.1);
  CHECK(repeated_pattern_utility(0.1, true, four, kB) == 0.1);
  CHECK(repeated_pattern_utility(std::nullopt, false, position(19, ""), kW) == 0);
}

TEST_CASE("delays are random, bounded and shorter for expected moves", "[play]") {
  std::mt19937_64 random(1);
  CHECK(move_delay({}, 0.5, random) == 0);
  CHECK(move_delay({.scale = 1, .max = 0}, 0.5, random) == 0);
  const auto mean = [&](double policy) {
    double sum = 0;
    for (int i = 0; i < 4000; ++i) sum += move_delay({.scale = 2, .max = 1e6}, policy, random);
    return sum / 4000;
  };
  // Mean of Gamma(2) is 2, so 0.5*scale/(p + 0.1); its standard error here is 1.1 %.
  CHECK(mean(0.4) == Approx(2 * 0.5 * 2 / 0.5 / 2).epsilon(0.06));
  CHECK(mean(0.0) == Approx(2 * 0.5 * 2 / 0.1 / 2).epsilon(0.06));
  for (int i = 0; i < 100; ++i) {
    const double d = move_delay({.scale = 100, .max = 3}, 0.01, random);
    CHECK(d > 0);
    CHECK(d <= 3);
  }
}
