#include "search/eval/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "search/eval/batch_queue.h"
#include "search/eval/cache.h"
#include "search/eval/eval_worker.h"

namespace hayago::search {
namespace {

std::uint64_t hash_text(const std::string& text) {
  std::uint64_t h = text.size();
  for (const char c : text) h = mix64(h ^ static_cast<unsigned char>(c));
  return h;
}

// Seconds as integer nanoseconds: atomics of double have no fetch_add everywhere.
std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

}  // namespace

struct Evaluator::Impl {
  Impl(std::shared_ptr<const nn::Executor> executor_in, const EvaluatorConfig& config_in);

  NetOutputPtr run_network(EvalWorker& worker, const GameState& state, const NnInputParams& params,
                           int symmetry, bool with_ownership);
  NetOutputPtr run_averaged(EvalWorker& worker, const Request& request,
                            const NnInputParams& params);
  void check_board(const Board& board) const;
  NnInputParams effective_params(const NnInputParams& params) const;
  void count_batch(std::size_t count, double seconds);

  const std::shared_ptr<const nn::Executor> executor;
  const EvaluatorConfig config;
  const nn::NetInfo& info;
  const bool run_inline;
  std::unique_ptr<ResultCache> cache;  // null: none
  std::atomic<std::uint64_t> rows{0}, batches{0}, hits{0}, lookups{0}, network_nanoseconds{0};
  std::unique_ptr<BatchQueue> queue;  // null when inline; last, so that its threads end first
};

Evaluator::Impl::Impl(std::shared_ptr<const nn::Executor> executor_in,
                      const EvaluatorConfig& config_in)
    : executor(std::move(executor_in)),
      config(config_in),
      info(executor->info()),
      run_inline(config.inline_execution && executor->runs_inline()) {
  if (config.cache_size_power_of_two >= 0) {
    cache =
        std::make_unique<ResultCache>(config.cache_size_power_of_two,
                                      config.mutex_pool_size_power_of_two, config.max_cache_bytes);
  }
  if (!run_inline) {
    queue = std::make_unique<BatchQueue>(
        *executor, config.nn_x, config.nn_y, std::min(config.max_batch, executor->max_batch()),
        config.server_threads,
        [this](std::size_t count, double seconds) { count_batch(count, seconds); });
  }
}

void Evaluator::Impl::count_batch(std::size_t count, double seconds) {
  rows.fetch_add(count, std::memory_order_relaxed);
  batches.fetch_add(1, std::memory_order_relaxed);
  network_nanoseconds.fetch_add(nanoseconds(seconds), std::memory_order_relaxed);
}

void Evaluator::Impl::check_board(const Board& board) const {
  const bool exact = board.x_size() == config.nn_x && board.y_size() == config.nn_y;
  const bool fits = board.x_size() <= config.nn_x && board.y_size() <= config.nn_y;
  if (exact || (fits && !config.require_exact_board)) return;
  throw std::invalid_argument(
      fmt::format("a {}x{} board does not fit the network buffers, which are for {}{}x{}",
                  board.x_size(), board.y_size(),
                  config.require_exact_board ? "exactly " : "at most ", config.nn_x, config.nn_y));
}

NnInputParams Evaluator::Impl::effective_params(const NnInputParams& params) const {
  NnInputParams p = params;
  if (info.c_meta == 0) {
    p.human_profile = nullptr;
  } else if (p.human_profile == nullptr) {
    throw MissingProfile("the network " + info.name +
                         " imitates players: it needs a profile, e.g. humanSLProfile = rank_5k");
  } else {
    p.policy_optimism = 0;
  }
  return p;
}

NetOutputPtr Evaluator::Impl::run_network(EvalWorker& worker, const GameState& state,
                                          const NnInputParams& params, int symmetry,
                                          bool with_ownership) {
  worker.orient(symmetry);
  const nn::PositionInput input = worker.input(info.c_meta > 0);
  const nn::RawOutput output = worker.raw_output(with_ownership);
  if (run_inline) {
    const auto start = std::chrono::steady_clock::now();
    worker.context()->run({&input, 1}, {&output, 1});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    count_batch(1, seconds.count());
  } else {
    queue->run(input, output);
  }
  return worker.finish(state, params, symmetry, with_ownership);
}

NetOutputPtr Evaluator::Impl::run_averaged(EvalWorker& worker, const Request& request,
                                           const NnInputParams& params) {
  std::vector<NetOutputPtr> outputs;
  for (const int symmetry : worker.sample_symmetries(request.symmetries_to_average)) {
    outputs.push_back(
        run_network(worker, *request.state, params, symmetry, request.want_ownership));
  }
  return std::make_shared<nn::NetOutput>(nn::average_outputs(outputs));
}

Evaluator::Evaluator(std::shared_ptr<const nn::Executor> executor, const EvaluatorConfig& config)
    : impl_(std::make_unique<Impl>(std::move(executor), config)) {}

Evaluator::~Evaluator() = default;

const nn::NetInfo& Evaluator::info() const { return impl_->info; }
const nn::Executor& Evaluator::executor() const { return *impl_->executor; }
const EvaluatorConfig& Evaluator::config() const { return impl_->config; }

EvalThread::EvalThread(std::unique_ptr<EvalWorker> worker) : worker_(std::move(worker)) {}
EvalThread::~EvalThread() = default;

std::unique_ptr<EvalThread> Evaluator::make_thread(std::uint64_t seed) const {
  const EvaluatorConfig& c = impl_->config;
  std::unique_ptr<nn::ExecContext> context;
  if (impl_->run_inline) context = impl_->executor->make_context(c.nn_y, c.nn_x, 1);
  return std::make_unique<EvalThread>(std::make_unique<EvalWorker>(
      impl_->info, c, std::move(context), mix64(seed) ^ hash_text(c.rand_seed)));
}

NetOutputPtr Evaluator::evaluate(EvalThread& thread, const Request& request) {
  Impl& m = *impl_;
  EvalWorker& worker = *thread.worker_;
  const GameState& state = *request.state;
  m.check_board(state.board());
  const NnInputParams params = m.effective_params(request.params);
  const bool average = request.symmetries_to_average > 1;

  Hash128 key;
  NetOutputPtr known;
  if (m.cache) {
    key = nn_cache_key(state, params);
    if (!request.skip_cache && !average) {
      m.lookups.fetch_add(1, std::memory_order_relaxed);
      known = m.cache->find(key);
      if (known && (!request.want_ownership || !known->ownership.empty())) {
        m.hits.fetch_add(1, std::memory_order_relaxed);
        return known;
      }
    }
  }

  worker.load_position(state, params);
  NetOutputPtr result;
  if (average) {
    result = m.run_averaged(worker, request, params);
  } else {
    result = m.run_network(worker, state, params, worker.choose_symmetry(params.symmetry),
                           request.want_ownership);
  }
  if (known) {
    // Only the ownership is new: a running search must not see its policy or values change.
    auto merged = std::make_shared<nn::NetOutput>(*known);
    merged->ownership = result->ownership;
    result = std::move(merged);
  }
  if (m.cache) m.cache->store(key, result);
  return result;
}

void Evaluator::clear_cache() {
  if (impl_->cache) impl_->cache->clear();
}

std::size_t Evaluator::cache_bytes() const { return impl_->cache ? impl_->cache->bytes() : 0; }

EvaluatorStats Evaluator::stats() const {
  const Impl& m = *impl_;
  return {.rows = m.rows,
          .batches = m.batches,
          .cache_hits = m.hits,
          .cache_lookups = m.lookups,
          .network_seconds = static_cast<double>(m.network_nanoseconds.load()) * 1e-9};
}

void Evaluator::reset_stats() {
  for (auto* counter : {&impl_->rows, &impl_->batches, &impl_->hits, &impl_->lookups,
                        &impl_->network_nanoseconds}) {
    counter->store(0);
  }
}

}  // namespace hayago::search
