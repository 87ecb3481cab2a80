// Comparisons of networks: numbers against plain computations, and the reports made of them.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <sstream>

#include "gtp/accuracy/net_batch.h"
#include "gtp/compare/board_svg.h"
#include "gtp/compare/charts.h"
#include "gtp/compare/losses.h"
#include "gtp/compare/parallel.h"
#include "gtp/compare/report.h"
#include "gtp/compare/side.h"
#include "gtp/config/config.h"
#include "gtp/report/xml_text.h"
#include "nn/model/write.h"
#include "search/features/features.h"
#include "tests/support/process.h"
#include "tests/support/well_formed.h"

namespace hayago::test {
namespace {

using gtp::CompareReport;
using gtp::Comparison;
using gtp::Phase;
using gtp::PositionSet;
using search::Color;
using search::GameState;

std::shared_ptr<const nn::Executor> synth_executor(std::uint64_t seed) {
  nn::SynthOptions options;
  options.arch = "b2c16";
  options.seed = seed;
  return nn::make_cpu_executor(nn::synth_model(options));
}

// Random games on boards of several sizes, one of them not square.
PositionSet some_positions(int games) {
  PositionSet set;
  std::mt19937_64 random(7);
  const std::pair<int, int> sizes[] = {{9, 9}, {7, 9}, {13, 13}};
  for (int g = 0; g < games; ++g) {
    const auto [x, y] = sizes[g % 3];
    GameState state(search::Board(x, y), Color::kBlack, {});
    set.games.push_back({fmt::format("dir/game<{}>&.sgf", g), static_cast<std::uint64_t>(g)});
    for (int move = 0; move < x * y / 2; ++move) {
      if (move % 9 == 4) {
        set.states.push_back(state);
        set.origins.push_back({g, move});
      }
      const auto px = static_cast<int>(random() % static_cast<unsigned>(x));
      const auto py = static_cast<int>(random() % static_cast<unsigned>(y));
      search::Loc loc = state.board().loc(px, py);
      if (!state.is_legal(loc, state.next_player())) loc = search::kPassLoc;
      if (loc == search::kPassLoc && state.pass_would_end_game(state.next_player())) break;
      state.make_move(loc, state.next_player(), true);
    }
  }
  return set;
}

// Evaluates one position alone.
nn::NetOutput evaluate(const nn::Executor& executor, const GameState& state) {
  const int edge = std::max(state.board().x_size(), state.board().y_size());
  const auto context = executor.make_context(edge, edge, 1);
  gtp::NetBatch batch(executor.info(), edge, 1);
  batch.fill(std::span(&state, 1));
  return batch.run(*context).front();
}

CompareReport some_report() {
  CompareReport report;
  report.a.label = "exact <net> & \"co\".bin.gz";
  report.a.executor = synth_executor(1);
  report.b.label = "other\xff.safetensors";
  report.b.executor = synth_executor(2);
  report.positions = some_positions(9);
  report.comparison =
      gtp::compare_positions(*report.a.executor, *report.b.executor, report.positions, 2);
  report.data = {"From <games>."};
  report.notes = {"WARNING: careful & slow"};
  report.layers = {{"first<1>", "int8", 0.4, 0.001, 0.1}, {"second", "float", 0.6, {}, {}}};
  gtp::Losses losses;
  losses.positions = losses.policy_positions = 3;
  losses.policy = 1.5;
  losses.policy_floor = 0.9;
  report.losses = gtp::LossPair{"set.npz", losses, std::nullopt};
  return report;
}

}  // namespace

TEST_CASE("compare: sums are those of plain computations", "[compare]") {
  const auto a = synth_executor(1), b = synth_executor(2);
  const PositionSet set = some_positions(9);
  REQUIRE(set.size() >= 30);
  const Comparison comparison = gtp::compare_positions(*a, *b, set, 3);
  REQUIRE(comparison.positions.size() == set.size());
  int same = 0;
  double winrates = 0, divergences = 0, leads = 0, ownerships = 0;
  std::array<int, 3> phases{};
  for (std::size_t i = 0; i < set.size(); ++i) {
    const nn::NetOutput x = evaluate(*a, set.states[i]), y = evaluate(*b, set.states[i]);
    const auto best = [](const nn::NetOutput& o) {
      std::size_t at = 0;
      for (std::size_t k = 1; k < o.policy.size(); ++k) at = o.policy[k] > o.policy[at] ? k : at;
      return at;
    };
    double kl = 0, own = 0;
    for (std::size_t k = 0; k < x.policy.size(); ++k) {
      if (x.policy[k] > 0)
        kl += double{x.policy[k]} * (std::log(x.policy[k]) - std::log(y.policy[k]));
    }
    const search::Board& board = set.states[i].board();
    for (int py = 0; py < board.y_size(); ++py) {
      for (int px = 0; px < board.x_size(); ++px) {
        const auto k = static_cast<std::size_t>(py * x.width + px);
        own += std::abs(x.ownership[k] - y.ownership[k]) / double(board.area());
      }
    }
    const auto& p = comparison.positions[i];
    CHECK(p.difference.same_best_move == (best(x) == best(y)));
    CHECK(p.difference.divergence == Approx(kl).margin(1e-5));
    CHECK(p.difference.ownership == Approx(own).margin(1e-5));
    CHECK(p.winrate_a == Approx(50 * (1 + x.white_loss - x.white_win)).margin(1e-3));
    CHECK(p.lead_b == Approx(-y.white_lead).margin(1e-3));
    CHECK(p.difference.winrate_points == Approx(std::abs(p.winrate_a - p.winrate_b)).margin(1e-3));
    same += best(x) == best(y) ? 1 : 0;
    winrates += p.difference.winrate_points / double(set.size());
    divergences += kl / double(set.size());
    leads += std::abs(x.white_lead - y.white_lead) / double(set.size());
    ownerships += own / double(set.size());
    ++phases[static_cast<std::size_t>(p.phase)];
    REQUIRE_FALSE(p.moves.empty());
    CHECK(std::is_sorted(p.moves.begin(), p.moves.end(), [](const auto& m, const auto& n) {
      return std::max(m.a, m.b) > std::max(n.a, n.b);
    }));
  }
  CHECK(comparison.all.positions == static_cast<int>(set.size()));
  CHECK(comparison.all.same_best_move() == Approx(double(same) / double(set.size())));
  CHECK(comparison.all.winrate_points.mean() == Approx(winrates).margin(1e-6));
  CHECK(comparison.all.divergence.mean() == Approx(divergences).margin(1e-5));
  CHECK(comparison.all.lead_points.mean() == Approx(leads).margin(1e-4));
  CHECK(comparison.all.ownership.mean() == Approx(ownerships).margin(1e-5));
  for (std::size_t i = 0; i < 3; ++i) CHECK(comparison.phases[i].positions == phases[i]);

  const Comparison alone = gtp::compare_positions(*a, *b, set, 1);
  CHECK(alone.all.winrate_points.mean() == comparison.all.winrate_points.mean());
  const Comparison itself = gtp::compare_positions(*a, *a, set, 2);
  CHECK(itself.all.same_best_move() == 1);
  CHECK(itself.all.divergence.quantile(1) == 0);
}

TEST_CASE("compare: phases go by the share of the board", "[compare]") {
  CHECK(gtp::phase_of(0, 361) == Phase::kOpening);
  CHECK(gtp::phase_of(49, 361) == Phase::kOpening);
  CHECK(gtp::phase_of(50, 361) == Phase::kMiddle);
  CHECK(gtp::phase_of(149, 361) == Phase::kMiddle);
  CHECK(gtp::phase_of(150, 361) == Phase::kEnd);
  CHECK(gtp::phase_of(11, 81) == Phase::kOpening);
  CHECK(gtp::phase_of(12, 81) == Phase::kMiddle);
  CHECK(gtp::phase_of(34, 81) == Phase::kEnd);
}

TEST_CASE("compare: the worst positions, at most two of a game", "[compare]") {
  Comparison comparison;
  std::vector<gtp::PositionOrigin> origins;
  for (int i = 0; i < 10; ++i) {
    gtp::PositionComparison position;
    position.difference.winrate_points = i;
    comparison.positions.push_back(position);
    origins.push_back({i >= 6 ? 0 : 1, i});
  }
  comparison.positions[2].difference.divergence = 1;  // 20 times what is bad
  CHECK(comparison.worst(3, origins) == std::vector<std::size_t>{2, 9, 8});
  CHECK(comparison.worst(9, origins) == std::vector<std::size_t>{2, 9, 8, 5});
}

TEST_CASE("compare: work on threads is done once, and errors come back", "[compare]") {
  for (const int threads : {0, 1, 3}) {
    std::vector<int> done(50, 0);
    gtp::run_parallel(threads, done.size(), [&] { return [&](std::size_t i) { ++done[i]; }; });
    CHECK(done == std::vector<int>(50, 1));
    const auto fail = [&] {
      gtp::run_parallel(threads, 50, [] {
        return [](std::size_t i) {
          if (i == 20) throw std::runtime_error("piece 20");
        };
      });
    };
    CHECK_THROWS_WITH(fail(), "piece 20");
  }
}

TEST_CASE("compare: sides name a file and how it runs", "[compare]") {
  const TempDir folder;
  const auto plain = gtp::parse_side("some/net.bin.gz");
  CHECK(plain.path == "some/net.bin.gz");
  CHECK(plain.settings.empty());
  const auto set = gtp::parse_side("net.bin.gz@int8@cpu@ref@nnCheck=true");
  CHECK(set.path == "net.bin.gz");
  CHECK(set.settings ==
        std::vector<std::string>{"precision=int8", "backend=cpu", "cpuIsa=ref", "nnCheck=true"});
  const std::string odd = folder.write("net@int8", "x");
  CHECK(gtp::parse_side(odd).path == odd);
  CHECK(gtp::parse_side("me@home/net.bin.gz@fp32").path == "me@home/net.bin.gz");
  for (const char* bad : {"net@int9", "net@", "net@@", "net@=x"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(gtp::parse_side(bad), Catch::Contains("after @ is neither"));
  }
}

TEST_CASE("compare: goals are met or missed", "[compare]") {
  CompareReport report = some_report();
  CHECK(gtp::goals_of(report).empty() == !gtp::is_same_network(report));
  report.b.executor = report.a.executor;
  report.comparison = {};
  for (int i = 0; i < 8000; ++i) {
    gtp::Difference d;
    d.same_best_move = i >= 201;  // 97.49 %
    d.divergence = 1e-3;
    d.winrate_points = i < 81 ? 1.6 : 0.1;
    d.lead_points = 0.19;
    report.comparison.all.add(d);
  }
  report.b.int8_share = 0.85;
  report.b.file_share = 0.28;
  std::map<std::string, bool> met;
  for (const gtp::Goal& goal : gtp::goals_of(report)) met[goal.name] = goal.met;
  CHECK(met == std::map<std::string, bool>{{"multiply-accumulates in int8", true},
                                           {"same best move", false},
                                           {"policy KL, mean", true},
                                           {"winrate error, mean", true},
                                           {"winrate error, 99 of 100", false},
                                           {"score lead error, mean", true},
                                           {"positions compared", true},
                                           {"file, of the weights in fp32", false}});
}

TEST_CASE("compare: games that calibrated are counted", "[compare]") {
  CompareReport report = some_report();
  CHECK(gtp::held_out_notes(report).empty());
  report.b.calibration_games = std::vector<std::uint64_t>{3, 5, 1000};
  REQUIRE(gtp::held_out_notes(report).size() == 1);
  CHECK(gtp::held_out_notes(report)[0].find("WARNING: 2 of the 9 games") != std::string::npos);
  report.b.calibration_games = std::vector<std::uint64_t>{1000};
  CHECK(gtp::held_out_notes(report)[0].find("None of the 9 games") != std::string::npos);
}

TEST_CASE("compare: the page is well-formed and self-contained", "[compare]") {
  const CompareReport report = some_report();
  const std::string page = gtp::report_page(report);
  CHECK(why_not_well_formed(page) == "");
  for (const char* link : {"http", "src=", "href", "url(", "<script", "@import"}) {
    CAPTURE(link);
    CHECK(page.find(link) == std::string::npos);
  }
  CHECK(page.find("exact &lt;net&gt; &amp; &quot;co&quot;.bin.gz") != std::string::npos);
  CHECK(page.find("class=\"warning\">WARNING: careful &amp; slow") != std::string::npos);
  CHECK(page.find("first&lt;1&gt;") != std::string::npos);
  CHECK(page.find("game&lt;") != std::string::npos);
  const auto count = [&](const std::string& part) {
    std::size_t n = 0;
    for (auto at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++n;
    return n;
  };
  CHECK(count("<figure") == std::min<std::size_t>(12, 18));
  CHECK(count("class=\"board\"") == count("<figure"));
  CHECK(page.size() < 200'000);

  CompareReport losses_only = some_report();
  losses_only.positions = {};
  losses_only.comparison = {};
  const std::string small = gtp::report_page(losses_only);
  CHECK(why_not_well_formed(small) == "");
  CHECK(small.find("<figure") == std::string::npos);
  CHECK(small.find("set.npz") != std::string::npos);
}

TEST_CASE("compare: the checker of pages sees what is wrong with one", "[compare]") {
  CHECK(why_not_well_formed("<!DOCTYPE html>\n<a b=\"c\"><d/>x &amp; y</a>\n") == "");
  for (const char* bad :
       {"<a>", "<a></b>", "<a b=c></a>", "<a>&nbsp;</a>", "<a>&</a>", "<a b=\"1\" b=\"2\"/>",
        "<a/><b/>", "<a b=\"<\"/>", "", "<a>\xff</a>", "<a", "x<a/>"}) {
    CAPTURE(bad);
    CHECK(why_not_well_formed(bad) != "");
  }
}

TEST_CASE("compare: JSON has everything", "[compare]") {
  const CompareReport report = some_report();
  const auto json = nlohmann::json::parse(gtp::json_text(report));
  CHECK(json["all"]["positions"] == report.positions.size());
  CHECK(json["all"]["policyKL"]["p99"] == report.comparison.all.divergence.quantile(0.99));
  CHECK(json["all"]["winrateError"]["max"] == report.comparison.all.winrate_points.quantile(1));
  int positions = 0;
  for (const char* phase : {"opening", "middle", "end"}) {
    positions += json["phases"][phase]["positions"].get<int>();
  }
  CHECK(positions == static_cast<int>(report.positions.size()));
  REQUIRE(json["positions"].size() == report.positions.size());
  for (const auto& row : json["positions"]) {
    CHECK(row["game"].get<std::size_t>() < json["games"].size());
    for (const char* key : {"move", "bestA", "bestB", "policyKL", "blackWinrateA", "blackWinrateB",
                            "blackLeadA", "blackLeadB", "ownershipError"}) {
      CHECK(row.contains(key));
    }
  }
  CHECK(json["layers"][0]["policyKL"] == 0.001);
  CHECK_FALSE(json["layers"][1].contains("policyKL"));
  CHECK(json["losses"]["a"]["policyLoss"] == 1.5);
  CHECK(json["losses"]["b"].is_null());
  CHECK(json["a"]["runs"] == report.a.executor->description());
}

TEST_CASE("compare: histograms count every value", "[compare]") {
  CHECK(gtp::round_up_nicely(0) == 1);
  CHECK(gtp::round_up_nicely(0.3) == Approx(0.5));
  CHECK(gtp::round_up_nicely(2) == Approx(2));
  CHECK(gtp::round_up_nicely(71) == Approx(100));
  for (const bool logarithmic : {false, true}) {
    for (const auto& values :
         std::vector<std::vector<double>>{{}, {0}, {0, 0, 1e9}, {1e-9, 3, 5}}) {
      const std::string svg = gtp::histogram_svg(values, {"label", logarithmic, 0.3});
      CHECK(why_not_well_formed(svg) == "");
      CHECK(svg.find("nan") == std::string::npos);
      CHECK(svg.find("inf") == std::string::npos);
    }
  }
  CHECK(why_not_well_formed(gtp::winrate_scatter_svg({})) == "");
  CHECK(why_not_well_formed(gtp::phases_svg({})) == "");
}

TEST_CASE("compare: boards have star points where players expect them", "[compare]") {
  CHECK(gtp::star_lines(19) == std::vector<int>{3, 9, 15});
  CHECK(gtp::star_lines(13) == std::vector<int>{3, 6, 9});
  CHECK(gtp::star_lines(9) == std::vector<int>{2, 4, 6});
  CHECK(gtp::star_lines(8).empty());
  CHECK(gtp::star_lines(10) == std::vector<int>{2, 7});
  const auto stars = [](int edge) {
    const std::string svg =
        gtp::board_svg(GameState(search::Board(edge, edge), Color::kBlack, {}), {}, "board");
    const auto at = svg.find("class=\"star\"");
    if (at == std::string::npos) return std::ptrdiff_t{0};
    return std::count(svg.begin() + static_cast<std::ptrdiff_t>(at),
                      svg.begin() + static_cast<std::ptrdiff_t>(svg.find("/>", at)), 'M');
  };
  CHECK(stars(19) == 9);
  CHECK(stars(13) == 5);
  CHECK(stars(9) == 5);
  CHECK(stars(7) == 0);
}

TEST_CASE("compare: losses are cross entropies", "[compare]") {
  const auto executor = synth_executor(3);
  REQUIRE(gtp::can_measure_losses(executor->info()));
  // The inputs of real positions, with made-up targets.
  gtp::TrainingSet set;
  set.count = 3;
  GameState state(search::Board(9, 9), Color::kBlack, {});
  std::vector<nn::NetOutput> outputs;
  for (int i = 0; i < set.count; ++i) {
    std::vector<std::uint32_t> planes(361);
    std::vector<float> globals(19);
    search::fill_features(7, state, search::NnInputParams{}, 19, 19, planes.data(), globals.data());
    set.planes.insert(set.planes.end(), planes.begin(), planes.end());
    set.globals.insert(set.globals.end(), globals.begin(), globals.end());
    std::vector<std::int16_t> policy(362, 0);
    if (i < 2) policy[20] = 3, policy[361] = 1;
    set.policy.insert(set.policy.end(), policy.begin(), policy.end());
    set.value.push_back({0.25f, 0.75f, 0});
    const auto context = executor->make_context(19, 19, 1);
    gtp::NetBatch batch(executor->info(), 19, 1);
    batch.fill(std::span(&state, 1));
    outputs.push_back(batch.run(*context).front());
    state.make_move(state.board().loc(i, 2 * i), state.next_player(), true);
  }
  const gtp::Losses losses = gtp::measure_losses(*executor, set, 2);
  CHECK(losses.positions == 3);
  CHECK(losses.policy_positions == 2);
  CHECK(losses.policy_floor ==
        Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)).epsilon(1e-9));
  double policy = 0;
  // All points but those with stones are legal there, so the policies hardly differ; the loss
  // counts the illegal points too, and cannot be smaller than without them.
  for (int i = 0; i < 2; ++i) {
    const auto& p = outputs[static_cast<std::size_t>(i)].policy;
    policy -= (0.75 * std::log(double{p[20]}) + 0.25 * std::log(double{p[361]})) / 2;
  }
  CHECK(losses.policy >= policy - 1e-6);
  CHECK(losses.policy == Approx(policy).margin(0.05));
  // With area scoring and no simple ko the third outcome has no weight in the evaluation, but the
  // loss has it: it is larger by what that outcome takes.
  double value = 0;
  for (int i = 0; i < 3; ++i) {
    const auto& out = outputs[static_cast<std::size_t>(i)];
    const bool black = i % 2 == 0;
    const double win = black ? out.white_loss : out.white_win;
    value -= (0.25 * std::log(win) + 0.75 * std::log(1 - win)) / 3;
  }
  CHECK(losses.value >= value - 1e-6);
}

TEST_CASE("compare: text for pages is escaped", "[compare]") {
  CHECK(gtp::xml_text("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  CHECK(gtp::xml_text("a\x01\nb") == "ab");
  CHECK(gtp::xml_text("\xff") == "\xef\xbf\xbd");
  CHECK(gtp::xml_text("\xe5\x9b\xb4") == "\xe5\x9b\xb4");
}

}  // namespace hayago::test
