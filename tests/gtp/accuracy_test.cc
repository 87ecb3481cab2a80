// Positions for calibration and comparison: where they are from, who judges, what is left out.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "gtp/accuracy/accuracy.h"
#include "gtp/accuracy/held_out.h"
#include "gtp/accuracy/positions.h"
#include "gtp/accuracy/selfplay.h"
#include "nn/model/tensor_model.h"
#include "nn/model/write.h"
#include "tests/support/game_records.h"
#include "tests/support/process.h"

namespace hayago::test {
namespace {

using gtp::Accuracy;
using gtp::PositionOptions;
using gtp::PositionSet;
using gtp::PositionSets;

std::set<std::string> names(const PositionSet& set) {
  std::set<std::string> result;
  for (const auto& game : set.games) result.insert(game.name);
  return result;
}

PositionOptions small_options() {
  PositionOptions options;
  options.size = 9;
  options.calibrate = 6;
  options.evaluate = 8;
  options.every_moves = 6;
  return options;
}

nn::NetOutput output(std::vector<float> policy, double win, double lead) {
  nn::NetOutput out;
  out.policy = std::move(policy);
  out.white_win = static_cast<float>(win);
  out.white_loss = static_cast<float>(1 - win);
  out.white_lead = static_cast<float>(lead);
  return out;
}

}  // namespace

TEST_CASE("accuracy: no game calibrates and judges", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 12, 9);
  const PositionSets sets = gtp::read_positions({folder.path()}, small_options());
  CHECK(sets.calibrate.size() == 6);
  CHECK(sets.evaluate.size() == 8);
  CHECK(sets.calibrate.games.size() == 4);  // a third, all of which serve
  const auto first = names(sets.calibrate), second = names(sets.evaluate);
  CHECK(first.size() == 4);
  CHECK(second.size() >= 2);
  for (const auto& game : first) CHECK(second.count(game) == 0);
  for (const PositionSet* set : {&sets.calibrate, &sets.evaluate}) {
    REQUIRE(set->origins.size() == set->size());
    for (std::size_t i = 0; i < set->size(); ++i) {
      CHECK(static_cast<int>(set->states[i].moves().size()) == set->origins[i].move);
      CHECK(set->origins[i].game < static_cast<int>(set->games.size()));
    }
  }

  // The seed decides, not the folder's order.
  const PositionSets again = gtp::read_positions({folder.path()}, small_options());
  CHECK(names(again.calibrate) == first);
  std::set<std::set<std::string>> by_seed;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    PositionOptions options = small_options();
    options.seed = seed;
    by_seed.insert(names(gtp::read_positions({folder.path()}, options).calibrate));
  }
  CHECK(by_seed.size() > 1);
}

TEST_CASE("accuracy: both colours are to move in positions of records", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 12, 9);
  PositionOptions options = small_options();
  options.evaluate = 1000;
  const PositionSets sets = gtp::read_evaluation_positions({folder.path()}, options);
  int black = 0;
  for (const auto& state : sets.evaluate.states) {
    black += state.next_player() == search::Color::kBlack ? 1 : 0;
  }
  CHECK(black > 0);
  CHECK(black < static_cast<int>(sets.evaluate.size()));
}

TEST_CASE("accuracy: records that do not serve are left out or named", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 9, 9);
  folder.write("h1.sgf", filling_record(0, 13, 20));
  folder.write("h2.sgf", "this is no record");
  folder.write("copy.sgf", filling_record(3, 9, 24));
  folder.write("notes.txt", "neither is this");
  PositionOptions options = small_options();
  options.calibrate = options.evaluate = 1000;
  const PositionSets sets = gtp::read_positions({folder.path()}, options);
  CHECK(sets.other_sizes == 1);
  CHECK(sets.duplicates == 1);
  REQUIRE(sets.warnings.size() == 1);
  CHECK(sets.warnings[0].find("h2.sgf") != std::string::npos);
  CHECK(sets.calibrate.games.size() + sets.evaluate.games.size() == 9);
  options.size = 0;
  const PositionSets all = gtp::read_positions({folder.path()}, options);
  CHECK(all.other_sizes == 0);
  CHECK(all.calibrate.games.size() + all.evaluate.games.size() == 10);
  CHECK_THROWS_WITH(gtp::read_positions({folder.path() + "/none"}, options),
                    Catch::Contains("none: no such file or folder"));
  options.size = 5;
  CHECK_THROWS_WITH(gtp::read_positions({folder.path()}, options),
                    Catch::Contains("no position to calibrate with"));
  CHECK_THROWS_WITH(gtp::read_evaluation_positions({folder.path()}, options),
                    Catch::Contains("no position to compare with"));
}

TEST_CASE("accuracy: games of their own judge, but none that calibrated", "[accuracy]") {
  const TempDir first, second;
  write_filling_records(first, 4, 9);
  write_filling_records(second, 8, 9);  // the first four are copies
  PositionOptions options = small_options();
  options.calibrate = options.evaluate = 1000;
  const PositionSets sets = gtp::read_positions({first.path()}, options, {second.path()});
  CHECK(sets.calibrate.games.size() == 4);
  CHECK(sets.evaluate.games.size() == 4);
  CHECK(sets.duplicates == 4);
}

TEST_CASE("accuracy: positions that calibrate are spread over games and moves", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 12, 9);
  PositionOptions options = small_options();
  options.one_sided_every = 0;
  options.evaluate = 0;
  options.calibrate = 90;
  const auto calibrating = [&] {
    return gtp::read_positions({folder.path()}, options, {folder.path()}).calibrate;
  };
  const PositionSet set = calibrating();
  CHECK(set.size() == 90);
  std::map<int, std::set<int>> moves;  // by game
  for (const auto& origin : set.origins) {
    CHECK(moves[origin.game].insert(origin.move).second);
  }
  CHECK(moves.size() == 12);
  int first = 24, last = 0;
  for (const auto& [game, turns] : moves) {
    CHECK(turns.size() >= 7);
    CHECK(turns.size() <= 8);
    first = std::min(first, *turns.begin());
    last = std::max(last, *turns.rbegin());
  }
  CHECK(first < 4);
  CHECK(last == 24);

  // Fewer positions than games: one of each that serves.
  options.calibrate = 5;
  CHECK(calibrating().games.size() == 5);
  // More than there are: all of them, each once.
  options.calibrate = 1000;
  CHECK(calibrating().size() == 12 * 25);
}

TEST_CASE("accuracy: one in so many positions that calibrate is one-sided", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 6, 9);
  PositionOptions options = small_options();
  options.calibrate = 120;
  const auto with_passes = [&](int one_sided_every) {
    options.one_sided_every = one_sided_every;
    const PositionSet set =
        gtp::read_positions({folder.path()}, options, {folder.path()}).calibrate;
    int count = 0;
    for (const auto& state : set.states) {
      std::set<search::Player> who;
      for (const search::Move& move : state.moves()) {
        if (move.loc == search::kPassLoc) who.insert(move.player);
      }
      CHECK(who.size() <= 1);
      CHECK_FALSE(state.is_finished());
      count += static_cast<int>(who.size());
    }
    return count;
  };
  CHECK(with_passes(0) == 0);
  const int some = with_passes(4), many = with_passes(2);
  CHECK(some > 10);  // not all of the 30: the pass may have been still to come
  CHECK(some <= 30);
  CHECK(many > some);
  CHECK(many <= 60);
}

TEST_CASE("accuracy: positions that calibrate are turned, those that judge are not", "[accuracy]") {
  const TempDir folder;
  write_filling_records(folder, 16, 9);
  PositionOptions options = small_options();
  options.calibrate = options.evaluate = 1000;
  const auto starts_on_top = [](const search::GameState& state) {
    const search::Move move = state.moves().front();
    return state.board().y_of(move.loc) <= 1;
  };
  options.one_sided_every = 0;
  const PositionSets sets = gtp::read_positions({folder.path()}, options);
  int turned = 0;
  for (const auto& state : sets.calibrate.states) {
    turned += state.moves().empty() || starts_on_top(state) ? 0 : 1;
  }
  CHECK(turned > 0);
  for (const auto& state : sets.evaluate.states) CHECK(starts_on_top(state));
}

TEST_CASE("accuracy: queries and position lines are games", "[accuracy]") {
  const TempDir folder;
  const std::string moves = R"("moves":[["B","E5"],["W","C3"],["B","G7"],["W","C7"]])";
  const std::string size = R"("boardXSize":9,"boardYSize":9)";
  const std::string file = folder.write(
      "queries.jsonl", "{\"id\":\"a\"," + size + "," + moves +
                           ",\"analyzeTurns\":[0,2,4],\"rules\":\"chinese\"}\n" + "{\"id\":\"b\"," +
                           size +
                           ",\"rules\":\"chinese\",\"moves\":[[\"B\",\"E5\"],[\"W\",\"C3\"]]}\n" +
                           "{\"id\":\"stop\",\"action\":\"terminate_all\"}\n\n" + "{\"id\":\"c\"," +
                           size + ",\"moves\":[[\"B\",\"Z9\"]]}\n" + "no json\n" + "{\"id\":7," +
                           size + ",\"rules\":\"japanese\",\"moves\":[[\"B\",\"D4\"]]}\n" +
                           "{\"id\":8,\"boardXSize\":-1}\n");
  PositionOptions options = small_options();
  options.evaluate = 100;
  const PositionSets sets = gtp::read_evaluation_positions({file}, options);
  // a and b are the same game, of which b asks for a position on the way.
  REQUIRE(sets.evaluate.games.size() == 2);
  CHECK(sets.evaluate.size() == 5);
  REQUIRE(sets.warnings.size() == 3);
  CHECK(sets.warnings[0].find("queries.jsonl, line 5: moves") != std::string::npos);
  CHECK(sets.warnings[1].find("line 6") != std::string::npos);
  CHECK(sets.warnings[2].find("line 8: field 'boardXSize'") != std::string::npos);
  std::multiset<int> turns;
  for (const auto& origin : sets.evaluate.origins) turns.insert(origin.move);
  CHECK(turns == std::multiset<int>{0, 1, 2, 2, 4});
  const std::string empty = folder.write("empty.jsonl", "\n");
  CHECK_THROWS_WITH(gtp::read_evaluation_positions({empty}, options),
                    Catch::Contains("no position to compare with: 0 games"));
}

TEST_CASE("accuracy: a file of many bad lines names the first ones", "[accuracy]") {
  const TempDir folder;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "{\n";
  text += R"({"id":"a","boardXSize":9,"boardYSize":9,"rules":"chinese","moves":[]})";
  const PositionSets sets =
      gtp::read_evaluation_positions({folder.write("bad.jsonl", text)}, small_options());
  CHECK(sets.evaluate.size() == 1);
  REQUIRE(sets.warnings.size() == 21);
  CHECK(sets.warnings.back().find("30 further lines") != std::string::npos);
}

TEST_CASE("accuracy: a game is known by its first moves", "[accuracy]") {
  const search::Board board(19, 19);
  std::vector<search::Move> moves;
  for (int i = 0; i < 100; ++i) {
    moves.push_back(
        {board.loc(i % 19, i / 19), i % 2 == 0 ? search::Color::kBlack : search::Color::kWhite});
  }
  const auto all = gtp::game_hash(board, moves);
  CHECK(gtp::game_hash(board, std::span(moves).first(40)) == all);
  CHECK(gtp::game_hash(board, std::span(moves).first(39)) != all);
  CHECK(gtp::game_hash(search::Board(19, 18), moves) != all);
  search::Board with_stone = board;
  with_stone.set_stone(board.loc(18, 18), search::Color::kBlack);
  CHECK(gtp::game_hash(with_stone, moves) != all);
  std::swap(moves[3], moves[5]);
  CHECK(gtp::game_hash(board, moves) != all);
}

TEST_CASE("accuracy: a quantized file knows the games that calibrated it", "[accuracy]") {
  const TempDir folder;
  nn::SynthOptions options;
  options.arch = "b2c16";
  const nn::ModelDesc model = nn::synth_model(options);
  const std::vector<gtp::SourceGame> games = {{"a", 0xfedcba9876543210ULL}, {"b", 5}, {"c", 5}};
  CHECK(gtp::hash_text(games) == "0000000000000005fedcba9876543210");
  const auto file_with = [&](const std::string& calibration) {
    const std::string path = folder.path() + "/net.safetensors";
    nn::save_tensor_model(model, nn::FloatStorage::kF32, {{"calibration", calibration}}, path);
    return path;
  };
  const auto known =
      gtp::calibration_games(file_with(R"({"game_hashes":"fedcba98765432100000000000000005"})"));
  REQUIRE(known);
  CHECK(gtp::count_known(games, *known) == 3);
  CHECK(gtp::count_known({{"d", 6}}, *known) == 0);
  for (const char* bad :
       {"no json", "[]", "{}", R"({"game_hashes":[1]})", R"({"game_hashes":"5"})",
        R"({"game_hashes":"000000000000000g"})", R"({"game_hashes":"00000000000000005f"})"}) {
    CAPTURE(bad);
    CHECK_FALSE(gtp::calibration_games(file_with(bad)));
  }
  CHECK_FALSE(gtp::calibration_games("net.bin.gz"));
}

TEST_CASE("accuracy: self-play depends on its seed and number alone", "[accuracy]") {
  nn::SynthOptions net;
  net.arch = "b2c16";
  const auto executor = nn::make_cpu_executor(nn::synth_model(net));
  gtp::SelfplayOptions options;
  options.positions = 200;
  options.size = 11;
  options.every_moves = 1000;  // more than any game has
  const auto play = [&] { return gtp::selfplay_positions(*executor, options); };
  const PositionSet first = play(), again = play();
  REQUIRE(first.size() == 200);
  std::set<int> sizes;
  std::set<float> komis;
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first.states[i].moves() == again.states[i].moves());
    CHECK(static_cast<int>(first.states[i].moves().size()) == first.origins[i].move);
    sizes.insert(first.states[i].board().x_size());
    komis.insert(first.states[i].rules().komi);
  }
  CHECK(first.largest_edge() == 11);
  CHECK(sizes.size() > 1);
  CHECK(komis.size() > 2);
  options.first_game = 100'000;
  const PositionSet others = play();
  CHECK(others.states[0].moves() != first.states[0].moves());
  options.first_game = 0;
  options.seed = 2;
  CHECK(play().states[0].moves() != first.states[0].moves());

  PositionSet both = first;
  both.append(others);
  CHECK(both.size() == 400);
  const auto game = static_cast<std::size_t>(both.origins[200].game);
  CHECK(both.games[game].name == others.games[0].name);
}

TEST_CASE("accuracy: differences are what a player would see", "[accuracy]") {
  Accuracy accuracy;
  nn::NetOutput exact = output({0.5f, 0.3f, 0.2f, -1.0f}, 0.6, 2.5);
  exact.ownership = {1, -1, 0.5f, 0};
  accuracy.add(exact, exact);
  CHECK(accuracy.same_best_move() == 1);
  CHECK(accuracy.divergence.quantile(1) == 0);
  nn::NetOutput other = output({0.3f, 0.5f, 0.2f, -1.0f}, 0.57, 1.5);
  other.ownership = {0.7f, -1, 0.2f, 0};  // the last point is off the board
  accuracy.add(exact, other);
  CHECK(accuracy.same_best_move() == 0.5);
  CHECK(accuracy.winrate_points.quantile(1) == Approx(3.0).epsilon(1e-4));
  CHECK(accuracy.winrate_points.mean() == Approx(1.5).epsilon(1e-4));
  CHECK(accuracy.lead_points.quantile(1) == Approx(1.0));
  CHECK(accuracy.ownership.quantile(1) == Approx(0.2));
  CHECK(accuracy.closeness.mean() == Approx(0.6));
  CHECK(accuracy.divergence.quantile(1) ==
        Approx(0.5 * std::log(0.5 / 0.3) + 0.3 * std::log(0.3 / 0.5)).epsilon(1e-4));
  CHECK(accuracy.near_ties == 0);
  CHECK(gtp::accuracy_table(accuracy).find("50.00 % of 2 positions") != std::string::npos);
}

TEST_CASE("accuracy: percentiles by counting", "[accuracy]") {
  gtp::Magnitudes magnitudes;
  CHECK(magnitudes.quantile(0.5) == 0);
  CHECK(magnitudes.mean() == 0);
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) values.push_back((i * 37 % 200) * (i % 2 == 0 ? 1 : -1));
  for (const double value : values) magnitudes.add(value);
  for (const double share : {0.0, 0.5, 0.9, 0.99, 1.0}) {
    const double q = magnitudes.quantile(share);
    const auto at_most =
        std::count_if(values.begin(), values.end(), [&](double v) { return std::abs(v) <= q; });
    const auto below =
        std::count_if(values.begin(), values.end(), [&](double v) { return std::abs(v) < q; });
    CHECK(static_cast<double>(at_most) >= share * 200);
    CHECK(static_cast<double>(below) <= share * 199 + 1);
  }
  CHECK(magnitudes.mean() == Approx(99.5));
}

}  // namespace hayago::test
