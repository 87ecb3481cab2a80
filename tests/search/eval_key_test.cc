// What two evaluations must agree on to share a result (spec/05 section 5.2).
#include <catch2/catch.hpp>

#include "search/eval/evaluator.h"
#include "search/features/metadata.h"
#include "tests/search/eval_positions.h"

using namespace hayago::search;
using hayago::test::board_of;
using hayago::test::position;

namespace {

bool same(const GameState& a, const GameState& b, const NnInputParams& p = {}) {
  return nn_cache_key(a, p) == nn_cache_key(b, p);
}

bool same(const GameState& s, const NnInputParams& a, const NnInputParams& b) {
  return nn_cache_key(s, a) == nn_cache_key(s, b);
}

template <class Change>
Rules changed(Change&& change) {
  Rules rules;
  change(rules);
  return rules;
}

}  // namespace

TEST_CASE("the order of moves is not part of the cache key", "[eval]") {
  const GameState a = position(9, "C3 G7 D4 F6"), b = position(9, "D4 F6 C3 G7");
  CHECK(same(a, b));
  CHECK(state_key(a, 0.5) == state_key(b, 0.5));
  CHECK_FALSE(same(a, position(9, "C3 G7 D4 F5")));
  CHECK_FALSE(same(a, position(9, "C3 G7 D4")));
  // The same stones with the other player to move.
  GameState other = a;
  other.reset(a.board(), Color::kWhite, a.rules());
  CHECK_FALSE(same(a, other));
}

TEST_CASE("size, komi and every rule are part of the cache key", "[eval]") {
  const GameState base = position(9, "C3 G7");
  CHECK_FALSE(same(position(9, ""), position(10, "")));
  CHECK_FALSE(same(position(9, ""), GameState(Board(9, 10), Color::kBlack, Rules{})));
  const std::vector<Rules> variants = {
      changed([](Rules& r) { r.komi = 6.5f; }),
      changed([](Rules& r) { r.ko = KoRule::kSimple; }),
      changed([](Rules& r) { r.ko = KoRule::kSituational; }),
      changed([](Rules& r) { r.ko = KoRule::kSpight; }),
      changed([](Rules& r) { r.scoring = ScoringRule::kTerritory; }),
      changed([](Rules& r) { r.tax = TaxRule::kSeki; }),
      changed([](Rules& r) { r.tax = TaxRule::kAll; }),
      changed([](Rules& r) { r.suicide = false; }),
      changed([](Rules& r) { r.has_button = true; }),
      changed([](Rules& r) { r.friendly_pass_ok = true; }),
  };
  std::vector<Hash128> keys = {nn_cache_key(base, {})};
  for (const Rules& rules : variants) keys.push_back(nn_cache_key(position(9, "C3 G7", rules), {}));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(i, j);
      CHECK_FALSE(keys[i] == keys[j]);
    }
  }
}

TEST_CASE("a ko ban is part of the cache key", "[eval]") {
  const Board before = board_of({".....", ".XO..", "X.XO.", ".XO..", "....."});
  GameState free(before, Color::kWhite, Rules{});
  GameState banned = free;
  const Loc capture = before.loc(1, 2);
  banned.make_move(capture, Color::kWhite);  // takes one stone: ko
  REQUIRE(banned.board().ko_loc() != kNullLoc);
  GameState unbanned(banned.board(), Color::kBlack, Rules{});
  // reset() keeps the board with its ko point; a rebuilt board has none.
  Board rebuilt(5, 5);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 5; ++x) {
      rebuilt.set_stone(rebuilt.loc(x, y), banned.board().at(rebuilt.loc(x, y)));
    }
  }
  unbanned.reset(rebuilt, Color::kBlack, Rules{});
  CHECK_FALSE(same(banned, unbanned));
}

TEST_CASE("parameters of the evaluation are part of the cache key", "[eval]") {
  const GameState state = position(9, "C3 G7");
  const NnInputParams base;
  NnInputParams p = base;
  p.symmetry = 3;
  CHECK(same(state, base, p));
  p = base;
  p.max_history = 2;
  CHECK(same(state, base, p));
  p.max_history = 0;
  CHECK_FALSE(same(state, base, p));
  p = base;
  p.playout_doubling_advantage = 1.0;
  CHECK_FALSE(same(state, base, p));
  NnInputParams q = p;
  q.playout_doubling_advantage += 1.0 / 1024;  // below the resolution of 1/256
  CHECK(same(state, p, q));
  q.playout_doubling_advantage = 1.0 / 1024;  // not zero
  CHECK_FALSE(same(state, base, q));
  p = base;
  p.policy_temperature = 1.5f;
  CHECK_FALSE(same(state, base, p));
  p = base;
  p.policy_optimism = 0.2f;
  CHECK_FALSE(same(state, base, p));
  p = base;
  p.draw_equivalent_wins_for_white = 0.25;
  CHECK(same(state, base, p));  // komi 7.5: no draws
  const GameState integer = position(9, "C3 G7", changed([](Rules& r) { r.komi = 7; }));
  CHECK_FALSE(same(integer, base, p));
  p = base;
  const auto profile = parse_human_profile("rank_5k"), other = parse_human_profile("rank_1d");
  REQUIRE((profile && other));
  p.human_profile = &*profile;
  q = base;
  q.human_profile = &*other;
  CHECK_FALSE(same(state, base, p));
  CHECK_FALSE(same(state, q, p));
}

TEST_CASE("the passing flags only matter where a pass would end the phase", "[eval]") {
  NnInputParams plain, conservative, hacks;
  conservative.conservative_pass_and_is_root = true;
  hacks.enable_passing_hacks = true;
  const GameState quiet = position(9, "C3 G7");
  CHECK(same(quiet, plain, conservative));
  CHECK(same(quiet, plain, hacks));
  const GameState after_pass = position(9, "C3 pass");
  CHECK_FALSE(same(after_pass, plain, conservative));
  CHECK_FALSE(same(after_pass, plain, hacks));
}

TEST_CASE("the pass-alive mode only matters where suicide is illegal", "[eval]") {
  NnInputParams off, on;
  off.pass_alive_suicide_override = false;
  on.pass_alive_suicide_override = true;
  CHECK(same(position(9, "C3"), off, on));
  GameState strict = position(9, "C3", changed([](Rules& r) { r.suicide = false; }));
  CHECK_FALSE(same(strict, off, on));
  CHECK(same(strict, off, NnInputParams{}));
  strict.set_pass_alive_under_suicide(true);
  CHECK(same(strict, on, NnInputParams{}));
}
