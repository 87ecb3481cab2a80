// The worked examples of spec/05.
#include <catch2/catch.hpp>
#include <random>

#include "search/root/choice.h"
#include "search/root/root_policy.h"
#include "search/select/explore.h"
#include "search/tree/graph_key.h"
#include "search/tree/tree.h"
#include "search/update/child_weights.h"
#include "search/update/score_value.h"
#include "search/update/values.h"

namespace hayago::search {
namespace {

// The printed numbers have 9 digits.
Approx near(double x) { return Approx(x).epsilon(2e-8); }

SearchContext context_9x9() {
  SearchContext c;
  c.root_state = GameState(Board(9, 9), Color::kBlack, Rules{});
  c.root_area = 9;
  c.utility_radius = c.params.utility_radius();
  c.score_center = -0.43748713;
  return c;
}

NetOutput example_output() {
  NetOutput output;
  output.white_win = 0.48577777f;
  output.white_loss = 0.51414871f;
  output.white_no_result = 7.36e-5f;
  output.white_score_mean = -0.54685891f;
  output.white_score_mean_sq = 212.73259f;
  return output;
}

}  // namespace

TEST_CASE("utility of an evaluation", "[search][formulas]") {
  const SearchContext c = context_9x9();
  // The inputs have 8 digits.
  CHECK(network_value(c, example_output()).utility == Approx(-0.03104874).epsilon(1e-6));
  CHECK(network_value(c, example_output()).weight == 1);
}

TEST_CASE("expected score values are odd, bounded and monotonic", "[search][formulas]") {
  double last = -1;
  for (double mean = -300; mean <= 300; mean += 7) {
    const double value = expected_score_value(mean, 10, 0, 2, 19);
    CHECK(value > last);
    CHECK(value < 1);
    last = value;
  }
  CHECK(expected_score_value(0, 5, 0, 1, 9) == Approx(0).margin(1e-12));
  CHECK(std::isfinite(expected_score_value(1e30, 1e30, 0, 0.2, 2)));
}

TEST_CASE("selection values of the third playout", "[search][formulas]") {
  SearchContext c = context_9x9();
  NodeStats root;
  root.visits = 2;
  root.weight = 2;
  root.utility = 0.0654711965;
  root.utility_sq = 0.0136025754;
  const double factor = stdev_factor(c.params, root);
  CHECK(factor == near(0.868445575));
  const double fpu =
      first_play_urgency(c, root, example_output(), Color::kBlack, 0.255616665, true);
  CHECK(fpu == Approx(0.0258164092).epsilon(1e-6));
  const double scale = exploration_scale(c.params, 1, factor);
  CHECK(scale == near(0.873561716));
  CHECK(puct_value(scale, 0.255616665, 1, -0.161991132) == near(-0.0503426653));
  CHECK(puct_value(scale, 0.111091688, 0, -fpu) == Approx(0.0712290367).epsilon(1e-6));
}

TEST_CASE("weights of the fourth playout", "[search][formulas]") {
  const SearchParams params;
  std::vector<ChildWeight> children(3);
  const double utilities[] = {-0.161991132, -0.0928823622, -0.0685111767};
  const double priors[] = {0.255616665, 0.111091688, 0.0745811462};
  for (std::size_t i = 0; i < 3; ++i) {
    children[i].self_utility = utilities[i];
    children[i].prior = priors[i];
    children[i].weight = 1;
  }
  CHECK(prune_noise(params, children) == 3);  // every child is better than those before
  weight_by_value(params, children, 3, false);
  CHECK(children[0].weight == near(0.987706078));
  CHECK(children[1].weight == near(1.00345733));
  CHECK(children[2].weight == near(1.00883659));
}

TEST_CASE("noise pruning takes weight from worse moves only", "[search][formulas]") {
  const SearchParams params;
  std::vector<ChildWeight> children(2);
  children[0] = {0.5, 0.4, 10, 1};
  children[1] = {0.2, 0.1, 30, 1};
  const double sum = prune_noise(params, children);
  // fair = 2*10*0.1/0.4 = 5; 25 too much, times 1 - exp(-0.3/0.15)
  CHECK(children[1].weight == Approx(30 - 25 * (1 - std::exp(-2.0))));
  CHECK(sum == Approx(10 + children[1].weight));
}

TEST_CASE("temperature of the chosen move", "[search][formulas]") {
  SearchContext c;
  for (const auto& [turn, temperature] : {std::pair{0, 0.5}, {19, 0.3}, {38, 0.2}}) {
    c.turn_number = turn;
    CHECK(interpolate_by_turn(c, 0.5, 0.1) == Approx(temperature));
  }
}

TEST_CASE("moves are drawn by value and temperature", "[search][formulas]") {
  SearchParams params;
  std::mt19937_64 random(1);
  const std::vector<double> values = {10, 40, 0, 20};
  CHECK(choose_index(params, values, 0, random) == 1);
  std::array<int, 4> counts{};
  for (int i = 0; i < 20000; ++i) ++counts[choose_index(params, values, 0.5, random)];
  // Squares: 1 : 16 : 0 : 4. Five standard deviations of a share are below 0.02.
  CHECK(counts[0] / 20000.0 == Approx(1.0 / 21).margin(0.02));
  CHECK(counts[1] / 20000.0 == Approx(16.0 / 21).margin(0.02));
  CHECK(counts[2] == 0);
}

TEST_CASE("confidence bounds shrink with visits", "[search][formulas]") {
  const SearchContext c = context_9x9();
  EdgeView edge;
  edge.move = kPassLoc;
  const Lcb none = edge_lcb(c, edge, Color::kBlack, false);
  CHECK(none.radius == Approx(2 * 1.4 * 5));
  CHECK(none.bound == -none.radius);
  double last = none.radius;
  for (const int visits : {2, 10, 100, 1000}) {
    edge.stats.visits = visits;
    edge.stats.weight = edge.weight = edge.stats.weight_sq = edge.weight_sq = visits;
    edge.stats.utility = -0.2;
    edge.stats.utility_sq = 0.05;
    const Lcb lcb = edge_lcb(c, edge, Color::kBlack, false);
    CHECK(lcb.radius < last);
    CHECK(lcb.bound == Approx(0.2 - lcb.radius));
    last = lcb.radius;
  }
}

TEST_CASE("graph keys join move orders only behind a big move", "[search][graph]") {
  const auto key_of = [](std::initializer_list<std::pair<int, int>> points, int bound) {
    GameState state(Board(9, 9), Color::kBlack, Rules{});
    for (const auto& [x, y] : points) {
      state.make_move(state.board().loc(x, y), state.next_player());
    }
    return graph_key_of_game(state, bound, 0.5);
  };
  // Same stones, other order. On an open board every move is big.
  CHECK(key_of({{2, 2}, {6, 6}, {2, 6}}, 11) == key_of({{2, 6}, {6, 6}, {2, 2}}, 11));
  // With a bound that no move reaches, the order counts.
  CHECK(key_of({{2, 2}, {6, 6}, {2, 6}}, 1000) != key_of({{2, 6}, {6, 6}, {2, 2}}, 1000));
  CHECK(key_of({{2, 2}}, 11) != key_of({{6, 6}}, 11));
}

TEST_CASE("a move in a small closed region is not big", "[search][graph]") {
  // A wall on the second line encloses the 9 points of the first.
  Board board(9, 9);
  std::vector<Placement> stones;
  for (int x = 0; x < 9; ++x) stones.push_back({board.loc(x, 1), Color::kWhite});
  board.set_stones_tolerant(stones);
  board.play(board.loc(4, 0), Color::kBlack);
  CHECK(ends_repetition_danger(board, board.loc(4, 0), 8));
  CHECK_FALSE(ends_repetition_danger(board, board.loc(4, 0), 9));
  CHECK_FALSE(ends_repetition_danger(board, kPassLoc, 3));
}

TEST_CASE("nodes and edges survive growth of the table", "[search][tree]") {
  MemoryAccount account;
  Tree tree(8, account);
  Node* root = tree.make_root(Color::kBlack, false);
  constexpr int kChildren = 20000;
  for (int i = 0; i < kChildren; ++i) {
    const Hash128 key{mix64(static_cast<std::uint64_t>(i)), static_cast<std::uint64_t>(i)};
    Node* child = tree.find_or_make(key, Color::kWhite, false, nullptr);
    REQUIRE(tree.find_or_make(key, Color::kWhite, false, nullptr) == child);
    REQUIRE(tree.append_edge(*root, i, static_cast<Loc>(i), 0.5f, [&] { return child; }) !=
            nullptr);
    REQUIRE(tree.append_edge(*root, i, static_cast<Loc>(i), 0.5f, [&] { return child; }) ==
            nullptr);
  }
  CHECK(tree.nodes() == kChildren + 1);
  int count = 0;
  root->for_each_edge([&count](Edge& edge) { CHECK(edge.move == count++); });
  CHECK(count == kChildren);
  CHECK(tree.post_order().size() == kChildren + 1);
  std::vector<bool> keep(kChildren, false);
  keep[7] = keep[19999] = true;
  CHECK(tree.filter_root_edges(keep));
  const std::vector<Node*> gone = tree.sweep(0.8);
  CHECK(gone.size() == kChildren - 2);
  tree.destroy(gone);
  CHECK(tree.nodes() == 3);
}

TEST_CASE("folding takes the edges of little visited nodes and keeps their visits",
          "[search][tree]") {
  MemoryAccount account;
  Tree tree(8, account);
  Node* root = tree.make_root(Color::kBlack, false);
  std::uint64_t next_key = 1;
  const auto add_child = [&](Node& parent, std::int64_t visits, double utility) {
    const Hash128 key{mix64(next_key), next_key};
    ++next_key;
    Node* child = tree.find_or_make(key, opponent(parent.next_player), false, nullptr);
    child->update_stats([&](NodeStats& s) {
      s.visits = visits;
      s.weight = s.weight_sq = static_cast<double>(visits);
      s.utility = utility;
    });
    const int index = parent.num_edges();
    tree.append_edge(parent, index, static_cast<Loc>(index), 0.1f, [&] { return child; })
        ->visits.store(visits);
    return child;
  };
  root->update_stats([](NodeStats& s) { s.visits = 1000; });
  Node* busy = add_child(*root, 900, 0);
  Node* quiet = add_child(*root, 6, 0);
  for (int i = 0; i < 30; ++i) add_child(*busy, 29, 0.25);
  add_child(*quiet, 2, 0.5);
  add_child(*quiet, 3, -0.5);
  REQUIRE(tree.nodes() == 35);

  tree.fold(0.05);
  CHECK(quiet->num_edges() == 0);
  CHECK(busy->num_edges() == 30);
  CHECK(root->num_edges() == 2);
  REQUIRE(quiet->has_folded_visits);
  CHECK(tree.folded(*quiet).visits == 5);
  CHECK(tree.folded(*quiet).weight == Approx(5));
  CHECK(tree.folded(*quiet).utility == Approx((2 * 0.5 - 3 * 0.5) / 5));
  CHECK(tree.folded(*busy).weight == 0);
  const std::vector<Node*> gone = tree.sweep(0.8);
  CHECK(gone.size() == 2);
  tree.destroy(gone);

  // Again, after new visits: both parts count.
  add_child(*quiet, 4, 1);
  tree.fold(0.05);
  CHECK(tree.folded(*quiet).visits == 9);
  CHECK(tree.folded(*quiet).utility == Approx((2 * 0.5 - 3 * 0.5 + 4 * 1) / 9));
  tree.destroy(tree.sweep(0.8));
  CHECK(tree.nodes() == 33);
}

}  // namespace hayago::search
