// The pure parts of `hayago benchmark`: texts that other programs parse, estimated Elo, the search
// for the best number of threads, sample games.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "gtp/benchmark/measure.h"
#include "gtp/benchmark/options.h"
#include "gtp/benchmark/positions.h"
#include "gtp/benchmark/scale.h"
#include "gtp/benchmark/text.h"

using namespace hayago::gtp;
namespace search = hayago::search;

namespace {

// The recorded run of two thread counts (golden/gtp/benchmark-fixed.txt): 0.0684 s and 0.0502 s.
SearchSpeed speed_of(int threads, double visits_per_second, int positions = 2) {
  SearchSpeed s;
  s.threads = threads;
  s.positions = positions;
  s.planned = 2;
  s.visits = 12;
  s.evaluations = s.batches = 12;
  s.seconds = 12 / visits_per_second;
  return s;
}

}  // namespace

TEST_CASE("the estimated Elo of a number of threads", "[benchmark]") {
  // The worked example of spec/09 section 8.
  CHECK(thread_elo(176.37, 1, 5) == Approx(1858.91).margin(0.01));
  CHECK(thread_elo(239.27, 2, 5) == Approx(1964.02).margin(0.01));
}

TEST_CASE("benchmark lines keep their shape", "[benchmark]") {
  const SearchSpeed one = speed_of(1, 176.37), two = speed_of(2, 239.27);
  CHECK(progress_line(speed_of(1, 165.14, 1)) ==
        "numSearchThreads =  1: 1 / 2 positions, visits/s = 165.14 (0.1 secs)");
  SearchSpeed none;
  none.threads = 12;
  none.planned = 10;
  CHECK(progress_line(none) ==
        "numSearchThreads = 12: 0 / 10 positions, visits/s = 0.00 (0.0 secs)");
  CHECK(result_line(one) ==
        "numSearchThreads =  1: 2 / 2 positions, visits/s = 176.37 nnEvals/s = 176.37 "
        "nnBatches/s = 176.37 avgBatchSize = 1.00 (0.1 secs)");
  CHECK(result_line_with_elo(one, one, 5) == result_line(one) + " (EloDiff baseline)");
  CHECK(result_line_with_elo(two, one, 5) == result_line(two) + " (EloDiff +105)");
  CHECK(result_line_with_elo(one, two, 5) == result_line(one) + " (EloDiff -105)");
  CHECK(candidates_line({1, 2, 3}) == "Possible numbers of threads to test: 1, 2, 3, ");

  const auto lines = recommendation({one, two}, 5, "my.cfg");
  REQUIRE(lines.size() == 9);
  CHECK(lines[3] == "Estimated strength with 5 seconds per move:");
  CHECK(lines[4] == "numSearchThreads =  1: (baseline)");
  CHECK(lines[5] == "numSearchThreads =  2:  +105 Elo (recommended)");
  CHECK(lines[7].find("my.cfg") != std::string::npos);
}

TEST_CASE("the comparison relates search, network and processor", "[benchmark]") {
  Comparison c;
  c.search = speed_of(2, 400);
  c.network_per_second = 410;
  c.best_network_per_second = 420;
  c.peak_gmacs = 160;
  c.single_peak_gmacs = 81;
  const auto lines = comparison_lines(c, 0.362e9);
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Catch::Contains("2 threads): 160.0 GMAC/s (81.0 on one)"));
  CHECK_THAT(lines[1], Catch::Contains("420.00 = 152.0 GMAC/s") && Catch::Contains("0.95 x peak"));
  CHECK_THAT(lines[2], Catch::Contains("400.00 visits/s = 97.6 %"));
  CHECK_NOTHROW(comparison_lines(Comparison{}, 0));
}

TEST_CASE("candidates for the number of threads", "[benchmark]") {
  // The list that the reference prints for 1 .. 32.
  CHECK(thread_candidates(1, 32) == std::vector<int>{1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32});
  CHECK(thread_candidates(16, 96) == std::vector<int>{16, 20, 24, 32, 40, 48, 64, 80, 96});
  CHECK(thread_candidates(1, 1) == std::vector<int>{1});
}

TEST_CASE("the ternary search finds the peak with few measurements", "[benchmark]") {
  const auto candidates = thread_candidates(1, 32);
  for (const int best : candidates) {
    std::set<int> tried;
    const int found = best_thread_count(candidates, [&](int n) {
      CHECK(tried.insert(n).second);  // never twice
      return -std::abs(std::log2(n) - std::log2(best));
    });
    CHECK(found == best);
    CHECK(tried.size() <= 8);
  }
  std::vector<int> order;
  best_thread_count(candidates, [&](int n) {
    order.push_back(n);
    return n == 20 ? 167.0 : n == 24 ? 94.0 : n == 16 ? 87.0 : n == 12 ? 71.0 : n == 10 ? 6.0 : -n;
  });
  // The order of golden/gtp/benchmark-tune.txt with the Elo values printed there.
  CHECK(order == std::vector<int>{5, 12, 10, 20, 16, 24, 32});
}

TEST_CASE("lists of thread counts", "[benchmark]") {
  CHECK(parse_thread_list("1,2,8") == std::vector<int>{1, 2, 8});
  CHECK(parse_thread_list(" 4 , 2,4") == std::vector<int>{4, 2});
  for (const char* bad : {"", "x", "0", "4097", "1,,2", "1 2", "1.5", "-1", "99999999999"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_thread_list(bad), ConfigError);
  }
}

TEST_CASE("there is a legal sample game for every size", "[benchmark]") {
  for (int size = kSmallestSampleBoard; size <= kLargestSampleBoard; ++size) {
    CAPTURE(size);
    const auto positions = sample_positions(size);
    CHECK(positions.size() == sample_game(size).size() / 2);
    CHECK(positions.size() >= 20);
    REQUIRE_FALSE(positions.empty());
    CHECK(positions.front().board().stones_on_board() == 0);
    const auto& last = positions.back();
    CHECK(last.moves().size() + 1 == positions.size());
    for (std::size_t i = 0; i < positions.size(); ++i) {
      CHECK(positions[i].moves().size() == i);
    }
  }
}

TEST_CASE("positions are chosen always in the same way", "[benchmark]") {
  const auto all = sample_positions(9);
  const auto turns = [&](int count) {
    std::vector<std::size_t> t;
    for (const auto& state : choose_positions(all, count)) t.push_back(state.moves().size());
    return t;
  };
  const auto ten = turns(10);
  CHECK(ten == turns(10));
  CHECK(std::is_sorted(ten.begin(), ten.end()));
  CHECK(std::set<std::size_t>(ten.begin(), ten.end()).size() == 10);
  CHECK(ten.back() - ten.front() > all.size() / 3);  // spread over the game
  const auto many = turns(static_cast<int>(2 * all.size()));
  CHECK(std::set<std::size_t>(many.begin(), many.end()).size() == all.size());
}

TEST_CASE("flags of the benchmark", "[benchmark]") {
  BenchmarkOptions o;
  CHECK_FALSE(parse_benchmark_options({"-model", "m", "-v", "40", "-t", "1,2", "-n", "3"}, o));
  CHECK(o.visits == 40);
  CHECK(o.visits_given);
  CHECK(o.threads == std::vector<int>{1, 2});
  CHECK(o.num_positions == 3);
  CHECK(o.common.model == "m");
  BenchmarkOptions long_names;
  CHECK_FALSE(parse_benchmark_options(
      {"-visits", "40", "-tune", "-numpositions", "3", "-boardsize", "9", "-time", "2.5"},
      long_names));
  CHECK(long_names.threads.empty());
  CHECK(long_names.board_size == 9);
  CHECK(long_names.seconds_per_move == 2.5);
  const std::vector<Args> bad = {{"-v", "1"},
                                 {"-n", "0"},
                                 {"-boardsize", "5"},
                                 {"-time", "0"},
                                 {"-s", "-t", "1"},
                                 {"-sgf", "a.sgf", "-boardsize", "9"},
                                 {"-fixed-batch-size", "4", "-half-batch-size"},
                                 {"-foo"},
                                 {"stray"}};
  for (const Args& args : bad) {
    CAPTURE(args);
    BenchmarkOptions ignored;
    CHECK(parse_benchmark_options(args, ignored) == 2);
  }
}

TEST_CASE("measuring a search counts its visits", "[benchmark]") {
  search::EvaluatorConfig config;
  config.nn_x = config.nn_y = 9;
  search::Evaluator evaluator(hayago::nn::make_fake_executor(), config);
  search::SearchParams params;
  params.max_visits = 20;
  const auto positions = choose_positions(sample_positions(9), 3);
  int calls = 0;
  const SearchSpeed s =
      measure_search(evaluator, params, positions, [&](const SearchSpeed&) { ++calls; });
  CHECK(calls == 4);
  CHECK(s.positions == 3);
  CHECK(s.visits == 60);
  CHECK(s.evaluations > 30);
  CHECK(s.evaluations <= 63);
  CHECK(s.seconds > 0);
  NetworkLoop network(evaluator.executor(), config, positions);
  CHECK(network.run(2, 0.01) > 0);
}
