// The eval cache of spec/05 section 15 (not the cache of network results: eval_cache_test.cc).
#include <catch2/catch.hpp>
#include <cmath>

#include "search/memory/eval_cache.h"
#include "tests/search/search_fixture.h"

namespace hayago::search {
namespace {

NodeStats searched(std::int64_t visits, double win_loss, double score = 0) {
  NodeStats s;
  s.visits = visits;
  s.weight = static_cast<double>(visits);
  s.win_loss = win_loss;
  s.score_mean = score;
  return s;
}

}  // namespace

TEST_CASE("the share of a remembered entry falls with new visits", "[search][remember]") {
  EvalCacheEntry entry;
  entry.weight = 100;
  // r = 0.5: 1 / (1 + 1.5 * 1.5)
  CHECK(remembered_share(entry, 50, 100) == Approx(1 / 3.25));
  CHECK(remembered_share(entry, 1, 100) == Approx(1 / (1 + 0.03 * 1.0002)));
  entry.weight = 400;  // counts as sqrt(100 * 400) = 200
  CHECK(remembered_share(entry, 100, 100) == Approx(1 / 3.25));
  entry.weight = 0;
  CHECK(remembered_share(entry, 1, 100) == 0);
}

TEST_CASE("averages move towards a remembered entry", "[search][remember]") {
  EvalCacheEntry entry;
  entry.win_loss = 0.5f;
  entry.no_result = 0.25f;
  entry.score_mean = 10;
  entry.lead = 8;
  NodeStats s;
  s.win_loss = -0.5;
  s.score_mean = 2;
  s.score_sq = 104;  // variance 100
  s.lead = 0;
  pull_averages(entry, 0.25, s);
  CHECK(s.win_loss == -0.25);
  CHECK(s.no_result == 0.0625);
  CHECK(s.score_mean == 4);
  CHECK(s.lead == 2);
  CHECK(s.score_sq == 116);  // the variance stays
}

TEST_CASE("what a search leaves in the eval cache", "[search][remember]") {
  const std::vector<SearchedMove> moves{{60, 30, 0.1, searched(30, -0.1, 3)},
                                        {50, 40, 0.2, searched(50, -0.2, 4)},
                                        {55, 5, 0.9, searched(5, -0.9, 9)}};
  const EvalCacheEntry first = updated_entry(nullptr, searched(80, -0.15), moves, 20, false);
  CHECK(first.weight == 80);
  CHECK(first.win_loss == -0.15f);
  REQUIRE(first.moves.size() == 2);  // five visits are too few
  CHECK(first.moves[0].move == 50);
  CHECK(first.moves[1].move == 60);
  CHECK(first.moves[0].weight == 50);
  CHECK(first.moves[0].score_mean == 4);

  // A later search with fewer visits of a move keeps what is known of it.
  const std::vector<SearchedMove> later{{50, 40, 0.3, searched(40, -0.3)},
                                        {60, 60, 0.4, searched(60, -0.4)}};
  const EvalCacheEntry second = updated_entry(&first, searched(100, -0.35), later, 20, false);
  CHECK(second.moves[0].win_loss == -0.2f);
  CHECK(second.moves[1].win_loss == -0.4f);
  CHECK(second.weight == 100);
}

TEST_CASE("a root about to pass keeps its averages to itself", "[search][remember]") {
  std::vector<SearchedMove> moves{{60, 90, 0.1, searched(90, 0.1)},
                                  {kPassLoc, 10, 0.0, searched(10, 0.0)}};
  const auto weight = [&moves](bool is_root) {
    return updated_entry(nullptr, searched(101, 0.1), moves, 20, is_root).weight;
  };
  CHECK(weight(true) == 101);  // 10 of 100 visits, 0.1 worse
  moves[1].self_utility = 0.06;
  CHECK(weight(true) == 0);
  CHECK(weight(false) == 101);
  moves[1].self_utility = 0;
  moves[1].edge_visits = 13;  // an eighth of 103
  CHECK(weight(true) == 0);
}

TEST_CASE("the table of the eval cache", "[search][remember]") {
  EvalCache cache;
  CHECK(cache.bytes() == 0);
  EvalCacheEntry entry;
  entry.weight = 5;
  cache.store({1, 2}, entry);
  entry.weight = 6;
  entry.moves.resize(10);
  const std::size_t one = cache.bytes();
  cache.store({1, 2}, entry);
  CHECK(cache.bytes() > one);
  REQUIRE(cache.find({1, 2}) != nullptr);
  CHECK(cache.find({1, 2})->weight == 6);
  CHECK(cache.find({2, 1}) == nullptr);
  cache.clear();
  CHECK(cache.find({1, 2}) == nullptr);
  CHECK(cache.bytes() == 0);

  SearchParams params;
  const Hash128 key = params_key(params);
  CHECK(params_key(SearchParams{}) == key);
  params.dynamic_score_utility_factor = 0.31;
  CHECK(params_key(params) != key);
}

namespace {

struct Searched {
  SearchReport report;
  std::size_t cache_bytes = 0;
};

Searched search_with(const SearchParams& params, const std::shared_ptr<EvalCache>& cache) {
  test::FakeEngine engine(params);
  engine->set_eval_cache(cache);
  engine->search({});
  return {engine.report(), cache->bytes()};
}

const MoveReport* find_move(const SearchReport& report, Loc move) {
  for (const MoveReport& m : report.moves) {
    if (m.move == move) return &m;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a new search starts with what an earlier one has found", "[search][remember]") {
  SearchParams params = test::visits_params(600);
  params.use_eval_cache = true;
  params.eval_cache_min_visits = 20;
  params.max_playouts = 600;
  params.root_ending_bonus_points = 0;
  const auto cache = std::make_shared<EvalCache>();
  const Searched first = search_with(params, cache);
  CHECK(first.cache_bytes > 0);

  // The same parameters, for the same key: a second search stopped early by its playouts would have
  // other ones, so the same search is repeated and compared with one without memory.
  const Searched again = search_with(params, cache);
  const MoveReport& best = first.report.moves[0];
  const MoveReport* now = find_move(again.report, best.move);
  REQUIRE(now != nullptr);
  CHECK(now->win_loss != best.win_loss);
  CHECK(again.report.root.win_loss == Approx(first.report.root.win_loss).margin(0.1));

  // With other parameters nothing is known.
  params.max_playouts = 599;
  params.max_visits = 1000;
  const auto empty = std::make_shared<EvalCache>();
  CHECK(search_with(params, cache).report.root.win_loss ==
        search_with(params, empty).report.root.win_loss);
}

TEST_CASE("a remembered move starts between its evaluation and its entry", "[search][remember]") {
  SearchParams params = test::visits_params(400);
  params.use_eval_cache = true;
  params.eval_cache_min_visits = 20;
  const auto cache = std::make_shared<EvalCache>();
  test::FakeEngine engine(params);
  engine->set_eval_cache(cache);
  engine->search({});
  const SearchReport before = engine.report();
  // A fresh tree in which only the best move may be played, stopped after its first visit.
  AvoidLists lists;
  lists.black.assign(kLocCount, 1);
  lists.black[static_cast<std::size_t>(before.moves.at(0).move)] = 0;
  engine->set_avoid_lists(lists);
  SearchLimits limits;
  limits.search_factor = 2.0 / 400;
  engine->search(limits);
  const SearchReport after = engine.report();
  REQUIRE(after.moves.size() == 1);
  const MoveReport& m = after.moves[0];
  const MoveReport* known = find_move(before, m.move);
  REQUIRE(known != nullptr);
  REQUIRE(known->visits >= 20);
  REQUIRE(m.visits == 1);

  // The same move without memory.
  params.use_eval_cache = false;
  params.max_visits = 2;
  test::FakeEngine plain(params);
  plain->set_avoid_lists(lists);
  plain->search({});
  const double raw = plain.report().moves.at(0).win_loss;

  EvalCacheEntry entry;
  entry.weight = static_cast<float>(known->visits);
  const double share = remembered_share(entry, 1, 20);
  CHECK(share > 0.5);
  CHECK(std::abs(known->win_loss - raw) > 1e-3);
  CHECK(m.win_loss == Approx(raw + share * (known->win_loss - raw)).epsilon(1e-5));
}

TEST_CASE("without graph search nothing is remembered", "[search][remember]") {
  SearchParams params = test::visits_params(200);
  params.eval_cache_min_visits = 10;
  params.use_eval_cache = true;
  params.use_graph_search = false;
  CHECK(search_with(params, std::make_shared<EvalCache>()).cache_bytes == 0);
  params.use_graph_search = true;
  params.use_eval_cache = false;
  CHECK(search_with(params, std::make_shared<EvalCache>()).cache_bytes == 0);
}

}  // namespace hayago::search
