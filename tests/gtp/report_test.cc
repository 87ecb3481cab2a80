// Reports about a game: losses, marks, summaries, and their forms.
#include <catch2/catch.hpp>
#include <sstream>

#include "gtp/report/game_report.h"
#include "gtp/report/progress.h"
#include "gtp/report/render.h"
#include "gtp/sgf/sgf.h"

namespace {

using namespace hayago;
using gtp::GameReport;
using gtp::PositionValue;
using gtp::Verdict;
using search::Color;

const search::Board& board() {
  static const search::Board nine(9, 9);
  return nine;
}

PositionValue value(double winrate, double lead, search::Loc best) {
  return {winrate, lead, 50, best, {best, board().loc(0, 0)}};
}

// Black loses 6 points with the first move, White 12 with the second, Black plays the best third.
GameReport sample() {
  const search::Loc a = board().loc(2, 2), b = board().loc(3, 3), c = board().loc(4, 4);
  return gtp::make_game_report(
      board(), {{b, Color::kBlack}, {a, Color::kWhite}, {c, Color::kBlack}},
      {value(0.60, 3, a), value(0.45, -3, c), value(0.80, 9, c), value(0.70, 8, b)}, 11);
}

TEST_CASE("report: verdicts", "[report]") {
  CHECK(gtp::judge(1.9, 0.04) == Verdict::kGood);
  CHECK(gtp::judge(2.0, 0) == Verdict::kInaccuracy);
  CHECK(gtp::judge(5.0, 0) == Verdict::kMistake);
  CHECK(gtp::judge(10.0, 0) == Verdict::kBlunder);
  CHECK(gtp::judge(1.0, 0.05) == Verdict::kInaccuracy);
  CHECK(gtp::judge(1.0, 0.12) == Verdict::kMistake);
  CHECK(gtp::judge(1.0, 0.25) == Verdict::kBlunder);
  CHECK(gtp::judge(0.9, 0.5) == Verdict::kGood);  // chances alone are noise of the search
  CHECK(gtp::verdict_mark(Verdict::kGood).empty());
  CHECK(gtp::verdict_mark(Verdict::kMistake).size() == 2);
}

TEST_CASE("report: losses are the mover's", "[report]") {
  const GameReport report = sample();
  REQUIRE(report.moves.size() == 3);
  CHECK(report.moves[0].number == 11);
  CHECK(report.moves[0].points_lost == Approx(6));
  CHECK(report.moves[0].winrate_lost == Approx(0.15));
  CHECK(report.moves[0].verdict == Verdict::kMistake);
  CHECK(report.moves[1].points_lost == Approx(12));
  CHECK(report.moves[1].winrate_lost == Approx(0.35));
  CHECK(report.moves[1].verdict == Verdict::kBlunder);
  CHECK(report.moves[2].points_lost == 0);  // the best move loses nothing, whatever comes after
  CHECK(report.black.moves == 2);
  CHECK(report.black.best_moves == 1);
  CHECK(report.black.mean_points_lost == Approx(3));
  CHECK(report.black.worst == std::vector<std::size_t>{0});
  CHECK(report.white.verdicts[3] == 1);
}

TEST_CASE("report: the worst moves come first and are at most five", "[report]") {
  std::vector<search::Move> moves;
  std::vector<PositionValue> values{value(0.5, 0, board().loc(8, 8))};
  double lead = 0;
  for (int i = 0; i < 8; ++i) {
    moves.push_back({board().loc(i, 0), Color::kBlack});
    lead -= 2 + i;
    values.push_back(value(0.5, lead, board().loc(8, 8)));
  }
  const GameReport report = gtp::make_game_report(board(), moves, values, 1);
  CHECK(report.black.worst == std::vector<std::size_t>{7, 6, 5, 4, 3});
}

TEST_CASE("report: table and summary", "[report]") {
  const GameReport report = sample();
  const std::string plain = gtp::move_table(report, false);
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(plain.find("   11  B      D6        45.0    W+3.0   C7          6.0     15.0 ") !=
        std::string::npos);
  CHECK(gtp::move_table(report, true).find("\x1b[31m") != std::string::npos);
  const std::string summary = gtp::summary_text(report, {"Ann", "Bob"});
  CHECK(summary.find("Black (Ann): 2 moves, mean loss 3.00 points") != std::string::npos);
  CHECK(summary.find("better E5") != std::string::npos);
  CHECK(gtp::lead_text(0.04) == "0.0");
  CHECK(gtp::lead_text(-2.25).rfind("W+2.", 0) == 0);
}

TEST_CASE("report: JSON and plot", "[report]") {
  const auto json = gtp::report_json(sample(), {"A", "B"});
  CHECK(json.at("moves").size() == 3);
  CHECK(json.at("moves")[1].at("mark").get<std::string>().size() == 3);
  CHECK(json.at("white").at("blunders") == 1);
  const std::string svg = gtp::report_svg(sample(), {"<A&B>", "B"});
  CHECK(svg.rfind("<svg", 0) == 0);
  CHECK(svg.find("&lt;A&amp;B&gt;") != std::string::npos);
  CHECK(svg.find("<circle") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(gtp::report_svg(GameReport{}, {}).find("nan") == std::string::npos);
}

TEST_CASE("report: progress", "[report]") {
  CHECK(gtp::progress_text("x", 5, 10, 2, "pos") ==
        "x  [##########..........]  50%  5/10  2.5 pos/s  ETA 0m02s");
  std::ostringstream plain, terminal;
  gtp::Progress to_log(plain, false, "x", 25, "pos");
  gtp::Progress to_terminal(terminal, true, "x", 25, "pos");
  for (int i = 0; i < 25; ++i) {
    to_log.step();
    to_terminal.step();
  }
  to_log.finish();
  to_terminal.finish();
  const std::string text = plain.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(terminal.str().find('\n') == std::string::npos);
}

TEST_CASE("report: the sample game of the repository loads", "[report][sgf]") {
  const auto game = gtp::load_sgf_game(HAYAGO_SOURCE_DIR "/tests/data/sample.sgf");
  CHECK(game.warnings.empty());
  CHECK(game.moves.size() > 150);
  CHECK(game.result == "W+0.5");
}

}  // namespace
