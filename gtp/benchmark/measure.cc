#include "gtp/benchmark/measure.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "kernels/cpu/peak.h"
#include "search/features/features.h"
#include "search/features/metadata.h"

namespace hayago::gtp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs fn(index) on `threads` threads at once and returns the sum of what they return.
template <class Fn>
double sum_over_threads(int threads, Fn&& fn) {
  std::vector<double> results(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < results.size(); ++i) {
    running.emplace_back([&, i] { results[i] = fn(i); });
  }
  for (std::thread& thread : running) thread.join();
  double sum = 0;
  for (const double r : results) sum += r;
  return sum;
}

// Inputs of one position in memory of its own.
struct StoredInput {
  std::vector<float> spatial, global, meta;
  nn::PositionInput view() const {
    return {.spatial = spatial.data(),
            .global = global.data(),
            .meta = meta.empty() ? nullptr : meta.data()};
  }
};

StoredInput store_input(const nn::NetInfo& info, const search::EvaluatorConfig& config,
                        const search::GameState& state) {
  const auto points = static_cast<std::size_t>(config.nn_x * config.nn_y);
  StoredInput in;
  in.spatial.resize(points * static_cast<std::size_t>(info.c_spatial));
  in.global.resize(static_cast<std::size_t>(info.c_global));
  in.meta.resize(static_cast<std::size_t>(info.c_meta));
  search::fill_features(info.input_version, state, {}, config.nn_x, config.nn_y, in.spatial.data(),
                        in.global.data());
  return in;
}

struct StoredOutput {
  std::vector<float> policy, pass, value, score;
  StoredOutput(const nn::NetInfo& info, int points)
      : policy(static_cast<std::size_t>(info.policy_channels * points)),
        pass(static_cast<std::size_t>(info.policy_channels)),
        value(3),
        score(static_cast<std::size_t>(info.score_channels)) {}
  nn::RawOutput view() {
    return {
        .policy = policy.data(), .pass = pass.data(), .value = value.data(), .score = score.data()};
  }
};

}  // namespace

SearchSpeed measure_search(search::Evaluator& evaluator, const search::SearchParams& params,
                           const std::vector<search::GameState>& positions,
                           const std::function<void(const SearchSpeed&)>& progress) {
  SearchSpeed speed;
  speed.threads = params.num_search_threads;
  speed.planned = static_cast<int>(positions.size());
  search::Engine engine(params, &evaluator, nullptr, "benchmark");
  progress(speed);
  for (const search::GameState& state : positions) {
    engine.set_position(state);
    engine.clear_tree();
    evaluator.clear_cache();
    evaluator.reset_stats();
    const auto start = Clock::now();
    engine.search({});
    speed.seconds += seconds_since(start);
    search::SearchReport report;
    if (engine.report({}, report)) speed.visits += report.root.visits;
    const search::EvaluatorStats stats = evaluator.stats();
    speed.evaluations += stats.rows;
    speed.batches += stats.batches;
    speed.network_seconds += stats.network_seconds;
    const search::SearchStats search_stats = engine.stats();
    speed.times += search_stats.times;
    speed.os_threads = search_stats.threads;
    ++speed.positions;
    progress(speed);
  }
  return speed;
}

struct NetworkLoop::Impl {
  struct Worker {
    std::unique_ptr<nn::ExecContext> context;
    std::vector<StoredOutput> outputs;
  };
  // One worker's share: batches of the inputs in turn until the time is over.
  double positions_per_second(Worker& worker, std::size_t first, double seconds) const;
  void add_workers(int threads);

  const nn::Executor& executor;
  const int width, height, batch;
  std::vector<StoredInput> inputs;
  std::vector<Worker> workers;
};

NetworkLoop::NetworkLoop(const nn::Executor& executor, const search::EvaluatorConfig& config,
                         const std::vector<search::GameState>& positions)
    : impl_(std::make_unique<Impl>(Impl{
          .executor = executor,
          .width = config.nn_x,
          .height = config.nn_y,
          .batch = executor.runs_inline() ? 1 : std::min(config.max_batch, executor.max_batch()),
          .inputs = {},
          .workers = {}})) {
  for (const search::GameState& state : positions) {
    impl_->inputs.push_back(store_input(executor.info(), config, state));
  }
}

NetworkLoop::~NetworkLoop() = default;

void NetworkLoop::Impl::add_workers(int threads) {
  while (static_cast<int>(workers.size()) < threads) {
    Worker worker{executor.make_context(height, width, batch), {}};
    for (int i = 0; i < batch; ++i) worker.outputs.emplace_back(executor.info(), width * height);
    workers.push_back(std::move(worker));
  }
}

double NetworkLoop::Impl::positions_per_second(Worker& worker, std::size_t first,
                                               double seconds) const {
  std::vector<nn::PositionInput> in(static_cast<std::size_t>(batch));
  std::vector<nn::RawOutput> out;
  for (StoredOutput& o : worker.outputs) out.push_back(o.view());
  std::size_t next = first;
  const auto run_batch = [&] {
    for (nn::PositionInput& i : in) i = inputs[next++ % inputs.size()].view();
    worker.context->run(in, out);
  };
  run_batch();  // touches the memory
  const auto start = Clock::now();
  std::int64_t count = 0;
  double elapsed = 0;
  do {
    run_batch();
    count += batch;
    elapsed = seconds_since(start);
  } while (elapsed < seconds);
  return static_cast<double>(count) / elapsed;
}

double NetworkLoop::run(int threads, double seconds) {
  impl_->add_workers(threads);
  return sum_over_threads(threads, [&](std::size_t i) {
    return impl_->positions_per_second(impl_->workers[i], i, seconds);
  });
}

double measure_peak_gmacs(int threads, double seconds) {
  // More threads than processors would each see the best moment of a shared processor.
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  if (processors > 0) threads = std::min(threads, processors);
  return sum_over_threads(threads, [&](std::size_t) {
    return kernels::measure_fma_peak_gmacs(kernels::best_isa(), seconds);
  });
}

Comparison compare_with_network(search::Evaluator& evaluator, const search::SearchParams& params,
                                const std::vector<search::GameState>& positions) {
  constexpr double kPeakSeconds = 0.1;
  constexpr double kLeastNetworkSeconds = 0.25;
  const int threads = params.num_search_threads;
  NetworkLoop network(evaluator.executor(), evaluator.config(), positions);
  Comparison c;
  double network_positions = 0, network_seconds = 0;
  double seconds_before = 0;
  c.search = measure_search(evaluator, params, positions, [&](const SearchSpeed& speed) {
    if (speed.positions == 0) return;
    const double seconds = std::max(kLeastNetworkSeconds, speed.seconds - seconds_before);
    seconds_before = speed.seconds;
    const double rate = network.run(threads, seconds);
    network_positions += rate * seconds;
    network_seconds += seconds;
    c.best_network_per_second = std::max(c.best_network_per_second, rate);
    c.peak_gmacs = std::max(c.peak_gmacs, measure_peak_gmacs(threads, kPeakSeconds));
    c.single_peak_gmacs = std::max(c.single_peak_gmacs, measure_peak_gmacs(1, kPeakSeconds));
  });
  c.network_per_second = network_positions / network_seconds;
  return c;
}

}  // namespace hayago::gtp
