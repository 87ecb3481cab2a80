// `hayago benchmark`: visits per second with different numbers of search threads, and how much of
// the network's and the processor's speed the search reaches.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "gtp/benchmark/explain.h"
#include "gtp/benchmark/measure.h"
#include "gtp/benchmark/options.h"
#include "gtp/benchmark/positions.h"
#include "gtp/benchmark/scale.h"
#include "gtp/benchmark/text.h"
#include "gtp/benchmark/write_config.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/backend.h"
#include "gtp/config/load_params.h"

namespace hayago::gtp {
namespace {

constexpr int kMaxTunedThreads = 5000;

void print(const std::string& line) { std::cout << line << std::endl; }

// Repaints one line on a terminal; elsewhere prints a line every ten seconds.
class Progress {
 public:
  Progress() : terminal_(isatty(STDOUT_FILENO) != 0) {}
  void show(const SearchSpeed& speed) {
    const auto now = std::chrono::steady_clock::now();
    if (terminal_) {
      std::cout << '\r' << progress_line(speed) << "      " << std::flush;
    } else if (speed.positions > 0 && speed.positions < speed.planned &&
               now - last_ > std::chrono::seconds(10)) {
      print(progress_line(speed));
      last_ = now;
    }
  }
  void finish(const std::string& line) {
    if (terminal_) std::cout << '\r';
    print(line);
    last_ = std::chrono::steady_clock::now();
  }

 private:
  bool terminal_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

class Benchmark {
 public:
  explicit Benchmark(BenchmarkOptions options);
  int run();

 private:
  void load_positions();
  void print_header() const;
  std::string board_text() const;
  std::unique_ptr<search::Evaluator> evaluator_for(int threads) const;
  search::SearchParams params_for(int threads) const;
  // Runs one number of threads unless it is known already.
  const SearchSpeed& measure(int threads,
                             const std::function<std::string(const SearchSpeed&)>& text);
  void warm_up() const;
  void run_list();
  void run_search_for_best();
  std::string config_name() const;
  int best_threads() const;
  void compare(int threads);
  void write_tuned(int threads) const;

  BenchmarkOptions options_;
  Config config_;
  FoundModel model_;
  std::shared_ptr<const nn::Executor> executor_;
  search::SearchParams params_;
  std::vector<search::GameState> positions_;
  Progress progress_;
  std::map<int, SearchSpeed> results_;
};

Benchmark::Benchmark(BenchmarkOptions options)
    : options_(std::move(options)),
      config_(load_config(options_.common, "gtp")),
      model_(find_model(options_.common.model)),
      executor_(make_executor(model_.path, config_)),
      params_(load_search_params(config_, search::SearchParams{}, false)) {
  load_positions();
  // As the reference's default for GPUs: fewer visits end before a device gets full batches.
  if (!options_.visits_given && !executor_->runs_inline()) options_.visits = 800;
  params_.max_visits = options_.visits;
  params_.max_playouts = search::SearchParams{}.max_playouts;
  params_.max_time = search::SearchParams{}.max_time;
  params_.search_factor_after_one_pass = params_.search_factor_after_two_pass = 1;
}

void Benchmark::load_positions() {
  const int by_size = config_.int_or("defaultBoardSize", 2, search::kMaxBoard, 19);
  const int configured =
      std::max(config_.int_or("defaultBoardXSize", 2, search::kMaxBoard, by_size),
               config_.int_or("defaultBoardYSize", 2, search::kMaxBoard, by_size));
  const int size = options_.board_size.value_or(
      std::clamp(configured, kSmallestSampleBoard, kLargestSampleBoard));
  positions_ =
      choose_positions(options_.sgf.empty() ? sample_positions(size) : sgf_positions(options_.sgf),
                       options_.num_positions);
}

std::string Benchmark::board_text() const {
  const search::Board& board = positions_.front().board();
  return fmt::format("(board size {}x{}): ", board.x_size(), board.y_size());
}

std::string Benchmark::config_name() const {
  if (options_.common.configs.empty()) return "the configuration file of 'hayago gtp'";
  return std::filesystem::path(options_.common.configs.back()).filename().string();
}

void Benchmark::print_header() const {
  print(config_.has_files() ? "Loaded config " + config_.source() : "No config file");
  print(fmt::format("Loaded model {} ({})", model_.path, model_.how));
  print(fmt::format("\nTesting using {} visits.", options_.visits));
  if (!options_.visits_given) {
    print("  If you usually search with more visits, give their number after -visits:");
    print("  longer searches of one position reuse more results and are a little faster.");
  }
  if (const auto devices = device_line(config_, model_.path)) print("\n" + *devices);
  print(fmt::format("\nYou are currently using the {} ({}) version of KataGo. (hayago)",
                    executor_->runs_inline() ? "CPU" : "CUDA", executor_->description()));
  print(fmt::format("\nYour GTP config is currently set to use numSearchThreads = {}",
                    params_.num_search_threads));
}

std::unique_ptr<search::Evaluator> Benchmark::evaluator_for(int threads) const {
  const search::Board& board = positions_.front().board();
  EvaluatorDefaults defaults;
  defaults.buffer_x = board.x_size();
  defaults.buffer_y = board.y_size();
  defaults.require_exact_board = true;
  defaults.expected_concurrency = threads;
  search::EvaluatorConfig c = load_evaluator_config(config_, defaults);
  c.max_batch = options_.fixed_batch_size.value_or(
      options_.half_batch_size ? std::max(1, (threads + 1) / 2) : threads);
  return std::make_unique<search::Evaluator>(executor_, c);
}

search::SearchParams Benchmark::params_for(int threads) const {
  search::SearchParams p = params_;
  p.num_search_threads = threads;
  return p;
}

const SearchSpeed& Benchmark::measure(int threads,
                                      const std::function<std::string(const SearchSpeed&)>& text) {
  const auto known = results_.find(threads);
  if (known != results_.end()) return known->second;
  const auto evaluator = evaluator_for(threads);
  const SearchSpeed speed = measure_search(*evaluator, params_for(threads), positions_,
                                           [&](const SearchSpeed& s) { progress_.show(s); });
  const SearchSpeed& stored = results_.emplace(threads, speed).first->second;
  progress_.finish(text(stored));
  return stored;
}

// The first evaluations of a process pay for memory and tables.
void Benchmark::warm_up() const {
  search::SearchParams p = params_for(1);
  p.max_visits = std::min<std::int64_t>(p.max_visits, 20);
  measure_search(*evaluator_for(1), p, {positions_.front()}, [](const SearchSpeed&) {});
}

void Benchmark::run_list() {
  const std::vector<int>& list = options_.threads;
  print((list.size() == 1 ? "Testing " : "Testing different numbers of threads ") + board_text());
  const int first = list.front();
  for (const int threads : list) {
    measure(threads, [&](const SearchSpeed& speed) {
      return result_line_with_elo(speed, results_.at(first), options_.seconds_per_move);
    });
  }
}

void Benchmark::run_search_for_best() {
  print("Searching for the best number of threads " + board_text() + "\n");
  // More threads than four per core can only help executors that wait for batches.
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  int lo = 1, hi = executor_->runs_inline() ? std::max(4, 4 * cores) : 32;
  const auto elo = [&](int threads) {
    const SearchSpeed& speed = measure(threads, result_line);
    return thread_elo(speed.visits_per_second(), threads, options_.seconds_per_move);
  };
  while (true) {
    const std::vector<int> candidates = thread_candidates(lo, hi);
    print("\n" + candidates_line(candidates) + "\n");
    const int best = best_thread_count(candidates, elo);
    if (executor_->runs_inline() || 3 * best <= 2 * hi || hi >= kMaxTunedThreads) break;
    print("\nThe best number is close to the limit; trying larger ones.");
    lo = hi / 2;
    hi = 2 * hi + 32;
  }
  print("\n\nOrdered summary of results: \n");
  for (const auto& [threads, speed] : results_) {
    print(result_line_with_elo(speed, results_.begin()->second, options_.seconds_per_move));
  }
}

int Benchmark::best_threads() const {
  const auto elo = [&](const SearchSpeed& s) {
    return thread_elo(s.visits_per_second(), s.threads, options_.seconds_per_move);
  };
  return std::max_element(
             results_.begin(), results_.end(),
             [&](const auto& a, const auto& b) { return elo(a.second) < elo(b.second); })
      ->first;
}

void Benchmark::compare(int threads) {
  if (skips_network(config_, model_.path)) return;
  const search::Board& board = positions_.front().board();
  const double macs = executor_->info().macs.at(board.y_size() * board.x_size());
  const auto evaluator = evaluator_for(threads);
  const Comparison comparison = compare_with_network(*evaluator, params_for(threads), positions_);
  print("");
  for (const std::string& line : comparison_lines(comparison, macs)) print(line);
  print("");
  for (const std::string& line : explain_times(comparison.search.times, comparison.search.visits,
                                               comparison.search.os_threads)) {
    print(line);
  }
}

void Benchmark::write_tuned(int threads) const {
  const std::string path = options_.output.empty() ? user_config_path() : options_.output;
  const KeyValues keys = {{"numSearchThreads", std::to_string(threads)},
                          {"nnMaxBatchSize", std::to_string(threads)}};
  set_config_keys(path, keys, "measured by hayago benchmark --tune");
  print(fmt::format("\nWrote to {}:", path));
  for (const auto& [key, value] : keys) print(fmt::format("  {} = {}", key, value));
}

int Benchmark::run() {
  print_header();
  warm_up();
  if (options_.threads.empty()) {
    run_search_for_best();
  } else {
    run_list();
  }
  if (results_.size() > 1) {
    std::vector<SearchSpeed> ordered;
    for (const auto& [threads, speed] : results_) ordered.push_back(speed);
    print("\n");
    for (const std::string& line :
         recommendation(ordered, options_.seconds_per_move, config_name())) {
      print(line);
    }
  }
  compare(best_threads());
  if (options_.tune) write_tuned(best_threads());
  return 0;
}

}  // namespace

int run_benchmark(const Args& args) {
  BenchmarkOptions options;
  if (const auto status = parse_benchmark_options(args, options)) return *status;
  if (options.simulation) {
    const Config config = load_config(options.common, "gtp");
    run_simulation(load_search_params(config, search::SearchParams{}, false), *options.simulation,
                   print);
    return 0;
  }
  return Benchmark(std::move(options)).run();
}

}  // namespace hayago::gtp
