#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/search/search_fixture.h"

namespace hayago::test {
namespace {

using namespace hayago::search;

std::int64_t edge_visits(const SearchReport& report) {
  std::int64_t sum = 0;
  for (const MoveReport& m : report.moves) sum += m.edge_visits;
  return sum;
}

void check_same(const SearchReport& a, const SearchReport& b) {
  REQUIRE(a.moves.size() == b.moves.size());
  CHECK(a.root.visits == b.root.visits);
  CHECK(a.root.utility == b.root.utility);
  for (std::size_t i = 0; i < a.moves.size(); ++i) {
    CHECK(a.moves[i].move == b.moves[i].move);
    CHECK(a.moves[i].edge_visits == b.moves[i].edge_visits);
    CHECK(a.moves[i].utility == b.moves[i].utility);
    CHECK(a.moves[i].pv == b.moves[i].pv);
  }
}

}  // namespace

TEST_CASE("a search does what it was asked for", "[search][engine]") {
  const int threads = GENERATE(1, 4);
  const bool graph = GENERATE(true, false);
  SearchParams params = visits_params(300, threads);
  params.use_graph_search = graph;
  FakeEngine engine(params);
  engine->search({});
  const SearchReport report = engine.report();
  CHECK(report.root.visits == 300);
  CHECK(engine->stats().playouts == 300);
  CHECK(edge_visits(report) == 299);
  CHECK(engine->choose_move() != kNullLoc);
  CHECK_FALSE(engine->is_searching());
  for (const MoveReport& m : report.moves) {
    CHECK(m.edge_visits <= m.visits);
    CHECK(std::abs(m.utility) <= params.utility_radius());
    CHECK(m.pv.front() == m.move);
    CHECK(m.pv.size() == m.pv_visits.size());
  }
}

TEST_CASE("one visit evaluates the root only", "[search][engine]") {
  FakeEngine engine(visits_params(1));
  SearchReport report;
  CHECK_FALSE(engine->report({}, report));
  engine->search({});
  REQUIRE(engine->report({}, report));
  CHECK(report.root.visits == 1);
  CHECK(report.moves.empty());
  CHECK(engine->choose_move() != kNullLoc);  // by policy
}

TEST_CASE("one thread gives the same result every time", "[search][engine]") {
  for (const int version : {8, 15}) {
    FakeEngine a(visits_params(400), 9, version), b(visits_params(400), 9, version);
    a->search({});
    b->search({});
    check_same(a.report(), b.report());
  }
}

TEST_CASE("a search in two halves equals one", "[search][engine]") {
  SearchParams params = visits_params(200);
  // Otherwise the score centre moves between the searches (spec/05 section 20).
  params.dynamic_score_utility_factor = 0;
  params.subtree_value_bias_factor = 0;
  FakeEngine halves(params), whole(params);
  halves->search({});
  params.max_visits = 400;
  halves->set_params_keep_tree(params);
  halves->search({});
  CHECK(halves->stats().playouts == 200);
  whole->set_params(params);
  whole->search({});
  check_same(halves.report(), whole.report());
}

TEST_CASE("the subtree of the played move is kept", "[search][engine]") {
  FakeEngine engine(visits_params(300));
  engine->search({});
  const MoveReport best = engine.report().moves.front();
  REQUIRE(engine->make_move(best.move, Color::kBlack, true));
  SearchReport none;
  CHECK_FALSE(engine->report({}, none));  // what was found belongs to the position before
  engine->search({});
  CHECK(engine.report().root.visits == 300);
  CHECK(engine->stats().playouts == 300 - best.visits);
  CHECK(edge_visits(engine.report()) == 299);
}

TEST_CASE("the tree is dropped where its values do not hold", "[search][engine]") {
  FakeEngine engine(visits_params(100));
  engine->search({});
  SECTION("other komi") { engine->set_komi(5.5f); }
  SECTION("other parameters") {
    SearchParams params = engine->params();
    params.cpuct_exploration = 2;
    engine->set_params(params);
  }
  SECTION("other player") { engine->set_player_to_move(Color::kWhite); }
  SECTION("ownership wanted") { engine->set_always_include_ownership(true); }
  SECTION("cleared") { engine->clear_tree(); }
  engine->search({});
  CHECK(engine->stats().playouts == 100);
}

TEST_CASE("illegal moves are refused, the position stays", "[search][engine]") {
  FakeEngine engine(visits_params(10));
  const Loc l = engine->state().board().loc(4, 4);
  CHECK(engine->make_move(l, Color::kBlack, true));
  CHECK_FALSE(engine->make_move(l, Color::kWhite, true));
  CHECK(engine->state().moves().size() == 1);
  CHECK(engine->make_move(engine->state().board().loc(2, 2), Color::kBlack, true));  // out of turn
  CHECK(engine->state().moves().size() == 1);
}

TEST_CASE("avoided moves are not searched at the root", "[search][engine]") {
  FakeEngine engine(visits_params(200));
  engine->search({});
  const Loc best = engine.report().moves.front().move;
  AvoidLists lists;
  lists.black.assign(kLocCount, 0);
  SECTION("one move") {
    lists.black[static_cast<std::size_t>(best)] = 1;
    engine->set_avoid_lists(lists);
    engine->search({});
    CHECK(engine->stats().playouts == 200);
    for (const MoveReport& m : engine.report().moves) CHECK(m.move != best);
  }
  SECTION("all but one") {
    lists.black.assign(kLocCount, 1);
    lists.black[static_cast<std::size_t>(best)] = 0;
    engine->set_avoid_lists(lists);
    engine->search({});
    REQUIRE(engine.report().moves.size() == 1);
    CHECK(engine.report().moves.front().move == best);
  }
  SECTION("all") {
    lists.black.assign(kLocCount, 1);
    engine->set_avoid_lists(lists);
    engine->search({});
    CHECK(engine.report().moves.empty());
    CHECK(engine.report().root.visits == 200);
  }
}

TEST_CASE("a running search can be watched and stopped", "[search][engine]") {
  const int threads = GENERATE(1, 3);
  FakeEngine engine(visits_params(std::int64_t{1} << 50, threads));
  std::atomic<int> reports{0}, dones{0};
  engine->start(
      {}, 0.01, 0.01, [&] { ++reports; }, [&] { ++dones; });
  CHECK(engine->is_searching());
  SearchReport report;
  for (int i = 0; i < 2000 && reports < 3; ++i) {
    engine->report({}, report);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(reports >= 3);
  CHECK(dones == 0);
  engine->stop_and_wait();
  CHECK(dones == 1);
  CHECK_FALSE(engine->is_searching());
  const int after = reports;
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(reports == after);
  CHECK(engine.report().root.visits > 2);
}

TEST_CASE("a stopped search still knows its root", "[search][engine]") {
  FakeEngine engine(visits_params(1000));
  for (int i = 0; i < 20; ++i) {
    engine->clear_tree();
    engine->start({});
    engine->stop_and_wait();
    CHECK(engine.report().root.visits >= 1);
  }
}

TEST_CASE("pondering goes on with the tree and has its own limits", "[search][engine]") {
  SearchParams params = visits_params(100);
  params.max_visits_pondering = 400;
  FakeEngine engine(params);
  engine->search({});
  const Loc move = engine->choose_move();
  REQUIRE(engine->make_move(move, Color::kBlack, true));
  SearchLimits limits;
  limits.pondering = true;
  engine->search(limits);
  CHECK(engine.report().root.visits == 400);
  const Loc reply = engine.report().moves.front().move;
  const std::int64_t kept = engine.report().moves.front().visits;
  REQUIRE(engine->make_move(reply, Color::kWhite, true));
  engine->search({});
  CHECK(engine.report().root.visits == std::max<std::int64_t>(kept, 100));
}

TEST_CASE("time ends a search", "[search][engine]") {
  SearchParams params;
  params.max_time = 0.05;
  FakeEngine engine(params);
  const auto start = std::chrono::steady_clock::now();
  engine->search({});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CHECK(seconds.count() >= 0.04);
  CHECK(seconds.count() < 5);  // generous: the machine may be busy
}

TEST_CASE("the memory cap holds", "[search][engine][slow]") {
  SearchParams params;
  params.max_tree_memory_mb = 16;
  params.num_search_threads = 2;
  params.max_visits = 100'000;  // several times what fits
  FakeEngine engine(params, 19);
  const double cap = 16.0 * 1024 * 1024;
  double most = 0;
  const auto watch = [&] {
    most = std::max(most, static_cast<double>(engine.evaluator->account().bytes() +
                                              engine.evaluator->cache_overhead_bytes()));
  };
  engine->start({}, 0.001, 0.001, watch);
  engine->wait();
  CHECK(most < 1.02 * cap);
  CHECK(most > 0.9 * cap);  // and is used
  CHECK(engine->stats().playouts == 100'000);
  CHECK(engine->stats().prunings > 0);
  CHECK(engine->stats().tree_nodes < 50'000);
  // Nothing is forgotten at the root.
  const SearchReport report = engine.report();
  CHECK(report.root.visits == 100'000);
  CHECK(edge_visits(report) == 99'999);
  const Loc move = engine->choose_move();
  REQUIRE(move != kNullLoc);
  engine->make_move(move, Color::kBlack, true);
  engine->search({});
  CHECK(engine->stats().playouts > 100);
}

TEST_CASE("a cap below the smallest tree ends the search with a message", "[search][engine]") {
  SearchParams params;
  params.max_tree_memory_mb = 1;
  params.num_search_threads = 1;
  FakeEngine engine(params, 19);
  // Results that live elsewhere count: a tree of another engine on the same evaluator.
  Engine neighbour(visits_params(4000), engine.evaluator.get(), nullptr, "neighbour");
  neighbour.set_position(GameState(Board(19, 19), Color::kBlack, Rules{}));
  neighbour.search({});
  engine->search({});
  REQUIRE(engine.log.size() == 1);
  CHECK_THAT(engine.log[0], Catch::Contains("maxTreeMemoryMB"));
}

TEST_CASE("threads, moves and stops in any order keep the tree in order",
          "[search][engine][slow]") {
  SearchParams params = visits_params(1500, 8);
  params.num_virtual_losses_per_thread = 2;
  FakeEngine engine(params, 7);
  for (int game = 0; game < 3; ++game) {
    engine->set_position(GameState(Board(7, 7), Color::kBlack, Rules{}));
    for (int i = 0; i < 12 && !engine->state().is_finished(); ++i) {
      if (i % 3 == 2) {
        engine->start({});
        SearchReport report;
        for (int k = 0; k < 20; ++k) engine->report({}, report);
        engine->stop_and_wait();
      } else {
        engine->search({});
        CHECK(engine.report().root.visits == 1500);
        CHECK(edge_visits(engine.report()) == 1499);
      }
      const Loc move = engine->choose_move();
      REQUIRE(move != kNullLoc);
      REQUIRE(engine->make_move(move, engine->state().next_player(), true));
    }
  }
}

}  // namespace hayago::test
