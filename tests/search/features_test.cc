// Worked examples of spec/04 section 13 and the layout of the input buffers.
#include <catch2/catch.hpp>
#include <vector>

#include "search/features/features.h"
#include "search/features/metadata.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;
using hayago::test::board_from;
using hayago::test::game;
using hayago::test::make_moves;
using hayago::test::rules_from;

namespace {

struct Inputs {
  int planes, nn_x;
  std::vector<float> spatial, global;

  Inputs(const GameState& state, const NnInputParams& params = {}, int version = 7, int size = 0)
      : planes(feature_planes(version)) {
    nn_x = size > 0 ? size : state.board().x_size();
    const int nn_y = size > 0 ? size : state.board().y_size();
    // Filled with a wrong value: everything must be written.
    spatial.assign(static_cast<std::size_t>(nn_x * nn_y * planes), 77.0f);
    global.assign(static_cast<std::size_t>(feature_globals(version)), 77.0f);
    fill_features(version, state, params, nn_x, nn_y, spatial.data(), global.data());
    check_bits(version, state, params, nn_y);
  }

  // The planes as bits are the same, and so are the globals.
  void check_bits(int version, const GameState& state, const NnInputParams& params,
                  int nn_y) const {
    std::vector<std::uint32_t> words(static_cast<std::size_t>(nn_x * nn_y), ~0u);
    std::vector<float> globals(global.size(), 77.0f);
    fill_features(version, state, params, nn_x, nn_y, words.data(), globals.data());
    CHECK(globals == global);
    std::vector<float> expanded;
    for (const std::uint32_t word : words) {
      for (int c = 0; c < planes; c++) expanded.push_back(static_cast<float>(word >> c & 1u));
      CHECK(word >> planes == 0);
    }
    CHECK(expanded == spatial);
  }

  std::vector<int> plane(int c) const {
    std::vector<int> out;
    for (std::size_t i = 0; i * static_cast<std::size_t>(planes) < spatial.size(); i++) {
      const float v = spatial[i * static_cast<std::size_t>(planes) + static_cast<std::size_t>(c)];
      REQUIRE((v == 0 || v == 1));
      if (v == 1) out.push_back(static_cast<int>(i));
    }
    return out;
  }
  float g(std::size_t i) const { return global.at(i); }
  std::vector<float> passes() const { return {global.begin(), global.begin() + 5}; }
};

using Points = std::vector<int>;
using Globals = std::vector<float>;

}  // namespace

TEST_CASE("sizes of the input versions", "[features]") {
  CHECK(feature_planes(7) == 22);
  CHECK(feature_globals(7) == 19);
  CHECK(feature_planes(5) == 13);
  CHECK(feature_globals(5) == 12);
  CHECK(feature_globals(6) == 16);
  CHECK(feature_globals(3) == 14);
  CHECK_THROWS_AS(feature_planes(2), std::invalid_argument);
  CHECK_THROWS_AS(feature_globals(8), std::invalid_argument);
  std::vector<float> spatial(22 * 64), global(19);
  CHECK_THROWS_AS(fill_features(7, game(9, 9, "chinese"), {}, 8, 8, spatial.data(), global.data()),
                  std::invalid_argument);
}

TEST_CASE("a small board sits in the corner of a large buffer", "[features]") {
  const GameState state = game(3, 2, "chinese", "B C1");
  for (int version = 3; version <= 7; version++) {
    const Inputs in(state, {}, version, 5);
    CHECK(in.plane(0) == Points{0, 1, 2, 5, 6, 7});
    CHECK(in.plane(1).empty());
    CHECK(in.plane(2) == Points{7});
  }
}

TEST_CASE("komi and parity", "[features]") {
  struct Case {
    int size;
    float komi;
    double draw;
    float white_komi, white_wave;
  };
  const Case cases[] = {{9, 6, 0.5, 0.300000012f, 0},
                        {9, 6.5f, 0.5, 0.324999988f, -0.5f},
                        {9, 7, 0.5, 0.349999994f, 0},
                        {9, 7.5f, 0.5, 0.375f, 0.5f},
                        {9, 7, 0.75, 0.362500012f, 0.25f},
                        {9, 6, 0.3, 0.290000021f, 0.199999809f},
                        {8, 6.5f, 0.5, 0.324999988f, 0.5f},
                        {8, 7, 0.75, 0.362500012f, -0.25f},
                        {8, 8, 0.62, 0.405999988f, 0.119999886f}};
  for (const Case& c : cases) {
    INFO(c.size << " " << c.komi << " " << c.draw);
    Rules rules = rules_from("koSIMPLEscoreAREAtaxNONEsui0");
    rules.komi = c.komi;
    NnInputParams params;
    params.draw_equivalent_wins_for_white = c.draw;
    const Inputs white(GameState(Board(c.size, c.size), Color::kWhite, rules), params);
    const Inputs black(GameState(Board(c.size, c.size), Color::kBlack, rules), params);
    CHECK(white.g(5) == c.white_komi);
    CHECK(white.g(18) == c.white_wave);
    CHECK(black.g(5) == -c.white_komi);
    CHECK(black.g(18) == -c.white_wave);
  }
  Rules rules = rules_from("koSIMPLEscoreAREA");
  rules.komi = 300;
  const GameState clipped(Board(9, 9), Color::kWhite, rules);
  CHECK(Inputs(clipped).g(5) == 5.05000019f);
  CHECK(Inputs(clipped, {}, 6).g(5) == 4.0999999f);
  for (int version : {3, 4, 5}) CHECK(Inputs(clipped, {}, version).g(5) == 5.4666667f);
}

TEST_CASE("button inputs", "[features]") {
  GameState state = game(3, 3, "koSITUATIONALscoreAREAtaxNONEbutton1komi7", "B B2");
  struct Row {
    const char* move;
    Globals passes;
    float komi, ends, button, wave;
  };
  const Row rows[] = {{"", {0, 0, 0, 0, 0}, 0.349999994f, 0, 1, 0},
                      {"W pass", {1, 0, 0, 0, 0}, -0.375f, 0, 0, -0.5f},
                      {"B pass", {1, 1, 0, 0, 0}, 0.375f, 1, 0, 0.5f},
                      {"W pass", {1, 0, 0, 0, 0}, -0.375f, 1, 0, -0.5f}};
  for (const Row& row : rows) {
    make_moves(state, row.move);
    const Inputs in(state);
    CHECK(in.passes() == row.passes);
    CHECK(in.g(5) == row.komi);
    CHECK(in.g(14) == row.ends);
    CHECK(in.g(17) == row.button);
    CHECK(in.g(18) == row.wave);
  }
}

TEST_CASE("history is hidden before a pass that would not end the game", "[features]") {
  const auto state = [](const std::string& rules) { return game(5, 5, rules, "B C3 W pass"); };
  const auto hidden = [](const Inputs& in) {
    for (int plane = 9; plane <= 13; plane++) {
      if (!in.plane(plane).empty()) return false;
    }
    return in.g(0) == 0 && in.g(14) == 0;
  };
  const auto shown = [](const Inputs& in) {
    return in.g(0) == 1 && in.g(14) == 1 && in.plane(10) == Points{12};
  };
  const std::string strict = "koSIMPLEscoreAREAtaxNONEsui0whbNfpok0komi";
  NnInputParams conservative, hacks;
  conservative.conservative_pass_and_is_root = true;
  hacks.enable_passing_hacks = true;
  CHECK(hidden(Inputs(state("chinese"))));
  CHECK(shown(Inputs(state(strict + "7.5"))));
  CHECK(hidden(Inputs(state(strict + "7.5"), conservative)));
  CHECK(shown(Inputs(state(strict + "7.5"), hacks)));
  CHECK(hidden(Inputs(state(strict + "30"), hacks)));
  CHECK(shown(Inputs(state(strict + "0"), hacks)));
  NnInputParams no_history;
  no_history.max_history = 0;
  const Inputs in(state(strict + "7.5"), no_history);
  CHECK(in.g(0) == 0);
  CHECK(in.g(14) == 1);
}

TEST_CASE("phases and the window", "[features]") {
  struct Row {
    const char* moves;
    bool prevent;
    Globals passes;
    float komi, phase1, phase2, ends, wave;
  };
  const std::string start = "B C3 W D3 ";
  const Row rows[] = {
      {"", true, {0, 0, 0, 0, 0}, -0.324999988f, 0, 0, 0, 0},
      {"B pass W pass", false, {0, 0, 0, 0, 0}, -0.324999988f, 1, 0, 0, 0},
      {"B pass W pass", true, {1, 0, 0, 0, 0}, -0.324999988f, 0, 0, 1, 0},
      {"B pass W pass B pass W pass", false, {0, 0, 0, 0, 0}, -0.324999988f, 1, 1, 0, 0.5f},
      {"B pass W pass B pass W pass B C4", false, {0, 0, 0, 0, 0}, 0.324999988f, 1, 1, 0, -0.5f},
      {"B pass W pass B pass W pass B C4", true, {0, 1, 0, 0, 0}, 0.375f, 0, 0, 0, 0}};
  for (const Row& row : rows) {
    INFO(row.moves << " prevent " << row.prevent);
    const Inputs in(game(5, 5, "japanese", start + row.moves, row.prevent));
    CHECK(in.passes() == row.passes);
    CHECK(in.g(5) == row.komi);
    CHECK(in.g(12) == row.phase1);
    CHECK(in.g(13) == row.phase2);
    CHECK(in.g(14) == row.ends);
    CHECK(in.g(18) == row.wave);
  }
}

TEST_CASE("ladders", "[features]") {
  const auto inputs = [](const std::string& stones, Player to_move) {
    const GameState setup = game(9, 9, "chinese", stones);
    return Inputs(GameState(setup.board(), to_move, rules_from("chinese")));
  };
  const std::string base = "B C6 B D7 W D6 ";
  const Inputs black = inputs(base + "B E7", Color::kBlack);
  CHECK(black.plane(14) == Points{30});
  CHECK(black.plane(15) == Points{30});
  CHECK(black.plane(16) == Points{30});
  CHECK(black.plane(17) == Points{39});
  const Inputs white = inputs(base + "B E7", Color::kWhite);
  CHECK(white.plane(14) == Points{30});
  CHECK(white.plane(17).empty());
  for (const char* breaker : {" W G3", " W F4"}) {
    CHECK(inputs(base + "B E7" + breaker, Color::kBlack).plane(14).empty());
    CHECK(inputs(base + "B E7" + breaker, Color::kBlack).plane(17).empty());
  }
  CHECK(inputs(base, Color::kBlack).plane(14).empty());
  const Inputs other = inputs(base + "B C5", Color::kBlack);
  CHECK(other.plane(14) == Points{30});
  CHECK(other.plane(17) == Points{31});
}

TEST_CASE("metadata of human players", "[features][metadata]") {
  // Differences of the C library's log, cos and sin: some units in the last place.
  const auto close = [](float v) { return Approx(v).epsilon(5e-7); };
  const auto ranked = parse_human_profile("rank_5k_3d");
  REQUIRE(ranked);
  CHECK(ranked->name == "rank_5k_3d");
  std::vector<float> row(kMetadataSize, 77.0f);
  fill_metadata(*ranked, Color::kWhite, 361, row.data());
  CHECK((row[0] == 1 && row[1] == 1 && row[2] == 0 && row[5] == 0));
  CHECK(std::count(row.begin() + 6, row.begin() + 40, 1.0f) == 7);
  CHECK((row[12] == 1 && row[13] == 0));
  CHECK(std::count(row.begin() + 40, row.begin() + 74, 1.0f) == 14);
  CHECK((row[53] == 1 && row[54] == 0 && row[74] == 0.5f && row[79] == 1));
  CHECK(row[82] == close(0.255546808f));
  CHECK(row[83] == close(0.130196154f));
  CHECK(row[84] == close(0.222955078f));
  CHECK(row[85] == close(-0.201713204f));
  CHECK(row[86] == 0);
  CHECK(row[87] == close(-0.90096885f));
  CHECK(row[88] == close(0.433883727f));
  CHECK(row[90] == close(0.0699182153f));
  CHECK(row[153] == 1);
  CHECK(std::count(row.begin() + 151, row.end(), 0.0f) == 40);

  const auto pro = parse_human_profile("proyear_1985");
  REQUIRE(pro);
  fill_metadata(*pro, Color::kBlack, 361, row.data());
  CHECK((row[6] == 1 && row[7] == 0 && row[40] == 1 && row[75] == 1 && row[74] == 0));
  CHECK(row[82] == close(-0.962262154f));
  CHECK(row[84] == close(-0.403426409f));
  CHECK(row[150] == close(0.0631264523f));
  CHECK(row[156] == 1);
}

TEST_CASE("profile names", "[features][metadata]") {
  for (const char* good : {"rank_9d", "rank_20k", "preaz_1d_1k", "proyear_1800", "proyear_2023"}) {
    INFO(good);
    CHECK(parse_human_profile(good));
  }
  CHECK(parse_human_profile("proyear_2021")->source == 6);
  CHECK(parse_human_profile("proyear_2020")->source == 5);
  for (const char* bad :
       {"", "_", "rank_", "rank_10d", "rank_0k", "rank_21k", "rank_5D", "rank_5k_", "rank_5k_3d_1d",
        "rank_05k", "preaz", "proyear_1799", "proyear_2024", "proyear_19850", "proyear_", "RANK_5k",
        "rank_-5k", "rank_+5k"}) {
    INFO(bad);
    CHECK(!parse_human_profile(bad));
  }
}
