#include "search/eval/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "search/eval/batch_queue.h"
#include "search/eval/cache.h"
#include "search/eval/eval_worker.h"
#include "search/features/ladder_cache.h"
#include "search/sync/stripes.h"

namespace hayago::search {
namespace {

std::uint64_t hash_text(const std::string& text) {
  std::uint64_t h = text.size();
  for (const char c : text) h = mix64(h ^ static_cast<unsigned char>(c));
  return h;
}

// Seconds as integer nanoseconds: atomics of double have no fetch_add everywhere.
std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

class Stopwatch {
 public:
  // Seconds since construction or the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> seconds = now - std::exchange(start_, now);
    return seconds.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

struct Evaluator::Impl {
  Impl(std::shared_ptr<const nn::Executor> executor_in, const EvaluatorConfig& config_in);

  void load(EvalWorker& worker, const Request& request, const NnInputParams& params, EvalJob& job);
  void run_and_wait(EvalWorker& worker, EvalBuffers& buffers);
  NetOutputPtr run_averaged(EvalWorker& worker, const Request& request);
  EvaluationRef find(const Hash128& key);
  void store(const Hash128& key, const EvaluationRef& evaluation);
  void check_board(const Board& board) const;
  NnInputParams effective_params(const NnInputParams& params) const;
  void count_batch(std::size_t count, double seconds);

  const std::shared_ptr<const nn::Executor> executor;
  const EvaluatorConfig config;
  const nn::NetInfo& info;
  const bool run_inline;
  mutable MemoryAccount account;       // before everything that holds evaluations
  std::unique_ptr<ResultCache> cache;  // null: none
  LadderCache ladders;
  StripedCounter rows, batches, hits, lookups, network_nanoseconds;
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
        std::max(config.server_threads, executor->wanted_contexts()),
        [this](std::size_t count, double seconds) { count_batch(count, seconds); });
  }
}

void Evaluator::Impl::count_batch(std::size_t count, double seconds) {
  rows.add(count);
  batches.add(1);
  network_nanoseconds.add(nanoseconds(seconds));
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

EvaluationRef Evaluator::Impl::find(const Hash128& key) {
  lookups.add(1);
  return cache->find(key);
}

void Evaluator::Impl::store(const Hash128& key, const EvaluationRef& evaluation) {
  if (cache) cache->store(key, evaluation);
}

// Everything up to the network.
void Evaluator::Impl::load(EvalWorker& worker, const Request& request, const NnInputParams& params,
                           EvalJob& job) {
  Stopwatch watch;
  worker.load_position(*request.state, params, job.buffers());
  worker.orient(worker.choose_symmetry(params.symmetry), request.want_ownership, job.buffers());
  worker.times().features += watch.lap();
}

// Throws what the executor threw.
void Evaluator::Impl::run_and_wait(EvalWorker& worker, EvalBuffers& buffers) {
  Stopwatch watch;
  if (run_inline) {
    worker.context()->run({&buffers.input, 1}, {&buffers.output, 1});
    const double seconds = watch.lap();
    count_batch(1, seconds);
    worker.times().network += seconds;
    return;
  }
  // A mailbox of its own: jobs of a search may be on their way to the worker's.
  BatchMailbox mailbox;
  std::vector<BatchJob*> arrived;
  buffers.mailbox = &mailbox;
  queue->submit(buffers);
  while (!mailbox.take(arrived)) mailbox.wait(1.0);
  worker.times().waiting += watch.lap();
  if (buffers.error != nullptr) std::rethrow_exception(buffers.error);
}

NetOutputPtr Evaluator::Impl::run_averaged(EvalWorker& worker, const Request& request) {
  std::vector<NetOutputPtr> outputs;
  EvalBuffers& buffers = worker.own_job().buffers();
  for (const int symmetry : worker.sample_symmetries(request.symmetries_to_average)) {
    worker.orient(symmetry, request.want_ownership, buffers);
    run_and_wait(worker, buffers);
    outputs.push_back(std::make_shared<nn::NetOutput>(worker.finish(buffers)));
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
const EvalTimes& EvalThread::times() const { return worker_->times(); }

std::unique_ptr<EvalThread> Evaluator::make_thread(std::uint64_t seed) const {
  const EvaluatorConfig& c = impl_->config;
  std::unique_ptr<nn::ExecContext> context;
  if (impl_->run_inline) {
    context = impl_->executor->make_context(c.nn_y, c.nn_x, max_inline_batch());
  }
  return std::make_unique<EvalThread>(std::make_unique<EvalWorker>(
      impl_->info, c, std::move(context), impl_->ladders, mix64(seed) ^ hash_text(c.rand_seed)));
}

std::unique_ptr<EvalJob> Evaluator::make_job() const {
  return std::make_unique<EvalJob>(
      std::make_unique<EvalBuffers>(impl_->info, impl_->config.nn_x, impl_->config.nn_y));
}

// --- one evaluation at a time

NetOutputPtr Evaluator::evaluate(EvalThread& thread, const Request& request) {
  Impl& m = *impl_;
  EvalWorker& worker = *thread.worker_;
  m.check_board(request.state->board());
  const NnInputParams params = m.effective_params(request.params);
  const bool average = request.symmetries_to_average > 1;

  Hash128 key;
  NetOutputPtr known;
  if (m.cache) {
    key = nn_cache_key(*request.state, params);
    if (!request.skip_cache && !average) {
      if (const EvaluationRef found = m.find(key)) {
        known = found->full() ? found->full() : found->expand(m.config.nn_x, m.config.nn_y);
      }
      if (known && (!request.want_ownership || !known->ownership.empty())) {
        m.hits.add(1);
        return known;
      }
    }
  }

  EvalBuffers& buffers = worker.own_job().buffers();
  m.load(worker, request, params, worker.own_job());
  NetOutputPtr result;
  if (average) {
    result = m.run_averaged(worker, request);
  } else {
    m.run_and_wait(worker, buffers);
    result = std::make_shared<nn::NetOutput>(worker.finish(buffers));
  }
  if (known) {
    // Only the ownership is new: a running search must not see its policy or values change.
    auto merged = std::make_shared<nn::NetOutput>(*known);
    merged->ownership = result->ownership;
    result = std::move(merged);
  }
  m.store(key, Evaluation::make_full(result, m.account));
  return result;
}

EvaluationRef Evaluator::evaluate_leaf(EvalThread& thread, const Request& request) {
  EvalJob& job = thread.worker_->own_job();
  if (!begin(thread, request, job)) {
    EvalBuffers& buffers = job.buffers();
    buffers.error = nullptr;
    impl_->run_and_wait(*thread.worker_, buffers);
    finish(thread, job);
  }
  if (job.error != nullptr) std::rethrow_exception(std::exchange(job.error, nullptr));
  return std::exchange(job.result, {});
}

// --- many at once

bool Evaluator::begin(EvalThread& thread, const Request& request, EvalJob& job) {
  Impl& m = *impl_;
  m.check_board(request.state->board());
  const NnInputParams params = m.effective_params(request.params);
  job.result = {};
  job.error = nullptr;
  job.buffers().known = {};
  if (m.cache) {
    job.buffers().cache_key = nn_cache_key(*request.state, params);
    if (!request.skip_cache) {
      EvaluationRef known = m.find(job.buffers().cache_key);
      if (known && (!request.want_ownership || known->has_ownership())) {
        m.hits.add(1);
        job.result = std::move(known);
        return true;
      }
      job.buffers().known = std::move(known);
    }
  }
  m.load(*thread.worker_, request, params, job);
  return false;
}

bool Evaluator::runs_inline() const { return impl_->run_inline; }

int Evaluator::max_inline_batch() const {
  return std::max(1, std::min(impl_->config.max_batch, impl_->executor->max_batch()));
}

void Evaluator::run(EvalThread& thread, std::span<EvalJob* const> jobs) {
  EvalWorker& worker = *thread.worker_;
  worker.inputs().clear();
  worker.outputs().clear();
  for (EvalJob* job : jobs) {
    worker.inputs().push_back(job->buffers().input);
    worker.outputs().push_back(job->buffers().output);
  }
  Stopwatch watch;
  std::exception_ptr error;
  try {
    worker.context()->run(worker.inputs(), worker.outputs());
  } catch (...) {
    error = std::current_exception();
  }
  for (EvalJob* job : jobs) job->buffers().error = error;
  const double seconds = watch.lap();
  impl_->count_batch(jobs.size(), seconds);
  worker.times().network += seconds;
}

void Evaluator::submit(EvalThread& thread, std::span<EvalJob* const> jobs) {
  EvalWorker& worker = *thread.worker_;
  std::vector<BatchJob*>& out = worker.arrived();
  out.clear();
  for (EvalJob* job : jobs) {
    job->buffers().mailbox = &worker.mailbox();
    out.push_back(&job->buffers());
  }
  impl_->queue->submit(out);
}

void Evaluator::collect(EvalThread& thread, double seconds, std::vector<EvalJob*>& out) {
  EvalWorker& worker = *thread.worker_;
  std::vector<BatchJob*>& arrived = worker.arrived();
  arrived.clear();
  if (!worker.mailbox().take(arrived) && seconds > 0) {
    Stopwatch watch;
    worker.mailbox().wait(seconds);
    worker.times().waiting += watch.lap();
    worker.mailbox().take(arrived);
  }
  for (BatchJob* job : arrived) out.push_back(static_cast<EvalBuffers*>(job)->job);
}

void Evaluator::finish(EvalThread& thread, EvalJob& job) {
  Impl& m = *impl_;
  EvalWorker& worker = *thread.worker_;
  EvalBuffers& buffers = job.buffers();
  Stopwatch watch;
  job.error = std::exchange(buffers.error, nullptr);
  if (job.error == nullptr) {
    try {
      const NetOutput& output = worker.finish(buffers);
      // Of a known result only the ownership is new: nobody must see other values of it change.
      const EvaluationRef known = std::exchange(buffers.known, {});
      job.result = known ? known->with_ownership(output.ownership)
                         : Evaluation::make_compact(output, m.account);
      m.store(buffers.cache_key, job.result);
    } catch (...) {
      job.error = std::current_exception();
    }
  }
  worker.times().outputs += watch.lap();
}

// --- the cache and counters

void Evaluator::clear_cache() {
  if (impl_->cache) impl_->cache->clear();
}

void Evaluator::shrink_cache(std::size_t max_bytes) {
  if (impl_->cache) impl_->cache->shrink_to(max_bytes);
}

std::size_t Evaluator::cache_bytes() const { return impl_->cache ? impl_->cache->bytes() : 0; }

std::size_t Evaluator::cache_overhead_bytes() const {
  return impl_->cache ? impl_->cache->overhead_bytes() : 0;
}

MemoryAccount& Evaluator::account() const { return impl_->account; }

EvaluatorStats Evaluator::stats() const {
  const Impl& m = *impl_;
  return {.rows = m.rows.sum(),
          .batches = m.batches.sum(),
          .cache_hits = m.hits.sum(),
          .cache_lookups = m.lookups.sum(),
          .network_seconds = static_cast<double>(m.network_nanoseconds.sum()) * 1e-9};
}

void Evaluator::reset_stats() {
  for (auto* counter : {&impl_->rows, &impl_->batches, &impl_->hits, &impl_->lookups,
                        &impl_->network_nanoseconds}) {
    counter->reset();
  }
}

}  // namespace hayago::search
